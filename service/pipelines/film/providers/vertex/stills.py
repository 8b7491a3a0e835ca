"""Stills from a prompt."""

from service.pipelines.film.providers.vertex.client import Vertex


def draw(vertex: Vertex, *, model: str, prompt: str, aspect_ratio: str, seed: int) -> bytes:
    """One picture, the bytes of a PNG or JPEG file."""
    raise NotImplementedError
