"""Where assets are kept: in the artifact store, in a folder that no job's id can name, `@assets/<owner>/<user>/`."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from service.artifacts import TIMEOUT_S, BucketStore, FolderStore, Gone, bucket_of, root_of, temporary_errors
from service.assets.names import AssetName, Reader, is_key, parse, user_key
from service.errors import Unavailable
from service.pipeline import Never

if TYPE_CHECKING:
    from google.cloud.storage import Bucket

FOLDER = "@assets"
"""The folder of a job is its quoted id, in which an @ becomes %40."""


class Kept(Struct, frozen=True):
    """An asset as it is in the store. `at` is when it was last uploaded."""

    name: AssetName
    bytes: int
    at: datetime


class AssetStore(Protocol):
    """Assets by their names. Every method raises `Unavailable`, and `put` and `fetch` raise `Later`, if the store
    cannot be reached now."""

    def put(self, path: Path, owner: str, user: str, *, name: str, content_type: str) -> AssetName:
        """Keep the file at `path`. One that is there already gets a new age."""

    def has(self, name: AssetName) -> bool:
        """Whether there is such an asset."""

    def fetch(self, name: AssetName, to: Path) -> Path:
        """Copy an asset to the local path `to`; return `to`. Raises `FileNotFoundError` if there is none."""

    def of_owner(self, owner: str) -> Sequence[Kept]:
        """Return an owner's assets, newest first."""

    def remove(self, name: AssetName) -> None:
        """Delete an asset, if there is one."""

    def remove_of_user(self, user_id: str) -> int:
        """Delete what was uploaded for a user, by whichever account; return how many there were."""

    def remove_before(self, before: datetime) -> int:
        """Delete what was last uploaded before that, unless the store does so by itself; return how many there were."""


def connect(url: str) -> AssetStore:
    """Return the assets of an ARTIFACTS_URL. Opens no connection yet."""
    if urlsplit(url).scheme == "gs":
        bucket, prefix = bucket_of(url)
        return BucketAssets(bucket, f"{prefix}/{FOLDER}".lstrip("/"))
    return FolderAssets(root_of(url))


def reading(store: AssetStore, reader: Reader) -> Callable[[str, Path], Path]:
    """Return `Context.asset` for a job that reads as `reader`."""

    def asset(reference: str, to: Path) -> Path:
        name = parse(reference)
        if name is None or not reader.may_read(name):
            raise not_found(reference)
        try:
            return store.fetch(name, to)
        except Gone:
            raise not_found(reference) from None

    return asset


def not_found(reference: str) -> Never:
    """The error for an asset that does not exist, no longer exists, or belongs to somebody else: which of these it is
    would say something about other people's files."""
    shown = reference if parse(reference) is not None else "one of the references"
    sentence = f"There is no asset {shown} for this job: it was never uploaded, was deleted, or is not this caller's."
    return Never("asset_not_found", sentence)


class FolderAssets:
    """An `AssetStore` in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, path: Path, owner: str, user: str, *, name: str, content_type: str) -> AssetName:
        """As `AssetStore.put`."""
        url = self._store(owner, user).put(path, name, content_type, is_renewed=True)
        return AssetName(owner, user, url.rpartition("/")[2])

    def has(self, name: AssetName) -> bool:
        """As `AssetStore.has`."""
        try:
            return self._path(name).is_file()
        except OSError as error:
            raise _unavailable() from error

    def fetch(self, name: AssetName, to: Path) -> Path:
        """As `AssetStore.fetch`."""
        return self._store(name.owner, name.user).fetch(self._path(name).as_uri(), to)

    def of_owner(self, owner: str) -> Sequence[Kept]:
        """As `AssetStore.of_owner`."""
        found = [kept for _, kept in self._files(owner)]
        return sorted(found, key=lambda kept: kept.at, reverse=True)

    def remove(self, name: AssetName) -> None:
        """As `AssetStore.remove`."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise _unavailable() from error

    def remove_of_user(self, user_id: str) -> int:
        """As `AssetStore.remove_of_user`."""
        key = user_key(user_id)
        return self._remove(path for path, kept in self._files("*") if kept.name.user == key)

    def remove_before(self, before: datetime) -> int:
        """As `AssetStore.remove_before`."""
        return self._remove(path for path, kept in self._files("*") if kept.at < before)

    def _remove(self, paths: Iterator[Path]) -> int:
        removed = 0
        try:
            for path in list(paths):
                path.unlink(missing_ok=True)
                removed += 1
        except OSError as error:
            raise _unavailable() from error
        return removed

    def _files(self, owner: str) -> Iterator[tuple[Path, Kept]]:
        """Every asset of the owners that the pattern fits; half-written files are none."""
        try:
            for path in (self._root / FOLDER).glob(f"{owner}/*/*"):
                name = AssetName(path.parent.parent.name, path.parent.name, path.name)
                if parse(name.reference) == name:
                    about = path.stat()
                    yield path, Kept(name, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC))
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unavailable() from error

    def _store(self, owner: str, user: str) -> FolderStore:
        assert is_key(owner)  # noqa: S101 -- made by `names`
        assert is_key(user)  # noqa: S101 -- as above
        return FolderStore(self._root, f"{FOLDER}/{owner}/{user}")

    def _path(self, name: AssetName) -> Path:
        return self._root / FOLDER / name.owner / name.user / name.file


class BucketAssets:
    """An `AssetStore` under a prefix of a Cloud Storage bucket, whose lifecycle rule deletes what is old."""

    def __init__(self, bucket: "Bucket", prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix

    def put(self, path: Path, owner: str, user: str, *, name: str, content_type: str) -> AssetName:
        """As `AssetStore.put`."""
        url = self._store(owner, user).put(path, name, content_type, is_renewed=True)
        return AssetName(owner, user, url.rpartition("/")[2])

    def has(self, name: AssetName) -> bool:
        """As `AssetStore.has`."""
        try:
            return bool(self._bucket.blob(self._path(name)).exists(timeout=TIMEOUT_S))
        except temporary_errors() as error:
            raise _unavailable() from error

    def fetch(self, name: AssetName, to: Path) -> Path:
        """As `AssetStore.fetch`."""
        return self._store(name.owner, name.user).fetch(f"gs://{self._bucket.name}/{self._path(name)}", to)

    def of_owner(self, owner: str) -> Sequence[Kept]:
        """As `AssetStore.of_owner`."""
        return sorted(self._blobs(f"{owner}/"), key=lambda kept: kept.at, reverse=True)

    def remove(self, name: AssetName) -> None:
        """As `AssetStore.remove`."""
        from google.api_core import exceptions  # noqa: PLC0415

        try:
            self._bucket.blob(self._path(name)).delete(timeout=TIMEOUT_S)
        except exceptions.NotFound:
            return
        except temporary_errors() as error:
            raise _unavailable() from error

    def remove_of_user(self, user_id: str) -> int:
        """As `AssetStore.remove_of_user`. Each account's folder is looked at: there are as many as accounts."""
        key, removed = user_key(user_id), 0
        for kept in self._blobs(""):
            if kept.name.user == key:
                self.remove(kept.name)
                removed += 1
        return removed

    def remove_before(self, before: datetime) -> int:  # noqa: ARG002 -- the bucket's lifecycle rule does so
        """As `AssetStore.remove_before`."""
        return 0

    def _blobs(self, under: str) -> Iterator[Kept]:
        try:
            for blob in self._bucket.list_blobs(prefix=f"{self._prefix}/{under}", timeout=TIMEOUT_S):
                name = parse(f"asset:{blob.name.removeprefix(f'{self._prefix}/')}")
                if name is not None:
                    yield Kept(name, blob.size or 0, blob.updated or datetime.now(UTC))
        except temporary_errors() as error:
            raise _unavailable() from error

    def _store(self, owner: str, user: str) -> BucketStore:
        return BucketStore(self._bucket, f"{self._prefix}/{owner}/{user}")

    def _path(self, name: AssetName) -> str:
        return f"{self._prefix}/{name.owner}/{name.user}/{name.file}"


def _unavailable() -> Unavailable:
    return Unavailable("artifacts_unavailable", "The store of files cannot be reached now.")
