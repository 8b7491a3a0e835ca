"""What is wrong right now, in sentences, each with the list that holds just those jobs and with what may mend it, for a
page and for a command line. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from service.console import advice
from service.console.rendering import duration, link, moment
from service.operator.pauses import PauseRow
from service.queries import Busy, LetterGroup, Stopped
from service.queries.counts import Totals, Vitals
from service.queries.groups import LOOK_AT
from service.states import HeldFor

OLD_PENDING_S = 120.0
"""A job that nothing stops is claimed within seconds if there are enough instances."""
OLD_OWED_S = 120.0
"""The sweep runs every minute."""
FLOOD_JOBS = 100
FLOOD_SHARE = 0.5
"""A user with at least so many un-ended jobs, and at least so much of all of them, delays the others."""
MOST = 12
WHY = "--why"
"""In the words of a command: the reason, which the operator fills in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An act on all of the list (`acts.ACTS`): the kind of things on it, the act, the filter as a URL's query, and what
    the button says."""

    kind: str
    act: str
    filter: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """`what` is wrong; `where` is the URL of the list; `is_bad`: it does not pass by itself; `more` says who and since
    when; `todo` what helps. `example` is a sentence from one of the jobs.

    `offers` are acts on what is on the list, `form` the label and the URL of a form that helps. `commands` does the
    same on a command line: the words of each, the first of which only shows; `WHY` is an option to be filled in.
    """

    what: str
    where: str
    is_bad: bool = False
    more: str = ""
    todo: str = ""
    example: str = ""
    offers: Sequence[Offer] = ()
    form: tuple[str, str] | None = None
    commands: Sequence[Sequence[str]] = ()


def wrongs(
    *,
    vitals: Vitals,
    totals: Totals,
    groups: Sequence[LetterGroup],
    stopped: Sequence[Stopped],
    pauses: Sequence[PauseRow],
    busiest: Sequence[Busy],
    limited: Collection[str],
) -> list[Wrong]:
    """Return what is wrong, the worst first. `limited` are the users who have limits of their own."""
    return [
        *_stopped_all(pauses),
        *_letters(groups),
        *_stopped(stopped),
        *_slow(vitals),
        *_unsent(vitals, totals),
        *_flood(busiest, limited),
        *_narrow_pauses(pauses),
    ]


def _stopped_all(pauses: Sequence[PauseRow]) -> Iterator[Wrong]:
    for pause in pauses:
        if pause.scope == "all":
            yield _pause("All intake is paused", pause)


def _narrow_pauses(pauses: Sequence[PauseRow]) -> Iterator[Wrong]:
    for pause in pauses:
        if pause.scope != "all":
            yield _pause(f"The {pause.scope} {pause.name} is paused", pause)


def _pause(what: str, pause: PauseRow) -> Wrong:
    why = f"{pause.why}, says {pause.paused_by}" if pause.why else f"by {pause.paused_by}"
    named = "--all" if pause.scope == "all" else f"--{pause.scope}={pause.name}"
    return Wrong(
        what=what,
        where=f"{link('controls')}#pauses",
        more=f"since {moment(pause.since)}: {why}",
        form=("Resume…", f"{link('controls')}#pauses"),
        commands=(("pause", "--list"), ("resume", named, WHY)),
    )


def _letters(groups: Sequence[LetterGroup]) -> Iterator[Wrong]:
    for group in groups[:MOST]:
        count = f"{'at least ' if group.letters >= LOOK_AT else ''}{group.letters:,}"
        if group.refused == group.letters:
            what = f"{count} {'messages were' if group.letters > 1 else 'message was'} refused: {group.reason}"
        else:
            stage = f" in {group.stage}" if group.stage else ""
            what = f"{count} {'jobs' if group.letters > 1 else 'job'} failed: {group.reason}{stage}"
        where = link("letters", reason=group.reason, shape=group.shape)
        query = where.partition("?")[2]
        yield Wrong(
            what=what,
            where=where,
            is_bad=True,
            more=_since(group.first_at, group.users, group.last_at),
            todo=advice.BY_CODE.get(group.reason, ""),
            example=group.example,
            offers=(
                Offer(kind="letters", act="replay", filter=query, label="Replay all…"),
                Offer(kind="letters", act="discard", filter=query, label="Discard all…"),
            ),
            commands=_commands("dlq", "list", ("replay", "discard"), f"--reason={group.reason}"),
        )


def _stopped(stopped: Sequence[Stopped]) -> Iterator[Wrong]:
    for one in stopped[:MOST]:
        jobs = f"{one.jobs:,} {'jobs' if one.jobs > 1 else 'job'}"
        more = _since(one.since, one.users)
        narrow: dict[str, str] = {one.by: one.name}
        runs = True
        if one.by == "waits_for":
            what = f"{jobs} {'wait' if one.jobs > 1 else 'waits'} for {one.name}, which is away or busy"
            todo = "They try again by themselves."
        elif one.by == "held_for":
            held = next((hold.sentence for hold in HeldFor if hold.value == one.name), one.name)
            what = f"{jobs} {'are' if one.jobs > 1 else 'is'} held: {held[:1].lower()}{held[1:].rstrip('.')}"
            todo, runs = "", False
        else:
            what = f"{jobs} failed and will be tried again: {one.name} in {one.stage}"
            todo = advice.BY_CODE.get(one.name, "")
            narrow["stage"] = one.stage or ""
        where = link("jobs", state="pending", **narrow)
        words = [f"--{name.replace('_', '-')}={value}" for name, value in narrow.items() if value]
        run_now = Offer(kind="jobs", act="run-now", filter=where.partition("?")[2], label="Run all now…")
        yield Wrong(
            what=what,
            where=where,
            more=more,
            todo=todo,
            offers=(run_now,) if runs else (),
            commands=_commands("jobs", "list", ("run-now",) if runs else (), "--state=pending", *words),
        )


def _slow(vitals: Vitals) -> Iterator[Wrong]:
    if vitals.oldest_pending_s > OLD_PENDING_S:
        yield Wrong(
            what=f"The oldest of {vitals.pending:,} pending jobs has waited {duration(vitals.oldest_pending_s)}",
            where=link("jobs", state="pending"),
            is_bad=True,
            todo="Too few instances or slots for what comes in, or messages that do not arrive.",
            commands=(("jobs", "list", "--state=pending"),),
        )
    if vitals.expired_leases:
        jobs = f"{vitals.expired_leases:,} {'jobs' if vitals.expired_leases > 1 else 'job'} in work"
        yield Wrong(
            what=f"{jobs} lost their worker" if vitals.expired_leases > 1 else f"{jobs} lost its worker",
            where=link("jobs", state="processing"),
            more="The lease has run out",
            todo="The next delivery or the sweep takes over. If it lasts, look whether instances are killed.",
            commands=(("jobs", "list", "--state=processing"),),
        )


def _unsent(vitals: Vitals, totals: Totals) -> Iterator[Wrong]:
    if totals.parked:
        yield Wrong(
            what=f"Pub/Sub refuses {totals.parked:,} {'messages' if totals.parked > 1 else 'message'} for good",
            where=f"{link('controls')}#messages",
            is_bad=True,
            more=f"for {duration(totals.oldest_parked_s)}",
            todo="What Pub/Sub says is beside each. Send them again once that is mended, or drop them.",
            offers=(Offer(kind="messages", act="send", filter="", label="Send all again…"),),
            commands=_commands("outbox", "list", ("send", "drop"), "--parked"),
        )
    if vitals.oldest_owed_s > OLD_OWED_S:
        yield Wrong(
            what=f"{vitals.owed:,} messages are owed, the oldest for {duration(vitals.oldest_owed_s)}",
            where=link("controls"),
            todo="Pub/Sub is unreachable, or the sweep does not run: see Cloud Scheduler.",
            commands=(("outbox", "list"), ("sweep",)),
        )


def _flood(busiest: Sequence[Busy], limited: Collection[str]) -> Iterator[Wrong]:
    for busy in busiest[:1]:
        if busy.jobs >= FLOOD_JOBS and busy.jobs >= FLOOD_SHARE * busy.among and busy.user_id not in limited:
            yield Wrong(
                what=f"User {busy.user_id} has {busy.jobs:,} of the newest {busy.among:,} open jobs",
                where=link("jobs", state="pending", user=busy.user_id),
                more=f"since {moment(busy.since)}",
                todo="A limit for the user lets others have their turn.",
                form=("Limit the user…", link("controls", limit=busy.user_id)),
                commands=(
                    ("jobs", "list", "--state=pending", f"--user={busy.user_id}"),
                    ("users", "limits", "set", "--in-work=2", WHY, "--", busy.user_id),
                ),
            )


def _commands(noun: str, shows: str, acts: Sequence[str], *options: str) -> tuple[tuple[str, ...], ...]:
    """The command that shows a list, and those that act on all of it."""
    return ((noun, shows, *options), *((noun, act, *options, WHY) for act in acts))


def _since(first: datetime, users: int, last: datetime | None = None) -> str:
    until = f", the last {duration(max(0.0, (datetime.now(UTC) - last).total_seconds()))} ago" if last else ""
    who = f", {users:,} {'users' if users > 1 else 'user'}" if users else ""
    return f"since {moment(first)}{until}{who}"
