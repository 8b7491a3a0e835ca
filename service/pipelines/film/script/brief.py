# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""A brief, read by rules: what it wants said, what it asks of the film, and which of its words matter. Pure.

English and French are understood in full, other languages only by their sentences, numbers and names.
"""

import re
from collections import Counter
from dataclasses import asdict, dataclass

from service.pipeline import Output
from service.pipelines.film.script import languages, text

_MOST_PHRASES = 12
_LONGEST_PHRASE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a brief says.

    `sentences`: what the film is to say, in order; `call`: the one of them that is the call to action, or "".
    `directions`: what is about the film ("show…", "use calm music") and is never said.
    `key_phrases`: best first, each one to four of the brief's own words.
    `complexity`: 0.0 to 1.0, for the record (`_complexity`).
    """

    lang: str
    title: str
    sentences: tuple[str, ...]
    call: str
    directions: tuple[str, ...]
    key_phrases: tuple[str, ...]
    names: tuple[str, ...]
    complexity: float

    def to_json(self) -> Output:
        return asdict(self)

    @staticmethod
    def from_json(kept: Output) -> "Brief":
        return Brief(
            lang=kept["lang"],
            title=kept["title"],
            sentences=tuple(kept["sentences"]),
            call=kept["call"],
            directions=tuple(kept["directions"]),
            key_phrases=tuple(kept["key_phrases"]),
            names=tuple(kept["names"]),
            complexity=kept["complexity"],
        )


class NothingToSay(ValueError):
    """The brief has no words that could be said: nothing but signs, markup or layout."""


_LABEL = re.compile(r"^([^\W\d_][\w '’-]{1,30}?)\s*[:\uff1a]\s+(\S.*)$")
_LABELS = {
    "call": "call to action|call-to-action|cta|action|appel à l'action|appel a l'action",
    "title": "title|name|brand|product|product name|company|client|event|titre|nom|marque|produit|entreprise|événement",
    "say": "slogan|tagline|hook|message|key message|text|script|voice-over|voiceover|accroche|texte|brief",
    "direction": "tone|tone of voice|audience|target|target audience|style|mood|music|duration|length|format|visuals|"
    "colors|colours|platform|goal|objective|budget|language|aspect ratio|ton|public|cible|public cible|ambiance|"
    "musique|durée|visuels|couleurs|plateforme|objectif|langue",
}
_KIND_OF_LABEL = {label: kind for kind, labels in _LABELS.items() for label in labels.split("|")}

_FILM = r"(?:video|film|movie|clip|spot|ad|advert|advertisement|commercial|reel|teaser|trailer|promo|short|animation)"
_FILM_FR = r"(?:vidéo|video|film|clip|spot|pub|publicité|annonce|reel|teaser|bande-annonce|promo|court[- ]métrage)"
_ORDERS = (
    re.compile(
        r"^(?:please\s+)?(?:(?:can|could) you\s+)?(?:(?:i|we)(?:'d| would)? (?:want|need|like)\s+(?:you to\s+)?)?"
        r"(?:(?:create|make|produce|generate|design|build|write|film|shoot|do)\s+(?:me\s+|us\s+)?)?"
        rf"(?:an?|the|our|one)?\s*(?:[\w%-]+[\s,]+){{0,7}}?{_FILM}\b"
        r"(?:\s+of\s+\d+\s+\w+|\s*,?\s+\d+\s+\w+(?:\s+long)?\s*,?)?\s*"
        r"(?:(?:that|which|to)\s+)?(?:about|for|on|announc\w+|present\w*|promot\w+|introduc\w+|celebrat\w+|advertis\w+)"
        r"\s+",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:merci de\s+)?(?:(?:je|nous) (?:veux|voudrais|souhaite|souhaitons|voulons)\s+)?"
        r"(?:(?:créez|créer|crée|faites|faire|fais|réalisez|réaliser|produisez|produire|générez)"
        r"(?:[- ](?:moi|nous))?\s+)?"
        rf"(?:une?|la|le|notre)?\s*(?:[\w%-]+\s+){{0,4}}?{_FILM_FR}\b(?:\s+[\wé-]+){{0,2}}?"
        r"(?:\s+de\s+\d+\s+\w+)?\s*,?\s*"
        r"(?:qui\s+)?(?:sur|pour|à propos d[eu]|annonçant|annonce|présentant|présente|qui présente)\s+",
        re.IGNORECASE,
    ),
)
_FILM_TALK = re.compile(
    r"\b(?:video|film|clip|footage|shots?|scenes?|voice-?over|narrator|narration|music|soundtrack|camera|tone|viewers?|"
    r"audience|captions?|subtitles?|close-?ups?|transitions?|seconds? long|vidéo|musique|plans?|scènes?|ton|voix|"
    r"caméra|ambiance)\b",
    re.IGNORECASE,
)
_DIRECTION = re.compile(
    r"^(?:(?:please\s+)?(?:show|use|include|add|keep|start|end|open|close|finish|avoid|make|create|produce|generate|"
    r"film|shoot|do|it should|it must|the (?:video|film|clip|tone|music|style|mood|voice)|"
    r"montrez|montrer|utilisez|ajoutez|terminez|commencez|évitez|gardez|faites|créez|réalisez|le (?:film|ton|style)|"
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
_NO_NAMES = frozenset(
    [
        "meet",
        "introducing",
        "discover",
        "visit",
        "join",
        "try",
        "say",
        "hello",
        "welcome",
        "celebrate",
        "announcing",
        "present",
        "presenting",
        "découvrez",
        "rencontrez",
        "voici",
        "bienvenue",
        "visitez",
    ]
)
_QUOTED = re.compile(r"[\"“«]\s*([^\"“”«»]{2,60}?)\s*[\"”»]")
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
_DATE_WORD = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|"
    r"thurs|fri|satur|sun)day|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)",
    re.IGNORECASE,
)
_FRENCH_ARTICLES = frozenset(["la", "le", "l", "les", "notre", "nos"])
_NAME_WITHIN = 3  # A sentence is about the name it starts with, at most this many words in.
_LONGEST_QUOTED_NAME = 4
_LONGEST_TITLE, _SHORT_TITLE_WORDS = 42, 7
_MOST_NAMES = 8
_FULL_WORDS, _FULL_SENTENCES, _FULL_DIRECTIONS = 150, 12, 4  # Of the most complex brief.
# \w does not match vowel signs, which are marks. Without them, words of Indic scripts and Thai would fall apart.
_LETTER = r"[\w\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff]"
_TOKEN = re.compile(rf"[$€£¥]?{_LETTER}+(?:[’'.,:/-]{_LETTER}+)*(?:(?<=\d) ?%)?|[^\w\s]")


def read(content: str, lang: str | None) -> Brief:
    """Read a brief. If the job does not say the language, `lang` is None and it is detected.

    The result always has at least one sentence. Raises `NothingToSay`.
    """
    whole = text.normal(content)
    whole = text.plain(whole) or whole
    language = lang or languages.detect(whole)
    say: dict[str, None] = {}  # A set in the order of the brief.
    directions: list[str] = []
    is_hijacked = False
    title = call = ""
    for sentence in text.sentences(whole):
        kind, words = _kind(sentence)
        if is_hijacked and _ORDERED_OUT.match(words):
            # What a model is told to say after being told to forget its instructions.
            kind = "direction"
        if kind == "direction":
            directions.append(words)
            is_hijacked = is_hijacked or bool(_TO_A_MODEL.search(words))
            continue
        if kind == "title" and not title:
            title = words.rstrip(".")
        # A labelled call replaces an earlier one; a sentence that only sounds like a call does not.
        if kind == "call" or (kind == "say" and not call and _is_call(words)):
            call = words
        say[words] = None
    # If a brief has nothing but directions, the film says those.
    said = list(say) or [_subject(direction) for direction in directions]
    if not said:
        raise NothingToSay
    stop = languages.stop_words(language)
    phrases = key_phrases(said, stop)
    names = _names(said, stop)
    return Brief(
        lang=language,
        title=_short(title or _title(said, names, phrases)),
        sentences=tuple(said),
        call=call,
        directions=tuple(directions if say else ()),
        key_phrases=tuple(phrases),
        names=tuple(names),
        complexity=_complexity(said, directions if say else []),
    )


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
    for token in _TOKEN.findall(text.shown_address(sentence)):
        parts = text.pieces(token) if any(text.wide(character) for character in token) else [token]
        bare = re.sub(r"^[dlnsmtcjqu]{1,2}['’]", "", token, flags=re.IGNORECASE)
        if not any(character.isalnum() for character in token) or bare.lower() in stop:
            runs.append([])
        elif len(parts) > _LONGEST_PHRASE:
            runs += [parts[: _LONGEST_PHRASE * 2], []]
        else:
            if len(runs[-1]) == _LONGEST_PHRASE:
                runs.append([])
            runs[-1].append(bare)
    return [run for run in runs if run and (len(run) > 1 or len(run[0]) > 1 or run[0].isdigit())]


def _stands_out(word: str) -> int:
    return int(word[0].isupper()) + int(any(character.isdigit() for character in word))


def _kind(sentence: str) -> tuple[str, str]:
    """Return what a sentence is ("call", "title", "say" or "direction") and its words without their label."""
    labelled = _LABEL.match(sentence)
    if labelled:
        kind = _KIND_OF_LABEL.get(labelled.group(1).lower().replace("’", "'"))
        if kind:
            return kind, text.capital(labelled.group(2)) if kind != "title" else labelled.group(2)
    subject = _subject(sentence)
    if subject != sentence:
        return "say", subject
    if (_DIRECTION.match(sentence) and _FILM_TALK.search(sentence)) or _TO_A_MODEL.search(sentence):
        return "direction", sentence
    return "say", text.capital(sentence)


def _subject(sentence: str) -> str:
    """Return what the film is about: the sentence without the order to make one."""
    for order in _ORDERS:
        found = order.match(sentence)
        rest = sentence[found.end() :] if found else ""
        if any(character.isalnum() for character in rest):
            return text.capital(rest.strip())
    return sentence


def _is_call(sentence: str) -> bool:
    return bool(_CALL.match(sentence)) or bool(text.addresses(sentence))


def _names(sentences: list[str], stop: frozenset[str]) -> list[str]:
    """Return runs of capitalised words, commonest first. A lone capital at the start of a sentence does not count."""
    found: Counter[str] = Counter()
    for sentence in sentences:
        run: list[str] = []
        tokens = _TOKEN.findall(sentence)
        for index, token in enumerate([*tokens, "."]):
            if (
                token[0].isupper()
                and token.lower() not in _NO_NAMES
                and (token.lower() not in stop or (index and len(token) > 1))
            ):
                run.append(token)
                continue
            starts_sentence = index == len(run)
            is_letter = len(run) == 1 and len(run[0]) == 1  # For example in 250°C.
            is_stop_word = len(run) == 1 and run[0].lower() in stop  # For example after an opening quotation mark.
            if run and not is_letter and not is_stop_word and not (starts_sentence and len(run) == 1):
                found[" ".join(run)] += 1
            run = []
    return [name for name, _ in found.most_common(_MOST_NAMES)]


def _title(say: list[str], names: list[str], phrases: list[str]) -> str:
    """Return the name the brief starts with, or one that it repeats; else its first sentence, or the part of it that is
    short enough for a title."""
    quoted = _QUOTED.search(say[0])
    if quoted and len(quoted.group(1).split()) <= _LONGEST_QUOTED_NAME:
        return quoted.group(1)
    named = [name for name in names if not _DATE_WORD.fullmatch(name)]
    first = _TOKEN.findall(say[0])
    for name in named:
        parts = _TOKEN.findall(name)
        at = next((start for start in range(_NAME_WITHIN + 1) if first[start : start + len(parts)] == parts), None)
        if at is not None:
            # "La boulangerie Martin" should not become "Martin".
            has_noun = at == 2 and len(parts) == 1 and first[0].lower() in _FRENCH_ARTICLES
            return text.capital(" ".join(first[1 : at + 1])) if has_noun else name
    repeated = [name for name in named if sum(name in sentence for sentence in say) > 1]
    if repeated:
        return repeated[0]
    sentence = (quoted.group(1) if quoted else say[0]).strip(" .,;:!?…\"'“”«»")
    opening = re.split(r"\s*[:;\u2013\u2014]\s+|,\s+", sentence)[0]
    if len(sentence) <= _LONGEST_TITLE:
        return sentence
    if len(opening) <= _LONGEST_TITLE:
        return opening
    return phrases[0] if phrases else sentence


def _short(title: str) -> str:
    words = text.words(title)
    return title if len(title) <= _LONGEST_TITLE else text.joined(words[:_SHORT_TITLE_WORDS])


def _complexity(say: list[str], directions: list[str]) -> float:
    """Return the complexity: a third each for how many words, how many sentences and how many directions there are."""
    words = sum(len(text.words(sentence)) for sentence in say)
    shares = (words / _FULL_WORDS, len(say) / _FULL_SENTENCES, len(directions) / _FULL_DIRECTIONS)
    return round(sum(min(share, 1) for share in shares) / len(shares), 3)
