"""Clips from Veo: ordered, asked after, found again and fetched."""

from pathlib import Path

from service.pipeline import Json
from service.pipelines.film.providers.vertex.client import Vertex


def order(
    vertex: Vertex, *, model: str, prompt: str, aspect_ratio: str, seconds: int, seed: int, request_id: str
) -> str:
    """Order a clip under `request_id`; the operation to ask after."""
    raise NotImplementedError


def collect(vertex: Vertex, operation: Json) -> str | None:
    """The clip's `gs://` URL, or None while it is being made."""
    raise NotImplementedError


def find(vertex: Vertex, request_id: str) -> Json | None:
    """The finished operation of an order whose clip has landed, for `collect`; None where none is seen."""
    raise NotImplementedError


def download(vertex: Vertex, url: str, to: Path) -> Path:
    """Copy the clip at `url` to the local path `to`; return `to`."""
    raise NotImplementedError
