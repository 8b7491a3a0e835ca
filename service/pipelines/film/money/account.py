"""A job's money: what it may spend, what it has spent, what it planned to buy."""

from collections.abc import Sequence
from dataclasses import asdict

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money.plan import Line


def cap_usd(job: Job) -> float:
    """Return how much the job may spend in all: its own budget, else its preset's, and never more than the operator
    allows."""
    budget_usd = wishes.read_wishes(job).budget_usd
    cap_usd = wishes.preset_of(job).cap_usd if budget_usd is None else budget_usd
    return cap_usd if job.max_usd is None else min(cap_usd, job.max_usd)


def spent_usd(ctx: Context) -> float:
    """Return what is on the job's account, over all its runs and rounds."""
    return sum(effect.cost_usd for effect in ctx.spent())


def planned(outputs: Outputs) -> Sequence[Line]:
    """Return what FINANCIAL_OPTIMIZATION planned to buy."""
    return [Line.from_json(kept) for kept in outputs["FINANCIAL_OPTIMIZATION"]["lines"]]


def statement(outputs: Outputs, ctx: Context) -> Output:
    """Return the plan beside what was spent, in US dollars, for the result and the manifest."""
    plan = outputs["FINANCIAL_OPTIMIZATION"]
    effects = list(ctx.spent())
    return {
        "plan_usd": plan["plan_usd"],
        "spent_usd": round(sum(effect.cost_usd for effect in effects), 6),
        "cap_usd": plan["cap_usd"],
        "spent": [asdict(effect) for effect in effects],
    }
