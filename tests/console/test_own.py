"""What a pipeline of one's own shows of its results: text, HTML that can do nothing, and files of the job."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from sqlalchemy import Engine, insert, text

from service import artifacts, db
from service.config import Settings
from service.console.own import ATTRIBUTES, ELEMENTS, clean
from service.db.schema import job_results
from service.pipeline import File, Output, Shown
from tests.console.conftest import make_app
from tests.support.api import PIPELINE, Recorder
from tests.support.console import Console, Html, Iap
from tests.support.rows import put

EVIL = (
    "</div></section></main><script>alert(1)</script><img src=x onerror=alert(1)><a href=javascript:alert(1) hx-post="
    "/console/job hx-trigger=load>x</a><form action=/console/job><input name=token><style>*{}</style><svg onload=a()>"
    "<h3 id=main class=done style=color:red hx-get=/ onclick=a()>t</h3><td colspan=2 scope='col\"><b'>c<math><title>"
)
Shows = Callable[..., Console]


@pytest.fixture
def shows(engine: Engine, settings: Settings, publisher: Recorder, iap: Iap) -> Shows:
    """`shows(show, output)` is the console of a pipeline with this function, and a job `one` with that result."""

    def console(show: Callable[[Output], Shown] | None, output: dict[str, Any]) -> Console:
        put(engine, job_id="one")
        result = {"job_id": "one", "run": 1, "status": "success", "output": output, "processing_time_ms": 1}
        db.execute(engine, insert(job_results).values(**result), {})
        db.execute(engine, text("UPDATE jobs SET state = 'completed'"), {})
        return Console(
            make_app(settings, engine, publisher, iap, replace(PIPELINE, name="mine", show=show)).test_client()
        )

    return console


def test_text_html_and_files_in_their_order(shows: Shows, settings: Settings, tmp_path: Path) -> None:
    store = artifacts.connect(settings.artifacts_url)("one")
    urls = {}
    for name in ("chart.png", "words.txt", "page.html"):
        (tmp_path / name).write_text("<script>alert(1)</script>")
        urls[name] = store.put(tmp_path / name, name, "text/plain")

    def show(output: Output) -> Shown:
        title = Markup("<h3>{}</h3><p>Made of <strong>{}</strong> words.</p>").format(output["title"], 3)
        return [title, *(File(url) for url in output["files"]), f"As it is: {output['title']}"]

    console = shows(show, {"title": "<i>Bread</i>", "files": [*urls.values(), "file:///etc/passwd"]})
    page = console.get("job?id=one").text
    assert "<h3>&lt;i&gt;Bread&lt;/i&gt;</h3><p>Made of <strong>3</strong> words.</p>" in page
    assert "As it is: &lt;i&gt;Bread&lt;/i&gt;" in page
    assert '<img src="/console/file?job=one&amp;name=show-2" alt="chart.png">' in page
    answers = [console.get(f"file?job=one&name=show-{number}") for number in range(1, 8)]
    assert [answer.status_code for answer in answers] == [404, 200, 200, 200, 404, 404, 404]
    assert [answer.mimetype for answer in answers[1:4]] == ["image/png", "text/plain", "application/octet-stream"]
    assert all("sandbox" in answer.headers["Content-Security-Policy"] for answer in answers[1:4])
    for answer in answers:
        answer.close()


def test_html_that_holds_data_unescaped_is_harmless(shows: Shows) -> None:
    forgot_to_escape = lambda output: Markup(output["title"])  # noqa: E731, S704 (what a pipeline may get wrong)
    page = shows(forgot_to_escape, {"title": EVIL}).page("job?id=one")
    (main,) = [about for tag, about in page.tags if about.get("id") == "main"]
    assert main == {"id": "main", "tabindex": "-1"}
    assert [tag for tag, _ in page.tags if tag in ("script", "img", "style", "math")] == ["script", "script"]
    assert not [name for _, about in page.tags for name in about if name.startswith(("on", "hx-")) or name == "style"]
    assert all(link.startswith(("/console/", "#")) for link in page.links())
    assert [about for tag, about in page.tags if tag == "h3" and about] == []


@pytest.mark.parametrize(
    "html", [EVIL, "<b>1<p>2</b>3", "</p>", "a<br>b<hr/>", "<td colspan=3>x", "&lt;script&gt;&amp;"]
)
def test_what_comes_through_is_whole(html: str) -> None:
    again = clean(html)
    assert clean(again) == again
    opened: list[str] = []
    for tag, about in Html(again).tags:
        assert tag in ELEMENTS
        assert all(value in ATTRIBUTES[name] for name, value in about.items())
        opened.append(tag)
    assert all(again.count(f"<{tag}") >= again.count(f"</{tag}>") for tag in ELEMENTS)


@given(st.text(alphabet="<>/ab!-[]&;='\"? \n\tscript", max_size=60))
def test_nothing_but_our_elements_comes_through(html: str) -> None:
    assert {tag for tag, _ in Html(clean(html)).tags} <= ELEMENTS


@pytest.mark.parametrize(
    ("show", "why"),
    [
        (lambda output: output["missing"], "KeyError: 'missing' (test_own.py:"),
        (lambda _output: 7, "TypeError"),
        (lambda _output: [None], "show returned NoneType"),
    ],
)
def test_a_function_that_fails_leaves_the_rest_of_the_page(shows: Shows, show: Any, why: str) -> None:
    console = shows(show, {"words": 42, "film_url": "x"})
    page = console.page("job?id=one").text
    assert "mine cannot show this result: " in page
    assert why in page
    assert '"words": 42' in page
    assert console.get("file?job=one&name=show-1").status_code == 404


def test_without_a_function_there_is_no_such_part(shows: Shows) -> None:
    assert "What it made" not in shows(None, {"words": 42}).page("job?id=one").text


def test_a_page_of_other_code_is_not_kept(shows: Shows, engine: Engine, settings: Settings, iap: Iap) -> None:
    first = shows(lambda _output: "old", {"words": 42})
    first.get("job?id=one")
    old = first.get("job?id=one")
    etag, cookie = old.headers["ETag"], first.client.get_cookie("console", path="/console/")
    assert cookie is not None
    assert first.get("job?id=one", **{"If-None-Match": etag}).status_code == 304
    released = replace(PIPELINE, name="mine", show=lambda _output: "new")
    second = Console(make_app(settings, engine, Recorder(), iap, released).test_client())
    second.client.set_cookie("console", cookie.value, path="/console/")
    assert "new" in second.get("job?id=one", **{"If-None-Match": etag}).text
