"""The store of files that outlive a delivery: a local folder or a Cloud Storage bucket.

Content-addressed under the job, `<job>/<sha256 prefix>-<name>`: storing the same file twice is harmless, and a file is
there whole or not at all.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from service.pipeline import ArtifactStore, Later

if TYPE_CHECKING:
    from google.cloud.storage import Bucket

CHUNK = 1 << 20
TIMEOUT_S = 60.0
"""Of one HTTP call to Cloud Storage; an upload has as many as it needs."""


def connect(url: str) -> Callable[[str], ArtifactStore]:
    """From ARTIFACTS_URL to a function from a job's id to its store. Opens no connection yet."""
    parts = urlsplit(url)
    if parts.scheme == "gs":
        # Imported only where it is used: it costs a second and a half.
        from google.cloud import storage  # noqa: PLC0415

        bucket = storage.Client().bucket(parts.netloc)
        prefix = parts.path.strip("/")
        return lambda job_id: BucketStore(bucket, f"{prefix}/{_folder(job_id)}".lstrip("/"))
    root = Path(unquote(parts.path))
    return lambda job_id: FolderStore(root, job_id)


class FolderStore:
    """An `ArtifactStore` in a folder. Files are written beside and renamed."""

    def __init__(self, root: Path, job_id: str) -> None:
        self._root = root
        self._folder = root / _folder(job_id)

    def put(self, path: Path, name: str, content_type: str) -> str:  # noqa: ARG002 (a folder keeps no content type)
        """As `ArtifactStore.put`."""
        target = self._folder / _file(path, name)
        if not target.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(dir=self._folder, prefix=".part-")
            with os.fdopen(handle, "wb") as sink, path.open("rb") as source:
                shutil.copyfileobj(source, sink, CHUNK)
                sink.flush()
                os.fsync(sink.fileno())
            Path(beside).chmod(0o644)
            Path(beside).replace(target)
        return target.as_uri()

    def fetch(self, url: str, to: Path) -> Path:
        """As `ArtifactStore.fetch`. Raises `PermissionError` for a URL outside the store."""
        source = Path(unquote(urlsplit(url).path)).resolve()
        if not source.is_relative_to(self._root.resolve()):
            message = f"{url} is not in the artifact store"
            raise PermissionError(message)
        shutil.copyfile(source, to)
        return to


class BucketStore:
    """An `ArtifactStore` under a prefix of a Cloud Storage bucket; its URLs are `gs://bucket/…`.

    The client library uploads resumably from 8 MB up, checks the checksums and retries what may pass
    (https://cloud.google.com/python/docs/reference/storage/latest). What fails all the same raises `Later`.
    """

    def __init__(self, bucket: "Bucket", prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix

    def put(self, path: Path, name: str, content_type: str) -> str:
        """As `ArtifactStore.put`."""
        from google.api_core import exceptions  # noqa: PLC0415

        blob = self._bucket.blob(f"{self._prefix}/{_file(path, name)}", chunk_size=8 * CHUNK)
        try:
            # Generation 0: only where there is none yet, so that an upload that is retried never replaces one.
            blob.upload_from_filename(
                str(path), content_type=content_type, if_generation_match=0, timeout=TIMEOUT_S, checksum="crc32c"
            )
        except exceptions.PreconditionFailed:
            pass
        except (exceptions.GoogleAPIError, OSError) as error:
            raise _unavailable(name) from error
        return f"gs://{self._bucket.name}/{blob.name}"

    def fetch(self, url: str, to: Path) -> Path:
        """As `ArtifactStore.fetch`. Raises `PermissionError` for a URL outside the bucket."""
        from google.api_core import exceptions  # noqa: PLC0415

        parts = urlsplit(url)
        if parts.scheme != "gs" or parts.netloc != self._bucket.name:
            message = f"{url} is not in the artifact store"
            raise PermissionError(message)
        try:
            # Not `parts.path`: a name may hold a question mark or a hash.
            name = url.removeprefix(f"gs://{self._bucket.name}/")
            self._bucket.blob(name).download_to_filename(str(to), timeout=TIMEOUT_S, checksum="crc32c")
        except exceptions.NotFound as error:
            raise FileNotFoundError(url) from error
        except (exceptions.GoogleAPIError, OSError) as error:
            raise _unavailable(url) from error
        return to


def _folder(job_id: str) -> str:
    # An id may be "..": a dot is no harm to a name, but two of them are a way out.
    return quote(job_id, safe="").replace(".", "%2E")


def _file(path: Path, name: str) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return f"{digest[:16]}-{quote(name, safe='')}"


def _unavailable(what: str) -> Later:
    return Later("artifacts_unavailable", f"The artifact store could not take or give {what}.")
