"""The preview of a film has the words of the film."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lab.harness.film_context import FolderStore, local_context
from service.pipeline import Change, Job, Json, Never, Output, Preview
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


CHAT = """[18/10, 11:02] Ramesh Sweets: Good morning ji, Diwali reel needed urgently, today evening itself
[18/10, 11:03] Ramesh Sweets: Shop name Ramesh Mithai Bhandar, Sector 9 market, Faridkot Road
[18/10, 11:03] Ramesh Sweets: since 1971 pls put
[18/10, 11:05] Ramesh Sweets: Kaju katli 1180/kg, motichoor ladoo 520/kg
[18/10, 11:06] Ramesh Sweets: Gift boxes starting Rs 450 only
[18/10, 11:12] Ramesh Sweets: Lady voice, sweet type. Call 98140 55512 #diwali"""


def seen_of(content: str, **metadata: Json) -> Preview:
    preview = pipeline({}).preview
    assert preview is not None
    return preview(Job(id="j", user_id="u", content=content, preset="quick_social", metadata=metadata))


def changed(content: str, metadata: dict[str, Json], change: Change) -> Preview:
    """The preview after a click."""
    merged = {key: value for key, value in {**metadata, **change.metadata}.items() if value is not None}
    return seen_of(content, **merged)


def all_told(seen: Preview) -> str:
    return " ".join(" ".join(words for name, words in part.says.items() if name != "picture") for part in seen.parts)


def test_each_line_of_a_brief_is_told_or_named_with_why_it_is_not() -> None:
    seen = seen_of(CHAT)
    told = all_told(seen)
    why = {one.line: one.why for one in seen.unused}
    for line in CHAT.split("\n"):
        said = line.partition("Sweets: ")[2]
        assert said.casefold()[:14] in told.casefold() or any(said.startswith(one[:14]) for one in why), said
    assert "note to the film's makers" in why["since 1971 pls put"]
    assert not any("Ramesh Sweets:" in line for line in why)
    assert {"Leave out"} <= {change.name for part in seen.parts for change in part.changes}


def test_each_line_that_is_not_told_is_told_at_a_click() -> None:
    seen = seen_of(CHAT)
    for one in seen.unused:
        if one.line.startswith("#"):
            continue
        (change,) = one.changes
        assert change.name == "Tell it"
        after = changed(CHAT, {}, change)
        assert one.line not in {other.line for other in after.unused}, one
        assert not any(one.line in warning for warning in after.warnings), after.warnings


def test_each_shot_is_left_out_at_a_click_and_comes_back_at_another() -> None:
    seen = seen_of(CHAT)
    voices = [part.says["says"] for part in seen.parts if part.says.get("says")]
    clicked = 0
    for part in seen.parts:
        change = next((change for change in part.changes if change.name == "Leave out"), None)
        if change is None:
            continue
        clicked += 1
        after = changed(CHAT, {}, change)
        gone = part.says["says"].strip(" ,.")
        assert gone.casefold() not in all_told(after).casefold()
        (back,) = [one for one in after.unused if one.why == "left out by metadata.leave_out"]
        again = changed(CHAT, dict(change.metadata), back.changes[0])
        assert [part.says["says"] for part in again.parts if part.says.get("says")] == voices
    assert clicked >= len(voices) - 1


def test_another_picture_is_taken_or_none() -> None:
    seen = seen_of(CHAT)
    (part,) = (part for part in seen.parts if part.says.get("picture") == "tag")
    change = next(change for change in part.changes if change.name == "Other picture")
    assert change.metadata == {"pictograms": ["tag"]}
    assert "tag" not in {part.says.get("picture") for part in changed(CHAT, {}, change).parts}
    off = next(change for change in seen.changes if change.name == "No pictures")
    assert not any("picture" in part.says for part in changed(CHAT, {}, off).parts)
    odd = seen_of(CHAT, pictograms=["clokc"])
    assert any("metadata.pictograms has “clokc”" in warning and "“clock”" in warning for warning in odd.warnings)


def test_the_title_is_given_or_taken_away() -> None:
    assert seen_of(CHAT).title == "Ramesh Mithai Bhandar"
    given = seen_of(CHAT, title="Shubh Deepavali 2031")
    assert given.title == "Shubh Deepavali 2031"
    assert not any("title" in warning or "promises" in warning for warning in given.warnings)
    untitled = seen_of(CHAT, title="off")
    assert "metadata.title" in untitled.facts["name"]
    assert not any("bears no name" in warning for warning in untitled.warnings)


def test_the_next_likeliest_names_are_offered() -> None:
    seen = seen_of(CHAT)
    offered = [change for change in seen.changes if change.name.startswith("Call it")]
    assert 0 < len(offered) <= 3
    names = [change.metadata["title"] for change in offered]
    assert len({str(name).casefold() for name in [*names, seen.title]}) == len(names) + 1
    called = changed(CHAT, {}, offered[0])
    assert called.title == names[0]
    assert not any(change.name.startswith("Call it") for change in called.changes)


def test_what_is_put_right_is_not_doubted() -> None:
    note, free = "Tom, please ask Ada for the photos.", "Entry is free on Monday."
    content = f"Fresh bread at six.\n{note}\nBakery Nord, Alder Street 3.\n{free}"
    told = seen_of(content, tell=[note])
    assert "please ask Ada for the photos" in all_told(told)
    assert not any("makers" in warning for warning in told.warnings)
    left = seen_of(content, leave_out=["Entry is free on Monday"])
    assert "free" not in all_told(left)
    assert not any("free" in warning or "time for" in warning for warning in left.warnings)


def test_a_line_that_is_not_in_the_brief_is_a_warning() -> None:
    seen = seen_of(CHAT, leave_out=["Gift boxes from Rs 450"], tell=["We ship to Leeds"])
    assert any(
        "metadata.leave_out has “Gift boxes from Rs 450”" in one and "Rs 450 only" in one for one in seen.warnings
    )
    assert any("metadata.tell has “We ship to Leeds”" in one for one in seen.warnings)
    assert "Leeds" not in all_told(seen)


def test_leaving_out_all_is_refused_with_the_key() -> None:
    with pytest.raises(Never, match="leave_out leaves nothing"):
        seen_of("Fresh bread at six.", leave_out=["Fresh bread at six."])


def test_leaving_a_line_out_does_not_change_what_the_others_are_taken_for() -> None:
    page = (
        "Bonjour, je vous colle la fiche du site.\n\nLE GRAND BARTHAS, affinage 14 mois\nAjouter au panier ♥ "
        "Liste d'envies\nLait cru de brebis de nos 210 bêtes.\nLa meule entière 89 €\n"
        "Et la phrase de mon père pour finir : « Le temps, ça ne s'achète pas. »\nfromageriebarthas.example"
    )
    seen = seen_of(page)
    for part in seen.parts:
        for change in part.changes:
            if change.name == "Leave out":
                after = changed(page, {}, change)
                gone = {one.line for one in after.unused} - {one.line for one in seen.unused}
                assert len(gone) <= 1, (part, gone)


def test_a_quotation_in_a_note_is_told_alone() -> None:
    content = 'Casserole Club, every Friday.\nNote: Ruth had "Bread for all of us" on the poster.'
    seen = seen_of(content)
    names = [change.name for one in seen.unused for change in one.changes]
    assert 'Tell only "Bread for all of us"' in names
    (only,) = (change for one in seen.unused for change in one.changes if change.name.startswith("Tell only"))
    told = all_told(changed(content, {}, only))
    assert "Bread for all of us" in told
    assert "Ruth" not in told


def test_a_preview_tells_what_its_brief_wishes() -> None:
    preview = pipeline({}).preview
    assert preview is not None
    content = (
        "Hi team,\nOur bakery opens at six on Monday.\nFresh rye bread for €3.50.\nNo voice please, music only.\n"
        "Make it square, and a 16:9 version if you can.\nBig letters, our members are old.\nThanks, Kim"
    )
    seen = preview(Job(id="j", user_id="u", content=content, preset="quick_social", metadata={}))
    assert seen.facts["format"].startswith(("1:1", "16:9"))
    assert seen.facts["voice"] == "off"
    assert not any("says" in part.says for part in seen.parts)
    assert any("Each shape is a job of its own" in warning for warning in seen.warnings)
    assert any("large letters" in warning for warning in seen.warnings)
