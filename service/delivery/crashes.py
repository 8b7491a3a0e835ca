"""Say what an exception that a stage did not mean to raise was: in a sentence for people, and as a bounded traceback.

The sentence goes wherever the job's error goes. The traceback stays in the database, for those who operate the service.
"""

import sysconfig
import traceback
from pathlib import Path
from types import TracebackType

import service
from service.strictjson import storable

MAX_TEXT = 300
"""Characters of the exception's own text that go into the sentence."""
MAX_TRACEBACK_BYTES = 8_000
MAX_FRAMES = 50
"""The innermost of a deep stack."""

_SERVICE = Path(service.__file__).parent
_OURS = (_SERVICE / "pipelines",)
_NOT_THE_PIPELINES = (_SERVICE, Path(sysconfig.get_path("stdlib")))
_INSTALLED = tuple({Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")})


def sentence(stage: str, error: BaseException) -> str:
    """Return what crashed and where: `Stage COUNT crashed: KeyError: 'words' (mine.py:7).`"""
    text = _text(error)
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    place = _place(error.__traceback__)
    return f"Stage {stage} crashed: {said}{f' ({place})' if place else ''}."


def bounded_traceback(error: BaseException) -> str:
    """Return the traceback in at most `MAX_TRACEBACK_BYTES`; the middle of a longer one is cut out."""
    try:
        lines = "".join(traceback.TracebackException.from_exception(error, limit=-MAX_FRAMES).format())
    except Exception as broken:  # noqa: BLE001 (an exception may break while it is formatted)
        lines = f"The traceback cannot be formatted ({type(broken).__name__})."
    whole = storable(lines, len(lines) + 1).encode()
    if len(whole) <= MAX_TRACEBACK_BYTES:
        return whole.decode()
    half = (MAX_TRACEBACK_BYTES - 100) // 2
    head, tail = whole[:half].decode(errors="ignore"), whole[-half:].decode(errors="ignore")
    return f"{head}\n… {len(whole) - 2 * half:,} bytes are left out …\n{tail}"


def _text(error: BaseException) -> str:
    """The exception's own text on one line, cut."""
    try:
        text = str(error)
    except Exception as broken:  # noqa: BLE001 (a broken __str__ must not lose the crash)
        return f"its text cannot be read ({type(broken).__name__})"
    text = " ".join("".join(c if c.isprintable() else " " for c in text[: 2 * MAX_TEXT]).split())
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _place(frames: TracebackType | None) -> str:
    """File and line of the innermost frame of the pipeline's own code: not the service's or Python's, and that of an
    installed package only if there is no other."""
    places = [(Path(frame.f_code.co_filename), line) for frame, line in traceback.walk_tb(frames)]
    own = [place for place in places if _is_the_pipelines(place[0])]
    preferred = [place for place in own if not _is_in(place[0], _INSTALLED)]
    for found in (preferred, own, places):
        if found:
            return f"{found[-1][0].name}:{found[-1][1]}"
    return ""


def _is_the_pipelines(file: Path) -> bool:
    if _is_in(file, _OURS) or _is_in(file, _INSTALLED):
        return True
    return file.is_absolute() and not _is_in(file, _NOT_THE_PIPELINES)


def _is_in(file: Path, folders: tuple[Path, ...]) -> bool:
    return any(file.is_relative_to(folder) for folder in folders)
