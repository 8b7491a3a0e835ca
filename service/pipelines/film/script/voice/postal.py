"""How the short words of English addresses are said: kinds of streets, and the states of the US. Pure."""

import re
from collections.abc import Mapping

from service.pipelines.film.script.voice import saying

_STREETS: Mapping[str, str] = {
    "st": "Street", "rd": "Road", "ave": "Avenue", "ln": "Lane", "blvd": "Boulevard", "dr": "Drive", "hwy": "Highway",
    "ct": "Court", "pl": "Place", "sq": "Square", "pkwy": "Parkway", "ter": "Terrace", "cres": "Crescent",
}  # fmt: skip
_STATES: Mapping[str, str] = dict(
    pair.split(":")
    for pair in saying.words(
        "AL:Alabama AK:Alaska AZ:Arizona AR:Arkansas CA:California CO:Colorado CT:Connecticut DE:Delaware FL:Florida "
        "GA:Georgia HI:Hawaii ID:Idaho IL:Illinois IN:Indiana IA:Iowa KS:Kansas KY:Kentucky LA:Louisiana ME:Maine "
        "MD:Maryland MA:Massachusetts MI:Michigan MN:Minnesota MS:Mississippi MO:Missouri MT:Montana NE:Nebraska "
        "NV:Nevada NH:New_Hampshire NJ:New_Jersey NM:New_Mexico NY:New_York NC:North_Carolina ND:North_Dakota OH:Ohio "
        "OK:Oklahoma OR:Oregon PA:Pennsylvania RI:Rhode_Island SC:South_Carolina SD:South_Dakota TN:Tennessee TX:Texas "
        "UT:Utah VT:Vermont VA:Virginia WA:Washington WV:West_Virginia WI:Wisconsin WY:Wyoming"
    )
)
_ZIP = re.compile(r"\d{5}(?:-\d{4})?")


def said(core: str, last: str, before: str, after: str) -> str:
    """Return how a word of an English address is said, or "" for any other word.

    `core` is the word, `last` the marks after it, `before` and `after` are the words beside it.
    """
    bare_after = after.strip(".,;:!?()")
    street = _STREETS.get(core.lower())
    # "Castle Rd., Bristol", but "St. Mary's" and "Dr. Oak".
    ends = last.lstrip(".")[:1] or not bare_after[:1].isupper()
    if street and core[:1].isupper() and before[:1].isupper() and before[-1:].isalpha() and ends:
        return street
    if core in _STATES and (before.endswith(",") or _ZIP.fullmatch(bare_after)) and not after[:1].islower():
        return _STATES[core].replace("_", " ")
    if _ZIP.fullmatch(core) and before.strip(".,") in _STATES:
        return " ".join(core.replace("-", ""))
    return ""
