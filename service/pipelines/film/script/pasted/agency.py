"""A brief that is a form filled in for the film's makers, as agencies have them: what of it is for its viewers all the
same, and whose contact is the agency's. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.lines.markup import Line
from service.pipelines.film.script.lines.parts import Part
from service.pipelines.film.script.writing import text

_FEWEST_LABELS = 2
_LINES_OF_A_FORM = 5
_MUST_APPEAR = re.compile(
    r"[\"“«„](?P<words>[^\"“”«»„]{4,80})[\"”»“]\s*(?:[^.!?\"“«„]{0,16}\s)?(?:must|has to|have to|needs? to|is to|"
    r"should)\s"
    r"(?:appear|stay on|be (?:shown|seen|visible|legible|on screen|included|displayed))|"
    r"[\"“«„](?P<de>[^\"“”«»„]{4,80})[\"”»“]\s*(?:muss|soll)\s[^.!?]{0,40}(?:erscheinen|stehen|zu sehen sein|"
    r"eingeblendet werden)|"
    r"[\"“«„](?P<romance>[^\"“”«»„]{4,80})[\"”»“]\s*(?:doit|debe|deve|tiene que)\s(?:être affiché|appara[iî]tre|"
    r"figurer|"
    r"aparecer|figurar|apparire|comparire|constar)",
    re.IGNORECASE,
)


def is_form(lines: Sequence[Line]) -> bool:
    """Say whether a brief is a form filled in for whoever makes the film: most lines have a label, two or more of them
    one of a direction, or one of five lines or more."""
    uses = [labels.labelled(line.text, in_form=True)[0] for line in lines]
    enough = _FEWEST_LABELS if len(lines) < _LINES_OF_A_FORM else 1
    return uses.count("direction") >= enough and 2 * sum(use is not None for use in uses) > len(lines)


def is_named(lines: Sequence[Line]) -> bool:
    """Say whether one of a form's lines says what the film is of, so that what stands over the form need not."""
    return any(labels.labelled(line.text, in_form=True)[0] == "title" for line in lines)


def parted(parts: list[Part]) -> list[Part]:
    """Return the parts of a form with the client's address as its call, and the agency's contact as a direction."""
    return _with_address(_without_agency(parts))


def _without_agency(parts: list[Part]) -> list[Part]:
    """The parts of a form, with a contact's mail as a direction if the call says another address, the client's: the
    mail is the agency's."""
    told = [(part, text.addresses(part.text)) for part in parts if part.use == "call"]
    sites = {address for _, found in told for address in found if "@" not in address}
    hosts = {site.split("//")[-1].removeprefix("www.").split("/")[0].casefold() for site in sites}
    agency = [
        part
        for part, found in told
        if hosts and found and all("@" in one and one.split("@")[1].casefold() not in hosts for one in found)
    ]
    return [replace(part, use="direction") if part in agency else part for part in parts]


def _with_address(parts: list[Part]) -> list[Part]:
    """The parts of a form, with the address that it says must be shown as the call, if it has no other."""
    if any(part.use == "call" or (part.use == "say" and text.addresses(part.text)) for part in parts):
        return parts
    known = [address for part in parts if part.use == "direction" for address in text.addresses(part.text)]
    return [*parts, *(Part("call", address) for address in known[:1])]


def must_be_shown(line: str) -> list[str]:
    """Return what a line for the makers wants on screen word by word: '"T&Cs apply" must appear with the price',
    'Mandatories: logo, "Drive on."'."""
    found = _QUOTED.findall(line) if _MANDATORY.match(line) else []
    return found or [words.strip() for found in _MUST_APPEAR.finditer(line) for words in found.groups() if words]


_MANDATORY = re.compile(r"^mandator(?:y|ies)\b(?![^\"“«„]*\b(?:not|no|never|avoid|without)\b)", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“«„]([^\"“”«»„]{4,80}? [^\"“”«»„]{2,80})[\"”»“]")
