# ruff: noqa: RUF001 -- the brackets and apostrophes of other languages are meant
"""The director by rules: from a brief to a treatment that fits the wanted length. Pure.

It says nothing that the brief does not say: every word on screen and in the narration is the brief's own.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.presets import Preset
from service.pipelines.film.script.directing import beats, clauses, coverage, fitting
from service.pipelines.film.script.directing.clauses import FINE_CLAUSE_LETTERS
from service.pipelines.film.script.look import moods
from service.pipelines.film.script.look.palettes import palette_for, style_for
from service.pipelines.film.script.names import titles
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import MOTIONS, Mood, Shot, Treatment
from service.pipelines.film.script.voice import narration, pace
from service.pipelines.film.script.voice.narration import needs_s
from service.pipelines.film.script.voice.timeline import LAST_EXTRA_S, LONGEST_END_S, PAUSES_S
from service.pipelines.film.script.writing import languages, text, tokens, wording
from service.pipelines.film.script.writing.tokens import Kind
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes

_BRISK = 1.05
"""How much faster than unhurried the voice is when there is time."""
_SHORTEST_SHOT_S, _LONGEST_SHOT_S = pace.GOOD_SHOT_S
_ONE_CARD_S = 5.0
"""The length of a film that has one thing to say, which it does not say twice."""
_STRETCHED = 1.4
"""How much longer than its words need a film may get to have its preset's usual length: its last card would stand."""
_LONGEST_LIST_S = 9.0
"""What a list is read out in without standing still."""
_LONGEST_PRICED_S = 12.0
"""The same if it has a price, which is better seen beside what it is of."""
_LONGEST_CALL_S = 4.5
"""What a call to action says without standing still."""
_UNHURRIED = 0.8
"""For how much of its time a film is planned if its voice was slower than planned."""
_SPARSE = 0.7
"""If what there is to say fills less than this share of the film, sentences are cut finely."""
_SAFELY = 0.05
"""How far over the preset's threshold the film's coverage should be."""
_MOST_ITEMS = 5
_FEWEST_ITEMS = 2
"""Of a list that is cut in two."""
_CROWDED = 1.03
"""How much more than its time a film may need for a list to be read out on several cards: pauses give way."""
_MOST_OF_A_FILM = 0.6
"""What the shots before the last have of a short film's time at least."""
_FIRST_WEIGHT = 5.0
"""More than all the key phrases in one sentence can weigh together."""
_ECHO_WEIGHT = 0.1

_CELLS, _POINT = re.compile(r"\s+\|\s+"), " · "
_STROKES = re.compile(r",?\s+(?:\||[→➔➜]|[=-]>|(?<!\d\s)/|/(?!\s\d{1,2}(?!\d|[.:]\d)))\s+")
"""What stands between two things and is no word. "1 / 2" is a number."""

_MOOD_WORDS: tuple[tuple[Mood, str], ...] = (
    (
        "joyful",
        "joy|fun\\b|happy|party|festive|festival|playful|celebrat|jazz|birthday|joyeu|fête|gaie?s?\\b|ludique|concert",
    ),
    (
        "energetic",
        "energ|fast|sport|dynamic|power|upbeat|bold|rac(?:e|es|ing)\\b|run(?:s|ning|ner|ners)?\\b|gym|fitness|dynamique|vitesse|action|tech|launch",
    ),
    ("dramatic", "dramatic|serious|epic|intense|urgent|thrill|dark|hunger|hungry|crisis|wars?\\b|grave|sérieu|danger"),
    (
        "elegant",
        "elegan|luxur|premium|refined|sophisticat|fashion|jewel|watch|perfume|élégan|luxe|raffin|montre|parfum",
    ),
    ("calm", "calm|relax|quiet|peace|soft(?:ly)?\\b|gentle|sleep|medita|spas?\\b|nature|zen|douce?|doux|apais|sérén"),
    ("warm", "warm|cosy|cozy|home|family|bread|bakery|coffee|kitchen|chaleur|famille|pain|boulang|café|maison|cuisin"),
    (
        "hopeful",
        "hope|inspir|future|help|donate|charity|together|volunteer|children|espoir|aide|dons?\\b(?!['’])|ensemble|avenir",
    ),
)


def direct(
    brief: Brief,
    wishes: Wishes,
    preset: Preset,
    seed: Seed,
    *,
    first: Sequence[str] = (),
    is_unhurried: bool = False,
) -> Treatment:
    """Write the treatment of a brief: what is said and shown, in which order, for how long.

    What contains the phrases of `first` comes before everything else: an earlier film left them out. `is_unhurried`: an
    earlier film could get no longer and was too short for its voice, so this one says less.
    """
    shots = beats.beats(brief, finely=False)
    seconds = length(brief, wishes, preset)
    is_sparse = sum(needs_s(shot, brief.lang) for shot in shots) < _SPARSE * seconds
    if is_sparse:
        # There is little to say for the time: each part of a sentence gets a picture of its own.
        shots = beats.beats(brief, finely=True)
    if not (is_sparse and (wishes.duration_sec or brief.seconds)):
        shots = _to_the_point(shots, brief.lang)
    shots = [replace(shot, weight=shot.weight + _FIRST_WEIGHT * _count_of(first, shot)) for shot in shots]
    if brief.by_hand.tell:
        shots = [replace(shot, weight=shot.weight + _FIRST_WEIGHT * brief.by_hand.tells(shot.voice)) for shot in shots]
    chosen = _fitting(shots, seconds * (_UNHURRIED if is_unhurried else 1.0), brief, preset)
    chosen = chosen if is_unhurried else _one_by_one(chosen, seconds, brief)
    mood = _mood(brief, wishes)
    told = [_plain(shot) for shot in _filled(chosen, brief, seconds)]
    finished = _pictured(_timed(told, seconds, brief.lang), mood, seed)
    return Treatment(
        title=brief.name,
        lang=brief.lang,
        mood=mood,
        palette=palette_for(mood, wishes.style or "", seed),
        style=style_for(wishes.style or "", mood, seed),
        seconds=seconds,
        shots=tuple(finished),
    )


def _plain(shot: Shot) -> Shot:
    """A shot that rests at an arrow or a stroke between two things, and shows a stroke of a table as a point."""
    return replace(
        shot,
        voice=_STROKES.sub(", ", shot.voice),
        lead=_CELLS.sub(_POINT, shot.lead),
        headline=_CELLS.sub(_POINT, shot.headline),
        label=_CELLS.sub(_POINT, shot.label),
        items=tuple(_CELLS.sub(_POINT, item) for item in shot.items),
        accent=_CELLS.sub(_POINT, shot.accent),
    )


def _to_the_point(shots: Sequence[Shot], lang: str) -> list[Shot]:
    """The shots, of which a call to action says the first place to turn and shows the others, if to say all takes long:
    it would stand while it spells them out."""

    def is_long(shot: Shot) -> bool:
        return shot.purpose == "call" and narration.said_s(shot.voice, lang) / _BRISK > _LONGEST_CALL_S

    short = [fitting.shorter(shot) if is_long(shot) else shot for shot in shots]
    return [fitting.only_where(shot) if is_long(shot) else shot for shot in short]


def length(brief: Brief, wishes: Wishes, preset: Preset) -> float:
    """Return how long the film is to be, in seconds: what the job asks for, what the brief asks for, else what the
    brief's words need."""
    if wishes.duration_sec or brief.seconds:
        return wishes.duration_sec or min(max(brief.seconds or 0.0, preset.shortest_s), preset.longest_s)
    return _usual_length(_to_the_point(beats.beats(brief, finely=False), brief.lang), preset, brief.lang)


def _usual_length(shots: list[Shot], preset: Preset, lang: str) -> float:
    """The length that the words need. Longer than usual, up to the preset's longest, before anything is left out."""
    needed = sum(narration.least_s(shot, narration.said_s(shot.voice, lang) / _BRISK) for shot in shots)
    needed += sum(PAUSES_S * len(shot.items) for shot in shots if _is_long_list(shot, lang))
    least = min(preset.usual_s[0], max(_STRETCHED * needed, _ONE_CARD_S)) if len(shots) > 1 else _ONE_CARD_S
    return float(math.ceil(min(max(needed, least), preset.longest_s)))


def _one_by_one(shots: Sequence[Shot], seconds: float, brief: Brief) -> list[Shot]:
    """The shots, with a shot for each item of a list that would stand long while it is read out, if there is time."""
    taken = sum(needs_s(shot, brief.lang) for shot in shots)
    found: list[Shot] = []
    for shot in shots:
        is_long = _is_long_list(shot, brief.lang)
        for cards in (_items(shot, brief), _in_two(shot)) if is_long else ():
            more = sum(needs_s(card, brief.lang) for card in cards) - needs_s(shot, brief.lang)
            if cards and taken + more <= seconds * _CROWDED:
                taken += more
                found += cards
                break
        else:
            found.append(shot)
    return found


def _items(shot: Shot, brief: Brief) -> list[Shot]:
    """The items of a list as shots of their own."""
    stop = languages.stop_words(brief.lang)
    cards = [card for item in shot.items for card in beats.shown(item, brief, stop)]
    return [replace(card, lead=card.lead or shot.lead, weight=shot.weight) for card in cards]


def _in_two(shot: Shot) -> list[Shot]:
    """A list on two cards; [] if it is too short or its items are said otherwise than they are shown."""
    at = len(shot.items) // 2
    start = shot.voice.casefold().find(shot.items[at].casefold()) if at >= _FEWEST_ITEMS else -1
    if start <= 0:
        return []
    first, second = shot.voice[:start].rstrip(" ,;、，"), text.capital(shot.voice[start:])
    return [
        replace(shot, voice=f"{first}.", items=shot.items[:at]),
        replace(shot, voice=second, items=shot.items[at:]),
    ]


def _is_long_list(shot: Shot, lang: str) -> bool:
    """Say whether a list would stand long while it is read out. One with prices is compared, and so stays together."""
    if shot.purpose != "list":
        return False
    prices = sum(any(token.kind is Kind.PRICE for token in tokens.find(item)) for item in shot.items)
    seconds = narration.said_s(shot.voice, lang) / _BRISK
    return seconds > (_LONGEST_PRICED_S if prices else _LONGEST_LIST_S) and prices <= 1


def _count_of(phrases: Sequence[str], shot: Shot) -> int:
    """Return how many of the phrases the shot says or shows."""
    said = f"{shot.voice}\n{shot.words_on_screen}".casefold()
    return sum(phrase.casefold() in said for phrase in phrases)


def _fitting(shots: list[Shot], seconds: float, brief: Brief, preset: Preset) -> list[Shot]:
    """Return the shots that fit, in their order, with what matters most of the rest on screen."""
    chosen = fitting.fitted(shots, seconds, brief.lang)
    return _covering(chosen, seconds, brief, preset, max(1, int(seconds / _SHORTEST_SHOT_S)))


def _covering(shots: list[Shot], seconds: float, brief: Brief, preset: Preset, most: int) -> list[Shot]:
    """Put what matters and cannot be said on the screen instead.

    It gets a shot of its own if there is room for one more, else takes the place of the lightest shot; whatever is
    still missing goes under the first shot's words.
    """
    wanted = min(1.0, preset.qa_threshold + _SAFELY)
    if coverage.score(brief.key_phrases, _script(shots), seconds) >= wanted:
        return shots
    lost = coverage.missing(brief.key_phrases, _script(shots), seconds)
    lost = [beats.whole(phrase, brief) for phrase in lost]
    silent = _shown(lost[:_MOST_ITEMS], brief)
    if len(shots) < most:
        index = _index_for(lost[0], shots, brief)
        shots = [*shots[:index], silent, *shots[index:]]
    elif len(shots) > 2:
        others = [index for index in range(1, len(shots) - 1) if index != fitting.heaviest(shots)]
        lightest = min(others or [1], key=lambda index: shots[index].weight)
        shots = [*shots[:lightest], silent, *shots[lightest + 1 :]]
    lost = [beats.whole(phrase, brief) for phrase in coverage.missing(brief.key_phrases, _script(shots), seconds)]
    if lost and coverage.score(brief.key_phrases, _script(shots), seconds) < wanted:
        label = " · ".join([part for part in (shots[0].label, *lost) if part])
        shots = [replace(shots[0], label=label), *shots[1:]]
    return shots


def _script(shots: list[Shot]) -> str:
    return "\n".join(f"{shot.voice}\n{shot.words_on_screen}" for shot in shots)


def _shown(phrases: Sequence[str], brief: Brief) -> Shot:
    """Return a silent shot with the phrases: the part of the brief that shows them all, else a list of them."""
    stop = languages.stop_words(brief.lang)
    parts = [clause for sentence in brief.sentences for clause in clauses.clauses(sentence, finely=True)]
    for clause in [*parts, *brief.sentences]:
        shot = replace(beats.beat(clause, brief, stop), voice="")
        if all(phrase.casefold() in shot.words_on_screen.casefold().replace("\n", " ") for phrase in phrases):
            return shot
    if len(phrases) == 1:
        return Shot(purpose="point", voice="", headline=text.capital(phrases[0]))
    return Shot(purpose="list", voice="", headline="", items=tuple(text.capital(phrase) for phrase in phrases))


def _index_for(phrase: str, shots: list[Shot], brief: Brief) -> int:
    """Return where in the film a phrase belongs, by its place in the brief: after the first shot, before the last."""

    def sentence_with(words: str) -> int:
        known = [index for index, sentence in enumerate(brief.sentences) if words.casefold() in sentence.casefold()]
        return known[0] if known else len(brief.sentences)

    said_in = sentence_with(phrase)
    later = (
        index
        for index, shot in enumerate(shots[:-1])
        if index and shot.voice and sentence_with(wording.tidy(shot.voice)) > said_in
    )
    return next(later, max(len(shots) - 1, 1))


def _filled(shots: list[Shot], brief: Brief, seconds: float) -> list[Shot]:
    """Add shots that repeat key phrases if the words alone would leave one picture up for too long."""
    filled = list(shots)
    telling = [phrase for phrase in brief.key_phrases if len(phrase) > FINE_CLAUSE_LETTERS] or [
        titles.opening(brief.sentences, brief.key_phrases)
    ]
    echoes = [text.capital(phrase) for phrase in telling]
    added = 0
    while seconds / len(filled) > _LONGEST_SHOT_S:
        voiced = sum(narration.said_s(shot.voice, brief.lang) for shot in filled)
        if voiced + _LONGEST_SHOT_S * len(filled) >= seconds:
            break
        index = 1 + (2 * added) % max(1, len(filled) - 1) if len(filled) > 1 else 1
        headline = echoes[added % len(echoes)]
        filled.insert(index, Shot(purpose="point", voice="", headline=headline, weight=_ECHO_WEIGHT))
        added += 1
    return filled


def _timed(shots: list[Shot], seconds: float, lang: str) -> list[Shot]:
    """Plan how long each shot lasts: the last as long as it is read, as in the film (`timeline.shared_out`)."""
    *needs, last = [needs_s(shot, lang) for shot in shots]
    ends = min(last + LAST_EXTRA_S, seconds * (1 - _MOST_OF_A_FILM)) if needs else seconds
    ends = min(max(ends, seconds * last / (sum(needs) + last)), max(ends, LONGEST_END_S))
    before = seconds - ends
    total = sum(needs)
    if needs:
        # Of the others, none is too short, if there is time, and none too long.
        in_turn = seconds * total / (total + last)
        before = max(before, min(pace.SHORTEST_SHOT_S * total / min(needs), in_turn))
        before = min(before, pace.LONGEST_SHOT_S * total / max(needs))
    lengths = [*(need * before / total for need in needs), seconds - before]
    return [replace(shot, seconds=round(length, 3)) for shot, length in zip(shots, lengths, strict=True)]


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
    """Describe a picture for each shot in the shot's own words, in case the illustrator makes any."""
    first = seed.number("motion") % len(MOTIONS)
    return [
        replace(
            shot,
            visual=f"{' '.join((shot.voice or shot.words_on_screen).split())} ({_LIGHT[mood]})",
            motion=MOTIONS[(first + index) % len(MOTIONS)],
        )
        for index, shot in enumerate(shots)
    ]


def _mood(brief: Brief, wishes: Wishes) -> Mood:
    """Return the mood the job asks for, else the one that suits what the brief wishes and tells."""
    for words in (wishes.mood or "", wishes.style or ""):
        lower = words.lower()
        hits = {mood: len(re.findall(rf"\b(?:{stems})", lower)) for mood, stems in _MOOD_WORDS}
        best = max(hits, key=lambda mood: hits[mood])
        named = best if hits[best] else moods.named([words])
        if named:
            return named
    return moods.mood_of(brief.directions, brief.sentences)
