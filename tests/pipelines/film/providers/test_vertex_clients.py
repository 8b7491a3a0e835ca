"""The clients of Vertex AI: the real libraries against a server that answers and fails as the documentation says.

Each fault is raised as what it means for the order, and none makes the library order twice.
"""

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import av
import pytest
from jsonschema import validate
from PIL import Image

from lab.harness.processes import ROOT
from service.pipeline import BadSetting, Json, Later, Never, StageError, Unsure
from service.pipelines.film.money import orders
from service.pipelines.film.providers.vertex import client, clips, stills, words
from service.pipelines.film.providers.vertex import speech as speaking
from service.pipelines.film.providers.vertex.client import Vertex
from tests.support.fake_vertex import BUCKET, FakeVertex, fake_vertex, problem, speech

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "hook": {"type": "string", "minLength": 30, "maxLength": 60},
        "mood": {"type": "string", "enum": ["calm", "bright"]},
        "shots": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/shot"}},
    },
    "required": ["hook", "mood", "shots"],
    "$defs": {"shot": {"type": "object", "properties": {"seconds": {"type": "number", "minimum": 2}}}},
}


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVertex]:
    with fake_vertex(tmp_path) as one:
        for name, value in one.env().items():
            monkeypatch.setenv(name, value)
        yield one


@pytest.fixture
def vertex(fake: FakeVertex) -> Vertex:
    return Vertex.from_env(fake.env())


def write(vertex: Vertex, text: str = "A brief.", **more: Any) -> words.Written:
    fixed: dict[str, Any] = {"model": "gemini-3.8-flash", "system": "You direct.", "schema": SCHEMA, "max_tokens": 900}
    return words.write(vertex, text=text, **fixed, **more)


def draw(vertex: Vertex, prompt: str = "A lighthouse.", aspect_ratio: str = "9:16", seed: int = 5) -> bytes:
    return stills.draw(vertex, model="gemini-3.1-flash-image", prompt=prompt, aspect_ratio=aspect_ratio, seed=seed)


def say(vertex: Vertex, text: str = "Fresh bread at six.", model: str = "gemini-3.8-flash-tts") -> speaking.Speech:
    return speaking.say(vertex, model=model, voice="Kore", text=text, lang="en-US")


def order(vertex: Vertex, request_id: str = "request-1", seconds: int = 4, aspect_ratio: str = "16:9") -> str:
    return clips.order(
        vertex,
        model="veo-3.1-generate-001",
        prompt="Waves.",
        aspect_ratio=aspect_ratio,
        seconds=seconds,
        seed=2**40 + 7,
        request_id=request_id,
    )


ORDERS: dict[str, Callable[[Vertex], object]] = {"words": write, "stills": draw, "speech": say, "clips": order}


def collected(vertex: Vertex, operation: Json) -> str:
    while (url := clips.collect(vertex, operation)) is None:
        pass
    return url


# What is bought


def test_words_are_a_value_of_the_schema_and_come_with_their_tokens(vertex: Vertex, fake: FakeVertex) -> None:
    picture = draw(vertex)
    written = write(vertex, "Make it warm.", images=[picture])
    validate(written.value, SCHEMA)
    assert written.tokens_in > 0
    assert written.tokens_out > 64, "thoughts are paid for too"
    request = fake.requests[-1]
    assert request["systemInstruction"]["parts"] == [{"text": "You direct."}]
    assert request["generationConfig"] == {
        "candidateCount": 1,
        "maxOutputTokens": 900,
        "responseMimeType": "application/json",
        "responseJsonSchema": SCHEMA,
    }
    (content,) = request["contents"]
    assert [*content["parts"][0]] == ["inlineData"]
    assert content["parts"][0]["inlineData"]["mime_type"] == "image/png"
    assert content["parts"][1] == {"text": "Make it warm."}
    assert request["_path"].endswith(
        "/projects/test-project/locations/us-central1/publishers/google/models/gemini-3.8-flash:generateContent"
    )
    assert request["_headers"]["X-Server-Timeout"] == "120"


def test_the_fake_answers_what_the_test_says(vertex: Vertex, fake: FakeVertex) -> None:
    fake.answer = lambda request: {"echo": request["contents"][0]["parts"][0]["text"], "word": "Été 🎬"}
    assert write(vertex, "Ça va ?").value == {"echo": "Ça va ?", "word": "Été 🎬"}


def test_no_file_but_a_picture_is_sent(vertex: Vertex, fake: FakeVertex) -> None:
    with pytest.raises(ValueError, match="PNG or JPEG"):
        write(vertex, images=[b"GIF89a"])
    assert fake.calls == []


@pytest.mark.parametrize(
    ("aspect_ratio", "size"), [("9:16", (768, 1376)), ("1:1", (1024, 1024)), ("16:9", (1376, 768))]
)
def test_a_still_is_a_picture_of_its_prompt(
    vertex: Vertex, fake: FakeVertex, aspect_ratio: str, size: tuple[int, int]
) -> None:
    drawn = draw(vertex, "A lighthouse.", aspect_ratio)
    assert Image.open(io.BytesIO(drawn)).size == size
    assert draw(vertex, "A bakery.", aspect_ratio) != drawn
    assert draw(vertex, "A lighthouse.", aspect_ratio, 5 + stills.SEEDS) == drawn
    config = fake.requests[0]["generationConfig"]
    assert config["imageConfig"] == {"aspectRatio": aspect_ratio, "imageSize": "1K"}
    assert config["responseModalities"] == ["IMAGE"]


@pytest.mark.parametrize("model", ["gemini-3.8-flash-tts", "gemini-2.5-flash-tts"])
def test_speech_is_the_same_pcm_whether_it_comes_as_wav_or_bare(vertex: Vertex, fake: FakeVertex, model: str) -> None:
    said = say(vertex, "Fresh bread at six.", model)
    assert said.samples == speech("Fresh bread at six.")
    assert said.rate == 24_000
    assert 0.5 < len(said.samples) / 2 / said.rate < 4
    assert said.tokens_in > 0 < said.tokens_out
    config = fake.requests[-1]["generationConfig"]
    assert config["responseModalities"] == ["AUDIO"]
    # The library leaves nested names in the spelling of protocol buffers, which the API accepts too.
    voice = {"prebuiltVoiceConfig": {"voice_name": "Kore"}}
    assert config["speechConfig"] == {"languageCode": "en-US", "voiceConfig": voice}
    assert "temperature" not in config


def test_sound_of_an_unknown_kind_is_refused(vertex: Vertex) -> None:
    del vertex
    assert speaking.pcm(b"\0\0\0", "audio/L16") == (b"\0\0", 24_000)
    assert speaking.pcm(b"\0\0", "audio/pcm;rate=16000") == (b"\0\0", 16_000)
    for data, mime_type in ((b"ID3", "audio/mpeg"), (b"RIFF....WAVE", "audio/wav"), (b"", "")):
        with pytest.raises(Unsure, match="provider_unreadable"):
            speaking.pcm(data, mime_type)


@pytest.mark.slow
@pytest.mark.parametrize(("aspect_ratio", "seconds"), [("16:9", 4), ("9:16", 6)])
def test_a_clip_is_ordered_polled_and_downloaded(
    vertex: Vertex, fake: FakeVertex, tmp_path: Path, aspect_ratio: str, seconds: int
) -> None:
    operation = order(vertex, "4c1c", seconds, aspect_ratio)
    assert json.loads(json.dumps(operation)) == operation
    assert [clips.collect(vertex, operation) for _ in range(2)] == [None, None]
    url = clips.collect(vertex, operation)
    assert url is not None
    assert url.startswith(f"gs://{BUCKET}/clips/4c1c/")
    assert clips.collect(vertex, operation) == url, "polled again, by another delivery"
    path = clips.download(vertex, url, tmp_path / "clip.mp4")
    with av.open(path) as film:
        assert film.duration is not None
        assert film.duration / av.time_base == pytest.approx(seconds, abs=0.05)
        video = film.streams.video[0]
        assert (video.width > video.height) == (aspect_ratio == "16:9")
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".part")] == []
    assert fake.bought("clips") == ["4c1c"]
    assert fake.requests[0]["parameters"] == {
        "sampleCount": 1,
        "storageUri": f"gs://{BUCKET}/clips/4c1c/",
        "durationSeconds": seconds,
        "seed": (2**40 + 7) % 2**32,
        "aspectRatio": aspect_ratio,
        "resolution": "1080p",
        "generateAudio": False,
    }


@pytest.mark.slow
def test_an_order_that_lost_its_answer_is_found_by_its_request_id(vertex: Vertex, fake: FakeVertex) -> None:
    fake.fail("clips", "cut_after")
    with pytest.raises(Unsure, match="provider_failed"):
        order(vertex, "lost")
    assert clips.find(vertex, "another") is None
    assert [clips.find(vertex, "lost") for _ in range(2)] == [None, None]
    found = clips.find(vertex, "lost")
    assert found is not None
    assert clips.collect(vertex, json.loads(json.dumps(found))) == found
    assert clips.find(vertex, "los") is None, "a folder's name must not match as a prefix of another's"
    assert fake.bought("clips") == ["lost"]


# What goes wrong


UNSURE = {
    "internal": "provider_failed",
    "bad_gateway": "provider_failed",
    "deadline": "provider_timeout",
    "cut_before": "provider_failed",
    "cut_after": "provider_failed",
    "html": "provider_unreadable",
}
LATER = {
    "quota": "provider_quota",
    "unavailable": "provider_unavailable",
    "denied": "provider_misconfigured",
    "missing": "provider_misconfigured",
    "precondition": "provider_misconfigured",
}
NEVER = {"invalid": "provider_refused"}


@pytest.mark.parametrize("kind", ORDERS)
def test_a_fault_is_raised_as_what_it_means_and_nothing_is_ordered_twice(
    vertex: Vertex, fake: FakeVertex, kind: str
) -> None:
    for fault, code in {**UNSURE, **LATER, **NEVER}.items():
        fake.calls.clear()
        fake.orders.clear()
        fake.fail(kind, fault)
        with pytest.raises(StageError, match=code) as caught:
            ORDERS[kind](vertex)
        assert type(caught.value) is (Unsure if fault in UNSURE else Later if fault in LATER else Never), fault
        assert caught.value.sentence.isprintable()
        assert len(fake.calls) == 1, f"{fault}: the library must not retry by itself"
        assert len(fake.orders) == (fault in {"cut_after", "html"}), fault
    ORDERS[kind](vertex)
    assert len(fake.calls) == 2, "the client still works afterwards"


@pytest.mark.parametrize("kind", ORDERS)
def test_without_an_answer_in_time_an_order_may_have_been_accepted(
    vertex: Vertex, fake: FakeVertex, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((words, "TIMEOUT_S"), (stills, "TIMEOUT_S"), (speaking, "TIMEOUT_S"), (clips, "CALL_S")):
        monkeypatch.setattr(module, name, 0.3)
    fake.fail(kind, "slow")
    with pytest.raises(Unsure, match="provider_timeout"):
        ORDERS[kind](vertex)
    assert len(fake.calls) == len(fake.orders) == 1


@pytest.mark.parametrize("kind", ["words", "stills", "speech"])
def test_a_useless_answer_is_not_mistaken_for_a_refusal(vertex: Vertex, fake: FakeVertex, kind: str) -> None:
    for fault, error, says in (
        ("safety", Never, "provider_refused: .* PROHIBITED_CONTENT The prompt is not allowed"),
        ("blocked", Never, "provider_refused: .* (IMAGE_)?SAFETY"),
        ("truncated", Unsure, "provider_truncated: "),
        ("continuation", Unsure, "provider_truncated: "),
        ("empty", Unsure, "provider_failed: .*OTHER"),
        ("malformed", Unsure, "provider_unreadable: "),
    ):
        fake.calls.clear()
        fake.fail(kind, fault)
        with pytest.raises(StageError, match=says) as caught:
            ORDERS[kind](vertex)
        assert type(caught.value) is error, fault
        assert len(fake.calls) == 1, f"{fault}: the library must not ask, and pay, for the rest of an answer"


def test_a_refusal_gives_the_providers_reason_short_and_on_one_line(vertex: Vertex, fake: FakeVertex) -> None:
    fake.fail("words", "invalid")
    with pytest.raises(Never) as caught:
        write(vertex)
    assert caught.value.sentence == "Vertex AI refused the request: Request contains an invalid argument."
    assert len(client.clean("x\n" * 5000)) == client.REASON_CHARACTERS


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ({}, 7.5, 7.5),
        ({"Retry_After": "30"}, 30, 30),
        ({"Retry_After": "in an hour"}, 3000, 3600),
        ({"Retry_After": "soon"}, 7.5, 7.5),
    ],
)
def test_a_quota_that_is_used_up_says_how_long_to_wait(
    vertex: Vertex, fake: FakeVertex, header: dict[str, str], least: float, most: float
) -> None:
    # Written now: this test may run half an hour after it was collected.
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    fake.headers = {name: in_an_hour if value == "in an hour" else value for name, value in header.items()}
    fake.fail("stills", "quota")
    with pytest.raises(Later) as caught:
        draw(vertex)
    assert caught.value.retry_after_s is not None
    assert least <= caught.value.retry_after_s <= most


def test_an_odd_error_body_is_understood_nonetheless(vertex: Vertex) -> None:
    del vertex
    odd: tuple[Any, ...] = (None, [], "text", {"error": "text"}, {"error": {"details": [None, {"retryDelay": "x"}]}})
    for body in odd:
        error = client.meaning(_api_error(429, body))
        assert isinstance(error, Later), body
        assert error.retry_after_s is None
    assert isinstance(client.meaning(_api_error(418, {})), Never)
    assert isinstance(client.meaning(_api_error(599, {})), Unsure)
    assert client.meaning(KeyError("our own fault")) is None


def _api_error(status: int, body: Any) -> Exception:
    # Imported only now: it takes half a second, in each process that collects this module.
    from google.genai.errors import APIError  # noqa: PLC0415
    from httpx2 import Response  # noqa: PLC0415

    return APIError(status, body, Response(status))


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ("rejected", "provider_refused", "Support codes: 29310472"),
        ("filtered", "provider_refused", "Support codes: 58061214"),
        ("broken", "provider_failed", "13 Internal error"),
    ],
)
def test_an_operation_that_ended_without_a_clip_stays_ended(
    vertex: Vertex, fake: FakeVertex, fault: str, code: str, says: str
) -> None:
    fake.looks_before_done = 0
    fake.fail("clips", fault)
    operation = order(vertex)
    for _ in range(2):
        with pytest.raises(Never, match=code) as caught:
            clips.collect(vertex, operation)
        assert says in caught.value.sentence


def test_a_poll_that_fails_is_repeated_later(vertex: Vertex, fake: FakeVertex) -> None:
    fake.looks_before_done = 1000
    operation = order(vertex)
    for fault, code in {**UNSURE, **LATER}.items():
        fake.fail("polls", fault)
        with pytest.raises(Later, match=code):
            clips.collect(vertex, operation)
        assert clips.collect(vertex, operation) is None
    assert fake.bought("clips") == ["request-1"]


def test_veo_refuses_what_it_cannot_make(vertex: Vertex, fake: FakeVertex) -> None:
    for seconds, aspect_ratio in ((5, "16:9"), (4, "1:1")):
        with pytest.raises(Never, match="provider_refused"):
            order(vertex, "r", seconds, aspect_ratio)
    assert fake.orders == []


# The bucket


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "provider_misconfigured"), (401, "provider_misconfigured"), (500, "provider_unavailable")],
)
def test_an_error_of_the_bucket_is_raised_as_what_it_means(
    fake: FakeVertex, tmp_path: Path, status: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vertex = Vertex.from_env(fake.env())
    # The library retries reads of the bucket, which cost nothing, until its deadline.
    monkeypatch.setattr("google.cloud.storage.retry.DEFAULT_RETRY._timeout", 0.5)
    fake.objects["clips/r/1/sample_0.mp4"] = b"film"
    fake.storage_faults = [status] * 50
    with pytest.raises(Later, match=code):
        clips.find(vertex, "r")
    with pytest.raises(Later, match=code):
        clips.download(vertex, f"gs://{BUCKET}/clips/r/1/sample_0.mp4", tmp_path / "clip.mp4")
    assert list(tmp_path.glob("*.mp4")) == list(tmp_path.glob(".part*")) == []


def test_a_clip_that_is_gone_and_one_that_is_not_ours(vertex: Vertex, fake: FakeVertex, tmp_path: Path) -> None:
    fake.objects["secret"] = b"not a clip"
    with pytest.raises(FileNotFoundError):
        clips.download(vertex, f"gs://{BUCKET}/clips/r/1/gone.mp4", tmp_path / "clip.mp4")
    for url in (f"gs://{BUCKET}/secret", "gs://other/clips/r/1/x.mp4", "file:///etc/passwd", f"gs://{BUCKET}/clips2/x"):
        with pytest.raises(PermissionError):
            clips.download(vertex, url, tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()


def test_a_request_id_is_one_folder_whatever_is_in_it(vertex: Vertex, fake: FakeVertex) -> None:
    order(vertex, "../a/b?c#d")
    uri = fake.requests[-1]["parameters"]["storageUri"]
    assert uri.startswith(f"gs://{BUCKET}/clips/")
    assert uri.removeprefix(f"gs://{BUCKET}/clips/").count("/") == 1


# Credentials and connections


def test_one_client_and_one_token_for_all_threads(vertex: Vertex, fake: FakeVertex) -> None:
    start = threading.Barrier(8)

    def call(number: int) -> object:
        start.wait()
        return write(vertex, f"Brief {number}.") if number % 2 else say(vertex, f"Line {number}.")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(8)))
    assert len(fake.orders) == 8
    assert fake.tokens_given == 1
    assert Vertex.from_env(fake.env()) == vertex
    assert Vertex.from_env(fake.env()).genai() is not vertex.genai()


def test_a_revoked_token_is_replaced_for_the_next_call(vertex: Vertex, fake: FakeVertex) -> None:
    write(vertex)
    fake.revoke_tokens()
    with pytest.raises(Later, match="provider_misconfigured"):
        write(vertex)
    assert len(fake.orders) == 1
    write(vertex)
    assert len(fake.orders) == fake.tokens_given == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}), "provider_misconfigured"),
        ((503, {"error": "unavailable"}), "provider_unavailable"),
    ],
)
def test_without_a_token_nothing_is_ordered(
    vertex: Vertex, fake: FakeVertex, answer: tuple[int, dict[str, Any]], code: str
) -> None:
    fake.token_faults = [answer] * 10
    with pytest.raises(Later, match=code) as caught:
        draw(vertex)
    assert not isinstance(caught.value, Unsure)
    assert fake.calls == []


@pytest.mark.slow  # google-auth tries three times, with pauses
def test_a_token_service_that_cannot_be_reached(fake: FakeVertex) -> None:
    key = fake.folder / "key.json"
    key.write_text(key.read_text().replace(f"{fake.url}/token", "http://127.0.0.1:9/token"))
    with pytest.raises(Later, match="provider_unavailable") as caught:
        order(Vertex.from_env(fake.env()))
    assert not isinstance(caught.value, Unsure)


def test_no_credentials_at_all(fake: FakeVertex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(fake.folder / "none.json"))
    with pytest.raises(Later, match="GOOGLE_APPLICATION_CREDENTIALS"):
        write(Vertex.from_env(fake.env()))


def test_a_server_that_cannot_be_reached_accepted_nothing(fake: FakeVertex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "http://127.0.0.1:9")
    for kind, make in ORDERS.items():
        with pytest.raises(Later, match="provider_unavailable") as caught:
            make(Vertex.from_env(fake.env()))
        assert not isinstance(caught.value, Unsure), kind
    assert fake.calls == []


def test_a_call_ends_within_the_time_that_a_delivery_keeps_for_it() -> None:
    assert max(words.TIMEOUT_S, stills.TIMEOUT_S, speaking.TIMEOUT_S) < orders.ANSWER_S


# Settings


GOOD = {"GOOGLE_CLOUD_PROJECT": "my-project-1", "ARTIFACTS_URL": "gs://films/some/prefix/"}


def test_settings_have_defaults_if_possible() -> None:
    vertex = Vertex.from_env(GOOD)
    assert (vertex.project, vertex.location, vertex.clips) == ("my-project-1", "global", "gs://films/some/prefix/clips")
    own = Vertex.from_env({**GOOD, "ARTIFACTS_URL": "file:///tmp", "VERTEX_CLIPS_URL": "gs://clips"})
    assert own.clips == "gs://clips"
    assert Vertex.from_env({**GOOD, "VERTEX_LOCATION": "europe-west4"}).location == "europe-west4"


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"GOOGLE_CLOUD_PROJECT": ""}, "GOOGLE_CLOUD_PROJECT"),
        ({"GOOGLE_CLOUD_PROJECT": "My Project"}, "GOOGLE_CLOUD_PROJECT"),
        ({"VERTEX_LOCATION": "Iowa"}, "VERTEX_LOCATION"),
        ({"VERTEX_LOCATION": "us-central1/../x"}, "VERTEX_LOCATION"),
        ({"VERTEX_CLIPS_URL": "https://films"}, "VERTEX_CLIPS_URL"),
        ({"VERTEX_CLIPS_URL": "gs://"}, "VERTEX_CLIPS_URL"),
        ({"ARTIFACTS_URL": "file:///tmp/artifacts"}, "VERTEX_CLIPS_URL"),
        ({"ARTIFACTS_URL": ""}, "VERTEX_CLIPS_URL"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, str], name: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Vertex.from_env({**GOOD, **wrong})
    assert caught.value.name == name


def test_nothing_of_googles_is_imported_before_the_first_call() -> None:
    code = (
        "import os, sys\n"
        "from service.pipelines.film import pipeline\n"
        "pipeline({'PROVIDER': 'local'})\n"
        "from service.pipelines.film.providers.vertex import client, clips, speech, stills, words\n"
        f"client.Vertex.from_env({GOOD!r})\n"
        "heavy = {'google.genai', 'google.auth', 'google.cloud.storage', 'google.api_core', 'httpx2', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_fake_itself_is_strict(fake: FakeVertex) -> None:
    status, body = problem(404, "NOT_FOUND", "gone")
    assert (status, body["error"]["status"]) == (404, "NOT_FOUND")
    other = Vertex.from_env({**fake.env(), "GOOGLE_CLOUD_PROJECT": "another-project"})
    with pytest.raises(Later, match="provider_misconfigured"):
        write(other)
    assert fake.orders == []
