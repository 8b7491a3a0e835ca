"""Callers of the API who want what is not theirs: jobs, ids, users, money, the sweep."""

from collections.abc import Iterator

from lab.redteam.target import ALICE, MALLORY, MAX_JOB_USD, OPERATOR, SWEEPER, Attempt, Target, brief

ODD_IDS = ("..", ".", "/x", "a/../b", "a\nb", "a\u2028b", "a\u202eb", "\x9b2J", "x\x7f", "\u200b", "a\tb", "\ufeff")
UNKNOWN = "00000000-0000-4000-8000-00000000dead"


def jobs(target: Target) -> Iterator[Attempt]:
    """Everything that can be done with a job, by a caller whose job it is not."""
    body = brief()
    alices = target.ask(ALICE, "POST", "/pipeline/run", body).json["job_id"]
    pushed = "pushed-1"
    target.push(brief(job_id=pushed))
    etag = target.ask(ALICE, "GET", f"/pipeline/job/{alices}").headers["ETag"]
    for job_id in (alices, pushed):
        for spelling in (job_id, job_id.upper(), f"{job_id}%20", f"{job_id}/", f"./{job_id}", f"%2e/{job_id}"):
            for method, act in (("GET", ""), ("POST", "/cancel"), ("POST", "/links"), ("HEAD", "")):
                answer = target.ask(MALLORY, method, f"/pipeline/job/{spelling}{act}")
                yield Attempt(f"{method} {act or 'job'} of {spelling}", _no_way_in(answer.status))
        for value in (etag, "*", f"W/{etag}"):
            answer = target.ask(MALLORY, "GET", f"/pipeline/job/{job_id}", If_None_Match=value)
            yield Attempt(f"If-None-Match: {value} of {job_id}", _no_way_in(answer.status))
        foreign, unknown = (target.ask(MALLORY, "GET", f"/pipeline/job/{one}") for one in (job_id, UNKNOWN))
        told = foreign.body.replace(job_id.encode(), UNKNOWN.encode()) != unknown.body
        yield Attempt(f"{job_id} told from one that does not exist", "the answers differ" if told else "")
    for query in ("", "?user=alice-1", "?state=completed", "?preset=quick_social", "?limit=200", "?since=2020-01-01"):
        listed = target.ask(MALLORY, "GET", f"/pipeline/jobs{query}").json["jobs"]
        yield Attempt(f"list{query}", f"{len(listed)} foreign jobs" if listed else "")
    yield from _taken_over(target, alices, body)
    job = target.world.job(alices)
    changed = job["state"] == "cancelled" or job["submitted_by"] != ALICE
    yield Attempt("a change to alice's job", "it was changed" if changed else "")


def _taken_over(target: Target, alices: str, body: dict[str, object]) -> Iterator[Attempt]:
    """Send alice's id again, as oneself."""
    for changes in ({}, {"content": "Other."}, {"user_id": "mallory"}, {"metadata": {"lang": "fr"}}):
        for key in ("", '"key-1"', '"key-2"'):
            headers = {"Idempotency_Key": key} if key else {}
            sent = {**body, **changes, "job_id": alices}
            answer = target.ask(MALLORY, "POST", "/pipeline/run", sent, **headers)
            yield Attempt(f"alice's id with {changes} {key}", "" if answer.status in (409, 422) else f"{answer.status}")
    answer = target.ask("bound@example.com", "POST", "/pipeline/run", brief())
    yield Attempt("another user's user_id by a bound caller", "" if answer.status == 403 else f"{answer.status}")


def ids(target: Target) -> Iterator[Attempt]:
    """Take the id of a message before it comes; its owner's message must become its owner's job."""
    for number, job_id in enumerate(("order-4711", "ORDER 1", "a/b", "1", "é", "x" * 36)):
        taken = target.ask(MALLORY, "POST", "/pipeline/run", brief(job_id=job_id, user_id="mallory"))
        letters = target.count("dead_letters")
        status = target.push(brief(job_id=job_id, user_id=f"owner-{number}")).status
        rows = target.world.query("SELECT user_id, state FROM jobs WHERE id = :id", id=job_id)
        is_owners = status == 204 and rows == [{"user_id": f"owner-{number}", "state": "completed"}]
        is_lost = target.count("dead_letters") > letters or not is_owners
        yield Attempt(f"taking {job_id} ({taken.status})", "the owner's message was lost" if is_lost else "")
    for job_id in ODD_IDS:
        for route in ("push", "api"):
            before = target.count("jobs")
            if route == "push":
                target.push(brief(job_id=job_id))
            else:
                target.ask(OPERATOR, "POST", "/pipeline/run", brief(job_id=job_id))
            made = target.count("jobs") - before
            yield Attempt(f"the id {job_id!r} by {route}", "taken, and nobody can open it" if made else "")


def money(target: Target) -> Iterator[Attempt]:
    """Budgets over the operator's ceiling."""
    for budget in (MAX_JOB_USD + 0.01, 1e9, 1e308, 10**30, 10**400):
        for email in (ALICE, OPERATOR):
            answer = target.ask(email, "POST", "/pipeline/run", brief(metadata={"budget_usd": budget}))
            failure = "" if answer.status in (400, 422) else f"answered {answer.status}"
            yield Attempt(f"a budget of {budget!s:.20} by {email}", failure)


def sweep(target: Target) -> Iterator[Attempt]:
    """The sweep by those who may not, and what else its caller may not do."""
    for email in (ALICE, MALLORY, "stranger@example.com"):
        answer = target.ask(email, "POST", "/sweep")
        yield Attempt(f"the sweep by {email}", _no_way_in(answer.status))
    for method, path in (("GET", "/pipeline/jobs"), ("POST", "/pipeline/run"), ("GET", "/pipeline/job/pushed-1")):
        answer = target.ask(SWEEPER, method, path, brief() if method == "POST" else None)
        yield Attempt(f"{method} {path} by the scheduler", _no_way_in(answer.status))


def _no_way_in(status: int) -> str:
    return "" if status in (403, 404, 405) else f"answered {status}"
