"""AUDIO_GENERATION: a film whose voice is slower than planned gets longer, as far as it may."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from lab.harness.film_context import local_context
from service.pipeline import Context, Job, Output
from service.pipelines.film.money.plan import Line
from service.pipelines.film.presets import PRESETS
from service.pipelines.film.providers import choose
from service.pipelines.film.providers.protocols import Narration, NarrationRequest
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.voice.timeline import Timeline
from service.pipelines.film.seeds import Seed
from service.pipelines.film.stages import audio_generation
from service.pipelines.film.studio.sound import RATE, Spoken
from service.pipelines.film.wishes import read_wishes

CONTENT = "Oak desk for €349. Made in Kent since 1974. Delivered in two days. Order at oakroom.com"


@dataclass
class Slow:
    """A narrator who takes `seconds` for each line, however short the time."""

    seconds: float
    name: str = "slow"
    asked: list[NarrationRequest] = field(default_factory=list)

    def costs(self, _lines: Sequence[str]) -> Sequence[Line]:
        return ()

    def narrate(self, _ctx: Context, request: NarrationRequest) -> Narration:
        self.asked.append(request)
        hum = np.full((round(self.seconds * RATE), 1), 0.1, np.float32)
        return Narration(spoken=[Spoken(hum, ()) for _ in request.lines], voice="slow")


def heard(folder: Path, seconds: float, preset: str, **metadata: float) -> tuple[Timeline, Output, float]:
    """The timeline of a film that a slow narrator says, the stage's output, and the length that was planned."""
    job = Job(
        id="slow", user_id="u", content=CONTENT, preset=preset, metadata={"music": "off", **metadata},
        run=1, round=0, failures=0,
    )  # fmt: skip
    wished, seed = read_wishes(job), Seed.of_job("slow")
    read = brief.read(CONTENT, None)
    treatment = rules.direct(read, wished, PRESETS[preset], seed)
    outputs: dict[str, Output] = {
        "INIT": {"seed": seed.digits},
        "ANALYSIS": {"brief": read.to_json()},
        "FAST_TRACK": {"treatment": treatment.to_json()},
    }
    narrator = Slow(seconds)
    made = audio_generation.run(job, outputs, local_context(folder), providers=replace(choose({}), narrator=narrator))
    return Timeline.from_json(made["timeline"]), made, treatment.seconds


def test_a_slow_voice_makes_the_film_longer(tmp_path: Path) -> None:
    timeline, made, planned_s = heard(tmp_path, 5.0, "quick_social")
    assert not made["some_lines_left_out"]
    assert planned_s < timeline.seconds <= PRESETS["quick_social"].longest_s
    assert all(slot.seconds >= 5.0 for slot in timeline.slots[:-1])


@pytest.mark.parametrize(("seconds", "asked"), [(9.0, {}), (5.0, {"duration_sec": 12.0})])
def test_it_never_gets_longer_than_it_may(tmp_path: Path, seconds: float, asked: dict[str, float]) -> None:
    timeline, made, _ = heard(tmp_path, seconds, "quick_social", **asked)
    assert timeline.seconds <= asked.get("duration_sec", PRESETS["quick_social"].longest_s)
    assert made["some_lines_left_out"]
