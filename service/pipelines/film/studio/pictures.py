"""Open pictures that were made elsewhere. They are strangers' files: their format and size are checked before anything
is decoded, because 20 KB can unfold to a gigabyte of pixels."""

from pathlib import Path

from PIL import Image, UnidentifiedImageError

from service.pipeline import Never

MOST_PIXELS = 4096 * 4096
"""The largest picture that a provider sells; decoded it takes 50 MB, or 67 MB with transparency."""
FORMATS = ("PNG", "JPEG", "WEBP")
"""Pillow tries no other decoder. Each has had its share of holes."""


def opened(file: Path, mode: str = "RGB") -> Image.Image:
    """Return the picture in `file` as RGB, or as RGBA.

    Raises `Never("bad_picture")` for any other format, for a picture of over `MOST_PIXELS`, and for a broken one.
    """
    try:
        with Image.open(file, formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise _bad(f"it has {width} by {height} pixels, and at most {MOST_PIXELS:,} are decoded")
            return picture.convert(mode)
    except UnidentifiedImageError:
        raise _bad(f"it is not a {', '.join(FORMATS[:-1])} or {FORMATS[-1]} file") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow raises any of these for a broken file: https://pillow.readthedocs.io/en/stable/reference/Image.html
        raise _bad("it is broken or cut off") from error


def _bad(why: str) -> Never:
    return Never("bad_picture", f"A picture for this film cannot be used: {why}.")
