"""What a run prints at its end: the table, the findings, a line for each push."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from lab.chaos.checks import HEADINGS, Verdict
from lab.chaos.plan import Options
from lab.chaos.pushing import Push, Recovery

SHOWN = 5
FORGOTTEN_S = 20.0
"""Google's emulator sometimes stops delivering a message when many were refused, and it keeps two pushes in flight
however many wait. Pub/Sub does neither, so what the emulator has not pushed for this long is then pushed directly."""


def table(
    options: Options,
    verdict: Verdict,
    *,
    injected: Mapping[str, int],
    sent: Mapping[str, int],
    pushes: Sequence[Push],
    recoveries: Sequence[Recovery],
    slow_drains: Sequence[float],
    swept: int,
    forgotten: int,
    fenced_off: int,
    took_s: float,
) -> str:
    """Return the run's figures as a Markdown table of two columns."""
    sources = Counter(push.source for push in pushes)
    messages = {(push.source, push.sent.message_id) for push in pushes}
    statuses = Counter(str(push.status or "no answer") for push in pushes)
    rows: list[tuple[str, str]] = [
        ("seed", str(options.seed)),
        ("duration", f"{took_s / 60:.1f} minutes, {options.seconds / 60:.1f} of them with faults"),
        ("jobs", f"{sum(sent.values()):,}"),
        *((f"jobs: {name}", f"{count:,}") for name, count in sent.items()),
        ("faults injected", f"{sum(injected.values()):,}"),
        *((f"faults: {name}", f"{count:,}") for name, count in sorted(injected.items())),
        ("pushes", f"{len(pushes):,}, {len(pushes) - len(messages):,} of them redeliveries"),
        *((f"pushes: {name}", f"{count:,}") for name, count in sorted(sources.items())),
        ("answers", ", ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))),
        ("leases taken over", f"{verdict.takeovers:,}"),
        ("continuations", f"{verdict.continuations:,}"),
        ("stages abandoned", f"{verdict.abandoned:,}"),
        ("jobs pruned", f"{verdict.pruned:,}"),
        *((f"runs ended: {name}", f"{count:,}") for name, count in sorted(verdict.outcomes.items())),
        ("deliveries that found their lease lost", f"{fenced_off:,}"),
        (f"messages that the emulator did not push for {FORGOTTEN_S:g} s", f"{forgotten:,}, then delivered directly"),
        ("jobs that only the sweep brought back", f"{swept:,}"),
        *_times(recoveries),
        ("drains of more than 10 s", f"{len(slow_drains):,}"),
        *((name, f"{len(verdict.findings[name]):,}") for name in HEADINGS),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"| {name:<{width}} | {value} |" for name, value in rows]
    return "\n".join([f"| {'chaos':<{width}} | |", f"| {'-' * width} | --- |", *lines])


def _times(recoveries: Sequence[Recovery]) -> list[tuple[str, str]]:
    """The times from each kind of fault to the next successful delivery; after a kill, of the same instance."""
    rows: list[tuple[str, str]] = []
    for after in sorted({one.after for one in recoveries}):
        took = [one.took_s for one in recoveries if one.after == after and one.took_s is not None]
        if took:
            said = f"median {statistics.median(took):.1f} s, longest {max(took):.1f} s, of {len(took)}"
            rows.append((f"time to recover from {after}", said))
    return rows


def lines_of(pushes: Sequence[Push]) -> list[str]:
    """Return a line for each push: when it began, how long it took (seconds), what it was, what was answered."""
    first = min((push.began_at for push in pushes), default=0.0)
    return [
        f"{push.began_at - first:8.2f} {push.ended_at - push.began_at:6.2f} {push.source:<8} "
        f"{push.sent.message_id:>10} {push.sent.job_id} {push.sent.run} {push.sent.hop} "
        f"{push.instance} {push.status or '-'}"
        for push in pushes
    ]


def findings(verdict: Verdict) -> list[str]:
    """Return the number of findings of each kind, and the first few."""
    lines: list[str] = []
    for heading, found in verdict.findings.items():
        kinds: dict[str, list[str]] = {}
        for one in found:
            kinds.setdefault(one.kind, []).append(one.detail)
        for kind, details in kinds.items():
            lines.append(f"{heading}: {kind}: {len(details):,}")
            lines += [f"    {detail}" for detail in details[:SHOWN]]
    return lines
