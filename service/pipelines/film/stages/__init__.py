"""The stages of the film, one file each, and the table of them.

Read them in the order of the path (`transitions`). A stage decides with the rules of `script` and `money`, has the
providers and the studio do the work, and returns JSON. It may import everything else of the film; nothing there imports
a stage.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from service.pipeline import Job, Stage
from service.pipelines.film import wishes
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.stages import (
    analysis,
    audio_generation,
    creative_direction,
    fast_track,
    finalize,
    financial_optimization,
    init,
    qa_semantic,
    qa_technical,
    render_execution,
    visual_translation,
)


def _length_s(job: Job) -> float:
    """Return the longest this job's film can be, in seconds."""
    return wishes.read_wishes(job).duration_sec or wishes.preset_of(job).usual_s[1]


def _audio_needs_s(job: Job) -> float:
    return 8.0 + 0.25 * _length_s(job)


def _render_needs_s(job: Job) -> float:
    """Return the time for the first shots and for joining all of them: each shot is checkpointed by itself."""
    return 10.0 + 0.25 * _length_s(job)


def _measure_needs_s(job: Job) -> float:
    return 3.0 + 0.15 * _length_s(job)


def stages(providers: Providers) -> Mapping[str, Stage]:
    """Return the stages of a film that these providers make."""
    return MappingProxyType(
        {
            "INIT": Stage(partial(init.run, providers=providers)),
            "ANALYSIS": Stage(partial(analysis.run, providers=providers)),
            "FAST_TRACK": Stage(partial(fast_track.run, providers=providers)),
            "CREATIVE_DIRECTION": Stage(partial(creative_direction.run, providers=providers)),
            "VISUAL_TRANSLATION": Stage(visual_translation.run),
            "FINANCIAL_OPTIMIZATION": Stage(partial(financial_optimization.run, providers=providers)),
            "AUDIO_GENERATION": Stage(partial(audio_generation.run, providers=providers), needs_s=_audio_needs_s),
            "RENDER_EXECUTION": Stage(partial(render_execution.run, providers=providers), needs_s=_render_needs_s),
            "QA_TECHNICAL": Stage(qa_technical.run, needs_s=_measure_needs_s),
            "QA_SEMANTIC": Stage(partial(qa_semantic.run, providers=providers)),
            "FINALIZE": Stage(finalize.run, needs_s=_measure_needs_s),
        }
    )
