"""The film's path, as a table. Imports nothing heavy: the drill walks the same path with other stages."""

from types import MappingProxyType

from service.pipeline import Choice, Job, Outputs, Transitions
from service.pipelines.film.presets import PRESETS


def fast_or_full(job: Job, _outputs: Outputs) -> str:
    """Pick the short path for fast presets and the full path for the others."""
    return "FAST_TRACK" if PRESETS[job.preset].fast else "CREATIVE_DIRECTION"


def good_or_again(job: Job, outputs: Outputs) -> str:
    """Go back to the direction if QA_SEMANTIC sent the film back, which it does at most once.

    The direction finds the report in QA_SEMANTIC's output.
    """
    sent_back = outputs.get("QA_SEMANTIC", {}).get("sent_back") is True
    return fast_or_full(job, outputs) if sent_back else "FINALIZE"


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
        "QA_SEMANTIC": Choice(among=("FINALIZE", "FAST_TRACK", "CREATIVE_DIRECTION"), pick=good_or_again),
        "FINALIZE": "DELIVERED",
    }
)
