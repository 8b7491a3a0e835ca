# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Every form in which people paste a brief is read into the parts that it has."""

import pytest

from service.pipelines.film.script import forms

FORMS: dict[str, tuple[str, list[str]]] = {
    "markdown": (
        "# Spring Sale\n**Where:** [Hall 3](https://x.org/map)\n- *Shoes*\n- `Hats`\n- Bags\n\n#sale #spring",
        ["title Spring Sale", "say Hall 3", "list Shoes; Hats; Bags"],
    ),
    "table": ("| Day | Act |\n|---|---|\n| Fri | Bell |", ["say Fri, Bell"]),
    "recipe": (
        "Ingredients:\n- 2 eggs\n- 60 g oats\n- salt\nSteps:\n1. Blend.\n2. Serve.",
        ["list 2 eggs; 60 g oats; salt", "say Blend.", "say Serve."],
    ),
    "programme": ("12 June: Ann\n13 June: Bob\n14 June: Eve", ["list 12 June: Ann; 13 June: Bob; 14 June: Eve"]),
    "screenplay": (
        "SCENE 1 – EXT. BRIDGE\nA cyclist.\nVO: Hello. World.\nSUPER: 5 AM\nMUSIC: soft\nEND CARD: Volta. x.com",
        ["direction SCENE 1 – EXT. BRIDGE", "direction A cyclist.", "say Hello.", "say World.", "show 5 AM",
         "direction MUSIC: soft", "show Volta. x.com"],
    ),
    "times": (
        "[0:00-0:03] HOOK: Tired?\n[0:03-0:10] Drink water.\n(upbeat music)",
        ["hook Tired?", "say Drink water.", "direction upbeat music"],
    ),
    "labels": ("Problem: no time.\nTone: calm\nCTA: Order now", ["say no time.", "direction calm", "call Order now"]),
    "sources": ("It helps. \nSources: BBC, Nature.", ["say It helps.", "source BBC, Nature."]),
    "a colon is no label": ("Rain date: 19 June.", ["say Rain date: 19 June."]),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_the_parts_of_a_form(name: str) -> None:
    content, wanted = FORMS[name]
    parts = [f"{part.use} {'; '.join(part.items) or part.text}" for part in forms.read(content).parts]
    assert parts == wanted


def test_hashtags_are_for_the_post() -> None:
    sheet = forms.read("Our #new lamp is here, in #FF6600.\n#light #home")
    assert [part.text for part in sheet.parts] == ["Our new lamp is here, in #FF6600."]
    assert sheet.hashtags == ("new", "light", "home")
