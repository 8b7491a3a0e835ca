"""Providers are chosen by settings, and loaded only if they are used."""

import subprocess
import sys

import pytest

from service.pipeline import BadSetting
from service.pipelines.film.providers import CAPABILITIES, PROVIDERS, choose
from tests.support.fake_vertex import PROJECT

VERTEX = {"GOOGLE_CLOUD_PROJECT": PROJECT, "VERTEX_CLIPS_URL": "gs://films/clips"}


def test_one_setting_chooses_all_and_one_for_each_capability_overrides_it() -> None:
    assert set(choose({}).names().values()) == {"local"}
    assert set(choose({**VERTEX, "PROVIDER": "vertex"}).names().values()) == {"vertex"}
    mixed = choose({**VERTEX, "PROVIDER": "vertex", "PROVIDER_NARRATOR": "local"}).names()
    assert mixed == {"director": "vertex", "illustrator": "vertex", "narrator": "local", "critic": "vertex"}
    mixed = choose({**VERTEX, "PROVIDER_DIRECTOR": "vertex"}).names()
    assert mixed == {"director": "vertex", "illustrator": "local", "narrator": "local", "critic": "local"}


@pytest.mark.parametrize("setting", ["PROVIDER", *(f"PROVIDER_{capability.upper()}" for capability in CAPABILITIES)])
def test_an_unknown_name_is_refused_with_the_known_ones(setting: str) -> None:
    with pytest.raises(BadSetting) as caught:
        choose({setting: "sora"})
    assert caught.value.name == setting
    assert all(name in caught.value.sentence for name in PROVIDERS)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("GOOGLE_CLOUD_PROJECT", ""),
        ("VERTEX_CLIPS_URL", "file:///tmp"),
        ("VERTEX_WORDS_MODEL", "gpt-99"),
        ("VERTEX_SPEECH_MODEL", "gemini-3.1-flash-image"),
        ("VERTEX_VOICE", "Kore; rm"),
    ],
)
def test_a_wrong_setting_of_vertex_is_named_at_start(setting: str, value: str) -> None:
    with pytest.raises(BadSetting) as caught:
        choose({**VERTEX, "PROVIDER": "vertex", setting: value})
    assert caught.value.name == setting


def loaded(env: dict[str, str]) -> str:
    code = (
        f"import sys; from service.pipelines.film import pipeline; pipeline({env!r}); "
        "print([name for name in ('google.genai', 'google.cloud.storage', 'google.auth', 'pydantic') "
        "if name in sys.modules])"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("env", [{}, {**VERTEX, "PROVIDER": "vertex"}])
def test_nothing_of_googles_is_loaded_before_the_first_call(env: dict[str, str]) -> None:
    assert loaded(env) == "[]"
