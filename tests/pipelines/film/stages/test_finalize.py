"""FINALIZE: what the manifest says of where everything comes from."""

from typing import Any

import pytest

from service.pipelines.film.stages import finalize
from service.pipelines.film.stages.init import _MADE_WITH


def outputs(voice: str | None, **provider: str) -> dict[str, Any]:
    versions = dict.fromkeys(_MADE_WITH, "1.0")
    names = {"director": "local", "illustrator": "local", "narrator": "local", "critic": "local", **provider}
    return {"INIT": {"versions": versions, "provider": names}, "AUDIO_GENERATION": {"voice": voice}}


def test_every_package_that_a_film_is_made_with_has_a_licence() -> None:
    voices = {package for package, _, _ in finalize.VOICES.values()}
    assert set(_MADE_WITH) <= set(finalize.MADE_WITH) | voices


@pytest.mark.parametrize(
    ("voice", "whose", "licence"),
    [
        ("kokoro", "Kokoro-82M, of hexgrad", "Apache-2.0"),
        ("espeak", "eSpeak NG; what it says is not under its licence", "GPL-3.0"),
        ("Kore", "Kore", "as the provider's terms say"),
        (None, None, None),
    ],
)
def test_the_voice_is_named_where_there_is_one(voice: str | None, whose: str | None, licence: str | None) -> None:
    found = [one for one in finalize.sources(outputs(voice, narrator="vertex")) if one["what"] == "voice"]
    assert [(one["whose"], one["licence"]) for one in found] == ([] if voice is None else [(whose, licence)])


def test_what_is_bought_is_under_the_terms_of_whoever_sold_it() -> None:
    def of(illustrator: str) -> tuple[str, str]:
        (one,) = [one for one in finalize.sources(outputs(None, illustrator=illustrator)) if one["what"] == "pictures"]
        return one["from"], one["licence"]

    assert of("local") == ("this service", "none needed")
    assert of("vertex") == ("vertex", "as the provider's terms say")
    every = finalize.sources(outputs("espeak"))
    assert {"program", "fonts", "voice", "music", "pictures"} == {one["what"] for one in every}
    assert all(one["whose"] and one["from"] and one["licence"] for one in every)
