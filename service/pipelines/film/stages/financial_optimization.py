"""FINANCIAL_OPTIMIZATION: what the film will cost. The local provider buys nothing, so every budget is enough."""

from service.pipeline import Context, Job, Output, Outputs
from service.pipelines.film import wishes


def run(job: Job, _outputs: Outputs, ctx: Context) -> Output:
    ctx.progress(0.0, "planning the costs")
    return {"provider": "local", "lines": [], "cost_usd": 0.0, "budget_usd": wishes.read_wishes(job).budget_usd}
