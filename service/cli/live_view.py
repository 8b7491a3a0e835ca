"""The live view of a job: a block that is drawn again on a terminal, a line for each piece of news elsewhere."""

import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from service.cli.client import Client, checked
from service.cli.terminal import FAILED, OK, UNUSABLE, CommandFailed, plain, say, say_json
from service.errors import Unavailable
from service.states import ENDED

EVERY_S = 0.5
PATIENCE_S = 60.0
"""How long the service may be away while a job is watched: a deployment, a restart."""
BAR = 32
CLEAR_BELOW = "\x1b[J"


def job_path(job_id: str) -> str:
    return f"/pipeline/job/{quote(job_id, safe='')}"


def watch(client: Client, job_id: str, *, as_json: bool, with_output: bool = True) -> int:
    """Show the job until it has ended; 0 where it was completed. With `as_json` only its end is printed;
    `with_output=False` leaves the output of a completed job to the caller."""
    before: dict[str, Any] | None = None
    height = 0
    is_terminal = sys.stdout.isatty()
    for story in stories(client, job_id):
        if not as_json and is_terminal:
            lines = fitting(view(story, datetime.now(UTC)), shutil.get_terminal_size())
            say((f"\x1b[{height}A\r" if height else "") + CLEAR_BELOW + "\n".join(lines))
            height = len(lines)
        elif not as_json:
            for line in news(before, story):
                say(line)
        before = story
    if before is None:
        raise CommandFailed("The job could not be seen.", exit_code=UNUSABLE)
    if as_json:
        say_json(before)
    elif with_output or before["state"] != "completed":
        for line in ending(before):
            say(line)
    return OK if before["state"] == "completed" else FAILED


def stories(client: Client, job_id: str) -> Iterator[dict[str, Any]]:
    """The job again and again until it has ended; the same one where nothing is new. Raises as `Client.get`, once the
    service is away for too long."""
    away_since: float | None = None
    has_been_seen = False
    story: dict[str, Any] = {}
    tag: str | None = None
    while True:
        try:
            answer = client.ask("GET", job_path(job_id), seen=tag)
            if answer.status != HTTPStatus.NOT_MODIFIED:
                story, tag = checked(answer), answer.headers.get("ETag")
        except (Unavailable, CommandFailed) as error:
            is_away = isinstance(error, Unavailable) or error.exit_code == UNUSABLE
            away_since = away_since or time.monotonic()
            if not (is_away and has_been_seen) or time.monotonic() - away_since > PATIENCE_S:
                raise
        else:
            has_been_seen, away_since = True, None
            yield story
            if story["state"] in ENDED:
                return
        pause()


def pause() -> None:
    time.sleep(EVERY_S)


def view(story: Mapping[str, Any], now: datetime | None = None) -> list[str]:
    """The job as a block of lines: its stages, the one in hand (since when, where it is said when `now` is), a bar."""
    progress = story["progress"]
    lines = [f"{plain(story['job_id'])}  {plain(story['preset'])}  {_state(story)}"]
    for index, stage in enumerate(story["stages"]):
        lines += _round_began(story["stages"], index)
        mark = {"finished": "✓", "started": "▸", "failed": "✗"}.get(stage["status"], "–")  # noqa: RUF001 (a dash)
        beside = _beside(story, stage)
        if now is not None and stage["status"] == "started":
            # Two clocks: the service's and ours.
            seconds = max(0.0, (now - datetime.fromisoformat(stage["started_at"])).total_seconds())
            beside = f"{seconds:.0f} s  {beside}"
        lines.append(f"  {mark} {plain(stage['stage']):<24}{beside}".rstrip())
    percent = progress.get("percent")
    if percent is not None:
        done = BAR * percent // 100
        lines.append(f"  {'█' * done}{'░' * (BAR - done)} {percent} %")
    return lines


def fitting(lines: list[str], size: os.terminal_size) -> list[str]:
    """The last lines that a terminal shows, none of them wrapped: a block that scrolled cannot be drawn over again."""
    return [line[: max(1, size.columns - 1)] for line in lines[-max(1, size.lines - 2) :]]


def news(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[str]:
    """What is new about a job since it was last seen, a line each."""
    lines = []
    seen = len(before["stages"]) if before else 0
    for index, stage in enumerate(now["stages"]):
        was = before["stages"][index]["status"] if before and index < seen else None
        if stage["status"] != was:
            beside = _beside({"progress": {}}, stage)
            lines += _round_began(now["stages"], index) if was is None else []
            lines.append(f"  {plain(stage['stage'])} {stage['status']} {beside}".rstrip())
    note = now["progress"].get("note")
    if note and (before is None or before["progress"].get("note") != note):
        lines.append(f"  {plain(now['stage'])}: {plain(note)}")
    if before is None or _state(before) != _state(now):
        # A job that is new to us is named before its stages, a change comes after those that led to it.
        lines.insert(len(lines) if before else 0, f"{plain(now['job_id'])} is {_state(now)}")
    return lines


def unknown(story: Mapping[str, Any]) -> list[str]:
    """Each order of which nobody knows whether the provider took it, and how to ask."""
    return [unknown_order(one, one["request_ids"]) for one in story.get("effects", ()) if one["state"] == "unknown"]


def unknown_order(effect: Mapping[str, Any], request_ids: Iterable[str]) -> str:
    """`effect` has its `name`, `stage`, `run`, `round` and `cost_usd`."""
    which = f"{plain(effect['name'])} of {plain(effect['stage'])} (run {effect['run']}, round {effect['round']})"
    cost = f" It may have cost {effect['cost_usd']:.4f} USD." if effect["cost_usd"] else ""
    ids = " and ".join(plain(one) for one in request_ids)
    return f"Nobody knows whether {which} was ordered: ask the provider for request {ids}.{cost}"


def ending(story: Mapping[str, Any]) -> list[str]:
    """How the job ended: where its result is, or why it has none."""
    result = story.get("result") or {}
    if story["state"] != "completed":
        error = story.get("error") or {}
        why = result.get("error_message") or error.get("message")
        return [f"{story['state']}: {plain(why)}" if why else story["state"], *_where(error)]
    output = result.get("output")
    if not isinstance(output, dict):
        return []
    return [
        f"{plain(name)}: {plain(_path_or_url(value))}"
        for name, value in output.items()
        if isinstance(value, (str, int, float))
    ]


def _round_began(stages: Sequence[Mapping[str, Any]], index: int) -> list[str]:
    """A line where a new round begins with this execution: of the stage that sent the job back, or of the operator's
    replay, which is a new run too."""
    now, before = stages[index], stages[index - 1] if index else stages[index]
    if now["round"] == before["round"]:
        return []
    is_sent_back = now["run"] == before["run"]
    why = f"sent back by {plain(before['stage'])}" if is_sent_back else f"run again from {plain(now['stage'])}"
    return [f"  ↺ {why}: round {now['round']}"]


def _state(story: Mapping[str, Any]) -> str:
    run = f", run {story['run']}" if story["run"] > 1 else ""
    attempts = f", attempts used up: {story['attempts']}" if story["attempts"] else ""
    error = story.get("error")
    why = f": {plain(error['message'])}" if error and story["state"] == "pending" else ""
    return f"{story['state']}{run}{attempts}{why}"


def _where(error: Mapping[str, Any]) -> list[str]:
    """Which error, at which stage and attempt, and what to type to see its dead letter."""
    named = [
        f"{name} {plain(error[key])}"
        for name, key in (("code", "code"), ("stage", "stage"), ("attempt", "attempt"))
        if error.get(key) is not None
    ]
    letter = error.get("dead_letter_id")
    if letter is not None:
        named.append(f"dead letter {letter}: python -m service dlq show {letter}")
    return [f"  {', '.join(named)}"] if named else []


def _beside(story: Mapping[str, Any], stage: Mapping[str, Any]) -> str:
    """What stands beside a stage: how long it took, how far it is, or why it failed."""
    if stage["finished_at"]:
        took = datetime.fromisoformat(stage["finished_at"]) - datetime.fromisoformat(stage["started_at"])
        return f"{took.total_seconds():.1f} s"
    if stage["status"] == "started":
        progress = story["progress"]
        fraction = progress.get("fraction")
        share = f"{fraction:.0%}" if fraction is not None else ""
        return f"{share} {plain(progress.get('note') or '')}".strip()
    return plain(stage["error"] or "")


def _path_or_url(value: object) -> object:
    if isinstance(value, str) and value.startswith("file:///"):
        return unquote(urlsplit(value).path)
    return value
