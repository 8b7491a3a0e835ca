"""A brief that is a record of some program (JSON, "key = value", rows with commas), as the lines of a form. Pure."""

import re
from collections.abc import Sequence

from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.writing import denying

_KEY = r"[^\W\d_][\w.-]{1,30}"
_FORMS = (
    re.compile(rf"^\s*[{{\[]?\s*[\"'](?P<key>{_KEY}(?: {_KEY}){{0,3}})[\"']\s*:\s*(?P<value>.*)$"),
    re.compile(rf"^\s*(?P<key>{_KEY}) ?= ?(?P<value>\S.*)$"),
    re.compile(rf"^\s*(?P<key>{_KEY}),\"(?P<value>[^\"]+)\"(?:,[\w -]{{1,20}})?\s*$"),
)
_FEWEST, _MOST = 3, 0.5
_FOR_THE_MAKERS = re.compile(
    r"\b(?:never|not|no|dont|prohibited|forbidden|avoid|visuals?\w*|aspect|persona|film|video|style|vibe|fps|seconds|"
    r"seed|version|status|reviewer|todo)\b",
    re.IGNORECASE,
)
_EITHER = re.compile(
    r"goal|objective|duration|audience|target(?: audience)?|language|dauer|ziel|zielgruppe|sprache|durée|objectif|"
    r"public|langue|duración|objetivo|público|idioma|durata|lingua|duração|project|projekt|proyecto|progetto|label|brand",
    re.IGNORECASE,
)
"""Keys of what is made known as well as of its film: whom the value is for is judged by its words."""
_STRING = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'")
_FEW_WORDS = 3
_ENDS = ".!?…。"


def as_form(content: str) -> str:
    """Return a record as lines with labels that the makers' forms have; any other text as it is."""
    lines = content.split("\n")
    written = [line for line in lines if any(map(str.isalnum, line))]
    for form in _FORMS:
        found = sum(bool(form.match(line)) for line in written)
        if found >= _FEWEST and found > _MOST * len(written):
            return "\n".join(_told(lines, form))
    return content


def _told(lines: Sequence[str], form: re.Pattern[str]) -> list[str]:
    told: list[str] = []
    for line in lines:
        field = form.match(line)
        if not field:
            told += [line.strip(" {}[],\"'")] if any(map(str.isalnum, line)) or not line.strip() else []
        elif any(map(str.isalnum, field["value"])):
            told.append(_line(field["key"], _value(field["value"])))
    return told


def _value(written: str) -> str:
    """A value without its quotation marks; the values of a list as sentences."""
    bare = written.strip()
    values = [one or other for one, other in _STRING.findall(bare)]
    if not values or bare[:1] not in "\"'[":
        return bare.strip(" \"'[]{},")
    ended = [value if value[-1:] in _ENDS else f"{value}." for value in values if value] if len(values) > 1 else values
    return " ".join(ended).replace('\\"', '"').replace("\\n", " ")


def _line(key: str, value: str) -> str:
    """A field as a line: for the makers, with a label that is known, with its name if it says little without, or as
    its value alone."""
    name = re.sub(r"[_.-]+", " ", key).strip()
    if value.startswith("*"):
        return f"Footnote: {value}"
    if _EITHER.fullmatch(name):
        return value
    use = labels.labelled(f"{name}: x")[0]
    if denying.denies(name) and use in {"direction", None}:
        return f"Avoid: {value}"
    if use == "direction" or (use is None and _FOR_THE_MAKERS.search(name)):
        return f"Notes: {value}"
    if use is not None:
        return f"{name}: {value}"
    is_bare = len(value.split()) <= _FEW_WORDS and any(map(str.isdigit, value))
    return f"{name.capitalize()}: {value}" if is_bare else value
