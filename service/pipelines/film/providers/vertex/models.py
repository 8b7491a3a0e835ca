"""Which models are used: a setting each, and none without a price."""

from collections.abc import Mapping

from service.pipeline import BadSetting
from service.pipelines.film.money import prices
from service.pipelines.film.money.prices import Unit

WORDS, STILLS, CLIPS, SPEECH = "VERTEX_WORDS_MODEL", "VERTEX_STILLS_MODEL", "VERTEX_CLIPS_MODEL", "VERTEX_SPEECH_MODEL"

_USUAL: Mapping[str, tuple[str, Unit]] = {
    WORDS: ("gemini-3.8-flash", "token out"),
    STILLS: ("gemini-3.1-flash-image", "picture"),
    CLIPS: ("veo-3.1-fast-generate-001", "second"),
    SPEECH: ("gemini-3.8-flash-lite-tts", "token out"),
}


def chosen(env: Mapping[str, str], setting: str) -> str:
    """The model that `setting` names, or the usual one. Raises `BadSetting` for one without a price: it could not be
    kept within a budget."""
    usual, unit = _USUAL[setting]
    model = env.get(setting) or usual
    if model not in prices.models(unit):
        known = ", ".join(prices.models(unit))
        raise BadSetting(setting, f"must be a model with a price in service/pipelines/film/money/prices.py: {known}.")
    return model


def tokens_in(text: str) -> int:
    """The most tokens that a text can be: half its bytes is twice what English needs, and more than Chinese does."""
    return len(text.encode()) // 2 + 1
