"""The OpenAPI document is true: it has every route and no others, real answers match it, and schemathesis, which reads
it, finds no request that is answered differently."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.names import API_AUDIENCE, CALLER
from lab.harness.processes import Gunicorn
from lab.harness.world import World
from service.api import openapi
from service.api.schemas import JOB_ID_PATTERN
from service.config import SURFACES
from service.delivery.messages import odd_id
from tests.support import files
from tests.support.gated import Gates, InProcess, later, never

Start = Callable[..., InProcess]


def test_every_route_is_described_and_no_other(start: Start) -> None:
    service = start()
    full = openapi.document(frozenset({"quick_social"}))
    described = {(path, method) for path, methods in full["paths"].items() for method in methods}
    routes = openapi.operations_of(service.app.url_map)
    assert routes == described
    served = json.loads(service.get("/openapi.json").body)
    assert {(path, method) for path, methods in served["paths"].items() for method in methods} == routes


@pytest.mark.parametrize("surface", SURFACES)
def test_a_process_describes_what_it_serves(start: Start, surface: str) -> None:
    answer = start(surface=surface).get("/openapi.json")
    if surface in ("push", "console"):
        assert answer.status == 404
        return
    paths = json.loads(answer.body)["paths"]
    assert ("/push" in paths) == (surface == "all")
    assert "/pipeline/run" in paths


def test_the_pattern_of_an_id_says_what_is_taken() -> None:
    """Up to U+FFFF, beyond which not every dialect of patterns can name a character."""
    plain = (chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000)
    ids = [f"a{character}" for character in plain]
    ids += ["/", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "a/../b", "a/..b", "...", "a.b", ".a", "a/.b"]
    # Only in Python does "$" match before a line break too.
    pattern = re.compile(JOB_ID_PATTERN.removesuffix("$") + r"\Z")
    said = {job_id for job_id in ids if pattern.search(job_id)}
    assert said == {job_id for job_id in ids if odd_id(job_id) is None}


def test_every_reference_leads_somewhere() -> None:
    full = openapi.document(frozenset({"p"}))
    named = set(re_refs(full))
    assert named == {f"#/components/schemas/{name}" for name in full["components"]["schemas"]}


def re_refs(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from re_refs(one)
    elif isinstance(value, list):
        for one in value:
            yield from re_refs(one)


def test_the_document_is_openapi() -> None:
    """Each schema is valid JSON Schema 2020-12, and each operation has what OpenAPI requires."""
    jsonschema = pytest.importorskip("jsonschema", reason="NOT CHECKED: jsonschema is not installed")
    full = openapi.document(frozenset({"p"}))
    assert full["openapi"].startswith("3.1")
    for schema in full["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for path, methods in full["paths"].items():
        for method, one in methods.items():
            assert one["summary"], (path, method)
            assert all(answer["description"] for answer in one["responses"].values())
            placed = {parameter["name"] for parameter in one.get("parameters", []) if parameter["in"] == "path"}
            assert placed == {part[1:-1] for part in path.split("/") if part.startswith("{")}


class Checked:
    """Asks the service, and checks each answer against the document that it serves."""

    def __init__(self, service: InProcess, world: World) -> None:
        self.jsonschema = pytest.importorskip("jsonschema", reason="NOT CHECKED: jsonschema is not installed")
        self.client = service.app.test_client()
        self.api = {"Authorization": f"Bearer {world.issuer.token(API_AUDIENCE, CALLER)}"}
        self.push = {"Authorization": f"Bearer {world.token()}"}
        self.document = json.loads(self.client.get("/openapi.json").data)
        self.seen: set[tuple[str, str, str]] = set()

    def ask(self, method: str, template: str, path: str | None = None, **more: Any) -> Any:
        more.setdefault("headers", self.push if template == "/push" else self.api)
        answer = self.client.open(path or template, method=method, **more)
        said = self.document["paths"][template][method.lower()]["responses"]
        assert str(answer.status_code) in said, f"{method} {template} answered {answer.status_code}: {answer.text}"
        described = said[str(answer.status_code)]
        self.seen.add((template, method.lower(), str(answer.status_code)))
        for name in described.get("headers", {}):
            # Of the 409s, only one kind has the header.
            assert name in answer.headers or answer.status_code == 409, name
        content = described.get("content")
        if content is None:
            assert answer.data == b""
            return None
        media = (answer.content_type or "").partition(";")[0]
        assert media in content
        if not media.endswith("json"):
            return answer.text
        parsed = json.loads(answer.data)
        schema = {"$ref": content[media]["schema"].get("$ref"), "components": self.document["components"]}
        if schema["$ref"] is None:
            schema = content[media]["schema"]
        kinds = self.jsonschema.Draft202012Validator
        kinds(schema, format_checker=kinds.FORMAT_CHECKER).validate(parsed)
        return parsed


def test_real_answers_are_as_described(start: Start, world: World, gates: Gates) -> None:
    service = start()
    checked = Checked(service, world)
    done, failed, waiting = Brief(), Brief(), Brief()
    gates.does(failed.job_id, "B", never)
    gates.does(waiting.job_id, "B", later)

    for path in ("/health", "/ready", "/openapi.json", "/metrics"):
        checked.ask("GET", path)
    for brief in (done, failed, waiting):
        checked.ask("POST", "/push", data=brief.body())
    checked.ask("POST", "/push", data=b"{}")
    checked.ask("POST", "/push", data=b"{}", headers={})
    checked.ask("POST", "/push", data=b"{}", headers=checked.api)

    run = {"user_id": "u", "content": "Text.", "preset": "quick_social", "metadata": {"n": [1, None]}}
    sent = checked.ask("POST", "/pipeline/run", json=run, headers={**checked.api, "Idempotency-Key": '"k"'})
    checked.ask("POST", "/pipeline/run", json={**run, "job_id": done.job_id})
    checked.ask("POST", "/pipeline/run", json={**run, "preset": "none"})
    checked.ask("POST", "/pipeline/run", data=b"[")
    checked.ask("POST", "/pipeline/run", data=b" " * 14_000_000)

    checked.ask("POST", "/pipeline/preview", json=run)
    checked.ask("POST", "/pipeline/preview", json={**run, "preset": "none"})

    one = "/pipeline/job/{job_id}"
    for job_id in (done.job_id, failed.job_id, waiting.job_id, sent["job_id"], "nobody"):
        checked.ask("GET", one, f"/pipeline/job/{job_id}")
    checked.ask("GET", one, f"/pipeline/job/{done.job_id}", headers={**checked.api, "If-None-Match": "*"})
    for job_id in (failed.job_id, "nobody"):
        checked.ask("GET", f"{one}/history", f"/pipeline/job/{job_id}/history?limit=2")
    checked.ask("GET", f"{one}/history", f"/pipeline/job/{failed.job_id}/history?before=x")
    shown = checked.ask("GET", one, f"/pipeline/job/{failed.job_id}")
    letter = shown["dead_letters"][0]["id"]
    assert shown["error"] == {**shown["error"], "stage": "B", "attempt": 1, "dead_letter_id": letter}
    for job_id in (sent["job_id"], done.job_id, "nobody"):
        checked.ask("POST", f"{one}/cancel", f"/pipeline/job/{job_id}/cancel")
        checked.ask("POST", f"{one}/links", f"/pipeline/job/{job_id}/links")
    checked.ask("GET", one, f"/pipeline/job/{sent['job_id']}")

    checked.ask("GET", "/pipeline/jobs")
    checked.ask("GET", "/pipeline/jobs", "/pipeline/jobs?limit=1")
    checked.ask("GET", "/pipeline/jobs", "/pipeline/jobs?limit=0")
    checked.ask("GET", "/pipeline/jobs", headers={})
    checked.ask("GET", "/pipeline/jobs", headers=checked.push)
    kept = checked.ask("POST", "/pipeline/assets", data=files.picture())["asset"]
    for data in (b"", b"<svg/>", b" " * 10_000_001):
        checked.ask("POST", "/pipeline/assets", data=data)
    checked.ask("GET", "/pipeline/assets")
    for path in (kept, "nothing"):
        checked.ask("DELETE", "/pipeline/assets/{asset}", f"/pipeline/assets/{path}")
    checked.ask("POST", "/sweep")
    checked.ask("POST", "/prune")

    good = {(path, method) for path, methods in checked.document["paths"].items() for method in methods}
    assert {(path, method) for path, method, status in checked.seen if status < "400"} == good


CONFIG = """
hooks = "{hooks}"

[generation]
allow-x00 = true

[phases.coverage]
# No OPTIONS: an id may end in "/cancel", so that path also takes a GET, for the job of that id.
unexpected-methods = ["GET", "PUT", "POST", "DELETE", "PATCH", "TRACE", "QUERY"]

[[operations]]
include-name = "POST /push"
headers = {{ Authorization = "Bearer {push}" }}

[[operations]]
exclude-name = "POST /push"
headers = {{ Authorization = "Bearer {api}" }}

[[operations]]
# A cursor must come from a previous page, and times are checked more strictly than their format says.
include-name = "GET /pipeline/jobs"
checks.positive_data_acceptance.expected-statuses = ["2xx", "422"]

[[operations]]
include-name = "GET /pipeline/job/{{job_id}}/history"
checks.positive_data_acceptance.expected-statuses = ["2xx", "404", "422"]

[[operations]]
# A schema cannot say which bytes are a picture.
include-name = "POST /pipeline/assets"
checks.positive_data_acceptance.expected-statuses = ["2xx", "415", "422"]
"""

HOOKS = """
import re
import uuid
import schemathesis

@schemathesis.hook
def filter_query(context, query):
    # An empty list or object is sent as nothing at all, which no schema can forbid.
    return not query or not any(value in ([], {}) for value in query.values())

@schemathesis.hook
def before_call(context, case, kwargs):
    # A request that must be accepted needs a key of its own: a key that is used again is refused, whatever the body.
    if case.meta and case.meta.generation.mode.is_positive and "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
    elif re.fullmatch("[A-Za-z0-9_.:/+=~@-]+", str((case.headers or {}).get("Idempotency-Key", ""))):
        # `true` or 0 is meant to be no text, but in a header it is one, and a good key.
        case.headers["Idempotency-Key"] = '"'
"""


def program() -> str | None:
    """The schemathesis command beside this Python, else any on the PATH."""
    beside = Path(sys.executable).with_name("schemathesis")
    return str(beside) if beside.exists() else shutil.which("schemathesis")


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("schemathesis") is None, reason="NOT CHECKED: schemathesis is not installed (requirements-dev.txt)"
)
def test_schemathesis_finds_nothing(world: World, gunicorn: Callable[..., Gunicorn]) -> None:
    """The requests are the same each time: the seed and their number are fixed."""
    port = gunicorn().port
    hooks, config = world.folder / "hooks.py", world.folder / "schemathesis.toml"
    hooks.write_text(HOOKS)
    api = world.issuer.token(API_AUDIENCE, CALLER)
    config.write_text(CONFIG.format(hooks=hooks, push=world.token(), api=api))
    command = [program() or "schemathesis", "--config-file", str(config), "run"]
    where = f"http://127.0.0.1:{port}/openapi.json"
    options = ["--checks", "all", "--max-examples", "25", "--generation-deterministic"]
    done = subprocess.run(
        [*command, where, *options, "--no-color"],
        cwd=world.folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
