"""QA_SEMANTIC: check that the film says what the brief says. One that does not is sent back to the direction, once."""

from collections.abc import Sequence
from pathlib import Path

from service.pipeline import Context, Job, Never, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account, plan
from service.pipelines.film.providers.protocols import Critic, Providers, ScreeningRequest
from service.pipelines.film.script.judging import semantics, viewing
from service.pipelines.film.script.judging.semantics import FilmWords, SemanticReport, Verdict
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import treatment_of
from service.pipelines.film.script.voice import captions
from service.pipelines.film.script.voice.timeline import Timeline
from service.pipelines.film.script.writing import text
from service.pipelines.film.stages.analysis import cheapest_film
from service.pipelines.film.studio import ffmpeg, processes

_WIDTH = 512


def run(job: Job, outputs: Outputs, ctx: Context, *, providers: Providers) -> Output:
    """Judge the film. One that is not good enough is sent back if its director can mend it and has not been asked yet,
    else it is delivered with what the report objects to.

    Raises `Never("qa_semantic_failed")` for a film that says what its brief does not, or hardly anything of it, if no
    other can be made: a director by rules has only the brief's own words.
    """
    ctx.progress(0.0, "comparing film and brief")
    before = outputs.get("QA_SEMANTIC", {})
    left_out = tuple(before.get("leave_out", ()))
    brief, content = Brief.from_json(outputs["ANALYSIS"]["brief"]).without(left_out), text.normal(job.content)
    film = _words_of_film(outputs)
    verdict = _verdict(job, outputs, ctx, film, providers.critic)
    seen = viewing.objections(_film(job, outputs, brief), brief, content)
    doubts = semantics.doubts_of(treatment_of(outputs), brief, content)
    threshold = wishes.preset_of(job).qa_threshold
    promised = brief.by_hand.with_title(content)
    report = semantics.judge(film, promised, brief.key_phrases, threshold, verdict, seen=seen, doubts=doubts)
    sent_back = not before and semantics.can_be_mended(report, by_rules=providers.director.name == "local")
    why_not = "It has been directed again once already." if before else ""
    if sent_back:
        needed_usd = plan.total(cheapest_film(job, brief, providers))
        if account.spent_usd(ctx) + needed_usd > account.cap_usd(job):
            sent_back, why_not = False, "metadata.budget_usd does not allow a second one."
    if report.strays and not sent_back and providers.director.name != "local":
        raise _failed(report, why_not)
    if sent_back:
        ctx.log.warning("the film is sent back: %s", "; ".join(report.wrong), extra={"action": "sent_back"})
    return {**report.to_json(), "sent_back": sent_back, "left_out": list(left_out)}


def _failed(report: SemanticReport, why_now: str) -> Never:
    sentence = (
        f"The film does not keep to its brief: {'; '.join(report.wrong)}. "
        f"Not in it: {', '.join(report.missing) or 'nothing'}. {why_now} "
        "A longer duration_sec or a shorter brief helps."
    )
    return Never("qa_semantic_failed", sentence)


def _film(job: Job, outputs: Outputs, brief: Brief) -> viewing.Film:
    audio, asked = outputs["AUDIO_GENERATION"], wishes.read_wishes(job).duration_sec or brief.seconds
    plan = Timeline.from_json(audio["timeline"])
    return viewing.Film(treatment_of(outputs), plan, bool(audio["voice"]), is_as_long_as_asked=bool(asked))


def _words_of_film(outputs: Outputs) -> FilmWords:
    treatment, audio = treatment_of(outputs), outputs["AUDIO_GENERATION"]
    timeline = Timeline.from_json(audio["timeline"])
    said = text.joined([word.text for slot in timeline.slots for word in slot.words])
    return FilmWords(
        script=treatment.script(),
        voice="\n".join(shot.voice for shot in treatment.shots),
        captions="\n".join(cue.text for cue in captions.cues(timeline)),
        speech=said if audio["voice"] else None,
        seconds=timeline.seconds,
    )


def _verdict(job: Job, outputs: Outputs, ctx: Context, film: FilmWords, critic: Critic) -> Verdict | None:
    frames: Sequence[bytes] = ()
    if critic.frames:
        file = ctx.artifacts.fetch(outputs["RENDER_EXECUTION"]["film_url"], ctx.scratch / "screened.mp4")
        frames = _frames(ctx, file, critic.frames, film.seconds)
        file.unlink()
    hand = Brief.from_json(outputs["ANALYSIS"]["brief"]).by_hand
    screening = ScreeningRequest(
        content=hand.rest(text.normal(job.content)),
        transcript=film.script,
        frames=frames,
        cap_usd=account.cap_usd(job),
        title=hand.title,
        tell=hand.tell,
    )
    return critic.judge(ctx, screening)


def _frames(ctx: Context, film: Path, count: int, seconds: float) -> list[bytes]:
    """Return `count` frames of the film at equal distances, each as a JPEG."""
    found: list[bytes] = []
    for index in range(count):
        to = ctx.scratch / f"frame-{index}.jpg"
        at = seconds * (index + 0.5) / count
        processes.run_checked(ctx, ffmpeg.one_frame(film, at, _WIDTH, to), code="probe_failed")
        found.append(to.read_bytes())
    return found
