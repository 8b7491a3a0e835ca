"""The checks: each collects facts (`facts.py`) and gives them to its rules. `CHECKS` has one line for each.

To add one, write its function here and name it in `CHECKS`, where the order is that of the output.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service import db
from service.cli.doctor import database as database_rules
from service.cli.doctor import facts, process, revision, revision_facts
from service.cli.doctor import fitness as fitness_rules
from service.cli.doctor import pubsub as pubsub_rules
from service.cli.doctor.controls import check_controls
from service.cli.doctor.findings import Finding, NotChecked
from service.config import Settings


@dataclass(frozen=True, slots=True)
class Setup:
    """What is checked: the settings, the environment they were read from, and the options of the command."""

    settings: Settings
    env: Mapping[str, str]
    options: argparse.Namespace


def database(setup: Setup) -> list[Finding]:
    """The database, its clock, its connections, its backlog, and what is paused."""
    migrations = facts.migrations()
    engine = db.connect(setup.settings.database_url, pool_size=1)
    try:
        found = facts.database(engine)
        findings = database_rules.check_database(found, migrations)
        if isinstance(found, database_rules.Database):
            pools = facts.pools(setup.settings, setup.options.instances)
            findings.append(database_rules.check_connections(found.connections, pools))
            is_laptop = bool(setup.settings.pubsub_emulator_host)
            findings += fitness_rules.check_fitness(facts.fitness(engine), is_laptop=is_laptop)
        if database_rules.is_migrated(found, migrations):
            findings += database_rules.check_backlog(facts.backlog(engine, setup.settings))
            findings += check_controls(facts.controls(engine))
    finally:
        engine.dispose()
    return findings


def pubsub(setup: Setup) -> list[Finding]:
    """The topics and their subscriptions, or one finding if Pub/Sub does not answer."""
    settings, options = setup.settings, setup.options
    expected = _expected(settings)
    topics = (settings.topics.jobs, settings.topics.results, settings.topics.dlq)
    names = (options.jobs_sub, options.results_sub, options.dlq_sub)
    jobs_sub, results_sub, dlq_sub = (name or f"{topic}-sub" for topic, name in zip(topics, names, strict=True))
    found = facts.pubsub(settings, topics, (jobs_sub, results_sub, dlq_sub))
    if isinstance(found, NotChecked):
        return [pubsub_rules.unreachable(settings.pubsub_emulator_host, found.why)]
    findings = [pubsub_rules.check_topic(expected, topic, found.topics[topic]) for topic in topics]
    findings += pubsub_rules.check_push_subscription(expected, jobs_sub, found.subscriptions[jobs_sub])
    for topic, name in ((settings.topics.results, results_sub), (settings.topics.dlq, dlq_sub)):
        findings += pubsub_rules.check_pull_subscription(expected, name, topic, found.subscriptions[name])
    return findings


def artifacts(setup: Setup) -> list[Finding]:
    url = setup.settings.artifacts_url
    return [process.check_artifacts(url, facts.artifacts_problem(url))]


def links(setup: Setup) -> list[Finding]:
    """Only links to a bucket are signed."""
    url = setup.settings.artifacts_url
    return [process.check_links(facts.link_problem(url))] if url.startswith("gs:") else []


def certificates(setup: Setup) -> list[Finding]:
    """Not with an emulator: its tokens are signed by dev's own key, and dev.json does not say where dev's page is."""
    settings = setup.settings
    if not settings.auth or not (setup.env.get("OIDC_CERTS_URL") or not settings.pubsub_emulator_host):
        return []
    return [process.check_certificates(settings.oidc_certs_url, facts.certificate_keys(settings.oidc_certs_url))]


def callers(setup: Setup) -> list[Finding]:
    """Only of a service that has callers."""
    settings = setup.settings
    if not (settings.auth and settings.api_audience and settings.surface != "push"):
        return []
    return process.check_sweep_callers(settings.sweep_callers | settings.api_operators)


def pipeline(setup: Setup) -> list[Finding]:
    """That it loads, and that it can run what is on record."""
    return _pipeline(setup.settings.database_url, setup.settings.pipeline, setup.env, is_before=False)


def before_release(database_url: str, name: str, env: Mapping[str, str]) -> list[Finding]:
    """What `doctor --before` checks, with nothing but a database and the pipeline that is about to be released: would
    the release strand jobs?"""
    return _pipeline(database_url, name, env, is_before=True)


def _pipeline(database_url: str, name: str, env: Mapping[str, str], *, is_before: bool) -> list[Finding]:
    loaded = facts.pipeline(name, env)
    if isinstance(loaded, NotChecked):
        return [process.check_pipeline(name, loaded.why)]
    engine = db.connect(database_url, pool_size=1)
    try:
        found = revision.check_stranded(revision_facts.stranded(engine, loaded), is_before=is_before)
        if is_before:
            found += revision.check_rechecked(revision_facts.rechecked(engine, loaded))
    finally:
        engine.dispose()
    return [process.check_pipeline(name, None), *found]


def packages(_setup: Setup) -> list[Finding]:
    """Check the installed packages against requirements.txt; skipped in the image, which does not contain that file."""
    pinned = facts.pinned_packages()
    return [process.check_packages(pinned, facts.installed_packages())] if pinned else []


CHECKS: tuple[Callable[[Setup], list[Finding]], ...] = (
    database,
    pubsub,
    artifacts,
    links,
    certificates,
    callers,
    pipeline,
    packages,
)


def _expected(settings: Settings) -> pubsub_rules.Expected:
    return pubsub_rules.Expected(
        project=settings.project,
        jobs_topic=settings.topics.jobs,
        is_emulator=bool(settings.pubsub_emulator_host),
        is_signed=settings.auth,
        push_audience=settings.push_audience,
        push_accounts=settings.push_service_accounts,
        ack_deadline_s=settings.ack_deadline_s,
    )
