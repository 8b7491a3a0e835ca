"""The acts that the console has, on one thing or on many: each is a function of `service.operator`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from service.config import Topics
from service.console import forms
from service.console.visits import Visit
from service.operator import many, messages
from service.operator.many import Outcome
from service.operator.run_now import run_now
from service.operator.sending import Sender
from service.states import UNENDED, JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What every one of an act needs."""

    visit: Visit
    sender: Sender
    why: str
    from_stage: str | None

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """What the form says. Raises `NotDone` if it gives no reason."""
        parts = visit.parts
        return cls(
            visit=visit,
            sender=Sender(parts.engine, lambda: parts.publisher),
            why=visit.reason(),
            from_stage=forms.text_of(visit.form, "from_stage") or None,
        )

    @property
    def topics(self) -> Topics:
        return self.visit.parts.settings.topics


One: TypeAlias = Callable[[Doing, Any], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyAct:
    """An act on jobs (`states` says on which), or on letters or messages (`states` is empty)."""

    name: str
    verb: str
    past: str
    noun: str
    one: One
    states: tuple[JobState, ...] = ()


def _cancel(doing: Doing, job_id: str) -> Outcome:
    engine = doing.visit.parts.engine
    outcome = many.cancel_job(engine, doing.topics, job_id, by=doing.visit.person.email, why=doing.why)
    return doing.sender.send(outcome)


def _replay(doing: Doing, job_id: str) -> Outcome:
    by, engine = doing.visit.person.email, doing.visit.parts.engine
    outcome = many.replay_job(engine, doing.topics, job_id, by=by, why=doing.why, from_stage=doing.from_stage)
    return doing.sender.send(outcome)


def _run_now(doing: Doing, job_id: str) -> Outcome:
    by, engine = doing.visit.person.email, doing.visit.parts.engine
    outcome = run_now(engine, doing.topics, doing.sender.publisher, job_id, by=by, why=doing.why)
    if outcome.is_published is False:
        doing.sender.give_up()
    return outcome


def _replay_letter(doing: Doing, letter_id: int) -> Outcome:
    by, engine = doing.visit.person.email, doing.visit.parts.engine
    outcome = many.replay_letter(engine, doing.topics, letter_id, by=by, why=doing.why, from_stage=doing.from_stage)
    return doing.sender.send(outcome)


def _discard_letter(doing: Doing, letter_id: int) -> Outcome:
    return many.discard_letter(doing.visit.parts.engine, letter_id, by=doing.visit.person.email, why=doing.why)


def _send_message(doing: Doing, message_id: int) -> Outcome:
    by, engine = doing.visit.person.email, doing.visit.parts.engine
    outcome = messages.send_message(engine, doing.sender.publisher, message_id, by=by, why=doing.why)
    if outcome.is_published is False:
        doing.sender.give_up()
    return outcome


def _drop_message(doing: Doing, message_id: int) -> Outcome:
    return messages.drop_message(doing.visit.parts.engine, message_id, by=doing.visit.person.email, why=doing.why)


_ENDED_BADLY = (JobState.FAILED, JobState.CANCELLED)
ACTS: Mapping[tuple[str, str], ManyAct] = {
    ("jobs", "cancel"): ManyAct(
        name="cancel", verb="Cancel", past="cancelled", noun="job", one=_cancel, states=UNENDED
    ),
    ("jobs", "replay"): ManyAct(
        name="replay", verb="Replay", past="replayed", noun="job", one=_replay, states=_ENDED_BADLY
    ),
    ("jobs", "run-now"): ManyAct(
        name="run-now", verb="Run now", past="sent", noun="job", one=_run_now, states=(JobState.PENDING,)
    ),
    ("letters", "replay"): ManyAct(
        name="replay", verb="Replay", past="replayed", noun="dead letter", one=_replay_letter
    ),
    ("letters", "discard"): ManyAct(
        name="discard", verb="Discard", past="discarded", noun="dead letter", one=_discard_letter
    ),
    ("messages", "send"): ManyAct(name="send", verb="Send", past="sent", noun="message", one=_send_message),
    ("messages", "drop"): ManyAct(name="drop", verb="Drop", past="dropped", noun="message", one=_drop_message),
}
"""What can be done to some or all of a list, by the list and the name of the act."""
