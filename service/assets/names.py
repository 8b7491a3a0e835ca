"""What the reference of an asset means, and which jobs may read the asset. Pure.

A reference is `asset:<owner>/<user>/<digest>-<kind>.<ending>`. The owner is a digest of the account that uploaded the
file, the user one of the `user_id` that it was uploaded for (`-`: for all users of that account), and the last part is
the file's name in the store. So a reference says by itself to whom the asset belongs, names nobody, and leads to
nothing else: every part is digits and letters.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from service.pipeline import AssetKind, asset_kind

SCHEME = "asset:"
EVERYBODY = "-"
"""The user part of an asset that was uploaded for no user in particular."""
_DIGITS = 16
_PARTS = re.compile(r"[0-9a-f]{16}")


class AssetName(Struct, frozen=True):
    """Where an asset is kept: a folder of its owner, in it one of the user, in it the file."""

    owner: str
    user: str
    file: str

    @property
    def reference(self) -> str:
        return f"{SCHEME}{self.owner}/{self.user}/{self.file}"

    @property
    def kind(self) -> AssetKind:
        kind = asset_kind(self.reference)
        assert kind is not None  # noqa: S101 -- `parse` made it
        return kind


class Reader(Struct, frozen=True, kw_only=True):
    """A job, as far as its right to read assets goes. `submitted_by` is the account that submitted it through the API,
    or None if it came as a message."""

    submitted_by: str | None
    user_id: str
    is_operator: bool = False

    def may_read(self, name: AssetName) -> bool:
        """Whether the job may read this asset, if it exists.

        An account's assets are for the jobs that it submitted. An operator's jobs, and those that came as messages, may
        read those of every account: who may publish jobs may use every user (docs/security.md). What was uploaded
        for a user is for that user's jobs, whoever sends them.
        """
        if name.user not in (EVERYBODY, user_key(self.user_id)):
            return False
        return self.submitted_by is None or self.is_operator or name.owner == owner_key(self.submitted_by)


def parse(reference: str) -> AssetName | None:
    """Return what a reference names; None if it is not one."""
    if asset_kind(reference) is None:
        return None
    owner, user, file = reference.removeprefix(SCHEME).split("/")
    return AssetName(owner, user, file)


def owner_key(email: str) -> str:
    """Return the owner part of an account's references."""
    return _key("owner", email)


def user_key(user_id: str | None) -> str:
    """Return the user part of references to what was uploaded for a user, or for none."""
    return EVERYBODY if user_id is None else _key("user", user_id)


def is_key(part: str) -> bool:
    """Whether `part` could be the folder of an owner or of a user."""
    return part == EVERYBODY or _PARTS.fullmatch(part) is not None


def references_in(metadata: Mapping[str, Any]) -> list[str]:
    """Return the references anywhere in a job's metadata, each once, in their order."""
    return list(dict.fromkeys(text for text in _texts(metadata) if asset_kind(text) is not None))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _key(what: str, name: str) -> str:
    return hashlib.sha256(f"{what}\n{name}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
