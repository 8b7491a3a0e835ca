"""What the providers' calls cost, in US dollars. Pure: a dated table, and no call is made without a row in it.

When a page names a launch price that ends, the row has the later price: a plan that is too expensive is better than one
that is too cheap. Google's price page for Vertex AI is https://cloud.google.com/vertex-ai/generative-ai/pricing; if a
figure was read elsewhere, the row says so. Check the table whenever a model changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["token in", "token out", "picture", "second"]

_DEVELOPER = "https://ai.google.dev/gemini-api/docs/pricing"
_VERTEX = "https://cloud.google.com/vertex-ai/generative-ai/pricing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The price of one `unit` of a model. `read` is the day the figure was on the page `source` (ISO date)."""

    model: str
    unit: Unit
    usd: float
    source: str
    read: str
    note: str = ""


def _million(model: str, usd: tuple[float, float], source: str, read: str, note: str) -> tuple[Rate, Rate]:
    """Return the rates of a model that is paid by the token, from the prices of a million tokens in and out."""
    return (
        Rate(model=model, unit="token in", usd=usd[0] / 1e6, source=source, read=read, note=note),
        Rate(model=model, unit="token out", usd=usd[1] / 1e6, source=source, read=read, note=note),
    )


_LAUNCH = "Half that until 2026-12-31."
_SAME = "Read on the page of the Gemini API, whose token prices are those of Vertex AI's global endpoint."
_TABLE: tuple[Rate, ...] = (
    *_million("gemini-3.8-flash", (1.50, 7.50), _DEVELOPER, "2026-10-07", f"{_SAME} {_LAUNCH}"),
    *_million("gemini-3.5-flash", (1.50, 9.00), _DEVELOPER, "2026-10-07", _SAME),
    *_million("gemini-3.5-flash-lite", (0.30, 2.50), _DEVELOPER, "2026-10-07", _SAME),
    *_million("gemini-2.5-flash", (0.30, 2.50), _VERTEX, "2026-06-01", "By way of Portkey-AI/models 721."),
    *_million("gemini-3.8-flash-tts", (1.00, 18.00), _DEVELOPER, "2026-11-01", f"litellm discussion 42776. {_LAUNCH}"),
    *_million(
        "gemini-3.8-flash-lite-tts", (1.00, 12.00), _DEVELOPER, "2026-11-01", f"litellm discussion 42776. {_LAUNCH}"
    ),
    *_million(
        "gemini-2.5-flash-tts", (0.50, 10.00), _DEVELOPER, "2026-11-01", "Not found for Vertex AI: a cautious figure."
    ),
    Rate(
        model="gemini-3.1-flash-image",
        unit="picture",
        usd=0.075,
        source=_VERTEX,
        read="2026-04-09",
        note="1,120 tokens for a 1K picture at 60 USD a million (Portkey-AI/models 625), plus the prompt's.",
    ),
    Rate(
        model="gemini-2.5-flash-image",
        unit="picture",
        usd=0.045,
        source=_VERTEX,
        read="2026-06-01",
        note="1,290 tokens for a picture at 30 USD a million (Portkey-AI/models 721), plus the prompt's.",
    ),
    Rate(
        model="imagen-4.0-generate-001",
        unit="picture",
        usd=0.04,
        source=_VERTEX,
        read="2026-03-01",
        note="Google shut Imagen down on 2026-08-17; kept for customers whose contracts still include it.",
    ),
    Rate(
        model="veo-3.1-generate-001",
        unit="second",
        usd=0.40,
        source=_DEVELOPER,
        read="2026-10-07",
        note="720p and 1080p, with sound: the price without sound was not found, so the plan uses this one.",
    ),
    Rate(
        model="veo-3.1-fast-generate-001",
        unit="second",
        usd=0.15,
        source=_VERTEX,
        read="2026-03-01",
        note="With sound, as above; other pages say 0.10 to 0.12.",
    ),
    Rate(
        model="veo-3.1-lite-generate-001",
        unit="second",
        usd=0.08,
        source=_VERTEX,
        read="2026-10-12",
        note="1080p; the page itself was not found, resellers charge this.",
    ),
)

RATES: Mapping[tuple[str, Unit], Rate] = MappingProxyType({(rate.model, rate.unit): rate for rate in _TABLE})
"""By model and unit."""


def usd_of(model: str, unit: Unit) -> float:
    """Return the price of one unit. Raises `KeyError` if the table has no such row."""
    return RATES[model, unit].usd


def models(unit: Unit) -> tuple[str, ...]:
    """Return the models that have a price for `unit`."""
    return tuple(model for model, priced_unit in RATES if priced_unit == unit)


def tokens_usd(model: str, tokens_in: float, tokens_out: float) -> float:
    """Return the price of a call that is paid by the token."""
    return tokens_in * usd_of(model, "token in") + tokens_out * usd_of(model, "token out")
