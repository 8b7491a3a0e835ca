"""Whether a film says what its brief says: by rules, and by a critic's verdict on top of them. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from service.pipeline import Json, Output
from service.pipelines.film.script.directing import coverage
from service.pipelines.film.script.judging import left_out, reread, trust, viewing
from service.pipelines.film.script.judging.reread import Doubt
from service.pipelines.film.script.judging.viewing import Objections
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import Treatment

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

    `score`: the lower of the rules' and the critic's, less what a viewer objects to, times what the doubts of a second
    reading leave of it.
    `script`: the share of the key phrases that the film says or shows; `captions`, `speech`: of those that its lines
    contain, the share that is captioned, and the share that is said.
    `missing`: key phrases; `unpromised`: claims that the brief does not make; `findings`: the critic's;
    `wrong`: everything that fails, in sentences; `remarks`: what a viewer would object to besides, which only lowers
    the score. `doubts`: what a second reading finds, whether it fails the film or not.
    `leave_out`: sentences of the brief that are told and seem to be meant for the film's makers; the next film, if
    there is one, does without them. `strays`: it says what its brief does not, or hardly anything of it.
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
    doubts: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    strays: bool = False

    @property
    def objections(self) -> list[str]:
        """What to tell whoever ordered the film, in sentences."""
        return objections(self.to_json())

    def to_json(self) -> Output:
        return asdict(self)

    @staticmethod
    def from_json(kept: Json) -> "SemanticReport":
        # The version before this one, which may have started the job, did not doubt.
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
    doubts: Sequence[Doubt] = (),
) -> SemanticReport:
    """Report on a film made from the brief `content` with these key phrases. What a viewer has `seen` in it, a second
    reading `doubts` and a critic can only lower the result."""
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
    # Of two doubts about the same line, one is told: the heavier.
    named = [doubt for doubt in doubts if trust.is_told(doubt)]
    doubted = tuple({doubt.line: doubt.sentence for doubt in reversed(named)}.values())[::-1]
    trusted = trust.of(doubts)
    is_trusted = trusted >= trust.LEAST
    wrong = (*(sentence for good, sentence in checks if not good), *seen.wrong, *(() if is_trusted else doubted))
    score = max(0.0, score - _WRONG * len(seen.wrong) - _REMARK * len(seen.remarks)) * trusted
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
        remarks=(*seen.remarks, *(doubted if is_trusted else ())),
        doubts=doubted,
        leave_out=() if is_trusted else tuple(reread.to_leave_out(doubts)),
        strays=bool(unpromised) or script < _HALF * threshold or (verdict is not None and not verdict.faithful),
    )


def objections(kept: Json) -> list[str]:
    """Return what a report that was kept has to tell whoever ordered the film, in sentences."""
    told = dict.fromkeys((*kept.get("wrong", ()), *kept.get("doubts", ())))
    return [f"The report objects: {what.rstrip('.')}." for what in told]


def can_be_mended(report: SemanticReport, *, by_rules: bool) -> bool:
    """Say whether the director of a film can do something about what is wrong with it. One that works by rules makes
    the same film again, unless it is told what to leave out, what to say first, or that its voice was too slow."""
    is_seen = any(what not in report.doubts for what in report.wrong)
    is_slow = report.speech is not None and report.speech < 1.0
    can = bool(report.missing) or is_slow if by_rules else True
    return not report.passed and (bool(report.leave_out) or (is_seen and can))


def planned(
    treatment: Treatment, brief: Brief, content: str, threshold: float, *, rereads: bool = True
) -> SemanticReport:
    """Report on a film of which only the plan is known: all that needs neither its times nor its pictures. Without a
    second reading of the brief unless it `rereads`."""
    lines = "\n".join(shot.voice for shot in treatment.shots)
    film = FilmWords(script=treatment.script(), voice=lines, captions=lines, speech=None, seconds=treatment.seconds)
    seen = Objections(tuple(viewing.faults(treatment, brief, content)))
    doubts = doubts_of(treatment, brief, content) if rereads else ()
    promised = brief.by_hand.with_title(content)
    return judge(film, promised, brief.key_phrases, threshold, None, seen=seen, doubts=doubts)


def doubts_of(treatment: Treatment, brief: Brief, content: str) -> list[Doubt]:
    """Return what a second reading of the brief doubts in its film."""
    warnings = " ".join(left_out.planned_warnings(brief, treatment))
    title = (brief.title, brief.title_chance if treatment.title == brief.name else None)
    return trust.doubts(treatment, content, brief.lang, warnings, title, hand=brief.by_hand)


def _lost(said: Sequence[str], film: FilmWords) -> list[str]:
    """Return the phrases that viewers never hear or, in a film without a voice, never read."""
    heard = film.captions if film.speech is None else film.speech
    return coverage.missing(said, heard, film.seconds)
