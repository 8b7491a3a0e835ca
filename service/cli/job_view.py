"""One job on a screen: who asked for what, where it is, what it waits for, its history, what it cost, how it ended.

It stays under 60 lines, however long the job's story is, with the newest of each part; `--full` prints all of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from service.cli.live_view import block, ending, unknown_orders
from service.cli.terminal import format_table, printable, time_ago
from service.states import ENDED

EFFECT_COLUMNS = ("STAGE", "EFFECT", "RUN", "ROUND", "STATE", "ORDERS", "USD")
SHOWN_TEXT = 400
"""Characters of the brief, and of the metadata."""


@dataclass(frozen=True, slots=True)
class Most:
    """How many lines each part may have. With one line each for what was left out, they add up to less than 60."""

    stages: int = 10
    history: int = 10
    effects: int = 5
    output: int = 8
    orders: int = 3
    letters: int = 3


ALL = Most(*(10**9 for _ in range(6)))


def lines(job: Mapping[str, Any], *, is_full: bool = False) -> list[str]:
    """The job as lines without control characters."""
    most = ALL if is_full else Most()
    first, *stages = block(job)
    bar = stages[-1:] if job["progress"].get("percent") is not None else []
    stages = stages[: len(stages) - len(bar)]
    return [
        first,
        *_facts(job, is_full=is_full),
        *_last(stages, most.stages, "stages before these", unseen=_unseen(job, "stages")),
        *bar,
        *_history(job, most.history),
        *_effects(job, most.effects),
        *(_first(ending(job), most.output, "more") if job["state"] in ENDED or job["error"] else []),
        *_first(unknown_orders(job), most.orders, "more unknown orders"),
        *_last(
            [_letter(letter) for letter in job["dead_letters"]],
            most.letters,
            "dead letters before these",
            unseen=_unseen(job, "dead_letters"),
        ),
    ]


def _facts(job: Mapping[str, Any], *, is_full: bool) -> list[str]:
    """What is known of it, a line each; nothing for what is not so."""
    brief, metadata = str(job.get("content", "")), job.get("metadata")
    chars = job.get("content_chars", len(brief))
    as_json = "" if metadata is None else json.dumps(metadata, ensure_ascii=False)
    left_out = f" ({job.get('metadata_bytes')} bytes: --full)" if metadata is None and job.get("metadata_bytes") else ""
    submitted = f", submitted by {job['submitted_by']}" if job.get("submitted_by") else ""
    facts = {
        "user": f"{job.get('user_id', '')}{submitted}",
        "created": _moment(job.get("created_at")),
        "brief": _cut(brief, None if is_full else SHOWN_TEXT, chars),
        "metadata": _cut(as_json, None if is_full else SHOWN_TEXT, len(as_json)) + left_out,
        **({} if job["state"] in ENDED else _waiting(job)),
        "spent": f"{job['spent_usd']:.4f} USD" if job.get("spent_usd") else "",
    }
    return [f"  {name:<13}{printable(fact)}" for name, fact in facts.items() if fact and fact != "{}"]


def _waiting(job: Mapping[str, Any]) -> dict[str, str]:
    """Who works on it, or what it waits for."""
    waits_for, held_for, not_before = job.get("waits_for"), job.get("held_for"), job.get("not_before")
    return {
        "lease": _lease(job) if job.get("lease_until") else "",
        "waits for": f"{waits_for}{_since(job.get('waiting_since'))}" if waits_for else "",
        "held for": f"{held_for}{_since(job.get('held_at'))}" if held_for else "",
        "next attempt": _when(str(not_before)) if not_before else "",
    }


def _history(job: Mapping[str, Any], most: int) -> list[str]:
    """Changes of state, newest first."""
    changes: Sequence[Mapping[str, Any]] = job["history"]
    is_oldest_first = len(changes) > 1 and changes[0]["at"] <= changes[-1]["at"]
    newest_first = changes[::-1] if is_oldest_first else changes
    lines = [_change(change) for change in newest_first]
    return _first(lines, most, "changes before these", unseen=_unseen(job, "history"))


def _change(change: Mapping[str, Any]) -> str:
    before = f"{change['previous_state']} → " if change["previous_state"] else ""
    note = change["metadata"]
    by = f" by {note['by']}" if note.get("by") else ""
    why = f": {note['why']}" if note.get("why") else ""
    return printable(f"  {change['at'][:19]}Z  {before}{change['new_state']}  {change['reason']}{by}{why}")


def _effects(job: Mapping[str, Any], most: int) -> list[str]:
    effects = job["effects"]
    if not effects:
        return []
    left_out = max(0, len(effects) - most) + _unseen(job, "effects")
    note = [f"  … {left_out:,} orders before these: --full"] if left_out else []
    return [*note, *format_table(EFFECT_COLUMNS, [_effect(effect) for effect in effects[-most:]])]


def _effect(effect: Mapping[str, Any]) -> tuple[object, ...]:
    names = ("stage", "name", "run", "round", "state", "orders")
    return (*(effect[name] for name in names), f"{effect['cost_usd']:.4f}")


def _letter(letter: Mapping[str, Any]) -> str:
    at = letter["replayed_at"] or letter["discarded_at"]
    what = "replayed" if letter["replayed_at"] else "discarded"
    handled = f", {what} {time_ago(at)} by {letter['handled_by'] or '?'}" if at else ""
    run = f" of run {letter['run']}" if letter["run"] else ""
    return printable(f"dead letter {letter['id']}{run}: {letter['reason']}{handled}")


def _lease(job: Mapping[str, Any]) -> str:
    holder = job.get("lease_holder")
    return f"held{f' by {holder}' if holder else ''} until {str(job['lease_until'])[:19]}Z"


def _moment(at: str | None) -> str:
    return f"{at[:19]}Z, {time_ago(at)}" if at else ""


def _when(at: str) -> str:
    seconds = (datetime.fromisoformat(at) - datetime.now(UTC)).total_seconds()
    return f"{at[:19]}Z, {f'in {seconds:.0f} s' if seconds > 0 else 'now'}"


def _since(at: str | None) -> str:
    return f" since {at[:19]}Z" if at else ""


def _cut(text: str, longest: int | None, whole: int) -> str:
    if longest is None or whole <= longest:
        return text
    return f"{text[:longest]}… ({whole:,} characters: --full)"


def _unseen(job: Mapping[str, Any], part: str) -> int:
    """How many of a part the answer leaves out."""
    return max(0, int(job.get("totals", {}).get(part, 0)) - len(job[part]))


def _first(found: list[str], most: int, what: str, *, unseen: int = 0) -> list[str]:
    left_out = max(0, len(found) - most) + unseen
    return [*found[:most], *([f"  … {left_out:,} {what}: --full"] if left_out else [])]


def _last(found: list[str], most: int, what: str, *, unseen: int = 0) -> list[str]:
    left_out = max(0, len(found) - most) + unseen
    return [*([f"  … {left_out:,} {what}: --full"] if left_out else []), *found[-most:]]
