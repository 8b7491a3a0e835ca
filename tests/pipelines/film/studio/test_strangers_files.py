"""Pictures and clips that were made elsewhere: a small file takes little memory, and only what it claims to be is
opened."""

import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lab.harness.film_context import local_context
from service.pipeline import Later, Never
from service.pipelines.film.script.look.palettes import PALETTES
from service.pipelines.film.script.voice.timeline import FPS
from service.pipelines.film.studio import ffmpeg, pictures
from service.pipelines.film.studio.backdrop import Clip, Placement
from service.pipelines.film.studio.canvas import Canvas

PALETTE = PALETTES[min(PALETTES)]


def png_chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def png_bomb(width: int, height: int) -> bytes:
    """A grey picture of one colour: a thousandth of its size when decoded."""
    packer = zlib.compressobj(9)
    line = b"\x00" + bytes(width)
    packed = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    chunks = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def cut_off() -> bytes:
    whole = png_bomb(400, 400)
    return whole[: len(whole) // 2]


BAD_PICTURES: dict[str, Callable[[], bytes]] = {
    "bomb": lambda: png_bomb(12_000, 12_000),
    "wide": lambda: png_bomb(60_000, 300),
    "claims": lambda: (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", (2**31 - 1).to_bytes(4, "big") * 2 + bytes([8, 6, 0, 0, 0]))
    ),
    "cut off": cut_off,
    "empty": lambda: b"",
    "svg": lambda: (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
    ),
    "gif": lambda: (
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
    ),
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "html": lambda: b"<html>not found</html>",
}


@pytest.mark.parametrize("kind", BAD_PICTURES)
def test_a_picture_that_is_none_is_refused(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "still.png"
    file.write_bytes(BAD_PICTURES[kind]())
    with pytest.raises(Never) as refused:
        pictures.opened(file)
    assert refused.value.code == "bad_picture"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "LA", "I;16", "1"])
def test_every_kind_of_good_picture_is_opened(mode: str, tmp_path: Path) -> None:
    file = tmp_path / "still.png"
    Image.new(mode, (30, 20)).save(file)
    assert (pictures.opened(file).mode, pictures.opened(file).size) == ("RGB", (30, 20))


def test_a_bomb_takes_no_memory(tmp_path: Path) -> None:
    file = tmp_path / "still.png"
    file.write_bytes(png_bomb(13_000, 13_000))
    assert file.stat().st_size < 200_000
    script = """
        import resource, sys
        from pathlib import Path
        from service.pipeline import Never
        from service.pipelines.film.studio import pictures
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            pictures.opened(Path(sys.argv[1]))
        except Never:
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(file)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 50_000  # kB


def made_clip(to: Path, source: str, *options: str) -> Path:
    made = [str(ffmpeg.program()), "-loglevel", "error", "-f", "lavfi", "-i", source, *options, "-y", str(to)]
    subprocess.run(made, check=True)
    return to


def paint_one(file: Path, folder: Path) -> None:
    with Clip(local_context(folder), file, PALETTE, Placement((96, 160), 0.0, 1.0), 1.0) as clip:
        clip.paint(Canvas(96, 160), 1 / FPS)


def playlist(folder: Path) -> Path:
    made_clip(folder / "secret.mp4", "testsrc=s=96x160:r=30:d=1", "-pix_fmt", "yuv420p")
    listed = folder / "clip.mp4"
    listed.write_text(f"ffconcat version 1.0\nfile {folder}/secret.mp4\n")
    return listed


def hls(folder: Path) -> Path:
    made_clip(folder / "secret.ts", "testsrc=s=96x160:r=30:d=1", "-pix_fmt", "yuv420p")
    listed = folder / "clip.mp4"
    listed.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{folder}/secret.ts\n#EXT-X-ENDLIST\n")
    return listed


def picture_as_clip(folder: Path) -> Path:
    file = folder / "clip.mp4"
    Image.new("RGB", (96, 160), (255, 0, 0)).save(file, "PNG")
    return file


def huge(folder: Path) -> Path:
    return made_clip(folder / "clip.mp4", "color=s=8192x8192:r=1:d=1", "-pix_fmt", "yuv420p", "-c:v", "mjpeg")


def odd_codec(folder: Path) -> Path:
    return made_clip(folder / "clip.mp4", "testsrc=s=96x160:r=30:d=1", "-c:v", "png", "-f", "mov")


@pytest.mark.parametrize("make", [playlist, hls, picture_as_clip, huge, odd_codec])
def test_a_clip_that_is_none_is_not_decoded(make: Callable[[Path], Path], tmp_path: Path) -> None:
    with pytest.raises(Later) as refused:
        paint_one(make(tmp_path), tmp_path)
    assert refused.value.code == "render_failed"


def test_a_good_clip_is_decoded(tmp_path: Path) -> None:
    paint_one(made_clip(tmp_path / "clip.mp4", "testsrc=s=96x160:r=30:d=1", "-pix_fmt", "yuv420p"), tmp_path)
