"""The changes that a preview of a film offers, each as the metadata that makes it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.pipeline import Change, Entry
from service.pipelines.film.script.judging.untold import Untold, Why
from service.pipelines.film.script.look import pictograms
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.script.writing import finding, text, tokens
from service.pipelines.film.wishes import OFF, Wishes

TITLE, LEAVE_OUT, TELL, PICTOGRAMS = "title", "leave_out", "tell", "pictograms"
LEAVE, OTHER_PICTURE, TELL_IT = "Leave out", "Other picture", "Tell it"


@dataclass(frozen=True, slots=True)
class Changes:
    """What can be changed in a film of this brief, normalised as `content`, beyond what the job wishes already."""

    wished: Wishes
    brief: Brief
    content: str

    def of_film(self, title: str, names: Sequence[str]) -> Iterator[Change]:
        """Yield the changes to all of it. `title` is what it bears, `names` what it may be called as well."""
        if not self.wished.title:
            yield from (Change(name=f"Call it “{name}”", metadata={TITLE: name}) for name in names)
        if title:
            yield Change(name="No title", metadata={TITLE: OFF})
        elif not self.brief.by_hand.is_untitled:
            yield Change(name="Show this title", metadata={TITLE: self.brief.title})
        if self.wished.title:
            yield Change(name="The brief's own title", metadata={TITLE: None})
        if self.wished.pictograms:
            yield Change(name="Any pictures", metadata={PICTOGRAMS: None})
        else:
            yield Change(name="No pictures", metadata={PICTOGRAMS: OFF})

    def entries(self, title: str) -> Iterator[Entry]:
        """Yield the changes whose words are typed: of a line, often only a part is to go, or to be told."""
        yield Entry(name="Title", key=TITLE, words=self.wished.title or title)
        yield Entry(name="Leave out these words", key=LEAVE_OUT, is_one_more=True)
        yield Entry(name="Tell these words of the brief", key=TELL, is_one_more=True)

    def of_shot(self, shot: Shot, picture: str) -> Iterator[Change]:
        """Yield the changes to a shot. `picture` is its pictogram, or ""."""
        line = self._line_of(shot)
        if line:
            yield Change(name=LEAVE, metadata=self._left_out(line))
        if picture:
            names = [*self.wished.pictograms, pictograms.name_of(picture)]
            yield Change(name=OTHER_PICTURE, metadata={PICTOGRAMS: names})

    def of_untold(self, untold: Untold) -> Iterator[Change]:
        """Yield the changes that have a line told."""
        if untold.why is Why.BY_HAND:
            rest = [line for line in self.wished.leave_out if not _is_about(line, untold.line)]
            yield Change(name=TELL_IT, metadata={LEAVE_OUT: rest or None})
        elif untold.line not in self.wished.tell:
            yield Change(name=TELL_IT, metadata={TELL: [*self.wished.tell, untold.line]})
            for token in tokens.quotations(untold.line):
                words = untold.line[token.start : token.end]
                if words != untold.line and any(map(str.isalnum, words)):
                    yield Change(name=f"Tell only {words}", metadata=self._only(words, untold.line))

    def _only(self, words: str, line: str) -> dict[str, list[str]]:
        """The metadata that has some words of a line told, and not those around them."""
        told = {TELL: [*self.wished.tell, words]}
        around = finding.without(line, finding.find(words, line)).strip(" .:")
        is_passage = any(finding.has(line, passage.text) for passage in self.brief.passages)
        return {**told, LEAVE_OUT: [*self.wished.leave_out, around]} if is_passage and around else told

    def _left_out(self, line: str) -> dict[str, list[str] | None]:
        """The metadata that leaves a line out, or no longer tells it by hand."""
        rest = [told for told in self.wished.tell if not _is_about(text.normal(told), line)]
        if len(rest) < len(self.wished.tell):
            return {TELL: rest or None}
        return {LEAVE_OUT: [*self.wished.leave_out, line]}

    def _line_of(self, shot: Shot) -> str:
        """The line of the brief that a shot tells, as `leave_out` takes it; "" for one that only repeats others, or
        whose words are not the brief's as they stand."""
        told = [words for one in self.brief.passages for words in (one.text, one.heading, *one.items) if words]
        shown = " / ".join(part for part in (shot.lead, shot.headline, shot.label, *shot.items) if part)
        if shot.voice:
            return next((words for words in (shot.voice, shown) if self._is_known(words, told)), "")
        # A silent card whose words are a part of a sentence would take them out of it.
        return shown if any(finding.covers(one, shown) or finding.covers(shown, one) for one in told) else ""

    def _is_known(self, words: str, told: Sequence[str]) -> bool:
        return any(finding.has(words, one) or finding.covers(words, one) for one in (self.content, *told))


def _is_about(line: str, other: str) -> bool:
    return finding.has(line, other) or finding.has(other, line)
