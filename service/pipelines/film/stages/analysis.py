"""ANALYSIS: the brief made safe and normal, and read; and whether the job can pay for any film of it."""

from service.pipeline import Context, Job, Never, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account as costs
from service.pipelines.film.money import plan
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.script import brief
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.studio import fonts

_NAMED = 8


def run(job: Job, _outputs: Outputs, ctx: Context, *, by: Providers) -> Output:
    """Raises `Never("unsupported_script")` where the brief has letters that no font here can draw, and
    `Never("over_budget")`, before a cent is spent, where the job cannot pay for the cheapest film."""
    ctx.progress(0.0, "reading the brief")
    asked = wishes.read_wishes(job)
    aspect = asked.aspect_ratio or wishes.preset_of(job).aspect_ratio
    width, height = wishes.SIZES[aspect]
    read = brief.read(job.content, asked.lang)
    ctx.check()
    missing = fonts.undrawable(" ".join((read.title, *read.sentences)))
    if missing:
        letters = " ".join(missing[:_NAMED])
        sentence = f"content has letters that the film's fonts cannot draw: {letters}"
        code = "unsupported_script"
        raise Never(code, sentence)
    _affordable(job, read, ctx, by)
    return {"brief": read.to_json(), "aspect_ratio": aspect, "width": width, "height": height}


def _affordable(job: Job, read: Brief, ctx: Context, by: Providers) -> None:
    needed = plan.total(costs.cheapest(job, read, by))
    room = costs.cap_usd(job) - costs.spent_usd(ctx)
    if needed > room:
        raise plan.over_budget(needed, room)
