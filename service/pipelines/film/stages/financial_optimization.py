"""FINANCIAL_OPTIMIZATION: what the rest of the film will cost, and the best pictures that the job can pay for."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account as costs
from service.pipelines.film.money import plan
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.script import text
from service.pipelines.film.script.treatment import treatment_of


def run(job: Job, outputs: Outputs, ctx: Context, *, by: Providers) -> Output:
    """Raises `Never("over_budget")` where what is left of the job's money does not pay for the least good film."""
    ctx.progress(0.0, "planning the costs")
    treatment, cap, spent = treatment_of(outputs), costs.cap_usd(job), costs.spent_usd(ctx)
    words = [*by.narrator.costs(costs.spoken(treatment)), *by.critic.costs(text.normal(job.content))]
    room = cap - spent - plan.total(words)
    if room < 0:
        raise plan.over_budget(plan.total(words), cap - spent)
    lines = [*words, *plan.pictures(treatment.shots, job.preset, by.illustrator.offers(), room)]
    return {
        "providers": by.names(),
        "lines": [line.to_json() for line in lines],
        "cost_usd": round(plan.total(lines), 6),
        "spent_usd": round(spent, 6),
        "plan_usd": round(spent + plan.total(lines), 6),
        "cap_usd": cap,
        "budget_usd": wishes.read_wishes(job).budget_usd,
    }
