"""ANALYSIS: read the brief, made safe and normalised; refuse a job that cannot pay for any film of it."""

import math
from collections.abc import Sequence

from service.pipeline import Context, Job, Never, Output, Outputs
from service.pipelines.film import wishes
from service.pipelines.film.money import account, plan
from service.pipelines.film.money.plan import Line
from service.pipelines.film.providers.protocols import Providers
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.reading.by_hand import ByHand
from service.pipelines.film.script.voice import pace
from service.pipelines.film.script.writing import text
from service.pipelines.film.studio import fonts

_LETTERS_NAMED = 8
_LETTERS_A_LINE = 40


def run(job: Job, _outputs: Outputs, ctx: Context, *, providers: Providers) -> Output:
    """Raises `Never("empty_brief")` if nothing is left once markup and signs are gone, `Never("brief_too_short")` if
    the brief is only a question or a topic and nobody here says more about it, `Never("unsupported_script")` if it has
    letters that no font here can draw, and `Never("over_budget")`, before a cent is spent, if the job cannot pay for
    the cheapest film.
    """
    ctx.progress(0.0, "reading the brief")
    read = read_brief(job, providers)
    ctx.check()
    needed_usd = plan.total(cheapest_film(job, read, providers))
    room_usd = account.cap_usd(job) - account.spent_usd(ctx)
    if needed_usd > room_usd:
        raise plan.over_budget(needed_usd, room_usd)
    aspect_ratio, width, height = wishes.format_of(job, read.shapes)
    return {"brief": read.to_json(), "aspect_ratio": aspect_ratio, "width": width, "height": height}


def read_brief(job: Job, providers: Providers) -> Brief:
    """Read the brief. Raises `Never` as `run`, but for the costs."""
    try:
        wished = wishes.read_wishes(job)
        read = brief.read(job.content, wished.lang, ByHand.of(wished))
    except brief.NothingToSay:
        if wished.leave_out:
            raise Never("empty_brief", "metadata.leave_out leaves nothing of the brief to say.") from None
        raise Never("empty_brief", "content has nothing to say: it holds only signs, markup or layout.") from None
    if providers.director.name == "local" and read.is_bare_question:
        sentence = (
            "content is only a question, and the local director films what a brief says: add the answer, in two or "
            "three sentences, or set PROVIDER_DIRECTOR=vertex, which writes one."
        )
        raise Never("brief_too_short", sentence)
    if providers.director.name == "local" and read.is_bare_topic:
        sentence = (
            f"content only names a topic (“{read.title}”), and the local director films what a brief says: add two or "
            "three sentences with what there is to know, or set PROVIDER_DIRECTOR=vertex, which writes them."
        )
        raise Never("brief_too_short", sentence)
    undrawable = fonts.undrawable(" ".join((read.title, *read.sentences)))
    if undrawable:
        letters = " ".join(undrawable[:_LETTERS_NAMED])
        where = "content" if fonts.undrawable(" ".join(read.sentences)) or not wished.title else "metadata.title"
        raise Never("unsupported_script", f"{where} has letters that the film's fonts cannot draw: {letters}")
    return read


def cheapest_film(job: Job, read: Brief, providers: Providers) -> Sequence[Line]:
    """Return the costs of the cheapest film of this job.

    What will be said is not known yet, so the narration is as much as the film's time can hold.
    """
    content = text.normal(job.content)
    seconds = rules.length(read, wishes.read_wishes(job), wishes.preset_of(job))
    lines = ["x" * _LETTERS_A_LINE] * math.ceil(seconds * pace.FASTEST_LETTERS_A_SECOND / _LETTERS_A_LINE)
    return [
        *providers.director.costs(content),
        *providers.narrator.costs(lines),
        *providers.critic.costs(content),
        *plan.least(job.preset, providers.illustrator.offers()),
    ]
