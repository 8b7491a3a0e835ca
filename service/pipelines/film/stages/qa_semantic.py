"""QA_SEMANTIC: whether the film says what the brief says. One that does not is sent back to the direction, once."""

from collections.abc import Sequence
from pathlib import Path

from service.pipeline import Context, Job, Never, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account as costs
from service.pipelines.film.money import plan
from service.pipelines.film.providers.protocols import Providers, Screening
from service.pipelines.film.script import captions, semantics, text
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.semantics import Film, SemanticReport, Verdict
from service.pipelines.film.script.timeline import Timeline
from service.pipelines.film.script.treatment import treatment_of
from service.pipelines.film.studio import ffmpeg
from service.pipelines.film.studio import processes as children

_WIDTH = 512


def run(job: Job, outputs: Outputs, ctx: Context, *, by: Providers) -> Output:
    """Raises `Never("qa_semantic_failed")` with what is wrong where the second film is no better than the first, or
    the job cannot pay for a second."""
    ctx.progress(0.0, "comparing film and brief")
    read, content = Brief.from_json(outputs["ANALYSIS"]["brief"]), text.normal(job.content)
    film = _film(outputs)
    verdict = _verdict(job, outputs, ctx, film, by)
    report = semantics.judge(film, content, read.key_phrases, wishes.preset_of(job).qa_threshold, verdict)
    sent_back = not report.passed
    if sent_back and "QA_SEMANTIC" in outputs:
        raise _failed(report, "It was directed anew once already.")
    if sent_back:
        needed = plan.total(costs.cheapest(job, read, by))
        if costs.spent_usd(ctx) + needed > costs.cap_usd(job):
            raise _failed(report, "metadata.budget_usd does not allow a second one.")
        ctx.log.warning("the film is sent back: %s", "; ".join(report.wrong), extra={"action": "sent_back"})
    return {**report.to_json(), "sent_back": sent_back}


def _failed(report: SemanticReport, why_now: str) -> Never:
    sentence = (
        f"The film does not keep to its brief: {'; '.join(report.wrong)}. "
        f"Not in it: {', '.join(report.missing) or 'nothing'}. {why_now} "
        "A longer duration_sec or a shorter brief helps."
    )
    return Never("qa_semantic_failed", sentence)


def _film(outputs: Outputs) -> Film:
    treatment, audio = treatment_of(outputs), outputs["AUDIO_GENERATION"]
    timeline = Timeline.from_json(audio["timeline"])
    said = text.joined([word.text for slot in timeline.slots for word in slot.words])
    return Film(
        script=treatment.script(),
        voice="\n".join(shot.voice for shot in treatment.shots),
        captions="\n".join(cue.text for cue in captions.cues(timeline)),
        speech=said if audio["voice"] else None,
        seconds=timeline.seconds,
    )


def _verdict(job: Job, outputs: Outputs, ctx: Context, film: Film, by: Providers) -> Verdict | None:
    frames: Sequence[bytes] = ()
    if by.critic.frames:
        file = ctx.artifacts.fetch(outputs["RENDER_EXECUTION"]["film_url"], ctx.scratch / "screened.mp4")
        frames = _frames(ctx, file, by.critic.frames, film.seconds)
        file.unlink()
    content = text.normal(job.content)
    asked = Screening(content=content, transcript=film.script, frames=frames, cap_usd=costs.cap_usd(job))
    return by.critic.judge(ctx, asked)


def _frames(ctx: Context, film: Path, count: int, seconds: float) -> list[bytes]:
    """Frames of the film in equal steps, JPEG each."""
    found: list[bytes] = []
    for place in range(count):
        to = ctx.scratch / f"frame-{place}.jpg"
        at = seconds * (place + 0.5) / count
        children.must(ctx, ffmpeg.one_frame(film, at, _WIDTH, to), code="probe_failed")
        found.append(to.read_bytes())
    return found
