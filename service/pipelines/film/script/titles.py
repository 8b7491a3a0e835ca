# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What a brief is about: the title that its film gets. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from service.pipelines.film.script import naming, openings, text, tokens
from service.pipelines.film.script.calendars import DAYS
from service.pipelines.film.script.places import PLACE

_QUOTED = re.compile(r"(?:(?<!\d)\"|[“«„「『])\s*([^\"“”«»„「」『』]{2,60}?)\s*[\"”»“」』]")
_CASE_ENDING = re.compile(r"['’](?:de|da|te|ta|den|dan|ten|tan|e|a|ye|ya|i|ı|u|ü|yi|in|ın|un|ün|nin|nın|s)$|[,:]$")
_LEGAL_FORM = re.compile(
    r"\s+(?:GmbH(?:\s+&\s+Co\b.*)?|Inc\.?|Ltd\.?|LLC|S\.?A\.?R\.?L\.?|S\.L\.|S\.p\.A\.|AG|KG|B\.V\.|Sp\. z o\.o\.)$"
)
_EXPLAINS = re.compile(
    r"\s*(?:,\s+(?:an?|the|der|die|das|ein|eine|un|une|le|la|el|una|il|lo|um|uma|o|een|de|het)\s+[a-zà-ÿ]|"
    r"\s+(?:is|are|ist|sind|est|es|è|é)\s+(?:an?|the|der|die|das|ein|eine|un|une|le|la|el|una|il|lo|um|uma|o|een)\s)"
)
"""What follows a name that is being explained."""
_FREE_MAIL = re.compile(
    r"@(?:gmail|googlemail|outlook|hotmail|yahoo|icloud|gmx|web|proton|protonmail|aol|live|mail|yandex)\.",
    re.IGNORECASE,
)
_DATE_WORD = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|"
    r"thurs|fri|satur|sun)day|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*\([^()]{1,60}\)")
_FRENCH_ARTICLES = frozenset(["la", "le", "l", "les", "notre", "nos"])
_TITLES = r"Dr|Prof|Mr|Mrs|Ms|Herr|Frau|Chef|DJ|Sir|Dame|Mme|M|Sra?|Dott"
_DAY = re.compile(rf"(?:{DAYS})", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|der|die|das|le|la|el|il|lo|o|a|de|het) ", re.IGNORECASE)
_EPISODE = re.compile(
    r"^(?:#|no\.? ?|nr\.? ?|ep\.? ?|episode |folge |épisode )\d{1,4}\s?[–—:-]\s*(?=\S)", re.IGNORECASE
)
_CARD_WORDS = 3
_NAME_WORDS = (2, 6)
_NAME_WITHIN = 3  # A sentence is about the name it starts with, at most this many words in.
_LONGEST_QUOTED_NAME = 4
_LONGEST_TITLE, _SHORT_TITLE_WORDS = 42, 7
_LONGEST_INITIALS = 5
_SHORTEST_OWNER, _MOST_ADDRESSES = 4, 4


def title_of(say: list[str], names: list[str], phrases: list[str], heading: str = "", cards: Sequence[str] = ()) -> str:
    """Return what a brief is about. `cards` are what a script puts on screen.

    First what it quotes in its opening or has as its `heading`; then the name that it opens with, or whose address it
    gives; then what it quotes, explains ("Rootly, a serum") or repeats. Else its opening, or the part of it that is
    short enough for a title.
    """
    named = [name for name in (_bare_name(name) for name in names) if name and _can_be_a_title(name)]
    opening = next((sentence for sentence in say if not openings.only_opens(sentence)), say[0])
    opening = text.capital(_OFFERS.sub("", _ALERT.sub("", opening)))
    quoted = _QUOTED.search(opening) or _HANGUL_QUOTED.search(opening)
    surely = _HELD_BY.match(opening) or (quoted if quoted and len(quoted[1].split()) <= _LONGEST_QUOTED_NAME else None)
    if surely:
        return _calm(surely[1])
    if heading and not openings.only_opens(heading):
        return _calm(bare(heading))
    role = openings.sought(opening, _LONGEST_TITLE)
    if role:
        return text.capital(role)
    owner = _whole_name(_of_an_address([*say, *cards]), named)
    first, at = _opening_name(opening, named)
    first = _with_its_head(first, opening)
    is_later = owner and owner in opening and opening.find(owner) < at
    if first and not owner and _is_only_where(first, opening):
        return bare(opening.rstrip("!.… "))
    if first and not is_later and not (owner and _is_an_adjective(first, opening) and first not in owner):
        return _calm(_with_its_number(first, opening))
    if owner and (is_later or not _is_question(opening) or _is_quoted(owner, say)):
        return _calm(owner)
    chosen = _quoted_title(say) or _explained(say, named) or owner or _of_a_card(cards[-1] if cards else "")
    if chosen:
        return _calm(chosen)
    repeated = [name for name in named if sum(name in sentence for sentence in say) > 1]
    if repeated and not _is_question(opening):
        return _calm(repeated[0])
    alone = _name_alone(say[1:])
    if alone and (opening != say[0] or ":" in opening or not repeated):
        return alone
    return _calm(_of_sentence(quoted.group(1) if quoted else opening, phrases))


def _with_its_head(name: str, opening: str) -> str:
    """A name with what stands before a colon with it: "Community centre Eastside: yoga, …"."""
    head, colon, _ = opening.partition(": ")
    fits = len(head) <= _LONGEST_TITLE and len(head.split()) <= _NAME_WORDS[1]
    return head if colon and name and name in head and fits else name


_WHERE = re.compile(r"(?<=\w) (?:a|ad|in|à|en|nach|to|em|no|na)\s$")


def _is_only_where(name: str, opening: str) -> bool:
    """Say whether a name only says where something short is: "Weekend lungo a Matera!"."""
    before = opening[: max(opening.find(name), 0)]
    is_short = len(opening) <= _LONGEST_TITLE and opening.rstrip(" !.…").endswith(name) and "," not in opening
    return is_short and _WHERE.search(before) is not None and not tokens.find(opening)


def _is_an_adjective(name: str, opening: str) -> bool:
    """Say whether a single word of a name only describes what follows it: "Meet the giant Pacific octopus"."""
    at = opening.find(name)
    return at > _SHORTEST_OWNER and " " not in name and bool(re.match(r" [a-zà-ÿ]", opening[at + len(name) :]))


def _can_be_a_title(name: str) -> bool:
    """Say whether a name is that of a thing or a person, rather than of a day, a currency or a unit."""
    is_date = any(token.kind is tokens.Kind.DATE for token in tokens.find(name))
    *before, last = name.split() or [""]
    # "Nur am Samstag" is a day; "Black Friday" is not.
    is_day = bool(_DAY.fullmatch(last)) and (not before or before[-1] in naming.JOINTS)
    return not (_DATE_WORD.fullmatch(name) or is_date or is_day or is_a_unit(name))


def is_a_unit(name: str) -> bool:
    """Say whether a name is a currency's or a unit's: "TL", "Std"."""
    counted = f"1 {name}"
    return " " not in name and any(token.end == len(counted) and token.start == 0 for token in tokens.find(counted))


def _with_its_number(name: str, opening: str) -> str:
    """A name with the title before it or the number after it that are a part of it: "Dr. Anna Meyer", "Nube 2"."""
    # "The Pulse 3 smartwatch" has its number, but "Ciclo 3 shops" has shops.
    after = r"[,.!:]|$| [a-z]" if _ARTICLE.match(opening) else r"[,.!:]|$"
    found = re.search(rf"(?:(?P<title>{_TITLES})\.? )?{re.escape(name)}(?P<number> \d{{1,3}}(?={after}))?", opening)
    return found.group() if found else name


def _of_a_card(card: str) -> str:
    """The name that the last card of a script begins with: "Lull. Free on the App Store."."""
    first, point, rest = card.partition(". ")
    return first if point and rest and len(first.split()) <= _CARD_WORDS else ""


def _name_alone(say: list[str]) -> str:
    """A name of two words or more that has a line or a sentence to itself."""
    for sentence in say:
        words = sentence.strip(" .!").split()
        is_name = all(word[:1].isupper() or word[:1].isdigit() or word in naming.JOINTS for word in words)
        if _NAME_WORDS[0] <= len(words) <= _NAME_WORDS[1] and is_name and not tokens.find(sentence):
            return " ".join(words)
    return ""


def _is_question(sentence: str) -> bool:
    return sentence.rstrip().endswith(("?", "？", "؟"))


def _is_quoted(name: str, say: list[str]) -> bool:
    return any(name in quoted.group(1) for sentence in say for quoted in [_QUOTED.search(sentence)] if quoted)


def _bare_name(name: str) -> str:
    """A name without what is no part of it: a case ending after an apostrophe, a lone abbreviation."""
    return _LEGAL_FORM.sub("", _CASE_ENDING.sub("", name)).strip()


def _opening_name(opening: str, named: list[str]) -> tuple[str, int]:
    """Return the name that a sentence begins with, and where in it; "" if there is none."""
    street = PLACE.match(opening)
    if street:
        return street.group().split(",")[0], 0
    untitled = re.sub(rf"^(?:{_TITLES})\.? (?=[A-ZÀ-Þ])", "", opening)
    first = naming.with_joints([word for word in naming.WORD.findall(untitled) if not text.is_picture(word[0])])
    for name in named:
        parts = naming.with_joints(naming.WORD.findall(name))
        at = next((start for start in range(_NAME_WITHIN + 1) if first[start : start + len(parts)] == parts), None)
        is_name = (len(name) > 1 and (not name.isupper() or (at == 0 and len(name) > _LONGEST_INITIALS))) or len(
            parts
        ) > 1
        counts = at and len(parts) == 1 and first[0][0].isdigit()
        if at is not None and is_name and not counts and "." not in first[:at]:
            # "La boulangerie Martin" should not become "Martin".
            has_noun = at == 2 and len(parts) == 1 and first[0].lower() in _FRENCH_ARTICLES
            return text.capital(" ".join(first[1 : at + 1])) if has_noun else name, opening.find(parts[0])
    return "", len(opening)


def _quoted_title(say: list[str]) -> str:
    """Return a title that is quoted in the middle of a sentence: capitalised, short, and no remark of somebody's."""
    for sentence in say:
        for quoted in _QUOTED.finditer(sentence):
            words = quoted.group(1).split()
            is_title = len(words) <= _LONGEST_QUOTED_NAME and quoted.group(1)[-1:] not in ".!?,"
            if is_title and (words[0][:1].isupper() or not words[0][:1].islower()):
                return quoted.group(1)
    return ""


def _explained(say: list[str], named: list[str]) -> str:
    """Return the name that a brief says what it is: "Rootly, a scalp serum", "Volta is the helmet"."""
    for name in named:
        for sentence in say:
            at = sentence.find(name)
            if at >= 0 and _EXPLAINS.match(sentence[at + len(name) :]):
                return name
    return ""


def _whole_name(owner: str, named: list[str]) -> str:
    """Return the name of the brief that begins with, or contains, whose address it is."""
    return next(
        (name for name in named if owner and owner.split() == name.split()[: len(owner.split())]), None
    ) or next((name for name in named if owner and f" {owner} " in f" {name} "), owner)


def _of_an_address(say: list[str]) -> str:
    """Return the capitalised words that a web address of the brief begins with: whose it is; "" if there are none."""
    labels = [
        _squashed(
            address.split("@")[0]
            if _FREE_MAIL.search(address)
            else address.split("@")[-1].split("/")[0].removeprefix("www.").rsplit(".", 1)[0]
        )
        for sentence in say
        for address in text.addresses(text.shown_address(sentence))
    ][:_MOST_ADDRESSES]
    best = ""
    for sentence in say if labels else ():
        words = [word.strip(" .,;:!?…()\"'“”«»") for word in sentence.split()]
        for start in range(len(words)):
            for end in range(start + 1, min(start + _LONGEST_QUOTED_NAME + 1, len(words)) + 1):
                run, squashed = words[start:end], _squashed("".join(words[start:end]))
                is_name = (
                    run[0][:1].isupper()
                    and run[0].lower() not in naming.NO_NAMES
                    and "." not in "".join(run)
                    and run[-1].strip("–—-|·&")
                )
                all_named = all(word[:1].isupper() for word in run)
                known = any(
                    label == squashed or label.startswith(squashed) or (all_named and squashed.endswith(label))
                    for label in labels
                    if label
                )
                if is_name and known and len(squashed) >= _SHORTEST_OWNER and len(" ".join(run)) > len(best):
                    best = " ".join(run)
    return best


def _squashed(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.casefold().replace("&", "and").replace("ß", "ss"))
    return "".join(character for character in plain if character.isalnum())


_ALERT = re.compile(
    r"^(?:achtung(?: baustelle)?|hinweis|wichtig|attention|warning|notice|reminder|alert|avis|aviso|avviso|atención|"
    r"atenção|"
    r"attenzione|let op|uwaga|внимание)\b[^:.!?]{0,16}[:!]\s+(?=\S)",
    re.IGNORECASE,
)
"""What only says that something follows."""
_OFFERS = re.compile(
    r"^(?:for (?:rent|sale)|to let|zu (?:vermieten|verkaufen)|à (?:louer|vendre)|se (?:alquila|vende)|affittasi|"
    r"vendesi|aluga-se|"
    r"vende-se|te (?:huur|koop))\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
_HELD_BY = re.compile(
    r"^(?i:(?:the |der |die |das |le |la |el |il |o )?(?:[\w-]+ ){0,2}?(?:black (?:friday|weekend|week)|"
    r"cyber (?:monday|week)|\w*(?:schluss|"
    r"räumungs|total|aus)verkauf|(?:summer|winter|spring|autumn|closing|clearance|big|huge)? ?sale|soldes?|saldi|"
    r"rebajas|liquidation|"
    r"liquidación|saldos?|saldão|promo(?:ção|ción|tion)?|destockage|uitverkoop|wyprzedaż)(?: \w+){0,2}? "
    r"(?:chez|bei|at|@|da|dal|dalla|no|na|en|bij|w|u)) ([A-ZÀ-Þ][\w'’&.-]*(?: (?:[A-ZÀ-Þ&][\w'’&.-]*|du|de|"
    r"la|le|des|del|di|da|do|von|am|and|und|et|y|e)){0,4})"
    r"(?=\s?[!.,:;?–—]|$)"
)
"""A sale, and whose it is: "Black Friday prolongé chez Literie du Lac"."""
_HANGUL_QUOTED = re.compile(r"(?:^|(?<=[\s가-힣]))['‘]([^'’\n]{2,30})['’](?=[\s가-힣,.!]|$)")
_FEWEST_LETTERS = 3
_LEADS_TO_A_DATE = re.compile(
    r"(?:[\s,:–—-]+(?:is|are|was|will be|now|on|from|at|starts?|opens?|begins?|until|till|by|only|just|for|up to|"
    r"ist|sind|jetzt|"
    r"ab|am|vom|bis|nur|für|bis zu|est|dès|du|le|jusqu'au|à partir du|pour|es|el|desde|hasta|por|è|dal|fino al|il|a|"
    r"à|às|até|de|"
    r"por apenas|op|vanaf|voor|tot|with|mit|avec|con|com|save|get))+[\s,:–—-]*$",
    re.IGNORECASE,
)
_HEADED = re.compile(r"^[【〔\[][^【】\[\]〔〕]{1,30}[】〕\]]\s*")
"""What stands in brackets before what it is about: "【双十一大促】"."""


_BEFORE_A_DETAIL = re.compile(
    r"(.{6,}?\w)\s*(?:[(\[]|,? (?:from|at|in|on|for|by|with|between|who|that|which|von|ab|am|im|mit|für|bei|um|de|"
    r"du|à|le|en|"
    r"pour|avec|مع|في|من|del|a|con|para|desde|per|da|dal|com|em|no|na|van|op|met|voor)\s)"
)


def _of_sentence(sentence: str, phrases: list[str]) -> str:
    """The sentence, or a part of it, that can stand as a title."""
    sentence = _EPISODE.sub("", bare(sentence).strip(" .,;:!?…\"'“”«»„"))
    priced = re.match(r"(.{3,}?)\s*[:–—-]\s*(?=\S{0,4}\d)", sentence)
    if priced and any(
        token.kind is tokens.Kind.PRICE and token.start == priced.end() for token in tokens.find(sentence)
    ):
        sentence = priced[1]
    sentence = _before_a_date(sentence)
    opens, colon, rest = sentence.partition(": ")
    sentence = text.capital(rest) if colon and openings.only_opens(opens) else sentence
    if text.width(sentence) <= _LONGEST_TITLE:
        return sentence
    opening = openings.subject(_HEADED.sub("", sentence), _LONGEST_TITLE)
    if opening and text.width(opening) <= _LONGEST_TITLE:
        return text.capital(opening)
    begins = _BEFORE_A_DETAIL.match(sentence)
    if begins and text.width(begins[1]) <= _LONGEST_TITLE:
        return begins[1]
    first, *others = _TWO_CLAUSES.split(sentence, maxsplit=1)
    if others and len(first.split()) >= _WORDS_OF_A_CLAUSE and text.width(first) <= _LONGEST_TITLE:
        return first
    telling = (phrase for phrase in phrases if _tells(phrase, sentence))
    return next(telling, "") or _cut(sentence)


_TWO_CLAUSES = re.compile(r"\s(?:and|und|et|y|e|en|but|aber|mais|pero|ma)\s")
_WORDS_OF_A_CLAUSE = 3


def _tells(phrase: str, sentence: str) -> bool:
    """Say whether a key phrase of a sentence can be a title: more than a word, and no figure."""
    is_long = " " in phrase or text.unspaced(phrase[0])
    is_plain = not any(map(str.isdigit, phrase)) and sum(map(str.isalpha, phrase)) >= _FEWEST_LETTERS
    return is_long and is_plain and _can_be_a_title(phrase) and phrase.casefold() in sentence.casefold()


def _cut(sentence: str) -> str:
    """The words of a sentence that fit into a title."""
    title = ""
    for word in text.words(sentence):
        longer = text.joined([title, word])
        if title and text.width(longer) > _LONGEST_TITLE:
            break
        title = longer
    return title


def _before_a_date(sentence: str) -> str:
    """A sentence up to its date, without the words that lead to it: "Open day is now Saturday 21 March"."""
    token = next((one for one in tokens.find(sentence) if one.kind in {tokens.Kind.DATE, tokens.Kind.TIME}), None)
    if token is None or token.start == 0:
        return sentence
    led = _LEADS_TO_A_DATE.sub("", sentence[: token.start]).rstrip(" ,:–—-(")
    return led if len(led) >= _SHORTEST_OWNER + 2 and (" " in led or token.end < len(sentence) - 1) else sentence


def _calm(title: str) -> str:
    """A title without shouting: one that is all capitals is set as a name."""
    letters = [character for character in title if character.isalpha()]
    is_shouting = len(letters) > _LONGEST_INITIALS and all(character.isupper() for character in letters)
    return " ".join(word.capitalize() for word in title.split(" ")) if is_shouting else title


def named(words: str) -> str:
    """The title that a label gives, without what explains it: "Oda & Finch, handmade leather bags"."""
    whole = bare(words)
    first = _EXPLAINED.split(whole, maxsplit=1)[0]
    whole = first if len(first) >= _SHORTEST_OWNER else whole
    return text.capital(_ARTICLE.sub("", whole, count=1)) if whole[:1].islower() and _ARTICLE.match(whole) else whole


_EXPLAINED = re.compile(r",\s+(?=[a-zà-ÿ])|\s+[–—]\s+(?=[a-zà-ÿ])")


def short(title: str) -> str:
    """Return a title that fits: itself, else what follows its colon, else its first words, none of them a small one."""
    if len(title) <= _LONGEST_TITLE:
        return title
    _, colon, rest = title.partition(": ")
    if colon and _SHORTEST_OWNER <= len(rest) <= _LONGEST_TITLE:
        return text.capital(rest)
    words = text.words(title)[:_SHORT_TITLE_WORDS]
    while len(words) > 1 and words[-1].islower() and len(words[-1]) < _SHORTEST_OWNER:
        words.pop()
    return text.joined(words)


def bare(words: str) -> str:
    """Return a title without what is around it: pictures, a remark in brackets, a full stop."""
    bare = _ASIDE.sub("", words)
    kept = "".join(character for character in bare if not text.is_picture(character))
    kept = re.sub(r"\s+readme$", "", kept.strip(" .,;:–—-*"), flags=re.IGNORECASE)
    return kept or words
