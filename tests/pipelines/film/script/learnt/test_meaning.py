"""What a text means: near in any of its languages, and the same however often it is asked for."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from service.pipelines.film.script.learnt import meaning


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("Make it 20 seconds, please.", "Bitte höchstens 20 Sekunden.", "Fresh bread every morning."),
        ("We bake sourdough at night.", "私たちは夜にパンを焼いています。", "Our keys were lost in the river."),
        ("Doors open at seven.", "Les portes ouvrent à 19 h.", "The dentist speaks Turkish."),
    ],
)
def test_sentences_that_say_the_same_lie_near_in_any_language(one: str, same: str, other: str) -> None:
    here, near, far = meaning.of([one, same, other])

    assert here @ near > here @ far + 0.1


def test_a_meaning_does_not_depend_on_what_was_asked_before() -> None:
    words = ["Doors open at seven.", "", "🎉", "x" * 5_000, "Doors open at seven."]

    first = meaning.of(words)
    with ThreadPoolExecutor(4) as pool:
        others = list(pool.map(meaning.of, [words[::-1]] * 4))

    assert first.shape == (5, meaning.NUMBERS)
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-3)
    assert np.array_equal(first[0], first[4])
    assert all(np.allclose(first, other[::-1], atol=1e-3) for other in others)


def test_no_text_has_no_meaning() -> None:
    assert meaning.of([]).shape == (0, meaning.NUMBERS)
