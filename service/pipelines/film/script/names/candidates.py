# ruff: noqa: RUF001 -- the letters of other languages are meant
"""The runs of words of a brief that may be what its film is called, each with what is known of it. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from service.pipelines.film.script.names import naming
from service.pipelines.film.script.writing import sentences, text, tokens

_MARKS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0900-\u0963\u0980-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_LETTER = rf"[\w{_MARKS}]"
_WORD = re.compile(rf"{_LETTER}+(?:['’.&@/+·-]{_LETTER}+)*")
_ABBREVIATED = 4
"""Letters of a word that a point after it does not end: "St. Marien"."""
_SCRIPTS = re.compile(
    r"[\u3041-\u309f]+|[\u30a0-\u30ff]+|[\u3400-\u9fff\uf900-\ufaff々]+|[^\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff々]+"
)
_ENDING = re.compile(
    r"(?<=[가-힣a-zA-Z0-9])['’]?(?:에서는|에서|에는|에게|으로|까지|부터|이라는|라는|입니다|이에요|예요|은|는|이|가|을|를|에|의|로|과|와|도|만)$|"
    r"['’](?:s|de|da|te|ta|den|dan|ten|tan|e|a|ye|ya|i|ı|u|ü|yi|yı|in|ın|un|ün|nin|nın|nun|nün)$",
)
"""Endings that Korean, Turkish and English add to a name, and that are not a part of it."""
_OPENS, _CLOSES = re.compile(r"[\"“«„「『《‘]$"), re.compile(r"^[.,!?]?[\"”»“」』》’]")
_MOST_SENTENCES, _LAST_SENTENCES = 48, 12
_MOST_WORDS, _MOST_LETTERS = 7, 48
_SHORT_LINE = 3
_FREE_MAIL = re.compile(r"@(?:gmail|googlemail|outlook|hotmail|yahoo|icloud|gmx|web|proton\w*|aol|live|mail|yandex)\.")
_SHORTEST_LABEL = 4
_STEM = 4


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a run of words: the `number` of its sentence in the brief, and its `start` and `end` there."""

    sentences: Sequence[str]
    number: int
    start: int
    end: int


@dataclass(slots=True)
class Candidate:
    """A run of words, as it is best written, and the names of what is known of it."""

    words: str
    features: set[str] = field(default_factory=set)
    times: int = 0
    longer: set[str] = field(default_factory=set)
    """The runs that have it and a word more."""
    place: Place | None = None
    """The first; None if it does not stand in the brief as it is."""


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    small: str
    case: str
    """C: a capital first; A: all capitals; s: a stop word; l: small letters; d: digits; n: a script without case."""


def found(lines: Sequence[str], answers: Mapping[str, str], stop: frozenset[str], said: str) -> list[Candidate]:
    """Return what may be the title of a brief with these lines, each run once. `answers`: what rules make of it, each
    under the rule's name. `stop`: the language's stop words. `said`: what the film may say, in small letters."""
    cut = [(number, sentence) for number, line in enumerate(lines) for sentence in sentences.split(line)]
    total = len(cut)
    if total > _MOST_SENTENCES + _LAST_SENTENCES:
        cut = [*cut[:_MOST_SENTENCES], *cut[-_LAST_SENTENCES:]]
    known: dict[str, Candidate] = {}
    all_of_them = [sentence for _, sentence in cut]
    is_small = not re.search(r"[^\W\d_a-zà-ÿ]", "".join(sentence[1:] for _, sentence in cut[:20]))
    for at, (number, sentence) in enumerate(cut):
        place = [f"si {min(at, 6)}", f"se {min(len(cut) - 1 - at, 4)}"]
        place += ["small"] if is_small else []
        before = lines[number - 1] if number else ""
        before = before if len(before.split()) <= _SHORT_LINE else ""
        is_line = sentence == lines[number].strip()
        head = before if lines[number].startswith(sentence) else ""
        _add(known, Place(all_of_them, at, 0, len(sentence)), place, head, stop, is_line=is_line)
    for rule, answer in answers.items():
        one = known.setdefault(answer.casefold(), Candidate(answer))
        one.features.add(f"rule {rule}")
        if not one.times:
            one.features.add("no run")
    labels = labels_of(lines)
    for key, one in known.items():
        one.features.update(_of_the_brief(key, one, known, labels))
        if key not in said:
            one.features.add("unsaid")
    return list(known.values())


def _add(
    known: dict[str, Candidate],
    whole: Place,
    place: list[str],
    line_before: str,
    stop: frozenset[str],
    *,
    is_line: bool,
) -> None:
    """Add the runs of words of a sentence, the `whole` of it. `place`: what is known of its place in the brief;
    `line_before`: the short line above it."""
    sentence = whole.sentences[whole.number]
    cut = _words(sentence, stop)
    if not cut:
        return
    joins = [_joins(sentence, one, other) for one, other in pairwise(cut)]
    common = [*place, *_of_sentence(sentence, cut)]
    spans = [(token.start, token.end, f"t {token.kind.name}") for token in tokens.find(sentence)]
    heads = [f"pl {line_before.strip(' :').casefold()}"] if line_before else []
    wholly = [f"{'line' if is_line else 'whole'} {where}" for where in place]
    begins = [f"begins {where}" for where in place]
    for first, last in _runs(cut, joins):
        start, end = cut[first].start, cut[last].end
        features = {*common, *_of_run(sentence, cut, first, last, joins)}
        features.update(kind for begin, after, kind in spans if begin < end and start < after)
        if first == 0:
            features.update(heads, wholly if last == len(cut) - 1 else begins)
        words = sentence[start:end]
        longer = {sentence[cut[first - 1].start : end].casefold()} if first and joins[first - 1] else set()
        if last + 1 < len(cut) and joins[last]:
            longer.add(sentence[start : cut[last + 1].end].casefold())
        stands = replace(whole, start=start, end=end)
        _keep(known, Candidate(words, features, longer=longer, place=stands))
        ending = _ENDING.search(words)
        if ending and ending.start():
            of_cut = {*features, f"cut {ending.group()}", "cut"}
            stands = replace(stands, end=start + ending.start())
            _keep(known, Candidate(words[: ending.start()], of_cut, longer=longer, place=stands))


def _runs(cut: Sequence[_Word], joins: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last word of each run that may be a name."""
    for first, begin in enumerate(cut):
        for last in range(first, min(first + _MOST_WORDS, len(cut))):
            if (last > first and not joins[last - 1]) or cut[last].end - begin.start > _MOST_LETTERS:
                break
            yield first, last


def _keep(known: dict[str, Candidate], new: Candidate) -> None:
    one = known.setdefault(new.words.casefold(), Candidate(new.words, place=new.place))
    one.features |= new.features
    one.times += 1
    one.longer |= new.longer
    one.words = max(one.words, new.words, key=_capitals)


def _capitals(words: str) -> tuple[bool, int]:
    """How well a name is written: with capitals, and not of them alone."""
    capitals = sum(map(str.isupper, words))
    return capitals > 0 and not words.isupper(), capitals


def _words(sentence: str, stop: frozenset[str]) -> list[_Word]:
    cut: list[_Word] = []
    for match in _WORD.finditer(sentence):
        parts = [match.group()]
        if any(text.unspaced(letter) or "\u0e01" <= letter <= "\u0e4e" for letter in parts[0]):
            parts = [
                piece
                for phrase in text.words(parts[0])
                for piece in _SCRIPTS.findall(phrase.removeprefix(text.NO_SPACE))
            ]
        start = match.start()
        for part in parts:
            cut.append(_Word(start, start + len(part), part.casefold(), _case(part, stop)))
            start += len(part)
    return cut


def _case(word: str, stop: frozenset[str]) -> str:
    if word[0].isdigit():
        return "d"
    if word[0].isupper():
        return "A" if len(word) > 1 and word.isupper() else "S" if word.casefold() in stop else "C"
    if word[0].islower():
        inner = any(map(str.isupper, word))
        return "i" if inner else "s" if word in stop or len(word) <= 2 else "l"
    return next((kind for kind, letters in _KINDS if letters.match(word)), "n")


_KINDS = (
    ("H", re.compile(r"[\u3041-\u309f]")),
    ("T", re.compile(r"[\u30a0-\u30ff]")),
    ("K", re.compile(r"[\u3400-\u9fff\uf900-\ufaff々]")),
    ("G", re.compile(r"[가-힣]")),
)


def _joins(sentence: str, one: _Word, other: _Word) -> bool:
    between = sentence[one.end : other.start]
    if between in {"", " "}:
        return True
    if between == ". ":
        return other.start - one.start <= _ABBREVIATED + 2 and one.case in "CA"
    return between in {" & ", "-", "・", "·", "' ", "’ ", ".-", " + ", " × ", "&"}


def _of_sentence(sentence: str, cut: Sequence[_Word]) -> Iterator[str]:
    yield f"sl {sum(len(cut) > length for length in (1, 2, 4, 8, 16))}"
    yield f"sf {cut[0].small}"
    end = sentence[-1]
    yield f"s{end}" if end in "?!.:？！。" else "s-"
    if sentence.isupper():
        yield "sA"


def _of_run(sentence: str, cut: Sequence[_Word], first: int, last: int, joins: Sequence[bool]) -> Iterator[str]:
    run = cut[first : last + 1]
    case = "".join(word.case for word in run)
    begins, ends = first == 0, last == len(cut) - 1
    edges = "^"[: int(begins)] + "$"[: int(ends)]
    yield f"n {len(run)}"
    yield f"e {edges}"
    yield f"cp {case} {edges}"
    yield f"cp {case}"
    yield f"ce {case[0]}{case[-1]} {edges}"
    yield f"at {min(first, 4)}"
    gap_before = sentence[cut[first - 1].end if first else 0 : run[0].start].strip()
    gap_after = sentence[run[-1].end : cut[last + 1].start if not ends else len(sentence)].strip()
    if _OPENS.search(gap_before) and _CLOSES.search(gap_after):
        yield "quoted"
    before, after = gap_before[-1:], gap_after[:1]
    yield f"gb {before}"
    yield f"ga {after}"
    yield f"gg {before}{after}"
    previous, following = (cut[first - 1] if first else None), (cut[last + 1] if not ends else None)
    yield f"pw {previous.small if previous else '^'}{before}"
    yield f"nw {after}{following.small if following else '$'}"
    if previous and first > 1:
        yield f"pp {cut[first - 2].small} {previous.small}"
    left = previous.case if previous and joins[first - 1] else "|"
    right = following.case if following and joins[last] else "|"
    yield f"lc {left}{case[0]}"
    yield f"rc {case[-1]}{right}"
    yield f"lr {left}{case if len(case) < 4 else case[0] + case[-1]}{right}"
    yield f"fw {run[0].small}"
    if run[0].small in naming.NO_NAMES:
        yield "no name"
    yield f"lw {run[-1].small}"
    yield f"ls {run[-1].small[-_STEM:]}"
    yield f"fs {run[0].small[:_STEM]}"
    yield from (f"w {word.small}" for word in run)
    yield from (f"wp {word.small[:_STEM]}" for word in run if len(word.small) > _STEM)
    if run[-1].case in "KTHGn":
        yield f"l2 {run[-1].small[-2:]}"
        yield f"l1 {run[-1].small[-1]}"
        yield f"f1 {run[0].small[0]}"
        if previous:
            yield f"b1 {previous.small[-1]}{before}"
        if following:
            yield f"a1 {after}{following.small[0]}"


def _of_the_brief(key: str, one: Candidate, known: dict[str, Candidate], labels: Sequence[str]) -> Iterator[str]:
    letters = text.width(key)
    yield f"wd {sum(letters > width for width in (3, 5, 8, 12, 18, 26, 36))}"
    times = min(one.times, 4)
    yield f"x {min(one.times, 8)}"
    yield from {f"xc {times} {feature}" for feature in one.features if feature.startswith("ce ")}
    if times > 1:
        longest = max((known[run].times for run in one.longer if run in known), default=0)
        yield "xx =" if longest == one.times else "xx >" if longest > 1 else "xx 1"
    squash = squashed(key)
    if len(squash) >= _SHORTEST_LABEL:
        for label in labels:
            if squash == label:
                yield "ad ="
            elif label.startswith(squash):
                yield "ad <"
                yield f"ad < {min(10 * len(squash) // len(label), 9)}"
            elif len(label) >= _SHORTEST_LABEL and squash.startswith(label):
                yield "ad >"
            elif len(label) >= _SHORTEST_LABEL and label in squash:
                yield "ad in"
            elif squash in label:
                yield "ad of"


def labels_of(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the names in web and mail addresses and handles, without spaces, points and accents."""
    named: dict[str, None] = {}
    for line in lines:
        for address in text.addresses(text.shown_address(line)):
            user, at, host = address.casefold().partition("@")
            site = (host if at and user else address.casefold()).lstrip("@").split("/")[0].removeprefix("www.")
            if at and user and _FREE_MAIL.search(address.casefold()):
                named[squashed(user)] = None
            else:
                named.update(dict.fromkeys(squashed(part) for part in site.split(".")[:-1] or [site]))
        named.update(dict.fromkeys(squashed(tag) for tag in re.findall(r"(?<!\w)[#@]([\w.]{3,40})", line)))
    return tuple(label for label in named if len(label) > 2)[:12]


def squashed(words: str) -> str:
    """Return words as an address has them: their letters and digits, without accents."""
    plain = unicodedata.normalize("NFKD", words.casefold().replace("&", "and").replace("ß", "ss"))
    return "".join(letter for letter in plain if letter.isalnum())
