"""FINALIZE: write the film's manifest, and return the job's result."""

import hashlib
import json
from collections.abc import Collection

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.credits import BAND, CREDITS, LETTERS, SIGNS, THINGS
from service.pipelines.film.money import account
from service.pipelines.film.script.judging import left_out, semantics, unmet
from service.pipelines.film.script.look import own_pictures, pictograms
from service.pipelines.film.script.look.facts import SIGN
from service.pipelines.film.script.look.storyboard import storyboard_of
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import treatment_of
from service.pipelines.film.script.voice.timeline import Timeline
from service.pipelines.film.script.writing import languages, text
from service.pipelines.film.studio import pictograms as drawings
from service.pipelines.film.studio import typefaces

_PROVIDERS_TERMS = "as the provider's terms say"


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
        "costs": account.statement(outputs, ctx),
        "qa": {"technical": outputs["QA_TECHNICAL"], "semantic": outputs["QA_SEMANTIC"]},
        "hashtags": analysis["brief"].get("hashtags", []),
        "warnings": [
            *warnings(job, Brief.from_json(analysis["brief"])),
            *unmet.warnings(
                analysis["brief"]["directions"], analysis["brief"].get("shapes", ()), analysis["aspect_ratio"]
            ),
            *semantics.objections(outputs["QA_SEMANTIC"]),
            *left_out.taken_for_talk(outputs["QA_SEMANTIC"].get("left_out", ())),
            *outputs["AUDIO_GENERATION"].get("warnings", []),
            *unused(job, outputs),
            *left_out.warnings(
                Brief.from_json(analysis["brief"]).without(outputs["QA_SEMANTIC"].get("left_out", ())),
                treatment_of(outputs),
                Timeline.from_json(outputs["AUDIO_GENERATION"]["timeline"]),
                is_voiced=bool(outputs["AUDIO_GENERATION"]["voice"]),
                longest_s=wishes.preset_of(job).longest_s,
            ),
        ],
    }
    written = {**_manifest(job, outputs), **result, "artifacts": _artifacts(outputs, ctx)}
    manifest = ctx.scratch / "manifest.json"
    manifest.write_text(json.dumps(written, ensure_ascii=False, indent=2), encoding="utf-8")
    return {**result, "manifest_url": ctx.artifacts.put(manifest, "manifest.json", "application/json")}


def warnings(job: Job, brief: Brief) -> list[str]:
    """Return a sentence for each thing that was asked for and is not in the film."""
    lang = brief.lang
    found = [
        f"metadata.{wishes.printable(key)} is not known to the film and was not used." for key in wishes.unknown(job)
    ]
    written = languages.detect(text.normal(job.content))
    if written.split("-")[0] != lang.split("-", maxsplit=1)[0]:
        found.append(
            f"metadata.lang is {lang}, but the brief seems to be in {written}: it is read and spoken as {lang}."
        )
    unwanted = wishes.read_wishes(job).pictograms
    return [*found, *brief.by_hand.unfound, *pictograms.unknown(unwanted, drawings.names())]


def unused(job: Job, outputs: Outputs) -> list[str]:
    """Return a sentence if the client brought more pictures than the film has shots."""
    pictures, shots = wishes.read_wishes(job).pictures, treatment_of(outputs).shots
    if len(pictures) <= len(shots):
        return []
    return [
        f"The film has {len(shots)} shots: of metadata.pictures, the first {len(shots)} of {len(pictures)} are in it."
    ]


def _manifest(job: Job, outputs: Outputs) -> Output:
    """Return everything the film was made from and with."""
    init, audio = outputs["INIT"], outputs["AUDIO_GENERATION"]
    return {
        "job_id": job.id,
        "inputs": {"content": job.content, "preset": job.preset, "metadata": dict(job.metadata)},
        "seed": init["seed"],
        "provider": init["provider"],
        "versions": init["versions"],
        "sources": [*sources(outputs, _own_shots(job, outputs)), *own_sources(job)],
        "treatment": treatment_of(outputs).to_json(),
        "timeline": audio["timeline"],
        "voice": audio["voice"],
        "loudness_lufs": audio["loudness_lufs"],
        "true_peak_dbtp": audio["true_peak_dbtp"],
        "plan": outputs["FINANCIAL_OPTIMIZATION"],
        "qa_threshold": wishes.preset_of(job).qa_threshold,
    }


def sources(outputs: Outputs, own: Collection[int] = ()) -> list[Output]:
    """Return what is in the film and what it was made with: whose work, where from and under which licence. The shots
    of `own` have the client's pictures."""
    init, voice = outputs["INIT"], outputs["AUDIO_GENERATION"]["voice"]
    versions, provider = init["versions"], init["provider"]
    found = [
        _source(what, credit.whose, f"{credit.package} {versions[credit.package]}", credit.licence)
        for what in ("program", "fonts")
        for credit in CREDITS
        if credit.what == what and credit.package in versions
    ]
    typeface = storyboard_of(outputs).typeface
    if typeface is not None and typefaces.face_of(typeface, treatment_of(outputs).script()) is not None:
        found.append(_source("fonts", LETTERS.whose, LETTERS.package, LETTERS.licence))
    engine = next((credit for credit in CREDITS if voice and credit.engine == voice.split()[0]), None)
    if engine is not None:
        origin = f"{engine.package} {versions.get(engine.package, '')}".strip()
        found.append(_source("voice", engine.whose, origin, engine.licence))
    elif voice is not None:
        found.append(_source("voice", str(voice), provider["narrator"], _PROVIDERS_TERMS))
    if outputs["AUDIO_GENERATION"].get("music") not in {"off", "own"}:
        found.append(_source("music", BAND.whose, BAND.package, BAND.licence))
    if provider["illustrator"] == "local":
        found.append(_source("pictures", "drawn for this film", "this service", "none needed"))
    else:
        found.append(_source("pictures", "by models", provider["illustrator"], _PROVIDERS_TERMS))
    return [*found, *_drawings(outputs, own)]


def _drawings(outputs: Outputs, own: Collection[int]) -> list[Output]:
    """Return the sets of drawings that the film's pictograms are from. There are none where pictures were bought, nor
    in the shots of `own`, which have the client's."""
    behind = {*own, *(line.shot for line in account.planned(outputs))}
    drawn = [frame.picture for shot, frame in enumerate(storyboard_of(outputs).frames) if shot not in behind]
    sets = [
        (THINGS, any(picture and not picture.startswith(SIGN) for picture in drawn)),
        (SIGNS, any(picture.startswith(SIGN) for picture in drawn)),
    ]
    return [_source("pictures", one.whose, one.package, one.licence) for one, is_in_it in sets if is_in_it]


def _own_shots(job: Job, outputs: Outputs) -> Collection[int]:
    """Return the shots that have the client's pictures."""
    return own_pictures.placed(treatment_of(outputs).shots, len(wishes.read_wishes(job).pictures)).keys()


def own_sources(job: Job) -> list[Output]:
    """Return what the client brought, by its references."""
    wished = wishes.read_wishes(job)
    brought = [
        ("logo", wished.logo),
        *(("pictures", picture) for picture in wished.pictures),
        ("fonts", wished.font),
        ("music", wished.own_track),
    ]
    return [_source(what, "the client's own", asset, "as the client holds it") for what, asset in brought if asset]


def _source(what: str, whose: str, origin: str, licence: str) -> Output:
    return {"what": what, "whose": whose, "from": origin, "licence": licence}


def _artifacts(outputs: Outputs, ctx: Context) -> Output:
    """Return the film's files as they are in the store. The manifest itself is named by its own digest."""
    render, film = outputs["RENDER_EXECUTION"], outputs["QA_TECHNICAL"]["measured"]
    found = {"film": {"url": render["film_url"], "sha256": film["sha256"], "bytes": film["bytes"]}}
    for name in ("poster", "captions"):
        url = render[f"{name}_url"]
        data = ctx.artifacts.fetch(url, ctx.scratch / f"{name}-kept").read_bytes()
        found[name] = {"url": url, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    return found
