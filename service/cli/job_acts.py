"""Cancel, replay or run jobs now: by their ids, or all that a filter matches."""

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from sqlalchemy import Engine

from service.cli import target
from service.cli.client import document_of
from service.cli.handling import (
    Act,
    Progress,
    Sender,
    carry_out,
    choice,
    given_ids,
    operator_name,
    preview,
    reporting,
)
from service.cli.live_view import job_path
from service.cli.options import BY, DATABASE, DRY_RUN, FROM_STAGE, URL, WHY, YES, Command, Option, time_or_day
from service.cli.terminal import FAILED, OK, time_ago
from service.config import Settings
from service.operator import many
from service.operator.many import Chosen, Outcome
from service.operator.run_now import run_now as run_one_now
from service.queries import JobFilter, JobRow
from service.states import UNENDED, JobState

COLUMNS = ("JOB", "STATE", "CREATED", "ERROR", "STAGE", "PRESET", "USER")
ABOUT_THE_JOB = (HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


def filters(time: Callable[[str], object]) -> tuple[Option, ...]:
    """The options of a filter of jobs; `time` reads the two times."""
    return (
        Option("--state", choices=[state.value for state in JobState], help="jobs in this state"),
        Option("--user", metavar="ID", help="jobs of this user"),
        Option("--preset", help="jobs with this preset"),
        Option("--stage", help="jobs whose next stage is this one"),
        Option("--error-code", "--reason", metavar="CODE", help="jobs whose last failure has this code"),
        Option("--waits-for", metavar="WHAT", help="jobs that wait for this, such as provider"),
        Option("--held-for", metavar="WHY", help="jobs that are held for this, such as paused_user"),
        Option("--text", metavar="WORDS", help="jobs with this text in the beginning of the brief"),
        Option("--since", metavar="TIME", type=time, help="created since this time: 2026-11-25T12:00:00Z, or 2h (ago)"),
        Option("--until", metavar="TIME", type=time, help="created before this time"),
    )


def cancel(options: argparse.Namespace) -> int:
    """Cancel jobs; 0 if all of them are cancelled afterwards."""
    if _is_for_the_api(options):
        return _cancel_by_api(options)
    return _act(options, "cancel", UNENDED, _canceller)


def replay(options: argparse.Namespace) -> int:
    """Give failed or cancelled jobs a new run, and publish their messages."""
    return _act(options, "replay", (JobState.FAILED, JobState.CANCELLED), _replayer)


def run_now(options: argparse.Namespace) -> int:
    """Skip the rest of the backoff of pending jobs, and send their messages again."""
    return _act(options, "run-now", (JobState.PENDING,), _runner)


def filter_of(options: argparse.Namespace) -> JobFilter:
    """The filter that the options name; times are parsed."""
    return JobFilter(
        state=options.state,
        user_id=options.user,
        preset=options.preset,
        stage=options.stage,
        error_code=options.error_code,
        waits_for=options.waits_for,
        held_for=options.held_for,
        text=options.text,
        since=options.since,
        until=options.until,
    )


Doer = Callable[[argparse.Namespace, Engine, Settings, Sender], Callable[[str], Outcome]]
WORDS = {
    "cancel": ("Cancel", "{job_id}: cancelled"),
    "replay": ("Replay", "{job_id}: pending, run {run}"),
    "run-now": ("Run now", "{job_id}: its message was sent again"),
}
"""The verb of each act, and the line that reports it."""


def _act(options: argparse.Namespace, name: str, states: tuple[JobState, ...], doer: Doer) -> int:
    """Act on the ids that were given, or on the jobs of the filter that are in one of `states`."""
    narrow = filter_of(options)
    verb, line = WORDS[name]
    with Chosen() as chosen:
        has_ids = choice(options, chosen, str, has_filter=narrow.narrows)
        settings = target.settings(options)
        with target.database(options) as engine:
            act = Act(
                name=name,
                verb=verb,
                noun="job",
                one=doer(options, engine, settings, Sender(engine, settings)),
                line=lambda done: line.format(job_id=done.job_id, run=done.run),
                columns=COLUMNS,
                row=_row,
            )
            if has_ids:
                return carry_out(options, engine, act, chosen, target=many.recorded_ids(chosen))
            with Progress() as progress:
                tally = many.choose_jobs(engine, narrow, states, chosen, going_on=progress.found)
            code = preview(options, act, chosen, tally)
            on_record = many.recorded_filter(narrow)
            return carry_out(options, engine, act, chosen, target=on_record) if code is None else code


def _canceller(
    options: argparse.Namespace, engine: Engine, settings: Settings, sender: Sender
) -> Callable[[str], Outcome]:
    by = operator_name(options)
    return lambda job_id: sender.send(many.cancel_job(engine, settings.topics, job_id, by=by, why=options.why))


def _replayer(
    options: argparse.Namespace, engine: Engine, settings: Settings, sender: Sender
) -> Callable[[str], Outcome]:
    by = operator_name(options)

    def one(job_id: str) -> Outcome:
        outcome = many.replay_job(
            engine, settings.topics, job_id, by=by, why=options.why, from_stage=options.from_stage
        )
        return sender.send(outcome)

    return one


def _runner(
    options: argparse.Namespace, engine: Engine, settings: Settings, sender: Sender
) -> Callable[[str], Outcome]:
    by = operator_name(options)

    def one(job_id: str) -> Outcome:
        outcome = run_one_now(engine, settings.topics, sender.publisher, job_id, by=by, why=options.why)
        if outcome.is_published is False:
            sender.give_up()
        return outcome

    return one


def _is_for_the_api(options: argparse.Namespace) -> bool:
    """Whether the API cancels, as the caller that the token names: ids alone, and a service that is named."""
    if filter_of(options).narrows or options.by or options.why or options.dry_run or options.database_url:
        return False
    return bool(options.ids and (options.url or os.environ.get("AIPROD_URL", "").strip()))


def _cancel_by_api(options: argparse.Namespace) -> int:
    client = target.api_client(options)

    def one(job_id: str) -> Outcome:
        answer = client.request("POST", f"{job_path(job_id)}/cancel")
        if answer.status not in ABOUT_THE_JOB:
            document_of(answer)
        is_done = answer.status == HTTPStatus.OK
        why = None if is_done else answer.sentence
        return Outcome(job_id=job_id, is_done=is_done, state=answer.document.get("state"), why=why)

    is_complete = True
    with Chosen() as chosen, reporting(as_json=options.json) as report:
        given_ids(options, chosen, str)
        for job_id in chosen:
            outcome = one(job_id)
            is_complete &= outcome.is_done
            report(replace(outcome, why=outcome.why and f"{job_id}: {outcome.why}"), f"{job_id}: cancelled")
    return OK if is_complete else FAILED


def _row(job: JobRow) -> tuple[object, ...]:
    return job.id, job.state, time_ago(job.created_at), job.error_code, job.stage, job.preset, job.user_id


_IDS = Option("ids", metavar="JOB_ID", nargs="*", help="jobs by their ids; - reads ids from standard input, one a line")
_CHOICE = (_IDS, *filters(time_or_day), DRY_RUN, YES, WHY, BY)

COMMANDS = (
    Command("cancel", cancel, "cancel jobs that have not ended", (*_CHOICE, URL, *DATABASE)),
    Command("replay", replay, "run failed or cancelled jobs again", (*_CHOICE, FROM_STAGE, *DATABASE)),
    Command("run-now", run_now, "run pending jobs now: skip the rest of a backoff", (*_CHOICE, *DATABASE)),
)
"""The rows inside `jobs`."""
