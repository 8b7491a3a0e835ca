"""Buy stills from Gemini's image models.

Not from Imagen, which was switched off on Vertex AI on 17 August 2026; Google recommends these models instead
(https://docs.cloud.google.com/vertex-ai/generative-ai/docs/models/imagen/4-0-generate).
"""

from service.pipelines.film.providers.vertex import client
from service.pipelines.film.providers.vertex.client import Vertex

TIMEOUT_S = 120.0
"""Timeout of one picture: it usually takes 10 to 20 s, at busy hours a minute."""

SIZE = "1K"
"""1120 tokens a picture, 768x1376 at 9:16. `2K` takes 1680 tokens, half as much again
(https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini/3-1-flash-image)."""

SEEDS = 2**31
"""A seed is a 32-bit signed integer."""


def draw(vertex: Vertex, *, model: str, prompt: str, aspect_ratio: str, seed: int) -> bytes:
    """Have one picture of `prompt` drawn. Return the bytes of a PNG or JPEG file.

    `aspect_ratio` is 1:1, 2:3, 3:2, 3:4, 4:3, 4:5, 5:4, 9:16, 16:9 or 21:9. `seed` is a hint: the model does not
    guarantee to repeat itself. Raises what `client.meaning` returns and `client.parts` raises; a picture that the
    filters block is `Never("provider_refused", …)`.
    """
    from google.genai import types  # noqa: PLC0415

    response = client.generate(
        vertex,
        model,
        [types.Content(role="user", parts=[types.Part(text=prompt)])],
        types.GenerateContentConfig(
            response_modalities=["IMAGE"],
            image_config=types.ImageConfig(aspect_ratio=aspect_ratio, image_size=SIZE),
            seed=seed % SEEDS,
            http_options=client.http_options(TIMEOUT_S),
        ),
    )
    for part in client.parts(response):
        if part.inline_data is not None and part.inline_data.data:
            return part.inline_data.data
    raise client.unreadable("The model's answer holds no picture.")
