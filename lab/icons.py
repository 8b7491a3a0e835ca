"""`python -m lab.icons FOLDER`: make the film's pictures, and the words for them, from the packages they come from.

To renew them: in an empty folder, `npm pack @iconify-json/fluent-emoji-flat @phosphor-icons/core emojibase-data`, then
run this with the folder. It writes `studio/icons/things.xz` and `signs.xz` (a line for each: name, tab, what is inside
the SVG), `script/words/labels.xz` (the names of the things in each language) and `script/words/emoji.xz` (the
characters of the things). Which things and signs, say the lists in `script/words/*.txt` and the tables below.
"""

import json
import lzma
import re
import sys
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def _words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


_FILM = Path(__file__).parent.parent / "service/pipelines/film"
_WORDS, _ICONS = _FILM / "script/words", _FILM / "studio/icons"
_LARGEST = 9000
"""Letters of an SVG: the few that are larger are heads with curls."""
_SIGNS = _words(
    "tag seal-percent calendar-dots clock phone-call globe-simple envelope-simple at map-pin thermometer lightning "
    "path ruler scales timer calendar-blank"
)
"""The signs of facts (`script/look/facts.py`). Those that words name are in the lists."""
_LANGUAGES = _words("bn da de es et fi fr hi hu it ja ko lt ms nb nl pl pt ru sv th uk vi zh")
_NO_EMOJI = re.compile(
    r"^sign-|-(light|medium|dark)$|^flag|button|keycap|-(oclock|thirty|square|circle)$|arrow|face|^(wo)?man-|index|symbol|"
    r"^(back|left|right)|-(heart|sign|suit)$|hand|finger|cat-with|-cat$|monkey$|fist|thumbs"
)
"""Emoji that stand for a feeling or point at something, rather than for a thing."""
_NO_LABELS = _words(
    "party-popper confetti-ball bullseye sparkles ring sun star hook seat drum bank bat key record-button bed ladder "
    "fox cow-face ox watch coin salt ear eye bone cook package label fire ice scientist judge shower hundred-points "
    "gear bridge-at-night fountain cloud droplet ship shield people-hugging speaking-head busts-in-silhouette older- "
    "person old-man old-woman boy girl child rat ram goat seal bug snail bear worm spoon glasses mirror knot window "
    "door chair battery toolbox magnet link chains wing leg foot mouth nose tongue pen crown wheel wood rock brick "
    "broom basket bucket sponge llama monkey-face rose mate ribbon cricket thread rooster turkey game-die coral "
    "crescent-moon lotus comet goal-net balloon houses beaver ring-buoy sloth pea-pod wind-face shorts fallen-leaf "
    "leaf-fluttering-in-wind headphone shopping-cart pot-of-food receipt computer-mouse mouse-face moose red-heart "
    "anatomical-heart badger chopsticks bubbles water-wave unicorn clapper-board desert dragon-face wolf memo trophy "
    "newspaper peach kitchen-knife clinking-glasses dove performing-arts envelope top-hat gem-stone headstone hut "
    "bathtub seedling candy snake jar squid police-officer beetle crab spider eagle syringe person-swimming person- "
    "running woman-dancing person-rowing-boat ewe locked electric-plug pill deciduous-tree musical-notes trumpet "
    "sheaf-of-rice person-in-bed sleeping-face chess-pawn fountain-pen musical-keyboard briefcase station hedgehog "
    "balance-scale bowling mantelpiece-clock ferry herb rocket doughnut butter 1st-place-medal"
)
"""Things whose name has other meanings in one language or another ("llama" is a call, "tacka" is to thank): only the
lists by hand may name them."""


def main(folder: Path) -> None:
    fluent = _json(folder, "iconify-json-fluent-emoji-flat", "icons.json")["icons"]
    characters = {
        name: chr(int(code, 16))
        for code, name in _json(folder, "iconify-json-fluent-emoji-flat", "chars.json").items()
        if "-" not in code
    }
    named = sorted({name for path in _WORDS.glob("*.txt") for name in _names(path)} - {"-"})
    things = [name for name in named if not name.startswith("sign-")]
    unknown = [name for name in things if name not in fluent]
    if unknown:
        sys.exit(f"There are no pictures of these: {', '.join(unknown)}.")
    more = {
        name: icon
        for name, icon in fluent.items()
        if name in characters and not _NO_EMOJI.search(name) and len(icon["body"]) < _LARGEST / 3
    }
    kept = sorted({*things, *more})
    _write(_ICONS / "things.xz", (f"{name}\t{fluent[name]['body']}" for name in kept))
    signs = sorted({*(name.removeprefix("sign-") for name in named if name.startswith("sign-")), *_SIGNS})
    _write(_ICONS / "signs.xz", (f"{name}\t{_sign(folder, name)}" for name in signs))
    _write(
        _WORDS / "emoji.xz",
        (f"{characters[name]}\t{name}" for name in kept if name in characters and not _NO_EMOJI.search(name)),
    )
    labelled = {characters[name]: name for name in things if name in characters and name not in _NO_LABELS}
    _write(_WORDS / "labels.xz", _labels(folder, labelled), between="\n\n")
    for path in (_ICONS / "things.xz", _ICONS / "signs.xz", _WORDS / "emoji.xz", _WORDS / "labels.xz"):
        print(path.name, path.stat().st_size)  # noqa: T201
    print(len(kept), "things,", len(signs), "signs,", len(labelled), "labelled")  # noqa: T201


def _names(path: Path) -> Iterable[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return (line.partition(":")[0] for line in lines if line and line[0] not in "#[")


def _labels(folder: Path, labelled: Mapping[str, str]) -> Iterable[str]:
    for lang in _LANGUAGES:
        lines = [lang]
        for emoji in _json(folder, "emojibase-data", f"{lang}/compact.json"):
            thing = labelled.get(emoji["unicode"].rstrip("\ufe0f"))
            label = re.sub(r"\s*[(:（].*$", "", emoji["label"]).strip()  # noqa: RUF001
            # The names of heads: "Hundegesicht", "tête de chien".
            label = re.sub(
                r"(?i)^(tête|cara|faccia|muso|rosto|focinho) (de|di|del|do)\b\s*|\s*(gesicht|の顔|脸)$", "", label
            )
            if thing and label and len(label.split()) < 4:
                lines.append(f"{thing}\t{label}")
        yield "\n".join(lines)


def _sign(folder: Path, name: str) -> str:
    svg = _read(folder, "phosphor-icons-core", f"assets/duotone/{name}-duotone.svg").decode()
    return re.sub(r"^<svg[^>]*>|</svg>\s*$", "", svg)


def _json(folder: Path, package: str, name: str) -> Any:
    return json.loads(_read(folder, package, name))


def _read(folder: Path, package: str, name: str) -> bytes:
    (archive,) = folder.glob(f"{package}-*.tgz")
    with tarfile.open(archive) as packed:
        member = packed.extractfile(f"package/{name}")
        assert member is not None
        return member.read()


def _write(path: Path, lines: Iterable[str], between: str = "\n") -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress(between.join(lines).encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
