"""Words from Gemini, as JSON of a given schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipeline import Json
from service.pipelines.film.providers.vertex.client import Vertex


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An answer, and the tokens it is paid by; those of the model's thoughts are in `tokens_out`."""

    value: Json
    tokens_in: int
    tokens_out: int


def write(
    vertex: Vertex,
    *,
    model: str,
    system: str,
    text: str,
    schema: Mapping[str, Json],
    images: Sequence[bytes] = (),
    max_tokens: int,
) -> Written:
    """The model's answer to `text` and `images` (JPEG or PNG), a value that the JSON `schema` describes."""
    raise NotImplementedError
