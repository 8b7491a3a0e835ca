"""Learn whom a sentence speaks to (`script/addressee.py`, `script/surroundings.py`) from marked briefs.

First the weights of a sentence's words and place. Then, with weights learnt from the other briefs, the sum of each
sentence, and from these the networks that say how what stands around a sentence moves it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from lab.marked import networks
from lab.marked.briefs import TO_MAKERS, Mark, Marked
from lab.marked.descent import Sample, learnt
from lab.marked.networks import Adam, Floats
from service.pipelines.film.script import addressee, markup, sentences, surroundings, text
from service.pipelines.film.script.surroundings import Net, Row

FOLDS = 4
NETS, UNITS, ROUNDS, BATCH = 3, 16, 60, 200
STEP, SHRINK = 2e-3, 1e-2
_NOTHING = 1e-8

Weights: TypeAlias = dict[str, int]


@dataclass(frozen=True, slots=True)
class Speech:
    """A brief's lines as the film reads them, and which of their sentences are to its makers."""

    rows: tuple[Row, ...]
    to_makers: tuple[bool | None, ...]
    """None of headings: they are for neither."""

    def samples(self) -> Iterator[Sample]:
        """Yield the features of each sentence."""
        found = addressee.features_of(self.rows)
        for is_so, features in zip(self.to_makers, found, strict=True):
            if is_so is not None:
                yield is_so, tuple(features)


def speech(brief: Marked) -> Speech:
    """Return a brief's lines without its hashtags."""
    written = [row for row in brief.rows() if row[0][0].mark is not Mark.TAGS]
    rows: list[Row] = []
    to_makers: list[bool | None] = []
    for parts, is_apart in written:
        said: list[tuple[str, bool | None]] = []
        label = ""
        for part in parts:
            if part.mark is Mark.HEAD:
                # What a label introduces is one sentence with it.
                label += f"{part.text} "
                continue
            told = sentences.split(label + _plain(part.text))
            said += [(sentence, part.mark in TO_MAKERS) for sentence in told]
            label = ""
        if label:
            said += [(_plain(label), None)]
        said = [(sentence, is_so) for sentence, is_so in said if sentence]
        rows.append(Row(tuple(sentence for sentence, _ in said), is_apart))
        to_makers += [is_so for _, is_so in said]
    return Speech(tuple(rows), tuple(to_makers))


def _plain(words: str) -> str:
    """The words without bullets and stars, as the film reads them."""
    lines, _ = markup.plain_lines(text.normal(words))
    return " ".join(line.text for line in lines)


def of_briefs(briefs: Iterable[Marked]) -> tuple[Weights, list[Net]]:
    """Return the weights of sentences to the makers, and the networks of what stands around them."""
    heard = [speech(brief) for brief in briefs]
    with ProcessPoolExecutor() as pool:
        alone = pool.submit(_weights, heard)
        folds = list(pool.map(partial(_sums_of_fold, heard), range(FOLDS)))
        sums = [folds[at % FOLDS][at // FOLDS] for at in range(len(heard))]
        known = [pair for one, found in zip(heard, sums, strict=True) for pair in _inputs(one, found)]
        given = np.array([row for row, _ in known])
        wanted = np.array([is_so for _, is_so in known], float)
        nets = list(pool.map(partial(_net, given, wanted), range(NETS)))
        return alone.result(), nets


def chances(alone: Weights, nets: Sequence[Net], one: Speech) -> list[tuple[float, bool | None]]:
    """Return how likely each sentence is for the makers, and whether it is."""
    sums = addressee.sums(alone, one.rows)
    return list(zip(surroundings.weighed(nets, sums, one.rows), one.to_makers, strict=True))


def _weights(heard: Sequence[Speech]) -> Weights:
    """Learn from all but pairs of words that only one sentence has: they are most of the features, and say least."""
    samples = [sample for one in heard for sample in one.samples()]
    seen = Counter(feature for _, features in samples for feature in features)
    known = [
        (is_so, tuple(one for one in features if seen[one] > 1 or not one.startswith(addressee.PAIR)))
        for is_so, features in samples
    ]
    return learnt(known)


def _sums_of_fold(heard: Sequence[Speech], fold: int) -> list[list[float]]:
    """The sums of the sentences of each fourth brief, with weights learnt from the others."""
    of_others = _weights([one for at, one in enumerate(heard) if at % FOLDS != fold])
    return [addressee.sums(of_others, one.rows) for one in heard[fold::FOLDS]]


def _inputs(one: Speech, sums: Sequence[float]) -> Iterator[tuple[list[float], bool]]:
    for row, is_so in zip(surroundings.inputs(sums, one.rows), one.to_makers, strict=True):
        if is_so is not None:
            yield row, is_so


def _net(given: Floats, wanted: Floats, seed: int) -> Net:
    """Learn one network."""
    mean, spread = given.mean(0), given.std(0) + _NOTHING
    scaled = np.hstack([(given - mean) / spread, np.ones((len(given), 1))])
    random = np.random.default_rng(seed)
    inner = random.normal(0, np.sqrt(1 / scaled.shape[1]), (scaled.shape[1], UNITS))
    outer = random.normal(0, np.sqrt(1 / UNITS), UNITS + 1)
    adam = Adam([inner, outer])
    for _ in range(ROUNDS):
        order = random.permutation(len(scaled))
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            units = np.hstack([np.tanh(scaled[some] @ inner), np.ones((len(some), 1))])
            error = (1 / (1 + np.exp(-units @ outer)) - wanted[some]) / len(some)
            of_outer = units.T @ error + SHRINK * outer / len(some)
            back = np.outer(error, outer[:-1]) * (1 - units[:, :-1] ** 2)
            of_inner = scaled[some].T @ back + SHRINK * inner / len(some)
            adam.step([of_inner, of_outer], STEP)
    return networks.plain(inner, outer, mean, spread)
