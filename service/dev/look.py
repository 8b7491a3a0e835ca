"""Look at the pipeline that `PIPELINE` names, in a process of its own: its code may do anything when it is imported."""

import importlib
import json
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.errors import SettingsError
from service.loading import BUILT_IN, load_pipeline

PACKAGE = Path(__file__).resolve().parent.parent
TIMEOUT_S = 60.0
_MARK = "\x1elooked\x1e"
"""Before the answer: the pipeline's own code may print, too."""


@dataclass(frozen=True, slots=True)
class Look:
    """What `dev` knows of a pipeline: what it calls itself, and the presets that a job may have."""

    name: str
    presets: tuple[str, ...]
    is_built_in: bool
    folder: Path
    """Where its module is."""

    @property
    def database(self) -> str:
        """The database of its jobs: another pipeline in the same folder would not know what to do with them."""
        if self.is_built_in and self.name == "film":
            return "postgres"
        return f"pipeline_{re.sub(r'[^a-z0-9]+', '_', self.name.lower())[:40]}"

    @property
    def preset(self) -> str:
        """One to try."""
        return "quick_social" if "quick_social" in self.presets else self.presets[0] if self.presets else ""


def look_at(spec: str, env: Mapping[str, str]) -> Look:
    """Load the pipeline with this environment. Raises `SettingsError`, with the traceback of the pipeline's own code
    below the sentence."""
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter)
            [sys.executable, "-m", "service.dev.look", spec],
            env={**env, "PYTHONPATH": python_path(env)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SettingsError(f"PIPELINE {spec!r} is not imported after {TIMEOUT_S:.0f} s.") from None
    _, mark, answer = done.stdout.rpartition(_MARK)
    if not mark:
        raise SettingsError(f"PIPELINE {spec!r} ends the process that imports it ({done.returncode}): {done.stderr}")
    found = json.loads(answer)
    if "error" in found:
        raise SettingsError(found["error"])
    return Look(found["name"], tuple(found["presets"]), found["is_built_in"], Path(found["folder"]))


def python_path(env: Mapping[str, str]) -> str:
    """The `PYTHONPATH` for a process that must find the pipeline where `dev` was started, and this `service`."""
    return os.pathsep.join(filter(None, (str(Path.cwd()), env.get("PYTHONPATH", ""), str(PACKAGE.parent))))


def _answer(spec: str) -> dict[str, object]:
    try:
        pipeline = load_pipeline(spec, os.environ)
    except SettingsError as error:
        return {"error": error.sentence + _own_traceback(error.__cause__)}
    file = sys.modules[BUILT_IN.get(spec, spec).partition(":")[0]].__file__
    return {
        "name": pipeline.name,
        "is_built_in": spec in BUILT_IN,
        "presets": sorted(pipeline.presets),
        "folder": str(Path(file).resolve().parent if file else Path.cwd()),
    }


def _own_traceback(cause: BaseException | None) -> str:
    """The traceback from the first frame of the pipeline's own code on; empty if it has none."""
    frames = cause.__traceback__ if cause else None
    while frames and not _is_own(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    is_syntax = isinstance(cause, SyntaxError)
    if cause is None or (frames is None and not is_syntax):
        return ""
    return "\n" + "".join(traceback.format_exception(type(cause), cause, frames)).rstrip()


def _is_own(file: str) -> bool:
    return not file.startswith("<frozen ") and file != importlib.__file__ and PACKAGE not in Path(file).parents


if __name__ == "__main__":
    sys.stdout.write(_MARK + json.dumps(_answer(sys.argv[1])))
