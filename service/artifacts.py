"""The store of files that outlive a delivery: a local folder or a Cloud Storage bucket.

Files are content-addressed under their job, `<job>/<sha256 prefix>-<name>`: storing the same file twice is harmless,
and a file is there whole or not at all. A file that is read back is checked against the digest in its name.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, unquote, urlsplit

from service.errors import Unavailable
from service.pipeline import ArtifactStore, Later, Never

if TYPE_CHECKING:
    from google.auth.credentials import Signing
    from google.cloud.storage import Bucket

CHUNK = 1 << 20
TIMEOUT_S = 60.0
"""The timeout of one HTTP call to Cloud Storage; an upload makes as many as it needs."""
LINK_S = 3_600
"""How long a signed link stays valid, in seconds; anybody who has it can read the file. At most 7 days
(https://cloud.google.com/storage/docs/access-control/signed-urls)."""
SIGN_TIMEOUT_S = 5.0
"""The timeout of one call to IAM or the metadata server, which answer in milliseconds; a caller waits for the link."""
DIGITS = 16
"""How many hexadecimal digits of the SHA-256 are in a name."""


class Gone(Never, FileNotFoundError):
    """A stored file no longer exists: it expired or was deleted. Unless the stage handles that, another attempt does
    not help; a replay from the stage that makes the file does."""

    def __init__(self, name: str) -> None:
        sentence = f"{name} is no longer in the artifact store; replay the job from the stage that makes it."
        super().__init__("artifact_gone", sentence)


class Store(ArtifactStore, Protocol):
    """What the API also needs of a store: links to its files."""

    link_s: float | None
    """How long a link stays valid, in seconds; None if it does not expire."""

    def link(self, url: str) -> str | None:
        """Return a URL from which anybody can read the job's file at `url`; None if that is not a file of this job in
        this store. Raises `Unavailable` if no link can be made now."""

    expires: bool
    """Whether the store deletes old files by itself, as a bucket's lifecycle rule does."""

    def remove(self) -> int:
        """Delete every file of the job; return how many there were. Raises `Unavailable`: then some may be left."""


def connect(url: str) -> Callable[[str], Store]:
    """Return a function from a job's id to its store, for an ARTIFACTS_URL. Opens no connection yet."""
    parts = urlsplit(url)
    if parts.scheme == "gs":
        bucket, prefix = bucket_of(url)
        return lambda job_id: BucketStore(bucket, f"{prefix}/{_folder(job_id)}".lstrip("/"))
    root = root_of(url)
    return lambda job_id: FolderStore(root, _folder(job_id))


def bucket_of(url: str) -> tuple["Bucket", str]:
    """Return the bucket and the prefix of a `gs://` ARTIFACTS_URL; the prefix has no slash at its ends."""
    # Imported only if it is used: it takes a second and a half.
    from google.cloud import storage  # noqa: PLC0415

    parts = urlsplit(url)
    return storage.Client().bucket(parts.netloc), parts.path.strip("/")


def root_of(url: str) -> Path:
    """Return the folder of a `file://` ARTIFACTS_URL."""
    return Path(unquote(urlsplit(url).path))


class FolderStore:
    """A `Store` in a folder. A file is written under a temporary name and renamed; a link is the file's own URL. Only
    the user that the service runs as can read the files.

    A folder that cannot be read or written (a disk that is full, or not mounted) raises `Later`, as a bucket does.
    """

    link_s: float | None = None
    expires = False

    def __init__(self, root: Path, folder: str) -> None:
        self._root = root
        self._name = folder

    @cached_property
    def _folder(self) -> Path:
        # Only when it is used: every job is given a store, and most stages keep nothing in it.
        return self._root / self._name

    def put(self, path: Path, name: str, content_type: str, *, is_renewed: bool = False) -> str:  # noqa: ARG002 (a folder keeps no content type)
        """As `ArtifactStore.put`. `is_renewed`: the age of a file that is there already begins again."""
        target = self._folder / stored_name(path, name)
        try:
            if is_renewed or not target.exists():
                self._store(path, target)
        except OSError as error:
            raise unavailable(name) from error
        return target.as_uri()

    def _store(self, path: Path, target: Path) -> None:
        for folder in (self._root, self._folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".part-")
        with os.fdopen(handle, "wb") as sink, path.open("rb") as source:
            shutil.copyfileobj(source, sink, CHUNK)
            sink.flush()
            os.fsync(sink.fileno())
        Path(temporary).replace(target)

    def fetch(self, url: str, to: Path) -> Path:
        """As `ArtifactStore.fetch`. Raises `PermissionError` for a URL outside the store, and `Later` for a file whose
        content is not what was stored."""
        source = Path(unquote(urlsplit(url).path)).resolve()
        if not source.is_relative_to(self._root.resolve()):
            message = f"{url} is not in the artifact store"
            raise PermissionError(message)
        try:
            stored = source.open("rb")
        except FileNotFoundError as error:
            if self._root.is_dir():
                raise Gone(source.name) from None
            raise unavailable(source.name) from error
        except OSError as error:
            raise unavailable(source.name) from error
        with stored, to.open("wb") as sink:
            try:
                shutil.copyfileobj(stored, sink, CHUNK)
            except OSError as error:
                raise unavailable(source.name) from error
        return _checked(to, source.name)

    def link(self, url: str) -> str | None:
        """As `Store.link`."""
        start = f"{self._folder.as_uri()}/"
        return url if url.startswith(start) and _is_one_file(unquote(url.removeprefix(start))) else None

    def remove(self) -> int:
        """As `Store.remove`."""
        try:
            files = sum(1 for path in self._folder.iterdir())
            shutil.rmtree(self._folder)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise Unavailable("artifacts_unavailable", "The files of a job cannot be deleted.") from error
        return files


class BucketStore:
    """A `Store` under a prefix of a Cloud Storage bucket; its URLs are `gs://bucket/…`.

    The client library uploads resumably from 8 MB up, continues after a cut connection, verifies checksums in both
    directions and retries temporary errors (https://cloud.google.com/python/docs/reference/storage/latest). What fails
    nevertheless raises `Later`.
    """

    link_s: float | None = LINK_S
    expires = True

    def __init__(self, bucket: "Bucket", prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix

    def put(self, path: Path, name: str, content_type: str, *, is_renewed: bool = False) -> str:
        """As `ArtifactStore.put`. `is_renewed`: the age of an object that is there already begins again."""
        from google.api_core import exceptions  # noqa: PLC0415

        blob = self._bucket.blob(f"{self._prefix}/{stored_name(path, name)}", chunk_size=8 * CHUNK)
        # Generation 0: only if there is no such object yet, so that a retried upload never replaces one.
        generation = None if is_renewed else 0
        try:
            blob.upload_from_filename(
                str(path),
                content_type=content_type,
                if_generation_match=generation,
                timeout=TIMEOUT_S,
                checksum="crc32c",
            )
        except exceptions.PreconditionFailed:
            pass
        except temporary_errors() as error:
            raise unavailable(name) from error
        except ValueError as error:
            # The server kept less of a chunk than was sent, and the library cannot continue from there.
            raise unavailable(name) from error
        return f"gs://{self._bucket.name}/{blob.name}"

    def fetch(self, url: str, to: Path) -> Path:
        """As `ArtifactStore.fetch`. Raises `PermissionError` for a URL outside the bucket."""
        from google.api_core import exceptions  # noqa: PLC0415

        name = self._name(url)
        if name is None:
            message = f"{url} is not in the artifact store"
            raise PermissionError(message)
        try:
            self._bucket.blob(name).download_to_filename(str(to), timeout=TIMEOUT_S, checksum="crc32c")
        except exceptions.NotFound as error:
            raise Gone(name.rpartition("/")[2]) from error
        except temporary_errors() as error:
            raise unavailable(url) from error
        return _checked(to, name.rpartition("/")[2])

    def link(self, url: str) -> str | None:
        """As `Store.link`: a V4 signed URL. On Cloud Run the service's account signs with IAM's `signBlob`, which needs
        roles/iam.serviceAccountTokenCreator on itself but no key file."""
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415

        name = self._name(url)
        start = f"{self._prefix}/"
        if name is None or not name.startswith(start) or not _is_one_file(name.removeprefix(start)):
            return None
        try:
            signed = self._bucket.blob(name).generate_signed_url(
                version="v4", expiration=LINK_S, credentials=self._signing
            )
        except (GoogleAuthError, OSError) as error:
            sentence = "Links to files cannot be signed now; the service's log says why."
            raise Unavailable("links_unavailable", sentence) from error
        return str(signed)

    def remove(self) -> int:
        """As `Store.remove`. A bucket with versioning or soft delete keeps them for as long as it is told to."""
        from google.api_core import exceptions  # noqa: PLC0415

        removed = 0
        try:
            for blob in self._bucket.list_blobs(prefix=f"{self._prefix}/", timeout=TIMEOUT_S):
                try:
                    blob.delete(timeout=TIMEOUT_S)
                except exceptions.NotFound:
                    continue
                removed += 1
        except temporary_errors() as error:
            raise Unavailable("artifacts_unavailable", "The files of a job cannot be deleted.") from error
        return removed

    def _name(self, url: str) -> str | None:
        """Return the object's name. Not with `urlsplit`: a name may contain a question mark or a hash."""
        start = f"gs://{self._bucket.name}/"
        return url.removeprefix(start) if url.startswith(start) else None

    @cached_property
    def _signing(self) -> "Signing":
        """This process's own credentials, able to sign. Raises `GoogleAuthError`, and `PermissionError` if they are a
        person's."""
        import google.auth  # noqa: PLC0415
        from google.auth import iam  # noqa: PLC0415
        from google.auth.credentials import Signing  # noqa: PLC0415
        from google.auth.transport.requests import Request  # noqa: PLC0415
        from google.oauth2 import service_account  # noqa: PLC0415

        # Not the storage client's credentials: their scope does not permit signing.
        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        if isinstance(credentials, Signing):
            return credentials
        request = partial(Request(), timeout=SIGN_TIMEOUT_S)
        # Only a refresh tells whose credentials these are: the metadata server sends the e-mail with the token.
        credentials.refresh(request)  # type: ignore[no-untyped-call]
        email = getattr(credentials, "service_account_email", None)
        if not email:
            message = "only a service account can sign, but these are a person's credentials"
            raise PermissionError(message)
        signer = iam.Signer(request, credentials, email)  # type: ignore[no-untyped-call]
        return service_account.Credentials(signer, email, "")  # type: ignore[no-untyped-call]


def _folder(job_id: str) -> str:
    # An id may be "..", which as a folder would lead out of the store.
    return quote(job_id, safe="").replace(".", "%2E")


def stored_name(path: Path, name: str) -> str:
    """Return what the file at `path` is called in a store if it is kept under the readable name `name`."""
    return f"{_digest(path)}-{quote(name, safe='')}"


def _is_one_file(name: str) -> bool:
    """Whether this is a name in the job's own folder, and not a way out of it."""
    return "/" not in name and name not in {"", ".", ".."} and name.isprintable()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGITS]


def _checked(path: Path, stored_name: str) -> Path:
    """Return `path` if its content is what was stored as `stored_name`: a disk, a proxy or a bug can change a file in a
    way that a transfer's checksum does not show. Raises `Later` otherwise."""
    if not stored_name.startswith(f"{_digest(path)}-"):
        path.unlink()
        raise Later(
            "artifact_corrupt",
            f"The artifact store returned a file that is not what was stored as {stored_name}.",
        )
    return path


def temporary_errors() -> tuple[type[Exception], ...]:
    """Return the client library's errors that may not recur at the next attempt."""
    from google.api_core.exceptions import GoogleAPIError  # noqa: PLC0415
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
    from google.cloud.storage.exceptions import DataCorruption, InvalidResponse  # noqa: PLC0415

    return (GoogleAPIError, GoogleAuthError, DataCorruption, InvalidResponse, OSError)


def unavailable(what: str) -> Later:
    """Return the error of a store that cannot be reached now."""
    sentence = f"The artifact store could not store or return {what}."
    return Later("artifacts_unavailable", sentence, waits_for="artifact_store")
