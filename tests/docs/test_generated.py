"""The pages that `make docs` writes are as the code says."""

import pytest

from lab.docs.__main__ import PAGES
from lab.harness.processes import ROOT


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_as_the_code_says(name: str) -> None:
    assert (ROOT / name).read_text() == PAGES[name](ROOT), f"{name} is out of date: run `make docs`"
