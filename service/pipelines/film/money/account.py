"""What the stages say and ask about money."""

import math
from collections.abc import Sequence
from dataclasses import asdict

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import plan
from service.pipelines.film.money.plan import Line
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.script import narration, text
from service.pipelines.film.script import rules as director
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.treatment import Treatment

_LETTERS_A_SECOND, _LETTERS_A_LINE = 17, 40


def cap_usd(job: Job) -> float:
    """What the job may spend in all."""
    return plan.cap_usd(wishes.read_wishes(job).budget_usd, job.preset)


def spent_usd(ctx: Context) -> float:
    """What is on the job's account, of all its runs and rounds."""
    return sum(one.cost_usd for one in ctx.spent())


def cheapest(job: Job, read: Brief, by: Providers) -> list[Line]:
    """The cheapest film of this job, before anybody knows what will be said in it: as much as its time can hold."""
    content = text.normal(job.content)
    seconds = director.length(read, wishes.read_wishes(job), wishes.preset_of(job))
    lines = ["x" * _LETTERS_A_LINE] * math.ceil(seconds * _LETTERS_A_SECOND / _LETTERS_A_LINE)
    return [
        *by.director.costs(content),
        *by.narrator.costs(lines),
        *by.critic.costs(content),
        *plan.least(job.preset, by.illustrator.offers()),
    ]


def spoken(treatment: Treatment) -> list[str]:
    """The lines that a narrator will be given."""
    readings = (narration.reading(shot.voice, treatment.lang) for shot in treatment.shots)
    return [reading.spoken for reading in readings if reading.spoken]


def lines_of(outputs: Outputs) -> Sequence[Line]:
    """What FINANCIAL_OPTIMIZATION planned to buy."""
    return [Line.from_json(kept) for kept in outputs["FINANCIAL_OPTIMIZATION"]["lines"]]


def account(outputs: Outputs, ctx: Context) -> Output:
    """The plan beside what was spent, for the result and the manifest, in US dollars."""
    planned = outputs["FINANCIAL_OPTIMIZATION"]
    spent = list(ctx.spent())
    return {
        "plan_usd": planned["plan_usd"],
        "spent_usd": round(sum(one.cost_usd for one in spent), 6),
        "cap_usd": planned["cap_usd"],
        "spent": [asdict(one) for one in spent],
    }
