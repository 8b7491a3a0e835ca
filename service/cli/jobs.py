"""Jobs: submit, watch, list and show them through the API. `acts` has what is done to many."""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from service.cli import acts, live_view, target
from service.cli.client import document_of
from service.cli.options import API, JOB_ID, LIMIT, Command, Option
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
from service.states import ENDED

JOB_COLUMNS = acts.COLUMNS
FILTERS = ("state", "user", "preset", "stage", "error_code", "waits_for", "held_for", "text", "since", "until")
"""Parameters of the API's list, which the options are called like."""
DEFAULT_LIMIT = 50
PATIENCE_S = 10.0
"""How long a list looks for jobs to fill a page."""
EFFECT_COLUMNS = ("STAGE", "EFFECT", "RUN", "ROUND", "STATE", "ORDERS", "USD")


def submit(options: argparse.Namespace) -> int:
    """Submit a job, and follow it with --watch."""
    content = sys.stdin.read() if options.text == "-" else options.text
    job: dict[str, Any] = {
        "user_id": options.user or os.environ.get("USER") or "me",
        "content": content,
        "preset": options.preset,
        "metadata": dict(options.meta or []),
    }
    if options.job_id:
        job["job_id"] = options.job_id
    client = target.api_client(options)
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
    """Follow a job until it has ended."""
    return live_view.follow(target.api_client(options), options.job_id, as_json=options.json)


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
    """Print one job and everything that happened to it."""
    job = target.api_client(options).get(live_view.job_path(options.job_id))
    if options.json:
        print_json(job)
        return OK
    for line in live_view.block(job):
        print_line(line)
    for change in job["history"]:
        print_line(_history_line(change))
    if job["effects"]:
        print_line(f"spent {job['spent_usd']:.4f} USD")
        print_table(EFFECT_COLUMNS, [_effect_row(effect) for effect in job["effects"]])
    if job["state"] in ENDED or job["error"]:
        for line in live_view.ending(job):
            print_line(line)
    for line in live_view.unknown_orders(job):
        print_line(line)
    for letter in job["dead_letters"]:
        print_line(printable(_letter_line(letter)))
    return OK


def metadata_option(raw: str) -> tuple[str, Any]:
    """Parse `name=value` of --meta. The value is JSON if it parses as JSON (10, true, null), else text (en, 9:16)."""
    name, separator, value = raw.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"{raw!r} must be name=value")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value


def _job_row(job: Mapping[str, Any]) -> tuple[object, ...]:
    code = job["error"]["code"] if job["error"] else ""
    return job["job_id"], job["state"], time_ago(job["created_at"]), code, job["stage"], job["preset"], job["user_id"]


def _effect_row(effect: Mapping[str, Any]) -> tuple[object, ...]:
    cost = f"{effect['cost_usd']:.4f}"
    names = ("stage", "name", "run", "round", "state", "orders")
    return (*(effect[name] for name in names), cost)


def _history_line(change: Mapping[str, Any]) -> str:
    before = f"{change['previous_state']} → " if change["previous_state"] else ""
    by = f" by {printable(change['metadata']['by'])}" if change["metadata"].get("by") else ""
    return f"  {change['at'][:19]}Z  {before}{change['new_state']}  {printable(change['reason'])}{by}"


def _letter_line(letter: Mapping[str, Any]) -> str:
    at = letter["replayed_at"] or letter["discarded_at"]
    what = "replayed" if letter["replayed_at"] else "discarded"
    handled = f", {what} {time_ago(at)} by {letter['handled_by'] or '?'}" if at else ""
    run = f" of run {letter['run']}" if letter["run"] else ""
    return f"dead letter {letter['id']}{run}: {letter['reason']}{handled}"


_PAGE = (
    Option("--limit", metavar="N", type=LIMIT, help="at most this many (default: 50)"),
    Option("--cursor", help="the cursor that the previous page printed"),
)
_LIST = (*acts.filters(), *_PAGE, *API)

COMMAND = Command(
    "jobs",
    list_jobs,
    "list jobs; show, cancel, replay or run them now",
    _LIST,
    (
        Command("list", list_jobs, "list jobs, newest first", _LIST),
        Command("show", show, "show one job and its history", (JOB_ID, *API)),
        *acts.COMMANDS,
    ),
)
