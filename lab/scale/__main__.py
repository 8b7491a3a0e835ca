"""`python -m lab.scale`: write the tables of docs/scale.md, and draw docs/scale.svg (two minutes of one core)."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.scale.costs import MEASURED
from lab.scale.deployment import FILMS, NOTHING, Deployment, Jobs
from lab.scale.plot import Curve, Panel, svg
from lab.scale.study import bounds, plan, seconds_for
from lab.scale.system import LIGHT_CONNECTIONS, simulate

RATES = (100.0, 1_000.0, 10_000.0)
OFFERED = {
    NOTHING: (100.0, 300.0, 450.0, 600.0, 1_000.0, 1_500.0, 3_000.0, 10_000.0, 15_000.0, 30_000.0),
    FILMS: (1.0, 2.0, 3.0, 10.0, 30.0, 100.0, 150.0, 300.0, 1_000.0, 1_500.0, 3_000.0),
}
SIMULATED = {NOTHING: RATES, FILMS: RATES[:2]}
"""Ten thousand films a second are a hundred thousand at a time: arithmetic has to do."""


PAGE, PICTURE = Path("docs/scale.md"), Path("docs/scale.svg")


def main() -> int:
    panels = []
    page = PAGE.read_text()
    for jobs, offered in OFFERED.items():
        plans = {rate: plan(Deployment(), jobs, MEASURED, rate) for rate in RATES}
        page = with_table(page, f"parts: {jobs.name}", parts(jobs, plans))
        page = with_table(page, f"simulated: {jobs.name}", outcomes(jobs, plans))
        deployments = {"as deployed": Deployment()}
        for rate in SIMULATED[jobs]:
            if plans[rate] != Deployment():
                deployments[f"planned for {rate:,.0f}"] = plans[rate]
        curves = [curve(name, deployment, jobs, offered) for name, deployment in deployments.items()]
        panels.append(Panel(f"Jobs {jobs.name}", curves, min(offered), max(offered)))
    PAGE.write_text(page)
    PICTURE.write_text(svg(panels, title="Jobs done of the jobs offered, by deployment"))
    return 0


def with_table(page: str, name: str, rows: Sequence[str]) -> str:
    """Return the page with the table between the comments of that name. Pure."""
    begin, end = f"<!-- {name} -->", "<!-- end -->"
    block = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not block.search(page):
        raise ValueError(f"{PAGE} has no {begin}")
    table = "\n".join([begin, "", *rows, "", end])
    return block.sub(lambda _: table, page)


def parts(jobs: Jobs, plans: dict[float, Deployment]) -> Sequence[str]:
    """Return a Markdown table: what each part allows as deployed, in the order in which they break, and what each rate
    needs of it. Pure."""
    found = sorted(bounds(Deployment(), jobs, MEASURED).items(), key=lambda item: item[1])
    rows = [
        "| part | as deployed | allows a second | " + " | ".join(f"for {rate:,.0f}" for rate in plans) + " |",
        "|" + " --- |" * (3 + len(plans)),
    ]
    for part, most in found:
        needed = " | ".join(amount(part, planned) for planned in plans.values())
        allows = "any" if most == float("inf") else f"{most:,.{1 if most < 10 else 0}f}"
        if part == "connections":
            allows = f"{Deployment().connections // (Deployment().slots + LIGHT_CONNECTIONS)} instances"
        rows.append(f"| {part} | {amount(part, Deployment())} | {allows} | {needed} |")
    return rows


def amount(part: str, deployment: Deployment) -> str:
    """Return how much of a part there is, in words. Pure."""
    one = deployment
    return {
        "slots": f"{one.instances:,} instances of {one.slots}",
        "our processors": f"{one.instances:,}",
        "the database's processors": f"{one.database_cores}",
        "the database's disk": f"{one.disk_mb_s:,.0f} MB/s",
        "connections": "a pooler" if one.pooler else f"{one.connections}",
        "the push window": f"{one.subscriptions} of 3,000",
    }[part]


def outcomes(jobs: Jobs, plans: dict[float, Deployment]) -> Sequence[str]:
    """Simulate the plans; return a Markdown table of what came out."""
    rows = [
        "| planned for, and offered | done | median s | p99 s | slots | processors | database | its disk | window |",
        "|" + " --- |" * 9,
    ]
    for rate in SIMULATED[jobs]:
        one = simulate(plans[rate], jobs, MEASURED, rate, seconds_for(jobs, rate))
        shares = (one.slots, one.processors, one.database, one.disk, one.window)
        full = " | ".join(f"{share:.0%}" for share in shares)
        rows.append(f"| {rate:,.0f} | {one.done:,.0f} | {one.p50_s:.3f} | {one.p99_s:.3f} | {full} |")
    return rows


def curve(name: str, deployment: Deployment, jobs: Jobs, offered: Sequence[float]) -> Curve:
    """Simulate one deployment at all rates that tell something."""
    found = bounds(deployment, jobs, MEASURED)
    stops = min(found, key=lambda part: found[part])
    points = []
    for rate in offered:
        # Far below and far beyond what it can do, nothing new is seen.
        if rate == offered[0] or found[stops] / 5 <= rate <= 10 * found[stops]:
            outcome = simulate(deployment, jobs, MEASURED, rate, seconds_for(jobs, rate))
            points.append((rate, outcome.done))
    return Curve(name, points, f"full at {found[stops]:,.{1 if found[stops] < 10 else 0}f}: {stops}")


sys.exit(main())
