# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""The parts of a sentence that are shown around its figure, title or contact, without the marks and small words that
joined them to it. Pure."""

import re
from collections.abc import Sequence

from service.pipelines.film.script.writing import sentences, text, tokens
from service.pipelines.film.script.writing.tokens import Token


def word_set(listed: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(listed.split())


_LEAD_WORDS = 9
_LABEL_WORDS = 8
LONGEST_LEAD, LONGEST_REST = 80, 74
"""Letters of what stands whole before and after a figure, or under a headline."""
_PHRASE_END = re.compile(r"[,;:](?:\s+|$)|[.!?]$")
JOINTS = frozenset({"and", "or", "but", "et", "ou", "mais"})
TURNS = JOINTS | {"who", "which", "that", "where", "while", "qui", "que", "où"}
PREPOSITIONS = word_set(
    "at for with in on by from to about until into over under without because so à avec dans pour par sur chez sans "
    "jusqu'à dès pendant depuis entre durante mentre during between when if while before after während mit für bei "
    "auf aus unter ohne von zum zur con para por en en desde hasta per senza com até"
)
_BEGINS = word_set("if when because wenn weil was dass ob quand parce cuando porque se quando perché als omdat wat dat")
OPENERS = word_set(
    "and or an the your our my und oder ein eine einen einem einer der die das den dem et ou un une los las y una uno "
    "ed o e uma um het een och eller i lub oraz ve и или"
)
"""Words that leave a question open if a line ends with them, in any language that has them."""
_CALLS = word_set("phone call contact line telefon tél tel.")
"""Of what leads to a contact: nouns, which stay after "your" or "a"."""
_SMALL = word_set(
    "of de du des di da del della dos das von vom van för från till med om ze z w od do dla "
    "с со о об к у за от до для под"
)
JOINED = word_set("and or und oder et ou y ed och eller lub oraz ve и или")
_LEADS_ON = word_set("or and oder und ou et o y e oppure of en lub i или и veya ve أو או या หรือ atau")
_LEADS_TO = _LEADS_ON | word_set(
    "at on to via in by from under with auf unter an bei per über mit tel tel. telefon telefonisch phone call sur à au "
    "aux en chez par avec pour tél tél. contact sul su al allo lo il a da presso el por para no na em pelo pela "
    "op bij naar på till hos pod pl nr по на в из тел тел. whatsapp: عبر على إلى ב ב- ל של บน ที่ पर से को line: or"
)
_THAI_JOINT = re.compile(r"(?:หรือ|และ)?\s?(?:ไลน์|line|โทร|ทัก|แอดไลน์|ไอดีไลน์|ที่)?\s?:?", re.IGNORECASE)
_EASTERN_JOINT = re.compile(r"(?:(?<!く)は|で|を|から|にて|へ|或|或者|或访问|请访问|访问|登录|또는|에서|으로|로)$")
_KOREAN_PARTICLE = re.compile("으?로|에서|에|를|을|은|는|이|가")
_JAPANESE_PARTICLE = re.compile(r"^(?:に|へ|で|を|まで|から)(?=[\u4e00-\u9fff\u30a1-\u30ff])")
_LEADING = re.compile(r"^(?:[ ,;:.、。，،؛।|〜～・·!！]|[–—/-](?=\s))+")
_HEBREW_PREFIX = re.compile(r"\s[בלמהכו]-?$")
"""A small word of Hebrew that is written at the beginning of the next, here of a figure."""
_SHORT_ENDING = re.compile(
    r"(?:\b[ap]\.m|\b(?:St|Rd|Ave|Ln|Blvd|Dr|Mt|Inc|Ltd|Co|Jr|Sr|etc|min|руб|чел|ж|zł|str)|\bU\.S|\bU\.K|\bu\.s\.w)\.$"
)

_QUOTED_FIRST = re.compile(r"(?:\"[^\"]+\"|[“„][^“”]+[“”]|«[^«»]+») ?[^\s\"“”«»]")
"""A quotation, and more after it: its marks stay."""


_LONE_QUOTE = re.compile(r"(?:^|(?<=\s))\"(?=\w)|(?<=[^\d\s])\"(?=\s|$)")
_ENDING = re.compile(r"['’][a-zçğıöşü]{1,5}\s+(?=\w)")
"""Of Turkish, after an address."""
_LONGEST_QUOTE = 80


def tidy(words: str) -> str:
    """Return `words` without the punctuation and quotation marks around them. The point of an abbreviation stays."""
    bare = _LEADING.sub("", words.strip())
    while bare and text.is_picture(bare[0]):
        bare = bare[1:].lstrip()
    ended = re.sub(r"\s[/|]$", "", bare.rstrip()).rstrip(" .,;:\u2013\u2014-。、，；：।→➔➜")
    if bare[len(ended) : len(ended) + 1] == "." and _SHORT_ENDING.search(f"{ended}."):
        ended += "."
    return _unpaired(ended.strip(" ")) if any(map(str.isalnum, ended)) else ""


def _unpaired(words: str) -> str:
    """Return `words` without a quotation mark or a bracket at an end whose other half is elsewhere, or around all."""
    is_closed = _QUOTED_FIRST.match(words) is not None
    words = words.strip('"“”«» ') if not is_closed and (words[:1] in '"“«„' or words.count('"') % 2) else words
    if words.count('"') % 2:
        words = _LONE_QUOTE.sub("", words, count=1)
    low = ("„", "“" if "“" in words else "”")
    for opens, closes in (("(", ")"), ("[", "]"), ("「", "」"), low if "„" in words else ("“", "”"), ("«", "»")):
        if words.startswith(opens) and words.endswith(closes) and words.count(opens) == 1:
            words = words[1:-1].strip()
        elif words.endswith(closes) and words.count(opens) < words.count(closes):
            words = words[:-1].rstrip()
        elif words.startswith(opens) and words.count(closes) < words.count(opens):
            words = words[1:].lstrip()
        if words.count(opens) != words.count(closes) and opens != closes:
            # Its other half is in none of the shot's words.
            lone = opens if words.count(opens) > words.count(closes) else closes
            words = (
                " ".join(words.replace(lone, " ").split()) if lone in "()[]«»“”„" and words.count(lone) == 1 else words
            )
    return words


def quoted(line: str) -> str:
    """Return a line in quotation marks for a sentence to whoever ordered the film; a long one is cut."""
    return f"“{line}”" if len(line) <= _LONGEST_QUOTE else f"“{line[: _LONGEST_QUOTE - 1].rstrip()}…”"


def whole_words(words: str, most: int, stop: frozenset[str]) -> str:
    """Return as many whole words as fit into `most` letters, without stop words at the end."""
    kept: list[str] = []
    for word in words.split():
        if len(" ".join([*kept, word])) > most:
            break
        kept.append(word)
    while kept and kept[-1].lower() in stop:
        kept.pop()
    return " ".join(kept)


def leads_on(words: str) -> bool:
    """Say whether the last of the words leaves a question open: "Launch of"."""
    last = words.rsplit(maxsplit=1)[-1].casefold() if words else ""
    return last in OPENERS | JOINTS | PREPOSITIONS | _SMALL or last in _LEADS_TO - _CALLS


def ends_open(words: str) -> bool:
    """Say whether words end with "and" or with what begins a clause: "wreaths and", "the house that"."""
    return words.rsplit(maxsplit=1)[-1:] != [] and words.rsplit(maxsplit=1)[-1].casefold() in JOINTS | JOINED | TURNS


def turns(words: str) -> bool:
    """Say whether words begin a clause: "or come Tuesday", "when she stays open"."""
    first = words.split(maxsplit=1)[:1]
    return bool(first) and first[0].casefold() in TURNS | _LEADS_ON | _BEGINS and " " in words


def closed(words: str) -> str:
    """Return words without an "and" at their end: what it leads to is on the next card."""
    before, _, last = words.rpartition(" ")
    return tidy(before) if len(before.split()) > 1 and last.casefold() in JOINTS | JOINED else words


def between(said: str, found: Sequence[Token]) -> list[str]:
    """The parts of a sentence before, between and after the tokens that were found in it."""
    starts = [0, *(token.end for token in found)]
    ends = [*(token.start for token in found), len(said)]
    return [said[start:end] for start, end in zip(starts, ends, strict=True)]


def without_joints(part: str) -> str:
    """A part of a call without the small words that led to a contact: "at", "oder unter", "か"."""
    bare = _ENDING.sub("", part, count=1) if _ENDING.match(part) else part
    bare = bare.strip(" ,;:.–—-→")
    words = (bare if bare.count("(") == bare.count(")") else bare.strip("()")).split()
    while words and words[-1].strip(",:.(").lower() in _LEADS_TO:
        if (
            len(words) > 1
            and words[-1].lower() in _CALLS
            and words[-2].isalpha()
            and words[-2].lower() not in _LEADS_ON
        ):
            # "Your call", "missed call".
            break
        words.pop()
    while words and words[0].strip(",").lower() in _LEADS_ON:
        words.pop(0)
    words = words[1:] if words and _KOREAN_PARTICLE.fullmatch(words[0]) else words
    words = [_JAPANESE_PARTICLE.sub("", words[0]), *words[1:]] if words else words
    return "" if words and _THAI_JOINT.fullmatch(" ".join(words)) else _EASTERN_JOINT.sub("", " ".join(words))


def _phrases(words: str) -> list[str]:
    """The parts of a sentence between its marks, of which the point of an abbreviation is none."""
    parts = (part for sentence in sentences.split(words) for part in tokens.cuts(sentence, _PHRASE_END))
    return [part for part in parts if part.strip()]


def before(words: str) -> str:
    """What stands over a figure: all before it if that is short, else its last phrase."""
    whole = tidy(_HEBREW_PREFIX.sub("", words))
    parts = _phrases(words.rstrip(" :"))
    if len(whole) > LONGEST_LEAD and parts:
        last = parts[-1].split()[-_LEAD_WORDS:]
        while len(last) > 1 and last[0] in {"&", "+"}:
            # The other half of a name is no beginning.
            last = last[2:]
        whole = tidy(" ".join(last))
    first = whole.split(" ", 1)
    return first[1] if len(first) > 1 and first[0].lower() in JOINTS else whole


def after(words: str, stop: frozenset[str]) -> str:
    """What stands under a figure: all after it if that is short, else as many whole phrases as fit, else the beginning
    of the first up to a new thought."""
    whole = tidy(words)
    if len(whole) <= LONGEST_REST:
        return closed(whole)
    kept = ""
    for part in _phrases(whole):
        longer = f"{kept}, {part}" if kept else part
        if len(longer) > LONGEST_REST:
            break
        kept = longer
    if not kept:
        rest = _phrases(whole)[0].split()
        ends = [at for at in range(1, min(len(rest), _LABEL_WORDS + 1)) if rest[at].lower() in TURNS | PREPOSITIONS]
        cut = rest[: ends[-1] if ends else _LABEL_WORDS]
        while cut and cut[-1].lower() in stop:
            cut.pop()
        kept = " ".join(cut)
    return tidy(kept)
