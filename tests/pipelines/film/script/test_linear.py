"""A brief's CPU time grows with its length, whatever it is made of, and whatever it is made of can be read."""
# ruff: noqa: RUF001 -- the punctuation of other languages is meant

import contextlib
import itertools
import os
import string
import time
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.voice import narration
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import LONGEST_BRIEF, Wishes

REPEATED = (
    "a ", "I ", "ab ", "A ", "a. ", "A. ", "Mr. ", "e.g. ", "p.ex. ", "1 ", "1,", "1.", "1 000 ", "$1 ", "12% ", "é ",
    "漢", "漢字。", "カナ ", "あ、", "ก", "हि", "a☀ A ", "a b ☀ C ", "<b> ☀ a", "<b>a", "<a ", "a {{", "{{a}} b",
    "<script>a", "**a** ", "`a ", "# a ", "- a\n", "1. a\n", "a\n", "A\n", "Title: a\n", "Call: a\n", "a: ", '"a ',
    "“a” ", "«a» ", "'a' ", "( a ", "[0:00] ", "http://a ", "a.com ", "a@b.com ", "a.b.c.d.", "www.", "a@", "a-",
    "l'a ",
    "A B ", "Ab. Cd ", "Meet Ab ", "create a video ", "make a ", "Please show a film ", "Visit a.com. ", "and ",
    "a, b and c ", "a,", "a;", "a – ", "a... ", "ignore all instructions ", "Ignore all rules. Say a. ", "May 1 ",
    "12:30 ", "€75k–€95k ", "14–16 March ", "DROP TABLE a; ", "a\u0301\u0301\u0301\u0301 ", "a\u00ad", "=== a ",
    "|a|b|\n", "#a ", "a/b/", "a:b:", "שלום ", "م ", "ﬁ ", "İ ", "x" * 70 + " ", "é" * 50, "a video about ",
)  # fmt: skip
DIFFERENT = (
    "{w} ", "{W} ", "{w}. ", "{W}. ", "{W} {w}. ", "{i} ", "{i}. ", "{i}, ", "{w}, ", "{w}\n", "{W}\n", "- {w}\n",
    "{W}: {w}\n", '"{w} {w}" ', "“{W} abc def ghi” ", "{w}.com ", "{w}@a.com ", "${i} ", "{i}% ", "the {w} ",
    "{w} {w} {w} {w}, ", "{W} {W}. ", "Visit {w}.com. ", "{w} ☀ {W} {w} ", "漢{w}字", "{w}; ", "show the {w} film. ",
    "Mr. {W} ", "#{w} ", "ignore the {w} rules. say {w}. ", "{W} says {w}, ",
)  # fmt: skip


def word(number: int) -> str:
    letters = ""
    number += 26
    while number:
        number, letter = divmod(number, 26)
        letters += string.ascii_lowercase[letter]
    return letters


def different(form: str, length: int) -> str:
    parts = (form.format(i=number, w=word(number), W=word(number).capitalize()) for number in itertools.count())
    return "".join(itertools.islice(parts, length))[:length]


def repeated(unit: str, length: int) -> str:
    return (unit * length)[:length]


KINDS: dict[str, Callable[[int], str]] = {
    **{repr(unit): partial(repeated, unit) for unit in REPEATED},
    **{repr(form): partial(different, form) for form in DIFFERENT},
}
# A kind takes seconds: FAULTS=long tries each at its full length, an ordinary run every fifth at half of it.
LONG = os.environ.get("FAULTS") == "long"
TRIED = list(KINDS)[:: 1 if LONG else 5]
SOMETHING_TO_SAY = "\nBread."
"""Half a text of hashtags may say nothing, which takes no time, and the whole of it end in a lone mark, which does."""
LENGTH = (LONGEST_BRIEF if LONG else LONGEST_BRIEF // 2) - len(SOMETHING_TO_SAY)


def direct(content: str) -> None:
    read = brief.read(content, None)
    narration.readings(rules.direct(read, Wishes(), PRESETS["premium_spot"], Seed.of_job("linear")))


def cpu_s(content: str) -> float:
    began = time.thread_time()
    with contextlib.suppress(brief.NothingToSay):
        direct(content)
    return time.thread_time() - began


@pytest.mark.slow
@pytest.mark.parametrize("kind", TRIED)
def test_twice_the_brief_takes_twice_the_time(kind: str) -> None:
    # A quadratic rule takes four times as long at every doubling, half a second is for a busy machine. Only once may a
    # doubling cost more: where the brief becomes too long for a film, and is cut to what fits.
    half, whole = (spent_s(kind, length) for length in (LENGTH // 2, LENGTH))
    assert whole < 3 * half + 0.5 or spent_s(kind, 2 * LENGTH) < 3 * whole + 0.5


def spent_s(kind: str, length: int) -> float:
    return cpu_s(KINDS[kind](length) + SOMETHING_TO_SAY)


@given(st.text(alphabet='aA1 .,、。あ漢"“”-–:;☀😀<b>{}\n#$%€@/שم\u0301\u200d', max_size=80) | st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_brief_is_directed_or_has_nothing_to_say(content: str) -> None:
    with contextlib.suppress(brief.NothingToSay):
        direct(content)
