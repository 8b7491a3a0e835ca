"""Every kind of wrong message that we know of, as data: what is sent, and what must come of it.

The decoder's tests and the endpoint's use the same table. All of these can be sent with a good token, including what
Pub/Sub itself would never write, because messages can be replayed by hand.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.delivery.messages import MAX_DATA_BYTES
from service.errors import BadEnvelope, NotAJob, ServiceError, TooLarge

PRESETS = frozenset({"quick_social", "brand_campaign", "premium_spot"})
JOB_ID = "6f0f1c3e-9f6b-4a51-9a1a-0d7cf7a0b001"
JOB: Mapping[str, Any] = {
    "job_id": JOB_ID,
    "user_id": "user-1",
    "content": "Our café opens at seven.",
    "preset": "quick_social",
    "metadata": {"lang": "en"},
}
UNWRAPPED = {
    "x-goog-pubsub-subscription-name": "projects/p/subscriptions/aiprod-pipeline-jobs-sub",
    "x-goog-pubsub-message-id": "wrong-1",
}
STATUS = {NotAJob: 204, BadEnvelope: 400, TooLarge: 413}


@dataclass(frozen=True, kw_only=True)
class Bad:
    """One wrong message. `names` is what its sentence must contain; `job_id` is the id that its dead letter must
    have."""

    kind: str
    body: Callable[[], bytes]
    error: type[ServiceError]
    code: str
    names: str
    job_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The endpoint's answer: data that is not a job becomes a dead letter and is acknowledged, the rest is
        refused."""
        return STATUS[self.error]


def job(changes: Mapping[str, object]) -> dict[str, Any]:
    """Return the good job with fields replaced or added; `...` as a value removes the field."""
    return {name: value for name, value in {**JOB, **changes}.items() if value is not ...}


def envelope(
    data: bytes, changes: Mapping[str, object] | None = None, *, message_id: str = "wrong-1"
) -> dict[str, Any]:
    """Return a push body around `data` as Pub/Sub sends it; `changes` replace or add fields of its message."""
    inner = {
        "data": base64.b64encode(data).decode(),
        "messageId": message_id,
        "message_id": message_id,
        "publishTime": "2026-11-25T12:00:00Z",
        "publish_time": "2026-11-25T12:00:00Z",
        "attributes": {},
    }
    return {
        "message": {**inner, **(changes or {})},
        "subscription": "projects/p/subscriptions/aiprod-pipeline-jobs-sub",
    }


def text(value: object) -> bytes:
    """Return JSON with every character beyond ASCII escaped, so that lone surrogates can be sent."""
    return json.dumps(value).encode()


def _data(kind: str, data: bytes | Callable[[], bytes], code: str, names: str = "data") -> Bad:
    """Make a case of data that is not a job, however it is wrapped."""
    make = data if callable(data) else lambda: data
    return Bad(kind=kind, body=lambda: text(envelope(make())), error=NotAJob, code=code, names=names)


def _job(kind: str, code: str, names: str, changes: Mapping[str, object], *, known: bool = True) -> Bad:
    """Make a case of a job with a wrong field. If `known`, the id can be read, so the dead letter has it."""
    return Bad(
        kind=kind,
        body=lambda: text(envelope(text(job(changes)))),
        error=NotAJob,
        code=code,
        names=f"'{names}",
        job_id=JOB_ID if known else None,
    )


def _body(kind: str, body: bytes | object, code: str, names: str) -> Bad:
    """Make a case of a body that is not a push envelope."""
    raw = body if isinstance(body, bytes) else text(body)
    return Bad(kind=kind, body=lambda: raw, error=BadEnvelope, code=code, names=names)


def _envelope(kind: str, names: str, changes: Mapping[str, object]) -> Bad:
    return _body(kind, envelope(text(JOB), changes), "bad_envelope_field", f"'message.{names}'")


def _nested(levels: int) -> object:
    value: object = "deep"
    for level in range(levels):
        value = [value] if level % 2 else {"in": value}
    return value


def _not_base64(kind: str, data: object) -> Bad:
    body = text(envelope(b"", {"data": data}))
    return Bad(kind=kind, body=lambda: body, error=NotAJob, code="data_not_base64", names="'message.data'")


def _raw_number(kind: str, number: bytes, code: str = "data_not_json") -> Bad:
    return _data(kind, text(job({"metadata": {"n": "N"}})).replace(b'"N"', number), code)


_GOOD = text(JOB)
_NUL, _LONE, _LOW = "a\x00b", "a\ud800b", "\udfff"

BODIES = [
    _body("empty body", b"", "envelope_not_json", "body"),
    _body("body of blanks", b" \n ", "envelope_not_json", "body"),
    _body("body is no JSON", b"job_id=1&content=x", "envelope_not_json", "body"),
    _body("body cut short", text(envelope(_GOOD))[:-9], "envelope_not_json", "body"),
    _body("body is invalid UTF-8", b'{"message": "\xff\xfe"}', "envelope_not_json", "UTF-8"),
    _body("body is UTF-16", json.dumps(envelope(_GOOD)).encode("utf-16"), "envelope_not_json", "UTF-8"),
    _body("body with a BOM", b"\xef\xbb\xbf" + text(envelope(_GOOD)), "envelope_not_json", "BOM"),
    _body("body with NUL bytes", b"\x00\x00\x00", "envelope_not_json", "body"),
    _body("body nested 100,000 deep", b"[" * 100_000, "envelope_not_json", "nested"),
    _body("body with NaN", b'{"message": {}, "deliveryAttempt": NaN}', "envelope_not_json", "NaN"),
    _body("body with two values", text(envelope(_GOOD)) * 2, "envelope_not_json", "body"),
    _body("body is null", None, "envelope_without_message", "'message'"),
    _body("body is an array", [envelope(_GOOD)], "envelope_without_message", "'message'"),
    _body("body is a string", "hello", "envelope_without_message", "'message'"),
    _body("body is a number", 7, "envelope_without_message", "'message'"),
    _body("a bare job instead of an envelope", JOB, "envelope_without_message", "'message'"),
    _body("message missing", {"subscription": "s"}, "envelope_without_message", "'message'"),
    _body("message is null", {"message": None}, "envelope_without_message", "'message'"),
    _body("message is an array", {"message": []}, "envelope_without_message", "'message'"),
    _body("message is a string", {"message": "x"}, "envelope_without_message", "'message'"),
    _envelope("data is a number", "data", {"data": 7}),
    _envelope("data is an object", "data", {"data": dict(JOB)}),
    _envelope("data is false", "data", {"data": False}),
    _envelope("message id is a number", "messageId", {"messageId": 7}),
    _envelope("message id with NUL", "messageId", {"messageId": _NUL}),
    _envelope("message id with a lone surrogate", "messageId", {"messageId": _LONE}),
    _envelope("snake-case message id is an array", "message_id", {"messageId": None, "message_id": ["x"]}),
    _envelope("publish time is an object", "publishTime", {"publishTime": {}}),
    _envelope("ordering key is a boolean", "orderingKey", {"orderingKey": True}),
    _envelope("attributes are an array", "attributes", {"attributes": [["run", "1"]]}),
    _envelope("attributes are a string", "attributes", {"attributes": "run=1"}),
    _envelope("an attribute is a number", "attributes", {"attributes": {"run": 1}}),
    _envelope("an attribute is null", "attributes", {"attributes": {"run": None}}),
    _envelope("an attribute is an object", "attributes", {"attributes": {"run": {"a": "b"}}}),
    _body("subscription is a number", {**envelope(_GOOD), "subscription": 1}, "bad_envelope_field", "'subscription'"),
    _body("subscription with NUL", {**envelope(_GOOD), "subscription": _NUL}, "bad_envelope_field", "'subscription'"),
    *(
        _body(f"delivery attempt {value!r}", {**envelope(_GOOD), name: value}, "bad_envelope_field", f"'{name}'")
        for name, value in (
            ("deliveryAttempt", "3"),
            ("deliveryAttempt", 1.5),
            ("deliveryAttempt", True),
            ("delivery_attempt", -1),
            ("deliveryAttempt", 10**30),
        )
    ),
]

DATA = [
    _data("data empty", b"", "data_not_json"),
    Bad(
        kind="data missing",
        body=lambda: text({"message": {"messageId": "wrong-1", "attributes": {"a": "b"}}}),
        error=NotAJob,
        code="data_not_json",
        names="data",
    ),
    _not_base64("data in clear text", '{"job_id": "1"}'),
    _not_base64("data with a blank in it", "eyJh IjoxfQ=="),
    _not_base64("data with padding in the middle", "eyJ=hIjox"),
    _not_base64("data one character too short", "eyJhI"),
    _not_base64("data of other letters", "ééé="),
    _not_base64("data with a lone surrogate", _LONE),
    _data("data is no JSON", b"make me a film", "data_not_json"),
    _data("data cut short", _GOOD[:-5], "data_not_json"),
    _data("data with single quotes", str(dict(JOB)).encode(), "data_not_json"),
    _data("data with a trailing comma", _GOOD[:-1] + b",}", "data_not_json"),
    _data("data with a comment", _GOOD + b" // soon", "data_not_json"),
    _data("data is binary", bytes(range(256)), "data_not_json"),
    _data("data is UTF-16", json.dumps(JOB).encode("utf-16"), "data_not_json"),
    _data("data is UTF-16 without a BOM", json.dumps(JOB).encode("utf-16-le"), "data_not_json"),
    _data("data is UTF-32", json.dumps(JOB).encode("utf-32"), "data_not_json"),
    _data("data with a BOM", b"\xef\xbb\xbf" + _GOOD, "data_not_json"),
    _data("data is Latin-1", json.dumps(JOB, ensure_ascii=False).encode("latin-1"), "data_not_json"),
    _data("data with an encoded surrogate", _GOOD.replace(b"Our", b"\xed\xa0\x80"), "data_not_json"),
    _data("data with an overlong character", _GOOD.replace(b"Our", b"\xc0\x80"), "data_not_json"),
    _data("data with a raw NUL", _GOOD.replace(b"Our", b"\x00"), "data_not_json"),
    _data("data with a raw line break in a string", _GOOD.replace(b"Our", b"\n"), "data_not_json"),
    _data("data with an unknown escape", _GOOD.replace(b"Our", b"\\x41"), "data_not_json"),
    _raw_number("NaN in metadata", b"NaN"),
    _raw_number("Infinity in metadata", b"Infinity"),
    _raw_number("-Infinity in metadata", b"-Infinity"),
    _raw_number("1e999 in metadata", b"1e999"),
    _raw_number("-1e999 in metadata", b"-1e999"),
    _raw_number("a number of 5,000 digits", b"9" * 5_000),
    _raw_number("a number with a leading zero", b"007"),
    _raw_number("a hexadecimal number", b"0x1F"),
    _data("data nested 100,000 deep", b"[" * 100_000, "data_not_json"),
    _data("data nested 100,000 deep in objects", b'{"a":' * 100_000, "data_not_json"),
    _data("data is null", b"null", "data_not_object"),
    _data("data is an array", text([JOB]), "data_not_object"),
    _data("data is a string", b'"job"', "data_not_object"),
    _data("data is a bare number", b"17", "data_not_object"),
    _data("data is true", b"true", "data_not_object"),
    _data("data is an empty object", b"{}", "missing_job_id", "'job_id'"),
    _data("data is an envelope", text(envelope(_GOOD)), "missing_job_id", "'job_id'"),
    _data("fields in camelCase", text({"jobId": "1", "userId": "u"}), "missing_job_id", "'job_id'"),
]

_WRONG_TYPES: list[tuple[str, object]] = [
    ("a number", 17),
    ("a fraction", 1.5),
    ("a boolean", True),
    ("an array", ["x"]),
    ("an object", {"a": "x"}),
]

FIELDS = [
    *(
        _job(f"{name} {what}", f"missing_{name}", name, {name: value}, known=name != "job_id")
        for name in JOB
        if name != "metadata"
        for what, value in (("missing", ...), ("null", None), ("empty", ""), ("blank", " \n\u3000"))
    ),
    *(
        _job(f"{name} is {what}", f"bad_{name}", name, {name: value}, known=name != "job_id")
        for name in JOB
        for what, value in _WRONG_TYPES
        if not (name == "metadata" and isinstance(value, dict))
    ),
    *(
        _job(f"{name} with {what}", f"bad_{name}", name, {name: value}, known=name != "job_id")
        for name in JOB
        if name != "metadata"
        for what, value in (("NUL", _NUL), ("a lone surrogate", _LONE), ("a low surrogate", _LOW))
    ),
    _job("job_id of 37 characters", "bad_job_id", "job_id", {"job_id": "x" * 37}, known=False),
    _job("job_id of 37 characters beyond ASCII", "bad_job_id", "job_id", {"job_id": "é" * 37}, known=False),
    *(
        _job(f"job_id with {what}", "bad_job_id", "job_id", {"job_id": job_id}, known=False)
        for what, job_id in (
            ("a line break", "order-1\norder-2"),
            ("an escape", "\x1b[2Jorder"),
            ("a C1 control", "order\x9b2J"),
            ("a line separator", "order\u2028x"),
            ("a bidi control", "order-\u202e1174"),
            ("a character of no width", "order\u200b-1"),
            ("a slash first", "/order"),
            ("dots alone", ".."),
            ("a dot alone", "."),
            ("a way up", "a/../b"),
        )
    ),
    _job("user_id of 256 characters", "bad_user_id", "user_id", {"user_id": "u" * 256}),
    _job("unknown preset", "unknown_preset", "preset", {"preset": "slow_social"}),
    _job("preset in capitals", "unknown_preset", "preset", {"preset": "QUICK_SOCIAL"}),
    _job("preset with a blank", "unknown_preset", "preset", {"preset": "quick_social "}),
    _job("preset of a million characters", "unknown_preset", "preset", {"preset": "p" * 1_000_000}),
    _job("metadata is a string", "bad_metadata", "metadata", {"metadata": "lang=en"}),
    _job("metadata is false", "bad_metadata", "metadata", {"metadata": False}),
    _job("metadata value with NUL", "bad_metadata", "metadata.mood", {"metadata": {"mood": _NUL}}),
    _job("metadata value with a lone surrogate", "bad_metadata", "metadata.mood", {"metadata": {"mood": _LONE}}),
    _job("metadata key with NUL", "bad_metadata", "metadata", {"metadata": {_NUL: 1}}),
    _job("metadata key with a lone surrogate", "bad_metadata", "metadata", {"metadata": {_LONE: 1}}),
    _job("NUL far inside metadata", "bad_metadata", "metadata.a[1].b", {"metadata": {"a": [1, {"b": _NUL}]}}),
    _job("surrogate key far inside metadata", "bad_metadata", "metadata.a[0]", {"metadata": {"a": [{_LOW: 1}]}}),
    _job("metadata nested too deep", "bad_metadata", "metadata", {"metadata": {"deep": _nested(100)}}),
    _job("unknown field with NUL", "bad_field", "campaign", {"campaign": _NUL}),
    _job("unknown field with a lone surrogate", "bad_field", "campaign", {"campaign": ["ok", _LONE]}),
    _job("unknown field nested too deep", "bad_field", "campaign", {"campaign": _nested(100)}),
    _job("unknown field's name with NUL", "bad_field", "a", {_NUL: 1}),
    _job("unknown field's name with a lone surrogate", "bad_field", "a", {_LONE: 1}),
    _job("a path of thousands of characters", "bad_field", "k", {"k" * 9_000: [_LONE]}),
]

UNWRAPPED_FORM = [
    Bad(
        kind="unwrapped and empty",
        body=lambda: b"",
        headers=UNWRAPPED,
        error=NotAJob,
        code="data_not_json",
        names="data",
    ),
    Bad(
        kind="unwrapped form around an envelope",
        body=lambda: text(envelope(_GOOD)),
        headers=UNWRAPPED,
        error=NotAJob,
        code="missing_job_id",
        names="'job_id'",
    ),
    Bad(
        kind="unwrapped job with a wrong field",
        body=lambda: text(job({"preset": "none"})),
        headers=UNWRAPPED,
        error=NotAJob,
        code="unknown_preset",
        names="'preset'",
        job_id=JOB_ID,
    ),
]

BIG = [
    Bad(
        kind="body of 15 MB",
        body=lambda: text(envelope(_GOOD)) + b" " * 15_000_000,
        error=TooLarge,
        code="body_too_large",
        names="body",
    ),
    Bad(
        kind="data one byte over the limit",
        body=lambda: text(envelope(b"x" * (MAX_DATA_BYTES + 1))),
        error=TooLarge,
        code="data_too_large",
        names="data",
    ),
    Bad(
        kind="unwrapped data over the limit",
        body=lambda: b"x" * (MAX_DATA_BYTES + 1),
        headers=UNWRAPPED,
        error=TooLarge,
        code="data_too_large",
        names="data",
    ),
    # It fits as it arrives, but not in our own spelling, which its continuation would have.
    Bad(
        kind="a job whose own JSON is over the limit",
        body=lambda: text(
            envelope(
                text(JOB)[:-2] + b', "c": "' + b"x" * 9_000_000 + b'", "n": [' + b",".join([b"1e15"] * 90_000) + b"]}}"
            )
        ),
        error=NotAJob,
        code="job_too_large",
        names="'content'",
        job_id=JOB_ID,
    ),
    Bad(
        kind="a job a few bytes under the limit",
        body=lambda: text(envelope(text(job({"content": "x" * (MAX_DATA_BYTES - 1_000)})))),
        error=NotAJob,
        code="job_too_large",
        names="'content'",
        job_id=JOB_ID,
    ),
]

BAD_MESSAGES: list[Bad] = [*BODIES, *DATA, *FIELDS, *UNWRAPPED_FORM, *BIG]
