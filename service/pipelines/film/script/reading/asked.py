# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What the parts of a brief ask for, taken one by one: what is said and shown, the call to action, what is about the
film itself. Pure."""

import re
from dataclasses import dataclass, replace

from service.pipelines.film.script.lines import instructions, labels, sound_talk
from service.pipelines.film.script.lines.labels import Use
from service.pipelines.film.script.lines.parts import Part
from service.pipelines.film.script.names import titles
from service.pipelines.film.script.reading import corrections, withheld
from service.pipelines.film.script.writing import openings, text, tokens, wording
from service.pipelines.film.script.writing.tokens import Kind


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing to say: a sentence, or a list with its `items`, whose `text` says them. `is_silent`: only shown.
    `step`: which step of how many it belongs to, or (). `heading`: what a list is of, or ""."""

    text: str
    items: tuple[str, ...] = ()
    is_silent: bool = False
    step: tuple[int, ...] = ()
    heading: str = ""


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
_WE_ARE_CALLED = re.compile(
    r"^(?i:we(?:['’]re| are)|i(?:['’]m| am)|wir sind|nous sommes|somos|siamo)\b[^.!?]{0,70}?\b"
    r"(?i:called|named|namens|appelée?s?|llamad[oa]s?|chiamat[oaie]|chamad[oa]s?)\s+[\"“«„]?"
    r"(?P<name>[A-ZÀ-Þ][\w’'&.-]*(?:\s+[A-ZÀ-Þ&][\w’'&.-]*){0,3})"
)
_WHAT_FOR = re.compile(
    r"^(?:it(?:['’]s| is)|this is|das ist|es ist|c['’]est|es|è|é|het is) (?:for|about|für|zum|zur|pour|para|per|"
    r"voor)\s+",
    re.IGNORECASE,
)
"""What follows an order that does not say what the film is about: "It's for our bake sale"."""
_ATTRIBUTION = re.compile(
    r"^[–—-]\s*[^\W\d_](?:[^.!?:;]|(?<=[A-ZÀ-Þ])\.){1,60}\.?$|^[A-ZÀ-ÞА-Я][\w'’.-]*(?: (?:[A-ZÀ-ÞА-Я][\w'’.-]*|von|"
    r"van|de|da|di|"
    r"del)){1,3}\.?$"
)
"""Whose words a quotation before it is: with a stroke, or a name alone."""
_BRACKETED = re.compile(r"^\((?P<whose>[A-ZÀ-ÞА-Я][^()]{2,60})\)\.?$")
_QUOTED_WHOLE = re.compile(r"^[\"“«„].*[\"”»“]$", re.DOTALL)
_SMALL_PRINT = re.compile(
    r"(?:registered )?charity (?:(?:no|number|reg)\b|\d)|\w{0,12} ?©|mls ?(?:#|no|nr|number)|(?:company|"
    r"registration) (?:no|number)\b|(?:terms (?:and|"
    r"&) conditions|t&cs?) "
    r"apply|(?:es gelten|gemeinnützig)\b|angebot gültig\b|\*[^\s*]|©|all rights reserved|offre soumise à conditions|"
    r"(?:gift|bequest|purchased?|donated) (?:of|from|by) .{3,60}\b(?:1[89]|20)\d\d\b|photo(?:s| credit)?: |fotos?: ",
    re.IGNORECASE,
)
"""What the law or a contract wants to be shown, but nobody says."""
_LEADS_IN = re.compile(
    r"\b(?:following|as follows|below|folgende[nrs]?|suivant(?:e?s)?|ci-dessous|siguientes?|seguent[ei]|seguintes?|"
    r"volgende|"
    r"poniżej|aşağıdaki|следующ\w+)\b[^.!?]{0,60}[:：]$",
    re.IGNORECASE,
)
"""What only announces the list after it."""
_BEGINNING = 24
"""Letters by which a direction is known in its line."""
_SHORT_QUESTION = 3
_LONGEST_CALL = 80
"""Letters of a sentence that can be a call without saying where to turn."""


class Asked:
    """What the parts of a brief ask for, as they are taken one by one."""

    def __init__(self) -> None:
        self.passages: dict[str, Passage] = {}
        self.hooks: dict[str, Passage] = {}
        self.directions: list[str] = []
        self.orders: list[str] = []
        self.doubtful: list[str] = []
        self.sources: list[str] = []
        self.title = self.call = self.headline = ""
        self.seconds: float | None = None
        self._is_hijacked = False
        self._is_told = False
        self._is_ordered = False

    def take(self, part: Part) -> None:
        self._take_headline(part)
        if part.use == "list":
            heading = part.text.rstrip(" :：")
            said = f"{heading}: " if heading and not labels.is_section(heading) else ""
            self._say(Passage(f"{said}{', '.join(part.items)}.", part.items, heading=heading))
            return
        if part.use == "say":
            if instructions.subject(part.text) is not None:
                rest, hidden = withheld.taken_out(part.text)
                self.directions += [hidden] if hidden else []
                part = replace(part, text=rest)
            part = self._without_request(part)
            words, heard = ("", part.text) if self._is_manner(part.text) else sound_talk.taken_out(part.text)
            if heard and words and instructions.is_only_of_the_trade(words):
                words, heard = "", part.text
            self.directions += [heard] if heard else []
            if not words:
                self.seconds = self.seconds or _seconds(part.text, "direction")
                return
            part = replace(part, text=words)
        self._take_order(part)
        use, words = _use(part)
        if self._is_hijacked and _ORDERED_OUT.match(words):
            # What a model is told to say after being told to forget its instructions.
            use = "direction"
        self.seconds = self.seconds or _seconds(part.text, use)
        if use == "hook":
            self.hooks.setdefault(words, Passage(words))
        elif use == "direction":
            self.directions.append(words)
            self.doubtful += [words] if part.is_doubtful and not self._is_manner(words) else []
            self._is_ordered = instructions.subject(words) == "" or instructions.is_how_long(words)
            self._is_hijacked = self._is_hijacked or bool(_TO_A_MODEL.search(words))
        elif use == "source":
            self.sources.append(re.sub(r"^\*(?=\S)", "* ", words.rstrip(".")))
        else:
            self._take_said(use, words, part)

    def _take_order(self, part: Part) -> None:
        """Keep how an order says that the film is to be: "Make a vertical video"."""
        subject = instructions.subject(part.text) if part.use == "say" else None
        if subject:
            self.orders.append(part.text[: max(part.text.casefold().rfind(subject.casefold()), 0)].strip())

    def _take_headline(self, part: Part) -> None:
        """Keep the heading of the whole brief."""
        if not self.passages:
            self.headline = part.text if part.is_heading else part.heading

    def _is_manner(self, words: str) -> bool:
        """Say whether all that is said is how the film is to be: "Make it romantic, soft piano", and "Upbeat!" in a
        brief that has directions."""
        if not instructions.is_only_of_the_trade(words):
            return False
        return bool(self.directions) or instructions.is_remark(words) or instructions.seconds(words) is not None

    def _without_request(self, part: Part) -> Part:
        """A part without the request at its end that is about the film, in languages that need no full stop before "
        "it."""
        rest, request = instructions.requested(part.text)
        self.directions += [request] if request else []
        self.seconds = self.seconds or instructions.seconds(request)
        return replace(part, text=rest)

    def _take_said(self, use: Use, words: str, part: Part) -> None:
        step = part.step or ()
        if self._is_ordered and use == "say":
            words = text.capital(_WHAT_FOR.sub("", words))
        self._is_ordered = False
        called = _CALLED.match(words)
        if called:
            self.title = self.title or called.group("name").rstrip(".!")
            words = text.capital((called.group("name") + called.group("rest")).strip())
        ours = _WE_ARE_CALLED.match(words)
        if ours and use == "say":
            self.title = self.title or ours["name"].rstrip(".!")
        if use == "title" and not self.title:
            self.title = titles.named(words)
        if _SMALL_PRINT.match(words):
            self.sources.append(words.rstrip("."))
            return
        if use == "say" and _LEADS_IN.search(words):
            return
        words = openings.told(words) if use == "say" else words
        corrected = corrections.read(words, tuple(self.passages)) if use == "say" else None
        if corrected:
            wrong, words = corrected
            if wrong:
                self._replace(wrong, words)
                return
        words = self._with_contact(text.capital(words))
        is_card = use == "show" and bool(text.addresses(words))
        if use == "call" or is_card or (use == "say" and not step and _is_call(words) and self._is_better_call(words)):
            self.call, self._is_told = words, use != "say"
        self._say(Passage(words, is_silent=use == "show" or part.is_heading, step=step, heading=part.heading))

    def _is_better_call(self, words: str) -> bool:
        """Say whether a sentence that sounds like a call replaces an earlier one: only one that says where to turn, and
        none that a label told."""
        return not self.call or (not self._is_told and not is_reached(self.call) and is_reached(words))

    def _with_contact(self, words: str) -> str:
        """A contact that stands on a line of its own belongs to the call beside it."""
        last = next(reversed(self.passages), "")
        if (
            last
            and self.passages[last].step == ()
            and ((_is_contact(words) and last == self.call) or (_is_contact(last) and is_reached(words)))
        ):
            self.passages.pop(last)
            is_after = last == self.call
            self.call = "" if is_after else self.call
            return f"{last.rstrip('.')}, {words}" if is_after else f"{words.rstrip('.')}, {last}"
        if last.endswith("?") and len(last.split()) <= _SHORT_QUESTION and is_reached(words):
            # "Questions?" asks nothing without whom to ask.
            self.passages.pop(last)
            return f"{last} {words}"
        return words

    def correct(self, whole: str) -> None:
        """Put right what the lines of the brief with the directions say is wrong."""
        begun = [direction.casefold()[:_BEGINNING] for direction in self.directions]
        lines = [line for line in whole.split("\n") if any(start in line.casefold() for start in begun)]
        for wrong, right in filter(None, map(corrections.of_direction, lines)):
            for said in list(self.passages):
                mended = corrections.with_figure(said, wrong, right)
                if mended != said:
                    self._replace(said, mended)

    def withhold(self) -> None:
        """Take out what the brief asks not to show."""
        hidden = withheld.kinds(self.directions)
        if hidden:
            self.call = withheld.without(self.call, hidden)
            for passages in (self.passages, self.hooks):
                told = [(withheld.without(said, hidden), passage) for said, passage in passages.items()]
                passages.clear()
                passages.update((said, replace(passage, text=said)) for said, passage in told if said)

    def _replace(self, wrong: str, right: str) -> None:
        """Put a corrected passage in the place of the one that was wrong."""
        self.call = right if self.call == wrong else self.call
        self.passages = {
            right if said == wrong else said: Passage(right, step=passage.step) if said == wrong else passage
            for said, passage in self.passages.items()
        }

    def _say(self, passage: Passage) -> None:
        last = next(reversed(self.passages), "")
        bracketed = _BRACKETED.match(passage.text)
        whose = bracketed["whose"] if bracketed else passage.text if _ATTRIBUTION.match(passage.text) else ""
        if whose and _QUOTED_WHOLE.match(last):
            # Whose words they are belongs to them.
            self.passages.pop(last)
            dash = "" if whose[:1] in "–—-" else "– "
            passage = Passage(f"{last} {dash}{whose}")
        self.passages.setdefault(passage.text, passage)


def _use(part: Part) -> tuple[Use, str]:
    """Return what a part is for and its words without a label or an order to make a film."""
    use, words = part.use, part.text
    if use == "say":
        named, bare = labels.labelled(words)
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
    subject = subject_of(words)
    if subject != words:
        return ("say", subject) if subject and not _WHOSE.fullmatch(subject) else ("direction", words)
    is_talk = _DIRECTION.match(words) and _FILM_TALK.search(words)
    if is_talk or _TO_A_MODEL.search(words) or instructions.is_remark(words):
        return "direction", words
    return "say", text.capital(words)


_WHOSE = re.compile(
    r"(?:the|a|an|this)?\s*(?:(?:new|small|little|local|neue?s?)\s)?"
    r"(?:café|cafe|shop|store|company|business|brand|restaurant|bar|bakery|salon|studio|school|club|event|product|app|"
    r"firma|laden|geschäft|verein|boutique|entreprise|empresa|tienda|negozio|azienda|page|us)\W*",
    re.IGNORECASE,
)
"""Whom a film is for, without a name: what it is called comes later."""


def _seconds(words: str, use: Use) -> float | None:
    """Return the length that an order or a direction asks for."""
    return instructions.seconds(words) if use == "direction" or subject_of(words) != words else None


def subject_of(sentence: str) -> str:
    """Return what the film is about: the sentence without the order to make one; "" if it is only that order."""
    quoting = _WITH_A_QUOTE.match(sentence)
    if quoting:
        return sentence[quoting.end() :]
    subject = instructions.subject(sentence)
    return sentence if subject is None else subject


def is_reached(sentence: str) -> bool:
    """Say whether a sentence says where to turn."""
    return any(token.kind in {Kind.ADDRESS, Kind.TELEPHONE} for token in tokens.find(sentence))


def _is_contact(sentence: str) -> bool:
    """Say whether a sentence is an address or a number to call, and nothing else."""
    found = [token for token in tokens.find(sentence) if token.kind in {Kind.ADDRESS, Kind.TELEPHONE}]
    rest = "".join(wording.between(sentence, found)) if found else sentence
    return bool(found) and not any(map(str.isalnum, rest))


def _is_call(sentence: str) -> bool:
    return is_reached(sentence) or (len(sentence) <= _LONGEST_CALL and bool(_CALL.match(sentence)))
