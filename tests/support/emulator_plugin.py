"""The emulator in a test run: its marker, its fixture, and a loud warning if it is missing."""

from collections.abc import Iterator

import pytest

from lab.harness.emulator import Emulator, Missing, find

PROMISES = (
    "that Google's own emulator delivers a job, a dead letter, a redelivery after failures, a continuation and "
    "duplicates as the service expects (promises 1, 3, 5 and 6)"
)

NOT_TESTED = "NOT TESTED: "


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "emulator: with Google's Pub/Sub emulator; needs the Cloud SDK and java")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark here what a module cannot mark itself: it is imported before this plugin has registered the marker."""
    for item in items:
        if item.path.name == "test_emulator.py":
            item.add_marker(pytest.mark.emulator)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    try:
        script = find()
    except Missing as missing:
        pytest.skip(f"{missing}; {NOT_TESTED}{PROMISES}")
    running = Emulator(script, tmp_path_factory.mktemp("emulator") / "emulator.log")
    yield running
    running.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """From the reports, since with pytest-xdist the tests were skipped in other processes than this one."""
    reasons = [
        report.longrepr[2] for report in terminalreporter.stats.get("skipped", []) if NOT_TESTED in report.longreprtext
    ]
    for reason in dict.fromkeys(reasons):
        terminalreporter.write_sep("!", "the Pub/Sub emulator's tests were skipped", yellow=True, bold=True)
        terminalreporter.write_line(f"WARNING: {reason.removeprefix('Skipped: ')}.", yellow=True)
