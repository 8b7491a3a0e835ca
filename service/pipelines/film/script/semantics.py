"""Whether a film says what its brief says, by rules, and what a critic adds to them. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from service.pipeline import Json, Output
from service.pipelines.film.script import coverage

_HALF = 0.5
"""Of the threshold, for captions and speech: a line that falls silent for want of time keeps its words on screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What a film says: `script` is everything on screen and in the voice, `voice` the lines as they were written,
    `captions` the words as they are shown, `speech` those that are really said, None where there is no voice."""

    script: str
    voice: str
    captions: str
    speech: str | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a critic thinks who looked at the film: a score from 0.0 to 1.0, whether the film keeps to its brief, and
    what is wrong with it, each in a sentence."""

    score: float
    faithful: bool
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticReport:
    """`score` is the least of what the rules and the critic give. `script` is the share of the key phrases that the
    film says or shows; `captions` and `speech` the share of those in its voice that are captioned and said. `missing`
    are key phrases, `unpromised` claims that the brief does not make, `wrong` all that fails, in sentences."""

    passed: bool
    score: float
    threshold: float
    script: float
    captions: float
    speech: float | None
    missing: tuple[str, ...] = ()
    unpromised: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    def to_json(self) -> Output:
        return asdict(self)

    @staticmethod
    def from_json(kept: Json) -> "SemanticReport":
        known = {field.name: kept[field.name] for field in fields(SemanticReport)}
        values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in known.items()}
        return SemanticReport(**values)


def judge(
    film: Film, content: str, phrases: Sequence[str], threshold: float, verdict: Verdict | None
) -> SemanticReport:
    """The report on a film made of the brief `content` with these key phrases. A critic can only make it worse."""
    due = coverage.due(phrases, film.seconds)
    said = [phrase for phrase in due if not coverage.missing([phrase], film.voice, film.seconds)]
    script = coverage.score(phrases, film.script, film.seconds)
    captions = coverage.score(said, film.captions, film.seconds)
    speech = None if film.speech is None else coverage.score(said, film.speech, film.seconds)
    missing = coverage.missing(phrases, film.script, film.seconds)
    missing += [phrase for phrase in _lost(said, film) if phrase not in missing]
    unpromised = coverage.unpromised(content, film.script)
    score = min(script, verdict.score) if verdict else script
    findings = verdict.findings if verdict else ()
    checks: tuple[tuple[bool, str], ...] = (
        (script >= threshold, f"it says {script:.0%} of what matters in the brief, not {threshold:.0%}"),
        (captions >= _HALF * threshold, f"its captions show {captions:.0%} of what it is to say"),
        (speech is None or speech >= _HALF * threshold, f"its voice says {speech or 0.0:.0%} of what it is to say"),
        (not unpromised, f"it promises what the brief does not: {', '.join(unpromised)}"),
        (
            verdict is None or (verdict.faithful and verdict.score >= threshold),
            f"the critic gives it {verdict.score if verdict else 1.0:.0%}: {' '.join(findings) or 'no reason given'}",
        ),
    )
    wrong = tuple(sentence for good, sentence in checks if not good)
    return SemanticReport(
        passed=not wrong,
        score=round(score, 3),
        threshold=threshold,
        script=round(script, 3),
        captions=round(captions, 3),
        speech=None if speech is None else round(speech, 3),
        missing=tuple(missing),
        unpromised=tuple(unpromised),
        findings=tuple(findings),
        wrong=wrong,
    )


def _lost(said: Sequence[str], film: Film) -> list[str]:
    heard = film.captions if film.speech is None else film.speech
    return coverage.missing(said, heard, film.seconds)
