"""`python -m lab.audit`: look for known vulnerabilities in what the lock files pin, with pip-audit.

Fails only for what is found. An advisory service that does not answer says nothing about the code, so it must not stop
CI, but it must not look like a clean result either: pip-audit reports "No known vulnerabilities" even if a mirror
answers 404 for every package.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LOCK_FILES = ("requirements.txt", "requirements-dev.txt", "requirements-demo.txt")
TIME_S = 300
AWAY = ("ConnectionError", "ServiceError", "Could not connect", "Tip: your network may be blocking", "timed out")
"""What pip-audit says, or dies of, if the advisory service cannot be reached."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What pip-audit wrote, and its exit code."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Verdict:
    exit_code: int
    sentence: str


def verdict(ran: Ran) -> Verdict:
    """Say what an audit means. Pure."""
    try:
        packages: list[dict[str, Any]] = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        if any(sign in ran.stderr for sign in AWAY):
            return _unreachable(last)
        return Verdict(1, f"pip-audit failed with exit code {ran.exit_code}: {last}")
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for one in packages
        for flaw in one.get("vulns", [])
    ]
    if found:
        return Verdict(1, "Known vulnerabilities in what the lock files pin:\n  " + "\n  ".join(found))
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    if len(skipped) == len(packages):
        return _unreachable("it knows none of the packages")
    rest = f" NOT CHECKED: {', '.join(skipped)}." if skipped else ""
    return Verdict(0, f"No known vulnerability in {len(packages) - len(skipped)} packages.{rest}")


def _unreachable(why: str) -> Verdict:
    line = "!" * 100
    sentence = f"NOT CHECKED for known vulnerabilities: the advisory service cannot be reached ({why})."
    return Verdict(0, f"{line}\n{sentence}\n{line}")


def run_pip_audit() -> Ran:
    """Audit every lock file at once. Nothing is installed or resolved: the files pin everything, with hashes."""
    files = [word for name in LOCK_FILES for word in ("--requirement", name)]
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json", "--timeout", "5"]
    command = [sys.executable, "-m", "pip_audit", *files, *options]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIME_S)
    except subprocess.TimeoutExpired:
        return Ran(1, "", f"timed out after {TIME_S} s")
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def main(audit: Callable[[], Ran] = run_pip_audit) -> int:
    """Print what was found; return the exit code."""
    told = verdict(audit())
    (sys.stderr if told.exit_code or "NOT CHECKED" in told.sentence else sys.stdout).write(told.sentence + "\n")
    return told.exit_code


if __name__ == "__main__":
    sys.exit(main())
