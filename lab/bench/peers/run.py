"""Measure all rows in turns."""

import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from lab.bench.deliveries import warm_up, world_around
from lab.bench.peers import install
from lab.bench.peers.figures import Figures, lines, own_in
from lab.bench.peers.others import Dbos, Procrastinate, Restate, RestateServer
from lab.bench.peers.rows import Around, OldWorker, Pushed, Row

FIRST = 200
"""Jobs by which a row's speed is known well enough to choose the number of jobs in a round."""
LEAST = 100
FAILURES = (RuntimeError, AssertionError, OSError, subprocess.SubprocessError)
"""Of a row: that of the others goes on."""
BARE = "a bare Flask route"
FLOOR = "the same parts, nothing decided (lab/bench/floor.py)"
ONE, SIX, NINE = "this service, one stage", "this service, six stages", "this service, the drill's nine"


def rows(around: Around, other: Path | None) -> list[Row]:
    """Return everything that can be measured; `other` is another checkout of this service."""
    servers: list[RestateServer] = []
    one_stage = {"PIPELINE": "lab.bench.one_stage:pipeline"}
    found: list[Row] = [
        Pushed(around, ONE, ONE, **one_stage),
        Pushed(around, SIX, SIX, PIPELINE="lab.bench.six_stages:pipeline"),
        Pushed(around, NINE, NINE),
        Procrastinate(around, "Procrastinate, sync task", ONE, mode="sync"),
        Procrastinate(around, "Procrastinate, async task", ONE, mode="async"),
        Restate(around, "Restate, one step", ONE, handler="one", servers=servers),
        Restate(around, "Restate, six steps", SIX, handler="six", servers=servers),
        Dbos(around, "DBOS, one step", ONE, steps=1),
        Dbos(around, "DBOS, six steps", SIX, steps=6),
        OldWorker(around, "the worker before", ONE),
        Pushed(around, FLOOR, ONE, GUNICORN_CMD_ARGS="--config lab/bench/floor_conf.py"),
        Pushed(around, BARE, ONE, GUNICORN_CMD_ARGS="--config lab/bench/bare_conf.py"),
    ]
    if other is not None:
        found.insert(1, Pushed(around, f"one stage, as in {other.name}", ONE, other, **one_stage))
    return found


def run(
    rounds: int, seconds: float, say: Callable[[str], None], *, only: Sequence[str] = (), other: Path | None = None
) -> None:
    """Print a table of medians from `rounds` interleaved rounds, in each of which a row works about `seconds`.

    `only` chooses rows by parts of their names. A row that cannot be installed or fails is reported and left out.
    """
    with ExitStack() as stack:
        world, host, emulator = stack.enter_context(world_around(say, durable=True))
        warm_up(host)
        every = rows(Around(world=world, host=host, emulator=emulator), other)
        chosen = [row for row in every if not only or any(part in row.name for part in only)]
        counts = {row.name: count for row in chosen if (count := _started(row, seconds, stack, say))}
        measured: dict[str, list[Figures]] = {name: [] for name in counts}
        # The first round is not counted: the emulator compiles its code during it.
        for number in range(rounds + 1):
            # Turned round each time, so that nobody is always the first after a checkpoint.
            for row in reversed(chosen) if number % 2 else chosen:
                if row.name in measured and (figures := _measured(row, counts[row.name], say)):
                    measured[row.name].append(figures)
                else:
                    measured.pop(row.name, None)
            speeds = ", ".join(f"{name} {values[-1].rate:,.0f}" for name, values in measured.items())
            say(f"round {number} of {rounds}, a second: {speeds}")
            if not number:
                measured = {name: [] for name in measured}
    own = own_in(measured.get(ONE, ()), measured.get(BARE, ()))
    say(f"own CPU of a one-stage delivery, in that of the bare route: {own:.2f}" if own else "")
    for line in lines(measured, {row.name: row.beside for row in chosen}):
        say(line)


def _started(row: Row, seconds: float, stack: ExitStack, say: Callable[[str], None]) -> int | None:
    """Start a row and warm it up. Return the number of jobs that it does in `seconds`, None if it is left out."""
    try:
        row.start()
    except (install.Missing, *FAILURES) as error:
        say(f"LEFT OUT: {row.name}: {error}")
        return None
    stack.callback(row.close)
    first = _measured(row, FIRST, say)
    return max(LEAST, round(first.rate * seconds)) if first else None


def _measured(row: Row, count: int, say: Callable[[str], None]) -> Figures | None:
    try:
        return row.measure(count)
    except FAILURES as error:
        say(f"LEFT OUT: {row.name}: {error}")
        return None
