"""The decoder: every wrong message by the table in `bad_messages.py`, every good form, and properties of both."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from service.delivery.messages import (
    MAX_ATTRIBUTE_BYTES,
    MAX_OWN_DATA_BYTES,
    JobMessage,
    PushMessage,
    counter,
    decode_job,
    decode_push,
    job_from,
    odd_id,
)
from service.errors import BadEnvelope, NotAJob, ServiceError, TooLarge
from service.strictjson import MAX_DEPTH, dump, load, storable, unstorable_json
from tests.support.bad_messages import BAD_MESSAGES, JOB, JOB_ID, PRESETS, UNWRAPPED, Bad, envelope, job, text

SUBSCRIPTION = UNWRAPPED["x-goog-pubsub-subscription-name"]


def decode(body: bytes, headers: Mapping[str, str] | None = None) -> JobMessage:
    return decode_job(decode_push(body, headers or {}), PRESETS)


# Wrong ones


@pytest.mark.parametrize("bad", BAD_MESSAGES, ids=lambda bad: bad.kind)
def test_a_wrong_message_is_refused_with_a_sentence_that_names_the_field(bad: Bad) -> None:
    with pytest.raises(ServiceError) as caught:
        decode(bad.body(), bad.headers)
    error = caught.value
    assert type(error) is bad.error
    assert error.code == bad.code
    assert bad.names in error.sentence
    assert error.sentence == storable(error.sentence, 400), "a sentence is short, and can be stored and sent"
    if isinstance(error, NotAJob):
        assert error.job_id == bad.job_id
        assert error.field is not None
        assert error.field == storable(error.field, 200)


def test_no_two_rows_of_the_table_have_one_name() -> None:
    kinds = [bad.kind for bad in BAD_MESSAGES]
    assert len(kinds) >= 40
    assert len(set(kinds)) == len(kinds)


def test_a_path_is_put_together_only_where_something_is_wrong() -> None:
    """A million values under long keys: a path for each would take gigabytes."""
    deep: object = [0] * 1_000_000
    for level in range(MAX_DEPTH - 5):
        deep = {f"{level:064}": deep}
    assert job_from(job({"metadata": {"deep": deep}}), PRESETS).metadata["deep"] is deep


# Good ones


def test_the_body_as_pubsub_sends_it() -> None:
    body = text(envelope(text(JOB), {"attributes": {"run": "2", "hop": "3"}, "orderingKey": "user-1"}))
    message = decode_push(body, {})
    assert message.data == text(JOB)
    assert message.message_id == "wrong-1"
    assert message.subscription == SUBSCRIPTION
    assert message.publish_time == "2026-11-25T12:00:00Z"
    assert message.ordering_key == "user-1"
    assert message.attributes == {"run": "2", "hop": "3"}
    assert message.delivery_attempt is None
    assert decode_job(message, PRESETS) == JobMessage(**JOB)


@pytest.mark.parametrize(
    "spelling",
    [
        {"messageId": "7", "publishTime": "t", "orderingKey": "o"},
        {"message_id": "7", "publish_time": "t", "ordering_key": "o"},
        {"messageId": "7", "message_id": "7", "publishTime": "t", "publish_time": "t", "ordering_key": "o"},
        {"messageId": None, "message_id": "7", "publishTime": None, "publish_time": "t", "ordering_key": "o"},
    ],
    ids=["camelCase", "snake_case", "both", "one of them null"],
)
def test_both_spellings(spelling: Mapping[str, object]) -> None:
    body = text({"message": {"data": base64.b64encode(text(JOB)).decode(), **spelling}, "subscription": "s"})
    message = decode_push(body, {})
    assert (message.message_id, message.publish_time, message.ordering_key) == ("7", "t", "o")


@pytest.mark.parametrize("attributes", [{}, {"attributes": None}, {"attributes": {}}], ids=["absent", "null", "empty"])
def test_attributes_may_be_missing(attributes: Mapping[str, object]) -> None:
    body = text({"message": {"data": "", "messageId": "7", **attributes}})
    assert decode_push(body, {}).attributes == {}


@pytest.mark.parametrize(
    ("fields", "attempt"),
    [
        ({}, None),
        ({"deliveryAttempt": 3}, 3),
        ({"delivery_attempt": 3}, 3),
        ({"deliveryAttempt": None, "delivery_attempt": 3}, 3),
        ({"deliveryAttempt": 0}, 0),
    ],
)
def test_the_delivery_attempt(fields: Mapping[str, object], attempt: int | None) -> None:
    assert decode_push(text({**envelope(b""), **fields}), {}).delivery_attempt == attempt


def test_eventarc_sends_the_same_body_with_headers_of_its_own() -> None:
    headers = {"ce-id": "7", "ce-type": "google.cloud.pubsub.topic.v1.messagePublished", "ce-specversion": "1.0"}
    assert decode(text(envelope(text(JOB))), headers) == JobMessage(**JOB)


def test_the_unwrapped_form_has_its_metadata_in_headers() -> None:
    headers = {
        **UNWRAPPED,
        "x-goog-pubsub-publish-time": "2026-11-25T12:00:00Z",
        "x-goog-pubsub-ordering-key": "user-1",
        "run": "2",
        "hop": "5",
    }
    message = decode_push(text(JOB), headers)
    assert message == PushMessage(
        data=text(JOB),
        message_id="wrong-1",
        subscription=SUBSCRIPTION,
        publish_time="2026-11-25T12:00:00Z",
        ordering_key="user-1",
        attributes={"run": "2", "hop": "5"},
    )


def test_a_header_that_cannot_be_kept_is_no_header_of_pubsub() -> None:
    with pytest.raises(BadEnvelope, match="x-goog-pubsub-message-id"):
        decode_push(text(JOB), {**UNWRAPPED, "x-goog-pubsub-message-id": "a\x00"})


def test_what_a_producer_may_choose_never_refuses_the_envelope() -> None:
    """A 400 would bring the message again and again; these say nothing about the job."""
    changes = {"orderingKey": "a\x00\ud800" + "x" * 5_000, "attributes": {"k\x00": "v\ud800", "run": "1"}}
    message = decode_push(text(envelope(text(JOB), changes)), {})
    assert len(message.ordering_key) == MAX_ATTRIBUTE_BYTES
    assert message.attributes == {"k\ufffd": "v?", "run": "1"}
    assert decode_job(message, PRESETS).job_id == JOB_ID


@pytest.mark.parametrize("wrap", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padded", [True, False])
def test_base64_in_both_alphabets_with_and_without_padding(wrap: Any, padded: bool) -> None:  # noqa: FBT001
    data = text(job({"content": "a film? ~ÿ>>>???"}))
    raw = wrap(data).decode()
    raw = raw if padded else raw.rstrip("=")
    assert decode_push(text(envelope(b"", {"data": raw})), {}).data == data


def test_base64_in_lines_as_base64_the_command_writes_it() -> None:
    raw = base64.encodebytes(text(JOB)).decode()
    assert decode(text(envelope(b"", {"data": raw}))).job_id == JOB_ID


@pytest.mark.parametrize(
    "changes",
    [
        {"job_id": "x" * 36},
        {"job_id": "é" * 36},
        {"user_id": "u" * 255},
        {"user_id": "\N{CLAPPER BOARD}" * 255},
        {"content": "x"},
        {"content": "\N{CLAPPER BOARD} tabs\tand\nlines, \u202eright to left, e\u0301"},
        {"metadata": {}},
        {"metadata": {"n": [1e308, -0.0, 10**300, None, True, ""]}},
        {"metadata": {"": {"": ""}}},
        {"campaign": {"id": 7}, "": None},
    ],
    ids=str,
)
def test_the_ends_of_what_is_taken(changes: Mapping[str, object]) -> None:
    """Of what is accepted everything comes back as it was sent, unknown fields included."""
    document = job(changes)
    accepted = decode(text(envelope(text(document))))
    assert json.loads(accepted.encode()) == document


def test_a_surrogate_pair_is_a_character() -> None:
    data = text(JOB).replace(b"Our", b"\\ud83c\\udfac")
    assert decode(text(envelope(data))).content.startswith("\N{CLAPPER BOARD}")


@pytest.mark.parametrize("metadata", [{"metadata": ...}, {"metadata": None}, {"metadata": {}}])
def test_metadata_may_be_missing(metadata: Mapping[str, object]) -> None:
    assert job_from(job(metadata), PRESETS).input_sha256 == job_from(job({"metadata": {}}), PRESETS).input_sha256


def test_unknown_fields_are_kept_and_sent_on() -> None:
    accepted = job_from(job({"campaign": {"id": 7}, "trace": [1.5]}), PRESETS)
    assert accepted.extra == {"campaign": {"id": 7}, "trace": [1.5]}
    assert json.loads(accepted.encode()) == job({"campaign": {"id": 7}, "trace": [1.5]})


def test_the_largest_job_that_is_taken() -> None:
    room = MAX_OWN_DATA_BYTES - len(JobMessage(**job({"content": ""})).encode().encode())
    assert len(job_from(job({"content": "x" * room}), PRESETS).encode()) == MAX_OWN_DATA_BYTES
    with pytest.raises(NotAJob, match="shorten 'content'"):
        job_from(job({"content": "x" * (room + 1)}), PRESETS)


# What makes two messages the same job


def test_the_order_of_keys_and_the_spelling_of_strings_make_no_other_job() -> None:
    one = b'{"job_id":"1","user_id":"u","content":"caf\\u00e9","preset":"quick_social","metadata":{"a":1,"b":{"c":2}}}'
    two = '{"metadata":{"b":{"c":2},"a":1},"preset":"quick_social","content":"café","user_id":"u","job_id":"1"}'
    first, second = (job_from(load(data), PRESETS) for data in (one, two.encode()))
    assert first.input_sha256 == second.input_sha256
    assert len(first.input_sha256) == 32


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": "user-2"},
        {"content": "Our cafe opens at seven."},
        {"content": "Our cafe\u0301 opens at seven."},
        {"preset": "brand_campaign"},
        {"metadata": {}},
        {"metadata": {"lang": "fr"}},
        {"metadata": {"lang": "en", "mood": None}},
        {"metadata": {"lang": ["en"]}},
    ],
    ids=str,
)
def test_other_inputs_are_another_job(changes: Mapping[str, object]) -> None:
    assert job_from(job(changes), PRESETS).input_sha256 != JobMessage(**JOB).input_sha256


@pytest.mark.parametrize("changes", [{"job_id": "another"}, {"campaign": 7}], ids=str)
def test_neither_the_id_nor_unknown_fields_are_inputs(changes: Mapping[str, object]) -> None:
    assert job_from(job(changes), PRESETS).input_sha256 == JobMessage(**JOB).input_sha256


# Small ones


@pytest.mark.parametrize(
    ("value", "is_read_as"),
    [
        ("1", 1),
        ("007", 7),
        ("2147483647", 2_147_483_647),
        *((foreign, 1) for foreign in ("", "0", "2147483648", "99999999999", "-1", "+2", " 2", "2\n", "1.0", "1e3")),
        *((foreign, 1) for foreign in ("two", "\u0663", "\u00b2", "9" * 5_000, "2\x00", "\ud800")),
    ],
)
def test_a_counter_that_is_no_decimal_in_range_counts_as_absent(value: str, is_read_as: int) -> None:
    assert counter({"run": value}, "run", 1) == is_read_as


def test_a_counter_that_is_absent() -> None:
    assert counter({}, "hop", 0) == 0
    assert counter({"hop": "0"}, "hop", 0) == 0


# Properties


anything = st.text(st.characters(codec=None), max_size=20) | st.text(st.characters(categories=["Cs"]), max_size=3)
keys = st.text(max_size=8) | st.sampled_from(["job_id", "user_id", "content", "preset", "metadata", "data", "message"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything | st.sampled_from(sorted(PRESETS)),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(keys | anything, inside, max_size=4),
    max_leaves=12,
)


clean = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


clean_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | clean,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(clean, inside, max_size=4),
    max_leaves=12,
)


good_jobs = st.fixed_dictionaries(
    {
        "job_id": clean.filter(str.strip),
        "user_id": clean.filter(str.strip),
        "content": clean.filter(str.strip),
        "preset": st.sampled_from(sorted(PRESETS)),
    },
    optional={"metadata": st.none() | st.dictionaries(clean, clean_values, max_size=3), "campaign": clean_values},
)


nearly_jobs = good_jobs.flatmap(
    lambda good: st.dictionaries(keys | anything, json_values, max_size=2).map(lambda odd: {**good, **odd})
)


def storable_whole(accepted: JobMessage) -> None:
    for value in (accepted.job_id, accepted.user_id, accepted.content, accepted.preset):
        assert "\x00" not in value
        value.encode("utf-8")
    assert len(accepted.job_id) <= 36
    assert len(accepted.user_id) <= 255
    assert len(accepted.user_id.encode()) <= MAX_ATTRIBUTE_BYTES, "it is an ordering key"
    for column in (accepted.metadata, accepted.extra):
        assert unstorable_json(column) is None
        dump(column).encode("utf-8")
    assert len(accepted.encode().encode("utf-8")) <= MAX_OWN_DATA_BYTES
    assert len(accepted.input_sha256) == 32


def storable_sentence(error: ServiceError) -> None:
    assert error.sentence == storable(error.sentence, 1_000)


@given(st.binary(), st.sampled_from([{}, UNWRAPPED]))
def test_any_bytes_end_in_a_message_or_a_documented_error(body: bytes, headers: Mapping[str, str]) -> None:
    try:
        message = decode_push(body, headers)
    except (BadEnvelope, TooLarge):
        return
    try:
        storable_whole(decode_job(message, PRESETS))
    except NotAJob as error:
        storable_sentence(error)


@given(st.dictionaries(keys | anything, json_values, max_size=3), json_values)
def test_any_envelope_ends_in_a_message_or_a_documented_error(fields: dict[str, Any], inner: object) -> None:
    try:
        message = decode_push(text({**fields, "message": inner}), {})
    except BadEnvelope as error:
        storable_sentence(error)
        return
    assert (
        unstorable_json([message.message_id, message.publish_time, message.ordering_key, message.subscription]) is None
    )
    assert unstorable_json(dict(message.attributes)) is None


@settings(max_examples=300)
@given(json_values | nearly_jobs)
def test_any_json_is_a_job_or_not_a_job(document: object) -> None:
    message = PushMessage(data=text(document))
    try:
        storable_whole(decode_job(message, PRESETS))
    except NotAJob as error:
        storable_sentence(error)


@settings(max_examples=300)
@given(good_jobs)
def test_what_is_encoded_decodes_to_the_same_job(document: dict[str, Any]) -> None:
    accepted = job_from(document, PRESETS)
    storable_whole(accepted)
    assume(odd_id(accepted.job_id) is None)
    again = decode(text(envelope(accepted.encode().encode())))
    assert again == accepted
    assert again.input_sha256 == accepted.input_sha256
    assert again.encode() == accepted.encode()


@given(st.none() | anything, st.none() | anything, st.binary())
@example("projects/" + "p" * 2_000, "7", b"")
@example("s", "\N{CLAPPER BOARD}" * 400, b"")
@example("s", "\ud800", b"")
@example("s", "\x00", b"")
def test_a_dead_letter_key_is_one_that_pubsub_and_postgresql_take(
    subscription: str | None, message_id: str | None, data: bytes
) -> None:
    key = PushMessage(data=data, subscription=subscription, message_id=message_id).dead_letter_key
    assert len(key.encode("utf-8")) <= MAX_ATTRIBUTE_BYTES
    assert "\x00" not in key
    assert key.startswith("dead:msg:")


def test_a_dead_letter_key_is_of_the_message_where_it_has_an_id_and_of_the_data_where_not() -> None:
    def key(**fields: Any) -> str:
        return PushMessage(**fields).dead_letter_key

    assert key(data=b"x", subscription="s", message_id="7") == "dead:msg:s:7"
    assert key(data=b"x", message_id="7") == key(data=b"y", message_id="7")
    assert key(data=b"x") == key(data=b"x", subscription="s")
    assert key(data=b"x") != key(data=b"y")
    long = "7" * 2_000
    assert key(data=b"x", message_id=long) == key(data=b"y", message_id=long), "the message, not what it holds"
    assert key(data=b"x", message_id=long) != key(data=b"x", message_id=long + "8")
    assert key(data=b"x", message_id="\ud800") != key(data=b"x", message_id="\ud801")


@pytest.mark.parametrize("job_id", ["order-4711", "a/b", "...", "a b", "a//b", "a/", "ä?#%", "注文-1", "x" * 36, "-"])
def test_an_id_that_can_be_opened_is_taken(job_id: str) -> None:
    message = decode_push(text(envelope(text(job({"job_id": job_id})))), {})
    assert decode_job(message, PRESETS).job_id == job_id


@pytest.mark.parametrize("job_id", ["..", "a\u2028b"])
def test_a_continuation_of_a_job_with_an_older_versions_id_is_taken(job_id: str) -> None:
    attributes = {"attributes": {"run": "1", "hop": "3"}}
    message = decode_push(text(envelope(text(job({"job_id": job_id})), attributes)), {})
    assert decode_job(message, PRESETS).job_id == job_id
