"""Whether a film says what its brief says: by rules, and by a critic's verdict on top of them. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from service.pipeline import Json, Output
from service.pipelines.film.script import coverage
from service.pipelines.film.script.viewing import Objections

_HALF = 0.5
"""The share of the threshold that captions and speech must reach. It is lower for them because a line that falls silent
for lack of time keeps its words on screen."""
_WRONG, _REMARK = 0.25, 0.05
"""How much of the score each objection costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmWords:
    """What a film says.

    `script`: everything on screen and in the voice; `voice`: the lines as they were written; `captions`: the words as
    they are shown; `speech`: the words that are really said, None if there is no voice.
    """

    script: str
    voice: str
    captions: str
    speech: str | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a critic thinks of the film after looking at it: a score from 0.0 to 1.0, whether it keeps to its brief, and
    what is wrong with it, one sentence each."""

    score: float
    faithful: bool
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticReport:
    """How well a film keeps to its brief.

    `score`: the lower of the rules' and the critic's, less what a viewer objects to.
    `script`: the share of the key phrases that the film says or shows; `captions`, `speech`: of those that its lines
    contain, the share that is captioned, and the share that is said.
    `missing`: key phrases; `unpromised`: claims that the brief does not make; `findings`: the critic's;
    `wrong`: everything that fails, in sentences; `remarks`: what a viewer would object to besides, which only lowers
    the score.
    """

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
    remarks: tuple[str, ...] = ()

    def to_json(self) -> Output:
        return asdict(self)

    @staticmethod
    def from_json(kept: Json) -> "SemanticReport":
        # The version before this one, which may have started the job, made no remarks.
        known = {field.name: kept[field.name] for field in fields(SemanticReport) if field.name in kept}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in known.items()
        }
        return SemanticReport(**values)


def judge(
    film: FilmWords,
    content: str,
    phrases: Sequence[str],
    threshold: float,
    verdict: Verdict | None,
    *,
    seen: Objections | None = None,
) -> SemanticReport:
    """Report on a film made from the brief `content` with these key phrases. What a viewer has
    `seen` in it and a critic can only lower the result."""
    seen = seen or Objections()
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
    wrong = (*(sentence for good, sentence in checks if not good), *seen.wrong)
    score = max(0.0, score - _WRONG * len(seen.wrong) - _REMARK * len(seen.remarks))
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
        remarks=seen.remarks,
    )


def _lost(said: Sequence[str], film: FilmWords) -> list[str]:
    """Return the phrases that viewers never hear or, in a film without a voice, never read."""
    heard = film.captions if film.speech is None else film.speech
    return coverage.missing(said, heard, film.seconds)
