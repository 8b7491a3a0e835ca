"""The film's path, a table. Imports nothing heavy: the drill walks the same path with other stages."""

from types import MappingProxyType

from service.pipeline import Choice, Job, Outputs, Transitions
from service.pipelines.film.presets import PRESETS


def fast_or_full(job: Job, _outputs: Outputs) -> str:
    """The short path for presets that are fast, the full one for the others."""
    return "FAST_TRACK" if PRESETS[job.preset].fast else "CREATIVE_DIRECTION"


TRANSITIONS: Transitions = MappingProxyType(
    {
        "INIT": "ANALYSIS",
        "ANALYSIS": Choice(among=("FAST_TRACK", "CREATIVE_DIRECTION"), pick=fast_or_full),
        "FAST_TRACK": "FINANCIAL_OPTIMIZATION",
        "CREATIVE_DIRECTION": "VISUAL_TRANSLATION",
        "VISUAL_TRANSLATION": "FINANCIAL_OPTIMIZATION",
        "FINANCIAL_OPTIMIZATION": "AUDIO_GENERATION",
        "AUDIO_GENERATION": "RENDER_EXECUTION",
        "RENDER_EXECUTION": "QA_TECHNICAL",
        "QA_TECHNICAL": "QA_SEMANTIC",
        "QA_SEMANTIC": "FINALIZE",
        "FINALIZE": "DELIVERED",
    }
)
