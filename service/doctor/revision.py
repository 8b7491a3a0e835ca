"""The rules for a pipeline and the jobs on record: which of them it cannot run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.doctor.findings import Finding, Level, NotChecked

MAX_NAMED = 5
SUBJECT = "pipeline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """What is on record that a pipeline cannot run, counted by what it lacks. `letters` counts open dead letters, whose
    jobs a replay would start again."""

    pipeline: str
    presets: Mapping[str, int]
    stages: Mapping[str, int]
    letters: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """What a pipeline's check says of jobs that have no checkpoint yet, which is when it is asked: the ids of those it
    refuses, by code. `jobs` were asked about, at most `most`."""

    pipeline: str
    jobs: int
    most: int
    refused: Mapping[str, Sequence[str]]


def check_stranded(stranded: Stranded | NotChecked, *, is_before: bool) -> list[Finding]:
    """Can the pipeline run what is on record? `is_before`: it is about to be released, and nothing else is checked;
    then an answer is wanted even if all is well, or nobody can tell."""
    if isinstance(stranded, NotChecked):
        return [Finding("unknown", SUBJECT, stranded.why)] if is_before else []
    of_letters: Level = "fail" if is_before else "warn"
    kinds: tuple[tuple[Mapping[str, int], Level, str, str], ...] = (
        (stranded.presets, "fail", "un-ended jobs have a preset", "--preset NAME"),
        (stranded.stages, "fail", "un-ended jobs are at a stage", "--state pending"),
        (stranded.letters, of_letters, "open dead letters are of jobs with a preset or at a stage", ""),
    )
    findings = []
    for counts, level, what, filters in kinds:
        if counts:
            sentence = f"{sum(counts.values())} {what} that the pipeline {stranded.pipeline} lacks ({_named(counts)})"
            waits = "they wait for a revision that has it, and fail after MAX_WAIT_HOURS"
            consequence = waits if filters else "a replay of one would wait for a revision that has it"
            fix = f"python -m service jobs {filters} lists them" if filters else "python -m service dlq list"
            how = f"Keep it until they have ended, or cancel them: {fix}."
            findings.append(Finding(level, SUBJECT, f"{sentence}: {consequence}.", how if filters else f"{fix}."))
    if findings or not is_before:
        return findings
    return [Finding("ok", SUBJECT, f"The pipeline {stranded.pipeline} can run every job that has not ended.")]


def check_rechecked(rechecked: Rechecked | NotChecked) -> list[Finding]:
    """Does the pipeline's check take the jobs that an earlier version took?"""
    if isinstance(rechecked, NotChecked):
        return [Finding("unknown", SUBJECT, rechecked.why)]
    fix = "Let the check accept what an earlier version accepted, or wait until these jobs have begun."
    findings = [
        Finding(
            "fail",
            SUBJECT,
            f"{len(ids)} jobs that have not begun would fail as {code}, such as {', '.join(ids[:MAX_NAMED])}.",
            fix,
        )
        for code, ids in sorted(rechecked.refused.items())
    ]
    if rechecked.jobs >= rechecked.most:
        sentence = f"Only the oldest {rechecked.most:,} jobs that have not begun were checked."
        findings.append(Finding("warn", SUBJECT, sentence))
    return findings


def _named(counts: Mapping[str, int]) -> str:
    ranked = sorted(counts.items(), key=lambda name_and_count: (-name_and_count[1], name_and_count[0]))
    more = ", …" if len(ranked) > MAX_NAMED else ""
    return ", ".join(f"{name} {count}" for name, count in ranked[:MAX_NAMED]) + more
