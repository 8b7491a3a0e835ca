"""Every page answers, says what is there, and loads and runs nothing but its own."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from service import db
from service.console.routes import PAGES
from service.errors import Unavailable
from service.queries import spend
from tests.support.console import Console, Html
from tests.support.rows import put

SHOWN = [page.name for page in PAGES if page.title]


def ids(engine: Engine, sql: str) -> list[str]:
    with engine.connect() as connection:
        return [str(row[0]) for row in connection.execute(text(sql))]


@pytest.mark.parametrize("name", SHOWN)
def test_a_page_of_an_empty_service(console: Console, name: str) -> None:
    page = console.page("" if name == "overview" else name)
    assert [tag for tag, _ in page.tags if tag == "h1"] == ["h1"]
    assert ("a", "page") in [(tag, about.get("aria-current")) for tag, about in page.tags]


@pytest.mark.usefixtures("mess")
def test_every_page_of_a_mess_is_inert(console: Console, engine: Engine) -> None:
    (letter,) = ids(engine, "SELECT max(id) FROM dead_letters WHERE run IS NOT NULL")
    (refused,) = ids(engine, "SELECT max(id) FROM dead_letters WHERE run IS NULL")
    jobs = ids(engine, "SELECT DISTINCT ON (state, error_code) id FROM jobs")
    paths = ["" if name == "overview" else name for name in SHOWN]
    paths += [f"job?id={job}" for job in jobs] + [f"letter?id={letter}", f"letter?id={refused}", "jobs?state=failed"]
    for path in [*paths, "?span=week", "spend?span=month", "letters?reason=worker_died&all=1", "nothing-here"]:
        answer = console.get(path)
        assert answer.status_code == (404 if path == "nothing-here" else 200), (path, answer.text)
        page = Html(answer.text)
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert all(link.startswith(("/console/", "#")) for link in page.links()), page.links()
        for tag, about in page.tags:
            assert not [name for name in about if name == "style" or name.startswith("on")], (path, tag, about)
            assert tag not in ("style", "iframe", "object", "embed", "base")
            assert tag != "script" or about.get("src")
        for form in page.forms:
            assert form.method == "get" or dict(form.fields).get("token"), (path, form)


@pytest.mark.usefixtures("mess")
def test_a_sentence_leads_to_just_those_jobs(console: Console) -> None:
    overview = console.get("").text
    found = re.findall(r'<a href="(/console/letters\?[^"]+)">(\d+) jobs? failed: (\w+) in (\w+)</a>', overview)
    assert sum(int(count) for _, count, _, _ in found) == 60
    assert len(found) >= 5
    for url, count, code, _stage in found:
        page = console.page(url.removeprefix("/console/").replace("&amp;", "&"))
        listed = [about for tag, about in page.tags if tag == "input" and about.get("name") == "id"]
        assert len(listed) == int(count), (url, page.text)
        assert page.text.count(code) >= int(count)


@pytest.mark.usefixtures("mess")
def test_what_stops_jobs_is_said_with_its_list(console: Console, engine: Engine) -> None:
    overview = console.page("")
    for column, words in (("waits_for", "for provider:vertex"), ("held_for", "held: its user has")):
        count = len(ids(engine, f"SELECT id FROM jobs WHERE {column} IS NOT NULL AND state = 'pending'"))
        assert count
        assert words in overview.text
        (url,) = {link for link in overview.links() if f"{column}=" in link}
        page = console.page(url.removeprefix("/console/"))
        assert len([about for tag, about in page.tags if tag == "input" and about.get("name") == "id"]) == count


@pytest.mark.usefixtures("mess")
def test_of_many_orders_the_newest_are_summed(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "over $" not in console.page("").text
    monkeypatch.setattr(spend, "MOST_SUMMED", 3)
    assert "over $" in console.page("").text


def test_a_list_is_in_its_url(console: Console, engine: Engine) -> None:
    put(engine, job_id="one", user_id="ada", content="A lighthouse")
    put(engine, job_id="two", user_id="bob", content="A harbour")
    assert "one" in console.page("jobs?user=ada&text=LIGHT").text
    assert "two" not in console.page("jobs?user=ada").text.replace("two or", "")
    assert console.get("jobs?state=bogus").status_code == 422
    assert console.get("jobs?cursor=%00").status_code == 422
    assert console.get("jobs?user=%00").status_code == 422
    assert console.get("letters?before=nan").status_code == 422
    assert console.get("letters?since=yesterday").status_code == 422


@pytest.mark.usefixtures("mess")
def test_pages_of_a_list_hold_each_job_once(console: Console) -> None:
    seen: list[str] = []
    path = "jobs?state=completed"
    while True:
        page = console.page(path)
        seen += [about["value"] or "" for tag, about in page.tags if tag == "input" and about.get("name") == "id"]
        older = [link for link in page.links() if "cursor=" in link]
        if not older:
            break
        path = older[0].removeprefix("/console/")
    assert len(seen) == len(set(seen)) > 400


def test_an_unchanged_job_is_not_rendered_again(console: Console, engine: Engine) -> None:
    put(engine, job_id="one")
    console.get("job?id=one")  # the first answer gives the browser its cookie, and belongs to no browser yet
    etag = console.get("job?id=one").headers["ETag"]
    again = console.get("job?id=one", **{"If-None-Match": etag})
    assert again.status_code == 304
    assert again.data == b""
    with engine.begin() as connection:
        connection.execute(text("UPDATE jobs SET stage = 'FAST', updated_at = clock_timestamp()"))
    assert console.get("job?id=one", **{"If-None-Match": etag}).status_code == 200
    assert (
        Console(console.client.application.test_client()).get("job?id=one", **{"If-None-Match": etag}).status_code
        == 200
    )


def test_what_is_gone_says_so(console: Console) -> None:
    for path in ("job?id=none", "letter?id=7", "output?job=none&execution=1", "file?job=none&name=x", "data?letter=7"):
        answer = console.get(path)
        assert answer.status_code == 404, path
        assert Html(answer.text).text.count("There is no"), path


def test_the_database_is_away(console: Console, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unavailable("database_unavailable", "The database does not answer.")

    assert engine is not None
    monkeypatch.setattr(db, "execute", away)
    answer = console.get("")
    assert answer.status_code == 503
    assert "The database does not answer." in Html(answer.text).text


def test_static_files_are_kept_and_others_are_not_there(console: Console) -> None:
    page = console.page("")
    files = [link for link in page.links() if "/static/" in link]
    assert len(files) == 5
    for link in files:
        answer = console.get(link.removeprefix("/console/"))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    for path in ("static/..%2f..%2froutes.py", "static/LICENSE.htmx", "static/"):
        assert console.get(path).status_code == 404


def test_times_are_said_in_utc(console: Console, engine: Engine) -> None:
    put(engine, job_id="one")
    times = [about["datetime"] for tag, about in console.page("job?id=one").tags if tag == "time"]
    assert times
    assert all(datetime.fromisoformat(time or "").tzinfo == UTC for time in times)
