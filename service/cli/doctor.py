"""The command `doctor`: run every check with the environment of the service, and print what was found."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import asdict

from service.cli import target
from service.cli.effective import effective
from service.cli.terminal import OK, print_json, print_line, print_table, printable
from service.config import read_settings
from service.doctor.checks import CHECKS, Setup, before_release
from service.doctor.findings import LEVELS, Finding, Level, NotChecked, exit_code
from service.errors import SettingsError
from service.pipeline import Pipeline

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
    from service.app import pool_size  # noqa: PLC0415 (it takes a while to import, and no other command needs it)

    env = _environment(options)
    settings = read_settings(env)
    setup = Setup(
        settings=settings,
        pipeline=_loaded(settings.pipeline, env),
        pool=pool_size(settings),
        instances=options.instances,
        subscriptions=(options.jobs_sub, options.results_sub, options.dlq_sub),
        # dev signs its tokens with its own key, and dev.json does not say where its page of certificates is.
        reads_certificates=bool(env.get("OIDC_CERTS_URL")),
    )
    return [finding for check in CHECKS for finding in check(setup)]


def _before(options: argparse.Namespace) -> list[Finding]:
    """Nothing of the new version is deployed yet, so it needs no settings but the database's and the pipeline's."""
    name = os.environ.get("PIPELINE") or DEFAULT_PIPELINE
    return before_release(target.database_url(options), name, _loaded(name, os.environ))


def _loaded(name: str, env: Mapping[str, str]) -> Pipeline | NotChecked:
    """The pipeline of that name, or why it does not load."""
    from service.loading import load_pipeline  # noqa: PLC0415 (as above)

    try:
        return load_pipeline(name, env)
    except SettingsError as error:
        return NotChecked(error.sentence)


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
