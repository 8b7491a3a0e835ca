# ruff: noqa: RUF001 -- the brackets and apostrophes of other languages are meant
"""The director by rules: from a brief to a treatment that fits the wanted length. Pure.

It says nothing that the brief does not say: every word on screen and in the narration is the brief's own.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.presets import Preset
from service.pipelines.film.script import beats, coverage, languages, pace, text, tokens, wording
from service.pipelines.film.script.beats import CLAUSE, FINE_CLAUSE_LETTERS
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.heroes import hero_of
from service.pipelines.film.script.palettes import palette_for, style_for
from service.pipelines.film.script.tokens import Kind
from service.pipelines.film.script.treatment import MOTIONS, Mood, Shot, Treatment
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes

_BRISK = 1.12
"""How much faster than usual the plan may ask the voice to be."""
_SHORTEST_SHOT_S, _LONGEST_SHOT_S = pace.GOOD_SHOT_S
_ONE_CARD_S = 5.0
"""The length of a film that has one thing to say, which it does not say twice."""
_UNHURRIED = 1.4
"""How much longer a film gets whose voice was slower than planned."""
_SPARSE = 0.7
"""If what there is to say fills less than this share of the film, sentences are cut finely."""
_SAFELY = 0.05
"""How far over the preset's threshold the film's coverage should be."""
_MOST_ITEMS = 5
_FEWEST = 3
"""Shots of a film that has room for more than its first and its last."""
_FIRST_WEIGHT = 5.0
"""More than all the key phrases in one sentence can weigh together."""
_ECHO_WEIGHT = 0.1

_UNCLOSED = re.compile(r"\s*[(（\[][^()（）\[\]]*$")

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
    earlier film was too short for its voice, so this one is longer unless a length was asked for.
    """
    shots = beats.beats(brief, finely=False)
    seconds = length(brief, wishes, preset)
    if is_unhurried and not (wishes.duration_sec or brief.seconds):
        seconds = float(math.ceil(min(seconds * _UNHURRIED, preset.longest_s)))
    if sum(_needs_s(shot) for shot in shots) < _SPARSE * seconds:
        # There is little to say for the time: each part of a sentence gets a picture of its own.
        shots = beats.beats(brief, finely=True)
    shots = [replace(shot, weight=shot.weight + _FIRST_WEIGHT * _count_of(first, shot)) for shot in shots]
    shots = _with_every_step(shots, seconds * _BRISK)
    chosen = _counted(_fitting(shots, seconds, brief, preset))
    mood = _mood(brief, wishes, seed)
    finished = _pictured(_timed(_filled(chosen, brief, seconds), seconds), mood, seed)
    return Treatment(
        title=brief.title,
        lang=brief.lang,
        mood=mood,
        palette=palette_for(mood, wishes.style or "", seed),
        style=style_for(wishes.style or "", mood, seed),
        seconds=seconds,
        shots=tuple(finished),
    )


def length(brief: Brief, wishes: Wishes, preset: Preset) -> float:
    """Return how long the film is to be, in seconds: what the job asks for, what the brief asks for, else what the
    brief's words need."""
    if wishes.duration_sec or brief.seconds:
        return wishes.duration_sec or min(max(brief.seconds or 0.0, preset.shortest_s), preset.longest_s)
    return _usual_length(beats.beats(brief, finely=False), preset)


def _usual_length(shots: list[Shot], preset: Preset) -> float:
    """The length that the words need. Longer than usual, up to the preset's longest, before anything is left out."""
    least = preset.usual_s[0] if len(shots) > 1 else _ONE_CARD_S
    needed = sum(max(_SHORTEST_SHOT_S, pace.unhurried_s(shot.voice) + pace.PAUSE_S) for shot in shots)
    return float(math.ceil(min(max(needed / _BRISK, least), preset.longest_s)))


def _needs_s(shot: Shot) -> float:
    return max(_SHORTEST_SHOT_S, pace.speech_s(shot.voice) + pace.PAUSE_S)


def _count_of(phrases: Sequence[str], shot: Shot) -> int:
    """Return how many of the phrases the shot says or shows."""
    said = f"{shot.voice}\n{shot.words_on_screen}".casefold()
    return sum(phrase.casefold() in said for phrase in phrases)


def _fitting(shots: list[Shot], seconds: float, brief: Brief, preset: Preset) -> list[Shot]:
    """Return the shots that fit, in their order: the first and the last, then the heaviest there is room for."""
    room = seconds * _BRISK
    shots = _with_room_for_the_last(shots, room, languages.stop_words(brief.lang))
    heaviest_first = sorted(range(1, len(shots) - 1), key=lambda index: (-shots[index].weight, index))
    chosen = sorted(
        {0, _heaviest(shots), len(shots) - 1} if room >= _FEWEST * _SHORTEST_SHOT_S else {0, len(shots) - 1}
    )
    taken = sum(_needs_s(shots[index]) for index in chosen)
    for index in heaviest_first:
        if index in chosen:
            continue
        longer = taken + _needs_s(shots[index])
        if longer <= room:
            chosen.append(index)
            taken = longer
    shots = [shots[index] for index in sorted(chosen)]
    most = max(1, int(seconds / _SHORTEST_SHOT_S))
    while len(shots) > most:
        best = _heaviest(shots) if most >= _FEWEST else 0
        others = [index for index in range(1, len(shots)) if index != best]
        shots.pop(min(others, key=lambda index: shots[index].weight))
    return _covering(shots, seconds, brief, preset, most)


def _counted(shots: list[Shot]) -> list[Shot]:
    """Take the numbers away from steps if the film has no time for all of them."""
    steps = [shot.step for shot in shots if shot.step]
    if not steps or {number for number, _ in steps} == set(range(1, steps[0][1] + 1)):
        return shots
    return [replace(shot, lead="") if shot.step else shot for shot in shots]


def _with_every_step(shots: list[Shot], room: float) -> list[Shot]:
    """Make all the steps of something fit, with the lists of what it takes, because it cannot be done with some of
    them: what does not fit is said shorter, in the words that are shown, else shown only."""
    steps = [index for index, shot in enumerate(shots) if shot.step]
    if not steps:
        return shots
    lists = [index for index, shot in enumerate(shots) if shot.items]
    ends = {0, len(shots) - 1} - {*steps, *lists}
    room -= sum(min(_needs_s(shots[index]), _LONGEST_SHOT_S) for index in ends)
    made = list(shots)
    for group, is_shown_only in ((steps, False), (lists, True), (steps, True)):
        for index in sorted(group, key=lambda index: -_needs_s(made[index])):
            if sum(_needs_s(made[step]) for step in (*steps, *lists)) <= room:
                break
            shorter = "" if is_shown_only else f"{made[index].headline.rstrip('.')}."
            if len(shorter) < len(made[index].voice):
                made[index] = replace(made[index], voice=shorter)
    for index in (*steps, *lists):
        made[index] = replace(made[index], weight=made[index].weight + _FIRST_WEIGHT)
    return made


def _with_room_for_the_last(shots: list[Shot], room: float, stop: frozenset[str]) -> list[Shot]:
    """Cut the first, the last and the heaviest shot so that they fit: they are in every film."""
    if len(shots) == 1 or room < 2 * _SHORTEST_SHOT_S:
        return [_cut_to(room, shots[0], stop)]
    last = _cut_to(room / 2, shots[-1], stop)
    rest = room - _needs_s(last)
    shots = [*shots[:-1], last]
    best = _heaviest(shots)
    if best and rest > 2 * _SHORTEST_SHOT_S:
        cut = _cut_to(max(rest / 2, rest - _needs_s(shots[0])), shots[best], stop)
        # If its figure cannot be said, it is shown.
        is_whole = shots[best].purpose != "number" or shots[best].headline.casefold() in cut.voice.casefold()
        shots[best] = cut if is_whole else replace(cut, voice="")
        rest -= _needs_s(shots[best])
    return [_cut_to(rest, shots[0], stop), *shots[1:]]


def _heaviest(shots: Sequence[Shot]) -> int:
    """Return the index of the shot between the first and the last that matters most: one with a price or a percentage,
    if there is one. 0 if there is none between them."""

    def matters(index: int) -> tuple[bool, float]:
        shot = shots[index]
        hero = hero_of(shot.headline if shot.purpose == "number" else shot.voice)
        return hero is not None and hero.kind in {Kind.PRICE, Kind.PERCENT}, shots[index].weight

    return max(range(1, len(shots) - 1), key=matters, default=0)


def _cut_to(room: float, shot: Shot, stop: frozenset[str]) -> Shot:
    """Cut what the shot says to the room there is: after a clause, else after a word that is not a stop word."""
    if _needs_s(shot) <= room:
        return shot
    said = _as_many_as_fit(tokens.cuts(shot.voice, CLAUSE), room)
    if not said:
        words = text.words(_as_many_as_fit(text.words(shot.voice), room))
        while len(words) > 1 and words[-1].lower() in stop:
            words.pop()
        said = _UNCLOSED.sub("", text.joined(words))
    # An opening quotation mark stays: its other half may be in the middle.
    ended = said.rstrip(" .,;:\u2013\u2014-。、")
    return replace(shot, voice=ended + "." if ended else "")


def _as_many_as_fit(parts: Sequence[str], room: float) -> str:
    said = ""
    for part in parts:
        longer = text.joined([said, part]) if said else part
        if pace.speech_s(longer) + pace.PAUSE_S > room:
            break
        said = longer
    return said


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
        others = [index for index in range(1, len(shots) - 1) if index != _heaviest(shots)]
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
    clauses = [clause for sentence in brief.sentences for clause in beats.clauses(sentence, finely=True)]
    for clause in [*clauses, *brief.sentences]:
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
    telling = [phrase for phrase in brief.key_phrases if len(phrase) > FINE_CLAUSE_LETTERS] or [brief.title]
    echoes = [text.capital(phrase) for phrase in telling]
    added = 0
    while seconds / len(filled) > _LONGEST_SHOT_S:
        voiced = sum(pace.speech_s(shot.voice) for shot in filled)
        if voiced + _LONGEST_SHOT_S * len(filled) >= seconds:
            break
        index = 1 + (2 * added) % max(1, len(filled) - 1) if len(filled) > 1 else 1
        headline = echoes[added % len(echoes)]
        filled.insert(index, Shot(purpose="point", voice="", headline=headline, weight=_ECHO_WEIGHT))
        added += 1
    return filled


def _timed(shots: list[Shot], seconds: float) -> list[Shot]:
    needs = [_needs_s(shot) for shot in shots]
    scale = seconds / sum(needs)
    return [replace(shot, seconds=round(need * scale, 3)) for shot, need in zip(shots, needs, strict=True)]


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


def _mood(brief: Brief, wishes: Wishes, seed: Seed) -> Mood:
    """Return the mood the job asks for, else the one the brief's directions ask for, else what its words sound like."""
    for words in (wishes.mood or "", wishes.style or "", " ".join(brief.directions), " ".join(brief.sentences)):
        lower = words.lower()
        hits = {mood: len(re.findall(rf"\b(?:{stems})", lower)) for mood, stems in _MOOD_WORDS}
        best = max(hits, key=lambda mood: hits[mood])
        if hits[best]:
            return best
    usual: tuple[Mood, ...] = ("hopeful", "energetic", "warm")
    return seed.choice("mood", usual)
