"""FINALIZE: the film, its poster, captions and manifest, kept under their names."""

import json

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import captions, wishes
from service.pipelines.film.stages import costs
from service.pipelines.film.timeline import Timeline
from service.pipelines.film.treatment import treatment_of


def run(job: Job, outputs: Outputs, ctx: Context) -> Output:
    ctx.progress(0.0, "keeping the film")
    render, analysis, audio = outputs["RENDER_EXECUTION"], outputs["ANALYSIS"], outputs["AUDIO_GENERATION"]
    plan = Timeline.from_json(audio["timeline"])
    vtt = ctx.scratch / "captions.vtt"
    vtt.write_text(captions.webvtt(captions.cues(plan)), encoding="utf-8")
    result = {
        "film_url": render["film_url"],
        "poster_url": render["poster_url"],
        "captions_url": ctx.artifacts.put(vtt, "captions.vtt", "text/vtt"),
        "duration_sec": round(plan.seconds, 3),
        "width": analysis["width"],
        "height": analysis["height"],
        "costs": costs.account(outputs, ctx),
        "qa": {"technical": outputs["QA_TECHNICAL"], "semantic": outputs["QA_SEMANTIC"]},
    }
    manifest = ctx.scratch / "manifest.json"
    manifest.write_text(json.dumps(_manifest(job, outputs, result), ensure_ascii=False, indent=2), encoding="utf-8")
    return {**result, "manifest_url": ctx.artifacts.put(manifest, "manifest.json", "application/json")}


def _manifest(job: Job, outputs: Outputs, result: Output) -> Output:
    """Everything that the film was made from, with and for."""
    init, audio = outputs["INIT"], outputs["AUDIO_GENERATION"]
    return {
        "job_id": job.id,
        "inputs": {"content": job.content, "preset": job.preset, "metadata": dict(job.metadata)},
        "seed": init["seed"],
        "provider": init["provider"],
        "versions": init["versions"],
        "treatment": treatment_of(outputs).to_json(),
        "timeline": audio["timeline"],
        "voice": audio["voice"],
        "loudness_lufs": audio["loudness_lufs"],
        "true_peak_dbtp": audio["true_peak_dbtp"],
        "plan": outputs["FINANCIAL_OPTIMIZATION"],
        "qa_threshold": wishes.preset_of(job).qa_threshold,
        **result,
    }
