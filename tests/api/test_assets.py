"""Uploads: what a caller brings, to whom it belongs, and which jobs may refer to it."""

import io
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from service.api import assets
from service.assets.names import AssetName, parse
from service.config import Settings
from service.db.schema import jobs
from service.dev.issuer import LocalIssuer
from tests.support import files
from tests.support.api import AUDIENCE, BOUND, CALLER, OPERATOR, OTHER, refused, rows
from tests.support.bad_messages import JOB

Ask = Callable[..., TestResponse]
PATH = "/pipeline/assets"
LOGO = files.picture("PNG", mode="RGBA")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


@pytest.fixture
def ask(serve: Callable[[Settings], FlaskClient], settings: Settings, issuer: LocalIssuer, folder: Path) -> Ask:
    """Ask as an account: `ask(OTHER, "GET", path)`."""
    client = serve(replace(settings, auth=True, artifacts_url=folder.as_uri()))

    def request(email: str, method: str, path: str = PATH, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {issuer.token(AUDIENCE, email)}", **more.pop("headers", {})}
        return client.open(path, method=method, headers=headers, **more)

    return request


def reference_of(answer: TestResponse) -> str:
    assert answer.status_code == 201, answer.text
    assert answer.json
    return str(answer.json["asset"])


def submit(ask: Ask, email: str, reference: object, **changes: object) -> TestResponse:
    body = {**JOB, "job_id": None, "metadata": {"logo": reference}, **changes}
    return ask(email, "POST", "/pipeline/run", json=body)


def test_a_file_is_kept_anew_and_answered_with_a_reference(ask: Ask, folder: Path) -> None:
    answer = ask(CALLER, "POST", data=LOGO + b"<script>", headers={"Content-Type": "text/html"})
    reference = reference_of(answer)
    assert answer.json == {
        "asset": reference,
        "kind": "picture",
        "media_type": "image/png",
        "bytes": answer.json["bytes"] if answer.json else 0,
        "user_id": None,
        "about": {"width": 64, "height": 48, "is_transparent": True},
    }
    (kept,) = folder.glob("@assets/*/*/*")
    assert b"script" not in kept.read_bytes()
    assert Image.open(io.BytesIO(kept.read_bytes())).size == (64, 48)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert reference_of(ask(CALLER, "POST", data=LOGO)) == reference
    assert len(list(folder.glob("@assets/*/*/*"))) == 1
    listed = ask(CALLER, "GET").json
    assert listed
    assert [one["asset"] for one in listed["assets"]] == [reference]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "asset_empty"),
        (b"<svg/>", 415, "asset_unsupported"),
        (files.picture("GIF"), 415, "asset_unsupported"),
        (files.picture("PNG")[:90], 422, "asset_broken"),
        (files.png(1, 100_000), 422, "asset_unsuitable"),
        (b"\x89PNG" + b"x" * 10_000_000, 413, "body_too_large"),
    ],
)
def test_what_is_no_asset_is_refused(ask: Ask, folder: Path, data: bytes, status: int, code: str) -> None:
    """However it is called: neither a name nor a type is believed."""
    headers = {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="../../logo.png"'}
    refused(ask(CALLER, "POST", data=data, headers=headers), status, code)
    assert list(folder.glob("**/*")) == []


def test_nobody_without_a_token_uploads(ask: Ask, guarded: FlaskClient, folder: Path) -> None:
    refused(guarded.post(PATH, data=LOGO), 401, "no_token")
    refused(ask("stranger@example.com", "POST", data=LOGO), 403, "caller_not_allowed")
    refused(ask(BOUND, "POST", f"{PATH}?user_id=ada", data=LOGO), 403, "user_not_allowed")
    for wrong in ("user_id=%20", "user_id=", "user_id=a&user_id=b", f"user_id={'a' * 256}"):
        refused(ask(CALLER, "POST", f"{PATH}?{wrong}", data=LOGO), 422, "bad_user_id")
    refused(ask(CALLER, "POST", f"{PATH}?name=x", data=LOGO), 422, "unknown_parameter")
    assert list(folder.glob("**/*")) == []
    assert ask(BOUND, "POST", f"{PATH}?user_id=shop-1", data=LOGO).status_code == 201


def test_an_asset_is_for_the_jobs_of_its_account(ask: Ask, engine: Engine) -> None:
    mine = reference_of(ask(CALLER, "POST", data=LOGO))
    assert submit(ask, CALLER, mine).status_code == 202
    assert submit(ask, OPERATOR, [mine]).status_code == 202
    foreign = refused(submit(ask, OTHER, mine), 422, "asset_not_found")
    assert foreign["field"] == "metadata"
    name = parse(mine)
    assert name is not None
    unknown = AssetName(name.owner, name.user, "0" * 16 + "-picture.png").reference
    missing = refused(submit(ask, CALLER, {"deep": [unknown]}), 422, "asset_not_found")
    assert missing["detail"].replace(unknown, mine) == foreign["detail"]
    assert len(rows(engine, jobs)) == 2
    # The same file, uploaded by the other account, is another asset.
    theirs = reference_of(ask(OTHER, "POST", data=LOGO))
    assert theirs != mine
    assert submit(ask, OTHER, theirs).status_code == 202


def test_an_asset_of_a_person_is_for_that_persons_jobs(ask: Ask) -> None:
    of_ada = reference_of(ask(CALLER, "POST", f"{PATH}?user_id=ada", data=LOGO))
    assert submit(ask, CALLER, of_ada, user_id="ada").status_code == 202
    for email in (CALLER, OPERATOR, OTHER):
        refused(submit(ask, email, of_ada, user_id="bob"), 422, "asset_not_found")


def test_a_deleted_asset_is_gone_for_new_jobs_and_a_sent_request_keeps_its_answer(ask: Ask) -> None:
    mine = reference_of(ask(CALLER, "POST", data=LOGO))
    body = {**JOB, "job_id": None, "metadata": {"logo": mine}}
    headers = {"Idempotency-Key": '"k"'}
    first = ask(CALLER, "POST", "/pipeline/run", json=body, headers=headers)
    path = f"{PATH}/{mine.removeprefix('asset:')}"
    refused(ask(OTHER, "DELETE", path), 404, "asset_not_found")
    assert submit(ask, CALLER, mine).status_code == 202
    for _ in range(2):
        assert ask(CALLER, "DELETE", path).status_code == 204
    refused(submit(ask, CALLER, mine), 422, "asset_not_found")
    assert ask(CALLER, "POST", "/pipeline/run", json=body, headers=headers).data == first.data


@pytest.mark.parametrize("path", ["x", "../../jobs", "%2e%2e/%2e%2e/x", "0123456789abcdef/-/x.png", "asset:asset:x"])
def test_a_path_that_is_no_reference_deletes_nothing(ask: Ask, folder: Path, path: str) -> None:
    reference_of(ask(CALLER, "POST", data=LOGO))
    (folder / "x.png").write_text("of a job")
    assert ask(CALLER, "DELETE", f"{PATH}/{path}").status_code == 404
    assert len([one for one in folder.glob("**/*") if one.is_file()]) == 2


def test_an_operator_may_delete_what_is_anybodys(ask: Ask) -> None:
    mine = reference_of(ask(CALLER, "POST", data=LOGO))
    assert ask(OPERATOR, "DELETE", f"{PATH}/{mine}").status_code == 204
    assert (ask(CALLER, "GET").json or {})["assets"] == []


def test_what_an_account_keeps_is_bounded(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "MOST_FILES", 1)
    reference_of(ask(CALLER, "POST", data=LOGO))
    refused(ask(CALLER, "POST", data=files.picture("JPEG")), 409, "assets_full")
    monkeypatch.setattr(assets, "MOST_FILES", 9)
    monkeypatch.setattr(assets, "MOST_BYTES", 400)
    refused(ask(CALLER, "POST", data=files.picture("JPEG")), 409, "assets_full")
    assert ask(OTHER, "GET").json == {"assets": [], "bytes": 0, "most_bytes": 400}


def test_a_job_refers_to_so_many_assets(ask: Ask) -> None:
    many = [f"asset:0123456789abcdef/-/{number:016x}-picture.png" for number in range(33)]
    refused(submit(ask, CALLER, many), 422, "too_many_assets")


def test_a_store_that_is_away_is_a_503(ask: Ask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> bool:
        raise OSError

    mine = reference_of(ask(CALLER, "POST", data=LOGO))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "is_file", away)
        refused(submit(ask, CALLER, mine), 503, "artifacts_unavailable")
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("a disk that is not mounted")
    refused(ask(CALLER, "POST", data=LOGO), 503, "artifacts_unavailable")


def test_who_uploaded_and_deleted_is_in_the_log(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        mine = reference_of(ask(CALLER, "POST", data=LOGO))
        ask(OPERATOR, "DELETE", f"{PATH}/{mine}")
    told = [vars(record) for record in caplog.records]
    said = {(one["action"], one["by"], one["asset"]) for one in told if "asset" in one}
    assert said == {("asset", CALLER, mine), ("asset_delete", OPERATOR, mine)}
