# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""The director by rules: from a brief to a treatment that fits the wanted length. Pure.

Nothing is said that the brief does not say: every word on screen and in the narration is the brief's own.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.presets import Preset
from service.pipelines.film.script import coverage, languages, text
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.palettes import palette_for, style_for
from service.pipelines.film.script.treatment import MOTIONS, Mood, Purpose, Shot, Treatment
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes

_PAUSE_S = 0.75  # What a shot needs besides its words: time to arrive and to be read.
_LETTERS_A_SECOND = 15.0
_WIDE_LETTERS_A_SECOND = 5.5
_BRISK = 1.12  # How much faster than usual the plan may ask the voice to be.
_SHORTEST_SHOT_S = 1.6
_LONGEST_SHOT_S = 5.5
_SHORT_HEADLINE = 42
_HEADLINE_WORDS = 6
_LEAD_WORDS = 9
_LABEL_WORDS = 8
_LONGEST_CALL = 60
_DANGLING = frozenset({"at", "on", "to", "via", "in", "sur", "à", "en", "auf", "unter", "!", "?", ":"})
_LONGEST_LABEL = 34
_CLAUSE_LETTERS = 18
_WHOLE_LETTERS = 64
_FINE_CLAUSE, _FINE_WHOLE = 9, 18
_SPARSE = 0.7
_SAFELY = 0.05
_MOST_ITEMS = 5
_FIRST = 5.0  # Weighs more than any key phrases that a sentence can hold together.

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|"
    r"dec(?:ember)?|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
)
_DATE = re.compile(
    rf"\b(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b|\d{{1,2}}(?:er|st|nd|rd|th)?\s+{_MONTH}\b)(?:,?\s+\d{{4}}\b)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?:[$€£¥]\s?)?\d+(?:[.,\u00a0 ]\d{3})*(?:[.,:]\d+)?"
    r"(?:\s?(?:%|€|\$|£|°C?|(?:k?[mg]|km/h|kWh|h|x|am|pm|a\.m\.|p\.m\.)\b))?"
    r"(?:\s?(?:in|out of|sur)\s\d+\b)?(?:st\b|nd\b|rd\b|th\b)?",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"(?<=[,;:\u2013\u2014，、；])\s+(?=\S)|(?<=[，、；])")
_LIST_GLUE = re.compile(
    r"\s*(?:(?<!\d),|,(?!\d{3}(?!\d)))\s*(?:and\s+|et\s+|y\s+|und\s+)?|\s+(?:and|et|y|und|&)\s+", re.IGNORECASE
)
_LIST_LEAD = re.compile(
    r"^(?:we have|we offer|we need|there (?:is|are|will be)|enjoy|with|nous avons|avec|il y a)\s+", re.IGNORECASE
)
_PHRASE_END = re.compile(r"[,;.!?:](?:\s+|$)")
_JOINTS = frozenset({"and", "or", "but", "et", "ou", "mais"})
_TURNS = _JOINTS | {"who", "which", "that", "where", "while", "qui", "que", "où"}
_QUOTE = re.compile(r"[\"“«]\s*([^\"“”«»]{8,160}?)\s*[,.]?\s*[\"”»]")
_SPEAKER = re.compile(r"(?:says|said|dit|explique|raconte)\s+([^,.;]{2,120})", re.IGNORECASE)

_MOOD_WORDS: tuple[tuple[Mood, str], ...] = (
    ("joyful", "joy|fun|happy|party|festive|festival|playful|celebrat|jazz|birthday|joyeu|fête|gai|ludique|concert"),
    (
        "energetic",
        "energ|fast|sport|dynamic|power|upbeat|bold|race|run|gym|fitness|dynamique|vitesse|action|tech|launch",
    ),
    ("dramatic", "dramatic|serious|epic|intense|urgent|thrill|dark|hunger|hungry|crisis|war|grave|sérieu|danger"),
    (
        "elegant",
        "elegan|luxur|premium|refined|sophisticat|fashion|jewel|watch|perfume|élégan|luxe|raffin|montre|parfum",
    ),
    ("calm", "calm|relax|quiet|peace|soft|gentle|sleep|medita|spa|nature|zen|douce?|doux|apais|sérén"),
    ("warm", "warm|cosy|cozy|home|family|bread|bakery|coffee|kitchen|chaleur|famille|pain|boulang|café|maison|cuisin"),
    ("hopeful", "hope|inspir|future|help|donate|charity|together|volunteer|children|espoir|aide|don|ensemble|avenir"),
)


def direct(brief: Brief, wishes: Wishes, preset: Preset, seed: Seed, *, first: Sequence[str] = ()) -> Treatment:
    """The treatment of a brief: what is said and shown, in which order, for about how long. What has the phrases of
    `first` in it is said before all else: a film before this one left them out."""
    beats = _beats(brief, finely=False)
    seconds = length(brief, wishes, preset)
    if sum(_needs(beat) for beat in beats) < _SPARSE * seconds:
        # Little to say for so much time: each part of a sentence gets a picture of its own.
        beats = _beats(brief, finely=True)
    beats = [replace(beat, weight=beat.weight + _FIRST * _holds(beat, first)) for beat in beats]
    chosen = _fitting(beats, seconds, brief, preset)
    mood = _mood(brief, wishes, seed)
    shots = _pictured(_timed(_filled(chosen, brief, seconds), seconds), mood, seed)
    return Treatment(
        title=brief.title,
        lang=brief.lang,
        mood=mood,
        palette=palette_for(mood, wishes.style or "", seed),
        style=style_for(wishes.style or "", mood, seed),
        seconds=seconds,
        shots=tuple(shots),
    )


def length(brief: Brief, wishes: Wishes, preset: Preset) -> float:
    """How long the film is to be, in seconds: as the job says, else as what the brief says needs."""
    return wishes.duration_sec or _usual_length(_beats(brief, finely=False), preset)


def speech_s(words: str) -> float:
    """About how long it takes to say `words`, in seconds at a usual pace; 0 for none."""
    wide = sum(text.wide(character) for character in words)
    return wide / _WIDE_LETTERS_A_SECOND + (len(words) - wide) / _LETTERS_A_SECOND


def _beats(brief: Brief, *, finely: bool) -> list[Shot]:
    """A shot for each thing that the brief says, the call to action or the title at the end."""
    stop = languages.stop_words(brief.lang)
    beats: list[Shot] = []
    last: Shot | None = None
    for place, sentence in enumerate(brief.sentences):
        if sentence == brief.call and (place or len(brief.sentences) == 1):
            last = _call(sentence, brief, stop)
            continue
        for clause in _clauses(sentence, finely=finely):
            beat = _beat(clause, brief, stop)
            first = not beats and beat.purpose == "point"
            beats.append(replace(beat, purpose="hook" if first else beat.purpose, weight=_weight(clause, brief)))
    if beats:
        beats[0] = replace(beats[0], weight=9.0)
    if last is None:
        last = Shot(purpose="close", voice="", headline=brief.title, weight=8.0)
    return [*beats, last]


def _clauses(sentence: str, *, finely: bool) -> list[str]:
    """A long sentence in parts that a shot each can hold, each long enough to be said on its own."""
    whole, least = (_FINE_WHOLE, _FINE_CLAUSE) if finely else (_WHOLE_LETTERS, _CLAUSE_LETTERS)
    if len(sentence) <= whole or _QUOTE.search(sentence) or _items(sentence):
        return [sentence]
    parts: list[str] = []
    for part in _CLAUSE.split(sentence):
        if parts and min(len(part), len(parts[-1])) < least:
            parts[-1] = text.joined([parts[-1], part])
        else:
            parts.append(part)
    return parts


def _beat(said: str, brief: Brief, stop: frozenset[str]) -> Shot:
    quote = _QUOTE.search(said)
    if quote:
        speaker = _SPEAKER.search(said)
        label = _whole_words(speaker.group(1), _LONGEST_LABEL, stop) if speaker else ""
        return Shot(purpose="quote", voice=said, headline=_tidy(quote.group(1)), label=label)
    items = _items(said)
    if items:
        return Shot(purpose="list", voice=said, headline="", items=items)
    number = _number(said, stop)
    if number:
        lead, figure, label = number
        return Shot(purpose="number", voice=said, lead=lead, headline=figure, label=label)
    headline = _headline(said, brief, stop)
    return Shot(purpose="point", voice=said, headline=headline, accent=_accent(headline, brief))


def _whole_words(words: str, most: int, stop: frozenset[str]) -> str:
    """As many of `words` as `most` letters hold, none of them cut, and no small one left hanging."""
    kept: list[str] = []
    for word in words.split():
        if len(" ".join([*kept, word])) > most:
            break
        kept.append(word)
    while kept and kept[-1].lower() in stop:
        kept.pop()
    return " ".join(kept)


def _call(said: str, brief: Brief, stop: frozenset[str]) -> Shot:
    found = text.addresses(said)
    bare = said
    for address in found:
        bare = bare.replace(address, "")
    first, *rest = [_tidy(part) for part in _CLAUSE.split(_tidy(bare)) if _tidy(part)] or [brief.title]
    words = text.words(first)
    while found and words and words[-1].lower() in _DANGLING:
        words.pop()
    wording = text.joined(words) or brief.title
    headline = text.capital(wording) if len(wording) <= _LONGEST_CALL else _headline(wording, brief, stop)
    then = text.joined(rest)
    label = text.shown_address(found[0]) if found else then if 0 < len(then) <= _LONGEST_LABEL else ""
    if not label and brief.title not in headline:
        label = brief.title
    return Shot(purpose="call", voice=said, headline=headline, label=label, accent=_accent(headline, brief), weight=8.0)


def _items(said: str) -> tuple[str, ...]:
    """The items of a sentence that is a list: three to six short ones."""
    if said.count(",") < 1:
        return ()
    parts = [part for part in _LIST_GLUE.split(_tidy(_LIST_LEAD.sub("", said))) if part]
    short = all(len(part) <= 26 and len(part.split()) <= 5 for part in parts)
    return tuple(text.capital(part) for part in parts) if short and 3 <= len(parts) <= 6 else ()


def _number(said: str, stop: frozenset[str]) -> tuple[str, str, str] | None:
    """The number or date that carries a sentence, with the words before it and after it that belong to it."""
    found = _DATE.search(said) or _NUMBER.search(_without_addresses(said))
    if not found:
        return None
    before = _PHRASE_END.split(said[: found.start()])[-1].split()[-_LEAD_WORDS:]
    parts = [part.split() for part in _PHRASE_END.split(said[found.end() :])]
    after = parts[0] or (parts[1] if len(parts) > 1 and len(before) < 3 else [])
    if len(after) > _LABEL_WORDS:
        # Before a new thought rather than in the middle of it.
        turns = [place for place, word in enumerate(after[: _LABEL_WORDS + 1]) if place and word.lower() in _TURNS]
        after = after[: turns[-1] if turns else _LABEL_WORDS]
    while after and after[-1].lower() in stop:
        after.pop()
    while before and before[0].lower() in _JOINTS:
        before.pop(0)
    if not before and not after:
        return None
    return text.capital(" ".join(before)), text.capital(found.group().strip()), " ".join(after)


def _without_addresses(said: str) -> str:
    for address in text.addresses(said):
        said = said.replace(address, " " * len(address))
    return said


def _headline(said: str, brief: Brief, stop: frozenset[str]) -> str:
    """The few words that stand for a sentence: all of a short one, else those around its best key phrase."""
    whole = _tidy(text.shown_address(said))
    words = text.words(whole)
    if len(words) > 2 and words[0].lower() in _JOINTS:
        words = words[1:]
        whole = text.joined(words)
    if len(whole) <= _SHORT_HEADLINE or len(words) <= 2:
        return text.capital(whole)
    start = 0
    for phrase in brief.key_phrases:
        place = whole.lower().find(phrase.lower())
        if place >= 0:
            start = len(text.words(whole[:place]))
            break
    most = _HEADLINE_WORDS if not text.wide(words[0][0]) else 14
    # The words before the phrase belong to it where they fit.
    start = max(0, min(start, len(words) - most)) if start + most > len(words) else start
    window = words[start : start + most]
    while len(window) > 1 and window[-1].lower().strip(",;:") in stop:
        window.pop()
    while len(window) > 1 and window[0].lower() in stop:
        window.pop(0)
    return text.capital(_tidy(text.joined(window)))


def _accent(headline: str, brief: Brief) -> str:
    for phrase in brief.key_phrases:
        if phrase.lower() in headline.lower() and len(phrase) < len(headline):
            return phrase
    return ""


def _tidy(words: str) -> str:
    return words.strip().rstrip(" .,;:\u2013\u2014-。、").strip('"“”«» ')


def _weight(said: str, brief: Brief) -> float:
    """How much of what matters is in it: earlier key phrases count more."""
    lower = said.lower()
    return 0.5 + sum(1 / (1 + place / 3) for place, phrase in enumerate(brief.key_phrases) if phrase.lower() in lower)


def _usual_length(beats: list[Shot], preset: Preset) -> float:
    least, most = preset.usual_s
    return float(round(min(max(sum(_needs(beat) for beat in beats), least), most)))


def _needs(shot: Shot) -> float:
    return max(_SHORTEST_SHOT_S, speech_s(shot.voice) + _PAUSE_S)


def _fitting(beats: list[Shot], seconds: float, brief: Brief, preset: Preset) -> list[Shot]:
    """The beats that fit, in their order: the first and the last, then the heaviest for the room there is."""
    room = seconds * _BRISK
    shots = _with_room_for_the_last(beats, room, languages.stop_words(brief.lang))
    order = sorted(range(1, len(shots) - 1), key=lambda place: (-shots[place].weight, place))
    chosen = sorted({0, len(shots) - 1})
    for place in order:
        if sum(_needs(shots[other]) for other in [*chosen, place]) <= room:
            chosen.append(place)
    shots = [shots[place] for place in sorted(chosen)]
    most = max(1, int(seconds / _SHORTEST_SHOT_S))
    while len(shots) > most:
        shots.remove(min(shots[1:], key=lambda shot: shot.weight))
    return _covering(shots, seconds, brief, preset, most)


def _covering(shots: list[Shot], seconds: float, brief: Brief, preset: Preset, most: int) -> list[Shot]:
    """The shots with what matters and could not be said put on the screen instead: in a shot of its own, in place of
    the lightest one, or else under the first shot's words."""
    wanted = min(1.0, preset.qa_threshold + _SAFELY)
    if coverage.score(brief.key_phrases, shots_script(shots), seconds) >= wanted:
        return shots
    lost = coverage.missing(brief.key_phrases, shots_script(shots), seconds)
    also = _shown(lost[:_MOST_ITEMS], brief)
    if len(shots) < most:
        place = _place_of(lost[0], shots, brief)
        shots = [*shots[:place], also, *shots[place:]]
    elif len(shots) > 2:
        lightest = min(range(1, len(shots) - 1), key=lambda place: shots[place].weight)
        shots = [*shots[:lightest], also, *shots[lightest + 1 :]]
    lost = coverage.missing(brief.key_phrases, shots_script(shots), seconds)
    if lost and coverage.score(brief.key_phrases, shots_script(shots), seconds) < wanted:
        label = " · ".join([part for part in (shots[0].label, *lost) if part])
        shots = [replace(shots[0], label=label), *shots[1:]]
    return shots


def _shown(phrases: Sequence[str], brief: Brief) -> Shot:
    """A silent shot of phrases: what says them all, as it would be shown, or a list of them."""
    stop = languages.stop_words(brief.lang)
    clauses = [clause for sentence in brief.sentences for clause in _clauses(sentence, finely=True)]
    for clause in [*clauses, *brief.sentences]:
        shot = replace(_beat(clause, brief, stop), voice="")
        if all(phrase.casefold() in shot.words_on_screen.casefold().replace("\n", " ") for phrase in phrases):
            return shot
    if len(phrases) == 1:
        return Shot(purpose="point", voice="", headline=text.capital(phrases[0]))
    return Shot(purpose="list", voice="", headline="", items=tuple(text.capital(phrase) for phrase in phrases))


def _place_of(phrase: str, shots: list[Shot], brief: Brief) -> int:
    """Where in the film a phrase belongs that the brief says at its place: after the first shot, before the last."""

    def said_by(words: str) -> int:
        known = [place for place, sentence in enumerate(brief.sentences) if words.casefold() in sentence.casefold()]
        return known[0] if known else len(brief.sentences)

    at = said_by(phrase)
    later = (place for place, shot in enumerate(shots[:-1]) if place and shot.voice and said_by(_tidy(shot.voice)) > at)
    return next(later, max(len(shots) - 1, 1))


def _with_room_for_the_last(beats: list[Shot], room: float, stop: frozenset[str]) -> list[Shot]:
    """The beats with the first and the last said only as far as both fit: they are in every film."""
    if len(beats) == 1 or room < 2 * _SHORTEST_SHOT_S:
        return [_fitted(beats[0], room, stop)]
    last = _fitted(beats[-1], room / 2, stop)
    return [_fitted(beats[0], room - _needs(last), stop), *beats[1:-1], last]


def shots_script(shots: list[Shot]) -> str:
    return "\n".join(f"{shot.voice}\n{shot.words_on_screen}" for shot in shots)


def _fitted(shot: Shot, room: float, stop: frozenset[str]) -> Shot:
    """The shot with no more said than there is room for: up to a clause's end, else up to a word's that is no small
    one."""
    if _needs(shot) <= room:
        return shot
    said = ""
    for clause in _CLAUSE.split(shot.voice):
        longer = text.joined([said, clause]) if said else clause
        if speech_s(longer) + _PAUSE_S > room:
            break
        said = longer
    if not said:
        for word in text.words(shot.voice):
            longer = text.joined([said, word]) if said else word
            if speech_s(longer) + _PAUSE_S > room:
                break
            said = longer
        words = text.words(said)
        while len(words) > 1 and words[-1].lower() in stop:
            words.pop()
        said = text.joined(words)
    # An opening quotation mark stays: its other half may be in the middle.
    ended = said.rstrip(" .,;:\u2013\u2014-。、")
    return replace(shot, voice=ended + "." if ended else "")


def _filled(shots: list[Shot], brief: Brief, seconds: float) -> list[Shot]:
    """More to look at where the words alone would leave one picture standing for too long."""
    filled = list(shots)
    telling = [phrase for phrase in brief.key_phrases if len(phrase) > _FINE_CLAUSE] or [brief.title]
    echoes = [text.capital(phrase) for phrase in telling]
    turn = 0
    while seconds / len(filled) > _LONGEST_SHOT_S:
        voiced = sum(speech_s(shot.voice) for shot in filled)
        if voiced + _LONGEST_SHOT_S * len(filled) >= seconds:
            break
        place = 1 + (2 * turn) % max(1, len(filled) - 1) if len(filled) > 1 else 1
        echo: Purpose = "point"
        words = echoes[turn % len(echoes)]
        filled.insert(place, Shot(purpose=echo, voice="", headline=words, weight=0.1))
        turn += 1
    return filled


def _timed(shots: list[Shot], seconds: float) -> list[Shot]:
    needs = [_needs(shot) for shot in shots]
    scale = seconds / sum(needs)
    return [replace(shot, seconds=round(need * scale, 3)) for shot, need in zip(shots, needs, strict=True)]


def _holds(beat: Shot, phrases: Sequence[str]) -> int:
    said = f"{beat.voice}\n{beat.words_on_screen}".casefold()
    return sum(phrase.casefold() in said for phrase in phrases)


_LIGHT: dict[Mood, str] = {
    "joyful": "bright colours, daylight",
    "warm": "warm low light",
    "calm": "soft diffuse light",
    "dramatic": "hard light, deep shadows",
    "energetic": "crisp light, movement",
    "elegant": "restrained studio light",
    "hopeful": "early morning light",
}


def _pictured(shots: list[Shot], mood: Mood, seed: Seed) -> list[Shot]:
    """The shots with a picture described in their own words, for an illustrator that makes some."""
    first = seed.number("motion") % len(MOTIONS)
    return [
        replace(
            shot,
            visual=f"{' '.join((shot.voice or shot.words_on_screen).split())} ({_LIGHT[mood]})",
            motion=MOTIONS[(first + place) % len(MOTIONS)],
        )
        for place, shot in enumerate(shots)
    ]


def _mood(brief: Brief, wishes: Wishes, seed: Seed) -> Mood:
    """What the job asks for, else what the brief's directions ask for, else what its words sound like."""
    for words in (wishes.mood or "", wishes.style or "", " ".join(brief.directions), " ".join(brief.sentences)):
        lower = words.lower()
        hits = {mood: len(re.findall(rf"\b(?:{stems})", lower)) for mood, stems in _MOOD_WORDS}
        best = max(hits, key=lambda mood: hits[mood])
        if hits[best]:
            return best
    usual: tuple[Mood, ...] = ("hopeful", "energetic", "warm")
    return seed.choice("mood", usual)
