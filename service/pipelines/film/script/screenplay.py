# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Screenplays and scripts with times: what is said in them, what is shown, and what only describes the picture. "
"Pure."""

import re
from collections.abc import Sequence

_SLUG = re.compile(
    r"^\s*(?:(?:scene|szene|scène|escena|scena|cena|scène|séquence|secuencia|sequenza|sequência|sequenz|shot|plan)\s*\d+\b.*|(?:int|ext|int/ext)\s*[./].*|"
    r"(?:fade|cut|dissolve|smash cut|open on)\b[ \w:.…-]*)$",
    re.IGNORECASE,
)
"""A heading of a scene, or how one gives way to the next. What follows on its line describes the picture."""
_ASIDE = re.compile(r"^\s*[(\[][^()\[\]\n]{2,200}[)\]]\s*$")
_VOICED = r"\((?:v\.?\s?o\.?|o\.?\s?s\.?|o\.?\s?c\.?|off|cont['’]?d)\.?\)"
_CUE = re.compile(rf"^\s*[^\W\d_a-zà-ÿ][^\Wa-zà-ÿ .]*(?: [^\Wa-zà-ÿ.]+){{0,3}}(?:\s*(?i:{_VOICED}))*\s*:?\s*$")
"""A speaker's name in capitals on a line of its own."""
_VOICED_CUE = re.compile(rf"^\s*[^\n:]{{1,30}}\s*{_VOICED}\s*:?\s*$", re.IGNORECASE)
_VOICED_LINE = re.compile(rf"^\s*[^\W\d_a-zà-ÿ][^\Wa-zà-ÿ]{{1,20}}\s*{_VOICED}\s*:", re.IGNORECASE)
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
_OTHER_MARKS = re.compile(
    r"^\s*(?:supers?|sfx|fx|audio|music|end card|title card|on[- ]screen text|text on screen|logo)\s*[:(]",
    re.IGNORECASE,
)
_FEWEST_VOICES = 2
_FEW_LINES = 3
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
_VOICES = re.compile(
    r"^\s*(?:(?:voice|voix|voz|voce|stimme|stem|speaker|sprecher(?:in)?|vox|głos|голос|locutora?|locução)"
    r"(?: (?:off|over|en off|fuori campo|hors champ))?)(?P<which> ?\d)?\s*(?:\([^()\n]{1,30}\)\s*)?[:：]\s*"
    r"(?P<words>\S.*)$",
    re.IGNORECASE,
)
_VOICED_OFF = re.compile(
    r"^\s*(?:VOIX OFF|VOICE[- ]OVER|VOZ EN OFF|VOZ OFF|VOCE FUORI CAMPO|V\.?O\.?)\s+(?P<words>[^\W\d_a-zà-ÿ][^:]*)$"
)
"""A voice's words, with a colon (in a brief that has several of them) or in capitals without one."""
_OPENS_SPEECH = re.compile(
    r"^\s*(?:vo|v\.o\.|voice[- ]?over|narrat(?:or|ion)|voix off|sprecher(?:in)?|voz en off|tekst in beeld|text im bild|"
    r"texte à l['’]écran|(?:on[- ]screen )?text)\s*:\s*$|"
    r"^\s*(?-i:VO|V\.O\.|SUPER|VOICE[- ]?OVER|VOIX OFF)\s*:?\s*$",
    re.IGNORECASE,
)
_PICTURED = re.compile(
    r"^\s*(?:video|visuals?|picture|images?|graphics?|bild(?:er)?|beeld|imagen|imagem|immagini?|obraz|action)\s*:",
    re.IGNORECASE,
)
_HEARD = re.compile(
    r"^\s*(?:audio|ton|son|sound|geluid|suono|suoni|sonido|som|ljud|dźwięk)\s*:\s*(?P<words>.*)$", re.IGNORECASE
)
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


def voiced(lines: Sequence[str]) -> list[str]:
    """Return the lines with what numbered or foreign voices say ("VOICE 2: …", « VOIX OFF … ») labelled as a
    voice-over. A single line "Voice: …" says how the voice is to be."""
    found = [_VOICES.match(line) for line in lines]
    are_spoken = sum(voice is not None for voice in found) >= _FEWEST_VOICES
    said = [
        voice["words"] if voice and (are_spoken or voice["which"]) else off["words"] if off else ""
        for voice, off in zip(found, map(_VOICED_OFF.match, lines), strict=True)
    ]
    return [f"VO: {words}" if words else line for line, words in zip(lines, said, strict=True)]


def is_one(lines: Sequence[str]) -> bool:
    """Say whether a text is a screenplay."""
    marks = sum(
        bool(_SLUG.match(line) or SPOKEN_LABEL.match(line) or _VOICED_CUE.match(line) or _VOICED_LINE.match(line))
        for line in lines
    )
    others = sum(bool(_OTHER_MARKS.match(line) or is_pictured(line) or is_aside(line)) for line in lines)
    return marks > 1 or (marks == 1 and (others > 0 or len(lines) <= _FEW_LINES))


def opens_speech(line: str) -> bool:
    """Say whether a line is the label alone of a voice or of words on screen, which the lines after it are."""
    return bool(_OPENS_SPEECH.match(line))


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
