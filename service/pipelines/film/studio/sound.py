"""What sound is in the studio: samples at 48 kHz, and a spoken line. Types alone: nothing is computed here."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATE = 48_000
"""Samples a second."""

Sound = npt.NDArray[np.float32]
"""Shape (samples, channels), or (samples,) for mono while it is being made; full scale is 1.0."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One spoken line: mono sound, shape (samples, 1), and the start and end in seconds of each word, a word being
    what white space separates."""

    sound: Sound
    words: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE
