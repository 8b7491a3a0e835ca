"""Decode a stranger's file and write a new one from it: `python -m service.assets.child KIND FORMAT FROM TO [FFMPEG]`.

Runs as a process of its own, which limits itself before it reads a byte: decoders of pictures, fonts and sound have had
their share of holes, and 20 KB can unfold to gigabytes. What it writes was made by our own encoders from decoded
pixels and samples, so nothing that hid in the file is in it. Prints one JSON object: what the file is, or `refused`,
the sentence that says why it cannot be used.
"""

import json
import math
import re
import resource
import subprocess
import sys
import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.assets import sfnt

MEMORY = 700_000_000
"""Bytes of address space: 16.8 million pixels with what the decoders need beside them."""
CPU_S = 20
"""A picture takes less than a second, ten thousand letters two, three minutes of sound one."""
MOST_PIXELS = 4096 * 4096
MOST_JPEG_PIXELS = 50_000_000
"""A telephone's photograph: JPEG alone can be decoded at a half or a quarter of its size."""
LONGEST_SIDE, SHORTEST_SIDE = 16_384, 16
STORED_SIDE = 3072
"""The picture's longer side as it is kept: 16:9 then fills a 9:16 frame of 1920 pixels with a margin to move in."""
MOST_LETTERS = 24_000
_EM, _FINE_EM = 32, 200
_FINE_LETTERS = 400
_MOST_EMS = 24
"""The widest letter that there is, U+FDFD, a whole sentence, is 10 ems wide; a stranger's may be of any size."""
LONGEST_SOUND_S = 200
"""The longest film has 180 s."""
SHORTEST_SOUND_S = 2.0
_SILENT_DB = -60.0


class _Refused(Exception):
    """The file cannot be used; the message is a sentence."""


def picture(source: Path, form: str, to: Path) -> dict[str, Any]:
    """Decode a picture, turn it upright, bring it to sRGB with 8 bits and to a usable size."""
    from PIL import Image, ImageOps  # noqa: PLC0415 -- after the limits

    # Our own limits come first; Pillow's is a warning at half of ours.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(source, formats=(form,)) as opened:
        width, height = opened.size
        _check_size(width, height, MOST_JPEG_PIXELS if form == "JPEG" else MOST_PIXELS)
        if form != "JPEG" and getattr(opened, "n_frames", 1) > 1:
            raise _Refused("The picture moves: upload a still picture.")
        if width * height > MOST_PIXELS:
            # JPEG alone comes here: it is decoded at a half or less, and one of over 4,096 pixels a side is at least
            # 2,048 then.
            shorter = STORED_SIDE * 2 // 3 / max(width, height)
            opened.draft("RGB", (round(width * shorter), round(height * shorter)))
        upright = ImageOps.exif_transpose(opened)
        profile = opened.info.get("icc_profile")
    shown = _in_srgb(upright, profile)
    shown.thumbnail((STORED_SIDE, STORED_SIDE), Image.Resampling.LANCZOS)
    is_clear = shown.mode == "RGBA" and shown.getchannel("A").getextrema() == (255, 255)
    if is_clear:
        shown = shown.convert("RGB")
    if shown.mode == "RGBA" and shown.getchannel("A").getextrema()[1] < 8:
        raise _Refused("The picture has nothing to see: every pixel is transparent.")
    # Pixels alone: Pillow would carry comments, positions and profiles over.
    shown = Image.frombytes(shown.mode, shown.size, shown.tobytes())
    if shown.mode == "RGB" and form != "PNG":
        shown.save(to, "JPEG", quality=93, subsampling=0)
        kept = "jpg"
    else:
        shown.save(to, "PNG", compress_level=4)
        kept = "png"
    return {"ending": kept, "width": shown.width, "height": shown.height, "is_transparent": shown.mode == "RGBA"}


def _check_size(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise _Refused(_too_many(width, height, most))
    if max(width, height) > LONGEST_SIDE or min(width, height) < SHORTEST_SIDE:
        raise _Refused(
            f"The picture has {width:,} by {height:,} pixels: each side needs {SHORTEST_SIDE} to {LONGEST_SIDE:,}."
        )


def _too_many(width: int, height: int, most: int) -> str:
    return f"The picture has {width:,} by {height:,} pixels: at most {most / 1e6:.0f} million are taken."


def _in_srgb(opened: Any, profile: bytes | None) -> Any:
    """The picture as RGB or RGBA with 8 bits a channel, in sRGB if its profile can be read."""
    import io  # noqa: PLC0415

    from PIL import ImageCms  # noqa: PLC0415

    if opened.mode.startswith(("I", "F")):
        # 16 bits of grey: `convert` would cut everything above 255 off.
        low, high = opened.getextrema()
        opened = opened.convert("F").point(lambda value: value * (255 / max(65535.0 if high > 255 else 255.0, low)))
        return opened.convert("L").convert("RGB")
    has_alpha = opened.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in opened.info
    target = "RGBA" if has_alpha else "RGB"
    if profile and opened.mode in {"RGB", "RGBA", "CMYK", "L"}:
        try:
            own, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            changed = ImageCms.profileToProfile(opened, own, srgb, outputMode=target if opened.mode != "L" else "RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            # A broken profile, or one for other channels: the colours are taken as they are.
            changed = None
        opened = changed or opened
    return opened.convert(target)


def font(source: Path, form: str, to: Path) -> dict[str, Any]:
    """Write a new font and draw every letter of it."""
    from PIL import ImageFont, features  # noqa: PLC0415

    try:
        clean = sfnt.rewritten(source.read_bytes())
        stretches = sfnt.letters(clean)
    except sfnt.BadFont as error:
        raise _Refused(f"The font {error}.") from None
    count = sum(last - first + 1 for first, last in stretches)
    if count > MOST_LETTERS:
        raise _Refused(f"The font has over {MOST_LETTERS:,} letters: upload a part of it, or one of a few scripts.")
    to.write_bytes(clean)
    shaper = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
    small, fine = (ImageFont.truetype(str(to), size, layout_engine=shaper) for size in (_EM, _FINE_EM))
    drawn = 0
    codes = (code for first, last in stretches for code in range(first, last + 1))
    characters = [letter for letter in map(chr, codes) if unicodedata.category(letter)[0] in "LMNPS"]
    for number, letter in enumerate(characters):
        drawn += _is_drawn(fine if number < _FINE_LETTERS else small, letter)
    for start in range(0, min(len(characters), 4000), 50):
        # Whole words go through the font's own rules for joining letters.
        _is_drawn(small, "".join(characters[start : start + 50]), most_ems=50 * _MOST_EMS)
    if drawn < 10:
        raise _Refused("The font draws fewer than ten letters.")
    family, style = small.getname()
    return {"ending": form.lower(), "name": _one_line(f"{family or ''} {style or ''}"), "letters": drawn}


def _is_drawn(face: Any, letters: str, *, most_ems: float = _MOST_EMS) -> bool:
    """Whether anything is seen of the letters. Raises `_Refused` if it is far too large."""
    try:
        box = face.getbbox(letters, anchor="ls")
        if max(*map(abs, box), face.getlength(letters)) > most_ems * face.size:
            raise _Refused("The font has letters that are many times larger than they should be.")
        mask, _ = face.getmask2(letters, mode="L")
    except (OSError, RuntimeError):
        # The shaper or FreeType refuses some letters of good fonts. The film then draws them with another.
        return False
    return mask.getbbox() is not None


def sound(source: Path, form: str, to: Path, ffmpeg: str) -> dict[str, Any]:
    """Decode the first minutes of sound to FLAC, in stereo at 48 kHz."""
    codecs = "mp3,mp3float,vorbis,opus,aac,alac,flac,pcm_s16le,pcm_s24le,pcm_s32le,pcm_u8,pcm_f32le,pcm_f64le"
    heard = "aformat=sample_fmts=s16:sample_rates=48000:channel_layouts=stereo,volumedetect"
    stranger = ("-protocol_whitelist", "file", "-f", form, "-codec_whitelist", codecs, "-threads", "1", "-i", source)
    ours = ("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-t", f"{LONGEST_SOUND_S}")
    flac = ("-af", heard, "-sample_fmt", "s16", "-c:a", "flac", "-fflags", "+bitexact")
    plain = ("-flags:a", "+bitexact", "-threads", "1", "-f", "flac", "-y", to)
    command: list[str | Path] = [
        ffmpeg,
        "-hide_banner",
        "-nostdin",
        "-loglevel",
        "info",
        *stranger,
        *ours,
        *flac,
        *plain,
    ]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 -- our own command
    report = done.stderr.decode(errors="replace")
    samples, loudest = re.findall(r"n_samples: (\d+)", report), re.findall(r"max_volume: (-?[\d.]+) dB", report)
    if done.returncode or not samples or not loudest:
        raise _Refused("The sound cannot be decoded: it is broken, cut off, or in another codec.")
    seconds = int(samples[-1]) / 2 / 48_000
    if seconds < SHORTEST_SOUND_S:
        raise _Refused(f"The sound lasts {seconds:.1f} s: at least {SHORTEST_SOUND_S:g} s are needed.")
    if float(loudest[-1]) < _SILENT_DB:
        raise _Refused("The sound is silent.")
    return {"ending": "flac", "seconds": round(seconds, 2)}


def _one_line(name: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:100]


def limit() -> None:
    """Bound what this process and its children may use."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000_000, 100_000_000))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: list[str]) -> int:
    limit()
    warnings.simplefilter("ignore")
    kind, form, source, to, *more = arguments
    work: dict[str, Callable[[], dict[str, Any]]] = {
        "picture": lambda: picture(Path(source), form, Path(to)),
        "font": lambda: font(Path(source), form, Path(to)),
        "sound": lambda: sound(Path(source), form, Path(to), more[0]),
    }
    try:
        said = work[kind]()
    except _Refused as error:
        said = {"refused": str(error)}
    except MemoryError:
        said = {"refused": f"The {kind} takes more memory than one file may."}
    except Exception as error:  # noqa: BLE001 -- libraries raise anything for a broken file, and this process ends here
        said = {"refused": f"The {kind} cannot be decoded: it is broken or cut off.", "why": repr(error)[:200]}
    assert all(not isinstance(value, float) or math.isfinite(value) for value in said.values())  # noqa: S101
    sys.stdout.write(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
