# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What a careful viewer objects to in a film: what should not be on screen, what is cut, missing, said twice or silent.
The rules are right nearly always; what is a matter of taste is a remark. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.pipelines.film.script.directing import coverage
from service.pipelines.film.script.judging import left_out
from service.pipelines.film.script.lines import instructions, labels
from service.pipelines.film.script.names import titles
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.reading.by_hand import ByHand
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.script.voice import narration, pace
from service.pipelines.film.script.voice.timeline import Timeline
from service.pipelines.film.script.writing import heroes, languages, text, tokens
from service.pipelines.film.script.writing.tokens import Kind, Token

_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"), ("«", "»"), ("「", "」"))
_EMOTICON = re.compile(r"[:;]-?[()]|^\w{1,2}\)\s")
_INCHES = re.compile(r"(?<=\d)[\"”]")
_MARKUP = re.compile(
    r"\*\*|__|\]\(|\{\{|\}\}|~~|```|^#{1,6}\s|^\*(?=[^\W\d_])|^[■□◆◇●○▶•]|^【[A-Za-z ]+】|^[,;:.)\]|]|[|(\[]$|\s\|\s"
)
_WORTH = frozenset({Kind.PRICE, Kind.PERCENT, Kind.DATE})
_OF_A_FORM = re.compile(
    r"(?:video|film|brand|target|length|aspect|deliverables?|mandator(?:y|ies)|do-?nots?|story arc|b-?roll|"
    r"call to action|cta|"
    r"single job|proof points?|key message|core message)\b[^:.!?]{0,24}:",
    re.IGNORECASE,
)
"""A label of a form that is filled in for whoever makes the film."""
_NO_TITLE = re.compile(
    r"\W*\d*\W*|[a-z]|pov|hook|(?:hi|hey|hello|dear) (?:team|all|everyone|there|folks|guys)\W*", re.IGNORECASE
)
_FEW_WORDS, _MANY_TIMES = 12, 3
_FEWEST_FOR_A_TITLE = 4
_YEAR = re.compile(r"\W*(?:19|20)\d\d\W*")
_WWW = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)
_WORDS_OF_A_LINE, _WORDS_OF_A_QUOTATION = 3, 4
_STRETCH = 1 / 3
_SAID = 0.5
"""Share of a sentence's words that are said if the sentence is."""


@dataclass(frozen=True, slots=True)
class Objections:
    """What is `wrong`, which fails the film, and `remarks`, which only lower its score. One sentence each."""

    wrong: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Film:
    """A film as it is seen and heard. `is_voiced`: somebody says the words of the timeline. `is_as_long_as_asked`: its
    length is the client's, so that it is nobody's fault if it is too short for its brief."""

    treatment: Treatment
    timeline: Timeline
    is_voiced: bool
    is_as_long_as_asked: bool = False

    @property
    def shots(self) -> Sequence[Shot]:
        return self.treatment.shots

    @property
    def shown(self) -> str:
        return "\n".join(shot.words_on_screen for shot in self.shots)

    @property
    def script(self) -> str:
        return self.treatment.script()


def objections(film: Film, brief: Brief, content: str) -> Objections:
    """Look at a film made from the brief `content`, which is normalised."""
    wrong = list(_planned_wrong(film, brief, content))
    remarks = [*_unended(film, brief.lang), *_hardly_told(brief), *_vaguely_titled(film, brief)]
    # A brief of one or two sentences leaves nothing else to say in a film of four shots.
    has_more = len(brief.passages) >= len(film.shots)
    (wrong if has_more else remarks).extend(_twice(film))
    (remarks if film.is_as_long_as_asked else wrong).extend(_left_out_steps(film, brief))
    # What is missing from a film that is too short for its brief is nobody's fault.
    has_time = film.timeline.seconds >= _needed_s(brief)
    (wrong if has_time else remarks).extend(_missing(film, brief))
    remarks += [*_unheard(film), *(f"it leaves out “{words}”" for words in left_out.passages(brief, film.treatment))]
    silent = _silence(film)
    (wrong if silent and not film.is_as_long_as_asked and _unsaid(film, brief) else remarks).extend(silent)
    return Objections(tuple(wrong), tuple(remarks))


def faults(treatment: Treatment, brief: Brief, content: str) -> list[str]:
    """Look at a treatment before anything is made of it: what is wrong in it whatever its timing."""
    return list(_planned_wrong(Film(treatment, Timeline(()), is_voiced=False), brief, content))


def _planned_wrong(film: Film, brief: Brief, content: str) -> Iterator[str]:
    yield from _orders(film, brief.by_hand)
    yield from _loose_marks(film)
    yield from _cut(film, content)
    yield from _nowhere_to_turn(film, brief)
    yield from _untitled(film, brief)
    yield from _only_labels(film, brief.by_hand.rest(content), brief.by_hand)
    yield from _old_prices(film, brief)


def _lines(shot: Shot) -> list[str]:
    lead = "" if shot.step else shot.lead
    return [line for line in (lead, shot.headline, shot.label, *shot.items) if line]


def _orders(film: Film, hand: ByHand) -> Iterator[str]:
    """Labels, and what was meant for whoever makes the film, but for what is told by hand."""
    for shot in film.shots:
        for line in dict.fromkeys(line for line in (*_lines(shot), shot.voice) if not hand.gives(line)):
            use, _ = labels.labelled(line)
            # A name may sound like one: "Petal & Stem", in which a Dutch reader sees a voice.
            is_name = line == film.treatment.title
            is_order = instructions.subject(line) is not None or (instructions.is_remark(line) and not is_name)
            is_order = is_order or bool(_OF_A_FORM.match(line))
            if (use is not None and use != "call") or (is_order and len(line.split()) >= _WORDS_OF_A_LINE):
                yield f"it says or shows what is meant for its makers: “{line}”"


def _untitled(film: Film, brief: Brief) -> Iterator[str]:
    """A title that names nothing: a code, or a sign of money."""
    title = "" if brief.by_hand.title else film.treatment.title
    if title and _says_more(brief) and titles.names_nothing(title):
        yield f"its title does not say what it is about: “{title}”"


def _vaguely_titled(film: Film, brief: Brief) -> Iterator[str]:
    """A title that hardly names anything, but could be a name."""
    title = "" if brief.by_hand.title else film.treatment.title
    if title and _says_more(brief) and (_NO_TITLE.fullmatch(title) or labels.is_section(title)):
        yield f"its title hardly says what it is about: “{title}”"


def _says_more(brief: Brief) -> bool:
    """Say whether a brief has more words than a title; one of a word or two has no other."""
    return sum(len(coverage.words(passage.text)) for passage in brief.passages) >= _FEWEST_FOR_A_TITLE


def _only_labels(film: Film, content: str, hand: ByHand) -> Iterator[str]:
    """Shots that show a label or a heading without what it stands over."""
    for shot in film.shots[1:-1]:
        is_alone = shot.purpose in {"point", "number"} and not (shot.label or shot.items or shot.lead)
        headline = shot.headline.rstrip(".:：")
        is_label = len(headline.split()) <= 1 and bool(
            re.search(rf"(?:^|[\n.!?] ?){re.escape(headline)} ?[:：]", content)
        )
        if is_alone and not hand.tells(headline) and (is_label or labels.is_section(headline)):
            yield f"a shot shows only a heading: “{shot.headline}”"


def _old_prices(film: Film, brief: Brief) -> Iterator[str]:
    """Prices of before that are set as the price."""
    old: set[str] = set()
    for passage in brief.passages:
        found = tokens.find(passage.text)
        before = heroes.former(passage.text, found)
        old |= {passage.text[token.start : token.end] for token in found if token.start in before}
    shown = (shot.headline for shot in film.shots if shot.purpose == "number")
    yield from (f"it sets the price of before as the price: “{price}”" for price in shown if price in old)


def _left_out_steps(film: Film, brief: Brief) -> Iterator[str]:
    """Steps that are missing among others: it cannot be done without them."""
    wanted = {passage.step for passage in brief.passages if passage.step}
    shown = {shot.step for shot in film.shots if shot.step}
    missing = sorted(number for number, _ in wanted - shown) if shown else []
    if missing:
        yield f"it leaves out step {', '.join(map(str, missing))}"


def _hardly_told(brief: Brief) -> Iterator[str]:
    """A brief of which nearly everything was taken for directions."""
    told = sum(len(passage.text.split()) for passage in brief.passages)
    directed = sum(len(direction.split()) for direction in brief.directions)
    if told < _FEW_WORDS and directed > _MANY_TIMES * told:
        yield f"only {told} words of the brief are told; {directed} were taken for directions"


def _loose_marks(film: Film) -> Iterator[str]:
    """Lone brackets and quotation marks, markup, and lines that have no word."""
    for shot in film.shots:
        if not _lines(shot):
            yield "a shot has no words"
        for line in _lines(shot):
            bare = _INCHES.sub("", _EMOTICON.sub("", line))
            unpaired = any(bare.count(opens) != bare.count(closes) for opens, closes in _PAIRS) or bare.count('"') % 2
            if unpaired or _MARKUP.search(bare) or not any(map(str.isalnum, line)):
                yield f"it shows loose marks: “{line}”"


def _cut(film: Film, content: str) -> Iterator[str]:
    """Figures, ranges and addresses of which the film shows only a part."""
    whole, shown = content.casefold(), " ".join(film.shown.casefold().split())
    known = tokens.find(whole)
    for line in dict.fromkeys(line for shot in film.shots for line in _lines(shot)):
        for token in tokens.find(line):
            part = line[token.start : token.end].casefold()
            places = [match.start() for match in re.finditer(re.escape(part), whole)]
            larger = [_around(at, at + len(part), known, whole) for at in places]
            if places and all(_tears(part, token.kind, around) and around not in shown for around in larger):
                yield f"it shows “{part}” of “{larger[0]}”"


def _around(start: int, end: int, known: Sequence[Token], whole: str) -> str:
    """The token of the brief that a part of it lies in, or the part itself."""
    inside = next((token for token in known if token.start <= start and end <= token.end), None)
    return whole[inside.start : inside.end] if inside else whole[start:end]


def _tears(part: str, kind: Kind, around: str) -> bool:
    """Say whether a part of a token means something else than the token: other figures, or another address."""
    rest = around.replace(part, "", 1)
    if kind is Kind.ADDRESS and text.short_address(around) == part:
        return False
    if kind is Kind.ADDRESS:
        return bool(rest.strip("/. ")) and not _WWW.fullmatch(rest)
    is_dated = _YEAR.fullmatch(part) and re.match(rf"{re.escape(part)}\s[–—-]\s", around)
    return any(map(str.isdigit, rest)) and not _YEAR.fullmatch(rest) and not is_dated


def _nowhere_to_turn(film: Film, brief: Brief) -> Iterator[str]:
    contacts = [
        brief.call[token.start : token.end] for token in tokens.find(brief.call) if token.kind in tokens.CONTACTS
    ]
    shown = " ".join(film.shown.casefold().split())
    if contacts and not any(text.shown_address(contact).casefold() in shown for contact in contacts):
        yield f"it does not show where to turn: {', '.join(contacts)}"


def _missing(film: Film, brief: Brief) -> list[str]:
    """The brief's prices, percentages, dates and quotation that are neither said nor shown."""
    script = " ".join(film.script.casefold().split())
    facts = dict.fromkeys(
        passage.text[token.start : token.end]
        for passage in brief.passages
        for token in tokens.find(passage.text)
        if token.kind in _WORTH
    )
    quotations = _quotations(brief)[:1]
    missing = [f"“{fact}” is neither said nor shown" for fact in facts if not _has_figures(fact, script)]
    missing += [f"the quotation is not in it: “{words}”" for words in quotations if words.casefold() not in script]
    return missing


def _needed_s(brief: Brief) -> float:
    """How long it takes to say all of the brief."""
    return sum(narration.said_s(passage.text, brief.lang) / pace.BRISK + pace.PAUSE_S for passage in brief.passages)


def _has_figures(fact: str, script: str) -> bool:
    figures = re.findall(r"\d+(?:[.,]\d+)*", fact)
    return all(re.search(rf"(?<!\d){re.escape(figure)}(?!\d)", script) for figure in figures)


def _quotations(brief: Brief) -> list[str]:
    """What somebody says in the brief, without the marks: a whole passage, or a sentence that begins like one."""
    found = []
    for passage in brief.passages:
        for token in tokens.quotations(passage.text):
            words = passage.text[token.start + 1 : token.end - 1].strip(" .,!?…")
            if len(words.split()) >= _WORDS_OF_A_QUOTATION and words[:1].isupper():
                found.append(" ".join(words.split()))
    return found


def _twice(film: Film) -> Iterator[str]:
    """Lines that are said twice, and headlines that are seen twice."""
    for what, lines in (
        ("says", [shot.voice for shot in film.shots]),
        # A film may end with what it began with.
        ("shows", [shot.headline for shot in film.shots[:-1]]),
    ):
        bare = Counter(" ".join(coverage.words(line)) for line in lines)
        for line, count in bare.items():
            if count > 1 and len(line.split()) >= _WORDS_OF_A_LINE:
                yield f"it {what} the same twice: “{line}”"


def _silence(film: Film) -> list[str]:
    """A stretch without a word that is a third of the film or longer."""
    if not film.is_voiced:
        return []
    words = [word for slot in film.timeline.slots for word in slot.words]
    ends = [0.0, *(word.end for word in words)]
    starts = [*(word.start for word in words), film.timeline.seconds]
    longest = max(start - end for end, start in zip(ends, starts, strict=True))
    return [f"nobody speaks for {longest:.0f} seconds"] if longest >= _STRETCH * film.timeline.seconds else []


def _unheard(film: Film) -> list[str]:
    """Lines that fell silent for lack of time."""
    lines = [slot.words for shot, slot in zip(film.shots, film.timeline.slots, strict=True) if shot.voice]
    unheard = sum(not words for words in lines)
    return [f"{unheard} of its {len(lines)} lines are shown but not said"] if film.is_voiced and unheard else []


def _unsaid(film: Film, brief: Brief) -> bool:
    """Say whether the brief has a sentence that could have been said in the silence."""
    said = set(coverage.words(" ".join(word.text for slot in film.timeline.slots for word in slot.words)))
    for passage in brief.passages:
        words = coverage.words(passage.text)
        if not passage.is_silent and words and sum(word in said for word in words) < _SAID * len(words):
            return True
    return False


def _unended(film: Film, lang: str) -> Iterator[str]:
    """Headlines that stop in the middle of a thought."""
    stop = languages.stop_words(lang)
    for shot in film.shots:
        last = (shot.headline.split() or [""])[-1]
        is_end = shot.voice.rstrip(" .!?:,;").endswith(shot.headline)
        if shot.purpose in {"hook", "point"} and last.casefold() in stop and not is_end:
            yield f"a headline stops in the middle of a thought: “{shot.headline}”"
