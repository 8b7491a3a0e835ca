"""Write the gallery's page: a sheet of frames for each brief, and a table of what was measured."""

import html
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw

from lab.gallery.films import Exhibit
from service.pipelines.film.presets import PRESETS
from service.pipelines.film.stages.qa_technical import LOUDNESS_LUFS, LOUDNESS_OFF, PEAK_DBTP
from service.pipelines.film.wishes import SIZES

_HEAD = """# Gallery

{count} films of {seconds:g} s: {briefs} briefs in {presets} presets and {shapes} shapes, made by `make gallery` with
`PROVIDER=local` (no account, no network). Four frames of each film are shown, each from the end of a shot, when all its
words are on screen. What was measured on the files is below the pictures. The films themselves are not stored here;
`python -m lab.gallery --keep films` keeps them.
[Briefs as people send them](briefs.md) were watched and scored one by one.
"""
_QUALITY = 80
_MARGIN, _LABEL = 14, 22
_WIDEST = 1600
"""The widest sheet, in pixels."""


def write(exhibits: Sequence[Exhibit], to: Path) -> None:
    """Write README.md and a JPEG for each brief into the folder `to`."""
    lines = [
        _HEAD.format(
            count=len(exhibits),
            seconds=exhibits[0].variant.seconds,
            briefs=len({exhibit.variant.brief.name for exhibit in exhibits}),
            presets=len({exhibit.variant.preset for exhibit in exhibits}),
            shapes=len({exhibit.variant.ratio for exhibit in exhibits}),
        )
    ]
    for _, group in groupby(exhibits, key=lambda exhibit: exhibit.variant.brief.name):
        of_brief = list(group)
        brief = of_brief[0].variant.brief
        lines += [f"## {brief.about}", "", *(f"> {html.escape(line)}" for line in brief.content.splitlines()), ""]
        refusals = sorted({exhibit.refusal.sentence for exhibit in of_brief if exhibit.refusal is not None})
        lines += [f"Refused: {sentence}\n" for sentence in refusals]
        if any(exhibit.strip for exhibit in of_brief):
            _sheet(of_brief).save(to / f"{brief.name}.jpg", quality=_QUALITY, optimize=True, progressive=True)
            lines += [f"![Frames of the films]({brief.name}.jpg)", ""]
    (to / "README.md").write_text("\n".join([*lines, *_table(exhibits), ""]), encoding="utf-8")


def _sheet(exhibits: Sequence[Exhibit]) -> Image.Image:
    """Draw a row for each shape with its presets side by side, or two rows if the frames are wide."""
    rows: list[list[Exhibit]] = []
    for ratio in SIZES:
        row = [exhibit for exhibit in exhibits if exhibit.variant.ratio == ratio and exhibit.strip is not None]
        width = 0
        for exhibit in row:
            assert exhibit.strip is not None
            if width == 0 or width + exhibit.strip.width > _WIDEST:
                rows.append([])
                width = 0
            rows[-1].append(exhibit)
            width += exhibit.strip.width + _MARGIN
    heights = [_LABEL + max(exhibit.strip.height for exhibit in row if exhibit.strip) + _MARGIN for row in rows]
    widths = [sum(exhibit.strip.width + _MARGIN for exhibit in row if exhibit.strip) for row in rows]
    sheet = Image.new("RGB", (max(widths) + _MARGIN, sum(heights) + _MARGIN), "white")
    pen = ImageDraw.Draw(sheet)
    top = _MARGIN
    for row, height in zip(rows, heights, strict=True):
        left = _MARGIN
        for exhibit in row:
            assert exhibit.strip is not None
            pen.text((left, top), f"{exhibit.variant.preset}  {exhibit.variant.ratio}", fill="black", font_size=15)
            sheet.paste(exhibit.strip, (left, top + _LABEL))
            left += exhibit.strip.width + _MARGIN
        top += height
    return sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.LANCZOS) if _is_large(sheet) else sheet


def _is_large(sheet: Image.Image) -> bool:
    return sheet.width > 2 * _WIDEST


def _table(exhibits: Sequence[Exhibit]) -> list[str]:
    least = ", ".join(f"{preset.name} {preset.qa_threshold:g}" for preset in PRESETS.values())
    loudness = f"Loudness must be {LOUDNESS_LUFS:g} LUFS ±{LOUDNESS_OFF:g}, the true peak at most {PEAK_DBTP:g} dBTP."
    lines = [
        "## What was measured",
        "",
        f"The smallest share of its brief that a film must say: {least}. {loudness}",
        "",
        "| brief | preset | shape | seconds | share said | rounds | LUFS | dBTP | MB | voice |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for exhibit in exhibits:
        facts = exhibit.facts
        start = f"| {facts['brief']} | {facts['preset']} | {facts['ratio']} |"
        if exhibit.refusal is not None:
            lines.append(f"{start} refused: `{exhibit.refusal.code}` | | | | | | |")
            continue
        loud, peak, size = facts["loudness_lufs"], facts["true_peak_dbtp"], facts["bytes"] / 1e6
        lines.append(
            f"{start} {facts['seconds']:.1f} | {facts['score']:.2f} | {facts['rounds']} | {loud:.1f} | {peak:.1f} | "
            f"{size:.1f} | {facts['voice'] or 'none'} |"
        )
    return lines
