"""How lines are written, as numbers: each has as many, and lines of one shape are known as such in any script."""

import pytest

from service.pipelines.film.script.learnt import layout
from service.pipelines.film.script.learnt.addressee import Row


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[09:14] Marva: We open Friday", "[10:02] Joe: can we show it?"),
        ("- Soup of the day", "- Bread"),
        ("10:30 Doors open", "9:05 Coffee"),
        ("・開場 10時", "・閉場 17時"),
    ],
)
def test_lines_that_are_written_alike_have_one_shape(one: str, other: str) -> None:
    assert layout.shape(one) == layout.shape(other)
    assert layout.shape(one) != layout.shape("We open Friday at noon.")


def test_every_sentence_has_as_many_numbers() -> None:
    rows = [Row.of("Hi team! Text below."), Row.of("🎉", is_apart=True), Row(()), Row.of("Name: Lumo"), Row.of("|")]
    found = list(layout.of(rows))
    assert len(found) == sum(len(row.sentences) for row in rows)
    assert len({len(numbers) for numbers in found}) == 1
    assert not list(layout.of([]))
