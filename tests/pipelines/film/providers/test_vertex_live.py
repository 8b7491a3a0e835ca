"""One call of each kind to the real Vertex AI, for those who have an account there. It costs money, so it only runs on
request:

    VERTEX_LIVE=1 GOOGLE_CLOUD_PROJECT=… python -m pytest tests/pipelines/film/providers/test_vertex_live.py

with Application Default Credentials (`gcloud auth application-default login`). Words, a still and speech cost about
8 US cents together. A clip costs 40 to 60 cents more, and is ordered only with VERTEX_LIVE_CLIPS=gs://bucket/prefix.
"""

import io
import os
import time
from pathlib import Path
from uuid import uuid4

import av
import google.auth
import pytest
from google.auth.exceptions import DefaultCredentialsError
from PIL import Image

from service.pipelines.film.providers.vertex import clips, speech, stills, words
from service.pipelines.film.providers.vertex.client import Vertex

CLIPS = os.environ.get("VERTEX_LIVE_CLIPS", "")

pytestmark = pytest.mark.skipif(
    os.environ.get("VERTEX_LIVE") != "1",
    reason="NOT CHECKED: the real Vertex AI was not called (VERTEX_LIVE=1 and credentials, about 8 US cents)",
)


@pytest.fixture
def vertex() -> Vertex:
    try:
        google.auth.default()
    except DefaultCredentialsError as error:
        pytest.skip(f"NOT CHECKED: the real Vertex AI was not called, there are no credentials ({error})")
    return Vertex.from_env({**os.environ, "VERTEX_CLIPS_URL": CLIPS or "gs://not-used"})


def model(kind: str, usual: str) -> str:
    return os.environ.get(f"VERTEX_{kind}_MODEL") or usual


def test_words(vertex: Vertex) -> None:
    schema = {
        "type": "object",
        "properties": {"colour": {"type": "string", "enum": ["red", "blue"]}, "why": {"type": "string"}},
        "required": ["colour", "why"],
    }
    written = words.write(
        vertex,
        model=model("WORDS", "gemini-3.8-flash"),
        system="Answer in a few words.",
        text="Which of the two colours has the sea?",
        schema=schema,
        max_tokens=2000,
    )
    assert written.value["colour"] == "blue"
    assert written.tokens_in > 0 < written.tokens_out <= 2000


def test_a_still(vertex: Vertex) -> None:
    drawn = stills.draw(
        vertex, model=model("STILLS", "gemini-3.1-flash-image"), prompt="A lighthouse.", aspect_ratio="9:16", seed=1
    )
    width, height = Image.open(io.BytesIO(drawn)).size
    assert 0.5 < width / height < 0.6
    assert height > 1000


def test_speech(vertex: Vertex) -> None:
    said = speech.say(
        vertex,
        model=model("SPEECH", "gemini-3.8-flash-lite-tts"),
        voice="Kore",
        text="Fresh bread at six.",
        lang="en-US",
    )
    assert said.rate == speech.RATE
    assert 0.5 < len(said.samples) / 2 / said.rate < 10


@pytest.mark.skipif(not CLIPS, reason="NOT CHECKED: no clip was ordered (VERTEX_LIVE_CLIPS, 40 to 60 US cents)")
def test_a_clip(vertex: Vertex, tmp_path: Path) -> None:
    request_id = str(uuid4())
    assert clips.find(vertex, request_id) is None
    operation = clips.order(
        vertex,
        model=model("CLIPS", "veo-3.1-fast-generate-001"),
        prompt="Waves at a lighthouse.",
        aspect_ratio="16:9",
        seconds=4,
        seed=1,
        request_id=request_id,
    )
    ends = time.monotonic() + 2 * clips.MADE_WITHIN_S
    while (url := clips.collect(vertex, operation)) is None:
        assert time.monotonic() < ends, "Veo took longer than it should"
        time.sleep(10)
    assert clips.find(vertex, request_id) == url
    with av.open(clips.download(vertex, url, tmp_path / "clip.mp4")) as film:
        assert film.duration is not None
        assert film.duration / av.time_base == pytest.approx(4, abs=0.5)
