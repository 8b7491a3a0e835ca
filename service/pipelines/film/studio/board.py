"""A film's storyboard as one picture: its shots as each stands once everything in it has arrived, in reading order."""

import io
import math

from PIL import Image

from service.pipelines.film.studio.canvas import Canvas
from service.pipelines.film.studio.shots import Film, Painter

LONGER_SIDE = 480
"""Of a shot in the picture, in pixels: its words can be read."""
MOST = 24
"""Each takes a quarter of a second."""
_GAP = 12
_PAPER = (238, 238, 240)
_WIDEST = 2_000


def sheet(film: Film) -> bytes:
    """Return the picture as a WebP file, with the first `MOST` shots."""
    scale = LONGER_SIDE / max(film.width, film.height)
    width, height = round(film.width * scale), round(film.height * scale)
    count = min(len(film.treatment.shots), MOST)
    rows = math.ceil(count / min(count, (_WIDEST - _GAP) // (width + _GAP)))
    columns = math.ceil(count / rows)
    whole = Image.new("RGB", (columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP), _PAPER)
    canvas = Canvas(film.width, film.height)
    for index in range(count):
        painter = Painter(film, index)
        painter.paint(canvas, painter.arrived, captions=False)
        row, column = divmod(index, columns)
        at = (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP))
        whole.paste(canvas.rgb().resize((width, height), Image.Resampling.LANCZOS), at)
    file = io.BytesIO()
    whole.save(file, "WEBP", quality=80)
    return file.getvalue()
