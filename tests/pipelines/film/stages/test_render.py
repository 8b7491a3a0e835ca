"""RENDER_EXECUTION: the same film wherever and however it is made, and no finished shot rendered twice."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

import av
import numpy as np
import pytest

from lab.harness.film_context import walk
from lab.harness.messages import Brief
from lab.harness.processes import ROOT, Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.pipeline import Job
from service.pipelines.film import pipeline
from service.pipelines.film.script.voice.timeline import FPS
from service.pipelines.film.studio import ffmpeg

pytestmark = pytest.mark.slow

Sound: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]

FILMS = {
    "aurora": "Our new Aurora lamp wakes you up with 12 shades of sunrise. Order yours at aurora-lamp.com",
    "blocks": "Du pain au levain, des tartes et des croissants. Venez goûter !",
    "rings": '"I never heard wood sing," says Mila Østergård. Come and listen.',
    "paper": "宇宙の夜明け。新しい時計が今日から。",
}
MILL = (
    "The old mill opens again in May. Twelve carpenters built its wheel by hand. At night the wood begins to sing. "
    "A ticket costs 49 euros. Children come in for nothing. Come and listen."
)
KEPT = "SELECT part, finished_at FROM job_parts WHERE stage = 'RENDER_EXECUTION' AND part LIKE 'shot-%'"


def path_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


def frames(film: Path) -> list[str]:
    """Return the digest of each decoded frame."""
    with av.open(str(film)) as opened:
        return [sha256(frame.to_ndarray().tobytes()).hexdigest() for frame in opened.decode(opened.streams.video[0])]


def sound(film: Path) -> Sound:
    """Return the decoded samples, shape (channels, samples)."""
    with av.open(str(film)) as opened:
        parts = [frame.to_ndarray() for frame in opened.decode(opened.streams.audio[0])]
    return np.concatenate(parts, axis=1)


def made_elsewhere(job: Job, folder: Path, *, cpus: int, shots: int, **env: str) -> dict[str, Any]:
    """Return the result of a film made by a separate process, in `folder`."""
    (folder / "tmp").mkdir(parents=True)
    asked = json.dumps({name: getattr(job, name) for name in ("id", "user_id", "content", "preset", "metadata")})
    made = subprocess.run(
        [sys.executable, "-m", "tests.support.made_elsewhere", str(folder), str(cpus), str(shots), asked],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp"), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    result: dict[str, Any] = json.loads(made.stdout)
    return result


@pytest.mark.parametrize("style", sorted(FILMS))
def test_the_same_job_makes_the_same_film_wherever_it_is_made(style: str, tmp_path: Path) -> None:
    job = Job(
        id="same",
        user_id="u",
        content=FILMS[style],
        preset="quick_social",
        metadata={"duration_sec": 4, "style": style},
    )
    one = made_elsewhere(job, tmp_path / "one", cpus=1, shots=1, PYTHONHASHSEED="0", LC_ALL="C", TZ="UTC")
    two = made_elsewhere(job, tmp_path / "elsewhere" / "two", cpus=64, shots=3, PYTHONHASHSEED="4711", TZ="Asia/Tokyo")

    films = [path_of(result["film_url"]) for result in (one, two)]
    here, there = map(frames, films)
    assert len(here) == len(there) == 4 * FPS
    assert [number for number, pair in enumerate(zip(here, there, strict=True)) if pair[0] != pair[1]] == []
    assert np.array_equal(sound(films[0]), sound(films[1]))
    # The file records how it was encoded. The number of threads shows only in shots longer than these.
    assert films[0].read_bytes() == films[1].read_bytes()
    for url in ("poster_url", "captions_url"):
        assert path_of(one[url]).read_bytes() == path_of(two[url]).read_bytes()


class Recorded:
    """An ffmpeg that logs its command before running it: every encoder that was started is on record, whatever became
    of it and of the service."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.log = folder / "commands"
        self.log.touch()
        self.program = folder / "ffmpeg"
        self.program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> "{self.log}"\nexec "{ffmpeg.program()}" "$@"\n')
        self.program.chmod(0o755)

    def shots(self) -> list[str]:
        """Return the shots whose encoding started, each as often as it did."""
        asked = (line for line in self.log.read_text().splitlines() if " pipe:0 " in line)
        return [match.group(1) for line in asked if (match := re.search(r"/(shot-\d+)\.mp4$", line))]


def pushed(server: Gunicorn, job: Brief) -> bool:
    """Push until the job is done. Returns False if the service died in the meantime."""
    while True:
        try:
            if server.push(job.body(), timeout=600).status == 204:
                return True
        except (ConnectionError, TimeoutError):
            return False
        time.sleep(0.2)  # The lease of the killed worker has to expire.


def test_kill_9_again_and_again_renders_no_finished_shot_twice(
    world: World, gunicorn: Callable[..., Gunicorn], tmp_path: Path
) -> None:
    job = Brief(content=MILL, metadata={"duration_sec": 12, "aspect_ratio": "1:1"})
    kept: Mapping[str, object] = {}
    begun: list[list[str]] = []
    done = False
    while not done:
        life = Recorded(tmp_path / f"life-{len(begun)}")
        scratch = life.program.parent / "scratch"
        scratch.mkdir()
        server = gunicorn(
            PIPELINE="film", LEASE_S="2", TMPDIR=str(scratch), IMAGEIO_FFMPEG_EXE=str(life.program), LOG_LEVEL="WARNING"
        )
        with ThreadPoolExecutor(1) as pool:
            push = pool.submit(pushed, server, job)
            known = len(kept)
            # Kill as soon as one more shot is finished, while others are being rendered.
            eventually(lambda push=push, known=known: push.done() or len(world.query(KEPT)) > known, timeout=600)  # type: ignore[misc]
            if not push.done():
                server.kill()
            done = push.result()
        before, kept = kept, {row["part"]: row["finished_at"] for row in world.query(KEPT)}
        begun.append(life.shots())
        assert set(begun[-1]).isdisjoint(before), "a finished shot was rendered again"
        assert {part: kept[part] for part in before} == before

    count = len(kept)
    assert count >= 3
    assert len(begun) >= 3, "it was to be killed twice at least"
    assert {shot for life in begun for shot in life} == set(kept)
    row = world.job(job.job_id)
    assert (row["state"], row["attempts"]) == ("completed", 0)
    (result,) = world.query("SELECT status, output FROM job_results WHERE job_id = :id", id=job.job_id)
    assert result["status"] == "success"
    asked = Job(id=job.job_id, user_id=job.user_id, content=job.content, preset=job.preset, metadata=job.metadata)
    unhurt = walk(pipeline({}), asked, tmp_path / "unhurt")["FINALIZE"]
    assert frames(path_of(result["output"]["film_url"])) == frames(path_of(unhurt["film_url"]))
