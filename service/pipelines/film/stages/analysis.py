"""ANALYSIS: the brief made safe and normal, and read."""

from service.pipeline import Context, Job, Never, Output, Outputs
from service.pipelines.film import brief, wishes
from service.pipelines.film.providers.local import fonts

_NAMED = 8


def run(job: Job, _outputs: Outputs, ctx: Context) -> Output:
    """Raises `Never("unsupported_script")` where the brief has letters that no font here can draw."""
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
    return {"brief": read.to_json(), "aspect_ratio": aspect, "width": width, "height": height}
