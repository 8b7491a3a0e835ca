"""Write the gallery's page: the posters, a sheet of frames and a score for each brief, and what was measured."""

import html
import statistics
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw

from lab.gallery.films import Exhibit
from lab.gallery.scores import ASPECTS, SCORES
from service.pipelines.film.presets import PRESETS
from service.pipelines.film.stages.qa_technical import LOUDNESS_LUFS, LOUDNESS_OFF, PEAK_DBTP
from service.pipelines.film.wishes import SIZES

_HEAD = """# Gallery

{count} films, made by `make gallery` with `PROVIDER=local` (no account, no network) from briefs as people send them.
Below are each film's brief, six of its frames, each from the end of a shot when all its words are there, and what
careful watching found. What was measured on the files is at the end. The films themselves are not stored here;
`python -m lab.gallery --keep films` keeps them, and `--kinds` makes films of stranger briefs in all presets and shapes.
[A hundred and five other briefs](briefs.md): what somebody else found in sixty of them, and the makers in the rest.
"""
_POSTERS = """![The posters of the films](posters.jpg)

{sent} of {count} could be sent as they are or with one small change (4.0 and more); the mean is {mean:.1f}.
Judged were the encoded films, by frames from all of their length, and their sound by its level, its pauses and its
timing; their voices are espeak-ng's, which nobody would take for a person.
"""
_SENT = 4.0
_QUALITY = 80
_MARGIN, _LABEL = 14, 22
_WIDEST = 1600
"""The widest sheet, in pixels."""
_ROWS, _ACROSS = 3, 1500
"""Of the wall of posters, and its width in pixels."""


def write(exhibits: Sequence[Exhibit], to: Path) -> None:
    """Write README.md, a JPEG of all posters and one for each brief into the folder `to`."""
    lines = [_HEAD.format(count=len(exhibits))]
    posters = [exhibit.poster for exhibit in exhibits if exhibit.poster is not None]
    judged = [SCORES[name] for name in _names(exhibits) if name in SCORES]
    if judged and posters:
        wall(posters).save(to / "posters.jpg", quality=_QUALITY, optimize=True, progressive=True)
        sent = sum(score.mean >= _SENT for score in judged)
        mean = statistics.mean(score.mean for score in judged)
        lines += [_POSTERS.format(sent=sent, count=len(judged), mean=mean)]
    for name, group in groupby(exhibits, key=lambda exhibit: exhibit.variant.brief.name):
        of_brief = list(group)
        brief = of_brief[0].variant.brief
        lines += [
            f"## {brief.about}",
            "",
            *(f"> {html.escape(line, quote=False)}  " for line in brief.content.splitlines()),
            "",
        ]
        refusals = sorted({exhibit.refusal.sentence for exhibit in of_brief if exhibit.refusal is not None})
        lines += [f"Refused: {sentence}\n" for sentence in refusals]
        if any(exhibit.strip for exhibit in of_brief):
            _sheet(of_brief).save(to / f"{name}.jpg", quality=_QUALITY, optimize=True, progressive=True)
            lines += [f"![Frames of the films]({name}.jpg)", ""]
        if name in SCORES:
            points = ", ".join(f"{aspect} {point}" for aspect, point in zip(ASPECTS, SCORES[name].points, strict=True))
            lines += [f"**{SCORES[name].mean:.1f}** ({points}). {SCORES[name].why}", ""]
    (to / "README.md").write_text("\n".join([*lines, *_table(exhibits), ""]), encoding="utf-8")


def _names(exhibits: Sequence[Exhibit]) -> list[str]:
    return list(dict.fromkeys(exhibit.variant.brief.name for exhibit in exhibits))


def wall(posters: Sequence[Image.Image]) -> Image.Image:
    """Return posters of different shapes beside each other, in rows of one height that fill the width."""
    shapes = [poster.width / poster.height for poster in posters]
    share = sum(shapes) / _ROWS
    rows: list[list[Image.Image]] = [[] for _ in range(_ROWS)]
    used = 0.0
    for shape, poster in sorted(zip(shapes, posters, strict=True), key=lambda one: one[0]):
        rows[min(int((used + shape / 2) / share), _ROWS - 1)].append(poster)
        used += shape
    rows = [row for row in rows if row]
    laid: list[Image.Image] = []
    for row in rows:
        gaps = _MARGIN * (len(row) - 1)
        tall = round((_ACROSS - gaps) / sum(poster.width / poster.height for poster in row))
        strip = Image.new("RGB", (_ACROSS, tall), "white")
        left = 0
        for poster in row:
            shown = poster.resize((round(poster.width * tall / poster.height), tall), Image.Resampling.LANCZOS)
            strip.paste(shown, (left, 0))
            left += shown.width + _MARGIN
        laid.append(strip)
    whole = Image.new("RGB", (_ACROSS, sum(strip.height + _MARGIN for strip in laid) - _MARGIN), "white")
    top = 0
    for strip in laid:
        whole.paste(strip, (0, top))
        top += strip.height + _MARGIN
    return whole


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
