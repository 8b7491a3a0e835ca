"""`make chaos`: break everything on a timer and look for a job lost, doubled, run again or stuck."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

# gRPC logs a lot about processes that are started beside its threads. It reads this when it is imported.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

from lab.chaos import plan, report, run, sabotage
from lab.chaos.plan import Options


def main() -> int:
    options = argparse.ArgumentParser(
        prog="python -m lab.chaos",
        description=__doc__,
        epilog=f"SABOTAGE={'|'.join(sabotage.SABOTAGES)} removes one fence: the run must then end red.",
    )
    options.add_argument("--jobs", type=int, default=2_000, help="how many jobs (2000)")
    options.add_argument("--minutes", type=float, default=20.0, help="minutes of faults (20); then it comes to rest")
    options.add_argument("--seed", type=int, help="seed of the jobs and the faults (random)")
    options.add_argument("--films", type=int, default=2, help="how many of the jobs are real films (2)")
    options.add_argument(
        "--short", action="store_true", help=f"{plan.SHORT_JOBS} jobs, {plan.SHORT_S:g} s of faults, no films"
    )
    options.add_argument(
        "--like", choices=sabotage.SABOTAGES, help="provoke what that sabotage breaks, with all fences in place"
    )
    options.add_argument("--no-emulator", action="store_true", help="push all jobs directly, without Google's emulator")
    options.add_argument("--pushes", type=Path, help="write a line for each push to this file")
    options.add_argument("--logs", action="store_true", help="if the run is red, print the ends of the logs")
    chosen = options.parse_args()
    wanted = os.environ.get("SABOTAGE") or None
    if wanted and wanted not in sabotage.SABOTAGES:
        options.error(f"SABOTAGE must be one of {', '.join(sabotage.SABOTAGES)}, not {wanted!r}")
    seed = run.fresh_seed() if chosen.seed is None else chosen.seed
    if chosen.short or chosen.like or wanted:
        asked = plan.short(seed, wanted, like=chosen.like, use_emulator=not chosen.no_emulator)
    else:
        asked = Options(
            jobs=chosen.jobs,
            seconds=chosen.minutes * 60,
            seed=seed,
            films=chosen.films,
            ack_deadline_s=20 if chosen.films else 10,
            use_emulator=not chosen.no_emulator,
        )
    # Exit normally on SIGTERM, so that everything that was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # The errors that the operator's calls meet were injected.
    logging.disable(logging.ERROR)
    outcome = run.run(asked, say)
    if chosen.pushes:
        chosen.pushes.write_text("\n".join(outcome.pushes))
    say("")
    say(outcome.table)
    if outcome.verdict.is_green:
        say("\ngreen: nothing lost, nothing doubled, nothing run again, nothing stuck")
        return 0
    say("\nRED:")
    for line in report.findings(outcome.verdict):
        say(f"  {line}")
    if chosen.logs:
        say(outcome.logs)
    return 1


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the command's output)


sys.exit(main())
