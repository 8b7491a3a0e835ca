"""The page of the gallery: a sheet of frames for each brief, and the table of what was measured."""

import html
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw

from lab.gallery.films import Film
from service.pipelines.film.presets import PRESETS
from service.pipelines.film.wishes import SIZES

_HEAD = """# Gallery

{count} films of {seconds:g} s: {briefs} briefs, each with all presets and all shapes, made with `PROVIDER=local` (no
account, no network) by `make gallery`. Four frames of each, late in a shot, when its words are there. Below the
pictures is what was measured on the files. The films are not kept here;
`python -m lab.gallery --keep films` keeps them.
"""
_QUALITY = 80
_MARGIN, _LABEL = 14, 22
_WIDEST = 1600
"""Pixels of a sheet."""


def write(films: Sequence[Film], to: Path) -> None:
    """Write README.md and a JPEG for each brief into the folder `to`."""
    lines = [
        _HEAD.format(
            count=len(films),
            seconds=films[0].order.seconds,
            briefs=len({film.order.brief.name for film in films}),
        )
    ]
    for _, group in groupby(films, key=lambda film: film.order.brief.name):
        of_brief = list(group)
        brief = of_brief[0].order.brief
        lines += [f"## {brief.about}", "", *(f"> {html.escape(line)}" for line in brief.content.splitlines()), ""]
        refusals = sorted({film.refusal.sentence for film in of_brief if film.refusal is not None})
        lines += [f"Refused: {sentence}\n" for sentence in refusals]
        if any(film.strip for film in of_brief):
            _sheet(of_brief).save(to / f"{brief.name}.jpg", quality=_QUALITY, optimize=True, progressive=True)
            lines += [f"![Frames of the films]({brief.name}.jpg)", ""]
    (to / "README.md").write_text("\n".join([*lines, *_table(films), ""]), encoding="utf-8")


def _sheet(films: Sequence[Film]) -> Image.Image:
    """A row for each shape with its presets side by side: two rows of frames where they are wide."""
    rows: list[list[Film]] = []
    for ratio in SIZES:
        row = [film for film in films if film.order.ratio == ratio and film.strip is not None]
        width = 0
        for film in row:
            assert film.strip is not None
            if width == 0 or width + film.strip.width > _WIDEST:
                rows.append([])
                width = 0
            rows[-1].append(film)
            width += film.strip.width + _MARGIN
    heights = [_LABEL + max(film.strip.height for film in row if film.strip) + _MARGIN for row in rows]
    widths = [sum(film.strip.width + _MARGIN for film in row if film.strip) for row in rows]
    sheet = Image.new("RGB", (max(widths) + _MARGIN, sum(heights) + _MARGIN), "white")
    pen = ImageDraw.Draw(sheet)
    top = _MARGIN
    for row, height in zip(rows, heights, strict=True):
        left = _MARGIN
        for film in row:
            assert film.strip is not None
            pen.text((left, top), f"{film.order.preset}  {film.order.ratio}", fill="black", font_size=15)
            sheet.paste(film.strip, (left, top + _LABEL))
            left += film.strip.width + _MARGIN
        top += height
    return sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.LANCZOS) if _is_large(sheet) else sheet


def _is_large(sheet: Image.Image) -> bool:
    return sheet.width > 2 * _WIDEST


def _table(films: Sequence[Film]) -> list[str]:
    least = ", ".join(f"{preset.name} {preset.qa_threshold:g}" for preset in PRESETS.values())
    lines = [
        "## What was measured",
        "",
        f"Of the brief the film must say: {least}. Loudness is to be -14 LUFS ±1, the true peak -1 dBTP or less.",
        "",
        "| brief | preset | shape | seconds | says | rounds | LUFS | dBTP | MB | voice |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for film in films:
        facts = film.facts
        start = f"| {facts['brief']} | {facts['preset']} | {facts['ratio']} |"
        if film.refusal is not None:
            lines.append(f"{start} refused: `{film.refusal.code}` | | | | | | |")
            continue
        loud, peak, size = facts["loudness_lufs"], facts["true_peak_dbtp"], facts["bytes"] / 1e6
        lines.append(
            f"{start} {facts['seconds']:.1f} | {facts['score']:.2f} | {facts['rounds']} | {loud:.1f} | {peak:.1f} | "
            f"{size:.1f} | {facts['voice'] or 'none'} |"
        )
    return lines
