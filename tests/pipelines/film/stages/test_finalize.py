"""FINALIZE: where the manifest says everything comes from."""

from typing import Any

import pytest

from service.pipeline import Output
from service.pipelines.film.credits import CREDITS
from service.pipelines.film.money.plan import Line
from service.pipelines.film.script.look.storyboard import Frame, Storyboard
from service.pipelines.film.stages import finalize


def outputs(voice: str | None, **provider: str) -> dict[str, Any]:
    versions = {credit.package: "1.0" for credit in CREDITS}
    names = {"director": "local", "illustrator": "local", "narrator": "local", "critic": "local", **provider}
    return {
        "INIT": {"versions": versions, "provider": names},
        "AUDIO_GENERATION": {"voice": voice},
        "FAST_TRACK": {"storyboard": storyboard()},
        "FINANCIAL_OPTIMIZATION": {"lines": []},
    }


def storyboard(*pictures: str) -> Output:
    return Storyboard(tuple(Frame("statement", "push", 0, 1, picture) for picture in pictures)).to_json()


def test_every_package_that_a_film_is_made_with_is_a_source_with_a_licence() -> None:
    for credit in CREDITS:
        found = finalize.sources(outputs(credit.engine or None))
        (source,) = [source for source in found if source["from"] == f"{credit.package} 1.0"]
        assert source["what"] == credit.what
        assert source["licence"] == credit.licence != ""


@pytest.mark.parametrize(
    ("voice", "whose", "licence"),
    [
        ("kokoro bm_george", "Kokoro-82M, of hexgrad", "Apache-2.0"),
        ("espeak de+f2", "eSpeak NG; what it says is not under its licence", "GPL-3.0"),
        ("Kore", "Kore", "as the provider's terms say"),
        (None, None, None),
    ],
)
def test_the_voice_is_named_if_there_is_one(voice: str | None, whose: str | None, licence: str | None) -> None:
    found = [source for source in finalize.sources(outputs(voice, narrator="vertex")) if source["what"] == "voice"]
    assert [(source["whose"], source["licence"]) for source in found] == ([] if voice is None else [(whose, licence)])


def test_what_is_bought_is_under_its_sellers_terms() -> None:
    def of(illustrator: str) -> tuple[str, str]:
        sources = finalize.sources(outputs(None, illustrator=illustrator))
        (pictures,) = [source for source in sources if source["what"] == "pictures"]
        return pictures["from"], pictures["licence"]

    assert of("local") == ("this service", "none needed")
    assert of("vertex") == ("vertex", "as the provider's terms say")
    every = finalize.sources(outputs("espeak"))
    assert {"program", "fonts", "voice", "music", "pictures"} == {source["what"] for source in every}
    assert all(source["whose"] and source["from"] and source["licence"] for source in every)


def test_the_drawings_in_the_film_are_named_and_none_where_a_picture_was_bought() -> None:
    made = outputs(None)
    made["FAST_TRACK"]["storyboard"] = storyboard("", "banana", "sign-tag")

    def named(*own: int) -> set[str]:
        return {source["whose"] for source in finalize.sources(made, own) if source["licence"] == "MIT"} & {
            "Fluent Emoji, of Microsoft",
            "Phosphor Icons",
        }

    assert named() == {"Fluent Emoji, of Microsoft", "Phosphor Icons"}
    assert named(2) == {"Fluent Emoji, of Microsoft"}
    still = Line(what="still", model="m", unit="picture", units=1, unit_usd=0.04, shot=1, kind="still")
    made["FINANCIAL_OPTIMIZATION"] = {"lines": [still.to_json()]}
    assert named() == {"Phosphor Icons"}
