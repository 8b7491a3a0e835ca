# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""A brief, read by rules: what it wants said, what it asks of the film, and which of its words matter. Pure.

English and French are understood in full, other languages only by their sentences, numbers and names.
"""

import re
from collections import Counter
from dataclasses import asdict, dataclass, replace

from service.pipeline import Output
from service.pipelines.film.script import forms, instructions, languages, sound_talk, text, titles, tokens
from service.pipelines.film.script.forms import Part, Use
from service.pipelines.film.script.tokens import Kind

_MOST_PHRASES = 12
_LONGEST_PHRASE = 4


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing to say: a sentence, or a list with its `items`, whose `text` says them. `is_silent`: only shown."""

    text: str
    items: tuple[str, ...] = ()
    is_silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a brief says.

    `passages`: what the film is to say and show, in order; `call`: the text of the one that calls to action, or "".
    `directions`: what is about the film ("show…", "use calm music") and is never said.
    `key_phrases`: best first, each one to four of the brief's own words.
    `sources`: where what is said comes from: small print. `hashtags`: for the post, without the sign.
    `seconds`: the length that its words ask for, or None.
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
    complexity: float

    @property
    def sentences(self) -> tuple[str, ...]:
        """The texts of the passages."""
        return tuple(passage.text for passage in self.passages)

    @property
    def is_bare_question(self) -> bool:
        """Whether it asks one thing and says nothing."""
        return len(self.passages) == 1 and self.passages[0].text.rstrip().endswith(("?", "？", "؟"))

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
                Passage(passage["text"], tuple(passage["items"]), passage["is_silent"])
                for passage in kept.get("passages", plain)
            ),
            call=kept["call"],
            directions=tuple(kept["directions"]),
            key_phrases=tuple(kept["key_phrases"]),
            names=tuple(kept["names"]),
            sources=tuple(kept.get("sources", ())),
            hashtags=tuple(kept.get("hashtags", ())),
            seconds=kept.get("seconds"),
            complexity=kept["complexity"],
        )


class NothingToSay(ValueError):
    """The brief has no words that could be said: nothing but signs, markup or layout."""


_WITH_A_QUOTE = re.compile(
    r"^[^\"“«„]{0,80}\b(?:quote|quotation|zitat|citation|cita|phrase|saying|words)\s*[:\uff1a]?\s*(?=[\"“«„])",
    re.IGNORECASE,
)
"""An order to film a quotation, up to the quotation."""
_FILM_TALK = re.compile(
    r"\b(?:video|film|clip|footage|shots?|scenes?|voice-?over|narrator|narration|music|soundtrack|camera|tone|viewers?|"
    r"audience|captions?|subtitles?|close-?ups?|transitions?|seconds? long|vidéo|musique|plans?|scènes?|ton|voix|"
    r"caméra|ambiance)\b",
    re.IGNORECASE,
)
_DIRECTION = re.compile(
    r"^(?:(?:please\s+)?(?:show|use|include|add|avoid|it should|it must|the (?:video|film|clip|tone|music|style|"
    r"mood|voice)|"
    r"montrez|montrer|utilisez|ajoutez|évitez|le (?:film|ton|style)|"
    r"la (?:vidéo|musique|voix))\b|(?:upbeat|calm|soft|energetic|dramatic|cinematic|musique|ambiance|ton|voix off)\b)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"^(?:please\s+)?(?:visit|join|book|order|call|buy|try|discover|donate|give|sign up|register|come|download|"
    r"subscribe|follow|reserve|shop|learn more|apply|vote|volunteer|get your|get yours|find out|save the date|contact|"
    r"meet us|see you|taste|pre-?order|rsvp|scan|"
    r"visitez|rejoignez|réservez|commandez|appelez|achetez|essayez|découvrez|donnez|inscrivez|venez|téléchargez|"
    r"abonnez|suivez|contactez|rendez-vous|faites un don|goûtez|participez)\b",
    re.IGNORECASE,
)
# Prompt injection: orders meant for a language model. Nothing here obeys them, and the film must not say them.
_TO_A_MODEL = re.compile(
    r"\b(?:(?:ignore|disregard|forget|override)\s+(?:\w+\s+){0,3}(?:instructions?|prompts?|rules|guidelines|directions)|"
    r"system prompts?|you are (?:now|no longer) (?:an? |the )?(?:\w+ )?(?:assistant|ai|model|chatbot|bot|dan)|"
    r"as an ai(?: language)? model|jailbreak|developer mode|"
    r"(?:ignorez?|oubliez?)\s+(?:\w+\s+){0,3}(?:instructions|consignes|règles)|prompt système|"
    r"(?:tu es|vous êtes) maintenant (?:une? )?(?:\w+ )?(?:assistant|ia|modèle|chatbot|dan))\b",
    re.IGNORECASE,
)
_ORDERED_OUT = re.compile(
    r"^(?:and\s+|then\s+|please\s+)?(?:say|output|print|reply|respond|answer|repeat|reveal|write|dis|dites|écris|réponds?)\b",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"^(?i:an?|the|our|my|une?|le|la|notre|eine?n?|unsere?n?|una?)\s+[^.!?:;,]{2,60}?\s+"
    r"(?i:called|named|appelée?|nommée?|namens|llamad[oa]|chiamat[oa]|chamad[oa])\s+"
    r"[\"“«„]?(?P<name>[^\W_][\w’'&.-]*(?:\s+[^\W\da-zà-ÿ_][\w’'&.-]*){0,3})[\"”»“]?(?P<rest>.*)$",
    re.DOTALL,
)
"""What is made known by its name: "a start-up called Ledgerly". The film says the name."""
_ATTRIBUTION = re.compile(r"^[–—-]\s*[^\W\d_][^.!?:;]{1,60}\.?$")
_QUOTED_WHOLE = re.compile(r"^[\"“«„].*[\"”»“]$", re.DOTALL)
_FEWEST_LINES, _LONGEST_HEADING = 3, 48
_FULL_WORDS, _FULL_SENTENCES, _FULL_DIRECTIONS = 150, 12, 4  # Of the most complex brief.


def read(content: str, lang: str | None) -> Brief:
    """Read a brief. If the job does not say the language, `lang` is None and it is detected.

    The result always has at least one sentence. Raises `NothingToSay`.
    """
    whole = text.normal(content)
    whole = text.plain(whole) or whole
    language = lang or languages.detect(whole)
    sheet = forms.read(whole)
    asked = _Asked()
    for part in sheet.parts:
        asked.take(part)
    # If a brief has nothing but directions, the film says those.
    passages = [*asked.hooks.values(), *asked.passages.values()] or [
        Passage(_subject(direction) or direction) for direction in asked.directions
    ]
    if not passages:
        raise NothingToSay
    directions = asked.directions if asked.passages or asked.hooks else []
    said = [passage.text for passage in passages]
    stop = languages.stop_words(language)
    phrases = key_phrases(said, stop)
    names = titles.names_in(said, stop)
    return Brief(
        lang=language,
        title=titles.short(asked.title or titles.title_of(said, names, phrases, _heading(content, said))),
        passages=tuple(passages),
        call=asked.call,
        directions=tuple(directions),
        key_phrases=tuple(phrases),
        names=tuple(names),
        sources=tuple(asked.sources),
        hashtags=sheet.hashtags,
        seconds=asked.seconds or sheet.seconds,
        complexity=_complexity(said, directions),
    )


def _heading(content: str, said: list[str]) -> str:
    """Return the first thing said if it is a line of its own that stands over others like a heading, else ""."""
    lines = [line for line in content.split("\n") if line.strip()]
    is_over_others = len(lines) >= _FEWEST_LINES and len(said) > 1 and len(said[0]) <= _LONGEST_HEADING
    is_a_line = any(titles.bare(said[0]) == titles.bare(line.strip("#* ")) for line in lines[:_FEWEST_LINES])
    return said[0] if is_over_others and is_a_line and said[0].rstrip()[-1:] not in ".!:;,。" else ""


class _Asked:
    """What the parts of a brief ask for, as they are taken one by one."""

    def __init__(self) -> None:
        self.passages: dict[str, Passage] = {}
        self.hooks: dict[str, Passage] = {}
        self.directions: list[str] = []
        self.sources: list[str] = []
        self.title = self.call = ""
        self.seconds: float | None = None
        self._is_hijacked = False

    def take(self, part: Part) -> None:
        if part.use == "list":
            self._say(Passage(f"{', '.join(part.items)}.", part.items))
            return
        if part.use == "say":
            words, heard = sound_talk.taken_out(part.text)
            self.directions += [heard] if heard else []
            if not words:
                return
            part = replace(part, text=words)
        use, words = _use(part)
        if self._is_hijacked and _ORDERED_OUT.match(words):
            # What a model is told to say after being told to forget its instructions.
            use = "direction"
        self.seconds = self.seconds or _seconds(part.text, use)
        if use == "hook":
            self.hooks.setdefault(words, Passage(words))
        elif use == "direction":
            self.directions.append(words)
            self._is_hijacked = self._is_hijacked or bool(_TO_A_MODEL.search(words))
        elif use == "source":
            self.sources.append(words.rstrip("."))
        else:
            self._take_said(use, words)

    def _take_said(self, use: Use, words: str) -> None:
        called = _CALLED.match(words)
        if called:
            self.title = self.title or called.group("name").rstrip(".!")
            words = text.capital((called.group("name") + called.group("rest")).strip())
        if use == "title" and not self.title:
            self.title = titles.bare(words)
        # A labelled call replaces an earlier one; a sentence that only sounds like a call does not.
        is_card = use == "show" and bool(text.addresses(words))
        if use == "call" or is_card or (use == "say" and not self.call and _is_call(words)):
            self.call = words
        self._say(Passage(words, is_silent=use == "show"))

    def _say(self, passage: Passage) -> None:
        last = next(reversed(self.passages), "")
        if _ATTRIBUTION.match(passage.text) and _QUOTED_WHOLE.match(last):
            # Whose words they are belongs to them.
            self.passages.pop(last)
            passage = Passage(f"{last} {passage.text}")
        self.passages.setdefault(passage.text, passage)


def _use(part: Part) -> tuple[Use, str]:
    """Return what a part is for and its words without a label or an order to make a film."""
    use, words = part.use, part.text
    if use == "say":
        named, bare = forms.labelled(words)
        if named is not None:
            use, words = named, bare
    if use != "say":
        return use, words if use in {"title", "show"} else text.capital(words)
    shown = instructions.captioned(words)
    if shown:
        return "show", shown
    pointed = instructions.pointed_at(words)
    if pointed is not None:
        is_shown = bool(text.addresses(pointed) or _QUOTED_WHOLE.match(pointed))
        return ("call", text.capital(pointed.strip('"“”«»„ '))) if is_shown else ("direction", words)
    subject = _subject(words)
    if subject != words:
        return ("say", subject) if subject else ("direction", words)
    is_talk = _DIRECTION.match(words) and _FILM_TALK.search(words)
    if is_talk or _TO_A_MODEL.search(words) or instructions.is_remark(words):
        return "direction", words
    return "say", text.capital(words)


def _seconds(words: str, use: Use) -> float | None:
    """Return the length that an order or a direction asks for."""
    return instructions.seconds(words) if use == "direction" or _subject(words) != words else None


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
    for token in titles.WORD.findall(text.shown_address(sentence)):
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


def _subject(sentence: str) -> str:
    """Return what the film is about: the sentence without the order to make one; "" if it is only that order."""
    quoting = _WITH_A_QUOTE.match(sentence)
    if quoting:
        return sentence[quoting.end() :]
    subject = instructions.subject(sentence)
    return sentence if subject is None else subject


def _is_call(sentence: str) -> bool:
    is_reached = any(token.kind in {Kind.ADDRESS, Kind.TELEPHONE} for token in tokens.find(sentence))
    return is_reached or bool(_CALL.match(sentence))


def _complexity(say: list[str], directions: list[str]) -> float:
    """Return the complexity: a third each for how many words, how many sentences and how many directions there are."""
    words = sum(len(text.words(sentence)) for sentence in say)
    shares = (words / _FULL_WORDS, len(say) / _FULL_SENTENCES, len(directions) / _FULL_DIRECTIONS)
    return round(sum(min(share, 1) for share in shares) / len(shares), 3)
