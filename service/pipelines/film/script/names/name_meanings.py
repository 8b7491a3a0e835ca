"""What the likeliest names of a film mean, and what is said around them, as numbers for the networks of `likeliest.py`.

A name means little by itself and something of what its brief is about; a slogan, a date or a person means something
else. `meaning.py` knows it in many languages, so that what is learnt of names in one helps in the others.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from service.pipelines.film.script.learnt import meaning, weights
from service.pipelines.film.script.learnt.meaning import Meanings
from service.pipelines.film.script.names.candidates import Candidate, Place

AXES = Path(__file__).parents[1] / "words" / "name_meanings.xz"
"""The directions in which the meanings of candidates and their sentences differ most (principal components), each as
`meaning.NUMBERS` numbers, with their mean before them. Learnt with the networks."""
SIMILAR = 11
"""Numbers that say how alike two meanings are; those along the axes come after them."""
KINDS = 5
"""Meanings that are known along the axes: of a candidate, its sentence, what stands before and behind it, the brief."""
_SENTENCES = 24
"""Sentences that say what a brief is about."""
_UNSPACED = re.compile(r"[\u0e01-\u0e4e\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORDS_BESIDE, _LETTERS_BESIDE, _LETTERS_OF_ANOTHER = 5, 12, 60


@cache
def axes_of(file: Path = AXES) -> Meanings:
    """Return the axes that were learnt: their mean, and a row for each."""
    return np.array(weights.unpacked(file), np.float32)


def inputs(near: Sequence[Candidate], chances: Sequence[float], axes: Meanings) -> Meanings:
    """Return what is known of the meaning of each, a row for each. `chances`: how likely each is by itself."""
    kinds = _of(near)
    along = [((one - axes[0]) @ axes[1:].T) * one.any(axis=1, keepdims=True) for one in kinds[:-1]]
    return np.hstack([_similar(kinds, chances), *along]).astype(np.float32)


def of_axes(near: Sequence[Candidate]) -> Meanings:
    """Return the meanings of candidates and of their sentences, to learn the axes from."""
    alone, sentences, *_ = _of(near)
    return np.vstack([alone, sentences[sentences.any(axis=1)]])


def _of(near: Sequence[Candidate]) -> list[Meanings]:
    """The meanings of each candidate, its sentence, what stands before and behind it, the brief, and the sentence that
    this begins with: rows of zeros for what there is not."""
    there = next((one.place.sentences for one in near if one.place), ())[:_SENTENCES]
    texts = [[one.words, *_around(one.place)] for one in near]
    wanted = [text for row in texts for text in row]
    found = meaning.of([*wanted, *there])
    is_there = np.array([bool(text.strip()) for text in wanted])
    mine = (found[: len(wanted)] * is_there[:, None]).reshape(len(near), -1, meaning.NUMBERS)
    brief = found[len(wanted) :] if there else np.zeros((1, meaning.NUMBERS), np.float32)
    whole = brief.mean(axis=0) / max(float(np.linalg.norm(brief.mean(axis=0))), 1e-6)
    same = [np.repeat(one[None], len(near), axis=0) for one in (whole, brief[0])]
    return [*(mine[:, at] for at in range(mine.shape[1])), *same]


def _around(place: Place | None) -> tuple[str, str, str]:
    """The sentence of a place, and a few words before and behind it: of the sentences beside it, if it begins or ends
    its own."""
    if place is None:
        return "", "", ""
    sentence = place.sentences[place.number]
    before, after = sentence[: place.start], sentence[place.end :]
    if _UNSPACED.search(sentence):
        before_it, after_it = before[-_LETTERS_BESIDE:], after[:_LETTERS_BESIDE]
    else:
        before_it, after_it = (
            " ".join(words) for words in (before.split()[-_WORDS_BESIDE:], after.split()[:_WORDS_BESIDE])
        )
    if not before.strip() and place.number:
        before_it = f"{place.sentences[place.number - 1][-_LETTERS_OF_ANOTHER:]} / "
    if not after.strip() and place.number + 1 < len(place.sentences):
        after_it = f" / {place.sentences[place.number + 1][:_LETTERS_OF_ANOTHER]}"
    return sentence, before_it, after_it


def _similar(kinds: Sequence[Meanings], chances: Sequence[float]) -> Meanings:
    """How alike meanings are: those of a candidate and of what stands around it, and those of the candidates."""
    alone, sentence, before, after, brief, first = kinds
    pairs = [(alone, brief), (alone, sentence), (sentence, brief), (alone, first), (sentence, first)]
    pairs += [(alone, before), (alone, after)]
    others = (alone @ alone.T) * (1 - np.eye(len(alone), dtype=np.float32))
    columns = [np.einsum("ij,ij->i", one, other) for one, other in pairs]
    columns += [others.max(axis=1), others @ np.array(chances, np.float32), others.mean(axis=1)]
    return np.stack([*columns, sentence.any(axis=1)], axis=1).astype(np.float32)
