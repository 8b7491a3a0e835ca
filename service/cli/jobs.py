"""Jobs: submit, watch, list, show and cancel them through the API; replay them through the database."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from service.cli import live_view, target
from service.cli.client import document_of
from service.cli.handling import Handling, ReplayPublisher, exit_code, operator_name, reporting
from service.cli.options import API, BY, DATABASE, FROM_STAGE, JOB_ID, LIMIT, Command, Option
from service.cli.terminal import FAILED, OK, print_json, print_line, print_table, printable, time_ago
from service.operator import replays
from service.states import ENDED, JobState

JOB_COLUMNS = ("JOB", "STATE", "CREATED", "ERROR", "STAGE", "PRESET", "USER")
EFFECT_COLUMNS = ("STAGE", "EFFECT", "RUN", "ROUND", "STATE", "ORDERS", "USD")
ABOUT_THE_JOB = (HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


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
        print_line(f"Follow it with: python -m service watch {printable(submitted['job_id'])}")
    return OK


def watch(options: argparse.Namespace) -> int:
    """Follow a job until it has ended."""
    return live_view.follow(target.api_client(options), options.job_id, as_json=options.json)


def list_jobs(options: argparse.Namespace) -> int:
    """Print one page of jobs, newest first."""
    page = target.api_client(options).get(
        "/pipeline/jobs",
        state=options.state,
        user=options.user,
        preset=options.preset,
        since=options.since,
        until=options.until,
        limit=options.limit,
        cursor=options.cursor,
    )
    if options.json:
        print_json(page)
        return OK
    print_table(JOB_COLUMNS, [_job_row(job) for job in page["jobs"]])
    if page["next"]:
        print_line(f"There are more: add --cursor {page['next']}")
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


def cancel(options: argparse.Namespace) -> int:
    """Cancel jobs; 0 if all of them are cancelled afterwards."""
    client = target.api_client(options)
    results: list[dict[str, Any]] = []
    try:
        for job_id in dict.fromkeys(options.job_ids):
            answer = client.request("POST", f"{live_view.job_path(job_id)}/cancel")
            if answer.status not in ABOUT_THE_JOB:
                document_of(answer)
            is_done = answer.status == HTTPStatus.OK
            why = None if is_done else answer.sentence
            state = answer.document.get("state")
            results.append({"job_id": job_id, "done": is_done, "state": state, "why": why})
            if not options.json:
                print_line(printable(f"{job_id}: {why or 'cancelled'}"))
    finally:
        if options.json:
            print_json(results)
    return OK if all(handling["done"] for handling in results) else FAILED


def replay(options: argparse.Namespace) -> int:
    """Give failed or cancelled jobs a new run, and publish their messages."""
    settings = target.settings(options)
    by = operator_name(options)
    results: list[Handling] = []
    with target.database(options) as engine:
        publisher = ReplayPublisher(engine, settings)
        with reporting(results, as_json=options.json) as report:
            for job_id in dict.fromkeys(options.job_ids):
                handled = replays.replay_job(
                    engine, settings.topics, job_id, handled_by=by, from_stage=options.from_stage
                )
                report(publisher.publish(handled), f"{job_id}: pending, run {handled.run}")
    return exit_code(results)


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


JOB_IDS = Option("job_ids", metavar="JOB_ID", nargs="+")
FILTERS = (
    Option("--state", choices=[state.value for state in JobState], help="jobs in this state"),
    Option("--user", metavar="ID", help="jobs of this user"),
    Option("--preset", help="jobs with this preset"),
    Option("--since", metavar="TIME", help="created at or after this time, such as 2026-11-25T12:00:00Z"),
    Option("--until", metavar="TIME", help="created before this time"),
    Option("--limit", metavar="N", type=LIMIT, help="at most this many (default: 50)"),
    Option("--cursor", help="the cursor that the previous page printed"),
)

COMMAND = Command(
    "jobs",
    list_jobs,
    "list jobs; show, cancel or replay them",
    (*FILTERS, *API),
    (
        Command("list", list_jobs, "list jobs, newest first", (*FILTERS, *API)),
        Command("show", show, "show one job and its history", (JOB_ID, *API)),
        Command("cancel", cancel, "cancel jobs", (JOB_IDS, *API)),
        Command("replay", replay, "run failed or cancelled jobs again", (JOB_IDS, FROM_STAGE, BY, *DATABASE)),
    ),
)
