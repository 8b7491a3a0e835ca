"""QA_TECHNICAL: the finished file measured, not believed."""

from service.pipeline import Context, Job, Never, Output, Outputs
from service.pipelines.film.providers.local import probe
from service.pipelines.film.timeline import Timeline


def run(_job: Job, outputs: Outputs, ctx: Context) -> Output:
    """Raises `Never("qa_technical_failed")` with what is wrong, `Later("probe_failed")` where ffmpeg breaks."""
    ctx.progress(0.0, "measuring the film")
    film = ctx.artifacts.fetch(outputs["RENDER_EXECUTION"]["film_url"], ctx.scratch / "film.mp4")
    measured = probe.measure(ctx, film)
    analysis, plan = outputs["ANALYSIS"], Timeline.from_json(outputs["AUDIO_GENERATION"]["timeline"])
    findings = probe.findings(measured, analysis["width"], analysis["height"], plan.seconds)
    if findings:
        code, sentence = "qa_technical_failed", f"The film does not measure up: {'; '.join(findings)}."
        raise Never(code, sentence)
    return {"passed": True, "measured": measured.to_json()}
