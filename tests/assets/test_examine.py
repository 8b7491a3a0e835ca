"""Strangers' files: what is kept was decoded within limits and written anew."""

import contextlib
import io
import os
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFont

import service
from service.assets import child, examine, sfnt
from service.assets.examine import examined
from service.delivery import children
from service.errors import BadAsset, Unavailable
from tests.support import files

BOMB = zlib.compress(bytes(30_000_000))
Kept = tuple[bytes, dict[str, object]]


def keep(data: bytes) -> Kept:
    """Examine in the child process; return what is kept and what is said of it."""
    with examined(data, children.environment(os.environ)) as found:
        return found.path.read_bytes(), {**found.about, "name": found.name}


@pytest.fixture
def decode(tmp_path: Path) -> Callable[[str, bytes], Kept]:
    """Decode a picture or a font in this process, without the limits."""

    def decoded(form: str, data: bytes) -> Kept:
        source, to = tmp_path / "source", tmp_path / "kept"
        source.write_bytes(data)
        work = child.font if form in {"TTF", "OTF"} else child.picture
        said = work(source, form, to)
        return to.read_bytes(), said

    return decoded


def shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_what_hides_in_a_picture_is_not_kept(decode: Callable[[str, bytes], Kept]) -> None:
    """A polyglot: a picture that is also an archive, a page and a program."""
    secret = b"PK\x03\x04<script>alert(1)</script>#!/bin/sh\n"
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    for form, options in (("PNG", {}), ("JPEG", {"exif": exif, "comment": secret}), ("WEBP", {"exif": exif})):
        kept, _ = decode(form, files.picture(form, **options) + secret)
        assert b"script" not in kept
        assert b"secret" not in kept
        assert not shown(kept).getexif()
        assert shown(kept).size == (64, 48)


def test_a_picture_is_turned_upright(decode: Callable[[str, bytes], Kept]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept, said = decode("JPEG", files.picture("JPEG", exif=exif))
    assert shown(kept).size == (48, 64) == (said["width"], said["height"])


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_every_kind_of_pixel_becomes_rgb(decode: Callable[[str, bytes], Kept], mode: str) -> None:
    if mode == "I;16":
        levels = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
        data = io.BytesIO()
        Image.fromarray(levels).save(data, "PNG")
        kept, _ = decode("PNG", data.getvalue())
        assert shown(kept).convert("L").getextrema() == (0, 255)
    else:
        kept, _ = decode("PNG", files.picture("PNG", mode=mode))
    assert shown(kept).mode in {"RGB", "RGBA"}


def test_colours_are_brought_to_srgb(decode: Callable[[str, bytes], Kept]) -> None:
    broken = decode("JPEG", files.picture("JPEG", icc_profile=b"not a profile"))[0]
    assert shown(broken).mode == "RGB"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept, _ = decode("PNG", files.picture("PNG", icc_profile=srgb))
    assert np.abs(np.asarray(shown(kept), int) - np.asarray(shown(files.picture("PNG")), int)).max() <= 2
    cmyk, _ = decode("JPEG", files.picture("JPEG", mode="CMYK"))
    assert shown(cmyk).mode == "RGB"


def test_a_large_photograph_is_made_smaller(decode: Callable[[str, bytes], Kept]) -> None:
    for size, stored in (((6000, 4000), (3000, 2000)), ((4000, 3000), (3072, 2304))):
        kept, said = decode("JPEG", files.picture("JPEG", size=size))
        assert shown(kept).size == stored == (said["width"], said["height"])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (files.png(1, 100_000), "each side needs 16"),
        (files.png(30_000, 30_000), "30,000 by 30,000 pixels"),
        (files.png(2**31 - 1, 2**31 - 1), "pixels"),
        (files.png(8, 8), "8 by 8 pixels"),
        (files.moving("PNG"), "moves"),
        (files.moving("WEBP"), "moves"),
        (files.picture("PNG")[:80], "broken"),
        (files.picture("JPEG")[:200], "broken"),
        (files.picture("WEBP")[:40], "broken"),
        (files.png(64, 64), "broken"),
        (files.png(64, 64, files.chunk(b"zTXt", b"a\0\0" + BOMB)), "broken"),
        (files.png(64, 64, files.chunk(b"iCCP", b"a\0\0" + BOMB)), "broken"),
    ],
)
def test_a_bad_picture_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(BadAsset) as caught:
        keep(data)
    assert why in caught.value.sentence


def test_a_picture_of_nothing_is_refused(decode: Callable[[str, bytes], Kept]) -> None:
    data = io.BytesIO()
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(data, "PNG")
    with pytest.raises(child._Refused, match="nothing to see"):  # noqa: SLF001
        decode("PNG", data.getvalue())


def test_a_bomb_ends_with_its_own_process(tmp_path: Path) -> None:
    """Whatever gets by the checks, the child's limits hold: here, the size of a picture is not checked."""
    program = (
        "import sys; from service.assets import child; child.MOST_PIXELS = 10**12; child.LONGEST_SIDE = 10**9\n"
        "sys.exit(child.main(sys.argv[1:]))"
    )
    source = tmp_path / "bomb"
    rows = zlib.compress(bytes(4 * 60_000 * 400))
    source.write_bytes(files.png(60_000, 60_000)[:33] + files.chunk(b"IDAT", rows))
    done = subprocess.run(
        [sys.executable, "-c", program, "picture", "PNG", source, tmp_path / "to"],
        capture_output=True,
        env={**children.environment(os.environ), "PYTHONPATH": str(Path(service.__file__).parents[1])},
        check=False,
        timeout=60,
    )
    assert b"more memory than one file may" in done.stdout


def test_a_decoder_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "TIMEOUT_S", 0.05)
    began = time.monotonic()
    with pytest.raises(BadAsset, match="too long"):
        keep(files.picture())
    assert time.monotonic() - began < 30
    assert not examine._one_at_a_time.locked()  # noqa: SLF001


def test_files_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "WAIT_S", 0.01)
    with examine._one_at_a_time, pytest.raises(Unavailable, match="assets_busy"):  # noqa: SLF001
        keep(files.picture())


def test_a_font_is_written_anew(decode: Callable[[str, bytes], Kept]) -> None:
    hidden = files.with_table(files.font(), b"SVG ", b"<svg onload=alert(1)>") + b"PK\x03\x04 an archive behind it"
    kept, said = decode("TTF", hidden)
    assert b"svg" not in kept
    assert b"archive" not in kept
    assert said["name"] == "Noto Sans Georgian Regular"
    assert ImageFont.truetype(io.BytesIO(kept), 40).getlength("აბგ") > 40
    again, _ = decode("TTF", kept)
    assert again == kept


def _cmap(*groups: tuple[int, int, int]) -> bytes:
    """A table of letters in format 12."""
    body = b"".join(struct.pack(">III", *group) for group in groups)
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + struct.pack(">HHIII", 12, 0, 16 + len(body), 0, len(groups)) + body


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (files.font()[:2000], "cut off"),
        (b"\x00\x01\x00\x00" + b"\xff" * 100, "directory"),
        (b"\x00\x01\x00\x00\x00\x00" + bytes(100), "directory"),
        (b"\x00\x01\x00\x00", "cut off"),
        (files.with_table(files.font(), b"cmap", _cmap((32, 0x10FFFF, 1))), "over 24,000 letters"),
        (files.with_table(files.font(), b"cmap", _cmap((32, 33, 1))), "fewer than ten"),
        (files.with_table(files.font(), b"cmap", _cmap()[:-8] + b"\xff\xff\xff\xff"), "cut off"),
        (files.with_table(files.font(), b"cmap", b"\x00\x00\xff\xff"), "cut off"),
        # PUSHW -3, JMPR: a program that jumps back to its beginning for ever.
        (files.with_table(files.font(), b"fpgm", b"\xb8\xff\xfd\x1c"), ""),
        (files.with_table(files.font(), b"prep", b"\xb8\xff\xfd\x1c"), ""),
        (files.with_table(files.font(), b"glyf", b"\xff" * 400), ""),
        (files.with_table(files.font(), b"head", b"\x00" * 54), ""),
        (files.with_table(files.font(), b"hhea", b"\xff" * 36), ""),
        (files.with_table(files.font(), b"maxp", b"\xff" * 32), ""),
    ],
)
def test_a_hostile_font_is_refused_or_harmless(data: bytes, why: str) -> None:
    if why:
        with pytest.raises(BadAsset, match=why):
            keep(data)
    else:
        with contextlib.suppress(BadAsset):
            keep(data)


@pytest.mark.parametrize("tag", [b"GSUB", b"GPOS", b"fvar", b"gvar", b"name", b"post", b"OS/2"])
def test_any_bytes_may_be_in_a_table(decode: Callable[[str, bytes], Kept], tag: bytes) -> None:
    """The child may refuse it or take it; that FreeType survives is what its own process is for."""
    data = files.with_table(files.font(), tag, b"\xff\x7f\x00\x01" * 50)
    with pytest.MonkeyPatch.context():
        try:
            decode("TTF", data)
        except (child._Refused, OSError, ValueError):  # noqa: SLF001
            return


def test_tables_that_lie_about_themselves() -> None:
    data = bytearray(files.font())
    struct.pack_into(">I", data, 12 + 12, 2**32 - 1)
    with pytest.raises(sfnt.BadFont, match="outside"):
        sfnt.rewritten(bytes(data))
    twice = bytearray(files.font())
    twice[12 + 16 : 12 + 20] = twice[12:16]
    with pytest.raises(sfnt.BadFont, match=r"two tables|has no"):
        sfnt.rewritten(bytes(twice))


@pytest.mark.parametrize("ending", ["mp3", "ogg", "m4a", "wav"])
def test_sound_becomes_flac(tmp_path: Path, ending: str) -> None:
    source, made = tmp_path / "a.wav", tmp_path / f"b.{ending}"
    source.write_bytes(files.sound(2.5))
    tag = ("-metadata", "title=a secret")
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([ffmpeg, "-loglevel", "error", "-i", source, *tag, made], check=True)
    kept, said = keep(made.read_bytes())
    assert kept[:4] == b"fLaC"
    assert b"secret" not in kept
    assert said == {"seconds": pytest.approx(2.5, abs=0.1), "name": "sound.flac"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (files.sound(is_silent=True), "silent"),
        (files.sound(0.5), "at least 2 s"),
        (files.sound()[:30], "cannot be decoded"),
        (b"ID3\x04" + b"\xff" * 5000, "cannot be decoded"),
        (b"OggS" + bytes(5000), "cannot be decoded"),
        (b"\x00\x00\x00\x1cftypM4A \x00" + b"moov" * 1000, "cannot be decoded"),
    ],
)
def test_bad_sound_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(BadAsset) as caught:
        keep(data)
    assert why in caught.value.sentence
