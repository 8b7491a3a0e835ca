"""The learning of the network that reads a brief from both ends: its slopes, and that what is learnt is what ships."""

from pathlib import Path

import numpy as np
import pytest

from lab.marked import addressees, recurrent
from lab.marked.recurrent import Batch, Known
from service.pipelines.film.script.learnt import purposes

MEANS, FORMS, PURPOSES = 10, 5, 6


def a_batch(random: np.random.Generator) -> Batch:
    return Batch(
        means=random.normal(size=(3, 4, MEANS)),
        forms=random.normal(size=(3, 4, FORMS)),
        there=np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]], float),
        wanted=np.array([[0, 1, -1, 3], [4, 5, -1, -1], [2, 2, 0, -1]]),
    )


@pytest.mark.parametrize("layer", ["meaning", "form", "first", "second", "mixed", "purpose"])
def test_slopes_say_how_each_weight_changes_the_error(layer: str) -> None:
    random = np.random.default_rng(1)
    net = {name: weights.astype(float) for name, weights in recurrent.begun(random, MEANS, FORMS, PURPOSES).items()}
    batch = a_batch(random)
    _, slopes = recurrent.slopes_of(net, batch)
    learnt, nudge = net[layer], 1e-5
    # The weights that matter most, and those that are added.
    places = [np.unravel_index(at, learnt.shape) for at in np.argsort(-abs(slopes[layer]), axis=None)[:5]]
    for place in [*places, (len(learnt) - 1, 0)]:
        errors = []
        for change in (nudge, -2 * nudge):
            learnt[place] += change
            errors.append(recurrent.slopes_of(net, batch)[0])
        learnt[place] += nudge
        assert slopes[layer][place] == pytest.approx((errors[0] - errors[1]) / (2 * nudge), rel=1e-4, abs=1e-8)


def test_what_is_learnt_reads_a_brief_from_both_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence is for what the one before it means, and whether the one after it is written in capitals."""
    monkeypatch.setattr(recurrent, "BATCH", 8)
    monkeypatch.setattr(recurrent, "MEANING", 16)
    random = np.random.default_rng(2)
    briefs = []
    for _ in range(240):
        means, forms = (random.choice([-2, 2], size=(6, size)).astype(np.float32) for size in (MEANS, FORMS))
        wanted = (np.roll(means[:, 0], 1) > 0) + 2 * (np.roll(forms[:, 1], -1) > 0)
        wanted[[0, 5]] = -1
        briefs.append(Known(means, forms, wanted, np.arange(6)))

    net = recurrent.learnt(briefs[:200], PURPOSES, seed=0)
    file = tmp_path / "nets.npz"
    file.write_bytes(recurrent.packed([net]))
    (shipped,) = purposes.read(file)

    right = [
        purposes.outcomes(shipped, brief.means, brief.forms).argmax(1)[1:5] == brief.purposes[1:5]
        for brief in briefs[200:]
    ]
    assert np.mean(right) > 0.8


def test_a_brief_loses_whole_lines_and_keeps_the_rest_as_it_is() -> None:
    random = np.random.default_rng(3)
    lines = np.array([0, 0, 1, 2, 3, 3, 3, 4])
    brief = Known(random.normal(size=(8, MEANS)), random.normal(size=(8, FORMS)), np.arange(8), lines)

    found = [recurrent.shortened(brief, random) for _ in range(50)]

    for one in found:
        assert list(one.purposes) == [at for at in range(8) if lines[at] in one.lines]
        assert np.array_equal(one.means, brief.means[one.purposes])
    assert any(one.lines[0] > 0 for one in found)
    assert any(one.lines[-1] < 4 for one in found)


def test_a_writers_briefs_are_never_in_two_parts() -> None:
    writers = [*"aaaabbbccdde", *(f"w{at}" for at in range(8))]

    folds = addressees.folds_of(writers)

    assert sorted(writer for fold in folds for writer in fold) == sorted(set(writers))
    assert [sum(writer in fold for writer in writers) for fold in folds] == [5, 5, 5, 5]
