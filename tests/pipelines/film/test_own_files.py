"""What a client brings: pictures, a font, a track, colours and a seed, in the film and nowhere else."""

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lab.harness.film_context import local_context, walk
from service.pipeline import Job, Never, Output
from service.pipelines.film import pipeline
from service.pipelines.film.money import plan
from service.pipelines.film.money.plan import Offer
from service.pipelines.film.presets import Purpose
from service.pipelines.film.script.look import own_pictures
from service.pipelines.film.script.look.palettes import PALETTES, contrast
from service.pipelines.film.script.treatment import Shot, treatment_of
from service.pipelines.film.studio import backdrop, ffmpeg, fonts, processes, track
from service.pipelines.film.studio.backdrop import Placement, Still
from service.pipelines.film.studio.canvas import Canvas
from service.pipelines.film.studio.fonts import Face
from service.pipelines.film.studio.sound import RATE, Sound
from tests.support import files

ASSET = "asset:0123456789abcdef/-/0123456789abcdef-"
LOGO, PICTURE = f"{ASSET}picture.png", f"{ASSET}picture.jpg"
FONT, TRACK = f"{ASSET}font.ttf", f"{ASSET}sound.flac"
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
BRIEF = "Bakery Nord opens on Monday. Fresh bread at six in the morning. Visit bakery-nord.example today."


def film_job(job_id: str = "j", content: str = BRIEF, **metadata: Any) -> Job:
    return Job(id=job_id, user_id="u", content=content, preset="quick_social", metadata=metadata)


def shots(*purposes: Purpose) -> list[Shot]:
    return [Shot(purpose=purpose, voice="", headline="x", seconds=3.0) for purpose in purposes]


def planned(job: Job, folder: Path) -> dict[str, Output]:
    """Run the stages that decide how the film looks."""
    film, outputs = pipeline({}), dict[str, Output]()
    for stage in ("INIT", "ANALYSIS", "FAST_TRACK"):
        outputs[stage] = film.stages[stage].run(job, outputs, local_context(folder / stage))
    return outputs


@settings(deadline=None)
@given(st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=12), st.integers(0, 14))
def test_pictures_keep_their_order_and_begin_with_the_first_shot_that_shows_one(
    purposes: list[Purpose], count: int
) -> None:
    placed = own_pictures.placed(shots(*purposes), count)
    assert list(placed.values()) == list(range(min(count, len(purposes))))
    assert list(placed) == sorted(set(placed))
    if count and purposes[0] not in {"number", "list"}:
        assert placed[0] == 0
    if count <= sum(purpose not in {"number", "list"} for purpose in purposes):
        assert all(purposes[shot] not in {"number", "list"} for shot in placed)


def test_nothing_is_bought_for_a_shot_that_has_a_picture() -> None:
    film, offers = shots("hook", "point", "close"), [Offer(kind="still", model="m", unit="picture", unit_usd=1.0)]
    assert [line.shot for line in plan.pictures(film, "brand_campaign", offers, 9.0, own={0, 2})] == [1]
    assert plan.pictures(film, "brand_campaign", offers, 0.0, own={0}) == []
    with pytest.raises(Never, match="over_budget"):
        plan.pictures(film, "brand_campaign", offers, 0.0)


@pytest.mark.parametrize("name", ["midnight", "lemon"])
def test_a_picture_is_clear_but_for_what_is_behind_the_words(name: str, tmp_path: Path) -> None:
    size, words = (216, 384), (20, 120, 196, 200)
    ramp = Image.linear_gradient("L").resize((300, 400))
    Image.merge("RGB", (ramp, ramp.rotate(180), ramp)).save(tmp_path / "ramp.png")
    seen = {}
    for is_told in (False, True):
        still = Still(tmp_path / "ramp.png", PALETTES[name], Placement(size, 0.0, 3.0), "closer")
        if is_told:
            still.shade_behind([words])
        canvas = Canvas(*size)
        still.paint(canvas, 1.0)
        seen[is_told] = canvas.rgb()
    for ink in (PALETTES[name].text, PALETTES[name].accent):
        behind = np.asarray(seen[True].crop(words)).reshape(-1, 3)
        assert min(contrast(ink, (int(r), int(g), int(b))) for r, g, b in np.unique(behind, axis=0)) >= 4.5
    plain, shaded = (np.asarray(seen[is_told].crop((0, 330, 216, 384)), float).std() for is_told in (False, True))
    assert shaded > 1.5 * plain, "away from the words, more of the picture is seen"
    assert backdrop._LIGHT_SHARE < 0.3  # noqa: SLF001


def test_words_are_set_in_the_clients_font_in_its_own_thread_alone(tmp_path: Path) -> None:
    file = tmp_path / "font"
    file.write_bytes(files.font())
    elsewhere: list[float] = []
    usual = fonts.width("აბგ 12", 40)
    with fonts.using(Face(file)):
        assert {run.face.path for run in fonts.runs("აბგ")} == {file}
        assert file not in {run.face.path for run in fonts.runs("漢字")}, "what it has not, another font draws"
        own = fonts.draw("აბგ", 40).mask.size
        other = threading.Thread(target=lambda: elsewhere.append(fonts.width("აბგ 12", 40)))
        other.start()
        other.join()
        assert fonts.italic() == Face(file)
    assert own[0] > 20
    assert elsewhere == [usual] == [fonts.width("აბგ 12", 40)]
    assert fonts.italic() != Face(file)


def _tone(seconds: float, before_s: float = 0.0) -> Sound:
    time = np.arange(round(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * 220 * time).astype(np.float32) * np.float32(0.5)
    quiet = np.full(round(before_s * RATE), 1e-5, np.float32)
    return np.stack([np.concatenate([quiet, tone])] * 2, axis=1)


@pytest.mark.parametrize("seconds", [2.0, 5.0, 60.0])
def test_a_track_fills_the_film_from_its_first_sound_on(seconds: float) -> None:
    made = track.fitted(_tone(seconds, before_s=3.0), 12 * RATE)
    assert made.shape == (12 * RATE, 2)
    tenths = np.abs(made[:, 0]).reshape(-1, RATE // 10).max(axis=1)
    assert tenths[0] > 0.3, "its silence is skipped"
    assert tenths[:99].min() > 0.2, "no gap where it begins again"
    assert tenths[:99].max() < 0.8
    assert tenths[-1] < 0.05, "it ends with the film"


def test_a_track_is_decoded_as_it_is(tmp_path: Path) -> None:
    ctx = local_context(tmp_path)
    wav, flac = tmp_path / "a.wav", tmp_path / "a.flac"
    wav.write_bytes(files.sound(3.0))
    processes.run_checked(ctx, [ffmpeg.program(), "-loglevel", "error", "-i", wav, flac], code="x")
    ctx.assets[TRACK] = flac
    made = track.read(ctx, TRACK, 2.0)
    assert made.shape == (2 * RATE, 2)
    assert np.abs(made[: RATE // 2]).max() == pytest.approx(8000 / 32768, abs=0.05)
    with pytest.raises(Never, match="asset_not_found"):
        track.read(ctx, f"{ASSET}sound.flac".replace("0-", "1-").replace("f-", "e-"), 2.0)


def test_films_of_one_seed_look_alike(tmp_path: Path) -> None:
    long = planned(film_job("one", seed="summer", duration_sec=15), tmp_path / "a")
    short = planned(film_job("two", seed="summer", duration_sec=6), tmp_path / "b")
    other = planned(film_job("three", seed="winter", duration_sec=6), tmp_path / "c")
    copied = planned(film_job("four", seed=long["INIT"]["seed"], duration_sec=6), tmp_path / "d")
    assert long["INIT"]["seed"] == short["INIT"]["seed"] == copied["INIT"]["seed"] != other["INIT"]["seed"]
    one, two = treatment_of(long), treatment_of(short)
    assert (one.palette, one.style, one.mood) == (two.palette, two.style, two.mood)
    assert planned(film_job("five"), tmp_path / "e")["INIT"]["seed"] != long["INIT"]["seed"]


def test_colours_come_from_metadata_or_from_the_brief(tmp_path: Path) -> None:
    asked = f"{BRIEF} Use our brand colour #003366."
    assert treatment_of(planned(film_job(colours="#F60"), tmp_path / "a")).palette == "brand:FF6600"
    assert treatment_of(planned(film_job(content=asked), tmp_path / "b")).palette == "brand:003366"
    both = planned(film_job(content=asked, colours="#F60", style="bright"), tmp_path / "c")
    assert treatment_of(both).palette == "brand:FF6600:light"
    assert "003366" not in treatment_of(both).script()


@pytest.mark.slow
def test_a_film_of_what_a_client_brought(tmp_path: Path) -> None:
    """One film with everything: it passes its own QA, and its manifest says whose each part is."""
    ctx = local_context(tmp_path / "make")
    wav, flac = tmp_path / "a.wav", tmp_path / "a.flac"
    wav.write_bytes(files.sound(5.0))
    processes.run_checked(ctx, [ffmpeg.program(), "-loglevel", "error", "-i", wav, flac], code="x")
    assets = {TRACK: flac}
    for reference, data in (
        (LOGO, files.picture(mode="RGBA")),
        (PICTURE, files.picture("JPEG", size=(640, 480))),
        (FONT, files.font()),
    ):
        assets[reference] = tmp_path / reference.rpartition("/")[2]
        assets[reference].write_bytes(data)
    job = film_job(
        content="Bakery Nord opens on Monday. Visit bakery-nord.example today.",
        duration_sec=4,
        aspect_ratio="1:1",
        logo=LOGO,
        pictures=[PICTURE],
        font=FONT,
        music=TRACK,
        colours="#F60",
    )
    outputs = walk(pipeline({}), job, tmp_path / "film", assets=assets)
    assert outputs["FINALIZE"]["warnings"] == []
    assert outputs["AUDIO_GENERATION"]["music"] == "own"
    manifest = json.loads(Path(outputs["FINALIZE"]["manifest_url"].removeprefix("file://")).read_text())
    own = {source["what"]: source["from"] for source in manifest["sources"] if source["whose"] == "the client's own"}
    assert own == {"logo": LOGO, "pictures": PICTURE, "fonts": FONT, "music": TRACK}
    poster = np.asarray(Image.open(outputs["FINALIZE"]["poster_url"].removeprefix("file://")), float)
    assert poster.std() > 20, "the picture is behind the words"
    gone = replace(job, id="gone")
    with pytest.raises(Never, match="asset_not_found"):
        walk(pipeline({}), gone, tmp_path / "gone", assets={TRACK: flac})
