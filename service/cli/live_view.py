"""Follow jobs: on a terminal a block of lines for each, redrawn (`screen`), elsewhere a line for each change."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from service.cli import screen
from service.cli.client import Client, document_of
from service.cli.terminal import FAILED, NO_ANSWER, OK, CommandFailed, print_json, print_lines, printable, shell_line
from service.errors import Unavailable
from service.states import ENDED

if TYPE_CHECKING:
    from rich.console import Console

POLL_EVERY_S = 0.5
PATIENCE_S = 60.0
"""How long the service may be unreachable while a job is followed, as during a deployment or a restart."""
BAR_WIDTH = 32
Show = Callable[[Mapping[str, Any] | None, Mapping[str, Any], Sequence[Mapping[str, Any]]], object]
"""Shows a job that was just read: as it was before (None at first), as it is, and all that are followed."""


def job_path(job_id: str) -> str:
    return f"/pipeline/job/{quote(job_id, safe='')}"


def follow(client: Client, *job_ids: str, as_json: bool, with_output: bool = True) -> int:
    """Show the jobs until they have ended; 0 if all have completed.

    `as_json` prints only the ended jobs. `with_output=False` does not print the output of a completed job.
    """
    console = None if as_json else screen.terminal()
    jobs: dict[str, dict[str, Any]] = {}
    with _showing(console, as_json=as_json) as show:
        for job in poll(client, *job_ids):
            before = jobs.get(job["job_id"])
            jobs[job["job_id"]] = job
            show(before, job, list(jobs.values()))
    for job in jobs.values():
        if as_json:
            print_json(job)
        elif with_output or job["state"] != "completed":
            name = f"{printable(job['job_id'])} " if len(jobs) > 1 else ""
            screen.print_links(console, [(name + line, url) for line, url in linked_ending(job)])
    return OK if jobs and all(job["state"] == "completed" for job in jobs.values()) else FAILED


@contextmanager
def _showing(console: "Console | None", *, as_json: bool) -> Iterator[Show]:
    """Give what shows a job that was just read: beside the others on a terminal, as what has changed elsewhere."""
    if console is not None:
        with screen.drawing(console) as draw:
            yield lambda _before, _job, jobs: draw([block(job, datetime.now(UTC)) for job in jobs])
    elif as_json:
        yield lambda _before, _job, _jobs: None
    else:
        yield lambda before, job, _jobs: print_lines(changes(before, job))


def poll(client: Client, *job_ids: str) -> Iterator[dict[str, Any]]:
    """Yield each job at intervals until it has ended, changed or not.

    Raises as `Client.get` does, but once a job has been read only after `PATIENCE_S` seconds without an answer.
    """
    unreachable_since: float | None = None
    watched: dict[str, dict[str, Any]] = {job_id: {} for job_id in job_ids}
    etags: dict[str, str | None] = {}
    while True:
        for job_id in list(watched):
            try:
                answer = client.request("GET", job_path(job_id), etag=etags.get(job_id))
                if answer.status != HTTPStatus.NOT_MODIFIED:
                    watched[job_id], etags[job_id] = document_of(answer), answer.headers.get("ETag")
            except (Unavailable, CommandFailed) as error:
                is_unreachable = isinstance(error, Unavailable) or error.exit_code == NO_ANSWER
                unreachable_since = unreachable_since or time.monotonic()
                if not (is_unreachable and watched[job_id]) or time.monotonic() - unreachable_since > PATIENCE_S:
                    raise
            else:
                unreachable_since = None
                yield watched[job_id]
                if watched[job_id]["state"] in ENDED:
                    del watched[job_id]
        if not watched:
            return
        pause()


def pause() -> None:
    time.sleep(POLL_EVERY_S)


def block(job: Mapping[str, Any], now: datetime | None = None) -> list[str]:
    """The job as lines: its stages and a progress bar. With `now`, a running stage says for how long it has run."""
    progress = job["progress"]
    lines = [f"{printable(job['job_id'])}  {printable(job['preset'])}  {_state(job)}"]
    for index, stage in enumerate(job["stages"]):
        lines += _new_round(job["stages"], index)
        mark = {"finished": "✓", "started": "▸", "failed": "✗"}.get(stage["status"], "–")  # noqa: RUF001 (a dash)
        note = _stage_note(job, stage)
        if now is not None and stage["status"] == "started":
            # The service's clock may be ahead of ours.
            seconds = max(0.0, (now - datetime.fromisoformat(stage["started_at"])).total_seconds())
            note = f"{seconds:.0f} s  {note}"
        lines.append(f"  {mark} {printable(stage['stage']):<24}{note}".rstrip())
    percent = progress.get("percent")
    if percent is not None:
        done = BAR_WIDTH * percent // 100
        lines.append(f"  {'█' * done}{'░' * (BAR_WIDTH - done)} {percent} %")
    return lines


def changes(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[str]:
    """What has changed since the job was last read, one line for each change."""
    lines = []
    # Only the last stages are shown, so a place in the list is counted from the first of all.
    first = _first_shown(now)
    known = (
        {_first_shown(before) + index: stage["status"] for index, stage in enumerate(before["stages"])}
        if before
        else {}
    )
    for index, stage in enumerate(now["stages"]):
        previous = known.get(first + index)
        if stage["status"] != previous:
            note = _stage_note({"progress": {}}, stage)
            lines += _new_round(now["stages"], index) if previous is None else []
            lines.append(f"  {printable(stage['stage'])} {stage['status']} {note}".rstrip())
    progress_note = now["progress"].get("note")
    if progress_note and (before is None or before["progress"].get("note") != progress_note):
        lines.append(f"  {printable(now['stage'])}: {printable(progress_note)}")
    if before is None or _state(before) != _state(now):
        # The first line names the job; later, a change of state comes after the stages that led to it.
        lines.insert(len(lines) if before else 0, f"{printable(now['job_id'])} is {_state(now)}")
    return lines


def unknown_orders(job: Mapping[str, Any]) -> list[str]:
    """A line for each order that the provider may or may not have accepted."""
    return [unknown_order(one, one["request_ids"]) for one in job.get("effects", ()) if one["state"] == "unknown"]


def unknown_order(effect: Mapping[str, Any], request_ids: Iterable[str]) -> str:
    """How to find out about one. `effect` has its `name`, `stage`, `run`, `round` and `cost_usd`."""
    where = f"{printable(effect['stage'])} (run {effect['run']}, round {effect['round']})"
    cost = f" It may have cost {effect['cost_usd']:.4f} USD." if effect["cost_usd"] else ""
    ids = " and ".join(printable(one) for one in request_ids)
    name = printable(effect["name"])
    return f"The provider may or may not have accepted the order {name} of {where}: ask it about request {ids}.{cost}"


def ending(job: Mapping[str, Any]) -> list[str]:
    """How the job ended: the output if it completed, else why it did not."""
    result = job.get("result") or {}
    if job["state"] != "completed":
        error = job.get("error") or {}
        why = result.get("error_message") or error.get("message")
        return [f"{job['state']}: {printable(why)}" if why else job["state"], *_error_details(error)]
    return [line for line, _ in _output_lines(result.get("output"))]


def linked_ending(job: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """As `ending`, each line with the URL that it names."""
    if job["state"] == "completed":
        return _output_lines((job.get("result") or {}).get("output"))
    return [(line, None) for line in ending(job)]


def _output_lines(output: object) -> list[tuple[str, str | None]]:
    if not isinstance(output, dict):
        return []
    return [
        (f"{printable(name)}: {printable(_path_or_url(value))}", screen.link_of(value))
        for name, value in output.items()
        if isinstance(value, (str, int, float))
    ]


def _first_shown(job: Mapping[str, Any]) -> int:
    return int(job.get("totals", {}).get("stages", len(job["stages"]))) - len(job["stages"])


def _new_round(stages: Sequence[Mapping[str, Any]], index: int) -> list[str]:
    """A line if this execution begins a new round, because a stage sent the job back or an operator replayed it."""
    now, before = stages[index], stages[index - 1] if index else stages[index]
    if now["round"] == before["round"]:
        return []
    is_sent_back = now["run"] == before["run"]
    why = f"sent back by {printable(before['stage'])}" if is_sent_back else f"replayed from {printable(now['stage'])}"
    return [f"  ↺ {why}: round {now['round']}"]


def _state(job: Mapping[str, Any]) -> str:
    run = f", run {job['run']}" if job["run"] > 1 else ""
    attempts = f", attempts used: {job['attempts']}" if job["attempts"] else ""
    error, hold = job.get("error"), job.get("hold")
    why = f": {printable(error['message'])}" if error and job["state"] == "pending" else ""
    if hold:
        why = f", held: {printable(hold['message'])}"
    alone = ", runs alone: its process died" if job.get("is_suspect") and job["state"] not in ENDED else ""
    return f"{job['state']}{run}{attempts}{waiting(job)}{alone}{why}"


def waiting(job: Mapping[str, Any]) -> str:
    """What the job waits for and since when, to be put behind its state; nothing if it does not wait."""
    name, since = job.get("waits_for"), job.get("waiting_since")
    if job["state"] in ENDED or not name or not since:
        return ""
    # An older service does not send them.
    return f", waits for the {printable(str(name).replace('_', ' '))} since {printable(since)}"


def _error_details(error: Mapping[str, Any]) -> list[str]:
    """The error's code, its stage and attempt, and the command that shows its dead letter."""
    details = [
        f"{name} {printable(error[key])}"
        for name, key in (("code", "code"), ("stage", "stage"), ("attempt", "attempt"))
        if error.get(key) is not None
    ]
    letter = error.get("dead_letter_id")
    if letter is not None:
        details.append(f"dead letter {printable(letter)}: {shell_line('dlq', 'show', letter)}")
    return [f"  {', '.join(details)}"] if details else []


def _stage_note(job: Mapping[str, Any], stage: Mapping[str, Any]) -> str:
    """What is printed beside a stage: how long it took, how far it is, or why it failed."""
    if stage["finished_at"]:
        took = datetime.fromisoformat(stage["finished_at"]) - datetime.fromisoformat(stage["started_at"])
        return f"{took.total_seconds():.1f} s"
    if stage["status"] == "started":
        progress = job["progress"]
        fraction = progress.get("fraction")
        share = f"{fraction:.0%}" if fraction is not None else ""
        return f"{share} {printable(progress.get('note') or '')}".strip()
    return printable(stage["error"] or "")


def _path_or_url(value: object) -> object:
    if isinstance(value, str) and value.startswith("file:///"):
        return unquote(urlsplit(value).path)
    return value
