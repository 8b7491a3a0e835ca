"""The stages of the film, one file each, and the table of them, bound to the providers."""

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
    """The longest that this job's film may become, in seconds."""
    return wishes.read_wishes(job).duration_sec or wishes.preset_of(job).usual_s[1]


def _audio_needs_s(job: Job) -> float:
    return 8.0 + 0.25 * _length_s(job)


def _render_needs_s(job: Job) -> float:
    """Each shot is kept by itself, so this is for the first shots and the putting together, not for all."""
    return 10.0 + 0.25 * _length_s(job)


def _measure_needs_s(job: Job) -> float:
    return 3.0 + 0.15 * _length_s(job)


def stages(by: Providers) -> Mapping[str, Stage]:
    """The stages of a film that these providers make."""
    return MappingProxyType(
        {
            "INIT": Stage(partial(init.run, by=by)),
            "ANALYSIS": Stage(partial(analysis.run, by=by)),
            "FAST_TRACK": Stage(partial(fast_track.run, by=by)),
            "CREATIVE_DIRECTION": Stage(partial(creative_direction.run, by=by)),
            "VISUAL_TRANSLATION": Stage(visual_translation.run),
            "FINANCIAL_OPTIMIZATION": Stage(partial(financial_optimization.run, by=by)),
            "AUDIO_GENERATION": Stage(partial(audio_generation.run, by=by), needs_s=_audio_needs_s),
            "RENDER_EXECUTION": Stage(partial(render_execution.run, by=by), needs_s=_render_needs_s),
            "QA_TECHNICAL": Stage(qa_technical.run, needs_s=_measure_needs_s),
            "QA_SEMANTIC": Stage(partial(qa_semantic.run, by=by)),
            "FINALIZE": Stage(finalize.run, needs_s=_measure_needs_s),
        }
    )
