"""Weights that were learnt from marked briefs (`lab/marked/learn.py`): whole hundredths, by the names of features."""

import json
import lzma
import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

Weights: TypeAlias = Mapping[str, int]
UNIT = 100
_SUREST = 50
"""A sum that no exponential function can overflow with, and that leaves no doubt."""


def read(file: Path) -> Weights:
    """Return the weights of a file, which is read once."""
    found: Weights = unpacked(file)
    return found


@cache
def unpacked(file: Path) -> Any:
    """Return what `packed` made a file of, which is read once."""
    return json.loads(lzma.decompress(file.read_bytes()))


def total(weights: Weights, features: Iterable[str]) -> int:
    """Return what features weigh together, in hundredths."""
    return sum(weights.get(feature, 0) for feature in features)


def chance(total: float) -> float:
    """Return how likely something is whose features weigh `total`, in whole units: 0 to 1, and 0.5 for nothing."""
    return 1 / (1 + math.exp(-max(min(total, _SUREST), -_SUREST)))


def packed(learnt: Any) -> bytes:
    """Return weights, or networks, as the content of a file."""
    written = json.dumps(learnt, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return lzma.compress(written.encode(), preset=9 | lzma.PRESET_EXTREME)
