"""Decode bytes into frozen, typed messages, and encode them again. Pure.

JSON is strict (`service.strictjson`), and a refusal names the field. The wire format is the design's section 3.
"""

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct, field

from service.errors import BadEnvelope, NotAJob, TooLarge
from service.strictjson import dump, find_unstorable, kind, load, storable, unstorable_text

MAX_DATA_BYTES = 10_000_000
"""The limit of a message's data before base64. https://cloud.google.com/pubsub/quotas#resource_limits"""
MAX_BODY_BYTES = MAX_DATA_BYTES * 4 // 3 + 300_000
"""The data in base64, with room for 100 attributes of 1,280 bytes and the envelope's own fields."""
MAX_JOB_ID = 36
MAX_USER_ID = 255
MAX_COUNTER = 2**31 - 1
MAX_ATTRIBUTE_BYTES = 1_024
MAX_OWN_DATA_BYTES = MAX_DATA_BYTES - 16_384
"""The limit of a job as we encode it. Pub/Sub applies a message's limit to the whole publish request, attributes, keys
and the topic's name included, and a continuation that it refuses would be refused forever."""

_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")
"""Unicode's categories of characters that have no picture: controls, formats, separators of lines and paragraphs."""

OWN_ATTRIBUTES = ("run", "hop", "message_key")
"""The attributes of a `JobMessage` of ours. Of an unwrapped push gunicorn drops the last, whose name has a `_`."""

_JOB_FIELDS = ("job_id", "user_id", "content", "preset", "metadata")


class Headers(Protocol):
    """A request's headers, looked up case-insensitively."""

    def get(self, key: str, /) -> str | None: ...


class PushMessage(Struct, frozen=True, kw_only=True):
    """One delivery as Pub/Sub pushed it, in any of its forms. `data` is decoded from base64."""

    data: bytes
    message_id: str | None = None
    subscription: str | None = None
    publish_time: str | None = None
    ordering_key: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    delivery_attempt: int | None = None
    undecodable: str | None = None
    """Set if the envelope's data is not base64: the sentence that says so. `data` is then the field's raw text."""

    @property
    def dead_letter_key(self) -> str:
        """The key of the one dead letter that this message may have."""
        return self._key("dead")

    @property
    def result_key(self) -> str:
        """The key of the one `ResultMessage` that this message may have. Never that of a job's run: if the dead letter
        is replayed, the run has a result of its own."""
        return self._key("result")

    def _key(self, kind: str) -> str:
        if not self.message_id:
            return f"{kind}:msg:sha256:{hashlib.sha256(self.data).hexdigest()}"
        key = f"{kind}:msg:{self.subscription or ''}:{self.message_id}"
        if unstorable_text(key) is None and len(key.encode()) <= MAX_ATTRIBUTE_BYTES:
            return key
        return f"{kind}:msg:sha256:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


class JobMessage(Struct, frozen=True, kw_only=True):
    """A job as its producer described it. `extra` holds the fields that are unknown here, unchanged."""

    job_id: str
    user_id: str
    content: str
    preset: str
    metadata: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def input_sha256(self) -> bytes:
        """SHA-256 of the canonical inputs. Two messages with one id describe the same job only if it is equal."""
        canonical = json.dumps(
            [self.user_id, self.content, self.preset, self.metadata],
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        return hashlib.sha256(canonical.encode()).digest()

    @classmethod
    def stored(cls, row: Mapping[str, Any]) -> "JobMessage":
        """Make the job from its row in `jobs`."""
        return cls(
            job_id=row["id"], **{name: row[name] for name in ("user_id", "content", "preset", "metadata", "extra")}
        )

    @property
    def columns(self) -> dict[str, object]:
        """The columns of its row in `jobs`, as a statement's parameters."""
        return {
            "id": self.job_id,
            "user_id": self.user_id,
            "content": self.content,
            "preset": self.preset,
            "metadata": dump(self.metadata),
            "extra": dump(self.extra),
            "sha": self.input_sha256,
        }

    def encode(self) -> str:
        """Return the message's data as JSON text."""
        known = {name: getattr(self, name) for name in _JOB_FIELDS}
        return dump({**self.extra, **known})


def decode_push(body: bytes, headers: Headers) -> PushMessage:
    """Decode a push request's body and headers (any mapping with a case-insensitive `get`).

    Takes the wrapped form with camelCase or snake_case keys, Eventarc's (the same with `ce-` headers), and the
    unwrapped form with metadata (https://cloud.google.com/pubsub/docs/payload-unwrapping).

    Raises `BadEnvelope` if it is none of these, `TooLarge` if the body or the data is over Pub/Sub's limit.
    """
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge("body_too_large", f"The body is over {MAX_BODY_BYTES:,} bytes.")
    if headers.get("x-goog-pubsub-message-id") or headers.get("x-goog-pubsub-subscription-name"):
        return _within_limit(_unwrapped(body, headers))
    try:
        envelope = load(body)
    except ValueError as error:
        raise BadEnvelope("envelope_not_json", f"The body {error}; a push envelope is expected.") from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("message"), dict):
        raise BadEnvelope("envelope_without_message", "The body must be a JSON object with an object 'message'.")
    return _within_limit(_wrapped(envelope, envelope["message"]))


def decode_job(message: PushMessage, presets: frozenset[str] | None) -> JobMessage:
    """Decode the job that a pushed message describes. Raises as `job_from`."""
    if message.undecodable:
        raise NotAJob("data_not_base64", message.undecodable, field="message.data")
    try:
        document = load(message.data)
    except ValueError as error:
        raise NotAJob("data_not_json", f"The message's data {error}.", field="message.data") from None
    job = job_from(document, presets)
    # A message of ours is about a job that is on record, which an older version may have taken.
    if "run" not in message.attributes and (why := odd_id(job.job_id)) is not None:
        raise NotAJob("bad_job_id", f"The field 'job_id' {why}.", field="job_id")
    return job


def odd_id(job_id: str) -> str | None:
    """Say why no new job may have this id, as the end of a sentence; None if it may.

    Such a job could not be opened by its URL, or would not be what it looks like in a list or a log.
    """
    is_plain = job_id.isascii() and job_id.isprintable()
    if not is_plain and any(unicodedata.category(character) in _INVISIBLE for character in job_id):
        return "holds an invisible character: a control, a line separator or a mark of direction"
    if job_id.startswith("/") or any(part in {".", ".."} for part in job_id.split("/")):
        return "must not begin with a slash, or have '.' or '..' between slashes"
    return None


def job_from(document: object, presets: frozenset[str] | None) -> JobMessage:
    """Make the job that a JSON value describes; `presets` are those that this revision knows, None takes any.

    Raises `NotAJob`, which names the field; `unknown_preset` only if nothing else is wrong.
    """
    if not isinstance(document, dict):
        raise NotAJob(
            "data_not_object",
            f"The data must be a JSON object that describes a job, not {kind(document)}.",
            field="data",
        )
    job_id, user_id = _text(document, "job_id", MAX_JOB_ID), _text(document, "user_id", MAX_USER_ID)
    content, preset = _text(document, "content", None), _text(document, "preset", None)
    metadata = {} if document.get("metadata") is None else document["metadata"]
    if not isinstance(metadata, dict):
        sentence = f"The field 'metadata' must be an object, not {kind(metadata)}."
        raise _refusal(document, "metadata", "bad_metadata", sentence)
    extra = {name: value for name, value in document.items() if name not in _JOB_FIELDS}
    for name, value in (("metadata", metadata), *extra.items()):
        found = find_unstorable(name, value)
        if found is not None:
            code = "bad_metadata" if name == "metadata" else "bad_field"
            raise _refusal(document, found[0], code, f"The field '{found[0]}' {found[1]}.")
    job = JobMessage(job_id=job_id, user_id=user_id, content=content, preset=preset, metadata=metadata, extra=extra)
    # A continuation carries the job as we encode it, which must not be larger than Pub/Sub accepts.
    if len(job.encode().encode()) > MAX_OWN_DATA_BYTES:
        sentence = f"The job is over {MAX_OWN_DATA_BYTES:,} bytes once its JSON is written out; shorten 'content'."
        raise _refusal(document, "content", "job_too_large", sentence)
    if presets is not None and (why := why_unknown(preset, presets)) is not None:
        raise _refusal(document, "preset", "unknown_preset", why)
    return job


def why_unknown(preset: str, presets: frozenset[str]) -> str | None:
    """Say why no job may have this preset, as a sentence; None if it may."""
    known = ", ".join(sorted(presets))
    return None if preset in presets else f"The field 'preset' must be one of {known}, not '{storable(preset, 64)}'."


def _text(document: Mapping[str, Any], name: str, longest: int | None) -> str:
    value = document.get(name)
    if value is None:
        raise _refusal(document, name, f"missing_{name}", f"The field '{name}' is missing.")
    if not isinstance(value, str):
        raise _refusal(document, name, f"bad_{name}", f"The field '{name}' must be a string, not {kind(value)}.")
    if not value.strip():
        raise _refusal(document, name, f"missing_{name}", f"The field '{name}' is empty.")
    if longest is not None and len(value) > longest:
        sentence = f"The field '{name}' has {len(value):,} characters; at most {longest} are taken."
        raise _refusal(document, name, f"bad_{name}", sentence)
    if (why := unstorable_text(value)) is not None:
        raise _refusal(document, name, f"bad_{name}", f"The field '{name}' {why}.")
    return value


def _refusal(document: Mapping[str, Any], name: str, code: str, sentence: str) -> NotAJob:
    """Refuse, with the job's id and user if they are valid, so that the dead letter names them whatever else is
    wrong."""
    job_id, user_id = _valid(document, "job_id", MAX_JOB_ID), _valid(document, "user_id", MAX_USER_ID)
    return NotAJob(code, sentence, field=name, job_id=job_id, user_id=user_id)


def _valid(document: Mapping[str, Any], name: str, longest: int) -> str | None:
    value = document.get(name)
    is_valid = isinstance(value, str) and value.strip() and len(value) <= longest and unstorable_text(value) is None
    return value if is_valid else None


def counter(attributes: Mapping[str, str], name: str, default: int) -> int:
    """Read the attribute `run` or `hop`. If it is not a decimal in range it is not ours and counts as absent."""
    value = attributes.get(name, "")
    if re.fullmatch(r"[0-9]{1,10}", value, re.ASCII) and default <= int(value) <= MAX_COUNTER:
        return int(value)
    return default


def _within_limit(message: PushMessage) -> PushMessage:
    if len(message.data) > MAX_DATA_BYTES:
        raise TooLarge("data_too_large", f"The message's data is over {MAX_DATA_BYTES:,} bytes.")
    return message


def _unwrapped(body: bytes, headers: Headers) -> PushMessage:
    def text(name: str) -> str | None:
        value = headers.get(name)
        if value is not None and (why := unstorable_text(value)) is not None:
            raise BadEnvelope("bad_envelope_field", f"The header '{name}' {why}.")
        return value

    return PushMessage(
        data=body,
        message_id=text("x-goog-pubsub-message-id"),
        subscription=text("x-goog-pubsub-subscription-name"),
        publish_time=text("x-goog-pubsub-publish-time"),
        ordering_key=text("x-goog-pubsub-ordering-key") or "",
        attributes={name: value for name in OWN_ATTRIBUTES if (value := headers.get(name)) is not None},
    )


def _wrapped(envelope: Mapping[str, Any], message: Mapping[str, Any]) -> PushMessage:
    """What a producer chooses (data, attributes, ordering key) is never a reason to refuse the envelope: Pub/Sub would
    deliver it again and again. What Pub/Sub itself writes must look as Pub/Sub writes it."""

    def text(source: Mapping[str, Any], *names: str) -> str | None:
        name, value = _first_given(source, *names)
        where = name if source is envelope else f"message.{name}"
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadEnvelope("bad_envelope_field", f"The envelope's '{where}' must be a string, not {kind(value)}.")
        return value

    def storable_text(source: Mapping[str, Any], *names: str) -> str | None:
        value = text(source, *names)
        if value is not None and (why := unstorable_text(value)) is not None:
            where = names[0] if source is envelope else f"message.{names[0]}"
            raise BadEnvelope("bad_envelope_field", f"The envelope's '{where}' {why}.")
        return value

    attributes = message.get("attributes")
    if attributes is None:
        attributes = {}
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        raise BadEnvelope("bad_envelope_field", "The envelope's 'message.attributes' must be an object of strings.")
    name, attempt = _first_given(envelope, "deliveryAttempt", "delivery_attempt")
    if isinstance(attempt, float) and attempt.is_integer():
        # JSON has one kind of number, so 3.0 is a whole one.
        attempt = int(attempt)
    if attempt is not None and (type(attempt) is not int or not 0 <= attempt <= MAX_COUNTER):
        raise BadEnvelope("bad_envelope_field", f"The envelope's '{name}' must be a whole number from 0.")
    data, undecodable = _from_base64(text(message, "data") or "")
    return PushMessage(
        data=data,
        undecodable=undecodable,
        message_id=storable_text(message, "messageId", "message_id"),
        publish_time=storable_text(message, "publishTime", "publish_time"),
        ordering_key=storable(text(message, "orderingKey", "ordering_key") or "", MAX_ATTRIBUTE_BYTES),
        subscription=storable_text(envelope, "subscription"),
        attributes={
            storable(key, MAX_ATTRIBUTE_BYTES): storable(value, MAX_ATTRIBUTE_BYTES)
            for key, value in attributes.items()
        },
        delivery_attempt=attempt,
    )


def _first_given(source: Mapping[str, Any], *names: str) -> tuple[str, Any]:
    """Return the first of several spellings of a field that is present and not null, with its value."""
    return next(((name, source[name]) for name in names if source.get(name) is not None), (names[0], None))


def _from_base64(raw: str) -> tuple[bytes, str | None]:
    """Decode standard or URL-safe base64 (RFC 4648), padded or not: hand-made messages come in both alphabets."""
    compact = raw.translate({ord("-"): "+", ord("_"): "/", ord("\n"): None, ord("\r"): None})
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True), None
    except (binascii.Error, ValueError):
        return raw.encode("utf-8", "surrogatepass"), "The envelope's 'message.data' is not base64."
