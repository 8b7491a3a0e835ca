"""`dev` as it is used: real processes, PostgreSQL and gunicorn included. The pipeline is the drill."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from service.dev import devfile, processes
from service.dev.devfile import DevFile
from service.dev.issuer import KEY_FILE, LocalIssuer
from service.dev.stack import DevStack
from service.errors import Unavailable

pytestmark = pytest.mark.slow

EMULATOR = Path("/usr/lib/google-cloud-sdk/platform/pubsub-emulator/bin/cloud-pubsub-emulator")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One for all tests here: PostgreSQL's data takes seconds to make. Not below pytest's own folder, which every
    other run of pytest closes to PostgreSQL's user."""
    with tempfile.TemporaryDirectory(prefix="aiprod-dev-") as folder:
        yield Path(folder) / "it's a folder"


class Dev:
    """`dev` in a process of its own."""

    def __init__(self, folder: Path, *, port: int, pipeline: str = "drill", options: str = "", **env: str) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        program = "import sys; from pathlib import Path; from service.dev.command import run_dev\n"
        program += f"sys.exit(run_dev(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], {options}))"
        self.output = folder / f"printed-{time.monotonic_ns()}.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program, str(folder), str(port), pipeline],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | env,
            )

    @property
    def printed(self) -> str:
        return self.output.read_text()

    def wait_ready(self) -> DevFile:
        assert eventually(lambda: self.process.poll() is not None or ((f := self.file()) and is_ready(f.url)))
        assert self.process.poll() is None, self.printed
        return self.file() or pytest.fail("no dev.json")

    def is_ready(self) -> bool:
        file = self.file()
        return file is not None and is_ready(file.url)

    def file(self) -> DevFile | None:
        found = devfile.read(self.folder)
        return found if found and found.dev.pid == self.process.pid else None

    def end(self, number: int = signal.SIGTERM) -> int:
        """The exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture
def devs() -> Iterator[list[Dev]]:
    devs: list[Dev] = []
    yield devs
    for dev in devs:
        if dev.process.poll() is None:
            dev.end()


def eventually(holds: Callable[[], Any], seconds: float = 90) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def is_ready(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(f"{url}/ready", timeout=5).status == 200)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def submit(dev: DevFile, preset: str = "quick_social", **metadata: Any) -> str:
    token = LocalIssuer.at(Path(dev.key_file).parent).token(dev.api_audience, dev.api_email)
    body = {"user_id": "me", "preset": preset, "content": "A brief.", "metadata": metadata}
    request = urllib.request.Request(
        f"{dev.url}/pipeline/run",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["job_id"])


def query(dev: DevFile, sql: str, *values: object) -> Any:
    """The first column of the first row."""
    connection = psycopg2.connect(dev.database_url.replace("+psycopg2", ""))
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            row = cursor.fetchone()
            return row[0] if row else None
    finally:
        connection.close()


def state(dev: DevFile, job_id: str) -> Any:
    return query(dev, "SELECT state FROM jobs WHERE id = %s", job_id)


def alive(dev: DevFile) -> list[bool]:
    return [processes.is_alive(one) for one in (dev.dev, dev.gunicorn, dev.postgres) if one]


def test_the_stack_runs_a_job_and_leaves_nothing_running(folder: Path) -> None:
    threads_before = threading.active_count()
    with DevStack(folder, port=0, env={"PIPELINE": "drill"}) as dev:
        written = devfile.read(folder)
        assert written is not None
        assert (written.url, written.database_url) == (dev.url, dev.database_url)
        assert dev.issuer.kid not in (folder / devfile.NAME).read_text()
        for name in (KEY_FILE, devfile.NAME, "service.log"):
            assert (folder / name).stat().st_mode & 0o777 == 0o600
        assert alive(written) == [True, True, True]
        assert dev.pubsub
        pubsub = dev.pubsub
        job_id = submit(written)
        assert pubsub.wait_until(lambda: bool(pubsub.accepted(written.results_topic)))
        assert pubsub.wait_until(lambda: not pubsub.outstanding(written.jobs_subscription))
        (result,) = pubsub.accepted(written.results_topic)
        assert json.loads(result.data)["job_id"] == job_id
        assert dev.failure() is None

        dev.gunicorn.kill()
        assert "exit code -9" in (dev.failure() or "")
        dev.gunicorn.start()
        dev.gunicorn.wait_ready()
        second = submit(written)
        assert pubsub.wait_until(lambda: len(pubsub.accepted(written.results_topic)) == 2)
        assert state(written, second) == "completed"
        with pytest.raises(Unavailable, match="dev_runs_already"):
            DevStack(folder, port=0).start()
    assert alive(written)[1:] == [False, False]
    assert devfile.read(folder) is None
    assert threading.active_count() == threads_before


def test_what_a_kill_9_left_is_taken_over_and_its_jobs_go_on(folder: Path, devs: list[Dev]) -> None:
    port = free_port()
    devs.append(Dev(folder, port=port))
    first = devs[0].wait_ready()
    held = submit(first, drill_stage_ms=2_000)
    assert eventually(lambda: query(first, "SELECT progress FROM jobs WHERE id = %s", held) >= 1)
    assert devs[0].end(signal.SIGKILL) == -signal.SIGKILL
    assert alive(first) == [False, True, True]

    devs.append(Dev(folder, port=port, LEASE_S="2"))
    second = devs[1].wait_ready()
    assert alive(first) == [False, False, True]
    assert second.postgres == first.postgres
    assert eventually(lambda: state(second, held) == "completed")
    rerun = "SELECT count(*) - count(DISTINCT stage) FROM job_stages WHERE job_id = %s AND status = 'finished'"
    assert query(second, rerun, held) == 0

    devs.append(Dev(folder, port=free_port()))
    assert devs[2].process.wait(20) == 1
    assert f"already at http://127.0.0.1:{port}" in devs[2].printed
    assert alive(second) == [True, True, True]

    start = time.monotonic()
    assert devs[1].end(signal.SIGINT) == 0
    assert time.monotonic() - start < 12
    assert "Resent the messages of 1 job" in devs[1].printed
    assert f"http://127.0.0.1:{port}/pipeline/run" in devs[1].printed
    assert alive(second) == [False, False, False]


def test_what_it_prints_can_be_pasted(folder: Path, devs: list[Dev]) -> None:
    devs.append(Dev(folder, port=free_port()))
    dev = devs[0].wait_ready()
    assert eventually(lambda: "Ctrl-C" in devs[0].printed)
    paragraphs = [part for part in devs[0].printed.split("\n\n") if part.startswith("    ")]
    assert [("submit" in part, "curl" in part) for part in paragraphs] == [(True, False), (False, True)]
    before = query(dev, "SELECT count(*) FROM jobs")
    for pasted in paragraphs:
        done = subprocess.run(["bash", "-c", pasted], capture_output=True, text=True, timeout=60, check=False)  # noqa: S607
        assert done.returncode == 0, done.stderr
        assert "/pipeline/job/" in done.stdout or "completed" in done.stdout, done.stdout
    assert query(dev, "SELECT count(*) FROM jobs") == before + 2


def test_a_part_that_ends_by_itself_ends_dev_with_a_sentence(folder: Path, devs: list[Dev]) -> None:
    devs.append(Dev(folder, port=free_port()))
    dev = devs[0].wait_ready()
    # It answers before dev has seen that it does.
    assert eventually(lambda: "The service runs at" in devs[0].printed)
    os.kill(dev.gunicorn.pid, signal.SIGTERM)
    assert devs[0].process.wait(20) == 1
    assert "The service ended by itself" in devs[0].printed
    assert alive(dev) == [False, False, False]


def test_sigterm_while_a_job_runs_gives_it_back(folder: Path, devs: list[Dev]) -> None:
    devs.append(Dev(folder, port=free_port()))
    dev = devs[0].wait_ready()
    held = submit(dev, drill_stage_ms=60_000)  # stays un-ended for the tests after this one
    assert eventually(lambda: state(dev, held) == "processing")
    start = time.monotonic()
    assert devs[0].end() == 0
    assert time.monotonic() - start < 12
    with DevStack(folder, port=0, env={"PIPELINE": "drill"}) as again:
        written = devfile.read(folder)
        assert written
        # Its own, and what tests before it left un-ended in this folder.
        assert again.resent >= 1
        assert eventually(lambda: state(written, held) == "processing")
        assert query(written, "SELECT attempts FROM jobs WHERE id = %s", held) == 0


def test_what_cannot_start_says_why(folder: Path, devs: list[Dev]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        devs.append(Dev(folder, port=taken.getsockname()[1]))
        assert devs[0].process.wait(20) == 1
        assert "is in use" in devs[0].printed
    devs.append(Dev(folder, port=free_port(), pipeline="no.such:pipeline"))
    assert devs[1].process.wait(60) == 1
    assert "no.such" in devs[1].printed
    assert "Traceback" not in devs[1].printed.partition("ends with")[0]
    devs.append(Dev(folder, port=free_port(), LEASE_S="many"))
    assert devs[2].process.wait(60) == 1
    assert "LEASE_S must be" in devs[2].printed
    devs.append(Dev(folder, port=free_port(), PUBSUB_EMULATOR_HOST="127.0.0.1:1"))
    assert devs[3].process.wait(60) == 1
    assert "unset PUBSUB_EMULATOR_HOST" in devs[3].printed
    assert "Traceback" not in devs[3].printed


@pytest.fixture
def emulator() -> Iterator[str]:
    if not EMULATOR.exists():
        pytest.skip("SKIPPED, NOT TESTED: Google's Pub/Sub emulator is not on this machine")
    host = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [EMULATOR, f"--host={host.split(':', maxsplit=1)[0]}", f"--port={host.split(':')[1]}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert eventually(lambda: is_listening(host), 60)
        yield host
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def is_listening(host: str) -> bool:
    name, _, port = host.partition(":")
    try:
        socket.create_connection((name, int(port)), 1).close()
    except OSError:
        return False
    return True


def test_googles_emulator_takes_the_place_of_the_stand_in(folder: Path, emulator: str) -> None:
    for _ in range(2):  # the second time its topics and subscriptions are there already
        with DevStack(folder, port=0, env={"PIPELINE": "drill", "PUBSUB_EMULATOR_HOST": emulator}) as dev:
            written = devfile.read(folder)
            assert written
            assert dev.pubsub is None
            assert written.pubsub_host == emulator
            job_id = submit(written)
            assert eventually(lambda: state(written, job_id) == "completed", 60)  # noqa: B023 (called at once)
