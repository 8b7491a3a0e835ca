"""Have a stranger's file decoded and rewritten by a child process with limits (`child`)."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg

import service
from service.assets.formats import Format, format_of
from service.errors import BadAsset, Unavailable
from service.pipeline import AssetKind

MAX_BYTES = 10_000_000
"""The largest file that is taken."""
TIMEOUT_S = 30.0
"""By the clock; the child's own limit of CPU time comes first on an idle machine."""
WAIT_S = 10.0
"""How long an upload waits for the one before it: one is decoded at a time, so their memory does not add up."""
MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "ttf": "font/ttf", "otf": "font/otf", "flac": "audio/flac"}
"""Of what is kept, by its ending."""

_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that was decoded and rewritten to `path`. `about`: what the child said of it, such as its width."""

    path: Path
    kind: AssetKind
    ending: str
    about: Mapping[str, Any]

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.ending]

    @property
    def name(self) -> str:
        """Its readable name in the store."""
        return f"{self.kind}.{self.ending}"


@contextlib.contextmanager
def examined(data: bytes, environment: Mapping[str, str]) -> Iterator[Examined]:
    """Yield the file that the bytes are, rewritten; it is deleted afterwards. `environment` is the child's.

    Raises `UnknownAsset` and `BadAsset` with a sentence for who uploaded it, and `Unavailable` if too many others wait.
    """
    form = format_of(data)
    with tempfile.TemporaryDirectory(prefix=f"aiprod-{os.getpid()}-asset-") as folder:
        source, to = Path(folder) / "source", Path(folder) / "kept"
        source.write_bytes(data)
        if not _one_at_a_time.acquire(timeout=WAIT_S):
            raise Unavailable("assets_busy", "Other files are being decoded; send this one again.", retry_after_s=5.0)
        try:
            said = _decoded(form, source, to, environment)
        finally:
            _one_at_a_time.release()
        yield Examined(to, form.kind, str(said.pop("ending")), said)


def _decoded(form: Format, source: Path, to: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    program = [sys.executable, "-m", "service.assets.child", form.kind, form.name, str(source), str(to)]
    if form.kind == "sound":
        program.append(imageio_ffmpeg.get_ffmpeg_exe())
    root = str(Path(service.__file__).parents[1])
    # A process group of its own, so that ffmpeg ends with it. The folder is where nothing of ours lies.
    child = subprocess.Popen(  # noqa: S603 -- our own command
        program,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=source.parent,
        env={**environment, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
        process_group=0,
    )
    try:
        out, _ = child.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise BadAsset("asset_broken", f"The {form.kind} takes too long to decode.") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
    try:
        said = json.loads(out)
    except ValueError:
        # A decoder crashed, or a limit ended it.
        raise BadAsset("asset_broken", f"The {form.kind} cannot be decoded: it is broken, or takes too much.") from None
    if "refused" in said:
        raise BadAsset("asset_broken" if "why" in said else "asset_unsuitable", said["refused"])
    assert isinstance(said, dict)  # noqa: S101 -- our own child
    return said
