"""The command `doctor`: run every check with the environment of the service, and print what was found."""

import argparse
import os
from dataclasses import asdict

from service.cli import target
from service.cli.doctor.checks import CHECKS, Setup, before_release
from service.cli.doctor.effective import effective
from service.cli.doctor.findings import LEVELS, Finding, Level, exit_code
from service.cli.terminal import OK, print_json, print_line, print_table, printable
from service.config import read_settings

DEFAULT_PIPELINE = "film"
HEADS: dict[Level, str] = {"ok": "OK", "warn": "WARN", "fail": "FAIL", "unknown": "UNKNOWN"}


def run(options: argparse.Namespace) -> int:
    """Check that everything the service depends on is set up correctly, and print a line for each finding; with
    --settings, only print the settings."""
    if options.settings:
        return _settings(options)
    findings = _before(options) if options.before else _all(options)
    code = exit_code(findings)
    if options.json:
        print_json({"exit_code": code, "findings": [asdict(finding) for finding in findings]})
        return code
    for level in LEVELS:
        for finding in findings:
            if finding.level == level:
                print_line(_line(finding))
    counts = {level: sum(finding.level == level for finding in findings) for level in LEVELS}
    summary = f"{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} to fix"
    print_line(f"{summary}, {counts['unknown']} not checked.")
    return code


def _settings(options: argparse.Namespace) -> int:
    """Print them even if one is wrong; then say so."""
    env = _environment(options)
    given = {"DATABASE_URL": options.database_url} if options.database_url else {}
    found = effective(env, {**os.environ, **given})
    if options.json:
        print_json([asdict(one) for one in found])
    else:
        print_table(("SETTING", "FROM", "VALUE"), [(one.name, one.origin, one.value) for one in found])
    read_settings(env)
    return OK


def _all(options: argparse.Namespace) -> list[Finding]:
    env = _environment(options)
    setup = Setup(read_settings(env), env, options)
    return [finding for check in CHECKS for finding in check(setup)]


def _before(options: argparse.Namespace) -> list[Finding]:
    """Nothing of the new version is deployed yet, so it needs no settings but the database's and the pipeline's."""
    name = os.environ.get("PIPELINE") or DEFAULT_PIPELINE
    return before_release(target.database_url(options), name, os.environ)


def _line(finding: Finding) -> str:
    fix = f" Fix: {finding.fix}" if finding.fix else ""
    return printable(f"{HEADS[finding.level]:<7}  {finding.subject}: {finding.sentence}{fix}")


def _environment(options: argparse.Namespace) -> dict[str, str]:
    """This process's environment. What it lacks is taken from the running dev, if the database is dev's."""
    url = target.database_url(options)
    dev = target.running_dev(options)
    of_dev = {}
    if dev is not None and dev.database_url == url:
        of_dev = {
            "GOOGLE_CLOUD_PROJECT": dev.project,
            "PUBSUB_EMULATOR_HOST": dev.pubsub_host,
            "JOBS_TOPIC": dev.jobs_topic,
            "RESULTS_TOPIC": dev.results_topic,
            "DLQ_TOPIC": dev.dlq_topic,
            "PUSH_AUDIENCE": dev.push_audience,
            "PUSH_SERVICE_ACCOUNT": dev.push_email,
            "ARTIFACTS_URL": dev.artifacts,
            "PIPELINE": dev.pipeline,
        }
    return {**of_dev, **os.environ, "DATABASE_URL": url}
