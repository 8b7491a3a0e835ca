"""The console in a real Chromium: by mouse, by keyboard alone, and without scripts."""

import contextlib
import gzip
import json
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from sqlalchemy import Engine, text
from werkzeug.serving import WSGIRequestHandler, make_server

from lab.console.fill import fill
from lab.harness.browser import Browser, BrowserPage, find
from lab.harness.waiting import eventually
from service import db
from service.config import read_settings
from service.pipelines import film
from tests.console.conftest import AMOUNTS, env_of, make_app
from tests.support.api import Recorder
from tests.support.console import Iap
from tests.support.databases import Databases, url_of

pytestmark = pytest.mark.slow
AXE = Path(__file__).parents[1] / "support" / "axe" / "axe-4.14.1.min.js.gz"
PAGES = ("", "jobs?error_code=stage_crashed", "letters", "spend", "controls", "record", "new", "nothing-here")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = find()
    if program is None:
        warnings.warn("No Chromium here: the console was not tried in a browser.", pytest.PytestWarning, stacklevel=1)
        pytest.skip("no Chromium: apt-get install chromium")
    with Browser(program) as browser:
        yield browser


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def mess_engine(postgres: str, databases: Databases) -> Iterator[Engine]:
    """A database with a mess in it, for all tests of this module: each touches other jobs of it."""
    name = databases.take()
    url = url_of(postgres, name)
    fill(url, AMOUNTS, gathers=False)
    engine = db.connect(url, pool_size=20)
    yield engine
    engine.dispose()
    databases.give_back(name)


@pytest.fixture(scope="module")
def base(mess_engine: Engine, iap: Iap, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an open console with the mess behind it."""
    settings = read_settings(env_of(tmp_path_factory.mktemp("artifacts")))
    with served(make_app(settings, mess_engine, Recorder(), iap)) as url:
        yield url


@pytest.fixture(scope="module")
def film_base(mess_engine: Engine, iap: Iap, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same for the pipeline of films."""
    settings = read_settings(env_of(tmp_path_factory.mktemp("artifacts")))
    with served(make_app(settings, mess_engine, Recorder(), iap, pipeline=film.pipeline({}))) as url:
        yield url


@contextlib.contextmanager
def served(app: flask.Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/console/"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(engine: Engine, sql: str) -> Any:
    """Return the first column of the first row."""
    with engine.connect() as connection:
        return connection.execute(text(sql)).scalar()


def violations(page: BrowserPage) -> list[str]:
    """What axe finds on the page: rules of WCAG 2.2 A and AA, and best practices."""
    if not page.run("'axe' in window"):
        page.run(gzip.decompress(AXE.read_bytes()).decode() + "; 1")
    found = json.loads(page.run("axe.run().then(found => JSON.stringify(found.violations))"))
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def test_everybody_can_use_every_page(browser: Browser, base: str, mess_engine: Engine) -> None:
    """Nothing is found by axe, the content policy blocks nothing, and no page is wider than its window."""
    job = "job?id=" + ask(mess_engine, "SELECT id FROM jobs WHERE error_code = 'effect_unknown'")
    letter = f"letter?id={ask(mess_engine, 'SELECT max(id) FROM dead_letters')}"
    for width, dark, paths in ((1280, False, [*PAGES, job, letter]), (390, True, ["", "jobs?state=processing", job])):
        with browser.page(width=width, dark=dark) as page:
            for path in paths:
                page.open(base + path)
                assert violations(page) == [], path
                assert page.run("document.documentElement.scrollWidth <= innerWidth"), path
            assert [one for one in page.problems() if "404" not in one] == []
            page.run("document.querySelector('h1').innerHTML = '<img src=/console/static/none.png>'; 1")
            assert [one.partition(":")[0] for one in violations(page)] == ["empty-heading", "image-alt"], "axe looks"


@pytest.mark.parametrize(("scripts", "code"), [(True, "provider_refused"), (False, "worker_died")])
def test_find_and_replay_a_kind_of_failure_by_mouse(
    browser: Browser, base: str, mess_engine: Engine, *, scripts: bool, code: str
) -> None:
    """From "what is wrong" to done in five clicks, with scripts or without."""
    with browser.page(scripts=scripts) as page:
        page.open(base)
        page.click(f".wrongs a[href*={code}]")
        page.click("input[name=which][value=all]", loads=False)
        page.click("button[value=replay]")
        assert "dead letters?" in page.text()
        page.click("input[name=why]", loads=False)
        page.type(f"{code} is over")
        page.click("form.acts button")
        assert "dead letters replayed" in page.text()
    assert ask(mess_engine, f"SELECT count(*) FROM jobs WHERE error_code = '{code}' AND state = 'failed'") == 0
    assert ask(mess_engine, f"SELECT count(DISTINCT job_id) FROM acts WHERE why = '{code} is over'") > 1


BRIEF = """Hi team, can you make this until Friday? Ask Ruth for the photos.
Bakery Nord opens on 3 May at six. Alder Street 12.
The first hundred loaves are free.
Order at bakerynord.example"""


@pytest.mark.parametrize(("scripts", "width"), [(True, 1280), (False, 390)])
def test_a_reading_is_put_right_by_mouse(
    browser: Browser, film_base: str, mess_engine: Engine, *, scripts: bool, width: int
) -> None:
    """A shot is left out, a line told, another picture and a title taken; then the job is sent as it was seen."""
    with browser.page(scripts=scripts, width=width) as page:
        page.open(f"{film_base}new")
        page.click("input[name=user]", loads=False)
        page.type("ada")
        page.click("textarea[name=content]", loads=False)
        page.type(BRIEF)
        page.click("button[value=preview]")
        assert "Nothing is sent yet." in page.text()
        page.click("#part-1 button[aria-label^='Other picture']")
        page.click("#part-3 button[aria-label^='Leave out']")
        assert page.run("location.hash") == "#part-3", "the page stays where the click was"
        page.click(".unused button[aria-label*='Ask Ruth']")
        page.click("input[name=typed]", loads=False)
        page.run("document.querySelector('input[name=typed]').select()")
        page.type("Nord opens")
        page.click("button[value=entry0]")
        told = page.text()
        assert "Ask Ruth for the photos" in told.split("Not in it")[0]
        assert "hundred loaves" in told.split("Not in it")[1]
        assert "Nord opens" in told
        if scripts:
            assert violations(page) == []
        assert page.run("document.documentElement.scrollWidth <= innerWidth")
        page.click(".preview > .changes .send")
        assert "Nord opens" in page.text()
        assert [one for one in page.problems() if "404" not in one] == []
    made = ask(mess_engine, "SELECT metadata::text FROM jobs WHERE user_id = 'ada' ORDER BY created_at DESC LIMIT 1")
    metadata = json.loads(made)
    assert metadata["title"] == "Nord opens"
    assert metadata["leave_out"] == ["The first hundred loaves are free."]
    assert metadata["tell"] == ["Ask Ruth for the photos."]
    assert len(metadata["pictograms"]) == 1


def test_cancel_a_job_by_keyboard_alone(browser: Browser, base: str, mess_engine: Engine) -> None:
    job = ask(mess_engine, "SELECT id FROM jobs WHERE state = 'pending' AND held_for IS NOT NULL")
    with browser.page() as page:
        page.open(f"{base}jobs?held_for=limit_jobs_in_work")
        _tab_to(page, f"document.activeElement.href?.endsWith('job?id={job}')")
        page.press("Enter", loads=True)
        _tab_to(page, "document.activeElement.name === 'why'")
        page.type("nobody wants it")
        _tab_to(page, "document.activeElement.value === 'cancel'")
        page.press("Enter", loads=True)
        assert "The job is cancelled." in page.text()
    assert ask(mess_engine, f"SELECT state FROM jobs WHERE id = '{job}'") == "cancelled"


def test_a_page_renews_itself_unless_it_is_in_use(browser: Browser, base: str, mess_engine: Engine) -> None:
    job = ask(mess_engine, "SELECT id FROM jobs WHERE state = 'processing'")
    event = "new Event('htmx:beforeRequest', {bubbles: true, cancelable: true})"
    may_ask = f"document.getElementById('main').dispatchEvent({event})"
    with browser.page() as page:
        page.open(f"{base}job?id={job}")
        with mess_engine.begin() as connection:
            changed = "UPDATE jobs SET stage_note = 'shot 4 of 5', updated_at = clock_timestamp() WHERE id = :id"
            connection.execute(text(changed), {"id": job})
        eventually(lambda: "shot 4 of 5" in page.text())
        assert page.run(may_ask) is True
        page.click("input[name=why]", loads=False)
        page.type("half a sen")
        assert page.run(may_ask) is False
        assert page.problems() == []


def _tab_to(page: BrowserPage, condition: str) -> None:
    """Press Tab until the condition holds; what has the focus must be seen to have it."""
    for _ in range(200):
        page.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.run(f"document.activeElement === document.body || {outline} !== 'none'"), page.run(
            "document.activeElement.outerHTML"
        )
        if page.run(condition):
            return
    raise AssertionError(condition)
