"""What is done by sending the forms that the pages show."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine, text

from service import db
from service.console import many
from service.console.pages import controls
from service.db.schema import acts, dead_letters, jobs
from tests.support.api import Recorder, letter, rows
from tests.support.console import Console, Html
from tests.support.rows import put

WHY = "the provider is back"


def fail(engine: Engine, *ids: str, code: str = "provider_refused") -> None:
    """Leave jobs failed, each with an open dead letter."""
    for job_id in ids:
        put(engine, job_id=job_id)
        failed = "UPDATE jobs SET state = 'failed', error_code = :code, error_message = 'No.' WHERE id = :id"
        db.execute(engine, text(failed), {"id": job_id, "code": code})
        db.execute(engine, letter(job_id=job_id, run=1, message_key=f"dead-{job_id}", reason=code, error="No."), {})
    db.execute(engine, text("UPDATE outbox SET published_at = now(), payload = ''"), {})


def states(engine: Engine) -> dict[str, str]:
    return {row["id"]: row["state"] for row in rows(engine, jobs)}


def test_replay_a_job(console: Console, engine: Engine, publisher: Recorder) -> None:
    fail(engine, "one")
    form = console.page("job?id=one").form("/console/job", act="replay")
    answer = console.send(form, act="replay", why=WHY)
    assert answer.status_code == 303
    page = console.page(answer.headers["Location"].removeprefix("/console/"))
    assert "The job runs again." in page.text
    assert states(engine) == {"one": "pending"}
    (act,) = [row for row in rows(engine, acts) if row["act"] == "replay"]
    assert (act["who"], act["why"], act["job_id"]) == ("anybody", WHY, "one")
    assert [message.attributes["run"] for message in publisher.published] == ["2"]
    assert WHY in console.page("record").text


def test_cancel_a_job_and_run_one_now(console: Console, engine: Engine, publisher: Recorder) -> None:
    put(engine, job_id="one")
    put(engine, job_id="two")
    page = console.page("job?id=one")
    assert console.send(page.form("/console/job", act="cancel"), act="cancel", why=WHY).status_code == 303
    assert states(engine) == {"one": "cancelled", "two": "pending"}
    page = console.page("job?id=two")
    assert console.send(page.form("/console/job", act="run-now"), act="run-now", why=WHY).status_code == 303
    assert [message.message_key for message in publisher.published if message.topic.endswith("jobs")][-1].startswith(
        "job:two"
    )
    ended = console.page("job?id=one")
    assert not [form for form in ended.forms if ("act", "cancel") in form.buttons]


def test_an_act_needs_a_reason(console: Console, engine: Engine) -> None:
    fail(engine, "one")
    form = console.page("job?id=one").form("/console/job", act="replay")
    answer = console.send(form, act="replay", why="  ")
    assert answer.status_code == 409
    assert "Say why" in Html(answer.text).text
    assert states(engine) == {"one": "failed"}


def test_what_was_done_meanwhile_is_said(console: Console, engine: Engine) -> None:
    fail(engine, "one")
    form = console.page("job?id=one").form("/console/job", act="replay")
    with engine.begin() as connection:
        connection.execute(text("UPDATE jobs SET state = 'completed'"))
    answer = console.send(form, act="replay", why=WHY)
    assert answer.status_code == 409
    assert "completed" in Html(answer.text).text


def test_replay_those_selected(console: Console, engine: Engine) -> None:
    fail(engine, "one", "two", "three")
    put(engine, job_id="four")
    form = console.page("jobs").form("/console/many", kind="jobs")
    preview = console.send(form, act="replay", which="some", id=["one", "two", "four", "gone"])
    page = Html(preview.text)
    assert "Replay 2 jobs?" in page.text
    assert "2 of those selected are left out" in page.text
    assert states(engine)["one"] == "failed", "a preview does nothing"
    report = console.send(page.form("/console/many", sure="1"), why=WHY)
    assert "2 jobs replayed" in Html(report.text).text
    assert states(engine) == {"one": "pending", "two": "pending", "three": "failed", "four": "pending"}
    of_all = [row for row in rows(engine, acts) if row["act"] == "replay" and row["job_id"] is None]
    assert [row["target"]["done"] for row in of_all] == [2]


def test_cancel_all_that_match(console: Console, engine: Engine) -> None:
    for number in range(7):
        put(engine, job_id=f"job-{number}", user_id="ada" if number < 5 else "bob")
    form = console.page("jobs?user=ada").form("/console/many", kind="jobs")
    page = Html(console.send(form, act="cancel", which="all").text)
    assert "Cancel 5 jobs?" in page.text
    # A job that comes after the preview is not touched.
    put(engine, job_id="later", user_id="ada")
    console.send(page.form("/console/many", sure="1"), why=WHY)
    assert [job_id for job_id, state in states(engine).items() if state == "cancelled"] == [
        f"job-{number}" for number in range(5)
    ]


def test_a_group_of_dead_letters(console: Console, engine: Engine) -> None:
    fail(engine, "one", "two")
    fail(engine, "three", code="qa_failed")
    form = console.page("letters").form("/console/many", kind="letters", which="all")
    wanted = {"provider_refused": form} if "provider_refused" in dict(form.fields)["filter"] else {}
    assert wanted, "the largest group is first"
    page = Html(console.send(form, act="discard").text)
    assert "Discard 2 dead letters?" in page.text
    assert "2 dead letters discarded" in Html(console.send(page.form("/console/many", sure="1"), why=WHY).text).text
    assert {row["job_id"]: row["discarded_at"] is not None for row in rows(engine, dead_letters)} == {
        "one": True,
        "two": True,
        "three": False,
    }


def test_one_dead_letter(console: Console, engine: Engine) -> None:
    fail(engine, "one")
    number = rows(engine, dead_letters)[0]["id"]
    page = console.page(f"letter?id={number}")
    answer = console.send(page.form("/console/letter", act="discard"), act="discard", why=WHY)
    assert answer.status_code == 303
    assert "The dead letter is discarded." in console.page(answer.headers["Location"].removeprefix("/console/")).text


def test_a_long_act_goes_on_at_a_click(console: Console, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "ACT_S", 0.0)
    fail(engine, "one", "two", "three")
    form = console.page("jobs?state=failed").form("/console/many", kind="jobs")
    page = Html(console.send(form, act="replay", which="all").text)
    page = Html(console.send(page.form("/console/many", sure="1"), why=WHY).text)
    assert "2 are left" in page.text
    page = Html(console.send(page.form("/console/many", sure="1")).text)
    assert "1 are left" in page.text
    console.send(page.form("/console/many", sure="1"))
    assert set(states(engine).values()) == {"pending"}


@pytest.mark.parametrize(
    "ids", ["", "[]", "{}", "[1]", '["one", 2]', json.dumps(["x"] * 6_000), "[" * 10_000, '[["one"]]']
)
def test_ids_that_no_preview_made(console: Console, engine: Engine, ids: str) -> None:
    fail(engine, "one")
    form = console.page("jobs").form("/console/many", kind="jobs")
    assert console.send(form, act="replay", sure="1", ids=ids, why=WHY).status_code in (400, 409)
    assert states(engine) == {"one": "failed"}


def test_pause_and_resume(console: Console, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "KEEP_S", 0.0)
    form = console.page("controls").form("/console/controls", act="pause")
    assert console.send(form, scope="user", name="", why=WHY).status_code == 422
    assert console.send(form, scope="planet", name="x", why=WHY).status_code == 422
    assert console.send(form, scope="user", name="ada", why=WHY).status_code == 303
    page = console.page("controls")
    assert "user ada is paused" in " ".join(page.text.split())
    assert "The user ada is paused" in console.page("").text
    assert console.send(page.form("/console/controls", act="resume"), why=WHY).status_code == 303
    assert console.send(page.form("/console/controls", act="resume"), why=WHY).status_code == 409
    assert [row["act"] for row in rows(engine, acts)] == ["pause", "resume"]


def test_limits(console: Console, engine: Engine) -> None:
    form = console.page("controls").form("/console/controls", act="limit")
    for wrong in ({"open_jobs": "-1"}, {"usd_a_day": "1e9"}, {"jobs_in_work": "9999999999"}):
        assert console.send(form, user="ada", why=WHY, **wrong).status_code == 422
    assert console.send(form, user="ada", why=WHY).status_code == 409
    assert console.send(form, user="ada", open_jobs="3", usd_a_day="12.50", why=WHY).status_code == 303
    page = console.page("controls")
    assert "$12.50" in page.text
    assert console.send(page.form("/console/controls", act="clear"), why=WHY).status_code == 303
    assert [row["act"] for row in rows(engine, acts)] == ["limit", "limit"]


def test_forget_and_prune_show_first_what_would_go(console: Console, engine: Engine) -> None:
    fail(engine, "one", "two")
    put(engine, job_id="three", user_id="bob")
    db.execute(engine, text("UPDATE jobs SET user_id = 'ada' WHERE id <> 'three'"), {})
    form = console.page("controls").form("/console/controls", act="forget")
    page = Html(console.send(form, user="ada", why="asked for it").text)
    assert "2 failed jobs" in page.text
    assert len(states(engine)) == 3
    done = Html(console.send(page.form("/console/controls", sure="1")).text)
    assert "Deleted" in done.text
    assert list(states(engine)) == ["three"]
    form = console.page("controls").form("/console/controls", act="prune")
    page = Html(console.send(form, why="the disk").text)
    assert "no jobs" in page.text
    assert console.send(page.form("/console/controls", sure="1")).status_code == 200


def test_send_a_job_and_one_with_a_changed_brief(console: Console, engine: Engine, publisher: Recorder) -> None:
    form = console.page("new").form("/console/new")
    wrong = console.send(form, user="ada", preset="quick_social", content="Bread.", metadata="{bad")
    assert wrong.status_code == 422
    assert "Bread." in wrong.text, "what was typed is not lost"
    too_long = console.send(form, user="ada", preset="quick_social", content="Bread.", metadata='{"duration_sec": 999}')
    assert "at most 180 s" in Html(too_long.text).text
    sent = console.send(form, user="ada", preset="quick_social", content="Bread.\r\nAt six.", metadata="{}")
    assert sent.status_code == 303
    (first,) = rows(engine, jobs)
    assert (first["content"], first["submitted_by"]) == ("Bread.\nAt six.", "anybody")
    assert len(publisher.published) == 1
    again = console.page(f"new?from={first['id']}")
    assert "Bread.\nAt six." in again.text
    console.send(again.form("/console/new"), preset="quick_social", content="Cake.", metadata="{}", user="ada")
    (second,) = [row for row in rows(engine, jobs) if row["id"] != first["id"]]
    assert f"job?id={first['id']}" in " ".join(console.page(f"job?id={second['id']}").links())
    assert rows(engine, jobs)[0]["content"] == "Bread.\nAt six." or second["content"] == "Cake."


def test_a_preview_is_shown_below_what_was_typed_and_sends_nothing(console: Console, engine: Engine) -> None:
    form = console.page("new").form("/console/new")
    answer = console.send(form, user="ada", preset="quick_social", content="Bread.", metadata="{}", then="preview")
    page = Html(answer.text)
    assert answer.status_code == 200
    assert all(words in page.text for words in ("A test", "about 5 s", "0:00 hook", "Nothing is known of x."))
    assert 'src="data:image/webp;base64,UklGRg=="' in answer.text
    assert "Bread." in page.text, "what was typed is still there to be sent"
    refused = console.send(form, user="ada", preset="quick_social", content="Bread", metadata="{}", then="preview")
    assert (refused.status_code, "no sentence" in Html(refused.text).text) == (422, True)
    assert rows(engine, jobs) == []


def test_a_change_of_a_preview_is_one_click_and_shows_the_next(console: Console, engine: Engine) -> None:
    form = console.page("new").form("/console/new")
    typed = {"user": "ada", "preset": "quick_social", "content": "Bread.", "metadata": '{"lang": "en"}'}
    first = Html(console.send(form, **typed, then="preview").text)
    offered = [value for form in first.forms for name, value in form.buttons if name == "change"]
    leave_out = '{"leave_out": ["Bread."]}'
    assert offered == ['{"title": "off"}', leave_out, '{"tell": ["Hi!"]}']
    assert all(
        about.get("form") == "job" for tag, about in first.tags if tag == "button" and about.get("name") == "change"
    )
    second = console.send(first.form("/console/new"), **typed, change=leave_out)
    assert second.status_code == 200
    page = Html(second.text)
    assert '"leave_out": [' in page.text
    assert '"lang": "en"' in page.text
    assert "0:00 hook" not in page.text
    undone = console.send(first.form("/console/new"), **{**typed, "metadata": leave_out}, change='{"leave_out": null}')
    assert "0:00 hook" in Html(undone.text).text
    assert rows(engine, jobs) == []


def test_words_that_were_typed_are_previewed_and_sent(console: Console, engine: Engine) -> None:
    form = console.page("new").form("/console/new")
    typed: dict[str, Any] = {"user": "ada", "preset": "quick_social", "content": "Bread.", "metadata": "{}"}
    first = Html(console.send(form, **typed, then="preview").text).form("/console/new")
    assert {("entry", "title"), ("entry", "+leave_out"), ("was", "A test"), ("typed", "A test")} <= set(first.fields)
    typed |= {"entry": ["title", "+leave_out"], "was": ["A test", ""]}
    seen = Html(console.send(first, **typed, typed=[" Fresh  bread ", ""], then="preview").text)
    assert ("typed", "Fresh bread") in seen.form("/console/new").fields
    same = Html(console.send(first, **typed, typed=["A test", ""], then="entry0").text)
    assert '"title": "A test"' in same.text, "a title that the film would not bear is confirmed"
    typed["metadata"] = '{"leave_out": "x"}'
    console.send(first, **typed, typed=["Fresh bread", "and  butter"])
    assert rows(engine, jobs)[0]["metadata"] == {"title": "Fresh bread", "leave_out": ["x", "and butter"]}


@pytest.mark.parametrize("change", ["{", "[1]", '"x"', "7"])
def test_a_change_that_no_preview_made_changes_nothing(console: Console, engine: Engine, change: str) -> None:
    form = console.page("new").form("/console/new")
    typed = {"user": "ada", "preset": "quick_social", "content": "Bread.", "metadata": '{"lang": "en"}'}
    answer = console.send(form, **typed, change=change)
    assert answer.status_code in (200, 422)
    assert '{"lang": "en"}' in Html(answer.text).text
    assert rows(engine, jobs) == []
