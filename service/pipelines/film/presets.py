"""What a job's `preset` may be, and what each one means for the film. Imports nothing heavy: the drill takes these."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Lengths are in seconds. `fast` takes the short path through the stages; `qa_threshold` is the least share
    (0.0 to 1.0) of what the brief says that the film must say too."""

    name: str
    fast: bool
    aspect_ratio: str
    shortest_s: float
    longest_s: float
    usual_s: tuple[float, float]
    qa_threshold: float
    crf: int


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset(
                name="quick_social",
                fast=True,
                aspect_ratio="9:16",
                shortest_s=3.0,
                longest_s=30.0,
                usual_s=(10.0, 15.0),
                qa_threshold=0.6,
                crf=21,
            ),
            Preset(
                name="brand_campaign",
                fast=False,
                aspect_ratio="16:9",
                shortest_s=3.0,
                longest_s=120.0,
                usual_s=(15.0, 45.0),
                qa_threshold=0.8,
                crf=20,
            ),
            Preset(
                name="premium_spot",
                fast=False,
                aspect_ratio="16:9",
                shortest_s=3.0,
                longest_s=180.0,
                usual_s=(20.0, 60.0),
                qa_threshold=0.9,
                crf=18,
            ),
        )
    }
)
"""By name. `usual_s` is the range that the length is chosen from where the job does not say one."""
