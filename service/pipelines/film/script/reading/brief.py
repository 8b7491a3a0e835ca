# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""A brief, read by rules: what it wants said, what it asks of the film, and which of its words matter. Pure.

English and French are understood in full, other languages only by their sentences, numbers and names.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from service.pipeline import Output
from service.pipelines.film.script.lines import instructions
from service.pipelines.film.script.names import candidates, naming, titles
from service.pipelines.film.script.names.candidates import Candidate
from service.pipelines.film.script.pasted import columns, sheets
from service.pipelines.film.script.reading import by_hand, forms, second_thoughts, shapes, small_print, withheld
from service.pipelines.film.script.reading.asked import Asked, Passage, subject_of
from service.pipelines.film.script.reading.by_hand import NOTHING, ByHand, Told
from service.pipelines.film.script.writing import finding, languages, openings, text

_MOST_PHRASES = 12
_LONGEST_PHRASE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a brief says.

    `passages`: what the film is to say and show, in order; `call`: the text of the one that calls to action, or "".
    `directions`: what is about the film ("show…", "use calm music") and is never said.
    `key_phrases`: best first, each one to four of the brief's own words.
    `sources`: where what is said comes from: small print. `hashtags`: for the post, without the sign.
    `seconds`: the length that its words ask for, or None. `shapes`: the aspect ratios that they ask for.
    `is_bare_topic`: it names what to speak of, and says nothing.
    `doubtful`: directions that may be for the viewers.
    `title_chance`: how likely the title is the name, 0 to 1; None if the brief says so itself, or somebody by hand.
    `by_hand`: what somebody put right in how it is read.
    `complexity`: 0.0 to 1.0, for the record (`_complexity`).
    """

    lang: str
    title: str
    passages: tuple[Passage, ...]
    call: str
    directions: tuple[str, ...]
    key_phrases: tuple[str, ...]
    names: tuple[str, ...]
    sources: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    seconds: float | None = None
    shapes: tuple[str, ...] = ()
    is_bare_topic: bool = False
    title_chance: float | None = None
    doubtful: tuple[str, ...] = ()
    by_hand: ByHand = NOTHING
    complexity: float

    @property
    def name(self) -> str:
        """The title, if it is likely the name of what the film is about; "" if the film is to bear none."""
        if self.by_hand.is_untitled:
            return ""
        return self.title if self.title_chance is None or self.title_chance >= titles.LIKELY else ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The texts of the passages."""
        return tuple(passage.text for passage in self.passages)

    @property
    def is_bare_question(self) -> bool:
        """Whether it asks one thing and says nothing."""
        return len(self.passages) == 1 and self.passages[0].text.rstrip().endswith(("?", "？", "؟"))

    def without(self, sentences: Sequence[str]) -> "Brief":
        """Return the brief without the passages that are a part of these sentences; whole if nothing would be left."""
        told = {"".join(filter(str.isalnum, sentence.casefold())) for sentence in sentences}

        def goes(said: str) -> bool:
            bare = "".join(filter(str.isalnum, said.casefold()))
            return any(bare in one or (one and one in bare and 2 * len(one) >= len(bare)) for one in told)

        kept = tuple(passage for passage in self.passages if passage.items or not goes(passage.text))
        if not told or not kept or len(kept) == len(self.passages):
            return self
        rest = "\n".join(passage.text for passage in kept).casefold()
        return replace(
            self,
            passages=kept,
            call="" if self.call and goes(self.call) else self.call,
            key_phrases=tuple(phrase for phrase in self.key_phrases if phrase.casefold() in rest),
        )

    def to_json(self) -> Output:
        # `sentences` is for the version before this one, which may continue the job during a release.
        return {**asdict(self), "sentences": self.sentences}

    @staticmethod
    def from_json(kept: Output) -> "Brief":
        """Read what `to_json` made, also that of the version before this one, which had sentences alone."""
        plain = [{"text": sentence, "items": (), "is_silent": False} for sentence in kept["sentences"]]
        return Brief(
            lang=kept["lang"],
            title=kept["title"],
            passages=tuple(
                Passage(
                    passage["text"],
                    tuple(passage["items"]),
                    passage["is_silent"],
                    tuple(passage.get("step", ())),
                    passage.get("heading", ""),
                )
                for passage in kept.get("passages", plain)
            ),
            call=kept["call"],
            directions=tuple(kept["directions"]),
            key_phrases=tuple(kept["key_phrases"]),
            names=tuple(kept["names"]),
            sources=tuple(kept.get("sources", ())),
            hashtags=tuple(kept.get("hashtags", ())),
            seconds=kept.get("seconds"),
            shapes=tuple(kept.get("shapes", ())),
            is_bare_topic=kept.get("is_bare_topic", False),
            title_chance=kept.get("title_chance"),
            doubtful=tuple(kept.get("doubtful", ())),
            by_hand=ByHand.from_json(kept.get("by_hand", {})),
            complexity=kept["complexity"],
        )


class NothingToSay(ValueError):
    """The brief has no words that could be said: nothing but signs, markup or layout."""


_FULL_WORDS, _FULL_SENTENCES, _FULL_DIRECTIONS = 150, 12, 4  # Of the most complex brief.


@dataclass(frozen=True, slots=True)
class _Taken:
    """A brief's text, normalised, and what its parts ask for."""

    whole: str
    lang: str
    sheet: forms.Sheet
    asked: Asked
    told: Told
    hand: ByHand
    rest: str
    """The brief's text without what is left out by hand."""
    over: tuple[str, ...]
    """The heading over all of it that is not said, if there is one."""
    phrases: list[str]

    def said(self) -> list[str]:
        return [passage.text for passage in self.told.passages]


def read(content: str, lang: str | None, hand: ByHand | None = None) -> Brief:
    """Read a brief. If the job does not say the language, `lang` is None and it is detected. `hand` is what somebody
    put right.

    The result always has at least one sentence. Raises `NothingToSay`.
    """
    taken = _taken(content, lang, hand or NOTHING)
    asked, told, said = taken.asked, taken.told, taken.said()
    title, title_chance = titles.chosen(_candidates(taken))
    is_given = bool(taken.hand.title)
    return Brief(
        lang=taken.lang,
        title=taken.hand.title if is_given and not taken.hand.is_untitled else title,
        doubtful=told.doubtful,
        title_chance=None if asked.title or is_given else title_chance,
        by_hand=taken.hand,
        passages=told.passages,
        call=told.call,
        directions=told.directions,
        key_phrases=tuple(taken.phrases),
        names=tuple(naming.names_in([*taken.over, *said], languages.stop_words(taken.lang))),
        sources=told.sources,
        hashtags=taken.sheet.hashtags,
        seconds=asked.seconds or taken.sheet.seconds,
        shapes=shapes.asked([*asked.orders, *told.directions]),
        is_bare_topic=len(said) == 1 and openings.is_topic(taken.whole),
        complexity=_complexity(said, told.directions),
    )


def may_be_called(content: str, lang: str | None) -> list[Candidate]:
    """Return what the film of a brief may be called. Raises `NothingToSay`."""
    return _candidates(_taken(content, lang, NOTHING))


def _taken(content: str, lang: str | None, hand: ByHand) -> _Taken:
    whole = second_thoughts.mended(text.normal(columns.barred(sheets.told(content))))
    whole = instructions.without_doubts(whole) or whole
    whole = text.with_short_addresses(text.plain(whole) or whole)
    language = lang or languages.detect(whole)
    sheet = forms.read(whole)
    asked = Asked()
    for part in sheet.parts:
        asked.take(part)
    asked.correct(whole)
    asked.withhold()
    told, hand = by_hand.mended(_told(asked, has_more=bool(hand.tell)), hand, text.normal(content))
    if not told.passages:
        raise NothingToSay
    rest = hand.rest(whole)
    asked.title = asked.title if finding.has(asked.title, rest) or not hand.leave_out else ""
    said = [passage.text for passage in told.passages]
    over = () if asked.headline in ("", *said) else (asked.headline,)
    over = over if not hand.leave_out or finding.has(asked.headline, rest) else ()
    phrases = key_phrases(said, languages.stop_words(language))
    return _Taken(whole, language, sheet, asked, told, hand, rest, over, phrases)


def _told(asked: Asked, *, has_more: bool) -> Told:
    """What the parts of a brief tell. If it has nothing but directions, the film says those, unless it `has_more`."""
    passages = [*asked.hooks.values(), *asked.passages.values()]
    directions = asked.directions if passages or has_more else []
    if not passages and not has_more:
        passages = [Passage(subject_of(words) or words) for words in (*asked.directions, *asked.sources)]
    passages, sources = small_print.parted(passages, asked.call)
    return Told(
        passages=tuple(passages),
        call=asked.call,
        sources=(*asked.sources, *sources),
        directions=tuple(directions),
        doubtful=tuple(asked.doubtful),
    )


def _candidates(taken: _Taken) -> list[Candidate]:
    """What the film may be called. A hook only opens it, and a card only shows it, if it is no heading over all."""
    asked, stop = taken.asked, languages.stop_words(taken.lang)
    said = [*taken.over, *taken.said()]
    told = [
        *([asked.headline] if asked.headline else []),
        *(
            words
            for words, passage in asked.passages.items()
            if not (words == asked.headline or passage.is_silent or passage.step or passage.items)
        ),
    ]
    answers = {"opening": titles.opening(told or said, key_phrases(said, stop)), "asked": asked.title}
    found = candidates.found(
        [line for line in taken.whole.split("\n") if line],
        {rule: answer for rule, answer in answers.items() if answer},
        stop,
        "\n".join([*said, *taken.told.sources, taken.told.call]).casefold(),
    )
    if taken.hand.leave_out:
        found = [one for one in found if finding.has(one.words, taken.rest)] or found
    hidden = withheld.kinds(asked.directions)
    return [one for one in found if not hidden or withheld.without(one.words, hidden) == one.words] or found


def key_phrases(sentences: list[str], stop: frozenset[str]) -> list[str]:
    """Return the phrases that matter, best first.

    They are the runs of words between stop words and punctuation, scored by how often their words occur and by the
    numbers and names in them.
    """
    runs = [run for sentence in sentences for run in _runs(sentence, stop)]
    counts = Counter(word.lower() for run in runs for word in run)
    scores: dict[str, float] = {}
    for index, run in enumerate(runs):
        phrase = text.joined(run)
        weight = sum(min(counts[word.lower()], 3) + 1.5 * _stands_out(word) for word in run) / len(run) ** 0.5
        # A brief starts with what it is about.
        scores[phrase] = max(scores.get(phrase, 0.0), weight + 1.0 / (1 + index))
    chosen: list[str] = []
    known: set[str] = set()
    for phrase in sorted(scores, key=lambda phrase: -scores[phrase]):
        words = {word.lower() for word in phrase.split()}
        if len(chosen) < _MOST_PHRASES and not words <= known:
            chosen.append(phrase)
            known |= words
    return chosen


def _runs(sentence: str, stop: frozenset[str]) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for token in naming.WORD.findall(text.shown_address(sentence)):
        parts = text.words(token)
        bare = re.sub(r"^[dlnsmtcjqu]{1,2}['’]", "", token, flags=re.IGNORECASE)
        if not any(character.isalnum() for character in token) or bare.lower() in stop:
            runs.append([])
        elif len(parts) > _LONGEST_PHRASE:
            runs += [parts[:_LONGEST_PHRASE], []]
        else:
            if len(runs[-1]) == _LONGEST_PHRASE:
                runs.append([])
            runs[-1].append(bare)
    return [run for run in runs if run and (len(run) > 1 or len(run[0]) > 1 or run[0].isdigit())]


def _stands_out(word: str) -> int:
    return int(word[0].isupper()) + int(any(character.isdigit() for character in word))


def _complexity(say: Sequence[str], directions: Sequence[str]) -> float:
    """Return the complexity: a third each for how many words, how many sentences and how many directions there are."""
    words = sum(len(text.words(sentence)) for sentence in say)
    shares = (words / _FULL_WORDS, len(say) / _FULL_SENTENCES, len(directions) / _FULL_DIRECTIONS)
    return round(sum(min(share, 1) for share in shares) / len(shares), 3)
