"""What a job may ask of the film, and how anything else is refused."""

from typing import Any

import pytest

from service.pipeline import Job, Never
from service.pipelines.film import wishes
from service.pipelines.film.script.reading import brief
from service.pipelines.film.stages import finalize

ASSET = "asset:0123456789abcdef/-/0123456789abcdef-"
PICTURE, FONT, SOUND = f"{ASSET}picture.png", f"{ASSET}font.ttf", f"{ASSET}sound.flac"
BRIEF = "Fresh coffee, open until midnight"


def job(metadata: dict[str, Any] | None = None, content: str = BRIEF, preset: str = "quick_social") -> Job:
    return Job(id="j", user_id="u", content=content, preset=preset, metadata=metadata or {})


def refusal(wrong: Job) -> Never:
    with pytest.raises(Never) as caught:
        wishes.check(wrong)
    return caught.value


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"duration_sec": 10},
        {"duration_sec": 12.5, "aspect_ratio": "1:1", "lang": "pt-BR", "style": "bold", "mood": "calm"},
        {"voice": "British male", "music": "off"},
        {"voice": False, "music": False},
        {"budget_usd": 0, "priority": "high"},
        {"budget_usd": 12.5, "priority": 3},
        {"duration_sec": None, "lang": None, "aspect_ratio": None},
        {"logo": PICTURE, "pictures": [PICTURE] * 12, "font": FONT, "music": SOUND, "seed": "summer"},
        {"pictures": PICTURE, "colours": "#F60", "seed": -7},
        {"pictures": [], "colours": ["#FF6600", "003366", "fff"], "logo": None},
        {"title": "off", "leave_out": [], "tell": None, "pictograms": False},
        {"title": False, "leave_out": "Fresh coffee", "tell": ["open", "open"], "pictograms": "off"},
        {"title": "x" * 80, "leave_out": ["x" * 2000] * 100, "tell": ["भोजन"], "pictograms": ["clock", "hot beverage"]},
        {"something_else": {"of": ["the", "producer's"]}},
    ],
)
def test_accepts_what_the_film_knows(metadata: dict[str, Any]) -> None:
    wishes.check(job(metadata))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration_sec", True),
        ("duration_sec", "10"),
        ("duration_sec", 2.9),
        ("duration_sec", 31),
        ("duration_sec", float("nan")),
        ("duration_sec", float("inf")),
        ("duration_sec", 10**400),
        ("duration_sec", [10]),
        ("aspect_ratio", "4:3"),
        ("aspect_ratio", 1.78),
        ("aspect_ratio", ["9:16"]),
        ("lang", "english please"),
        ("lang", "e"),
        ("lang", 7),
        ("lang", "../../etc/passwd"),
        ("style", {"bold": True}),
        ("style", "x" * 201),
        ("mood", 5),
        ("budget_usd", -0.01),
        ("budget_usd", False),
        ("budget_usd", float("nan")),
        ("budget_usd", "12"),
        ("voice", True),
        ("voice", ["female"]),
        ("music", "x" * 201),
        ("music", 3),
        ("logo", FONT),
        ("logo", "https://example.com/logo.png"),
        ("logo", "file:///etc/passwd"),
        ("logo", [PICTURE]),
        ("pictures", [PICTURE] * 13),
        ("pictures", [PICTURE, "gs://films/other"]),
        ("pictures", {"first": PICTURE}),
        ("font", PICTURE),
        ("font", "Helvetica"),
        ("music", PICTURE),
        ("music", "asset:../../etc/passwd"),
        ("colours", "orange"),
        ("colours", []),
        ("colours", ["#FF6600"] * 4),
        ("colours", [0xFF6600]),
        ("colours", "#FF66001"),
        ("seed", ""),
        ("seed", True),
        ("seed", 1.5),
        ("seed", 10**400),
        ("seed", "x" * 201),
        ("title", True),
        ("title", "x" * 81),
        ("title", " ?! "),
        ("title", ["Nord"]),
        ("leave_out", 7),
        ("leave_out", ["..."]),
        ("leave_out", ["x" * 2001]),
        ("tell", [f"line {number}" for number in range(101)]),
        ("tell", [["line"]]),
        ("tell", True),
        ("pictograms", True),
        ("pictograms", [""]),
        ("pictograms", {"clock": False}),
        ("priority", True),
        ("priority", 1.5),
        ("priority", []),
    ],
)
def test_refuses_a_wrong_value_and_names_the_field(field: str, value: object) -> None:
    refused = refusal(job({field: value}))
    assert refused.code == "bad_metadata"
    assert refused.sentence.startswith(f"metadata.{field} must be ")
    assert refused.sentence.endswith(".")


@pytest.mark.parametrize(("preset", "longest"), [("quick_social", 30), ("brand_campaign", 120), ("premium_spot", 180)])
def test_each_preset_has_its_own_longest_film(preset: str, longest: int) -> None:
    wishes.check(job({"duration_sec": longest}, preset=preset))
    assert str(longest) in refusal(job({"duration_sec": longest + 1}, preset=preset)).sentence


@pytest.mark.parametrize("content", ["", "   ", "?!… — ***", "\n\n\t", "🎉🎉"])
def test_refuses_a_brief_with_nothing_to_say(content: str) -> None:
    assert refusal(job(content=content)).code == "empty_brief"


def test_refuses_a_brief_as_long_as_a_book() -> None:
    assert refusal(job(content="word " * 5_000)).code == "brief_too_long"


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("duration", "duration_sec"),
        ("duration_secs", "duration_sec"),
        ("aspect-ratio", "aspect_ratio"),
        ("aspect_ration", "aspect_ratio"),
        ("Style", "style"),
        ("styl", "style"),
        ("budget", "budget_usd"),
        ("leave-out", "leave_out"),
        ("leaveout", "leave_out"),
        ("pictogram", "pictograms"),
    ],
)
def test_a_key_that_is_nearly_one_of_ours_is_named(key: str, meant: str) -> None:
    refused = refusal(job({key: "x"}))
    assert refused.code == "bad_metadata"
    assert f"metadata.{key}" in refused.sentence
    assert f"metadata.{meant}?" in refused.sentence


def test_other_keys_are_listed_in_the_result() -> None:
    other = job({"campaign": 7, "utm\u202esource": "x", "lang": "de"})
    wishes.check(other)
    assert finalize.warnings(other, brief.read(other.content, "de")) == [
        "metadata.campaign is not known to the film and was not used.",
        "metadata.utm?source is not known to the film and was not used.",
        "metadata.lang is de, but the brief seems to be in en: it is read and spoken as de.",
    ]


def test_an_unknown_preset_is_named() -> None:
    assert refusal(job(preset="epic")).code == "unknown_preset"


def test_metadata_never_overrides_the_jobs_own_fields() -> None:
    sly = job({"content": "", "user_id": "someone", "preset": "premium_spot"})
    wishes.check(sly)
    assert wishes.preset_of(sly).name == "quick_social"


def test_what_a_client_brings_is_read() -> None:
    read = wishes.read_wishes(job({"pictures": PICTURE, "colours": "#f60, 003366", "music": SOUND, "seed": 7}))
    assert (read.pictures, read.colours, read.seed) == ((PICTURE,), ("#FF6600", "#003366"), "7")
    assert read.own_track == SOUND
    assert wishes.read_wishes(job({"music": "calm piano"})).own_track is None
    assert "did you mean metadata.colours" in refusal(job({"colors": "#F60"})).sentence
