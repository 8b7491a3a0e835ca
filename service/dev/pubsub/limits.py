"""The limits that Pub/Sub enforces and Google's emulator does not.

https://cloud.google.com/pubsub/quotas#resource_limits and https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
"""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

MAX_REQUEST_BYTES = 10_000_000
MAX_DATA_BYTES = 10_000_000
MAX_MESSAGES = 1_000
MAX_ATTRIBUTES = 100
MAX_KEY_BYTES = 256
MAX_VALUE_BYTES = 1_024
MAX_ORDERING_KEY_BYTES = 1_024

_RESOURCE = re.compile(r"projects/[a-z][a-z0-9.:-]{1,62}/(topics|subscriptions)/[A-Za-z][A-Za-z0-9._~%+-]{2,254}")


class Publishable(Protocol):
    """What the limits apply to: a `google.pubsub_v1.PubsubMessage`, or anything with these properties."""

    @property
    def data(self) -> bytes: ...
    @property
    def attributes(self) -> Mapping[str, str]: ...
    @property
    def ordering_key(self) -> str: ...


def name_problem(name: str, collection: str) -> str | None:
    """What is wrong with a resource's name, which should be like `projects/p/topics/jobs`; None if nothing is."""
    kind = _RESOURCE.fullmatch(name)
    if not kind or kind[1] != collection or name.rpartition("/")[2].startswith("goog"):
        return f"{name!r} is not a name such as projects/my-project/{collection}/my-name."
    return None


def publish_problem(messages: Sequence[Publishable], request_bytes: int) -> str | None:
    """Why the whole request is refused; None if it is accepted. `request_bytes` is its size on the wire."""
    if not 1 <= len(messages) <= MAX_MESSAGES:
        return f"A request must have 1 to {MAX_MESSAGES} messages, not {len(messages)}."
    for index, message in enumerate(messages):
        problem = message_problem(message)
        if problem:
            return f"messages[{index}]: {problem}"
    if request_bytes > MAX_REQUEST_BYTES:
        return f"The request has {request_bytes} bytes; the limit is {MAX_REQUEST_BYTES}."
    return None


def message_problem(message: Publishable) -> str | None:
    """Return why a message is refused, or None if it is accepted."""
    if not message.data and not message.attributes:
        return "A message must have data or at least one attribute."
    if len(message.data) > MAX_DATA_BYTES:
        return f"The data has {len(message.data)} bytes; the limit is {MAX_DATA_BYTES}."
    if len(message.ordering_key.encode()) > MAX_ORDERING_KEY_BYTES:
        return f"The ordering key is over {MAX_ORDERING_KEY_BYTES} bytes."
    if len(message.attributes) > MAX_ATTRIBUTES:
        return f"There are {len(message.attributes)} attributes; the limit is {MAX_ATTRIBUTES}."
    for key, value in message.attributes.items():
        # Google's own publishers write the trace into attributes with this prefix, and Pub/Sub takes them.
        is_reserved = key.startswith("goog") and not key.startswith("googclient_")
        if not 1 <= len(key.encode()) <= MAX_KEY_BYTES or is_reserved:
            return f"An attribute's key must have 1 to {MAX_KEY_BYTES} bytes and must not start with goog."
        if len(value.encode()) > MAX_VALUE_BYTES:
            return f"The value of attribute {key!r} is over {MAX_VALUE_BYTES} bytes."
    return None
