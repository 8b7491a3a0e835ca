"""On Controls: messages that Pub/Sub refuses, and what the doctor finds."""

import pytest
from sqlalchemy import Engine, insert, text

from service import db
from service.db.schema import acts, outbox
from service.delivery.outbox import Rejected
from tests.support.api import Recorder, rows
from tests.support.console import Console, Html
from tests.support.rows import put

WHY = "the topic takes them now"


@pytest.fixture
def _parked(engine: Engine) -> None:
    """Three messages that Pub/Sub refuses, and one that is only owed."""
    db.execute(engine, text("UPDATE outbox SET published_at = now()"), {})
    about = {"topic": "aiprod-pipeline-results", "attributes": {}, "payload": "{}"}
    for number in range(4):
        values = {**about, "message_key": f"key-{number}", "error": None if number == 3 else "400 too large"}
        db.execute(engine, insert(outbox).values(**values), {})
    db.execute(engine, text("UPDATE outbox SET parked_at = now() WHERE error IS NOT NULL"), {})


def listed(page: Html) -> list[str]:
    return [about["value"] or "" for tag, about in page.tags if tag == "input" and about.get("name") == "id"]


@pytest.mark.usefixtures("_parked")
def test_refused_messages_are_sent_again(console: Console, engine: Engine, publisher: Recorder) -> None:
    overview = console.page("")
    assert "Pub/Sub refuses 3 messages for good" in overview.text
    assert "/console/controls#messages" in overview.links()
    page = console.page("controls")
    assert len(listed(page)) == 3
    assert "400 too large" in page.text
    form = page.form("/console/many", kind="messages")
    preview = Html(console.send(form, act="send", which="all").text)
    assert "Send 3 messages?" in preview.text
    report = Html(console.send(preview.form("/console/many", sure="1"), why=WHY).text)
    assert "3 messages sent" in report.text
    assert sorted(message.message_key for message in publisher.published) == ["key-0", "key-1", "key-2"]
    assert listed(console.page("controls")) == []
    assert [row["why"] for row in rows(engine, acts) if row["act"] == "send"] == [WHY] * 4


@pytest.mark.usefixtures("_parked")
def test_what_is_refused_again_is_parked_again(console: Console, publisher: Recorder) -> None:
    publisher.error = Rejected("still too large")
    page = console.page("controls")
    first = listed(page)[0]
    preview = Html(console.send(page.form("/console/many", kind="messages"), act="send", id=[first, "x", "77"]).text)
    assert "Send 1 message?" in preview.text
    assert "2 of those selected are left out" in preview.text
    report = Html(console.send(preview.form("/console/many", sure="1"), why=WHY).text)
    assert "1 could not be" in report.text
    assert "still too large" in report.text
    assert len(listed(console.page("controls"))) == 3


@pytest.mark.usefixtures("_parked")
def test_one_is_dropped(console: Console, engine: Engine) -> None:
    page = console.page("controls")
    preview = Html(
        console.send(page.form("/console/many", kind="messages"), act="drop", which="some", id=listed(page)[:1]).text
    )
    assert "Nobody will receive them." in preview.text
    assert "1 message dropped" in Html(console.send(preview.form("/console/many", sure="1"), why=WHY).text).text
    assert [row["act"] for row in rows(engine, acts)] == ["drop"]


def test_the_doctor_finds_what_is_wrong_and_leads_to_it(console: Console, engine: Engine) -> None:
    page = console.page("controls")
    assert "No job is stuck, no message is late or parked, no dead letter is open." in page.text
    put(engine, job_id="odd")
    sql = "UPDATE jobs SET preset = 'gone', enqueued_at = now() - interval '9 days'"
    db.execute(engine, text(sql), {})
    db.execute(engine, text("UPDATE outbox SET created_at = now() - interval '1 hour', published_at = NULL"), {})
    page = console.page("controls")
    assert "1 jobs have no live lease and no message that could arrive" in page.text
    assert "1 messages have been owed for over 5 min" in page.text
    assert "1 un-ended jobs have a preset that the pipeline test lacks (gone 1)" in page.text
    assert "#messages" in page.links()
    assert "No file can be stored" not in page.text


def test_the_doctor_asks_others_if_it_is_asked_to(console: Console) -> None:
    page = console.page("controls?doctor=all")
    assert "in-the-fixture:1" in page.text
    assert "(not checked)" in page.text, "there is no emulator here"
    assert "A file was written to" in page.text
