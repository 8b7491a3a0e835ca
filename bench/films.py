"""Five films at once: seconds of film a CPU second, and the peak memory of the process tree with its scratch files."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import psutil
from harness import Brief, Gunicorn, call

from bench.deliveries import world_around

FILMS = 5
SAMPLE_S = 0.2
BRIEFS = (
    "Meet Beam, the little lighthouse that learned to dance. Every night it turns its light into music.",
    "Fresh bread at six. Bakery Nord bakes 400 loaves a night. Kirchgasse 12, open every day.",
    "The river run is back. Ten kilometres, 3,000 runners, one finish line. Sign up before Sunday.",
    "Every child should see the sea. Your 20 euros take one there. Give today.",
    "A pocket lamp that charges in the sun. Four hours of light, no cable. From March.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of five films at once."""

    film_s: float
    wall_s: float
    cpu_s: float
    peak_bytes: int
    scratch_bytes: int
    leases_lost: int


def run(say: Callable[[str], None]) -> Figures:
    """Make `FILMS` quick films at once on one instance."""
    with world_around(say) as (world, host):
        scratch = world.folder / "scratch"
        scratch.mkdir()
        service = Gunicorn(
            world,
            PIPELINE="film",
            MAX_CONCURRENT_JOBS=str(FILMS),
            PUBSUB_EMULATOR_HOST=host,
            LOG_LEVEL="WARNING",
            TMPDIR=str(scratch),
        )
        try:
            return _measure(service, scratch)
        finally:
            service.close()


def _measure(service: Gunicorn, scratch: Path) -> Figures:
    tree = psutil.Process(service.process.pid)
    briefs = [Brief(content=content, metadata={"duration_sec": 10}) for content in BRIEFS[:FILMS]]
    peaks, done = [(0, 0)], threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE_S):
            files = sum(file.stat().st_size for file in scratch.rglob("*") if file.is_file())
            peaks.append((_memory(tree) + files, files))

    watcher = threading.Thread(target=watch)
    before, began = _cpu(tree), time.monotonic()
    watcher.start()
    with ThreadPoolExecutor(FILMS) as pool:
        answers = list(pool.map(lambda brief: service.push(brief.body(), timeout=600), briefs))
    wall = time.monotonic() - began
    done.set()
    watcher.join()
    refused = [answer.body for answer in answers if answer.status != HTTPStatus.NO_CONTENT]
    if refused:
        raise RuntimeError(str(refused))
    rows = service.world.query("SELECT output FROM job_results WHERE status = 'success'")
    return Figures(
        film_s=sum(row["output"]["duration_sec"] for row in rows),
        wall_s=wall,
        cpu_s=_cpu(tree) - before,
        peak_bytes=max(both for both, _ in peaks),
        scratch_bytes=max(files for _, files in peaks),
        leases_lost=_counter(service, "aiprod_leases_lost_total"),
    )


def _memory(tree: psutil.Process) -> int:
    """Proportional set size of the process and everything below it, in bytes: shared pages count once."""
    total = 0
    for process in (tree, *tree.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def _cpu(tree: psutil.Process) -> float:
    """CPU seconds of the process, of those below it, and of those that these have waited for."""
    spent = []
    for process in (tree, *tree.children(recursive=True)):
        try:
            times = process.cpu_times()
            spent.append(times.user + times.system + times.children_user + times.children_system)
        except psutil.Error:
            continue
    return sum(spent)


def _counter(service: Gunicorn, name: str) -> int:
    page = call(service.port, "GET", "/metrics").body.decode()
    return round(sum(float(line.split()[-1]) for line in page.splitlines() if line.startswith(name)))
