"""What `make check` makes of pip-audit's answer: fail for what is found, never for a service that does not answer."""

import json
from typing import Any

import pytest

from lab import audit
from lab.audit import Ran

CLEAN = {"name": "flask", "version": "3.1.3", "vulns": []}
FLAWED = {"name": "pillow", "version": "13.0.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["13.0.1"]}]}
UNFIXED = {"name": "numpy", "version": "2.4.6", "vulns": [{"id": "PYSEC-2026-2", "fix_versions": []}]}
SKIPPED = {"name": "mine", "skip_reason": "Dependency not found on PyPI and could not be audited: mine (1.0)"}


def answer(*packages: dict[str, Any], exit_code: int = 0) -> Ran:
    return Ran(exit_code, json.dumps({"dependencies": packages, "fixes": []}), "")


def test_a_clean_answer_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(lambda: answer(CLEAN)) == 0
    assert capsys.readouterr().out == "No known vulnerability in 1 packages.\n"


def test_what_is_found_fails_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(lambda: answer(CLEAN, FLAWED, UNFIXED, exit_code=1)) == 1
    said = capsys.readouterr().err
    assert "pillow 13.0.0: PYSEC-2026-1, fixed in 13.0.1" in said
    assert "numpy 2.4.6: PYSEC-2026-2, fixed in no version yet" in said


def test_what_is_found_fails_although_others_were_skipped() -> None:
    assert audit.main(lambda: answer(SKIPPED, FLAWED, exit_code=1)) == 1


def test_a_package_that_is_not_checked_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(lambda: answer(CLEAN, SKIPPED)) == 0
    assert "NOT CHECKED: mine." in capsys.readouterr().err


@pytest.mark.parametrize(
    "ran",
    [
        answer(SKIPPED, SKIPPED),
        answer(),
        Ran(1, "", "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed"),
        Ran(1, "", "Traceback …\npip_audit._service.interface.ServiceError"),
        Ran(1, "", "Traceback …\nrequests.exceptions.ConnectionError: Max retries exceeded"),
        Ran(1, "", "timed out after 300 s"),
    ],
)
def test_a_service_that_does_not_answer_passes_loudly(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(lambda: ran) == 0
    assert "NOT CHECKED for known vulnerabilities: the advisory service cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    "ran", [Ran(1, "", "ERROR: requirement flask is not pinned"), Ran(1, "{}", ""), Ran(2, "", "")]
)
def test_any_other_failure_fails(ran: Ran) -> None:
    assert audit.main(lambda: ran) == 1
