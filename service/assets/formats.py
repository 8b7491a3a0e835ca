"""What a file is, by its own first bytes: names and `Content-Type` are a stranger's words. Pure."""

from dataclasses import dataclass

from service.errors import BadAsset, UnknownAsset
from service.pipeline import AssetKind


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is taken. `name` is what the decoder calls it."""

    kind: AssetKind
    name: str


PNG, JPEG, WEBP = Format("picture", "PNG"), Format("picture", "JPEG"), Format("picture", "WEBP")
TTF, OTF = Format("font", "TTF"), Format("font", "OTF")
MP3, WAV, OGG, M4A = Format("sound", "mp3"), Format("sound", "wav"), Format("sound", "ogg"), Format("sound", "mov")

TAKEN = "PNG, JPEG or WebP pictures, TTF or OTF fonts, MP3, WAV, OGG or M4A sound"

_AUDIO_BRANDS = (b"M4A ", b"M4B ", b"mp42", b"mp41", b"isom", b"iso2", b"iso5", b"iso6", b"dash")
_KNOWN_BUT_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "GIF files are not taken: export the picture as PNG."),
    (b"II*\x00", "TIFF files are not taken: export the picture as PNG."),
    (b"MM\x00*", "TIFF files are not taken: export the picture as PNG."),
    (b"BM", "BMP files are not taken: export the picture as PNG."),
    (b"\x00\x00\x01\x00", "Icon files are not taken: export the picture as PNG."),
    (b"8BPS", "Photoshop files are not taken: export the picture as PNG."),
    (b"%PDF", "PDF files are not taken: export the page as PNG."),
    (b"%!PS", "PostScript files are not taken: export the drawing as PNG."),
    (b"ttcf", "Font collections are not taken: upload one font of it, as TTF or OTF."),
    (b"wOFF", "WOFF files are not taken: upload the font as TTF or OTF."),
    (b"wOF2", "WOFF files are not taken: upload the font as TTF or OTF."),
    (b"fLaC", "FLAC files are not taken: upload the sound as WAV, MP3, OGG or M4A."),
    (b"FORM", "AIFF files are not taken: upload the sound as WAV, MP3, OGG or M4A."),
    (b"PK\x03\x04", "Archives are not taken: upload the files in it one by one."),
    (b"\x1f\x8b", "Compressed files are not taken: upload the file itself."),
)


def format_of(data: bytes) -> Format:
    """Return the format of a file.

    Raises `UnknownAsset` with a sentence that says what to do for a format that is not taken, `BadAsset` for no bytes.
    """
    if not data:
        raise BadAsset("asset_empty", f"The body is empty: send the file's bytes ({TAKEN}).")
    found = _format(data[:16])
    if found is not None:
        return found
    for start, sentence in _KNOWN_BUT_REFUSED:
        if data.startswith(start):
            raise UnknownAsset("asset_unsupported", sentence)
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")):
        raise UnknownAsset("asset_unsupported", "SVG files are not taken: export the drawing as PNG, large.")
    if data[4:8] == b"ftyp":
        raise UnknownAsset("asset_unsupported", "This is a film or a picture of another kind: export it as PNG or M4A.")
    raise UnknownAsset("asset_unsupported", f"This is no file of a kind that is taken: {TAKEN}.")


def _format(head: bytes) -> Format | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    if head.startswith((b"\x00\x01\x00\x00", b"true")):
        return TTF
    if head.startswith(b"OTTO"):
        return OTF
    if head.startswith(b"OggS"):
        return OGG
    if head[4:8] == b"ftyp" and head[8:12] in _AUDIO_BRANDS:
        return M4A
    # MPEG-1, 2 or 2.5, layer III, a bit rate and a sample rate that exist.
    is_frame = len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and 0 < head[2] >> 4 < 15
    if head.startswith(b"ID3") or (is_frame and head[2] >> 2 & 3 != 3):
        return MP3
    return None
