"""What somebody who saw how a brief is read put right by hand: its title, lines that are not told, and lines that are.

It acts on what was read, and not on the text before it is read: a line that is left out changes nothing about how the
others are understood. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.pipeline import Json
from service.pipelines.film.script.lines import labels, markup
from service.pipelines.film.script.pasted import chats
from service.pipelines.film.script.reading.asked import Passage, is_reached
from service.pipelines.film.script.writing import finding, sentences, text
from service.pipelines.film.script.writing.wording import quoted
from service.pipelines.film.wishes import OFF, Wishes

_BETWEEN = " / "
"""What a preview has between the words of a shot."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """What was put right: `title` is the film's, "off" if it is to have none, or ""; `leave_out` and `tell` are lines
    or sentences of the brief that are not told, and that are. Once the brief is read, `told` are the sentences that
    `tell` names, as the brief has them, and `unfound` says what of both it does not have."""

    title: str = ""
    leave_out: tuple[str, ...] = ()
    tell: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    unfound: tuple[str, ...] = ()

    @staticmethod
    def of(wishes: Wishes) -> "ByHand":
        """Return what the job's metadata puts right."""
        title = " ".join(text.normal(wishes.title or "").split())
        return ByHand(title, tuple(map(text.normal, wishes.leave_out)), tuple(map(text.normal, wishes.tell)))

    @staticmethod
    def from_json(kept: Json) -> "ByHand":
        """Read what `dataclasses.asdict` made."""
        lines = {name: tuple(kept.get(name, ())) for name in ("leave_out", "tell", "told", "unfound")}
        return ByHand(title=kept.get("title", ""), **lines)

    @property
    def is_untitled(self) -> bool:
        """Whether the film is to bear no title."""
        return self.title == OFF

    def tells(self, words: str) -> bool:
        """Say whether these words are told by hand."""
        return any(finding.has(words, line) or finding.covers(words, line) for line in self.told)

    def gives(self, words: str) -> bool:
        """Say whether these words are the film's title, or told, by hand."""
        return words == self.title or self.tells(words)

    def with_title(self, content: str) -> str:
        """Return the brief with the title: what a film may promise."""
        return content if self.is_untitled else f"{content}\n{self.title}"

    def disobeyed(self, script: str) -> list[str]:
        """Return what is wrong with a film that says this, in sentences."""
        said = [line for line in self.leave_out if finding.has(line, script)]
        words = set(_words(script))
        untold = [line for line in self.told if not words.issuperset(_words(line))]
        return [
            *(f"it must not say or show {quoted(line)}" for line in said),
            *(f"it must say {quoted(line)}" for line in untold),
        ]

    def left(self, sentence: str) -> str:
        """Return a sentence of the brief without what is not told; "" if it is not."""
        return "" if any(finding.covers(line, sentence) for line in self.leave_out) else self.rest(sentence)

    def rest(self, content: str) -> str:
        """Return the brief without what is not told."""
        for line in self.leave_out:
            for part in _known(line, content):
                founds = finding.find(part, content)
                whole = [found for found in founds if found.is_whole]
                content = finding.without(content, whole or founds)
        return content


NOTHING = ByHand()


def lines(content: str) -> list[str]:
    """Return the lines of a brief without their markup, and the messages of a chat without who sent them and when."""
    chat = chats.read(content)
    bare, _ = markup.plain_lines(chat.content if chat.is_one else content)
    return [line.text for line in bare] + (list(chat.asides) if chat.is_one else [])


@dataclass(frozen=True, slots=True)
class Told:
    """What of a brief is told: its passages in their order, the one that calls to action, small print, and what was
    taken for directions."""

    passages: tuple[Passage, ...]
    call: str = ""
    sources: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


def mended(told: Told, hand: ByHand, content: str) -> tuple[Told, ByHand]:
    """Return what is told with what was put right, and with sentences on what could not be. `content` is the brief,
    normalised."""
    if not (hand.tell or hand.leave_out):
        return told, hand
    known = lines(content)
    unfound: list[str] = []
    by_hand: list[str] = []
    for line in hand.tell:
        found = [sentence for one in _of_brief(line, known, content) for sentence in _sentences(one)]
        by_hand += found
        unfound += [] if found else [_not_in_it("tell", line, content)]
        told = _with(told, found, content)
    for line in hand.leave_out:
        parts = _known(line, "\n".join([*known, content, *_texts(told)]))
        unfound += [] if parts else [_not_in_it("leave_out", line, content)]
        for part in parts:
            told = _without(told, part, known)
    return told, replace(hand, told=tuple(by_hand), unfound=tuple(unfound))


def _texts(told: Told) -> list[str]:
    return [words for passage in told.passages for words in (passage.text, passage.heading, *passage.items) if words]


def _not_in_it(field: str, line: str, content: str) -> str:
    near = finding.nearest(line, content)
    nearest = f": the nearest there is {quoted(near)}" if near else ""
    return f"metadata.{field} has {quoted(' '.join(line.split()))}, which is not in the brief{nearest}."


def _known(line: str, content: str) -> list[str]:
    """The line if the brief has it, else its parts if the brief has them all: the words of a shot that a preview shows
    in another order."""
    if finding.has(line, content) or any(finding.covers(line, one) for one in content.split("\n") if one.strip()):
        return [line]
    parts = [part for part in line.split(_BETWEEN) if any(map(str.isalnum, part))]
    return parts if len(parts) > 1 and all(finding.has(part, content) for part in parts) else []


def _of_brief(line: str, known: Sequence[str], content: str) -> list[str]:
    """The words of the brief that a line names, as the brief has them."""
    for within in (known, [content]):
        founds = [(found, one) for one in within for found in finding.find(line, one)]
        if founds:
            found, one = next((pair for pair in founds if pair[0].is_whole), founds[0])
            return [finding.taken(found, one)]
        covered = [one for one in within if finding.covers(line, one)]
        if covered:
            return covered
    return []


def _sentences(words: str) -> list[str]:
    """The sentences of a line, without what a label says it is."""
    use, bare = labels.labelled(words)
    return [text.capital(sentence) for sentence in sentences.split(bare if use else words)]


def _with(told: Told, words: Sequence[str], content: str) -> Told:
    """What is told, with these sentences of the brief, where they stand in it."""
    passages, call = list(told.passages), told.call
    for one in words:
        passages = _placed(passages, Passage(one), content)
        call = one if not call and is_reached(one) else call
    left = [Passage(direction) for direction in (*told.sources, *told.directions, *told.doubtful)]
    gone = {one.text: _rest(one.text, words) for one in left}

    def kept(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(rest for one in texts if (rest := gone[one]))

    return Told(tuple(passages), call, kept(told.sources), kept(told.directions), kept(told.doubtful))


def _rest(one: str, words: Sequence[str]) -> str:
    """A text without these words."""
    for said in words:
        if finding.covers(said, one) or finding.bare(one) in finding.bare(said):
            return ""
        one = finding.without(one, finding.find(said, one))
    return one


def _placed(passages: Sequence[Passage], told: Passage, content: str) -> list[Passage]:
    """The passages with one more, which takes the place of those that say no more than it does."""
    if any(finding.has(told.text, one.text) and not one.is_silent for one in passages):
        return list(passages)
    own = set(_words(told.text))
    same = [one for one in passages if not one.items and own.issuperset(_words(one.text))]
    if same:
        at = passages.index(same[0])
        whole = replace(told, step=same[0].step, heading=same[0].heading)
        return [*(one for one in passages[:at] if one not in same), whole] + [
            one for one in passages[at:] if one not in same
        ]
    place = _place(told, content)
    before = [at for at, one in enumerate(passages) if -1 < _place(one, content) < place]
    at = before[-1] + 1 if before else 0
    return [*passages[:at], told, *passages[at:]]


def _words(words: str) -> list[str]:
    return [bare for word in text.words(words) if (bare := finding.bare(word))]


def _place(passage: Passage, content: str) -> int:
    """Where a passage stands in the brief; -1 if its words are not in it as they are."""
    for words in (passage.text, *passage.items, *sentences.split(passage.text)):
        found = finding.find(words, content)
        if found:
            return next((one.start for one in found if one.is_whole), found[0].start)
    return -1


def _without(told: Told, line: str, known: Sequence[str]) -> Told:
    """What is told, without a line: where it is a line or a sentence, or else where it is a part of one."""
    is_whole = any(
        finding.covers(one, line) or finding.covers(line, one)
        for one in (*known, *_texts(told), *told.sources)
        if finding.bare(one)
    )
    passages = [_left(passage, line, is_whole=is_whole) for passage in told.passages]
    kept = tuple(passage for passage in passages if passage)
    call = _left(Passage(told.call), line, is_whole=is_whole) if told.call else None
    reached = (passage.text for passage in reversed(kept) if is_reached(passage.text))
    sources = [_left(Passage(source), line, is_whole=is_whole) for source in told.sources]
    return replace(
        told,
        passages=_counted(kept),
        call=call.text if call else next(reached, "") if told.call else "",
        sources=tuple(source.text for source in sources if source),
    )


def _left(passage: Passage, line: str, *, is_whole: bool) -> Passage | None:
    """What is left of a passage without a line; None if nothing is."""

    def without(words: str) -> str:
        if finding.covers(line, words):
            return ""
        founds = [found for found in finding.find(line, words) if found.is_whole or not is_whole]
        return finding.without(words, founds) if founds else words

    heading = without(passage.heading) if passage.heading else ""
    said = without(passage.text)
    if not passage.items or not said:
        return replace(passage, text=text.capital(said), heading=heading) if said else None
    items = tuple(rest for item in passage.items if (rest := without(item)))
    if items == passage.items:
        return replace(passage, heading=heading)
    opening = passage.text[: max(passage.text.find(passage.items[0]), 0)] if heading else ""
    listed = f"{opening}{', '.join(items)}."
    is_list = len(items) > 1
    return replace(passage, text=listed, items=items if is_list else (), heading=heading) if items else None


def _counted(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages with their steps counted anew: one of five that is left out leaves four."""
    numbers = sorted({passage.step[0] for passage in passages if passage.step})
    return tuple(
        replace(passage, step=(numbers.index(passage.step[0]) + 1, len(numbers)) if len(numbers) > 1 else ())
        if passage.step
        else passage
        for passage in passages
    )
