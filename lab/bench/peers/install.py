"""Install what is compared, each in a folder of its own under `.bench/`, from the pins beside this module."""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from lab.harness.processes import ROOT

PINS = Path(__file__).with_name("pins")
CACHE = ROOT / ".bench"
TIME_S = 600


class Missing(Exception):
    """A peer cannot be installed on this machine; the text says why."""


def python_with(name: str) -> Path:
    """Return the Python of a virtual environment with what `pins/NAME.txt` pins. Raises `Missing`."""
    pins = PINS / f"{name}.txt"
    folder = CACHE / f"{name}-{_digest(pins)}"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        CACHE.mkdir(exist_ok=True)
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(pins)], name, CACHE)
        (folder / "installed").touch()
    return python


def restate_server() -> Path:
    """Return Restate's server, of the npm package that `pins/package-lock.json` pins. Raises `Missing`."""
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("Restate's server is an npm package, and there is no npm")
    folder = CACHE / f"restate-server-{_digest(PINS / 'package-lock.json')}"
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINS / name, folder)
        # A package that it needs would report the installation to its makers.
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], "Restate's server", folder)
        (folder / "installed").touch()
    found = next(folder.glob("node_modules/@restatedev/restate-server-*/bin/restate-server"), None)
    if found is None:
        raise Missing("Restate has no server for this machine")
    return found


def _digest(pins: Path) -> str:
    """Return what names the folder: new pins or another Python are installed beside the old ones."""
    return hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:12]


def _run(command: list[str], what: str, folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=TIME_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{what} cannot be installed: {error}") from error
    if done.returncode:
        lines = (done.stderr + done.stdout).strip().splitlines() or ["nothing was said"]
        raise Missing(f"{what} cannot be installed: {lines[-1][:300]}")
