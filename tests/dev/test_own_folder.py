"""`dev` in a folder of one's own, with a pipeline that is being written: code that breaks, and is mended."""

import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.harness.processes import ROOT
from service.dev import devfile, processes
from service.dev.command import read_env_file
from service.dev.look import look_at
from service.errors import SettingsError
from tests.dev.test_stack import Dev, eventually, query, state, submit

GOOD = """
from service.pipeline import Pipeline, Stage

def listen(job, outputs, context):
    return {"words": job.content.split()}

def shout(job, outputs, context):
    return {"shouted": outputs["LISTEN"]["words"]}

pipeline = Pipeline(
    name="NAME",
    presets=frozenset({"loud"}),
    transitions={"LISTEN": "SHOUT", "SHOUT": "DONE"},
    stages={"LISTEN": Stage(listen), "SHOUT": Stage(shout)},
)
"""
CRASHES = GOOD.replace('["words"]}', '["wrods"]}')


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="aiprod-own-") as folder:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        yield Path(folder)


def aiprod(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.slow
def test_a_pipeline_is_written_while_dev_runs(here: Path) -> None:
    (here / "mine.py").write_text(CRASHES.replace("NAME", "mine"))
    (here / "other.py").write_text(GOOD.replace("NAME", "other"))
    (here / ".env").write_text("PIPELINE=mine:pipeline\nLEASE_S=2\nLOG_LEVEL=INFO\n")
    dev = Dev(here / ".dev", port=0, pipeline="", options="reload=True")
    try:
        file = dev.wait_ready()
        assert file.pipeline == "mine:pipeline"
        assert eventually(lambda: "submit --preset loud" in dev.printed)
        job = submit(file, preset="loud")
        # Its traceback is printed, and the job waits for its next attempt.
        assert eventually(lambda: "KeyError: 'wrods'" in dev.printed)
        assert 'mine.py", line 8, in shout' in dev.printed
        first = file.gunicorn
        (here / "mine.py").write_text("this is no Python")
        assert eventually(lambda: "SyntaxError" in dev.printed)
        assert "Until then the old code goes on." in dev.printed
        assert processes.is_alive(first)
        (here / "mine.py").write_text(GOOD.replace("NAME", "mine"))
        assert eventually(lambda: state(file, job) == "completed")
        assert job in urllib.request.urlopen(f"{file.url}/", timeout=5).read().decode()
        assert not processes.is_alive(first)
        # The stage that was finished by the old code has not run again.
        runs = "SELECT count(*) FROM job_stages WHERE job_id = %s AND stage = 'LISTEN'"
        assert query(file, runs, job) == 1
        dev.process.kill()
        dev.process.wait()
        # As if it had been killed before it wrote down what it started.
        left = devfile.read(here / ".dev")
        assert left
        assert processes.is_alive(left.gunicorn)
        devfile.remove(here / ".dev")
        port = int(file.url.rpartition(":")[2])
        dev = Dev(here / ".dev", port=port, pipeline="other:pipeline")
        second = dev.wait_ready()
        assert not processes.is_alive(left.gunicorn)
        assert (second.pipeline, query(second, "SELECT count(*) FROM jobs")) == ("other:pipeline", 0)
        # Without --preset, the command sends one that this pipeline has.
        assert aiprod("submit", "--watch", "hello").returncode == 0
        refused = aiprod("dev", "--dir", "elsewhere", "--port", str(port))
        assert f"Port {port} is in use by the dev of {(here / '.dev').resolve()}" in refused.stdout
    finally:
        if dev.process.poll() is None:
            dev.end()


def test_a_mistake_is_told_before_anything_starts(here: Path) -> None:
    (here / "mirror.py").write_text(GOOD.replace("NAME", "mirror"))
    with pytest.raises(SettingsError, match="mirror has: pipeline"):
        look_at("mirror:pipelin", os.environ)
    (here / "mirror.py").write_text("def f():\n    return {}['x']\n\nf()\n")
    with pytest.raises(SettingsError) as refused:
        look_at("mirror:pipeline", os.environ)
    sentence, *traceback = refused.value.sentence.splitlines()
    assert "KeyError: 'x' (mirror.py:2)" in sentence
    # From the first frame of one's own code on.
    assert 'mirror.py", line 4' in traceback[1]
    (here / "mirror.py").write_text("import os; os._exit(7)")
    with pytest.raises(SettingsError, match=r"ends the process that imports it \(7\)"):
        look_at("mirror:pipeline", os.environ)


def test_an_env_file_is_read_as_shells_read_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# a comment\nPIPELINE=mine:pipeline\nexport A='b c'\nEMPTY=\nURL=http://x/?a=$B#c\n"
    )
    assert read_env_file(tmp_path / ".env") == {
        "PIPELINE": "mine:pipeline",
        "A": "b c",
        "EMPTY": "",
        "URL": "http://x/?a=$B#c",
    }
    assert read_env_file(tmp_path / "none") == {}
