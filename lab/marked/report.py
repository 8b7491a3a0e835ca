"""What QA_SEMANTIC says of planned films, beside what is wrong with them by their marks."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.marked import addressees, faults, recurrent
from lab.marked.briefs import Marked, read
from lab.marked.faults import Faults, Told
from service.pipeline import Never
from service.pipelines.film import preview
from service.pipelines.film.providers import choose
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.judging import left_out, semantics, trust
from service.pipelines.film.script.judging.reread import Doubt, Kind
from service.pipelines.film.script.judging.semantics import SemanticReport
from service.pipelines.film.script.learnt import addressee, purposes
from service.pipelines.film.script.learnt.weights import packed
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.stages import analysis, creative_direction, init

NAMES = {
    "leak": frozenset({Kind.TALK}),
    "lost": frozenset({Kind.LOST, Kind.FACT, Kind.UNREACHED}),
    "missing": frozenset({Kind.LOST, Kind.FACT, Kind.UNREACHED}),
    "head read": frozenset({Kind.HEADING}),
    "torn": frozenset({Kind.STUMP}),
    "title": frozenset({Kind.TITLE}),
    "unnamed": frozenset({Kind.UNNAMED}),
}
"""The doubts that name a kind of fault."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A planned film: what is wrong with it by its marks, and what is said of it. `first` is the film before the report
    had anything left out, with its doubts, and `before` the report without a second reading of the brief."""

    brief: Marked
    faults: Faults
    report: SemanticReport
    doubts: Sequence[Doubt]
    before: SemanticReport


def judged(brief: Marked, *, is_first: bool = False) -> Judged | None:
    """Plan and judge the film of a brief, as it is in the end or as it is `is_first`; None if none is made."""
    job = brief.job()
    try:
        request = creative_direction.request_of(job, analysis.read_brief(job, choose({})), init.seed_of(job))
    except Never:
        return None
    if is_first:
        talk: Sequence[str] = ()
        treatment = rules.direct(request.brief, request.wishes, request.preset, request.seed)
    else:
        treatment, _, talk = preview.planned(request)
    film, content, threshold = request.brief.without(talk), request.content, request.preset.qa_threshold
    warnings = [*left_out.taken_for_talk(talk), *left_out.planned_warnings(film, treatment)]
    doubts = semantics.doubts_of(treatment, film, content)
    return Judged(
        brief,
        faults.of(brief, told(treatment, " ".join(warnings))),
        semantics.planned(treatment, film, content, threshold),
        doubts,
        semantics.planned(treatment, film, content, threshold, rereads=False),
    )


def told(treatment: Treatment, left_out_by_name: str) -> Told:
    """Return what a planned film says and shows."""
    shots = treatment.shots
    shown = [" / ".join(part for part in (shot.lead, shot.headline, shot.label, *shot.items) if part) for shot in shots]
    return Told(
        title=treatment.title,
        says=tuple(shot.voice for shot in shots if shot.voice),
        shows=tuple(filter(None, shown)),
        left_out=left_out_by_name,
    )


@contextmanager
def learnt_from(files: Iterable[Path]) -> Iterator[None]:
    """Let sentences be weighed by what is learnt from these files, and not by what ships with the film."""
    shipped = addressee.WEIGHTS, purposes.NETS
    alone, nets = addressees.of_briefs(brief for file in files for brief in read(file))
    with tempfile.TemporaryDirectory(prefix="aiprod-marked-") as folder:
        addressee.WEIGHTS, purposes.NETS = (Path(folder) / file.name for file in shipped)
        addressee.WEIGHTS.write_bytes(packed(alone))
        purposes.NETS.write_bytes(recurrent.packed(nets))
        try:
            yield
        finally:
            addressee.WEIGHTS, purposes.NETS = shipped


def of_files(files: Sequence[Path], folds: int = 0, *, is_first: bool = False) -> list[Judged]:
    """Judge the films of all briefs. `folds`: in so many parts, each with weights learnt from the others; 0: with the
    weights of the film."""
    found: list[Judged | None] = []
    for fold in range(folds):
        held = files[fold::folds]
        with learnt_from(file for file in files if file not in held):
            found += [judged(brief, is_first=is_first) for file in held for brief in read(file)]
    if not folds:
        found = [judged(brief, is_first=is_first) for file in files for brief in read(file)]
    return [film for film in found if film is not None]


def ordered(films: Sequence[tuple[float, bool]]) -> float:
    """Return how often a film without a fault scores higher than one with a fault; equal scores count half."""
    clean = [score for score, is_clean in films if is_clean]
    others = [score for score, is_clean in films if not is_clean]
    higher = sum((one > other) + 0.5 * (one == other) for one in clean for other in others)
    return higher / (len(clean) * len(others) or 1)


def table(films: Sequence[Judged]) -> str:
    """Return what the report says beside what the marks say, as lines."""
    lines = [f"{'':40}{'films':>6}{'before':>16}{'now':>16}\n"]
    clean = [film for film in films if film.faults.is_clean()]
    faulty = [film for film in films if not film.faults.is_clean()]
    worst = [film for film in films if film.faults.leaks or film.faults.missing]
    for name, group, passes in (
        ("without a fault, passed", clean, True),
        ("with a fault, failed", faulty, False),
        ("with a leak or a must missing, failed", worst, False),
    ):
        before = sum(film.before.passed is passes for film in group)
        now = sum(film.report.passed is passes for film in group)
        cells = "".join(f"{count:8}{count / (len(group) or 1):8.0%}" for count in (before, now))
        lines.append(f"{name:40}{len(group):6}{cells}\n")
    for name, bad in (("scores order: clean before faulty", faulty), ("clean before leak or must missing", worst)):
        areas = [
            ordered([*((score(film), True) for film in clean), *((score(film), False) for film in bad)])
            for score in (_before, _now)
        ]
        lines.append(f"{name:46}" + "".join(f"{area:16.2f}" for area in areas) + "\n")
    lines.append(f"\n{'':40}{'films':>6}{'named':>16}{'named wrongly':>16}\n")
    for name, kinds in NAMES.items():
        having = [film for film in films if dict(film.faults)[name]]
        named = [
            film for film in films if any(doubt.kind in kinds and doubt.size >= trust.SLIGHT for doubt in film.doubts)
        ]
        right = [film for film in named if dict(film.faults)[name]]
        wrong = len(named) - len(right)
        lines.append(
            f"{name:40}{len(having):6}{len(right):8}{len(right) / (len(having) or 1):8.0%}"
            f"{wrong:8}{wrong / ((len(films) - len(having)) or 1):8.0%}\n"
        )
    lines.append(f"\n{'doubt':22}{'costs':>8}{'films':>8}{'of them without a fault':>26}\n")
    for kind in Kind:
        having = [film for film in films if any(doubt.kind is kind for doubt in film.doubts)]
        good = sum(film.faults.is_clean() for film in having)
        lines.append(f"{kind:22}{trust.COSTS[kind]:8.2f}{len(having):8}{good:26}\n")
    return "".join(lines)


def _before(film: Judged) -> float:
    return film.before.score


def _now(film: Judged) -> float:
    return film.report.score
