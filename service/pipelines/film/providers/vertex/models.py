"""Which models are used, each chosen by a setting, and what their tokens cost. No model is used without a price."""

from collections.abc import Mapping

from service.pipeline import BadSetting, Price
from service.pipelines.film.money import prices
from service.pipelines.film.money.prices import Unit

WORDS, STILLS, CLIPS, SPEECH = "VERTEX_WORDS_MODEL", "VERTEX_STILLS_MODEL", "VERTEX_CLIPS_MODEL", "VERTEX_SPEECH_MODEL"

_DEFAULTS: Mapping[str, tuple[str, Unit]] = {
    WORDS: ("gemini-3.8-flash", "token out"),
    STILLS: ("gemini-3.1-flash-image", "picture"),
    CLIPS: ("veo-3.1-fast-generate-001", "second"),
    SPEECH: ("gemini-3.8-flash-lite-tts", "token out"),
}


def chosen(env: Mapping[str, str], setting: str) -> str:
    """Return the model that `setting` names, or the default. Raises `BadSetting` for a model without a price, which
    could not be kept within a budget."""
    default, unit = _DEFAULTS[setting]
    model = env.get(setting) or default
    if model not in prices.models(unit):
        known = ", ".join(prices.models(unit))
        raise BadSetting(setting, f"must be a model with a price in service/pipelines/film/money/prices.py: {known}.")
    return model


def tokens_in(text: str) -> int:
    """Return the most tokens that a text can have: half its bytes, twice what English needs and enough for Chinese."""
    return len(text.encode()) // 2 + 1


def tokens_price(model: str, *, most_usd: float, cap_usd: float) -> Price:
    """Return the price of an order that is paid by the tokens in its answer, kept as `tokens_in` and `tokens_out`."""
    return Price(
        most_usd=most_usd,
        cap_usd=cap_usd,
        actual_usd=lambda answer: prices.tokens_usd(model, answer["tokens_in"], answer["tokens_out"]),
    )
