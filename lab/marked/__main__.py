"""Plan a film of each marked brief, and print what is wrong with it.

python -m lab.marked                                     # the briefs of the tests, in all
python -m lab.marked --show leaks FILE…                  # the lines themselves; --brief SLUG for one
python -m lab.marked --report                            # what QA_SEMANTIC says of the films, beside the marks
python -m lab.marked --report --folds 4                  # the same of briefs that no word was learnt from
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from lab.marked import faults, report
from lab.marked.briefs import MARKED, TO_MAKERS, Mark, Marked, read
from lab.marked.faults import Faults, Told
from service.pipeline import Never, Pipeline
from service.pipelines.film import pipeline
from service.pipelines.film.preview import UNNAMED


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m lab.marked", description=__doc__)
    options.add_argument("file", nargs="*", type=Path, help="files of marked briefs (those of the tests)")
    options.add_argument("--brief", action="append", help="only this one; may be repeated")
    options.add_argument("--show", nargs="?", const="all", help="print the lines: all, or one kind, as 'leak'")
    options.add_argument("--report", action="store_true", help="judge the report on the films by the marks")
    options.add_argument("--folds", type=int, default=0, help="with words learnt from other files, in so many parts")
    chosen = options.parse_args()
    if chosen.report:
        sys.stdout.write(report.table(report.of_files(chosen.file or sorted(MARKED.glob("*.txt")), chosen.folds)))
        return 0
    briefs = [brief for file in chosen.file or sorted(MARKED.glob("*.txt")) for brief in read(file)]
    films = pipeline({})
    found: list[tuple[Marked, Faults | str]] = []
    for brief in briefs:
        if chosen.brief and brief.slug not in chosen.brief:
            continue
        found.append((brief, judged(brief, films)))
        if chosen.show:
            sys.stdout.write("".join(_lines(*found[-1], chosen.show)))
    sys.stdout.write(summary(found))
    return 0


def judged(brief: Marked, films: Pipeline) -> Faults | str:
    """Return what is wrong with a film of a brief, or why none is made."""
    assert films.preview is not None
    try:
        seen = films.preview(brief.job())
    except Never as refused:
        return f"{refused.code}: {refused}"
    shown = [part.says for part in seen.parts]
    told = Told(
        title="" if UNNAMED in seen.facts else seen.title,
        says=tuple(one["says"] for one in shown if "says" in one),
        shows=tuple(one["shows"] for one in shown if "shows" in one),
        left_out=" ".join(seen.warnings),
    )
    return faults.of(brief, told)


def _lines(brief: Marked, found: Faults | str, kind: str) -> Iterable[str]:
    if isinstance(found, str):
        yield f"{brief.slug}: refused: {found}\n"
        return
    for name, lines in found:
        if kind in ("all", name):
            yield from (f"{brief.slug} [{brief.fields['lang']}] {name}: {line}\n" for line in lines)


def summary(found: list[tuple[Marked, Faults | str]]) -> str:
    """Return the counts, as lines."""
    films = [(brief, film) for brief, film in found if isinstance(film, Faults)]

    def of_lines(*marks: Mark) -> int:
        return sum(len(brief.marked(*marks)) for brief, _ in films)

    rows = (
        ("films without a fault", sum(film.is_clean() for _, film in films), len(found)),
        ("refused", len(found) - len(films), len(found)),
        ("without but a name", sum(film.lacks_only_a_name() for _, film in films), len(found)),
        ("right titles", sum(not (film.title or film.is_unnamed) for _, film in films), len(films)),
        ("wrong titles", sum(bool(film.title) for _, film in films), len(films)),
        ("no title shown", sum(film.is_unnamed for _, film in films), len(films)),
        ("leaks", sum(len(film.leaks) for _, film in films), of_lines(*TO_MAKERS)),
        ("lost lines", sum(len(film.lost) for _, film in films), of_lines(Mark.SAY, Mark.CALL)),
        ("left out by name", sum(len(film.left_out) for _, film in films), of_lines(Mark.SAY, Mark.CALL)),
        ("headings read out", sum(len(film.heads) for _, film in films), of_lines(Mark.HEAD)),
        ("musts missing", sum(len(film.missing) for _, film in films), sum(len(brief.must()) for brief, _ in films)),
        ("films that leak", sum(bool(film.leaks) for _, film in films), len(films)),
        ("films with torn lines", sum(bool(film.torn) for _, film in films), len(films)),
        ("films that lose", sum(bool(film.lost or film.missing) for _, film in films), len(films)),
    )
    return "".join(f"{name:24}{count:6} of {whole:5}{count / (whole or 1):8.1%}\n" for name, count, whole in rows)


if __name__ == "__main__":
    sys.exit(main())
