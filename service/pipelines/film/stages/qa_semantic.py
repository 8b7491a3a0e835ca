"""QA_SEMANTIC: whether the film says what the brief says."""

from service.pipeline import Context, Job, Never, Output, Outputs
from service.pipelines.film import coverage, wishes
from service.pipelines.film.brief import Brief
from service.pipelines.film.treatment import treatment_of


def run(job: Job, outputs: Outputs, ctx: Context) -> Output:
    """Raises `Never("qa_semantic_failed")` where the score is below the preset's threshold."""
    ctx.progress(0.0, "comparing film and brief")
    read = Brief.from_json(outputs["ANALYSIS"]["brief"])
    treatment, threshold = treatment_of(outputs), wishes.preset_of(job).qa_threshold
    score = coverage.score(read.key_phrases, treatment.script(), treatment.seconds)
    missing = coverage.missing(read.key_phrases, treatment.script(), treatment.seconds)
    if score < threshold:
        code = "qa_semantic_failed"
        sentence = (
            f"The film says {score:.0%} of what matters in the brief; {job.preset} asks for {threshold:.0%}. "
            "A longer duration_sec or a shorter brief helps."
        )
        raise Never(code, sentence)
    return {"passed": True, "score": round(score, 3), "threshold": threshold, "missing": missing}
