"""Job messages, and the push requests that carry them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from lab.harness.names import SUBSCRIPTION


@dataclass(frozen=True, kw_only=True)
class Brief:
    """A job as its producer sends it: `data()` is the message, `body()` a push of it."""

    job_id: str = field(default_factory=lambda: str(uuid4()))
    user_id: str = "user-1"
    content: str = "A lighthouse that learns to dance."
    preset: str = "quick_social"
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> bytes:
        return json.dumps({name: getattr(self, name) for name in self.__dataclass_fields__}).encode()

    def body(self, *, run: int | None = None, hop: int | None = None, message_id: str | None = None) -> bytes:
        attributes = {name: str(value) for name, value in (("run", run), ("hop", hop)) if value is not None}
        return envelope(self.data(), attributes=attributes, message_id=message_id)


def envelope(data: bytes, *, attributes: Mapping[str, str] | None = None, message_id: str | None = None) -> bytes:
    message: dict[str, Any] = {"data": base64.b64encode(data).decode(), "messageId": message_id or uuid4().hex}
    if attributes:
        message["attributes"] = dict(attributes)
    return json.dumps({"message": message, "subscription": SUBSCRIPTION}).encode()
