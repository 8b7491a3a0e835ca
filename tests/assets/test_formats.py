"""What a file is, by its own bytes."""

import pytest

from service.assets import formats
from service.assets.formats import Format, format_of
from service.errors import BadAsset, UnknownAsset
from tests.support import files


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (files.picture("PNG"), formats.PNG),
        (files.picture("JPEG"), formats.JPEG),
        (files.picture("WEBP"), formats.WEBP),
        (files.font(), formats.TTF),
        (b"OTTO\x00\x0c", formats.OTF),
        (files.sound(), formats.WAV),
        (b"OggS\x00\x02", formats.OGG),
        (b"ID3\x04\x00", formats.MP3),
        (b"\xff\xfb\x90\x00", formats.MP3),
        (b"\x00\x00\x00\x1cftypM4A \x00", formats.M4A),
        (b"\x00\x00\x00\x1cftypisom\x00", formats.M4A),
    ],
)
def test_a_format_is_known_by_its_bytes(data: bytes, form: Format) -> None:
    assert format_of(data) == form


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (files.picture("GIF"), "GIF"),
        (files.picture("TIFF"), "TIFF"),
        (files.picture("BMP"), "BMP"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (
            b'\xef\xbb\xbf <?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
            "SVG",
        ),
        (b"wOF2\x00", "WOFF"),
        (b"ttcf\x00", "collection"),
        (b"fLaC\x00", "FLAC"),
        (b"PK\x03\x04", "Archive"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x00\x00\x1cftypheic", "PNG"),
        (b"<html><script>", "PNG, JPEG or WebP"),
        (b"\xff\xff\xff\xff", "PNG, JPEG or WebP"),
        (b"RIFF\x00\x00\x00\x00AVI ", "PNG, JPEG or WebP"),
        (b"#EXTM3U\nhttp://169.254.169.254/", "PNG, JPEG or WebP"),
        (b"ffconcat version 1.0\nfile /etc/passwd", "PNG, JPEG or WebP"),
    ],
)
def test_what_is_not_taken_is_told_what_to_do(data: bytes, word: str) -> None:
    with pytest.raises(UnknownAsset, match="asset_unsupported") as caught:
        format_of(data)
    assert word in caught.value.sentence


def test_nothing_is_no_file() -> None:
    with pytest.raises(BadAsset, match="asset_empty"):
        format_of(b"")
