"""Learn from marked briefs whom the words of a sentence speak to (`script/learnt/addressee.py`), and what it is for
(`script/learnt/purposes.py`).

First the weights of a sentence's words and place. Then, with weights learnt from the other briefs, the sum of each
sentence, and from these, what it means and how it is written, the networks that read a brief from both ends.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from lab.marked import recurrent
from lab.marked.briefs import TO_MAKERS, Mark, Marked
from lab.marked.descent import Sample, learnt
from lab.marked.recurrent import Known, Numbers
from service.pipelines.film.script.learnt import addressee, purposes
from service.pipelines.film.script.learnt.addressee import Row
from service.pipelines.film.script.learnt.purposes import Net, Purpose
from service.pipelines.film.script.lines import markup
from service.pipelines.film.script.writing import sentences, text

FOLDS = 4
NETS = 3

Weights: TypeAlias = dict[str, int]


@dataclass(frozen=True, slots=True)
class Speech:
    """A brief's lines as the film reads them, and what each of their sentences is for."""

    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    writer: str = ""

    @property
    def to_makers(self) -> tuple[bool | None, ...]:
        """Which sentences are for the makers. None of headings: they are for neither."""
        return tuple(None if mark is Mark.HEAD else mark in TO_MAKERS for mark in self.marks)

    def samples(self) -> Iterator[Sample]:
        """Yield the features of each sentence."""
        found = addressee.features_of(self.rows)
        for is_so, features in zip(self.to_makers, found, strict=True):
            if is_so is not None:
                yield is_so, tuple(features)

    def for_viewers(self) -> "Speech":
        """Return the lines without what is for the makers: copy that came alone."""
        marks = iter(self.marks)
        rows: list[Row] = []
        kept: list[Mark] = []
        for row in self.rows:
            of_row = [(sentence, next(marks)) for sentence in row.sentences]
            told = [(sentence, mark) for sentence, mark in of_row if mark not in TO_MAKERS]
            rows += [Row(tuple(sentence for sentence, _ in told), row.is_apart)] if told else []
            kept += [mark for _, mark in told]
        return Speech(tuple(rows), tuple(kept), self.writer)


def speech(brief: Marked) -> Speech:
    """Return a brief's lines without its hashtags."""
    written = [row for row in brief.rows() if row[0][0].mark is not Mark.TAGS]
    rows: list[Row] = []
    marks: list[Mark] = []
    for parts, is_apart in written:
        said: list[tuple[str, Mark]] = []
        label = ""
        for part in parts:
            if part.mark is Mark.HEAD:
                # What a label introduces is one sentence with it.
                label += f"{part.text} "
                continue
            said += [(sentence, part.mark) for sentence in sentences.split(label + _plain(part.text))]
            label = ""
        if label:
            said += [(_plain(label), Mark.HEAD)]
        said = [(sentence, mark) for sentence, mark in said if sentence]
        rows.append(Row(tuple(sentence for sentence, _ in said), is_apart))
        marks += [mark for _, mark in said]
    return Speech(tuple(rows), tuple(marks), brief.slug.partition("-")[0])


def _plain(words: str) -> str:
    """The words without bullets and stars, as the film reads them."""
    lines, _ = markup.plain_lines(text.normal(words))
    return " ".join(line.text for line in lines)


def of_briefs(briefs: Iterable[Marked]) -> tuple[Weights, Sequence[Mapping[str, Numbers]]]:
    """Return the weights of sentences to the makers, and the networks that say what a sentence is for."""
    heard = [speech(brief) for brief in briefs]
    with ProcessPoolExecutor() as pool:
        alone = pool.submit(_weights, heard)
        folds = list(pool.map(partial(_known_of_fold, heard), folds_of([one.writer for one in heard])))
        known = [brief for fold in folds for brief in fold]
        nets = list(pool.map(partial(recurrent.learnt, known, len(Purpose)), range(NETS)))
        return alone.result(), nets


def chances(alone: Weights, nets: Sequence[Net], one: Speech) -> list[tuple[float, bool | None]]:
    """Return how likely each sentence is for the makers, and whether it is."""
    found = purposes.chances(nets, addressee.sums(alone, one.rows), one.rows)
    return list(zip(purposes.of_makers(found), one.to_makers, strict=True))


def _weights(heard: Sequence[Speech]) -> Weights:
    """Learn from all but pairs of words that only one sentence has: they are most of the features, and say least."""
    samples = [sample for one in heard for sample in one.samples()]
    seen = Counter(feature for _, features in samples for feature in features)
    known = [
        (is_so, tuple(one for one in features if seen[one] > 1 or not one.startswith(addressee.PAIR)))
        for is_so, features in samples
    ]
    return learnt(known)


def folds_of(writers: Sequence[str]) -> list[frozenset[str]]:
    """Return the writers in `FOLDS` parts that have about as many briefs each. A writer has turns of his own: the words
    know less of a stranger's brief than of another by somebody whom they were learnt from."""
    counts = Counter(writers)
    folds: list[list[str]] = [[] for _ in range(FOLDS)]
    for writer in sorted(counts, key=lambda one: (-counts[one], one)):
        min(folds, key=lambda fold: sum(counts[one] for one in fold)).append(writer)
    return [frozenset(fold) for fold in folds]


def _known_of_fold(heard: Sequence[Speech], fold: AbstractSet[str]) -> list[Known]:
    """What is known of the sentences of some writers' briefs, with weights learnt from the others'. Each is there again
    without what is for the makers."""
    of_others = _weights([one for one in heard if one.writer not in fold])
    theirs = [one for one in heard if one.writer in fold]
    some = [read for one in theirs for read in dict.fromkeys((one, one.for_viewers())) if read.marks]
    return [_known(one, addressee.sums(of_others, one.rows)) for one in some]


def _known(one: Speech, sums: Sequence[float]) -> Known:
    means, forms = purposes.inputs(sums, one.rows)
    places = [Purpose[mark.name] if mark.name in Purpose.__members__ else -1 for mark in one.marks]
    lines = [at for at, row in enumerate(one.rows) for _ in row.sentences]
    return Known(means, forms, np.array(places), np.array(lines))
