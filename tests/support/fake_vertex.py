"""Vertex AI, Google's token service and Cloud Storage on loopback, for the real client libraries.

It answers as the documentation says (generateContent, predictLongRunning, fetchPredictOperation, the OAuth token
endpoint, the JSON API of Cloud Storage), checks the tokens that it issued, counts every order, and fails on request.
"""

import base64
import functools
import hashlib
import io
import json
import os
import re
import subprocess
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import google_crc32c
import imageio_ffmpeg
import numpy as np
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from PIL import Image, ImageDraw

from service.pipeline import Json
from tests.support.fake_signing import certificate_of

PROJECT = "test-project"
ACCOUNT = "film@test-project.iam.gserviceaccount.com"
BUCKET = "films"
AUDIENCE = "https://oauth2.googleapis.com/token"
"""The audience of a service account's assertion: google-auth always uses this one, wherever the key file points."""
SPEECH_RATE = 24_000

Request = dict[str, Any]
Answer = tuple[int, dict[str, Any]]


@dataclass
class Operation:
    """A clip being made. It is there after `looks_left` looks at it, through the API or in the bucket."""

    model: str
    prompt: str
    folder: str
    seconds: int
    aspect_ratio: str
    looks_left: int
    error: dict[str, Any] | None = None
    filtered: str | None = None
    url: str | None = None


def problem(status: int, name: str, message: str, details: list[dict[str, Any]] | None = None) -> Answer:
    """Return an error in the model of Google's APIs. https://google.aip.dev/193"""
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if details:
        error["details"] = details
    return status, {"error": error}


REFUSALS: dict[str, Answer] = {
    "quota": problem(
        429,
        "RESOURCE_EXHAUSTED",
        "Resource exhausted. Please try again later.",
        [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7.5s"}],
    ),
    "unavailable": problem(503, "UNAVAILABLE", "The service is currently unavailable."),
    "internal": problem(500, "INTERNAL", "Internal error encountered."),
    "bad_gateway": (502, {}),
    "deadline": problem(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
    "invalid": problem(400, "INVALID_ARGUMENT", "Request contains an\ninvalid\x07 argument."),
    "precondition": problem(400, "FAILED_PRECONDITION", "The model is not allowed for this project."),
    "denied": problem(403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict' denied on resource"),
    "missing": problem(404, "NOT_FOUND", "Publisher Model was not found or your project does not have access to it."),
}
"""Refusals before an order is accepted, by their name for `FakeVertex.fail`.

There are more faults: "cut_before" and "cut_after" (the connection is cut, before or after the order is accepted),
"slow" (accepted, and no answer while the fake lives) and "html" (a 200 that is not JSON). For generateContent: "safety"
(the prompt is blocked), "blocked" (the answer is), "truncated", "continuation", "empty" and "malformed", all accepted.
For Veo: "filtered", "rejected" and "broken", which are reported by the operation."""


@functools.cache
def _key() -> rsa.RSAPrivateKey:
    # A short one: the libraries check the whole key each time they load it.
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 -- a fake's


@functools.cache
def _authority() -> bytes:
    return certificate_of(_key(), "127.0.0.1")


@dataclass
class FakeVertex:
    """The fake, from `with fake_vertex(folder) as fake`. Its state may be read and set at any time."""

    folder: Path
    url: str = ""
    answer: Callable[[Request], Json] = field(default=lambda request: example(request["generationConfig"]))
    """What Gemini answers: takes the request's JSON, returns the value to write as JSON."""
    orders: list[tuple[str, str]] = field(default_factory=list)
    """Accepted orders, which would be paid for: the kind ("words", "stills", "speech", "clips") and what identifies the
    order: its text, or for a clip its request id."""
    calls: list[tuple[str, str]] = field(default_factory=list)
    """As `orders`, including those that were refused."""
    requests: list[Request] = field(default_factory=list)
    """The JSON of each call to Vertex AI, plus its `_path` and `_headers`."""
    faults: dict[str, list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with every refusal, such as Retry-After."""
    looks_before_done: int = 2
    objects: dict[str, bytes] = field(default_factory=dict)
    """The bucket's objects by name."""
    operations: dict[str, Operation] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    tokens_given: int = 0
    token_faults: list[Answer] = field(default_factory=list)
    storage_faults: list[int] = field(default_factory=list)
    is_closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    key: rsa.RSAPrivateKey = field(default_factory=_key)

    def env(self) -> dict[str, str]:
        """Return the environment in which a process takes this for Google."""
        return {
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.folder / "key.json"),
            # Everything is plain HTTP here; loading a hundred certificate authorities for each client would be wasted.
            "SSL_CERT_FILE": str(self.folder / "authority.pem"),
            "GOOGLE_VERTEX_BASE_URL": self.url,
            "STORAGE_EMULATOR_HOST": self.url,
            "VERTEX_LOCATION": "us-central1",
            "VERTEX_CLIPS_URL": f"gs://{BUCKET}/clips",
        }

    def fail(self, kind: str, *faults: str) -> None:
        """Make the next calls of this kind, or of "polls", fail with these faults in turn; "" is a call that works."""
        with self.lock:
            self.faults.setdefault(kind, []).extend(faults)

    def bought(self, kind: str) -> list[str]:
        """Return what identifies each accepted order of this kind."""
        with self.lock:
            return [identity for ordered, identity in self.orders if ordered == kind]

    def revoke_tokens(self) -> None:
        """Make every token issued so far invalid."""
        with self.lock:
            self.tokens.clear()

    def write_key(self) -> None:
        """Write a service account's key file, as from Google's console, that gets its tokens from this fake."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / "authority.pem").write_bytes(_authority())
        (self.folder / "key.json").write_text(
            json.dumps(
                {
                    "type": "service_account",
                    "project_id": PROJECT,
                    "private_key_id": "1",
                    "private_key": pem.decode(),
                    "client_email": ACCOUNT,
                    "client_id": "1",
                    "token_uri": f"{self.url}/token",
                    "universe_domain": "googleapis.com",
                }
            )
        )

    def give_token(self, form: dict[str, list[str]]) -> Answer:
        """Answer a JWT bearer grant. https://developers.google.com/identity/protocols/oauth2/service-account"""
        with self.lock:
            if self.token_faults:
                return self.token_faults.pop(0)
            if form["grant_type"] != ["urn:ietf:params:oauth:grant-type:jwt-bearer"]:
                return 400, {"error": "unsupported_grant_type"}
            signed, _, signature = form["assertion"][0].rpartition(".")
            self.key.public_key().verify(_decode64(signature), signed.encode(), padding.PKCS1v15(), SHA256())
            claims = json.loads(_decode64(signed.rpartition(".")[2]))
            if claims["iss"] != ACCOUNT or claims["aud"] != AUDIENCE or claims["exp"] < time.time():
                return 400, {"error": "invalid_grant", "error_description": "Invalid JWT"}
            self.tokens_given += 1
            token = f"token-{self.tokens_given}-{uuid4().hex}"
            self.tokens.add(token)
            return 200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}

    def next_fault(self, kind: str) -> str:
        """Return and use up the next fault of a kind, "" if there is none."""
        with self.lock:
            faults = self.faults.get(kind)
            return faults.pop(0) if faults else ""

    def generate(self, model: str, request: Request) -> tuple[str, str, Callable[[str], Answer]]:
        """Return the kind and identity of a generateContent, and a function from a fault or "" to its answer."""
        config = request.get("generationConfig", {})
        kind = {"AUDIO": "speech", "IMAGE": "stills"}.get(next(iter(config.get("responseModalities", [])), ""), "words")
        texts = [part["text"] for content in request["contents"] for part in content["parts"] if "text" in part]
        identity = "\n".join(texts)

        def answer(fault: str) -> Answer:
            if fault == "safety":
                feedback = {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "The prompt is not allowed."}
                return 200, {"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 9}, **_about(model)}
            if kind == "speech":
                made = [_inline(*_spoken(model, identity))]
            elif kind == "stills":
                made = [_inline(picture(identity, config["imageConfig"]["aspectRatio"], config["seed"]), "image/png")]
            else:
                made = [{"text": json.dumps(self.answer(request), ensure_ascii=False)}]
            reason = {
                "blocked": "IMAGE_SAFETY" if kind == "stills" else "SAFETY",
                "truncated": "MAX_TOKENS",
                "continuation": "CONTINUATION",
                "empty": "OTHER",
            }.get(fault, "STOP")
            if fault in {"blocked", "empty"}:
                made = []
            elif fault in {"truncated", "malformed", "continuation"}:
                made = [{"text": str(made[0].get("text", ""))[:-1]}]
            return 200, _candidate(model, identity, made, reason)

        return kind, identity, answer

    def order_clip(self, model_path: str, request: Request) -> tuple[str, str, Callable[[str], Answer]]:
        """As `generate`, for Veo's predictLongRunning."""
        ((instance,), parameters) = (request["instances"], request["parameters"])
        folder = parameters["storageUri"]
        identity = unquote(folder.rstrip("/").rpartition("/")[2])

        def answer(fault: str) -> Answer:
            name = f"{model_path}/operations/{uuid4()}"
            error = {
                "rejected": {"code": 3, "message": "The prompt violates the guidelines. Support codes: 29310472"},
                "broken": {"code": 13, "message": "Internal error. Please try again."},
            }.get(fault)
            with self.lock:
                self.operations[name] = Operation(
                    model=model_path.rpartition("/")[2],
                    prompt=instance["prompt"],
                    folder=folder.removeprefix(f"gs://{BUCKET}/"),
                    seconds=parameters["durationSeconds"],
                    aspect_ratio=parameters["aspectRatio"],
                    looks_left=self.looks_before_done,
                    error=error,
                    filtered="Veo could not generate videos. Support codes: 58061214" if fault == "filtered" else None,
                )
            return 200, {"name": name}

        return "clips", identity, answer

    def look(self, operation: Operation) -> bool:
        """Look once at a clip being made. Return whether it has ended."""
        with self.lock:
            if operation.looks_left > 0:
                operation.looks_left -= 1
                return False
            if operation.url is None and operation.error is None and operation.filtered is None:
                name = f"{operation.folder.rstrip('/')}/{len(self.objects) + 10**18}/sample_0.mp4"
                self.objects[name] = clip(operation.prompt, operation.seconds, operation.aspect_ratio)
                operation.url = f"gs://{BUCKET}/{name}"
            return True

    def operation(self, name: str) -> Answer:
        """Answer a fetchPredictOperation."""
        if name not in self.operations:
            return problem(404, "NOT_FOUND", f"Operation {name} was not found.")
        operation = self.operations[name]
        if not self.look(operation):
            return 200, {"name": name}
        if operation.error is not None:
            return 200, {"name": name, "done": True, "error": operation.error}
        response: dict[str, Any] = {"@type": "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse"}
        if operation.filtered is not None:
            response |= {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": [operation.filtered]}
        else:
            response |= {"raiMediaFilteredCount": 0, "videos": [{"gcsUri": operation.url, "mimeType": "video/mp4"}]}
        return 200, {"name": name, "done": True, "response": response}

    def listing(self, prefix: str) -> Answer:
        """Answer the bucket's objects.list, which counts as a look at every clip under the prefix."""
        for operation in list(self.operations.values()):
            if operation.folder.startswith(prefix):
                self.look(operation)
        with self.lock:
            items = [resource(name, data) for name, data in sorted(self.objects.items()) if name.startswith(prefix)]
        return 200, {"kind": "storage#objects", "items": items}


class Handler(BaseHTTPRequestHandler):
    """Takes one request, decides by `FakeVertex.next_fault` whether it fails, and answers."""

    protocol_version = "HTTP/1.1"
    fake: FakeVertex

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = unquote(urlsplit(self.path).path)
        if path == "/token":
            self.send(*self.fake.give_token(parse_qs(body.decode())))
        elif not self.is_known():
            self.send(*problem(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."))
        else:
            request: Request = json.loads(body)
            with self.fake.lock:
                self.fake.requests.append({**request, "_path": path, "_headers": dict(self.headers)})
            self.call(path, request)

    def call(self, path: str, request: Request) -> None:
        fake = self.fake
        model, _, method = path.rpartition(":")
        resource_name = re.sub(r"^/v1(beta1)?/", "", model)
        if not resource_name.startswith(f"projects/{PROJECT}/locations/us-central1/publishers/google/models/"):
            self.send(*problem(404, "NOT_FOUND", f"{resource_name} was not found."))
            return
        if method == "fetchPredictOperation":
            self.reply(fake.operation(request["operationName"]), fake.next_fault("polls"))
            return
        make = {"generateContent": fake.generate, "predictLongRunning": fake.order_clip}[method]
        kind, identity, answer = make(resource_name, request)
        fault = fake.next_fault(kind)
        with fake.lock:
            fake.calls.append((kind, identity))
        if fault in REFUSALS:
            status, body = REFUSALS[fault]
            self.send_bytes(status, json.dumps(body).encode(), "application/json", **fake.headers)
        elif not _fits(kind, request):
            self.send(*REFUSALS["invalid"])
        elif fault == "cut_before":
            self.cut()
        else:
            self.accept(kind, identity, answer, fault)

    def accept(self, kind: str, identity: str, answer: Callable[[str], Answer], fault: str) -> None:
        with self.fake.lock:
            self.fake.orders.append((kind, identity))
        made = answer(fault)
        self.reply(made, fault)

    def reply(self, answer: Answer, fault: str) -> None:
        if fault == "slow":
            self.fake.is_closing.wait()
        if fault in {"slow", "cut_before", "cut_after"}:
            self.cut()
        elif fault == "html":
            self.send_bytes(200, b"<html>Sorry</html>", "text/html")
        else:
            self.send(*REFUSALS.get(fault, answer))

    def do_GET(self) -> None:
        fake, parts = self.fake, urlsplit(self.path)
        name = unquote(parts.path.partition("/o/")[2])
        if not self.is_known():
            self.send(401, {"error": {"code": 401, "message": "Invalid Credentials"}})
        elif fake.storage_faults:
            status = fake.storage_faults.pop(0)
            self.send(status, {"error": {"code": status, "message": "told to fail"}})
        elif parts.path == f"/storage/v1/b/{BUCKET}/o":
            self.send(*fake.listing(parse_qs(parts.query).get("prefix", [""])[0]))
        elif name in fake.objects:
            data = fake.objects[name]
            self.send_bytes(200, data, "video/mp4", X_Goog_Hash=f"crc32c={crc32c(data)}")
        else:
            self.send(404, {"error": {"code": 404, "message": "Not Found"}})

    def is_known(self) -> bool:
        with self.fake.lock:
            return self.headers.get("Authorization", "").removeprefix("Bearer ") in self.fake.tokens

    def cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(2)

    def send(self, status: int, body: dict[str, Any]) -> None:
        self.send_bytes(status, json.dumps(body).encode(), "application/json")

    def send_bytes(self, status: int, body: bytes, content_type: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def fake_vertex(folder: Path) -> Iterator[FakeVertex]:
    """Serve a fake until the end of the block. Its key file is in `folder`."""
    fake = FakeVertex(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"fake": fake}))
    fake.url = f"http://127.0.0.1:{server.server_port}"
    fake.write_key()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.is_closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def example(config: dict[str, Any]) -> Json:
    """Return a value that the schema of a generationConfig allows: the least of everything, the first choice."""
    schema = config.get("responseJsonSchema") or config.get("responseSchema") or {"type": "string"}
    return _example(schema, {**schema.get("$defs", {}), **schema.get("definitions", {})})


def _example(schema: dict[str, Any], definitions: dict[str, Any]) -> Json:
    if "$ref" in schema:
        return _example(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _example(schema[choice][0], definitions)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    kind = schema.get("type", "object")
    kind = str(kind[0] if isinstance(kind, list) else kind).lower()
    if kind == "object":
        return {name: _example(value, definitions) for name, value in schema.get("properties", {}).items()}
    if kind == "array":
        return [_example(schema.get("items", {"type": "string"}), definitions)] * max(1, schema.get("minItems", 1))
    if kind in {"integer", "number"}:
        return schema.get("minimum", schema.get("maximum", 1))
    if kind == "string":
        return ("Some words of the answer. " * (1 + schema.get("minLength", 0) // 26))[
            : schema.get("maxLength")
        ].strip()
    return {"boolean": True, "null": None}[kind]


SIZES = {"1:1": (1024, 1024), "9:16": (768, 1376), "16:9": (1376, 768)}
"""The sizes of a still at 1K by aspect ratio. The model has more; the film uses only these."""


def _fits(kind: str, request: Request) -> bool:
    """Whether the model can do what is requested. Veo: 4, 6 or 8 s, in 16:9 or 9:16
    (https://cloud.google.com/vertex-ai/generative-ai/docs/models/veo/3-1-generate)."""
    if kind == "clips":
        parameters = request["parameters"]
        return parameters["durationSeconds"] in {4, 6, 8} and parameters["aspectRatio"] in {"16:9", "9:16"}
    return kind != "stills" or request["generationConfig"]["imageConfig"]["aspectRatio"] in SIZES


@functools.lru_cache(maxsize=32)
def picture(prompt: str, aspect_ratio: str, seed: int) -> bytes:
    """Return a PNG of 1K, a different one for each prompt and seed."""
    width, height = SIZES[aspect_ratio]
    tint = hashlib.sha256(f"{seed} {prompt}".encode()).digest()
    rows, columns = np.mgrid[0:height, 0:width]
    layers = [(rows * (1 + tint[i] % 3) // 8 + columns * (1 + tint[i + 3] % 3) // 8 + tint[i]) % 256 for i in range(3)]
    image = Image.fromarray(np.stack(layers, axis=-1).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for i in range(6, 30, 4):
        x, y, radius = tint[i] * width // 256, tint[i + 1] * height // 256, 40 + tint[i + 2]
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(tint[i + 3], tint[i], tint[i + 1]))
    sink = io.BytesIO()
    image.save(sink, "PNG", compress_level=1)
    return sink.getvalue()


@functools.lru_cache(maxsize=64)
def speech(text: str) -> bytes:
    """Return mono 16-bit PCM at 24 kHz: a hum for each word, as long as the word, and a pause at each full stop."""
    pieces = []
    for number, word in enumerate(text.split()):
        times = np.arange(int(SPEECH_RATE * (0.12 + 0.055 * len(word)))) / SPEECH_RATE
        pitch = 120 + 15 * np.sin(number) + 10 * np.sin(2 * np.pi * 3 * times)
        phase = 2 * np.pi * np.cumsum(pitch) / SPEECH_RATE
        tone = sum(np.sin(k * phase) / k for k in range(1, 8))
        # A voice hisses too, which is how the film's own check hears it through the music.
        hiss = np.random.default_rng(number).standard_normal(times.size)
        pieces.append((0.25 * tone + 0.05 * hiss) * np.sin(np.pi * np.linspace(0, 1, times.size)) ** 0.5)
        pieces.append(np.zeros(int(SPEECH_RATE * (0.3 if word[-1] in ".!?" else 0.04))))
    sound = np.concatenate(pieces) if pieces else np.zeros(SPEECH_RATE // 10)
    return bytes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def clip(prompt: str, seconds: int, aspect_ratio: str) -> bytes:
    """Return a silent MP4 of this length at 24 frames a second, in one of four tints depending on the prompt. It is
    small, 480 pixels on its short side, and made only once on a machine."""
    hue = 90 * (hashlib.sha256(prompt.encode()).digest()[0] % 4)
    size = {"9:16": "480x854", "16:9": "854x480"}[aspect_ratio]
    cached = Path(tempfile.gettempdir(), f"fake-veo-{os.geteuid()}", f"{size}-{seconds}-{hue}.mp4")
    if not cached.exists():
        cached.parent.mkdir(exist_ok=True)
        partial = cached.with_name(f"{uuid4().hex}.mp4")
        source = f"testsrc2=size={size}:rate=24:duration={seconds},hue=h={hue}"
        how = f"-loglevel error -f lavfi -i {source} -c:v libx264 -preset ultrafast -threads 1 -pix_fmt yuv420p"
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *how.split(), str(partial)], check=True)
        partial.replace(cached)
    return cached.read_bytes()


def crc32c(data: bytes) -> str:
    """Return the base64 of the big-endian checksum. https://cloud.google.com/storage/docs/hashes-etags"""
    return base64.b64encode(int(google_crc32c.value(data)).to_bytes(4, "big")).decode()


def resource(name: str, data: bytes) -> dict[str, Any]:
    """Return the resource of an object. https://cloud.google.com/storage/docs/json_api/v1/objects"""
    return {"kind": "storage#object", "name": name, "bucket": BUCKET, "size": str(len(data)), "crc32c": crc32c(data)}


def _spoken(model: str, text: str) -> tuple[bytes, str]:
    """Speech as the model sends it: a WAV file from the 3.8 models, bare PCM from earlier ones."""
    samples = speech(text)
    if "gemini-3.8-" not in model:
        return samples, f"audio/L16;codec=pcm;rate={SPEECH_RATE}"
    sink = io.BytesIO()
    with wave.open(sink, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SPEECH_RATE)
        file.writeframes(samples)
    return sink.getvalue(), "audio/wav"


def _inline(data: bytes, mime_type: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": mime_type, "data": base64.b64encode(data).decode()}}


def _candidate(model: str, prompt: str, made: list[dict[str, Any]], reason: str) -> dict[str, Any]:
    """A GenerateContentResponse with a thought before the answer, whose tokens are counted too."""
    candidate: dict[str, Any] = {"finishReason": reason, "index": 0}
    if made:
        thought = {"text": "Thinking of it.", "thought": True}
        candidate["content"] = {"role": "model", "parts": [thought, *made]}
    if reason == "CONTINUATION":
        candidate["continuationToken"] = base64.b64encode(b"go on").decode()
    size = {"prompt": len(prompt) // 4 + 1, "candidates": sum(map(_tokens, made)), "thoughts": 64}
    used = {f"{name}TokenCount": count for name, count in size.items()}
    return {
        "candidates": [candidate],
        "usageMetadata": {**used, "totalTokenCount": sum(size.values())},
        **_about(model),
    }


def _tokens(part: dict[str, Any]) -> int:
    """The tokens of a part: a quarter of a text's letters, 25 for a second of sound, 1,120 for a picture."""
    if "inlineData" not in part:
        return len(str(part)) // 4 + 1
    is_sound = part["inlineData"]["mimeType"].startswith("audio/")
    return len(part["inlineData"]["data"]) * 3 // 4 // 2 * 25 // SPEECH_RATE + 1 if is_sound else 1120


def _about(model: str) -> dict[str, Any]:
    return {"modelVersion": model.rpartition("/")[2], "responseId": uuid4().hex}


def _decode64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
