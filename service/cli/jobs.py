"""Jobs: submit, watch, list, show and cancel by the API, replay by the database."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from service import operator as letters
from service.cli import watch as live
from service.cli import where
from service.cli.again import Done, Sender, by, exit_code, report
from service.cli.client import Client, checked
from service.cli.dlq import database
from service.cli.terminal import FAILED, OK, ago, plain, say, say_json, say_table
from service.states import ENDED

EFFECTS = ("STAGE", "EFFECT", "RUN", "ROUND", "STATE", "ORDERS", "USD")
ABOUT_THE_JOB = (HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


def submit(options: argparse.Namespace) -> int:
    """Send a job, and watch it with --watch."""
    content = sys.stdin.read() if options.text == "-" else options.text
    job: dict[str, Any] = {
        "user_id": options.user or os.environ.get("USER") or "me",
        "content": content,
        "preset": options.preset,
        "metadata": dict(options.meta or []),
    }
    if options.job_id:
        job["job_id"] = options.job_id
    client = api(options)
    taken = checked(client.ask("POST", "/pipeline/run", json.dumps(job).encode()))
    if options.watch:
        return live.watch(client, taken["job_id"], as_json=options.json)
    if options.json:
        say_json(taken)
    else:
        say(f"Job {plain(taken['job_id'])} is {plain(taken['state'])}.")
        say(f"Follow it with: python -m service watch {plain(taken['job_id'])}")
    return OK


def watch(options: argparse.Namespace) -> int:
    """Show a job until it has ended."""
    return live.watch(api(options), options.job_id, as_json=options.json)


def list_(options: argparse.Namespace) -> int:
    """Print one page of jobs, newest first."""
    page = api(options).get(
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
        say_json(page)
        return OK
    body = [
        (one["job_id"], one["state"], ago(one["created_at"]), _why(one), one["stage"], one["preset"], one["user_id"])
        for one in page["jobs"]
    ]
    say_table(("JOB", "STATE", "CREATED", "ERROR", "STAGE", "PRESET", "USER"), body)
    if page["next"]:
        say(f"There are more: add --cursor {page['next']}")
    return OK


def show(options: argparse.Namespace) -> int:
    """Print one job with all that happened to it."""
    story = api(options).get(live.job_path(options.job_id))
    if options.json:
        say_json(story)
        return OK
    for line in live.view(story):
        say(line)
    for one in story["history"]:
        before = f"{one['previous_state']} → " if one["previous_state"] else ""
        by_whom = f" by {plain(one['metadata']['by'])}" if one["metadata"].get("by") else ""
        say(f"  {one['at'][:19]}Z  {before}{one['new_state']}  {plain(one['reason'])}{by_whom}")
    if story["effects"]:
        say(f"spent {story['spent_usd']:.4f} USD")
        say_table(EFFECTS, [_effect(one) for one in story["effects"]])
    if story["state"] in ENDED or story["error"]:
        for line in live.ending(story):
            say(line)
    for line in live.unknown(story):
        say(line)
    for one in story["dead_letters"]:
        say(plain(_letter(one)))
    return OK


def cancel(options: argparse.Namespace) -> int:
    """Cancel jobs; 0 where all of them are cancelled then."""
    client = api(options)
    done: list[dict[str, Any]] = []
    try:
        for job_id in dict.fromkeys(options.job_ids):
            answer = client.ask("POST", f"{live.job_path(job_id)}/cancel")
            if answer.status not in ABOUT_THE_JOB:
                checked(answer)
            is_done = answer.status == HTTPStatus.OK
            why = None if is_done else answer.sentence
            state = answer.document.get("state")
            done.append({"job_id": job_id, "done": is_done, "state": state, "why": why})
            if not options.json:
                say(plain(f"{job_id}: {why or 'cancelled'}"))
    finally:
        if options.json:
            say_json(done)
    return OK if all(one["done"] for one in done) else FAILED


def replay(options: argparse.Namespace) -> int:
    """Give jobs that failed or were cancelled a new run, and send their messages."""
    settings = where.settings(options)
    done: list[Done] = []
    with database(options) as engine:
        sender = Sender(engine, settings)
        with report(done, as_json=options.json) as tell:
            for job_id in dict.fromkeys(options.job_ids):
                handled = letters.replay_job(
                    engine, settings.topics, job_id, by=by(options), from_stage=options.from_stage
                )
                tell(sender.send(handled), f"{job_id}: pending, run {handled.run}")
    return exit_code(done)


def api(options: argparse.Namespace) -> Client:
    url = where.service_url(options)
    return Client(url, where.token(options, "api", url))


def meta(raw: str) -> tuple[str, Any]:
    """`name=value` of --meta. The value is JSON where it reads as JSON (10, true, null), else text (en, 9:16)."""
    name, separator, value = raw.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"{raw!r} must be name=value")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value


def _letter(letter: Mapping[str, Any]) -> str:
    at = letter["replayed_at"] or letter["discarded_at"]
    what = "replayed" if letter["replayed_at"] else "discarded"
    handled = f", {what} {ago(at)} by {letter['handled_by'] or '?'}" if at else ""
    run = f" of run {letter['run']}" if letter["run"] else ""
    return f"dead letter {letter['id']}{run}: {letter['reason']}{handled}"


def _effect(effect: Mapping[str, Any]) -> tuple[object, ...]:
    cost = f"{effect['cost_usd']:.4f}"
    names = ("stage", "name", "run", "round", "state", "orders")
    return (*(effect[name] for name in names), cost)


def _why(job: dict[str, Any]) -> str:
    return job["error"]["code"] if job["error"] else ""
