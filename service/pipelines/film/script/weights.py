"""Weights that were learnt from marked briefs (`lab/marked/learn.py`): whole hundredths, by the names of features."""

import json
import lzma
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

Weights: TypeAlias = Mapping[str, int]
UNIT = 100


def read(file: Path) -> Weights:
    """Return the weights of a file."""
    return dict(json.loads(lzma.decompress(file.read_bytes())))


def packed(weights: Weights) -> bytes:
    """Return weights as the content of a file."""
    written = json.dumps(dict(sorted(weights.items())), ensure_ascii=False, separators=(",", ":"))
    return lzma.compress(written.encode(), preset=9 | lzma.PRESET_EXTREME)
