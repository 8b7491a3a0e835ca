"""What to do about what is wrong with a job, in a sentence: from its state and error. Pure."""

from service.queries import Story
from service.states import HeldFor, JobState

BY_CODE = {
    "over_budget": "Replaying will not help as it stands: the cap holds across runs. Send it again with a higher "
    "metadata.budget_usd, or raise MAX_JOB_USD.",
    "effect_unknown": "An order may or may not have been accepted. Ask the provider about the request ids, which the "
    "page of the job has; a replay orders once more.",
    "worker_died": "The process died while this job ran. If several jobs end like this, look at the memory of the "
    "instances; a replay runs it once more.",
    "worker_stalled": "A stage did not stop when it was told to. Look at its traceback before you replay it.",
    "stage_crashed": "A stage raised an error that it did not expect: the job's page has the traceback. Release a fix, "
    "then replay.",
    "artifact_gone": "A file of it no longer exists: replay it from the stage that makes the file.",
    "unknown_preset": "Another revision may know this preset: release it, then replay.",
    "unknown_stage": "It is at a stage that this revision does not know: roll forward, or replay it from an earlier "
    "stage.",
    "job_id_conflict": "The sender used an id twice, for different jobs. Tell the sender; discard this.",
}
"""For the codes of the delivery itself. A pipeline's own codes come with a sentence of their own."""


def on_job(story: Story) -> str | None:
    """Return what an operator can do about the job now; None if nothing is wrong with it."""
    job = story.job
    if job.held_for is not None:
        return f"{HeldFor.of(job.held_for).sentence} It runs when that is over: see Controls."
    if job.waits_for is not None and job.state == JobState.PENDING:
        return f"It waits for '{job.waits_for}', and tries again by itself. Run it now once that is back."
    if job.error_code is None:
        return None
    known = BY_CODE.get(job.error_code)
    if job.state == JobState.FAILED:
        return known or "If the cause is gone, replay it: finished stages are kept. If the brief is wrong, change it."
    if job.state == JobState.PENDING:
        return f"It tries again by itself. {known or 'Run it now if the cause is gone.'}"
    return None
