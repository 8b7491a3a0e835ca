"""Count the words of a brief, paragraph by paragraph. At the repository's root: PIPELINE=examples.wordcount:pipeline.
`docs/your-own-pipeline.md` explains it."""

from functools import partial

from service.pipeline import Context, Job, Never, Output, Outputs, Pipeline, Stage


def check(job: Job) -> None:
    if not isinstance(job.metadata.get("pause_ms", 0), int):
        raise Never("bad_metadata", "metadata.pause_ms must be a whole number.")


def count(job: Job, _outputs: Outputs, context: Context) -> Output:
    paragraphs = [paragraph for paragraph in job.content.split("\n\n") if paragraph.strip()]
    parts = [partial(words, job, context, n, paragraph) for n, paragraph in enumerate(paragraphs)]
    return {"words": [context.once(f"paragraph {n}", part) for n, part in enumerate(parts)]}


def words(job: Job, context: Context, number: int, paragraph: str) -> int:
    context.log.info("counting paragraph %d", number)
    context.wait(job.metadata.get("pause_ms", 0) / 1000)
    return len(paragraph.split())


def report(_job: Job, outputs: Outputs, context: Context) -> Output:
    counts = outputs["COUNT"]["words"]
    file = context.scratch / "report.txt"
    file.write_text("".join(f"paragraph {n}: {count} words\n" for n, count in enumerate(counts)), encoding="utf-8")
    return {"words": sum(counts), "report": context.artifacts.put(file, "report.txt", "text/plain")}


pipeline = Pipeline(
    name="wordcount",
    presets=frozenset({"plain"}),
    transitions={"COUNT": "REPORT", "REPORT": "DONE"},
    stages={"COUNT": Stage(count), "REPORT": Stage(report)},
    check=check,
)
