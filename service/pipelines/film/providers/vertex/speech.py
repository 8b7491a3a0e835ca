"""Speech from Gemini."""

from dataclasses import dataclass

from service.pipelines.film.providers.vertex.client import Vertex


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Mono 16-bit little-endian PCM of `rate` samples a second, and the tokens it is paid by."""

    samples: bytes
    rate: int
    tokens_in: int
    tokens_out: int


def say(vertex: Vertex, *, model: str, voice: str, text: str, lang: str) -> Speech:
    """`text` spoken by `voice` in `lang`, a language tag such as `en-US`."""
    raise NotImplementedError
