"""Run commands in this process, against the real service over HTTP and a real PostgreSQL."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from werkzeug.serving import make_server

from lab.harness.names import ACCOUNT, API_AUDIENCE, AUDIENCE, CALLER
from lab.harness.world import World
from service.app import EXTENSION, create_app
from service.cli import target
from service.cli.main import main
from tests.support.cli import Run, Said


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove the shell's settings, and change to a folder where no dev runs."""
    for name in ("AIPROD_URL", "AIPROD_TOKEN", "DATABASE_URL", "LOG_LEVEL", "K_SERVICE", "PUBSUB_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("USER", "ada")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> Said:
        try:
            code = main(arguments)
        except SystemExit as error:  # argparse's own
            code = int(error.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        if code == 0:
            assert not said.err or said.err.startswith("There ") or said.err.endswith("[y/N] "), "a note or a question"
        elif not said.err.startswith("usage:"):
            assert said.err.count("\n") <= 2, "an error is one sentence, and a note may go before it"
        return Said(code, said.out, said.err)

    return command


@pytest.fixture
def service(world: World) -> Iterator[str]:
    """The URL of the real service with the drill, in this process."""
    app = create_app(world.env())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions[EXTENSION].close()


@pytest.fixture
def dev(service: str, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Pretend that the service is that of a running dev, which has written down where it is and how to sign."""
    key = tmp_path / "key.pem"
    key.write_bytes(b"its content is read by the issuer below")
    running = SimpleNamespace(
        url=service,
        push_audience=AUDIENCE,
        push_email=ACCOUNT,
        api_audience=API_AUDIENCE,
        api_email=CALLER,
        key_file=str(key),
        database_url=world.database_url,
        project="test-project",
        pubsub_host=world.pubsub.host,
        jobs_topic="aiprod-pipeline-jobs",
        results_topic="aiprod-pipeline-results",
        dlq_topic="aiprod-pipeline-dlq",
        artifacts="file:///tmp/none",
        pipeline="drill",
        presets=("quick_social",),
    )

    def sign(found: SimpleNamespace, purpose: str) -> str:
        is_push = purpose == "push"
        audience, email = (found.push_audience, found.push_email) if is_push else (found.api_audience, found.api_email)
        return world.issuer.token(audience, email)

    monkeypatch.setattr(target, "running_dev", lambda _options: running)
    monkeypatch.setattr(target, "sign", sign)
    return service


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Type this line at the terminal."""

    def typed(line: str) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True, readline=lambda: line))

    return typed
