"""The path through the stages, and how the pipeline is built."""

import subprocess
import sys

import pytest

from service.pipeline import BadSetting, Job
from service.pipelines.film import pipeline

FULL = (
    "INIT ANALYSIS CREATIVE_DIRECTION VISUAL_TRANSLATION FINANCIAL_OPTIMIZATION AUDIO_GENERATION RENDER_EXECUTION "
    "QA_TECHNICAL QA_SEMANTIC FINALIZE DELIVERED"
)
FAST = FULL.replace("CREATIVE_DIRECTION VISUAL_TRANSLATION", "FAST_TRACK")


@pytest.mark.parametrize(("preset", "path"), [("quick_social", FAST), ("brand_campaign", FULL), ("premium_spot", FULL)])
def test_the_preset_decides_the_path(preset: str, path: str) -> None:
    film = pipeline({})
    job = Job(id="j", user_id="u", content="x", preset=preset, metadata={})
    walked = [film.first]
    while walked[-1] != film.end:
        walked.append(film.after(walked[-1], job, {}))
    assert walked == path.split()


def test_every_stage_says_how_much_time_it_needs() -> None:
    film = pipeline({})
    for seconds in (3, 180):
        job = Job(id="j", user_id="u", content="x", preset="premium_spot", metadata={"duration_sec": seconds})
        assert all(0 < stage.needs_s(job) < 120 for stage in film.stages.values())


@pytest.mark.parametrize("setting", ["PROVIDER", "PROVIDER_DIRECTOR", "PROVIDER_CRITIC"])
@pytest.mark.parametrize("provider", ["Local", "sora"])
def test_an_unknown_provider_is_named(setting: str, provider: str) -> None:
    with pytest.raises(BadSetting) as caught:
        pipeline({setting: provider})
    assert caught.value.name == setting
    assert "local" in caught.value.sentence


def test_an_empty_setting_is_the_default() -> None:
    assert pipeline({"PROVIDER": ""}).name == "film"


def test_the_path_and_the_presets_load_nothing_heavy() -> None:
    code = (
        "import sys; import service.pipelines.drill, service.pipelines.film.presets; "
        "heavy = ('numpy', 'PIL', 'imageio_ffmpeg', 'onnxruntime', 'pydantic'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=".")
    assert printed.stdout.strip() == "[]"


def test_pydantic_is_loaded_only_to_read_a_draft() -> None:
    code = (
        "import sys; from service.pipelines.film import pipeline; "
        "from service.pipelines.film.script.judging import drafts; "
        "pipeline({}); drafts.schema(); print('pydantic' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=".")
    assert printed.stdout.strip() == "False"
