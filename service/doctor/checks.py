"""The checks: each collects facts (`facts.py`) and gives them to its rules. `CHECKS` has one line for each.

To add one, write its function here and name it in `CHECKS`, where the order is that of the output.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from service import db
from service.config import Settings
from service.doctor import database as database_rules
from service.doctor import facts, process, revision, revision_facts
from service.doctor import fitness as fitness_rules
from service.doctor import pubsub as pubsub_rules
from service.doctor.controls import check_controls
from service.doctor.findings import Finding, NotChecked
from service.pipeline import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is checked. `pipeline` is the one that `settings` names, or why it does not load; `pool` is how many
    connections a process may open, None if nobody asks; `instances` is how many may run at once, if that is known.
    `subscriptions` are the names of those of the topics for jobs, results and dead letters (default: TOPIC-sub).
    `reads_certificates`: also if Pub/Sub is an emulator."""

    settings: Settings
    pipeline: Pipeline | NotChecked
    pool: int | None = None
    instances: int | None = None
    subscriptions: tuple[str | None, str | None, str | None] = (None, None, None)
    reads_certificates: bool = False


def database(setup: Setup) -> list[Finding]:
    """The database, its clock, its connections, its backlog, and what is paused."""
    engine = db.connect(setup.settings.database_url, pool_size=1)
    try:
        return database_of(setup, engine)
    finally:
        engine.dispose()


def database_of(setup: Setup, engine: Engine) -> list[Finding]:
    """As `database`, with an engine that is there."""
    migrations = facts.migrations()
    found = facts.database(engine)
    findings = database_rules.check_database(found, migrations)
    if isinstance(found, database_rules.Database):
        if setup.pool is not None:
            pools = facts.pools(setup.settings, per_instance=setup.pool, instances=setup.instances)
            findings.append(database_rules.check_connections(found.connections, pools))
        is_laptop = bool(setup.settings.pubsub_emulator_host)
        findings += fitness_rules.check_fitness(facts.fitness(engine), is_laptop=is_laptop)
    if database_rules.is_migrated(found, migrations):
        findings += database_rules.check_backlog(facts.backlog(engine, setup.settings))
        findings += check_controls(facts.controls(engine))
    return findings


def pubsub(setup: Setup) -> list[Finding]:
    """The topics and their subscriptions, or one finding if Pub/Sub does not answer."""
    settings = setup.settings
    expected = _expected(settings)
    topics = (settings.topics.jobs, settings.topics.results, settings.topics.dlq)
    names = zip(topics, setup.subscriptions, strict=True)
    jobs_sub, results_sub, dlq_sub = (name or f"{topic}-sub" for topic, name in names)
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
    """Google's page of certificates, which an emulator's tokens have nothing to do with."""
    settings = setup.settings
    if not settings.auth or not (setup.reads_certificates or not settings.pubsub_emulator_host):
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
    return _pipeline(setup.settings.database_url, setup.settings.pipeline, setup.pipeline, is_before=False)


def before_release(database_url: str, name: str, loaded: Pipeline | NotChecked) -> list[Finding]:
    """What `doctor --before` checks, with nothing but a database and the pipeline that is about to be released: would
    the release strand jobs?"""
    return _pipeline(database_url, name, loaded, is_before=True)


def _pipeline(database_url: str, name: str, loaded: Pipeline | NotChecked, *, is_before: bool) -> list[Finding]:
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


def from_inside(setup: Setup, engine: Engine, *, asks_others: bool) -> list[Finding]:
    """What a running service finds with its own engine, in milliseconds; `asks_others`: also of what it reaches over
    the network, which may take seconds."""
    findings = database_of(setup, engine)
    if isinstance(setup.pipeline, Pipeline):
        findings += revision.check_stranded(revision_facts.stranded(engine, setup.pipeline), is_before=False)
    if asks_others:
        findings += [finding for check in (pubsub, artifacts, links, certificates, callers) for finding in check(setup)]
    return findings


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
