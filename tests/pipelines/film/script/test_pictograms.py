"""Each shot gets the picture of what it speaks of, or none."""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from service.pipelines.film.script import lexicon, pictograms
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.studio import pictograms as studio

WORDS = Path(lexicon.__file__).parent / "words"


def film(*said: str, lang: str = "en", title: str = "") -> Treatment:
    shots = [Shot(purpose="point", voice=text, headline=text.rstrip(".")) for text in said]
    return Treatment(
        title=title, lang=lang, mood="calm", palette="ocean", style="paper", seconds=10.0, shots=tuple(shots)
    )


def chosen(*said: str, lang: str = "en", title: str = "") -> Sequence[str]:
    return pictograms.choose(film(*said, lang=lang, title=title))


def test_every_listed_picture_can_be_drawn() -> None:
    known = studio.names()
    for path in WORDS.glob("*.txt"):
        pictures = {sense.picture for senses in lexicon.of(path.stem).senses.values() for sense in senses}
        assert pictures - {""} <= known, path.name
    for lang in ("ja", "pl", "sv"):
        assert {sense.picture for senses in lexicon.of(lang).senses.values() for sense in senses} <= known
    assert set(pictograms.SIGNS.values()) | {pictograms.MAIL_SIGN} <= known


def test_no_picture_comes_twice_in_a_row() -> None:
    pictures = chosen("Our dog sleeps.", "A dog runs.", "The dog eats.", "Buy the dog a bone.", title="The dog")
    assert all(one != other for one, other in pairwise(pictures) if one)
    assert pictures[0] == "dog-face"


def test_lists_have_no_word_twice_for_the_same_picture() -> None:
    for path in WORDS.glob("*.txt"):
        for line in path.read_text().splitlines():
            entries = re.split(r",\s*", line.partition(":")[2].strip()) if line[:1] not in {"#", "[", ""} else []
            assert len(entries) == len(set(entries)), line
