"""A long history is shown by its last part, in pages, newest first; and never weighs much."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from service.db.schema import job_results
from tests.support.bad_messages import JOB

PATH = f"/pipeline/job/{JOB['job_id']}"
CHANGES = """
INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
SELECT :id, 1, 'pending', 'processing', 'claimed-' || n, json_build_object('message_id', repeat('m', 60), 'n', n)
FROM generate_series(1, :n) n
"""
EXECUTIONS = """
INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token, error)
SELECT :id, 1, n, 'INIT', 'failed', n, gen_random_uuid(), n || repeat('é', 2000) FROM generate_series(1, :n) n
"""
EFFECTS = """
INSERT INTO job_effects (job_id, round, stage, name, run, request_id)
SELECT :id, n, 'INIT', 'shot-' || n, 1, gen_random_uuid() FROM generate_series(1, :n) n
"""


@pytest.fixture
def long(client: FlaskClient, engine: Engine) -> FlaskClient:
    client.post("/pipeline/run", json=JOB)
    with engine.connect() as connection:
        connection.execute(text(CHANGES), {"id": JOB["job_id"], "n": 20_000})
        connection.execute(text(EXECUTIONS), {"id": JOB["job_id"], "n": 3_000})
        connection.execute(text(EFFECTS), {"id": JOB["job_id"], "n": 2_000})
    return client


def test_a_long_story_is_its_last_part_and_its_totals(long: FlaskClient) -> None:
    answer = long.get(PATH)
    assert len(answer.data) < 300_000
    shown = answer.get_json()
    assert shown["totals"] == {"history": 20_001, "stages": 3_000, "effects": 2_000, "results": 0, "dead_letters": 0}
    assert [change["reason"] for change in shown["history"]][-2:] == ["claimed-19999", "claimed-20000"]
    assert [stage["round"] for stage in shown["stages"]][-2:] == [2_999, 3_000]
    assert shown["effects"][-1]["name"] == "shot-2000"
    assert max(len(shown[name]) for name in ("history", "stages", "effects")) <= 100
    assert shown["all_history"] == f"{PATH}/history"


def test_all_of_it_is_in_pages_newest_first(long: FlaskClient) -> None:
    reasons: list[str] = []
    rounds: list[int] = []
    query = "?limit=200"
    while True:
        answer = long.get(f"{PATH}/history{query}")
        page = answer.get_json()
        reasons += [change["reason"] for change in page["history"]]
        rounds += [stage["round"] for stage in page["stages"]]
        assert len(page["history"]) <= 200 >= len(page["stages"])
        if page["next"] is None:
            break
        query = f"?limit=200&before={page['next']}"
    assert reasons == [*(f"claimed-{n}" for n in range(20_000, 0, -1)), "submitted"]
    assert rounds == list(range(3_000, 0, -1))


def test_a_short_story_is_all_there_is(client: FlaskClient) -> None:
    client.post("/pipeline/run", json=JOB)
    shown = client.get(PATH).get_json()
    page = client.get(shown["all_history"]).get_json()
    assert page == {"history": list(reversed(shown["history"])), "stages": [], "next": None}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("before=x", "bad_before"),
        ("before=1", "bad_before"),
        ("before=-1.1", "bad_before"),
        ("before=9999999999999999999.1", "bad_before"),
        ("limit=0", "bad_limit"),
        ("limit=201", "bad_limit"),
        ("page=2", "unknown_parameter"),
        ("limit=1&limit=2", "repeated_parameter"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, query: str, code: str) -> None:
    client.post("/pipeline/run", json=JOB)
    answer = client.get(f"{PATH}/history?{query}")
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)


def test_nobody_has_no_history(client: FlaskClient) -> None:
    assert client.get("/pipeline/job/nobody/history").status_code == 404


def test_a_large_output_is_shown_for_the_current_run_only(client: FlaskClient, engine: Engine) -> None:
    client.post("/pipeline/run", json=JOB)
    with engine.connect() as connection:
        connection.execute(text("UPDATE jobs SET run = 3"))
        for run, size in ((1, 10), (2, 500_000), (3, 900_000)):
            row = {"job_id": JOB["job_id"], "run": run, "status": "success", "processing_time_ms": 1}
            connection.execute(job_results.insert().values(**row, output={"x": "y" * size}))
    shown = client.get(PATH).get_json()
    assert len(shown["result"]["output"]["x"]) == 900_000
    assert [(one["run"], one["output"] is None) for one in shown["earlier_results"]] == [(1, False), (2, True)]
    assert shown["earlier_results"][1]["output_bytes"] > 500_000
    with engine.connect() as connection:
        connection.execute(
            text("UPDATE job_results SET output = CAST(:o AS json) WHERE run = 3"), {"o": json.dumps("z" * 5_000_000)}
        )
    answer = client.get(PATH)
    assert len(answer.data) < 300_000
    assert (answer.get_json()["result"]["output"], answer.get_json()["result"]["output_bytes"]) == (None, 5_000_002)
