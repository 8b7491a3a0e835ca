"""Buy words from Gemini, as JSON of a given schema."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipeline import Json
from service.pipelines.film.providers.vertex import client
from service.pipelines.film.providers.vertex.client import Vertex

TIMEOUT_S = 120.0
"""Timeout of one answer. 8,000 tokens, thoughts included, take about a minute. The server's own limit is 600 s, which
is more than a delivery has (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An answer, and the tokens it is paid by; `tokens_out` includes the model's thoughts."""

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
    """Return the model's answer to `text` and `images` (JPEG or PNG files), a value of the JSON `schema`
    (https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/control-generated-output).

    `max_tokens` limits what is paid for output, the model's thoughts included. The schema guides the model but does not
    bind it, so the value has to be checked. Raises what `client.meaning` returns and `client.parts` raises, and
    `Unsure("provider_unreadable", …)` for an answer that is not JSON.
    """
    from google.genai import types  # noqa: PLC0415

    shown = [types.Part.from_bytes(data=image, mime_type=image_type(image)) for image in images]
    response = client.generate(
        vertex,
        model,
        [types.Content(role="user", parts=[*shown, types.Part(text=text)])],
        types.GenerateContentConfig(
            system_instruction=system,
            max_output_tokens=max_tokens,
            response_mime_type="application/json",
            response_json_schema=dict(schema),
            http_options=client.http_options(TIMEOUT_S),
        ),
    )
    answer = "".join(part.text or "" for part in client.parts(response))
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError) as error:
        # Not only what is not JSON: also a number of over 4,300 digits, and a thousand lists in each other.
        raise client.unreadable("The model's answer is not JSON.") from error
    tokens_in, tokens_out = client.tokens(response)
    return Written(value=value, tokens_in=tokens_in, tokens_out=tokens_out)


def image_type(image: bytes) -> str:
    """Return the media type of a PNG or JPEG file. Raises `ValueError` for anything else."""
    if image.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if image.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    raise ValueError("a picture must be a PNG or JPEG file")
