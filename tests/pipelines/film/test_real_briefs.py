"""Briefs as people send them, in `briefs/`: what a good film of each is called, says, shows and never says. The plan of
the local director is held to it in each preset and shape that the brief is tried in."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from service.pipeline import Job
from service.pipelines.film import wishes
from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.judging import viewing
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.script.voice import narration, pace
from service.pipelines.film.script.voice.timeline import FPS, LEAD_S, Slot, Timeline, shared_out
from service.pipelines.film.script.writing import text, tokens
from service.pipelines.film.seeds import Seed

BRIEFS = [json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "briefs").glob("*.json"))]
RUNS = [(one, run) for one in BRIEFS for run in one["runs"]]
NAMES = [f"{one['name']}-{run['preset']}" for one, run in RUNS]


def planned(one: dict[str, Any], run: dict[str, Any]) -> Treatment:
    job = Job(
        id="brief", user_id="u", content=one["content"], preset=run["preset"], metadata=run["metadata"],
        run=1, round=0, failures=0,
    )  # fmt: skip
    wished = wishes.read_wishes(job)
    read = brief.read(job.content, wished.lang)
    return rules.direct(read, wished, PRESETS[job.preset], Seed.of_job(one["name"]))


def timed(treatment: Treatment) -> Timeline:
    """The timeline of a treatment whose lines are said at the usual pace."""
    lines = narration.readings(treatment)
    speech = [pace.speech_s(line.spoken) for line in lines]
    spans = shared_out(speech, [shot.seconds for shot in treatment.shots], treatment.seconds)
    return Timeline(
        tuple(
            Slot(first, end, narration.read_silently(line, first / FPS + LEAD_S, said) if line.spoken else ())
            for (first, end), line, said in zip(spans, lines, speech, strict=True)
        )
    )


def has(text: str, wanted: str) -> bool:
    flat = " ".join(text.split()).casefold()
    return any(option.casefold() in flat for option in wanted.split("|"))


@pytest.mark.parametrize(("one", "run"), RUNS, ids=NAMES)
def test_the_plan_says_and_shows_what_the_brief_is_about(one: dict[str, Any], run: dict[str, Any]) -> None:
    expect, treatment = one["expect"], planned(one, run)
    said = "\n".join(
        f"{shot.voice}\n{line.spoken}"
        for shot, line in zip(treatment.shots, narration.readings(treatment), strict=True)
    )
    shown = "\n".join(shot.words_on_screen for shot in treatment.shots)
    if expect["title"]:
        assert treatment.title.casefold() in expect["title"].casefold().split("|")
    assert [wanted for wanted in expect["spoken"] if not has(said, wanted)] == []
    assert [wanted for wanted in expect["shown"] if not has(shown, wanted)] == []
    assert [word for word in expect["never"] if word.casefold() in f"{shown}\n{treatment.title}".casefold()] == []
    if "hero" in expect:
        heroes = [shot.headline for shot in treatment.shots if shot.purpose in {"number", "quote"}]
        assert any(has(hero, expect["hero"].rstrip(".")) for hero in heroes)
    if "seconds" in expect:
        assert treatment.seconds == pytest.approx(expect["seconds"], abs=1)


@pytest.mark.parametrize("seconds", [None, 10])
@pytest.mark.parametrize(("one", "run"), RUNS, ids=NAMES)
def test_a_careful_viewer_has_nothing_to_object_to(
    one: dict[str, Any], run: dict[str, Any], seconds: int | None
) -> None:
    if one["name"] == "cats_topic":
        pytest.skip("no film is made of a bare question")
    job_run = {**run, "metadata": {**run["metadata"], "duration_sec": seconds}} if seconds else run
    treatment, content = planned(one, job_run), text.normal(one["content"])
    film = viewing.Film(treatment, timed(treatment), is_voiced=True, is_as_long_as_asked=seconds is not None)
    assert viewing.objections(film, brief.read(one["content"], None), content).wrong == ()


SHORT = (
    "A lighthouse that learns to dance.",
    "Fresh bread, every single morning.",
    "Fresh bread at six. Bakery Nord.",
    "Buy one, get one free at Marco's Pizza!",
    "Grand opening! Saturday 10 am, 12 Main Street.",
    "Explain why the sky is blue",
    "Happy birthday Anna, we love you!",
    "I need a video about my dog walking business",
    "El mejor café de la ciudad.",
    "Neue Kollektion ab Montag im Laden.",
    "Wedding of Tom and Lisa, 5 June 2027, Lake Como",
    "Save the bees. Plant wildflowers.",
    "☕ 🎉 x",
    "2026",
    "Hello world, this is a film about bread.",
    "-20 %",
)


@pytest.mark.parametrize("content", SHORT)
def test_a_brief_of_a_sentence_or_two_is_not_refused(content: str) -> None:
    """In whatever length: there is nothing else to say, so a shot may say it again."""
    for preset, seconds in itertools.product(PRESETS, (None, 5, 15, 30)):
        run = {"preset": preset, "metadata": {"duration_sec": seconds} if seconds else {}}
        treatment = planned({"name": "short", "content": content}, run)
        film = viewing.Film(treatment, timed(treatment), is_voiced=True)
        assert viewing.objections(film, brief.read(content, None), text.normal(content)).wrong == ()


@pytest.mark.parametrize(("one", "run"), RUNS, ids=NAMES)
def test_no_figure_is_torn_apart(one: dict[str, Any], run: dict[str, Any]) -> None:
    """Every price, date, range and address that is shown is one of the brief's, whole."""
    whole = text.normal(one["content"])
    for shot in planned(one, run).shots:
        for words in shot.words_on_screen.split("\n"):
            for token in tokens.find(words):
                shown = words[token.start : token.end]
                assert re.search(rf"(?<!\d){re.escape(shown)}(?!\d)", whole, re.IGNORECASE), shown
