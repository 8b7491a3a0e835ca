"""Which sentences are lists, and of what."""

import pytest

from service.pipelines.film.script.directing import enumerations
from service.pipelines.film.script.directing.enumerations import Listing


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("We have ceramics, knitwear and prints.", Listing("", ("ceramics", "knitwear", "prints"))),
        ("Wir nehmen Ihnen ab, was Sie abgeben möchten, und lassen Ihnen, was Sie selbst tun wollen.", None),
        ("Hazelnuts and, if the weather is kind, honey.", None),
        ("45 stalls of fruit, bread, cheese and flowers.", None),
        ("Entry: adults £8, children £5.", Listing("Entry", ("adults £8", "children £5"))),
        ("Overhead: FY2023 7%, FY2024 6%", Listing("Overhead", ("FY2023 7%", "FY2024 6%"))),
        ("Eintritt: Erwachsene 8 €, Kinder 5 €.", Listing("Eintritt", ("Erwachsene 8 €", "Kinder 5 €"))),
        ("Doors open: Friday 7 pm, Saturday 8 pm.", None),
        ("Call: office 0800 555 0142, Ruth 0800 555 0143.", None),
    ],
)
def test_a_list_has_short_items_and_no_clauses(said: str, found: Listing | None) -> None:
    assert enumerations.listing(said) == found
