"""Bytes to frozen, typed messages and back. Pure: nothing here touches the world.

JSON is taken as RFC 8259 has it: UTF-8 alone, no NaN; a string with a NUL character or a lone surrogate is refused
with the field's name, since PostgreSQL can keep neither. Wire: the design's section 3.
"""

import base64
import binascii
import hashlib
import json
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from service.errors import BadEnvelope, NotAJob, TooLarge

MAX_DATA_BYTES = 10_000_000
"""A message's data at most, before base64. https://cloud.google.com/pubsub/quotas#resource_limits"""
MAX_BODY_BYTES = MAX_DATA_BYTES * 4 // 3 + 300_000
"""base64 of that, and room for 100 attributes of 1,280 bytes and the envelope's own fields."""
MAX_JOB_ID = 36
MAX_USER_ID = 255
MAX_DEPTH = 64
"""Levels of nesting that a message may have. Deeper is no job of anybody's, and recursion has an end."""
MAX_COUNTER = 2**31 - 1
MAX_ATTRIBUTE_BYTES = 1_024

_JOB_FIELDS = ("job_id", "user_id", "content", "preset", "metadata")


@dataclass(frozen=True, slots=True, kw_only=True)
class PushMessage:
    """One delivery as Pub/Sub pushed it, whatever its form. `data` is decoded from base64."""

    data: bytes
    message_id: str | None = None
    subscription: str | None = None
    publish_time: str | None = None
    ordering_key: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    delivery_attempt: int | None = None
    undecodable: str | None = None
    """Why `data` is the raw text of the envelope's field and not what it encodes: it is no base64."""

    @property
    def dead_letter_key(self) -> str:
        """The message key of the one dead letter that this message may have."""
        if self.message_id:
            key = f"dead:msg:{self.subscription or ''}:{self.message_id}"
            if len(key.encode(errors="replace")) <= MAX_ATTRIBUTE_BYTES:
                return key
        identity = f"{self.subscription}\n{self.message_id}\n".encode(errors="replace") if self.message_id else b""
        return f"dead:msg:sha256:{hashlib.sha256(identity + self.data).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMessage:
    """A job as its producer described it. `extra` are fields that nobody here knows, kept as they came."""

    job_id: str
    user_id: str
    content: str
    preset: str
    metadata: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def input_sha256(self) -> bytes:
        """SHA-256 of the canonical inputs: two messages of one job are the same job exactly when these are equal."""
        canonical = json.dumps(
            [self.user_id, self.content, self.preset, self.metadata],
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        return hashlib.sha256(canonical.encode()).digest()

    def encode(self) -> str:
        """The message's data, as JSON text."""
        known = {name: getattr(self, name) for name in _JOB_FIELDS}
        return dump({**self.extra, **known})


def dump(value: object) -> str:
    """JSON text as short as it gets. Raises `ValueError` for NaN and the infinities."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def load(data: bytes) -> Any:
    """A JSON value from UTF-8 bytes. Raises `ValueError` with a sentence's end: "is not JSON (…)"."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start})"
        raise ValueError(message) from None
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        message = f"is not JSON ({error.msg}, line {error.lineno} column {error.colno})"
        raise ValueError(message) from None
    except RecursionError:
        message = f"is nested deeper than {MAX_DEPTH} levels"
        raise ValueError(message) from None
    except ValueError:
        message = f"is not JSON we take (a number has more than {sys.get_int_max_str_digits()} digits)"
        raise ValueError(message) from None


def decode_push(body: bytes, headers: Mapping[str, str]) -> PushMessage:
    """The pushed message from a request's body and headers (any mapping with case-insensitive `get`).

    Takes the wrapped form with camelCase or snake_case keys, Eventarc's (the same with `ce-` headers), and the
    unwrapped form with metadata (https://cloud.google.com/pubsub/docs/payload-unwrapping).

    Raises `BadEnvelope` where it is neither, `TooLarge` where the data is over Pub/Sub's limit.
    """
    if headers.get("x-goog-pubsub-message-id") or headers.get("x-goog-pubsub-subscription-name"):
        return _within_limit(_unwrapped(body, headers))
    try:
        envelope = load(body)
    except ValueError as error:
        raise BadEnvelope("envelope_not_json", f"The body {error}; a push envelope is expected.") from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("message"), dict):
        raise BadEnvelope("envelope_without_message", "The body must be a JSON object with an object 'message'.")
    return _within_limit(_wrapped(envelope, envelope["message"]))


def decode_job(message: PushMessage, presets: frozenset[str]) -> JobMessage:
    """The job that a pushed message describes. Raises `NotAJob` for data that can never be one."""
    if message.undecodable:
        raise NotAJob("data_not_base64", message.undecodable, field="message.data")
    try:
        document = load(message.data)
    except ValueError as error:
        raise NotAJob("data_not_json", f"The message's data {error}.", field="message.data") from None
    return job_from(document, presets)


def job_from(document: object, presets: frozenset[str]) -> JobMessage:
    """The job that a JSON value describes. Raises `NotAJob` with the field's name."""
    if not isinstance(document, dict):
        raise NotAJob("data_not_object", "A job must be a JSON object.", field="data")
    job_id = document.get("job_id")
    known_id = (
        job_id if isinstance(job_id, str) and 0 < len(job_id) <= MAX_JOB_ID and _unstorable(job_id) is None else None
    )

    def refuse(name: str, code: str, sentence: str) -> NoReturn:
        raise NotAJob(code, sentence, field=name, job_id=known_id)

    def text(name: str, longest: int | None) -> str:
        value = document.get(name)
        if value is None:
            refuse(name, f"missing_{name}", f"The field '{name}' is missing.")
        if not isinstance(value, str):
            refuse(name, f"bad_{name}", f"The field '{name}' must be a string, not {_kind(value)}.")
        if not value.strip():
            refuse(name, f"missing_{name}", f"The field '{name}' is empty.")
        if longest is not None and len(value) > longest:
            refuse(name, f"bad_{name}", f"The field '{name}' has {len(value)} characters; at most {longest} are taken.")
        if (why := _unstorable(value)) is not None:
            refuse(name, f"bad_{name}", f"The field '{name}' {why}.")
        return value

    job_id, user_id = text("job_id", MAX_JOB_ID), text("user_id", MAX_USER_ID)
    content, preset = text("content", None), text("preset", None)
    if preset not in presets:
        known = ", ".join(sorted(presets))
        refuse("preset", "unknown_preset", f"The field 'preset' must be one of {known}, not '{preset[:64]}'.")
    metadata = document.get("metadata")
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, dict):
        refuse("metadata", "bad_metadata", f"The field 'metadata' must be an object, not {_kind(metadata)}.")
    extra = {name: value for name, value in document.items() if name not in _JOB_FIELDS}
    for name, value in (("metadata", metadata), *extra.items()):
        where = _first_unstorable(name, value)
        if where is not None:
            refuse(
                where[0], "bad_metadata" if name == "metadata" else "bad_field", f"The field '{where[0]}' {where[1]}."
            )
    job = JobMessage(job_id=job_id, user_id=user_id, content=content, preset=preset, metadata=metadata, extra=extra)
    # A continuation carries the job in our own spelling, which must be no larger than Pub/Sub takes.
    if len(job.encode().encode()) > MAX_DATA_BYTES:
        refuse("content", "job_too_large", f"The job is over {MAX_DATA_BYTES:,} bytes once its JSON is written out.")
    return job


def counter(attributes: Mapping[str, str], name: str, default: int) -> int:
    """`run` or `hop` of a message. One that is no decimal in range is somebody else's attribute: it counts as absent."""
    value = attributes.get(name, "")
    if re.fullmatch(r"[0-9]{1,10}", value, re.ASCII) and default <= int(value) <= MAX_COUNTER:
        return int(value)
    return default


def storable(text: str, longest: int) -> str:
    """`text` as PostgreSQL and Pub/Sub can keep it: without NUL and lone surrogates, and cut to `longest` characters."""
    clean = text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def unstorable_json(value: object) -> str | None:
    """Why a JSON value cannot be kept, as a sentence's end, or None where it can."""
    where = _first_unstorable("output", value)
    return None if where is None else f"'{where[0]}' {where[1]}"


def _within_limit(message: PushMessage) -> PushMessage:
    if len(message.data) > MAX_DATA_BYTES:
        raise TooLarge("data_too_large", f"The message's data is over {MAX_DATA_BYTES:,} bytes.")
    return message


def _unwrapped(body: bytes, headers: Mapping[str, str]) -> PushMessage:
    attributes = {name: value for name in ("run", "hop") if (value := headers.get(name)) is not None}
    return PushMessage(
        data=body,
        message_id=headers.get("x-goog-pubsub-message-id"),
        subscription=headers.get("x-goog-pubsub-subscription-name"),
        publish_time=headers.get("x-goog-pubsub-publish-time"),
        ordering_key=headers.get("x-goog-pubsub-ordering-key") or "",
        attributes=attributes,
    )


def _wrapped(envelope: Mapping[str, Any], message: Mapping[str, Any]) -> PushMessage:
    def text(source: Mapping[str, Any], *names: str) -> str | None:
        for name in names:
            value = source.get(name)
            if value is None:
                continue
            if not isinstance(value, str):
                where = name if source is envelope else f"message.{name}"
                raise BadEnvelope("bad_envelope_field", f"The envelope's '{where}' must be a string.")
            if _unstorable(value) is not None:
                where = name if source is envelope else f"message.{name}"
                raise BadEnvelope("bad_envelope_field", f"The envelope's '{where}' {_unstorable(value)}.")
            return value
        return None

    attributes = message.get("attributes")
    if attributes is None:
        attributes = {}
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        raise BadEnvelope("bad_envelope_field", "The envelope's 'message.attributes' must be an object of strings.")
    attempt = envelope.get("deliveryAttempt", envelope.get("delivery_attempt"))
    if attempt is not None and (not isinstance(attempt, int) or isinstance(attempt, bool)):
        raise BadEnvelope("bad_envelope_field", "The envelope's 'deliveryAttempt' must be a whole number.")
    raw = message.get("data")
    if raw is not None and not isinstance(raw, str):
        raise BadEnvelope("bad_envelope_field", "The envelope's 'message.data' must be a string of base64.")
    data, undecodable = _from_base64(raw or "")
    return PushMessage(
        data=data,
        undecodable=undecodable,
        message_id=text(message, "messageId", "message_id"),
        publish_time=text(message, "publishTime", "publish_time"),
        ordering_key=text(message, "orderingKey", "ordering_key") or "",
        subscription=text(envelope, "subscription"),
        attributes=attributes,
        delivery_attempt=attempt,
    )


def _from_base64(raw: str) -> tuple[bytes, str | None]:
    """Standard or URL-safe base64 (RFC 4648), padded or not: both alphabets are seen from hand-made messages."""
    compact = raw.translate({ord("-"): "+", ord("_"): "/", ord("\n"): None, ord("\r"): None})
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True), None
    except (binascii.Error, ValueError):
        return raw.encode("utf-8", "surrogatepass"), "The envelope's 'message.data' is not base64."


def _first_unstorable(path: str, root: object) -> tuple[str, str] | None:
    """Where in a JSON value something cannot be kept, and why. Walks without recursion."""
    todo: list[tuple[str, object, int]] = [(path, root, 1)]
    while todo:
        where, value, depth = todo.pop()
        if depth > MAX_DEPTH:
            return path, f"is nested deeper than {MAX_DEPTH} levels"
        if isinstance(value, str):
            if (why := _unstorable(value)) is not None:
                return where, why
        elif isinstance(value, float):
            if not math.isfinite(value):
                return where, "holds a number that is not finite"
        elif isinstance(value, dict):
            for key, inner in value.items():
                if not isinstance(key, str):
                    return where, "has a key that is not a string"
                if (why := _unstorable(key)) is not None:
                    return where, f"has a key that {why}"
                todo.append((f"{where}.{key[:64]}", inner, depth + 1))
        elif isinstance(value, (list, tuple)):
            todo.extend((f"{where}[{index}]", inner, depth + 1) for index, inner in enumerate(value))
        elif value is not None and not isinstance(value, (bool, int)):
            return where, f"is {type(value).__name__}, which is not JSON"
    return None


def _unstorable(text: str) -> str | None:
    if "\x00" in text:
        return "holds a NUL character"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "holds a lone surrogate"
    return None


def _kind(value: object) -> str:
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        list: "an array",
        dict: "an object",
        str: "a string",
    }
    return names.get(type(value), "null")


def _no_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not a JSON number", "", 0)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise json.JSONDecodeError("a number is out of range", "", 0)
    return number
