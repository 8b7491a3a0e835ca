"""What of a brief fits into a film: which shots it has, and how much of each is said. Pure.

Where time is short, the words of a shot are first said shorter, in the part that is shown largest; then lists are shown
and not read out; then the lightest shots that tell no fact go, then those that are read as fast as they are said fall
silent, and only then do others go.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from service.pipelines.film.script.directing.clauses import AND_SOON, CLAUSE
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.script.voice import narration, pace
from service.pipelines.film.script.voice.timeline import PAUSES_S
from service.pipelines.film.script.writing import languages, text, tokens, wording
from service.pipelines.film.script.writing.heroes import hero_of
from service.pipelines.film.script.writing.tokens import Kind

_SHORTEST_SHOT_S = pace.GOOD_SHOT_S[0]
_FEWEST = 3
"""Shots of a film that has room for more than its first and its last."""
_HEAVY = _STEP_WEIGHT = 5.0
"""More than all the key phrases in one sentence can weigh together."""
_FACTS = frozenset({*(kind for kind in Kind if kind <= Kind.NUMBER), Kind.ADDRESS, Kind.TELEPHONE, Kind.PLACE})
_ALONE = frozenset({Kind.PRICE, Kind.PERCENT, Kind.DATE, Kind.TIME})
"""Figures that say something without what follows them."""
_STOPS = frozenset(",;:.(\u2013\u2014")
_FEWEST_WORDS = 3
"""Of what introduces a list, if it is said without it: "On the menu", but not "Included"."""
_ENDS = " .,;:\u2013\u2014-("
"""What a line does not end with."""
_ENDED = "?!\uff1f\uff01\u061f\u3002"
_BRACKETS = re.compile(r" ?\([^()]{2,120}\)")
_SAVES_S = 0.4
"""What saying less must save to be worth it."""
_OFFERS = frozenset({Kind.PRICE, Kind.PERCENT})
_NEWS = frozenset({*_OFFERS, Kind.DATE})


def fitted(shots: Sequence[Shot], seconds: float, lang: str) -> list[Shot]:
    """Return the shots that fit, in their order: always the first, the last and the best between them."""
    made: list[Shot | None] = [*_weighed(shots)]
    if _taken_s(made, lang) > seconds:
        best = _kept_between(shots, seconds, lang)
        made = [*_with_room_for_the_ends(_weighed(shots), best, seconds, lang)]
        kept = {0, best, len(shots) - 1}
        _reduce(made, kept, seconds, lang)
        _restore(made, shots, seconds, lang)
    found = [shot for shot in made if shot is not None]
    most = max(1, int(seconds / _SHORTEST_SHOT_S))
    while len(found) > most:
        best = heaviest(found) if most >= _FEWEST else 0
        others = [index for index in range(1, len(found)) if index != best]
        found.pop(min(others, key=lambda index: found[index].weight))
    return _counted(found)


def heaviest(shots: Sequence[Shot]) -> int:
    """Return the index of the shot between the first and the last that matters most: one with a price or a percentage,
    if there is one. 0 if there is none between them."""

    def matters(index: int) -> tuple[bool, float]:
        shot = shots[index]
        hero = hero_of(shot.headline if shot.purpose == "number" else shot.voice)
        return hero is not None and hero.kind in _OFFERS, shots[index].weight

    return max(range(1, len(shots) - 1), key=matters, default=0)


def shorter(shot: Shot) -> Shot:
    """Return the shot with less to say and all of it still on screen: up to the end of what is shown largest or of the
    clause with it, or to the first place to turn; else without what is in brackets. The shot itself if there is no
    less."""
    if shot.purpose == "call":
        ends = [token.end for token in tokens.find(shot.voice) if token.kind in tokens.CONTACTS]
        end = ends[0] if len(ends) > 1 else 0
    elif shot.purpose in {"number", "point", "hook"} and (shot.label or shot.step):
        at = shot.voice.casefold().find(shot.headline.casefold())
        end = at + len(shot.headline) if at >= 0 else 0
        end = end if not end or _may_end(shot, end) else _end_of_clause(shot, end)
    else:
        return _without_brackets(shot)
    end = next((last for first, last in tokens.bracketed(shot.voice) if first < end < last), end)
    said = shot.voice[:end].rstrip(_ENDS)
    is_whole = not any(token.start < end < token.end for token in tokens.find(shot.voice))
    is_less = said and is_whole and len(said) + 1 < len(shot.voice) and not _hides(shot, end)
    return replace(shot, voice=f"{said}.") if is_less else _without_brackets(shot)


def _hides(shot: Shot, end: int) -> bool:
    """Say whether the words from `end` on have an offer or a date that is not on screen either."""
    rest = shot.voice[end:]
    told = (rest[token.start : token.end] for token in tokens.find(rest) if token.kind in _NEWS)
    return shot.purpose != "call" and any(fact.casefold() not in shot.words_on_screen.casefold() for fact in told)


def _end_of_clause(shot: Shot, start: int) -> int:
    """Return the end of the clause around `start`, if the rest has no figure and is shown; else 0."""
    clause, *others = tokens.cuts(shot.voice[start:], CLAUSE)
    first = clause.split()
    if (len(first) == 1 and first[0].islower()) or (others and AND_SOON.match(others[0])):
        # "8,400 magnificent, ordinary people", "in Mumbai, Thane and Pune".
        return 0
    rest = wording.tidy(shot.voice[start + len(clause) :])
    is_shown = bool(rest) and rest.casefold() in shot.label.casefold()
    return start + len(clause) if is_shown and not any(token.kind in _FACTS for token in tokens.find(rest)) else 0


def _without_brackets(shot: Shot) -> Shot:
    """A shot that shows what is in its brackets, and does not say it."""
    asides = _BRACKETS.findall(shot.voice)
    if not asides or shot.purpose == "quote" or not all(aside.strip() in shot.words_on_screen for aside in asides):
        return shot
    said = _BRACKETS.sub("", shot.voice)
    return replace(shot, voice=said) if any(map(str.isalnum, said)) else shot


def introduced(shot: Shot) -> Shot:
    """Return a list of which only what introduces it is said, and all of it is shown: "On the menu." Any other shot as
    it is."""
    at = shot.voice.casefold().find(shot.items[0].casefold()) if shot.items else -1
    if at < 0:
        return shot
    said = shot.voice[:at].rstrip(_ENDS)
    is_a_label = len(said.split()) < _FEWEST_WORDS
    return replace(shot, voice="" if is_a_label else said if said[-1] in _ENDED else f"{said}.")


def only_where(shot: Shot) -> Shot:
    """Return a call that is shown with a street or a place as one that says no more than that; any other as it is."""
    place = shot.headline.rstrip(" ·")
    at = shot.voice.find(place)
    is_place = any(token.kind is Kind.PLACE for token in tokens.find(place))
    if at < 0 or not is_place or not shot.label:
        return shot
    return replace(shot, voice=f"{shot.voice[: at + len(place)]}.")


def _may_end(shot: Shot, end: int) -> bool:
    """Say whether a line may end after what is shown largest: not between "12,000" and "reviews"."""
    hero = hero_of(shot.headline)
    return shot.purpose != "number" or shot.voice[end : end + 1] in _STOPS or (hero is not None and hero.kind in _ALONE)


def _needs_s(shot: Shot | None, lang: str) -> float:
    """How long a shot takes at least, 0.0 for one that is left out."""
    if shot is None:
        return 0.0
    said = narration.said_s(shot.voice, lang) / pace.BRISK
    return narration.least_s(shot, said) - (narration.CROWDED_S if said else 0.0)


def _taken_s(shots: Sequence[Shot | None], lang: str) -> float:
    return sum(_needs_s(shot, lang) for shot in shots)


def _weighed(shots: Sequence[Shot]) -> list[Shot]:
    """Make the steps of something weigh more than all else, with the lists of what it takes, because it cannot be done
    with some of them."""
    if not any(shot.step for shot in shots):
        return [*shots]
    return [replace(shot, weight=shot.weight + _STEP_WEIGHT) if shot.step or shot.items else shot for shot in shots]


def _reduce(made: list[Shot | None], kept: set[int], room: float, lang: str) -> None:
    """Make the shots fit, those in `kept` included."""

    def lightest_first(indices: Sequence[int]) -> list[int]:
        return sorted(indices, key=lambda index: (made[index].weight if made[index] else 0.0, -index))  # type: ignore[union-attr]

    def tells(shot: Shot) -> bool:
        return bool(shot.step) or any(token.kind in _FACTS for token in tokens.find(shot.voice or shot.words_on_screen))

    def silent(shot: Shot) -> Shot:
        return replace(shot, voice="")

    others = [index for index in range(len(made)) if index not in kept]
    heavy = [index for index, shot in enumerate(made) if shot and shot.weight >= _HEAVY and not shot.step]
    ways: tuple[tuple[Sequence[int], Callable[[Shot], Shot | None]], ...] = (
        ([index for index in range(len(made)) if index not in heavy], shorter),
        (range(len(made)), introduced),
        (others, lambda shot: shot if tells(shot) else None),
        (heavy, shorter),
        (others, silent),
        (others, lambda _shot: None),
    )
    taken = _taken_s(made, lang)
    for among, less in ways:
        for index in lightest_first(among):
            if taken <= room:
                return
            shot = made[index]
            if shot is None:
                continue
            reduced = less(shot)
            saved = _needs_s(shot, lang) - _needs_s(reduced, lang)
            if reduced is None or saved >= _SAVES_S:
                made[index] = reduced
                taken -= saved


def _restore(made: list[Shot | None], shots: Sequence[Shot], room: float, lang: str) -> None:
    """Use the room that is left: first the heaviest of those that are gone come back as short as they can be, then the
    heaviest are said in full again."""
    spare = room - _taken_s(made, lang)
    heaviest_first = sorted(range(len(shots)), key=lambda index: (-shots[index].weight, index))
    for index in heaviest_first:
        if made[index] is None:
            ways = (shots[index], shorter(shots[index]), introduced(shots[index]), replace(shots[index], voice=""))
            least = min(ways, key=lambda way: _needs_s(way, lang))
            if _needs_s(least, lang) <= spare:
                made[index] = least
                spare -= _needs_s(least, lang)
    for index in heaviest_first:
        now = made[index]
        for better in (shots[index], shorter(shots[index]), introduced(shots[index])):
            more = _needs_s(better, lang) - _needs_s(now, lang)
            if now is not None and len(better.voice) > len(now.voice) and more <= spare:
                made[index] = better
                spare -= more
                break


def _counted(shots: list[Shot]) -> list[Shot]:
    """Take the numbers away from steps if the film has no time for all of them."""
    steps = [shot.step for shot in shots if shot.step]
    if not steps or {number for number, _ in steps} == set(range(1, steps[0][1] + 1)):
        return shots
    return [replace(shot, lead="") if shot.step else shot for shot in shots]


def _kept_between(shots: Sequence[Shot], room: float, lang: str) -> int:
    """Return the shot between the first and the last that stays whatever the time: what has a price or a percentage,
    else the heaviest if it can be said beside them; 0 if there is none."""
    best = heaviest(shots)
    ends = sum(_needs_s(shorter(shots[index]), lang) for index in (0, -1))
    is_offer = bool(best) and any(token.kind in _OFFERS for token in tokens.find(shots[best].voice))
    fits = room - ends >= _needs_s(shorter(shots[best]), lang)
    return best if fits or (is_offer and room >= _FEWEST * _SHORTEST_SHOT_S) else 0


def _with_room_for_the_ends(shots: list[Shot], best: int, room: float, lang: str) -> list[Shot]:
    """Cut the first, the last and the `best` shot so that they fit: they are in every film."""
    if len(shots) == 1 or room < 2 * pace.SHORTEST_SHOT_S:
        return [_cut_to(room, shots[0], lang), *shots[1:]]
    last = _cut_to(room / 2, shots[-1], lang)
    rest = room - _needs_s(last, lang)
    shots = [*shots[:-1], last]
    if best and rest > 2 * pace.SHORTEST_SHOT_S:
        cut = _cut_to(max(rest / 2, rest - _needs_s(shorter(shots[0]), lang)), shots[best], lang)
        # If its figure cannot be said, it is shown.
        is_whole = shots[best].purpose != "number" or shots[best].headline.casefold() in cut.voice.casefold()
        shots[best] = cut if is_whole else replace(cut, voice="")
        rest -= _needs_s(shots[best], lang) if shots[best].voice else pace.SHORTEST_SHOT_S
    return [_cut_to(rest, shots[0], lang), *shots[1:]]


def _cut_to(room: float, shot: Shot, lang: str) -> Shot:
    """Cut what the shot says to the room there is: to what is shown largest, after a clause, else after a word that is
    not a stop word."""
    if _needs_s(shot, lang) <= room:
        return shot
    less = shorter(shot)
    if less is not shot and narration.said_s(less.voice, lang) / pace.BRISK + PAUSES_S <= room:
        return less
    said = _as_many_as_fit(tokens.cuts(shot.voice, CLAUSE), room, lang)
    if not said:
        stop = languages.stop_words(lang)
        words = text.words(_as_many_as_fit(text.words(shot.voice), room, lang))
        while len(words) > 1 and words[-1].lower() in stop:
            words.pop()
        said = _whole_tokens(shot.voice, text.joined(words))
    # An opening quotation mark stays: its other half may be in the middle.
    ended = said.rstrip(" .,;:\u2013\u2014-。、")
    return replace(shot, voice=ended + "." if ended else "")


def _whole_tokens(said: str, cut: str) -> str:
    """The beginning of what is said, without a token that it would have only a part of."""
    torn = next((token for token in tokens.find(said) if token.start < len(cut) < token.end), None)
    return cut[: torn.start] if torn and said.startswith(cut) else cut


def _as_many_as_fit(parts: Sequence[str], room: float, lang: str) -> str:
    """Return the beginning of what `parts` say together that can be said in `room` seconds."""
    # By halves: to say a beginning of a long line takes as long as the line is long.
    least, most = 0, len(parts)
    while least < most:
        middle = (least + most + 1) // 2
        if narration.said_s(text.joined([*parts[:middle]]), lang) / pace.BRISK + PAUSES_S <= room:
            least = middle
        else:
            most = middle - 1
    return text.joined([*parts[:least]])
