"""FINANCIAL_OPTIMIZATION: plan what the rest of the film will cost, with the best pictures the job can pay for."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account, plan
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.script.look import own_pictures
from service.pipelines.film.script.treatment import treatment_of
from service.pipelines.film.script.voice import narration
from service.pipelines.film.script.writing import text


def run(job: Job, outputs: Outputs, ctx: Context, *, providers: Providers) -> Output:
    """Raises `Never("over_budget")` if the job's remaining money does not pay for the plainest film that is good
    enough."""
    ctx.progress(0.0, "planning the costs")
    treatment, cap_usd, spent_usd = treatment_of(outputs), account.cap_usd(job), account.spent_usd(ctx)
    to_say = [reading.spoken for reading in narration.readings(treatment) if reading.spoken]
    words = [*providers.narrator.costs(to_say), *providers.critic.costs(text.normal(job.content))]
    room_usd = cap_usd - spent_usd - plan.total(words)
    if room_usd < 0:
        raise plan.over_budget(plan.total(words), cap_usd - spent_usd)
    own = own_pictures.placed(treatment.shots, len(wishes.read_wishes(job).pictures))
    offers = providers.illustrator.offers()
    lines = [*words, *plan.pictures(treatment.shots, job.preset, offers, room_usd, own=own)]
    return {
        "providers": providers.names(),
        "lines": [line.to_json() for line in lines],
        "cost_usd": round(plan.total(lines), 6),
        "spent_usd": round(spent_usd, 6),
        "plan_usd": round(spent_usd + plan.total(lines), 6),
        "cap_usd": cap_usd,
        "budget_usd": wishes.read_wishes(job).budget_usd,
    }
