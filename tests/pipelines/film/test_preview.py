"""The preview of a film has the words of the film."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lab.harness.film_context import FolderStore, local_context
from service.pipeline import Job, Never, Output
from service.pipelines.film import pipeline
from service.pipelines.film.script.treatment import treatment_of

BRIEFS = Path(__file__).parent / "briefs"


@pytest.mark.parametrize("preset", ["quick_social", "brand_campaign"])
@pytest.mark.parametrize("name", ["appeal", "ar"])
def test_a_preview_shows_and_says_what_the_film_does(name: str, preset: str, tmp_path: Path) -> None:
    film = pipeline({})
    brief = json.loads((BRIEFS / f"{name}.json").read_text())
    job = Job(id="j", user_id="u", content=brief["content"], preset=preset, metadata=brief.get("metadata", {}))
    assert film.preview is not None
    seen = film.preview(job)
    outputs: dict[str, Output] = {}
    stage = film.first
    while stage != "FINANCIAL_OPTIMIZATION":
        ctx = local_context(tmp_path / stage)
        ctx.artifacts = FolderStore(tmp_path / "artifacts")
        outputs[stage] = film.stages[stage].run(job, outputs, ctx)
        stage = film.after(stage, job, outputs)
    treatment = treatment_of(outputs)
    assert seen.title == treatment.title
    assert [part.says.get("says", "") for part in seen.parts] == [shot.voice for shot in treatment.shots]
    for part, shot in zip(seen.parts, treatment.shots, strict=True):
        assert shot.headline in part.says["shows"]
        assert part.name.endswith(shot.purpose)


def test_the_picture_of_a_preview_has_every_shot() -> None:
    preview = pipeline({}).preview
    assert preview is not None
    content = "Fresh bread at six. Croissants for €1.50. Bakery Nord."
    seen = preview(Job(id="j", user_id="u", content=content, preset="quick_social", metadata={"aspect_ratio": "1:1"}))
    assert seen.picture is not None
    drawn = Image.open(io.BytesIO(seen.picture()))
    assert (drawn.format, drawn.size) == ("WEBP", (len(seen.parts) * (480 + 12) + 12, 480 + 24))
    middles = [drawn.crop((12 + 492 * at, 12, 492 + 492 * at, 492)) for at in range(len(seen.parts))]
    assert all(len(shot.getcolors(480 * 480) or []) > 50 for shot in middles), "something is drawn in each"
    assert len({shot.tobytes() for shot in middles}) == len(middles)


def test_the_picture_of_a_preview_is_in_the_clients_colours() -> None:
    preview = pipeline({}).preview
    assert preview is not None
    plain = Job(id="j", user_id="u", content="Fresh bread at six.", preset="quick_social", metadata={})
    for branded in (
        replace(plain, metadata={"colours": "#FF6600"}),
        replace(plain, content="Fresh bread at six.\nColours: #FF6600"),
    ):
        before, after = preview(plain).picture, preview(branded).picture
        assert before is not None
        assert after is not None
        assert _share_of_orange(after()) > 0.02 > _share_of_orange(before())


def _share_of_orange(picture: bytes) -> float:
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), int)
    return float((np.abs(pixels - (255, 102, 0)).max(axis=2) < 24).mean())


def test_what_no_film_can_be_made_of_has_no_preview() -> None:
    preview = pipeline({}).preview
    assert preview is not None
    with pytest.raises(Never) as caught:
        preview(Job(id="j", user_id="u", content="*** 1.", preset="quick_social", metadata={"lang": "xx-bad-tag!"}))
    assert caught.value.code


def test_a_director_that_is_paid_tells_nothing_beforehand() -> None:
    env = {"PROVIDER_DIRECTOR": "vertex", "GOOGLE_CLOUD_PROJECT": "my-project-1", "ARTIFACTS_URL": "gs://bucket/films"}
    assert pipeline(env).preview is None


@pytest.mark.parametrize("content", ["A lighthouse that learns to dance.", "Fresh bread at six"])
def test_a_film_of_one_sentence_does_not_say_it_twice(content: str) -> None:
    preview = pipeline({}).preview
    assert preview is not None
    seen = preview(Job(id="j", user_id="u", content=content, preset="quick_social", metadata={}))
    assert [part.says["shows"] for part in seen.parts] == [content.rstrip(".")]
    assert seen.facts["length"] == "about 5 s"
