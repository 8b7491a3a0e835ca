"""The presets: what a job's `preset` may be, and what each one means for the film.

Imports nothing heavy, because the drill uses these too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

Purpose: TypeAlias = Literal["hook", "point", "number", "list", "quote", "call", "close"]
"""What a shot is for."""

PictureKind: TypeAlias = Literal["typographic", "still", "clip"]
"""What is behind a shot's words: a ground painted on this machine, a picture, or a moving one."""

PICTURE_KINDS: tuple[PictureKind, ...] = get_args(PictureKind)
"""From the plainest to the most expensive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One preset. Lengths are in seconds.

    `fast`: takes the short path through the stages.
    `usual_s`: the range the film's length is chosen from when the job does not give one.
    `qa_threshold`: the smallest share (0.0 to 1.0) of what the brief says that the film must say too.
    `crf`: x264's constant rate factor; lower is better.
    `aim`: the kind of picture each purpose should have; `least`: the plainest that is good enough, as long as the
    providers offer it. A purpose that is not listed is typographic.
    `cap_usd`: how much a job may spend when it names no budget.
    """

    name: str
    fast: bool
    aspect_ratio: str
    shortest_s: float
    longest_s: float
    usual_s: tuple[float, float]
    qa_threshold: float
    crf: int
    aim: Mapping[Purpose, PictureKind]
    least: Mapping[Purpose, PictureKind]
    cap_usd: float


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
                # Made to be quick, and carried by its words. The first second decides whether people stay, so the
                # hook gets a picture.
                aim={"hook": "still"},
                least={},
                cap_usd=0.5,
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
                aim={"hook": "still", "point": "still", "quote": "still", "close": "still"},
                least={"hook": "still"},
                cap_usd=3.0,
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
                # Numbers and lists stay typographic: people read them, and a picture behind them gets in the way.
                aim={"hook": "clip", "point": "still", "quote": "still", "call": "still", "close": "clip"},
                least={"hook": "clip", "close": "still"},
                cap_usd=10.0,
            ),
        )
    }
)
"""By name."""
