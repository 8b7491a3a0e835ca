"""Who may look and who may act; and that no page of another site acts for them."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from service.auth.iap import HEADER
from service.console import forms
from service.db.schema import jobs
from tests.console.test_acts import fail, states
from tests.support.api import rows
from tests.support.console import ADA, AUDIENCE, BOB, EVE, HOST, Console, Html, Iap
from tests.support.rows import put

BehindIap = Callable[..., Console]


def test_iap_says_who_it_is(behind_iap: BehindIap, iap: Iap) -> None:
    assert f"You are {ADA}" in behind_iap(iap.header()).page("").text
    assert "may look but not act" in behind_iap(iap.header(BOB)).page("").text
    assert behind_iap(iap.header("ADA@Example.com")).get("").status_code == 200
    stranger = behind_iap(iap.header(EVE)).get("")
    assert stranger.status_code == 403
    assert "CONSOLE_USERS does not name you" in Html(stranger.text).text


@pytest.mark.parametrize(
    ("status", "claims"),
    [
        (401, {"aud": AUDIENCE + "-other"}),
        (401, {"iss": "https://accounts.google.com"}),
        (401, {"exp": int(time.time()) - 60}),
        (401, {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200}),
        (401, {"kid": "k2"}),
        (401, {"email": None}),
        (401, {"email": ["ada@example.com"]}),
    ],
)
def test_a_header_that_does_not_count(behind_iap: BehindIap, iap: Iap, status: int, claims: dict[str, object]) -> None:
    assert behind_iap(iap.header(**claims)).get("").status_code == status  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "a.b.c",
        "e30.e30.e30",
        "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9.",
        "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9.AAAA",
        "a" * 20_000,
    ],
)
def test_a_header_that_is_not_iaps(behind_iap: BehindIap, value: str) -> None:
    for headers in ({}, {HEADER: value}, {"Authorization": f"Bearer {value}"}):
        assert behind_iap(headers).get("").status_code == 401


def test_another_key_signs(behind_iap: BehindIap) -> None:
    assert behind_iap(Iap().header()).get("").status_code == 401


def test_a_tampered_header(behind_iap: BehindIap, iap: Iap) -> None:
    head, _, signature = iap.header(EVE)[HEADER].split(".")
    claims = iap.header(ADA)[HEADER].split(".")[1]
    assert behind_iap({HEADER: f"{head}.{claims}.{signature}"}).get("").status_code == 401


def test_every_path_asks_who_it_is(behind_iap: BehindIap) -> None:
    nobody = behind_iap()
    for path in (
        "",
        "jobs",
        "job?id=x",
        "letters",
        "letter?id=1",
        "spend",
        "controls",
        "record",
        "new",
        "data?letter=1",
    ):
        assert nobody.get(path).status_code == 401, path
    for path in ("job", "letter", "many", "new", "controls"):
        assert nobody.client.post(f"/console/{path}", headers=nobody.headers).status_code == 401, path


def test_who_may_only_look_sees_no_form_and_is_refused(behind_iap: BehindIap, iap: Iap, engine: Engine) -> None:
    fail(engine, "one")
    bob = behind_iap(iap.header(BOB))
    for path in ("", "jobs", "job?id=one", "letters", "controls", "new"):
        assert not [form for form in bob.page(path).forms if form.method == "post" and form.buttons], path
    ada = behind_iap(iap.header())
    form = ada.page("job?id=one").form("/console/job", act="replay")
    taken = Console(ada.client, iap.header(BOB))
    assert taken.send(form, act="replay", why="x").status_code == 403
    assert states(engine) == {"one": "failed"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://{HOST}.evil.example"},
        {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site(behind_iap: BehindIap, iap: Iap, engine: Engine, headers: dict[str, str]) -> None:
    """Even with the right token: the browser says where it comes from."""
    fail(engine, "one")
    ada = behind_iap(iap.header())
    form = ada.page("job?id=one").form("/console/job", act="replay")
    fields = {**dict(form.fields), "act": "replay", "why": "x"}
    answer = ada.client.post(form.action, data=fields, headers={**ada.headers, **headers})
    assert answer.status_code == 403
    assert states(engine) == {"one": "failed"}


def test_a_form_without_our_token(behind_iap: BehindIap, iap: Iap, engine: Engine) -> None:
    fail(engine, "one")
    ada = behind_iap(iap.header())
    form = ada.page("job?id=one").form("/console/job", act="replay")
    for token in ("", "x", dict(form.fields)["token"][:-1], "é", forms.token_of(forms.fresh_secret(), ADA)):
        assert ada.send(form, act="replay", why="x", token=token).status_code == 403
    # The token belongs to the browser: without its cookie it is worth nothing.
    stranger = behind_iap(iap.header())
    assert stranger.send(form, act="replay", why="x").status_code == 403
    assert states(engine) == {"one": "failed"}
    assert ada.send(form, act="replay", why="x").status_code == 303


def test_the_cookie_is_kept_from_others(behind_iap: BehindIap, iap: Iap) -> None:
    cookie = behind_iap(iap.header()).get("").headers["Set-Cookie"]
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/console/"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_an_open_console_answers_this_machine_alone(console: Console, headers: dict[str, str]) -> None:
    assert console.get("", **headers).status_code == 403
    assert console.get("jobs", **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    "filter_", ["//evil.example", "https://evil.example", "\r\nLocation: https://evil.example", "state=failed&x=//evil"]
)
def test_no_answer_leads_to_another_site(console: Console, engine: Engine, filter_: str) -> None:
    fail(engine, "one")
    form = console.page("jobs").form("/console/many", kind="jobs")
    answer = console.send(form, act="replay", which="some", id="one", filter=filter_)
    page = Html(answer.text)
    assert all(link.startswith(("/console/", "#")) for link in page.links())
    assert "Location" not in answer.headers
    for path in (f"job?id=one&done={filter_}", f"new?from={filter_}", f"?span={filter_}", "many"):
        headers = console.get(path).headers
        assert headers.get("Location", "/console/").startswith("/console/")
        assert "evil" not in headers.get("Location", "")


@pytest.mark.parametrize(
    ("raw", "is_ours"),
    [
        ("/console/jobs?state=failed", True),
        ("/console/", True),
        ("//evil.example/console/", False),
        ("/console//evil.example", False),
        ("/\\evil.example/console/", False),
        ("https://evil.example/console/", False),
        ("javascript:alert(1)//console/", False),
        ("/console/\r\nX: y", False),
        ("/pipeline/jobs", False),
    ],
)
def test_a_local_path(raw: str, *, is_ours: bool) -> None:
    assert (forms.local_path(raw) is not None) is is_ours


def test_other_methods_and_kinds_of_body(console: Console, engine: Engine) -> None:
    put(engine, job_id="one")
    headers = {**console.headers, "Origin": f"http://{HOST}"}
    assert console.client.delete("/console/job", headers=headers).status_code == 405
    assert console.client.post("/console/jobs", headers=headers).status_code == 405
    assert console.client.post("/console/job", json={"id": "one"}, headers=headers).status_code in (400, 403)
    assert console.client.post("/console/job", data=b"\xff\xfe=%ff", headers=headers).status_code in (400, 403)
    assert console.client.post("/console/job", data=b"a=b&" * 2_000, headers=headers).status_code in (400, 403)
    assert rows(engine, jobs)[0]["state"] == "pending"


def test_looking_changes_nothing(console: Console, engine: Engine) -> None:
    fail(engine, "one")
    form = console.page("job?id=one").form("/console/job", act="replay")
    fields = "&".join(f"{name}={value}" for name, value in [*form.fields, ("act", "replay"), ("why", "x")])
    for path in (f"job?{fields}", f"many?{fields}", f"controls?{fields}"):
        console.get(path)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM acts WHERE act <> 'submit'")).scalar() == 0
    assert states(engine) == {"one": "failed"}
