"""Write what was found as a page with a table and a plot. Pure, but for `write`."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from lab.listening.report import LOUDER_DB

_WIDTH, _HEIGHT, _LEFT, _TOP = 560, 250, 60, 36
_COLOURS: Mapping[str, tuple[str, str, str]] = {
    "kokoro": ("Kokoro", "#5b6cc9", ""),
    "espeak": ("espeak-ng", "#c2571a", "6 4"),
}
_BEGIN, _END = "<!-- measured: python -m lab.listening -->", "<!-- end -->"
_ROW = (
    "| {name} | {engine} | {mood} | {heard} of {words} | {missed} | {alone:.0%} | {error:.0%} | {off:.0f} ms "
    "| {late} of {timed} | {over:.1f} dB | {pause:.1f} s | {jump:.1f} dB | {lufs:.1f} / {peak:.1f} |"
)
_HEAD = (
    "| brief | voice | music | words heard | not heard | sounds wrong, voice alone | in the film | median off "
    "| over 150 ms off | voice over music | longest pause | music's largest step in 1 s | LUFS / dBTP |\n"
    + "| --- " * 13
    + "|"
)


def line(report: Mapping[str, Any]) -> str:
    """Return a film's measurements in one line, as the table has them, and what is not as it should be."""
    under = {int(louder): error for louder, error in report["under"].items()}
    row = _ROW.format(
        name=report["name"],
        engine=report["engine"],
        mood=report["mood"],
        heard=report["words"] - len(report["missed"]),
        words=report["words"],
        missed=", ".join(report["missed"]) or "none",
        alone=report["alone"],
        error=under[0],
        off=1000 * report["off_s"],
        late=len(report["late"]),
        timed=report["timed"],
        over=report["over_music_db"],
        pause=report["pause_s"],
        jump=report["jump_db"],
        lufs=report["loudness_lufs"],
        peak=report["true_peak_dbtp"],
    )
    return f"{row}{_notes(report)}"


def _notes(report: Mapping[str, Any]) -> str:
    """What else somebody would want to know of a film; "" if nothing."""
    notes = [f"late: {', '.join(report['late'])}"] if report["late"] else []
    notes += [f"not found: {line}" for line in report["lost"]]
    notes += [f"{name} {report[name]:.0f}" for name in ("trimmed_db", "ending_db")]
    notes.append(
        f"hardest: {report['hardest'][0]} {report['hardest'][1]:.1f} dB, octaves {report['over_music_octaves_db']:.1f}"
    )
    notes += [f"clipped: {report['clipped']}"] if report["clipped"] else []
    notes += [f"silent for {report['silence_s']:.1f} s"] if report["silence_s"] > 1 else []
    return f"\n  ({'; '.join(notes)})"


def write(reports: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Replace the table in `folder`/listening.md, and the plot beside it."""
    file = folder / "listening.md"
    folder.mkdir(parents=True, exist_ok=True)
    before, after = "", ""
    if file.exists():
        before, _, rest = file.read_text(encoding="utf-8").partition(_BEGIN)
        after = rest.partition(_END)[2]
    rows = "\n".join(line(report).split("\n")[0] for report in reports)
    file.write_text(f"{before}{_BEGIN}\n{_HEAD}\n{rows}\n{_END}{after or chr(10)}", encoding="utf-8")
    (folder / "listening.svg").write_text(plot(reports), encoding="utf-8")


def plot(reports: Sequence[Mapping[str, Any]]) -> str:
    """Return a picture of how much is misheard as the music gets louder, as SVG."""
    right, bottom, top_error = _WIDTH - 60, _HEIGHT - 50, 0.2
    places = [_LEFT + (right - _LEFT) * number / len(LOUDER_DB) for number in range(len(LOUDER_DB) + 1)]

    def height(error: float) -> float:
        return bottom - (bottom - _TOP) * min(error / top_error, 1.0)

    drawn = [
        f'<line x1="{_LEFT}" x2="{right}" y1="{height(share):.0f}" y2="{height(share):.0f}" stroke="#dddddd"/>'
        f'<text x="{_LEFT - 8}" y="{height(share) + 4:.0f}" text-anchor="end">{share:.0%}</text>'
        for share in (0.0, 0.05, 0.1, 0.15, 0.2)
    ]
    names = ["voice alone", *("in the film" if louder == 0 else f"music +{louder} dB" for louder in LOUDER_DB)]
    drawn += [
        f'<text x="{place:.0f}" y="{bottom + 20}" text-anchor="middle">{escape(name)}</text>'
        for place, name in zip(places, names, strict=True)
    ]
    for number, (engine, (label, colour, dashes)) in enumerate(_COLOURS.items()):
        own = [report for report in reports if report["engine"] == engine]
        if not own:
            continue
        errors = [
            sum(report["alone"] for report in own) / len(own),
            *(sum(_under(report, louder) for report in own) / len(own) for louder in LOUDER_DB),
        ]
        points = " ".join(f"{place:.0f},{height(error):.0f}" for place, error in zip(places, errors, strict=True))
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5" '
            f'stroke-dasharray="{dashes}"/>'
            f'<text x="{_LEFT + 12}" y="{_TOP + 18 + 18 * number}" fill="{colour}">{label}</text>'
        )
    title = "Sounds that Whisper base gets wrong, as the music gets louder"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13">\n<title>{title}</title>\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n'
        f'<text x="{_LEFT}" y="20" font-weight="600">{title}</text>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _under(report: Mapping[str, Any], louder: int) -> float:
    """The share of sounds misheard under music; JSON has texts for keys."""
    errors = report["under"]
    return float(errors[str(louder)] if str(louder) in errors else errors[louder])
