"""Jobs: submit, watch, list and show them through the API. `acts` has what is done to many."""

import argparse
import json
import time
from collections.abc import Mapping
from typing import Any

from service import queries
from service.cli import assets, films, job_acts, job_view, live_view, target
from service.cli.client import Client, document_of
from service.cli.job_options import job_of
from service.cli.options import API, DATABASE_URL, JOB_ID, LIMIT, Command, Option, time_for_the_api
from service.cli.terminal import (
    OK,
    print_json,
    print_line,
    print_note,
    print_table,
    printable,
    shell_line,
    shell_word,
    time_ago,
)

JOB_COLUMNS = job_acts.COLUMNS
FILTERS = ("state", "user", "preset", "stage", "error_code", "waits_for", "held_for", "text", "since", "until")
"""Parameters of the API's list, which the options are called like."""
DEFAULT_LIMIT = 50
PATIENCE_S = 10.0
"""How long a list looks for jobs to fill a page."""


def submit(options: argparse.Namespace) -> int:
    """Submit a job, and follow it with --watch."""
    job = job_of(options)
    if options.job_id:
        job["job_id"] = options.job_id
    client = target.api_client(options)
    job["metadata"].update(assets.uploaded(client, options, job["user_id"]))
    submitted = document_of(client.request("POST", "/pipeline/run", json.dumps(job).encode()))
    if options.watch:
        return live_view.follow(client, submitted["job_id"], as_json=options.json)
    if options.json:
        print_json(submitted)
    else:
        print_line(f"Job {printable(submitted['job_id'])} is {printable(submitted['state'])}.")
        print_line(f"Follow it with: {shell_line('watch', submitted['job_id'])}")
    return OK


def watch(options: argparse.Namespace) -> int:
    """Follow jobs until they have ended."""
    return live_view.follow(target.api_client(options), *dict.fromkeys(options.job_ids), as_json=options.json)


def list_jobs(options: argparse.Namespace) -> int:
    """Print one page of jobs, newest first. If the service stops looking before the page is full, ask it to go on."""
    client = target.api_client(options)
    limit, cursor = options.limit or DEFAULT_LIMIT, options.cursor
    narrow = {name: getattr(options, name) for name in FILTERS}
    found: list[dict[str, Any]] = []
    until = time.monotonic() + PATIENCE_S
    while True:
        page = client.get("/pipeline/jobs", **narrow, limit=limit - len(found), cursor=cursor)
        found += page["jobs"]
        cursor = page["next"]
        if cursor is None or len(found) >= limit or time.monotonic() > until:
            break
    if options.json:
        print_json({"jobs": found, "next": cursor})
    else:
        print_table(JOB_COLUMNS, [_job_row(job) for job in found])
    if cursor and len(found) < limit:
        print_note(f"There may be more, but the search takes long. Go on with --cursor {shell_word(cursor)}")
    elif cursor:
        print_note(f"There are more: add --cursor {shell_word(cursor)}")
    return OK


def show(options: argparse.Namespace) -> int:
    """Print one job and what happened to it; with --full all of it, with --traceback that of its last crash."""
    client = target.api_client(options)
    job = client.get(live_view.job_path(options.job_id), full="true" if options.full else None)
    if options.full:
        job = _with_whole_history(client, job)
    crash = ""
    if options.traceback:
        # It is for operators: the API does not show it.
        with target.database(options) as engine:
            crash = queries.traceback_of(engine, job["job_id"], job["run"]) or "No crash of this run is on record."
    if options.json:
        print_json({**job, "traceback": crash} if crash else job)
        return OK
    for line in [*job_view.lines(job, is_full=options.full), *map(printable, crash.splitlines())]:
        print_line(line)
    return OK


def _with_whole_history(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    """The job with all changes and executions: of a long story, it has only the last."""
    totals = job.get("totals", {})
    if all(totals.get(part, 0) <= len(job[part]) for part in ("history", "stages")):
        return job
    whole: dict[str, list[Any]] = {"history": [], "stages": []}
    before = None
    while True:
        page = client.get(f"{live_view.job_path(job['job_id'])}/history", limit=200, before=before)
        for part, rows in whole.items():
            rows.extend(page[part])
        before = page["next"]
        if before is None:
            return {**job, **{part: rows[::-1] for part, rows in whole.items()}}


def _job_row(job: Mapping[str, Any]) -> tuple[object, ...]:
    code = job["error"]["code"] if job["error"] else ""
    state = f"{job['state']} ({job['held_for']})" if job["held_for"] else job["state"]
    return job["job_id"], state, time_ago(job["created_at"]), code, job["stage"], job["preset"], job["user_id"]


_PAGE = (
    Option("--limit", metavar="N", type=LIMIT, help="at most this many (default: 50)"),
    Option("--cursor", help="the cursor that the previous page printed"),
)
_LIST = (*job_acts.filters(time_for_the_api), *_PAGE, *API)

_SHOW = (
    Option("--full", action="store_true", help="all of it: the brief, the metadata and the whole history"),
    Option("--traceback", action="store_true", help="the traceback of its last crash too, from the database"),
)

COMMAND = Command(
    "jobs",
    list_jobs,
    "list jobs; show, cancel, replay or run them now",
    _LIST,
    (
        Command("list", list_jobs, "list jobs, newest first", _LIST),
        Command("show", show, "show one job and what happened to it", (JOB_ID, *_SHOW, DATABASE_URL, *API)),
        films.COMMAND,
        *job_acts.COMMANDS,
    ),
)
