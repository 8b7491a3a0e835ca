"""A film that does not keep to its brief is directed again, once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from lab.harness.film_context import LocalContext, walk
from service.pipeline import Context, Job, Never, Output, Outputs, Pipeline, Spent, Stage, Unsure
from service.pipelines.film import preview, stages
from service.pipelines.film.money.plan import Line
from service.pipelines.film.presets import PRESETS
from service.pipelines.film.providers import choose
from service.pipelines.film.providers.protocols import DirectionRequest, Providers, ScreeningRequest
from service.pipelines.film.providers.vertex import critic
from service.pipelines.film.script.directing import coverage, rules
from service.pipelines.film.script.judging import reread, semantics, viewing
from service.pipelines.film.script.judging.reread import Reading
from service.pipelines.film.script.judging.semantics import FilmWords, SemanticReport, Verdict
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.reading.by_hand import ByHand
from service.pipelines.film.script.treatment import Treatment, treatment_of
from service.pipelines.film.script.voice import timeline
from service.pipelines.film.script.voice.timeline import FPS, Slot, Timeline, Word
from service.pipelines.film.seeds import Seed
from service.pipelines.film.stages import creative_direction
from service.pipelines.film.transitions import TRANSITIONS
from service.pipelines.film.wishes import Wishes

TEA = "Green tea from Kyoto. Picked by hand in April. Order at tea.example"
PHRASES = ("Green tea", "Kyoto")


# The report


def film(**values: Any) -> FilmWords:
    usual: dict[str, Any] = {
        "script": TEA,
        "voice": TEA,
        "captions": TEA,
        "speech": TEA,
        "seconds": 12.0,
    }
    return FilmWords(**{**usual, **values})


def judged(verdict: Verdict | None = None, content: str = TEA, **values: Any) -> SemanticReport:
    return semantics.judge(film(**values), content, PHRASES, 0.8, verdict)


def test_a_film_that_says_its_brief_passes() -> None:
    report = judged()
    assert report.passed
    assert (report.score, report.script, report.captions, report.speech) == (1.0, 1.0, 1.0, 1.0)
    assert SemanticReport.from_json(dict(report.to_json())) == report
    assert judged(speech=None).speech is None


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"script": "Green tea"}, "it says 50% of what matters"),
        ({"captions": ""}, "its captions show 0%"),
        ({"speech": ""}, "its voice says 0%"),
        ({"script": f"{TEA} Now free!"}, "it promises what the brief does not: free"),
    ],
)
def test_what_is_wrong_is_in_the_report(values: dict[str, Any], says: str) -> None:
    report = judged(**values)
    assert not report.passed
    assert says in "; ".join(report.wrong)


def test_what_the_captions_or_the_voice_left_out_is_missing() -> None:
    assert judged(speech="Green tea").missing == ("Kyoto",)
    assert judged(script="Kyoto", voice="", speech="").missing == ("Green tea",)


def test_a_critic_can_only_lower_the_result() -> None:
    assert judged(Verdict(score=1.0, faithful=True), script="Green tea").score == 0.5
    assert judged(Verdict(score=0.7, faithful=True)).score == 0.7
    assert not judged(Verdict(score=0.7, faithful=True)).passed
    unfaithful = judged(Verdict(score=1.0, faithful=False, findings=("It shows coffee.",)))
    assert not unfaithful.passed
    assert "It shows coffee." in "; ".join(unfaithful.wrong)


@pytest.mark.parametrize("value", [None, {}, {"score": 2, "faithful": True, "findings": []}, {"score": True}, "good"])
def test_an_unusable_verdict_is_paid_for_and_asked_for_once_more(value: Any) -> None:
    with pytest.raises(Unsure, match="bad_verdict"):
        critic.read(value)


def test_a_verdict_is_cut_to_size() -> None:
    read = critic.read({"score": 1, "faithful": True, "findings": ["a\nb\x00", 3, *["x" * 999] * 9], "more": 1})
    assert read == Verdict(score=1.0, faithful=True, findings=("a b", *["x" * 200] * 5))


# What a film promises


@pytest.mark.parametrize(
    ("content", "says", "found"),
    [
        ("1,200 runners", "1200 runners, 1 200 of them", []),
        ("20 people", "20% off", ["20%"]),
        ("It costs $49", "It costs €49", ["€49"]),
        ("It costs $49.", "Just $49!", []),
        ("On 3 May", "On 3 June", ["june"]),
        ("Free entry", "Entry is free", []),
        ("A gluten-free cake", "A gluten-free cake", []),
        ("A gluten-free cake", "A free cake", ["free"]),
        ("Le pain", "Le meilleur pain, gratuit", ["gratuit", "meilleur"]),
        ("A lamp", "The world's best lamp, guaranteed", ["guaranteed", "best"]),
        ("١٢ مرة", "12 times", []),
        ("Until 18, from $49", "Until 18\n$49", []),
        ("Doors at 7:30", "Doors at 7:30, party at 9", ["9"]),
    ],
)
def test_what_the_brief_does_not_promise_is_found(content: str, says: str, found: list[str]) -> None:
    assert coverage.unpromised(content, says) == found


# The way back


def test_what_was_missing_is_said_first() -> None:
    content = (
        "The river festival is back. Boats from all over the country race on Sunday. Musicians play on every bridge. "
        "Children paint the old harbour wall. A choir of two hundred sings at dusk. Come and see it."
    )
    read = brief.read(content, None)
    asked = (read, Wishes(duration_sec=8), PRESETS["quick_social"], Seed.of_job("a job"))
    lost = next(
        phrase
        for phrase in read.key_phrases
        if phrase not in "\n".join(shot.voice for shot in rules.direct(*asked).shots)
    )
    again = rules.direct(*asked, first=[lost])
    assert lost in "\n".join(shot.voice for shot in again.shots)


@dataclass
class Scripted:
    """A director who ignores the brief until the round `right_from`."""

    right_from: int
    usd: float = 0.0
    name: str = "scripted"
    reports: list[SemanticReport | None] = field(default_factory=list)

    def costs(self, _content: str) -> Sequence[Line]:
        return [Line(what="treatment", model="m", unit="call", units=1, unit_usd=self.usd)]

    def direct(self, ctx: Context, asked: DirectionRequest) -> Treatment:
        ctx.check()
        self.reports.append(asked.report)
        made = rules.direct(asked.brief, asked.wishes, asked.preset, asked.seed)
        if len(self.reports) > self.right_from:
            return made
        return replace(
            made,
            title="x",
            shots=tuple(replace(shot, voice="Hello.", headline="Hello", label="") for shot in made.shots),
        )


@dataclass
class Strict:
    """A critic who dislikes the first films."""

    dislikes: int
    name: str = "strict"
    frames: int = 0

    def costs(self, _content: str) -> Sequence[Line]:
        return ()

    def judge(self, _ctx: Context, asked: ScreeningRequest) -> Verdict | None:
        assert asked.transcript
        self.dislikes -= 1
        return Verdict(score=1.0, faithful=self.dislikes < 0, findings=("A dog is in it.",))


def silent_film(_job: Job, outputs: Outputs, _ctx: Context) -> Output:
    shots = treatment_of(outputs).shots
    bounds = timeline.shared_out([0.0] * len(shots), [1.0] * len(shots), treatment_of(outputs).seconds)
    slots = [
        Slot(first, end, tuple(Word(word, first / FPS, end / FPS) for word in shot.voice.split()))
        for (first, end), shot in zip(bounds, shots, strict=True)
    ]
    return {"timeline": Timeline(tuple(slots)).to_json(), "voice": "somebody"}


def done(_job: Job, _outputs: Outputs, _ctx: Context) -> Output:
    return {"passed": True}


def quick_film(providers: Providers) -> Pipeline:
    """The film's path with stand-ins for its heavy stages."""
    heavy = {"AUDIO_GENERATION": silent_film, "RENDER_EXECUTION": done, "QA_TECHNICAL": done, "FINALIZE": done}
    light = {name: stage for name, stage in stages.stages(providers).items() if name not in heavy}
    return Pipeline(
        name="film",
        presets=frozenset(PRESETS),
        transitions=TRANSITIONS,
        stages={**light, **{name: Stage(run) for name, run in heavy.items()}},
    )


def job(preset: str = "quick_social", **metadata: Any) -> Job:
    return Job(id="j", user_id="u", content=TEA, preset=preset, metadata=metadata)


@pytest.mark.parametrize("preset", ["quick_social", "brand_campaign"])
def test_a_film_that_ignores_its_brief_is_directed_again_with_the_report(preset: str, tmp_path: Path) -> None:
    scripted = Scripted(right_from=1)
    outputs = walk(quick_film(replace(choose({}), director=scripted)), job(preset), tmp_path)
    first, second = scripted.reports
    assert first is None
    assert second is not None
    assert not second.passed
    assert "Green tea" in second.missing
    assert outputs["QA_SEMANTIC"]["passed"]
    assert not outputs["QA_SEMANTIC"]["sent_back"]
    assert outputs["FINALIZE"] == {"passed": True}


def test_the_second_failure_is_the_last(tmp_path: Path) -> None:
    scripted = Scripted(right_from=9)
    with pytest.raises(Never) as caught:
        walk(quick_film(replace(choose({}), director=scripted)), job(), tmp_path)
    assert caught.value.code == "qa_semantic_failed"
    assert "Green tea" in caught.value.sentence
    assert "once already" in caught.value.sentence
    assert len(scripted.reports) == 2


TALK = ("Ruth has the old sheet.", "Tom has a sheet as well.", "She knows the sheet.")


def as_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second reading take the sentences about a sheet for talk. The director reads with its own eyes."""
    usual = reread.readings

    def readings(content: str, hand: ByHand) -> list[Reading]:
        read = usual(content, hand)
        return [replace(one, chance=0.85 if "sheet" in one.sentence else 0.1) for one in read]

    monkeypatch.setattr(reread, "readings", readings)


def test_what_the_report_takes_for_talk_is_left_out_of_the_second_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_talk(monkeypatch)
    asked = replace(job(), content=f"{TEA}. {' '.join(TALK)}")
    seen = preview.planned(creative_direction.request_of(asked, brief.read(asked.content, None), Seed.of_job("j")))
    outputs = walk(quick_film(choose({})), asked, tmp_path)
    report = outputs["QA_SEMANTIC"]
    assert (report["passed"], report["sent_back"], report["left_out"]) == (True, False, list(TALK))
    assert "sheet" not in treatment_of(outputs).script()
    assert "tea.example" in treatment_of(outputs).script()
    assert tuple(seen[2]) == TALK
    assert seen[0].script() == treatment_of(outputs).script()


def test_a_film_that_its_director_cannot_mend_is_delivered_with_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing, "objections", lambda *_: viewing.Objections(wrong=("it shows loose marks: “*”",)))
    outputs = walk(quick_film(choose({})), job(), tmp_path)
    report = outputs["QA_SEMANTIC"]
    assert (report["passed"], report["sent_back"]) == (False, False)
    assert "The report objects: it shows loose marks: “*”." in semantics.objections(report)


def test_a_director_by_rules_fails_no_job_by_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "unpromised", lambda *_: ["free"])
    outputs = walk(quick_film(choose({})), job(), tmp_path)
    assert "promises what the brief does not: free" in " ".join(semantics.objections(outputs["QA_SEMANTIC"]))


def test_a_critic_sends_a_film_back_too(tmp_path: Path) -> None:
    scripted = Scripted(right_from=0)
    outputs = walk(quick_film(replace(choose({}), director=scripted, critic=Strict(1))), job(), tmp_path)
    assert outputs["QA_SEMANTIC"]["passed"]
    assert scripted.reports[1] is not None
    assert scripted.reports[1].findings == ("A dog is in it.",)


def test_a_second_film_that_the_job_cannot_pay_for_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = Scripted(right_from=1, usd=0.3)
    monkeypatch.setattr(LocalContext, "spent", lambda _self: ())
    assert walk(quick_film(replace(choose({}), director=scripted)), job(budget_usd=0.3), tmp_path / "a")
    scripted = Scripted(right_from=1, usd=0.3)

    def spent_in_qa(ctx: LocalContext) -> Any:
        return [_spent(0.3)] if ctx.stage == "QA_SEMANTIC" else []

    monkeypatch.setattr(LocalContext, "spent", spent_in_qa)
    with pytest.raises(Never) as caught:
        walk(quick_film(replace(choose({}), director=scripted)), job(budget_usd=0.5), tmp_path / "b")
    assert caught.value.code == "qa_semantic_failed"
    assert "budget_usd" in caught.value.sentence
    assert len(scripted.reports) == 1


def _spent(usd: float) -> Any:
    return Spent(stage="S", name="n", run=1, round=0, orders=1, cost_usd=usd, is_finished=True)
