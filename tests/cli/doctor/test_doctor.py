"""`doctor` against a real database and Pub/Sub: a correct setup has no findings, and each mistake has one."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from google.pubsub_v1 import SubscriberClient
from google.pubsub_v1 import types as wire
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from sqlalchemy import text

from lab.harness.emulator import Emulator
from lab.harness.names import ACCOUNT, AUDIENCE, PROJECT, TOPICS
from lab.harness.world import World, make_topics
from service import db
from service.auth.certificates import CertsPage
from service.cli import target
from service.cli.main import main
from service.db.migrate import migrate
from service.dev.pubsub.server import LocalPubSub
from service.doctor import facts
from tests.support.operators import do, lesser_role

JOBS, RESULTS, LETTERS = (f"{topic}-sub" for topic in TOPICS)


SWALLOWING = """
    CREATE OR REPLACE FUNCTION archive() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
    CREATE TRIGGER archive BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION archive()
"""


class Said:
    """What the command found, and its exit code."""

    def __init__(self, code: int, found: list[dict[str, Any]]) -> None:
        self.code, self.found = code, found

    def bad(self) -> list[tuple[str, str, str]]:
        return [(one["level"], one["subject"], one["sentence"]) for one in self.found if one["level"] != "ok"]


Ask = Callable[..., Said]


@pytest.fixture
def ask(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Ask:
    """Run `doctor --json` in a folder where no dev runs: `ask("--instances=3", VARIABLE=value)`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(facts, "pinned_packages", dict)

    def run(*options: str, **env: str) -> Said:
        for name, value in world.env(**env).items():
            monkeypatch.setenv(name, value)
        code = main(["doctor", "--json", *options])
        document = json.loads(capsys.readouterr().out)
        assert document["exit_code"] == code
        return Said(code, document["findings"])

    return run


def create(host: str, name: str = JOBS, **changes: Any) -> None:
    """Create a push subscription as the deployment does, with changes."""
    shape: dict[str, Any] = {
        "name": f"projects/{PROJECT}/subscriptions/{name}",
        "topic": f"projects/{PROJECT}/topics/{TOPICS[0]}",
        "ack_deadline_seconds": 300,
        "push_config": push_config(),
        "retry_policy": wire.RetryPolicy(minimum_backoff=timedelta(seconds=10), maximum_backoff=timedelta(seconds=600)),
        **changes,
    }
    with grpc.insecure_channel(host) as channel:
        subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        subscriber.create_subscription(request=wire.Subscription(**shape), retry=None, timeout=10)


def push_config(
    endpoint: str = "http://127.0.0.1:9/push", account: str = ACCOUNT, audience: str = AUDIENCE, **more: Any
) -> wire.PushConfig:
    token = wire.PushConfig.OidcToken(service_account_email=account, audience=audience) if account else None
    return wire.PushConfig(push_endpoint=endpoint, oidc_token=token, **more)


def dead_letters() -> wire.DeadLetterPolicy:
    return wire.DeadLetterPolicy(dead_letter_topic=f"projects/{PROJECT}/topics/{TOPICS[2]}", max_delivery_attempts=5)


MISMADE: dict[str, tuple[dict[str, Any], str]] = {
    "pulled": ({"push_config": wire.PushConfig()}, "pull subscription"),
    "elsewhere": ({"push_config": push_config("http://127.0.0.1:9/other")}, "does not end in /push"),
    "bare": ({"push_config": push_config(account="")}, "no OIDC token"),
    "audience": ({"push_config": push_config(audience="https://other")}, "PUSH_AUDIENCE is https://push.test"),
    "no-audience": ({"push_config": push_config(audience="")}, "are for http://127.0.0.1:9/push"),
    "account": ({"push_config": push_config(account="other@x.iam.gserviceaccount.com")}, "every push gets a 403"),
    "hasty": ({"ack_deadline_seconds": 10}, "come too late"),
    "ordered": ({"enable_message_ordering": True}, "ordering is on"),
    "lettered": ({"dead_letter_policy": dead_letters()}, "counts every 503"),
}


ONLY_ON_GOOGLES: dict[str, tuple[dict[str, Any], str]] = {
    "no-retry": ({"retry_policy": None}, "no retry policy"),
    "filtered": ({"filter": "attributes:x"}, "what does not match is dropped"),
    "short": ({"message_retention_duration": timedelta(hours=1)}, "for 1 h"),
    "expiring": ({"expiration_policy": wire.ExpirationPolicy(ttl=timedelta(days=31))}, "31 days without use"),
    "unwrapped": (
        {"push_config": push_config(no_wrapper=wire.PushConfig.NoWrapper(write_metadata=False))},
        "unwrapped without metadata",
    ),
}


def test_a_correct_setup_has_no_findings(world: World, ask: Ask, tmp_path: Path) -> None:
    create(world.pubsub.host)
    said = ask("--instances=3")
    assert said.bad() == []
    assert said.code == 0
    assert [one["subject"] for one in said.found] == [
        "database",
        "clock",
        "connections",
        "backlog",
        *TOPICS,
        JOBS,
        RESULTS,
        LETTERS,
        "artifacts",
        "certificates",
        "pipeline",
    ]
    assert list((tmp_path / "artifacts").iterdir()) == [], "the probe is gone again"


@pytest.mark.parametrize("name", MISMADE)
def test_each_mistake_is_found_on_the_stand_in(world: World, ask: Ask, name: str) -> None:
    changes, says = MISMADE[name]
    create(world.pubsub.host, f"{name}-sub", **changes)
    said = ask(f"--jobs-sub={name}-sub")
    ((level, subject, sentence),) = said.bad()
    assert (level, subject, said.code) == ("fail", f"{name}-sub", 1)
    assert says in sentence


def test_what_does_not_exist_is_named(ask: Ask, world: World, issuer: Any) -> None:
    assert [subject for _, subject, _ in ask().bad()] == [JOBS]
    with LocalPubSub(issuer) as empty:
        said = ask(PUBSUB_EMULATOR_HOST=empty.host)
    assert [one[:2] for one in said.bad()] == [("fail", name) for name in (*TOPICS, JOBS, RESULTS, LETTERS)]
    create(world.pubsub.host, "of-mine")
    said = ask("--jobs-sub=of-mine", "--results-sub=mine-too", "--dlq-sub=as-well")
    assert [subject for _, subject, _ in said.bad()] == ["mine-too", "as-well"]


def test_pubsub_that_does_not_answer_is_one_finding(ask: Ask) -> None:
    said = ask(PUBSUB_EMULATOR_HOST="127.0.0.1:9")
    ((level, subject, sentence),) = said.bad()
    assert (level, subject, said.code) == ("unknown", "Pub/Sub", 2)
    assert sentence.startswith("127.0.0.1:9 cannot be reached")


def test_a_database_that_does_not_answer(world: World, ask: Ask) -> None:
    create(world.pubsub.host)
    said = ask(DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing")
    ((level, subject, _),) = said.bad()
    assert (level, subject, said.code) == ("unknown", "database", 2)


def test_a_database_that_was_never_migrated(world: World, ask: Ask) -> None:
    create(world.pubsub.host)
    db.execute(world.engine, text("DROP TABLE alembic_version"), {})
    ((level, subject, sentence),) = ask().bad()
    assert (level, subject) == ("fail", "database")
    assert "was never migrated" in sentence


def test_a_database_of_another_version(world: World, ask: Ask) -> None:
    create(world.pubsub.host)
    db.execute(world.engine, text("UPDATE alembic_version SET version_num = 'later'"), {})
    said = ask()
    ((level, _, sentence),) = said.bad()
    assert (level, said.code) == ("warn", 0)
    assert "does not know" in sentence


@pytest.mark.parametrize(
    ("done", "subject", "says"),
    [
        ("ALTER SEQUENCE acts_id_seq RESTART WITH 1", "sequences", "public.acts_id_seq"),
        ("ALTER DATABASE {database} SET default_transaction_read_only = on", "database", "takes no writes"),
        ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'jobs_user'::regclass", "indexes", "jobs_user"),
        (SWALLOWING, "triggers", "archive on outbox"),
        ("CREATE RULE archive AS ON INSERT TO outbox DO INSTEAD NOTHING", "triggers", "archive on outbox"),
    ],
)
def test_a_database_that_was_changed(world: World, ask: Ask, done: str, subject: str, says: str) -> None:
    create(world.pubsub.host)
    do(world.database_url, "INSERT INTO acts (act, who, target) VALUES ('replay', 'me', '{}')", done)
    ((_, found, sentence),) = ask().bad()
    # The database is used again, and TRUNCATE would not mend this.
    do(
        world.database_url,
        "SET default_transaction_read_only = off",
        "UPDATE pg_index SET indisvalid = true",
        "DROP TRIGGER IF EXISTS archive ON outbox",
        "DROP RULE IF EXISTS archive ON outbox",
    )
    assert (found, says in sentence) == (subject, True)


def test_a_role_without_its_privileges(world: World, ask: Ask) -> None:
    create(world.pubsub.host)
    with lesser_role(world.database_url) as (role, url):
        migrate(world.database_url, serving_role=role)
        assert ask(DATABASE_URL=url).bad() == []
        do(world.database_url, f"REVOKE INSERT ON outbox FROM {role}")
        said = ask(DATABASE_URL=url)
        assert (said.bad(), said.code) == ([("fail", "privileges", f"The role {role} lacks INSERT on outbox.")], 1)


def test_too_many_instances(world: World, ask: Ask) -> None:
    create(world.pubsub.host)
    said = ask("--instances=1000")
    ((level, subject, sentence),) = said.bad()
    assert (level, subject, said.code) == ("fail", "connections", 1)
    assert "need 10000 connections" in sentence
    db.execute(world.engine, text(f"ALTER DATABASE {world.engine.url.database} CONNECTION LIMIT 5"), {})
    ((_, _, sentence),) = ask().bad()
    assert "allows 5 connections" in sentence


def test_a_backlog_in_the_database(world: World, ask: Ask) -> None:
    create(world.pubsub.host)
    db.execute(
        world.engine,
        text(
            "INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, stage, state, lease_token,"
            " lease_until, enqueued_at) VALUES ('j', 'u', 'c', 'quick_social', '{}', '{}', '', 'A', 'processing',"
            " gen_random_uuid(), clock_timestamp() - interval '2 h', clock_timestamp() - interval '2 h')"
        ),
        {},
    )
    for column in ("parked_at", "error"):
        db.execute(
            world.engine,
            text(
                f"INSERT INTO outbox (topic, message_key, attributes, payload, created_at, {column})"
                " VALUES ('t', :key, '{}', '{}', clock_timestamp() - interval '1 h', CAST('2026-01-01' AS"
                f" {'timestamptz' if column == 'parked_at' else 'text'}))"
            ),
            {"key": column},
        )
    db.execute(
        world.engine,
        text("INSERT INTO dead_letters (message_key, reason, error, metadata) VALUES ('k', 'bad_json', 'e', '{}')"),
        {},
    )
    said = ask()
    assert [one[:2] for one in said.bad()] == [
        ("fail", "jobs"),
        ("fail", "outbox"),
        ("warn", "outbox"),
        ("warn", "dead letters"),
    ]


def test_artifacts_that_cannot_be_stored(world: World, ask: Ask, tmp_path: Path) -> None:
    create(world.pubsub.host)
    (tmp_path / "file").write_text("no folder")
    said = ask(ARTIFACTS_URL=(tmp_path / "file").as_uri())
    ((level, subject, sentence),) = said.bad()
    assert (level, subject, said.code) == ("fail", "artifacts", 1)
    assert "No file can be stored" in sentence


def test_certificates_and_the_pipeline(world: World, ask: Ask) -> None:
    create(world.pubsub.host)
    said = ask(OIDC_CERTS_URL="http://127.0.0.1:9/certs", PIPELINE="no.such:pipeline")
    assert [one[:2] for one in said.bad()] == [("unknown", "certificates"), ("fail", "pipeline")]
    assert said.code == 1


def test_a_page_without_a_key(world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    create(world.pubsub.host)
    monkeypatch.setattr("service.auth.certificates.fetch_certs", lambda _url: CertsPage({"k": "no certificate"}, 60))
    assert [one[:2] for one in ask().bad()] == [("fail", "certificates")]


def test_a_line_for_each_finding(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(facts, "pinned_packages", lambda: {"no-such-font": "1.0"})
    for name, value in world.env().items():
        monkeypatch.setenv(name, value)
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 15
    assert lines[0].startswith("OK       database: ")
    assert lines[-3].startswith(f"FAIL     {JOBS}: The subscription does not exist: no job arrives. Fix: gcloud pubsub")
    assert lines[-2] == (
        "FAIL     packages: Not installed: no-such-font."
        " Fix: python -m pip install --require-hashes -r requirements.txt"
    )
    assert lines[-1] == "12 ok, 0 to look at, 2 to fix, 0 not checked."


def test_settings_that_are_missing_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PUSH_AUDIENCE", "ARTIFACTS_URL", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    assert main(["doctor"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "PUSH_AUDIENCE is not set" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("raw", ["0", "-1", "many", "1.5"])
def test_instances_is_a_number(raw: str) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", f"--instances={raw}"])


def test_the_running_dev_is_checked(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its settings are in no environment variable, and its certificates page is in no file."""
    for name in world.env():
        monkeypatch.delenv(name, raising=False)
    running = SimpleNamespace(
        database_url=world.database_url,
        project=PROJECT,
        pubsub_host=world.pubsub.host,
        jobs_topic=TOPICS[0],
        results_topic=TOPICS[1],
        dlq_topic=TOPICS[2],
        push_audience=AUDIENCE,
        push_email=ACCOUNT,
        artifacts=(tmp_path / "artifacts").as_uri(),
        pipeline="drill",
    )
    monkeypatch.setattr(target, "running_dev", lambda _options: running)
    monkeypatch.setattr(facts, "pinned_packages", dict)
    monkeypatch.delenv("PIPELINE", raising=False)
    create(world.pubsub.host)
    assert main(["doctor"]) == 0


@pytest.fixture(scope="module")
def google(emulator: Emulator) -> str:
    """The emulator's host, with the topics, the pull subscriptions and every push subscription of these tests."""
    make_topics(emulator.host)
    create(emulator.host, expiration_policy=wire.ExpirationPolicy())
    for name, (changes, _) in (MISMADE | ONLY_ON_GOOGLES).items():
        create(emulator.host, f"{name}-sub", **changes)
    return emulator.host


@pytest.mark.slow
def test_a_correct_setup_on_googles_emulator(google: str, ask: Ask) -> None:
    said = ask(PUBSUB_EMULATOR_HOST=google)
    assert said.bad() == []
    assert said.code == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", MISMADE | ONLY_ON_GOOGLES)
def test_each_mistake_is_found_on_googles_emulator(google: str, ask: Ask, name: str) -> None:
    _, says = (MISMADE | ONLY_ON_GOOGLES)[name]
    said = ask(f"--jobs-sub={name}-sub", PUBSUB_EMULATOR_HOST=google)
    ((_, subject, sentence),) = said.bad()
    assert subject == f"{name}-sub"
    assert says in sentence
