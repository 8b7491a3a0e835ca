# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What a second reading finds doubtful in a film's title: that it is no name, or nobody's. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from service.pipelines.film.script import languages, text
from service.pipelines.film.script.reread import DOUBTFUL, Doubt, Kind, Reading, words

_GREETING = re.compile(
    r"\W*(?:hi|hey|hello|dear|hallo|liebe[rs]?|sehr geehrte\w?|bonjour|cher|chère|hola|estimad\w+|ciao|gentil\w+|olá|"
    r"car[oa]s?|team|colleagues|all|everyone|folks|messieurs|mesdames|bonsoir|(?:re-)?bonjour|kolleg\w+|publikum|"
    r"guten? \w+|buen[oa]s \w+|bom dia|boa \w+|dzień dobry|cześć|merhaba|здравствуйте|привет|नमस्ते|안녕\w*|您好|大家好|"
    r"السلام عليكم|مرحبا\w*|أهلا\w*)(?!\w)",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[?!¿¡？！]|[.,;:。、，…](?:\s|$)")
_FIGURE = re.compile(r"[$€£¥₹%]|\d+[.,:]\d")
_UNCASED = re.compile(
    r"(?:[가-힣](?:다|요|까|지|는|은|을|를|에서|으로)|[ぁ-ん](?:す|た|い|る)|ます|です|[はがをにで]|है|हैं|को|का|की|के|में|से|करें)$|"
    r"^(?:في|من|على|هل|إلى|مع) |^[\u3400-\u9fff]{9,}$"
)
"""How sentences, and pieces of them, end or begin in scripts without capitals."""
_THE = frozenset("the der die das le la les el los las il lo gli i o os as de het".split())  # noqa: SIM905 -- short
_MANY_WORDS, _SMALL_WORDS = 6, 2
_OPENING, _CLOSING = '"“«„「『‘《【', '"”»“」』’》】'
_CALLED = (
    r"(?:called|named|name|brand|titled|title|titel|marke|nom|nommée?|nombre|nome|namens|llamad[oa]|chamad[oa])\W{1,3}"
)
_SHORTEST_PART, _OFTEN = 4, 2


def of_title(title: str, content: str, lang: str, read: Sequence[Reading]) -> Iterator[Doubt]:
    """Say what is doubtful in a title: at most one thing about its form, and one about where it stands in the brief."""
    places = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(title)}(?!\w)", content)]
    holders = [one.chance for one in read if title.casefold() in one.sentence.casefold()]
    form = _in_its_form(title, content, lang, places)
    if _GREETING.match(title) or (holders and min(holders) >= DOUBTFUL):
        yield Doubt(Kind.TITLE_OF_TALK, title, f"the title “{title}” {_IS_TALK}: {_HELP}")
    elif form:
        yield Doubt(form[0], title, f"the title “{title}” {form[1]}: {_HELP}")
    if not _is_backed(title, content, places):
        owners = [owner for owner in map(_owner, text.addresses(content)) if owner]
        if words(title) in [words(line) for line in (*content.splitlines(), *(one.sentence for one in read))]:
            told = f"the title “{title}” is a whole line of the brief, which may not be the name: {_HELP}"
            yield Doubt(Kind.TITLE_A_LINE, title, told)
        if owners:
            told = f"the title “{title}” may not be the name, which the address calls {owners[0]}: {_HELP}"
            yield Doubt(Kind.TITLE_ELSEWHERE, title, told)
        elif len(places) < _OFTEN and " " not in title:
            yield Doubt(Kind.TITLE_ONCE, title, f"nothing but its place says that “{title}” is the name: {_HELP}")


def _in_its_form(title: str, content: str, lang: str, places: Sequence[tuple[int, int]]) -> tuple[Kind, str] | None:
    """Return why a title does not look like a name, if it does not."""
    if _is_sentence(title, lang):
        return Kind.TITLE_A_SENTENCE, "is a sentence and not a name"
    if any(part[:1].islower() and part.lower() not in languages.stop_words(lang) for part in title.split()):
        return Kind.TITLE_PLAIN, "has plain words in it and may not be a name"
    if _FIGURE.search(title):
        return Kind.TITLE_A_FIGURE, "is a figure and not a name"
    # In German, any noun may stand beside a name.
    if places and lang[:2] != "de" and all(_is_half(content, *place) for place in places):
        return Kind.TITLE_HALF, "is only a part of a name"
    return None


_IS_TALK = "stands in what seems to be meant for the film's makers"
_HELP = "a line “Title: …” says what the film is to be called"


def _is_sentence(title: str, lang: str) -> bool:
    """Say whether a title is written like a sentence or a part of one."""
    parts = [part.strip("“”\"'’«»()").lower() for part in title.split()]
    if not parts:
        return True
    stop = languages.stop_words(lang)
    small = sum(part in stop for part in parts[1:-1])
    is_small = title[:1].islower() and not any(map(str.isupper, title))
    last = title.rsplit(maxsplit=1)[-1]
    is_torn = (parts[-1] in stop and last[:1].islower()) or (parts[0] in stop - _THE and len(parts) > 1)
    plain = [part for part in title.split()[1:] if part[:1].islower() and part.lower() not in stop]
    return (
        bool(_MARKS.search(title) or _UNCASED.search(title))
        or len(parts) >= _MANY_WORDS
        or (small >= _SMALL_WORDS and bool(plain))
        or is_small
        or is_torn
        or len(plain) >= _SMALL_WORDS
    )


def _is_half(content: str, start: int, end: int) -> bool:
    """Say whether a name goes on beside these letters: "Kitchen" of "Auntie Bisi's Kitchen"."""
    before = re.search(r"(?P<first>^|[.!?:\n]\s?)?\b(?P<word>[\w’'&]+)[ -]$", content[max(start - 40, 0) : start])
    after = re.match(r"(?:[ -]|['’]s )(?P<word>[\w’'&]+)", content[end : end + 40])
    is_after = bool(after and after["word"][:1].isupper())
    return is_after or bool(before and before["word"][:1].isupper() and before["first"] is None)


def _is_backed(title: str, content: str, places: Sequence[tuple[int, int]]) -> bool:
    """Say whether something in the brief says that this is the name: an address, marks, a label, a second mention."""
    name = _squashed(title)
    for address in map(_squashed, text.addresses(content)):
        if name and (
            name in address or any(len(w) >= _SHORTEST_PART and w in address for w in map(_squashed, words(title)))
        ):
            return True
    if any(_owner(address) and _squashed(_owner(address)) in name for address in text.addresses(content)):
        return True
    if any(content[:start][-1:] in _OPENING and content[end : end + 1] in _CLOSING for start, end in places if start):
        return True
    return bool(re.search(_CALLED + re.escape(title), content, re.IGNORECASE))


def _owner(address: str) -> str:
    """The name in a web address or a mail's: "lumolamp" of "https://www.lumolamp.com/one"."""
    host = re.sub(r"^(?:https?://)?(?:www\.)?", "", address.casefold()).split("@")[-1].split("/")[0]
    return host.rsplit(".", 1)[0].split(".")[-1] if "." in host else ""


def _squashed(name: str) -> str:
    parts = unicodedata.normalize("NFKD", "".join(words(name)))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
