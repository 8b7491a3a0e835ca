# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Screenplays and scripts with times: what is said in them, what is shown, and what only describes the picture. "
"Pure."""

import re
from collections.abc import Sequence

_SLUG = re.compile(
    r"^\s*(?:(?:scene|szene|scène|escena|scena|cena|shot|plan)\s*\d+\b.*|(?:int|ext|int/ext)\s*[./].*|"
    r"(?:fade|cut|dissolve|smash cut|open on)\b[ \w:.…-]*)$",
    re.IGNORECASE,
)
"""A heading of a scene, or how one gives way to the next. What follows on its line describes the picture."""
_ASIDE = re.compile(r"^\s*[(\[][^()\[\]\n]{2,200}[)\]]\s*$")
_VOICED = r"\((?:v\.?\s?o\.?|o\.?\s?s\.?|o\.?\s?c\.?|off|cont['’]?d)\.?\)"
_CUE = re.compile(rf"^\s*[^\W\d_a-zà-ÿ][^\Wa-zà-ÿ .]*(?: [^\Wa-zà-ÿ.]+){{0,3}}(?:\s*(?i:{_VOICED}))*\s*:?\s*$")
"""A speaker's name in capitals on a line of its own."""
_VOICED_CUE = re.compile(rf"^\s*[^\n:]{{1,30}}\s*{_VOICED}\s*:?\s*$", re.IGNORECASE)
_NO_SPEAKER = re.compile(
    r"^\W*(?:super|supers|title|titles|end card|logo|montage|end|the end|later|music|sfx|intro|outro)\W*$",
    re.IGNORECASE,
)
SPOKEN_LABEL = re.compile(
    r"^\s*(?:vo|v\.o\.|voice[- ]?over|narrator|narration|voix off|sprecher|speaker)\b[^:\n]{0,20}:", re.IGNORECASE
)
_SPEAKS = re.compile(r"^\s*([A-ZÀ-Þ][A-ZÀ-Þ .'’-]{1,24}\d{0,2})(?:\s*\([^()]{1,24}\))?:\s*(?P<words>\S.*)$")
_AFTER_A_SLUG = re.compile(r"^[^:：]{1,60}[:：]\s*(?P<words>\S.*)$")
_QUOTED = re.compile(r"[\"“«„]([^\"“”«»„]{2,120})[\"”»“]")
_OF_THE_CAMERA = re.compile(
    r"\b(?:camera|close-?up|zoom|pan|shot|b-?roll|montage|cut|cuts|fade|angle|footage|slow[- ]?mo\w*|drone|we see|"
    r"screen)\b",
    re.IGNORECASE,
)


_FOLDED = re.compile(
    r"(?<=[\s.)!?\"”|])(?=(?:VO|V\.O\.|VOICE[- ]?OVER|AUDIO|SUPERS?|SFX|MUSIC|VIDEO|VISUALS?|TEXT|"
    r"ON[- ]SCREEN(?: TEXT)?|"
    r"NARRATOR|END CARD|LOGO)(?: ?\([^()\n]{1,20}\))?:)"
)
"""The start of a script's next label in the middle of a line."""
_PICTURED = re.compile(r"^\s*(?:video|visuals?|picture|image|graphics?|bild|action)\s*:", re.IGNORECASE)
_HEARD = re.compile(r"^\s*(?:audio|ton|son|sound)\s*:\s*(?P<words>.*)$", re.IGNORECASE)
_SOUNDS = re.compile(r"\b(?:sfx|fx|music|musik|musique|música|sounds?|jingle|noise|alarm|silence)\b", re.IGNORECASE)


def unfolded(line: str) -> list[str]:
    """Return a line of a script with several labels ("VIDEO: … VO: …") as a line for each."""
    return [part.strip(" |") for part in _FOLDED.split(line) if part.strip(" |")]


def is_pictured(line: str) -> bool:
    """Say whether a line of a script says what is seen: "VIDEO: An alarm clock"."""
    return bool(_PICTURED.match(line))


def heard(line: str) -> str | None:
    """Return what "AUDIO:" has somebody say, "" if it is only a sound, or None for any other line."""
    found = _HEARD.match(line)
    if found is None:
        return None
    words = found["words"].strip()
    is_sound = is_aside(words) or (_SOUNDS.search(words) and not _QUOTED.search(words))
    return "" if is_sound else words.strip('"“”«»„ ')


def is_slug(line: str) -> bool:
    return bool(_SLUG.match(line))


def is_aside(line: str) -> bool:
    """Say whether a line is all in brackets: "(whispering)"."""
    return bool(_ASIDE.match(line))


def is_one(lines: Sequence[str]) -> bool:
    """Say whether a text is a screenplay."""
    return any(_SLUG.match(line) or SPOKEN_LABEL.match(line) or _VOICED_CUE.match(line) for line in lines)


def is_cue(line: str) -> bool:
    """Say whether a line is the name of whoever says the next."""
    is_name = _VOICED_CUE.match(line) or (_CUE.match(line) and line.split("(", 1)[0].isupper())
    return bool(is_name) and not is_slug(line) and not _NO_SPEAKER.match(line)


def spoken(line: str) -> str:
    """Return what "ANNA: I want to sleep" has her say, or "" if nobody speaks."""
    speaks = _SPEAKS.match(line)
    return speaks["words"] if speaks else ""


def told(line: str) -> tuple[list[str], str]:
    """Return what the heading of a scene puts on screen, in quotation marks, and what else it tells, or "" if that only
    describes the picture. For scripts in which nobody speaks."""
    after = _AFTER_A_SLUG.match(line)
    words = after["words"] if after else ""
    quoted = [words.strip() for words in _QUOTED.findall(words)]
    rest = _QUOTED.sub("", words).strip(" .,:–—-")
    return quoted, "" if quoted or _OF_THE_CAMERA.search(words) or len(rest.split()) < 3 else words
