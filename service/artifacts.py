"""The store of files that outlive a delivery: a local folder, content-addressed under the job."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from service.errors import SettingsError
from service.pipeline import ArtifactStore

CHUNK = 1 << 20


class FolderStore:
    """Files under a folder, as `<job>/<sha256 prefix>-<name>`. Written beside and renamed, so never half there."""

    def __init__(self, root: Path, job_id: str) -> None:
        self._root = root
        # An id may be "..": a dot is no harm to a name, but two of them are a way out.
        self._folder = root / quote(job_id, safe="").replace(".", "%2E")

    def put(self, path: Path, name: str, content_type: str) -> str:  # noqa: ARG002 (a folder keeps no content type)
        """As `ArtifactStore.put`."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        target = self._folder / f"{digest[:16]}-{quote(name, safe='')}"
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


class Artifacts:
    """Makes the store of one job."""

    def __init__(self, url: str) -> None:
        if not url.startswith("file:///"):
            raise SettingsError(
                "ARTIFACTS_URL: this version keeps artifacts in a folder alone (file:///…); gs:// comes with Vertex AI."
            )
        self._root = Path(unquote(urlsplit(url).path))

    def of(self, job_id: str) -> ArtifactStore:
        return FolderStore(self._root, job_id)
