# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Cut a line of text into sentences. A point inside an abbreviation, a token (`tokens`) or a quotation ends none.
Pure."""

import re
from bisect import bisect_right
from itertools import pairwise

from service.pipelines.film.script.writing import run_on, text, tokens

_SENTENCE_END = re.compile(
    r"""(?:(?<=[.!?…])|(?<=[.!?…][¹²³⁴⁵⁶⁷⁸⁹])|(?<=[.!?…]["'”’»)\]])|(?<=[.!?…] »))\s+|"""
    r"""(?<=[。！？।॥])(?![」』”）])\s*|(?<=[؟۔։።])\s+"""
)
_THAI_SPACE = re.compile(
    r"(?:(?<=[\u0e00-\u0e7f\d)])|(?<=[นมบก]\.))\s+(?=(?!หรือ|และ|กับ|จาก|ปกติ|ถึง|เท่านั้น|ในราคา|แถม ?\d)[\u0e00-\u0e7f])"
    r"(?<!ที่ )(?<!ของ )(?<!ใน )"
)
"""Thai has no full stops: spaces stand between its phrases."""
_THAI_LETTERS = 18
"""Letters of a Thai phrase that can stand by itself."""
_THAI_WORD, _THAI_NAME = 9, 44
"""Letters of a word that may be the rest of a name after one or two, and of a phrase with it."""
_ABBREVIATION = re.compile(
    r"(?:^|[\s\d(/–-])(?:mr|mrs|ms|dr|prof|mt|kl|inv|rs|ft|no|nr|nos|vs|etc|e\.\s?g|i\.\s?e|inc|ltd|co|corp|jr|sr|approx|est|dept|vol|"
    r"fig|ext|ep|eps|pt|pp|ch|incl|excl|tel|tél|tlf|mob|rd|ave|av|avda|blvd|bd|ln|hwy|apt|ste|sq|min|max|abs|[ap]\.\s?m|"
    r"u\.s|u\.k|mme|mlle|p\.\s?ex|env|pl|z\.\s?b|d\.\s?h|u\.\s?a|bzw|ca|usw|inkl|zzgl|evtl|ggf|bspw|str|hl|std|mio|mrd|"
    r"sra|srta|dra|ud|uds|pág|aprox|sig|dott|ecc|pag|núm|art|ul|al|os|św|godz|tys|zł|ds|blz|resp|cad|sok|no|mah|"
    r"lun|mar|mer|gio|ven|sab|dom|jeu|sam|dim|erm|bzgl|geb|max|ul|ул|пр|пл|пер|д|кв|корп|стр|тел|г|руб|коп|чел|тыс|млн|млрд|мин|ч|им|св|т|พ\.ศ|"
    # German, with the many that are cut short before "-lich".
    r"pr|kr|puh|dkt|sv|zw|einschl|exkl|gem|insb|jew|mind|jährl|vorm|nachm|abds|sog|urspr|vgl|zzt|hbf|bhf|whg|zi|wfl|bj|pers|stck|stk|"
    r"abt|aufl|kath|evang|med|renov|möbl|verm|gesch|begr|ggü|hr|fr|fa|og|eg|dg|\w{2,16}(?:tl|gl|chl|nl)|"
    # Spanish, French, Italian, Portuguese.
    r"lic|ing|arq|dpto|izq|dcha|esq|pza|ctra|urb|edif|máx|mín|tfno|telf|sto|sta|fdo|bto|hnos|admón|"
    r"apt|bât|bat|rés|boul|chem|imp|rte|réf|qté|arr|ét|st-|spett|egr|preg|gent|geom|avv|rag|fraz|loc|prov|cell|"
    r"trav|praç|lgo|lj|telm|cel|eng|exmo|exma|obs|"
    # Thai: units, streets, titles.
    r"น|กม|ซม|มม|กก|ก|มล|ล|บ|ชม|ถ|ซ|จ|อ|ต|ม|ดร|โทร|ค\.ศ|รร|ชั้น|"
    r"\w{2,20}str|\w{2,20}pl)\.$",
    re.IGNORECASE,
)
_GERMAN = re.compile(
    r"^[^a-zäöü]{0,3}[A-ZÄÖÜ].*\b(?:der|die|das|und|wird|werden|vom|für|mit|ist|zum|zur|nicht|auch|im)\b"
)
"""A line in German with capitals: there a word in small letters begins no sentence."""
_ORDINAL = re.compile(
    r"\b(?:im|am|der|die|das|den|dem|des|zum|zur|vom|beim|unser(?:e[nmr]?)?|jede[rnms]?|ein(?:e[nm]?)?) \d{1,2}\.$"
)
_BRACKETS = re.compile(r"\([^()\n]{1,160}\)|【[^【】\n]{1,80}】|『[^『』\n]{1,160}』")
_DOTTED = re.compile(r"(?:^|[\s(])(?:[^\s.]{1,3}\.){2,}$")
"""Letters with points between them: "z.o.z."."""
_DOTTED_FIRST = re.compile(r"(?:^|[(,:–-]\s?)(?:[A-ZÀ-Þ]{1,2}\.\s?){2,}$")
"""The same before what it is of: "(C.C. Parquesur"."""
_AFTER_A_SMALL_WORD = re.compile(r"(?:^|\s)[a-zà-ÿа-я]+\s[^\W\d_]\.$")
"""A single capital after a small word is the end of it ("assembly point C."), not somebody's initial."""
_PRICED = re.compile(r"[$€£¥₹]\s?\d|\d[\d.,]*\s?[$€£¥₹]")
_LETTER = re.compile(r"(?:^|(?<!\d)[\s(])[^\W\d_]\.$")
_SAINT = re.compile(r"(?:^|\s)[sS]te?\.$")
_STREET = re.compile(r"\d[A-Za-z]?,?(?: [NSEW]\.?)?(?: [A-Z\d][\w'’-]*){1,3} St\.$")
"""After a number and capitalised words it is a street ("12 Pleasant St."), and else a saint."""
_INITIAL = re.compile(
    r"(?:^|\s)(?:de|da|do|di|du|avec|chez|par|pour|et|con|com|von|van|mit|by|with|from|and|в|с|у|за|от)\s[^\W\d_]\.$",
    re.IGNORECASE,
)
"""After these a single letter is somebody's initial, or a Bulgarian village."""
_ON_A_MAP = re.compile(r"\d [NSEW]\.$|,\sC[oO]\.$")
"""The side of a street ("2385 N. Milwaukee"), a county of Ireland (", Co. Galway")."""
_LEADER = re.compile(r"(?:^|\s)\.{2,}$")
"""Points that lead to a price: "Cabo .... 3,00 €"."""
_BEFORE_A_FIGURE = re.compile(r"(?:^|[\s(])(?:ok|okt|b/|cca|kb|pow|wys|szer|tlf|puh)\.$", re.IGNORECASE)
_DAY_OF, _MONTH_OF = re.compile(r"\s\d{1,2}\.$"), re.compile(r"(?:[1-9]|1[0-2])\.(?:\s|$)")
_SHORT_WORD = re.compile(r"(?:^|[\s(])[^\W\d_]{1,4}\.$")
_NUMBER = re.compile(r"\d\.$")
_ABBREVIATION_TAIL = 28
"""Letters at the end of a part that are enough to see whether it ends with one of the abbreviations."""
_ENDS_TOO = re.compile(
    r"(?:^|[\s(])(?:[ap]\.\s?m|etc|usw|ecc|inc|ltd|co|corp|jr|sr|u\.s|u\.k|rd|ave|av|blvd|ln|hwy|min|std|mio|mrd|godz|os|zł|kr|"
    r"руб|коп|чел|тыс|млн|млрд|мин|ч|г|тел|max)\.$",
    re.IGNORECASE,
)
"""Abbreviations that may end a sentence too: before a capital they do."""
_NTH = re.compile(
    r"(?:OG|EG|UG|DG|Stock|Etage|Obergeschoss|Reihe|Klasse|Auflage|Liga|Bundesliga|Advent|Mal|Jahrgang|Jahrhundert|Person|patro|piętro|"
    r"emelet|kerület|ročník|ples|Blok|Kat|Cadde|Sokak)(?!\w)"
)
"""What a number with a point is of: "2. OG"."""
_NO = re.compile(r"(?:^|[\s,])no\.$")
_TITLE = re.compile(r"(?:^|[\s(])(?:[a-zà-ÿ]{1,9}|El|O|Ao|Do|Pelo|Al|Del) [Ss]r\.$|^Sr\.$")
"""A title before a name ("Atende o Sr. Vítor"), and not the elder of that name ("Sammy Davis Sr.")."""
_DRIVE = re.compile(r"\d[A-Za-z]? (?:[A-Z][\w'’-]* ){1,3}Dr\.$")
"""A street, and no doctor: "118 Birch Hollow Dr."."""
_COMPANY = re.compile(r"(?:KG|KGaA|OHG|Inc|Ltd|LLC|Oy|AB|AG)\b")
_CHECKS = frozenset("✅✔☑✓👉")
"""Pictures before each item of a list on one line."""
_POINTERS = frozenset("👉➡➜➤▶→👇")
_MANY_EMOJI = 3
_SENTENCES_QUOTED = 240
"""Letters of the longest quotation that is kept whole."""


def split(line: str) -> list[str]:
    """Return the sentences of one line that have a letter or a digit."""
    joined: list[list[str]] = []
    is_german = _GERMAN.match(line) is not None
    has_capitals = line != line.lower()
    parts = _cuts(line)
    # Whoever writes no capitals begins no sentence with one.
    small = sum(
        part[:1].islower() and not _ABBREVIATION.search(before[-_ABBREVIATION_TAIL:])
        for before, part in pairwise(parts)
    )
    has_capitals = has_capitals and small < max(2, (len(parts) + 1) // 2)
    for part in parts:
        tail = joined[-1][-1][-_ABBREVIATION_TAIL:] if joined else ""
        if joined and (_goes_on(tail, part, has_capitals=has_capitals) or (is_german and _is_cut_short(tail, part))):
            joined[-1].append(part)
        else:
            joined.append([part])
    found = [
        piece
        for part in joined
        for whole in _at_emoji(" ".join(part))
        for cut in _thai(whole)
        for short in _chinese(cut)
        for piece in run_on.pieces(short)
    ]
    return [part.strip() for part in found if any(character.isalnum() for character in part)]


def _cuts(line: str) -> list[str]:
    """Cut at the marks that may end a sentence, outside of tokens, quotations and brackets."""
    parts = tokens.cuts(line, _SENTENCE_END)
    if len(parts) == 1:
        return parts
    whole = [(q.start, q.end) for q in tokens.quotations(line) if q.end - q.start <= _SENTENCES_QUOTED]
    whole += [match.span() for match in _BRACKETS.finditer(line)]
    if not whole:
        return parts
    whole.sort()
    starts = [start for start, _ in whole]
    found: list[str] = []
    at = 0
    for part in parts:
        begin = line.find(part, at)
        inside = bisect_right(starts, begin) - 1
        # The last that starts before it, or a quotation around that bracket.
        is_inside = any(start < begin < end for start, end in whole[max(inside - 1, 0) : inside + 1])
        if found and is_inside:
            found[-1] += line[at:begin] + part
        else:
            found.append(part)
        at = begin + len(part)
    return found


def _is_cut_short(tail: str, after: str) -> bool:
    """Say whether a German sentence goes on in small letters after a word with a point, which is an abbreviation,
    or after an ordinal number."""
    if _ORDINAL.search(tail):
        return True
    return tail.endswith(".") and after[:1].islower() and not any(start == 0 for start, _ in text.address_spans(after))


def _goes_on(tail: str, after: str, *, has_capitals: bool) -> bool:
    """Say whether a sentence goes on after the point that `tail` ends with. Small letters tell nothing in a line
    without capitals."""
    first = after[:1]
    if not tail.endswith("."):
        return False
    if _is_between(tail, after):
        return True
    if first.islower() and has_capitals and (_SHORT_WORD.search(tail) or _NUMBER.search(tail)):
        # An address may begin a sentence.
        return _ABBREVIATION.search(tail) is not None or not any(start == 0 for start, _ in text.address_spans(after))
    if _NO.search(tail) and not after[:1].isdigit():
        return first.islower() and has_capitals and _SHORT_WORD.search(tail) is None
    if _DRIVE.search(tail):
        return not first.isupper()
    if _ABBREVIATION.search(tail) or (_SAINT.search(tail) and not _STREET.search(tail)):
        return not (_ENDS_TOO.search(tail) and first.isupper())
    if _DOTTED.search(tail):
        return not first.isupper() or _DOTTED_FIRST.search(tail) is not None
    if _LETTER.search(tail):
        begins = first.isupper() or (tail[-2:-1].isupper() and _PRICED.match(after))
        return not (_AFTER_A_SMALL_WORD.search(tail) and begins)
    return False


def _is_between(tail: str, after: str) -> bool:
    """Say whether two parts belong together whatever the second begins with."""
    return bool(
        _LEADER.search(tail)
        or _ON_A_MAP.search(tail)
        or _TITLE.search(tail)
        or _INITIAL.search(tail)
        or (after[:1].isdigit() and _BEFORE_A_FIGURE.search(tail))
        or (_DAY_OF.search(tail) and _MONTH_OF.match(after))
        or (tail.endswith("Co.") and _COMPANY.match(after))
        or (_NUMBER.search(tail) and _NTH.match(after))
    )


def _at_emoji(sentence: str) -> list[str]:
    """Cut where an emoji takes the place of a full stop: after two or more words, before a capital or a digit."""
    parts: list[list[str]] = [[]]
    words_before, last = 0, ""  # Of the current part: its pieces that have a letter or a digit, and its latest piece.
    written = sentence.split(" ")
    # A post that has one after every few words has no other stops.
    are_stops = sum(bool(word) and all(map(_is_emoji, word)) for word in written[1:-1]) >= _MANY_EMOJI
    for word in written:
        is_after = words_before > 1 and _is_emoji(last[-1]) and not _is_emoji(word[:1]) and last not in _POINTERS
        if (is_after and (are_stops or word[:1].isupper() or word[:1].isdigit())) or (words_before and word in _CHECKS):
            parts.append([])
            words_before = 0
        if (word or parts[-1]) and word not in _CHECKS:
            parts[-1].append(word)
        for piece in word.split():
            words_before += any(character.isalnum() for character in piece)
            last = piece
    return [" ".join(words) for words in parts]


_CHINESE_SPACE = re.compile(
    r"(?<=[\u4e00-\u9fff\d）)])(?<![省市区區县縣镇鎮乡鄉村路街道巷弄号號楼樓层層]) +(?=[\u4e00-\u9fff])"
)
_KANA = re.compile("[\u3041-\u30ff]")
_MANY_SPACES = 2


def _chinese(line: str) -> list[str]:
    """Cut a Chinese line that has spaces instead of marks."""
    if "。" in line or _KANA.search(line) or len(_CHINESE_SPACE.findall(line)) < _MANY_SPACES:
        return [line]
    return tokens.cuts(line, _CHINESE_SPACE)


def _thai(sentence: str) -> list[str]:
    """Cut at the spaces between Thai phrases, none of them short."""
    found: list[str] = []
    for part in tokens.cuts(sentence, _THAI_SPACE):
        before = found[-1] if found else ""
        is_word = len(part) <= _THAI_WORD and not any(map(str.isdigit, part + before)) and not part.startswith("ของ")
        if found and (len(before) < _THAI_LETTERS or (is_word and len(before) + len(part) < _THAI_NAME)):
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def _is_emoji(character: str) -> bool:
    return bool(character) and text.is_picture(character)
