"""Learn a network of `script/learnt/purposes.py`: its outcomes for many briefs at once, and their slopes.

Briefs of unlike length lie in one array, brief by sentence by number. Behind the end of a brief, `there` is 0, nothing
is remembered and nothing is learnt.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lab.marked.networks import Adam, unscaled
from service.pipelines.film.script.learnt.purposes import layer

Numbers: TypeAlias = NDArray[np.floating[Any]]
Places: TypeAlias = NDArray[np.int64]

MEANING, FORM, MEMORY, MIXED = 96, 48, 64, 64
"""Numbers that each layer gives: of the meaning, of the form, of what is remembered each way, of all together."""
ROUNDS, BATCH, POOL = 9, 32, 8
STEP, WARM, LONGEST_STEP = 4e-3, 0.3, 1.0
DROPPED, DROPPED_LAST = 0.3, 0.2
CUT, _FIRST, _LAST, _ANY = 0.5, 0.4, 0.3, 0.15
"""The share of the briefs that lose lines, and of these, that lose their first and their last; and the share of lines
that others lose."""
_FEWEST_LINES, _FEWEST_SENTENCES = 4, 2
_SHRINK = 0.1
_FEW = 1e-3


@dataclass(frozen=True, slots=True)
class Known:
    """A brief: the meanings and forms of its sentences, what each is for (-1 if that is not known), and which line it
    stands on."""

    means: Numbers
    forms: Numbers
    purposes: Places
    lines: Places


class Batch(NamedTuple):
    """Some briefs in one array each: what their sentences mean, how they are written, which there are, what they are
    for."""

    means: Numbers
    forms: Numbers
    there: Numbers
    wanted: Places


def learnt(briefs: Sequence[Known], purposes: int, seed: int) -> dict[str, Numbers]:
    """Return one network."""
    random = np.random.default_rng(seed)
    forms = np.vstack([brief.forms for brief in briefs])
    mean, spread = forms.mean(0), forms.std(0) + _FEW
    net = begun(random, briefs[0].means.shape[1], forms.shape[1], purposes)
    adam = Adam(list(net.values()))
    steps = ROUNDS * (len(briefs) // BATCH)
    for step, batch in enumerate(_batches(briefs, random)):
        cut = [shortened(brief, random) if random.random() < CUT else brief for brief in batch]
        _, slopes = slopes_of(net, _together(cut, mean, spread), random)
        length = math.sqrt(sum(float((slope**2).sum()) for slope in slopes.values()))
        size = _step_size(step / steps)
        adam.step([slopes[name] * min(1.0, LONGEST_STEP / length) for name in net], size)
        for learnt_layer in net.values():
            learnt_layer[:-1] *= 1 - size * _SHRINK
    net["form"] = unscaled(net["form"], mean, spread)
    return net


def shortened(brief: Known, random: np.random.Generator) -> Known:
    """Return a brief without some of its lines: the first, the last, or any."""
    count = int(brief.lines[-1]) + 1
    if count < _FEWEST_LINES:
        return brief
    kept = np.ones(count, bool)
    which, most = random.random(), max(2, count // 3 + 1)
    if which < _FIRST:
        kept[: random.integers(1, most)] = False
    elif which < _FIRST + _LAST:
        kept[count - random.integers(1, most) :] = False
    else:
        kept = random.random(count) >= _ANY
    there = kept[brief.lines]
    if there.sum() < _FEWEST_SENTENCES:
        return brief
    return Known(brief.means[there], brief.forms[there], brief.purposes[there], brief.lines[there])


def packed(nets: Sequence[Mapping[str, Numbers]]) -> bytes:
    """Return networks as the content of a file (`purposes.read`)."""
    arrays = {f"{at} {name}": found.astype(np.float16) for at, net in enumerate(nets) for name, found in net.items()}
    file = BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def begun(random: np.random.Generator, means: int, forms: int, purposes: int) -> dict[str, Numbers]:
    """Return a network that knows nothing yet."""
    alone, around = MEANING + FORM, 2 * MEMORY
    sizes = {
        "meaning": (means, MEANING),
        "form": (forms, FORM),
        "first": (alone, 2 * around),
        "second": (around + alone, 2 * around),
        "mixed": (around + alone, MIXED),
        "purpose": (MIXED, purposes),
    }
    return {
        name: random.uniform(-1, 1, (inner + 1, outer)).astype(np.float32) / np.float32(np.sqrt(inner))
        for name, (inner, outer) in sizes.items()
    }


def slopes_of(
    net: dict[str, Numbers], batch: Batch, random: np.random.Generator | None = None
) -> tuple[float, dict[str, Numbers]]:
    """Return how wrong a network is about a batch, and how each of its weights changes that. Without `random`, nothing
    is dropped."""
    means, forms, there, wanted = batch
    kept_meaning = _kept(random, (*means.shape[:2], MEANING), DROPPED, means.dtype)
    kept_around = _kept(random, (*means.shape[:2], 2 * MEMORY), DROPPED, means.dtype)
    kept_mixed = _kept(random, (*means.shape[:2], MIXED), DROPPED_LAST, means.dtype)
    of_meaning = np.maximum(layer(net["meaning"], means), 0)
    of_form = np.tanh(layer(net["form"], forms))
    alone = np.concatenate([of_meaning * kept_meaning, of_form], -1)
    first = _Memory(net["first"], alone, there)
    second = _Memory(net["second"], np.concatenate([first.found, alone], -1), there)
    both = np.concatenate([second.found * kept_around, alone], -1)
    mixed = np.tanh(layer(net["mixed"], both))
    outcomes = layer(net["purpose"], mixed * kept_mixed)

    is_known = wanted >= 0
    shares = np.exp(outcomes - outcomes.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    right = np.take_along_axis(shares, np.maximum(wanted, 0)[..., None], -1)[..., 0]
    count = int(is_known.sum())
    loss = -float(np.log(right[is_known] + 1e-12).sum()) / count

    slopes: dict[str, Numbers] = {}
    error = shares
    np.put_along_axis(error, np.maximum(wanted, 0)[..., None], (right - 1)[..., None], -1)
    error = error * is_known[..., None] / count
    slopes["purpose"], error = _back(net["purpose"], mixed * kept_mixed, error)
    slopes["mixed"], error = _back(net["mixed"], both, error * kept_mixed * (1 - mixed**2))
    of_alone = error[..., 2 * MEMORY :]
    slopes["second"], error = second.back(error[..., : 2 * MEMORY] * kept_around)
    of_alone = of_alone + error[..., 2 * MEMORY :]
    slopes["first"], error = first.back(error[..., : 2 * MEMORY])
    of_alone = of_alone + error
    slopes["meaning"], _ = _back(net["meaning"], means, of_alone[..., :MEANING] * kept_meaning * (of_meaning > 0))
    slopes["form"], _ = _back(net["form"], forms, of_alone[..., MEANING:] * (1 - of_form**2))
    return loss, slopes


class _Memory:
    """What is remembered at each sentence, from both ends (`purposes._both_ways`), with what its slopes need."""

    def __init__(self, net: Numbers, given: Numbers, there: Numbers) -> None:
        self._net, self._given = net, given
        gates = _turned(layer(net, given))
        opened, content = _halves(gates)
        self._opened, self._content = 1 / (1 + np.exp(-opened)) * _both(there[..., None]), np.tanh(content)
        self._before = np.empty_like(self._content)
        memory = np.zeros_like(self._content[:, 0])
        for at in range(self._content.shape[1]):
            self._before[:, at] = memory
            memory = memory + self._opened[:, at] * (self._content[:, at] - memory)
        after = self._before + self._opened * (self._content - self._before)
        self.found = _with_one_way_turned(after)

    def back(self, error: Numbers) -> tuple[Numbers, Numbers]:
        """Return the slopes of the weights and of what was given, from those of what was found."""
        error = _with_one_way_turned(error)
        carried = np.zeros_like(error[:, 0])
        of_memory = np.empty_like(error)
        for at in range(error.shape[1] - 1, -1, -1):
            of_memory[:, at] = error[:, at] + carried
            carried = of_memory[:, at] * (1 - self._opened[:, at])
        of_opened = of_memory * (self._content - self._before) * self._opened * (1 - self._opened)
        of_content = of_memory * self._opened * (1 - self._content**2)
        return _back(self._net, self._given, _unturned(of_opened, of_content))


def _turned(gates: Numbers) -> Numbers:
    """The gates of both ways, those of the way back from the last sentence to the first."""
    there, back = np.split(gates, 2, -1)
    return np.stack([there, back[:, ::-1]], 2)


def _halves(gates: Numbers) -> tuple[Numbers, Numbers]:
    opened, content = np.split(gates, 2, -1)
    return opened.reshape(*opened.shape[:2], -1), content.reshape(*content.shape[:2], -1)


def _both(there: Numbers) -> Numbers:
    one = np.broadcast_to(there, (*there.shape[:2], MEMORY))
    return np.concatenate([one, one[:, ::-1]], -1)


def _with_one_way_turned(found: Numbers) -> Numbers:
    """What is remembered each way, with that of the way back the other way round."""
    there, back = np.split(found, 2, -1)
    return np.concatenate([there, back[:, ::-1]], -1)


def _unturned(opened: Numbers, content: Numbers) -> Numbers:
    opened_there, opened_back = np.split(opened, 2, -1)
    content_there, content_back = np.split(content, 2, -1)
    return np.concatenate([opened_there, content_there, opened_back[:, ::-1], content_back[:, ::-1]], -1)


def _back(net: Numbers, given: Numbers, error: Numbers) -> tuple[Numbers, Numbers]:
    """The slopes of a layer's weights, and of what it was given."""
    flat, errors = given.reshape(-1, given.shape[-1]), error.reshape(-1, error.shape[-1])
    return np.vstack([flat.T @ errors, errors.sum(0)]), error @ net[:-1].T


def _kept(random: np.random.Generator | None, shape: tuple[int, ...], dropped: float, kind: np.dtype[Any]) -> Numbers:
    """What a number counts for: nothing, if it is dropped, and a little more if not."""
    if random is None:
        return np.ones(shape, kind)
    return ((random.random(shape) >= dropped) / (1 - dropped)).astype(kind)


def _step_size(done: float) -> float:
    """The size of a step: it grows for a while, and then shrinks to nothing."""
    if done < WARM:
        return STEP * (0.04 + 0.96 * done / WARM)
    return float(STEP * (0.5 + 0.5 * np.cos(np.pi * (done - WARM) / (1 - WARM))))


def _batches(briefs: Sequence[Known], random: np.random.Generator) -> Iterator[list[Known]]:
    """Yield all briefs some times over, those of like length together."""
    for _ in range(ROUNDS):
        order = random.permutation(len(briefs))
        batches: list[list[Known]] = []
        for start in range(0, len(order) - BATCH + 1, BATCH * POOL):
            pool = sorted((briefs[at] for at in order[start : start + BATCH * POOL]), key=lambda one: len(one.purposes))
            batches += [pool[at : at + BATCH] for at in range(0, len(pool) - BATCH + 1, BATCH)]
        for at in random.permutation(len(batches)):
            yield batches[at]


def _together(batch: Sequence[Known], mean: Numbers, spread: Numbers) -> Batch:
    longest = max(len(brief.purposes) for brief in batch)
    means = np.zeros((len(batch), longest, batch[0].means.shape[1]), np.float32)
    forms = np.zeros((len(batch), longest, batch[0].forms.shape[1]), np.float32)
    there = np.zeros((len(batch), longest), np.float32)
    wanted = np.full((len(batch), longest), -1)
    for at, brief in enumerate(batch):
        count = len(brief.purposes)
        means[at, :count], forms[at, :count] = brief.means, (brief.forms - mean) / spread
        there[at, :count], wanted[at, :count] = 1, brief.purposes
    return Batch(means, forms, there, wanted)
