"""`python -m service doctor`: a right set-up has nothing to say, and each wrong thing has its own line."""

import json
from collections.abc import Callable
from dataclasses import replace
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
from service.cli.doctor import database, facts, process, pubsub
from service.cli.doctor.database import Backlog, Database, Migrations, Pools
from service.cli.doctor.findings import Finding, Level, NotChecked, exit_code
from service.cli.doctor.pubsub import Expected, Subscription
from service.cli.main import main
from service.dev.pubsub.server import LocalPubSub

JOBS, RESULTS, LETTERS = (f"{topic}-sub" for topic in TOPICS)
MIGRATIONS = Migrations(head="0002", known=frozenset({"0001", "0002"}))
HEALTHY = Database(revision="0002", clock_s=0.1, clock_error_s=0.01, connections=97)
NEVER = float("inf")
EXPECTED = Expected(
    project=PROJECT,
    jobs_topic=TOPICS[0],
    is_emulator=False,
    is_signed=True,
    push_audience=AUDIENCE,
    push_accounts=frozenset({ACCOUNT}),
    ack_deadline_s=300,
)
PUSH = Subscription(
    topic=f"projects/{PROJECT}/topics/{TOPICS[0]}",
    ack_deadline_s=300,
    push_endpoint="https://service.run.app/push",
    oidc_account=ACCOUNT,
    oidc_audience=AUDIENCE,
    retry_s=(10, 600),
    expires_s=NEVER,
)
PULL = Subscription(topic=f"projects/{PROJECT}/topics/{TOPICS[1]}", ack_deadline_s=60, expires_s=NEVER)


def levels(findings: list[Finding]) -> list[str]:
    return [finding.level for finding in findings]


# What is decided


@pytest.mark.parametrize(
    ("found", "code"),
    [([], 0), (["ok", "warn"], 0), (["ok", "fail"], 1), (["ok", "unknown"], 2), (["unknown", "fail"], 1)],
)
def test_exit_codes(found: list[Level], code: int) -> None:
    assert exit_code(Finding(level, "x", "y.") for level in found) == code


@pytest.mark.parametrize(
    ("found", "expected", "says"),
    [
        (HEALTHY, ["ok", "ok"], "has this version's tables"),
        (NotChecked("It does not answer."), ["unknown"], "does not answer"),
        (replace(HEALTHY, revision=None), ["fail", "ok"], "needs revision 0002"),
        (replace(HEALTHY, revision="0001"), ["fail", "ok"], "at revision 0001"),
        (replace(HEALTHY, revision="0003"), ["warn", "ok"], "does not know"),
        (replace(HEALTHY, clock_s=-5.0), ["ok", "warn"], "5.0 s behind ours"),
        (replace(HEALTHY, clock_s=12.0), ["ok", "fail"], "12.0 s ahead of ours"),
        (replace(HEALTHY, clock_s=12.0, clock_error_s=11.0), ["ok", "ok"], "differ by less than"),
    ],
)
def test_the_database_and_its_clock(found: Database | NotChecked, expected: list[str], says: str) -> None:
    findings = database.check_database(found, MIGRATIONS)
    assert levels(findings) == expected
    assert any(says in finding.sentence for finding in findings)


@pytest.mark.parametrize(
    ("limit", "pool", "level", "says"),
    [
        (97, Pools(per_instance=10, instances=9, is_cloud_sql_socket=False), "ok", "9 instances of 10"),
        (97, Pools(per_instance=10, instances=10, is_cloud_sql_socket=False), "fail", "need 100 connections"),
        (97, Pools(per_instance=10, instances=None, is_cloud_sql_socket=True), "ok", "enough for 9 instances"),
        (7, Pools(per_instance=10, instances=None, is_cloud_sql_socket=False), "fail", "allows 7 connections"),
        (500, Pools(per_instance=105, instances=1, is_cloud_sql_socket=True), "fail", "socket allows 100"),
        (500, Pools(per_instance=105, instances=1, is_cloud_sql_socket=False), "ok", "fit"),
    ],
)
def test_connections(limit: int, pool: Pools, level: str, says: str) -> None:
    finding = database.check_connections(limit, pool)
    assert finding.level == level
    assert says in finding.sentence


def test_a_backlog_is_told_of_thing_by_thing() -> None:
    nothing = Backlog(stale=0, late=0, late_s=300, parked=0, letters={})
    assert levels(database.check_backlog(nothing)) == ["ok"]
    letters = {f"code_{number}": number for number in range(1, 8)}
    findings = database.check_backlog(Backlog(stale=1, late=2, late_s=300, parked=3, letters=letters))
    assert [(one.level, one.subject) for one in findings] == [
        ("fail", "jobs"),
        ("fail", "outbox"),
        ("warn", "outbox"),
        ("warn", "dead letters"),
    ]
    assert "28 dead letters are open (code_7 7, code_6 6, code_5 5, code_4 4, code_3 3, …)" in findings[3].sentence
    assert levels(database.check_backlog(NotChecked("It does not answer."))) == ["unknown"]


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"push_endpoint": ""}, "fail", "pull subscription", "modify-push-config"),
    ({"push_endpoint": "https://service.run.app/"}, "fail", "does not end in /push", "https://THE-SERVICE/push"),
    ({"push_endpoint": "http://service.run.app/push"}, "fail", "without TLS", "https://THE-SERVICE/push"),
    ({"oidc_account": ""}, "fail", "no OIDC token", f"--push-auth-service-account={ACCOUNT}"),
    ({"oidc_account": "other@x"}, "fail", "every push gets a 403", f"--push-auth-service-account={ACCOUNT}"),
    ({"oidc_audience": "https://other"}, "fail", "every push gets a 401", f"--push-auth-token-audience={AUDIENCE}"),
    ({"oidc_audience": ""}, "fail", "for https://service.run.app/push,", f"--push-auth-token-audience={AUDIENCE}"),
    ({"is_unwrapped": True}, "fail", "unwrapped without metadata", "modify-push-config"),
    ({"ack_deadline_s": 10}, "fail", "come too late", "--ack-deadline=300"),
    ({"ack_deadline_s": 600}, "warn", "is not used", "--ack-deadline=300"),
    ({"is_ordered": True}, "fail", "ordering is on", "delete aiprod-pipeline-jobs-sub"),
    ({"dead_letter_topic": "x"}, "fail", "counts every 503", "--clear-dead-letter-policy"),
    ({"retry_s": None}, "warn", "no retry policy", "--min-retry-delay=10s"),
    ({"retry_s": (1, 600)}, "warn", "minimum backoff of 1 s", "--min-retry-delay=10s"),
    ({"filter": "attributes:x"}, "fail", "what does not match is dropped", "&& gcloud pubsub subscriptions create"),
    ({"topic": "_deleted-topic_"}, "fail", "to _deleted-topic_, not to", "&& gcloud pubsub subscriptions create"),
    ({"is_detached": True}, "fail", "detached", "&& gcloud pubsub subscriptions create"),
    ({"expires_s": 31 * 86_400}, "fail", "31 days without use", "--expiration-period=never"),
    ({"expires_s": None}, "fail", "31 days without use", "--expiration-period=never"),
    ({"retention_s": 3_600}, "warn", "keeps messages for 1 h", "--message-retention-duration=7d"),
]


@pytest.mark.parametrize(("changes", "level", "says", "fix"), WRONG)
def test_each_wrong_thing_of_the_push_subscription_has_its_line(
    changes: dict[str, Any], level: str, says: str, fix: str
) -> None:
    (finding,) = pubsub.check_push_subscription(EXPECTED, JOBS, replace(PUSH, **changes))
    assert finding.level == level
    assert says in finding.sentence
    assert finding.fix is not None
    assert fix in finding.fix


def test_a_right_push_subscription_has_no_finding() -> None:
    assert levels(pubsub.check_push_subscription(EXPECTED, JOBS, PUSH)) == ["ok"]
    assert levels(
        pubsub.check_push_subscription(EXPECTED, JOBS, replace(PUSH, is_unwrapped=True, has_metadata=True))
    ) == ["ok"]
    of_endpoint = replace(EXPECTED, push_audience=PUSH.push_endpoint)
    assert levels(pubsub.check_push_subscription(of_endpoint, JOBS, replace(PUSH, oidc_audience=""))) == ["ok"]


def test_everything_wrong_is_said_at_once() -> None:
    wrong = replace(
        PUSH, oidc_audience="x", oidc_account="y", ack_deadline_s=10, is_ordered=True, dead_letter_topic="z"
    )
    assert levels(pubsub.check_push_subscription(EXPECTED, JOBS, wrong)) == ["fail"] * 5


def test_what_is_not_known_is_not_compared() -> None:
    elsewhere = replace(PUSH, oidc_audience="x", oidc_account="y")
    of_the_api = replace(EXPECTED, push_audience="", push_accounts=frozenset())
    assert levels(pubsub.check_push_subscription(of_the_api, JOBS, elsewhere)) == ["ok"]
    on_a_laptop = replace(EXPECTED, is_signed=False, is_emulator=True)
    bare = replace(PUSH, push_endpoint="http://127.0.0.1:1/push", oidc_account="", retry_s=(1, 10), expires_s=None)
    assert levels(pubsub.check_push_subscription(on_a_laptop, JOBS, bare)) == ["ok"]


@pytest.mark.parametrize(
    ("found", "level", "says"),
    [
        (PULL, "ok", "ready to be pulled from"),
        (None, "fail", "subscription does not exist"),
        (NotChecked("We may not look."), "unknown", "may not look"),
        (replace(PULL, push_endpoint="https://x/"), "fail", "nobody can pull"),
        (replace(PULL, ack_deadline_s=10), "warn", "10 s, not 60 s"),
        (replace(PULL, topic=PUSH.topic), "fail", f"not to the topic {TOPICS[1]}"),
        (replace(PULL, expires_s=86_400), "fail", "1 days without use"),
    ],
)
def test_a_pull_subscription(found: Subscription | NotChecked | None, level: str, says: str) -> None:
    (finding,) = pubsub.check_pull_subscription(EXPECTED, RESULTS, TOPICS[1], found)
    assert finding.level == level
    assert says in finding.sentence


def test_what_is_missing_is_made_by_its_fix() -> None:
    (missing,) = pubsub.check_push_subscription(EXPECTED, JOBS, None)
    assert missing.fix == (
        "gcloud pubsub subscriptions create aiprod-pipeline-jobs-sub --project=test-project"
        " --topic=aiprod-pipeline-jobs --expiration-period=never --push-endpoint=https://THE-SERVICE/push"
        f" --push-auth-service-account={ACCOUNT} --push-auth-token-audience={AUDIENCE} --ack-deadline=300"
        " --min-retry-delay=10s --max-retry-delay=600s"
    )
    assert pubsub.check_topic(EXPECTED, "t", None).fix == "gcloud pubsub topics create t --project=test-project"
    assert pubsub.check_topic(EXPECTED, "t", "t").level == "ok"
    assert pubsub.check_topic(EXPECTED, "t", NotChecked("We may not look.")).level == "unknown"
    assert levels(pubsub.check_push_subscription(EXPECTED, JOBS, NotChecked("We may not look."))) == ["unknown"]


def test_what_the_process_needs() -> None:
    assert process.check_artifacts("gs://b", None).level == "ok"
    assert process.check_artifacts("gs://b", "Forbidden").level == "fail"
    assert process.check_links(None).level == "ok"
    assert process.check_links("denied").level == "warn"
    assert "roles/iam.serviceAccountTokenCreator" in (process.check_links("denied").fix or "")
    assert process.check_certificates("https://x", 2).level == "ok"
    assert process.check_certificates("https://x", 0).level == "fail"
    assert process.check_certificates("https://x", NotChecked("No answer.")).level == "unknown"
    assert process.check_pipeline("film", None).level == "ok"
    assert process.check_pipeline("film", "It cannot be loaded.").level == "fail"
    pinned = {"fonts": "1.0", "ffmpeg": "2.0"}
    assert process.check_packages(pinned, {"fonts": "1.0", "ffmpeg": "2.0", "more": "3"}).level == "ok"
    assert process.check_packages(pinned, {"fonts": "1.1", "ffmpeg": "2.0"}).level == "warn"
    assert process.check_packages(pinned, {"fonts": "1.0"}).sentence == "Not installed: ffmpeg."


def test_pins_are_read_from_the_requirements(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    assert facts.read_pins(file) == {}
    file.write_text(
        "# made\nImageIO_FFmpeg==0.6.0 \\\n    --hash=sha256:ab\nplain==1.0\nwindows==2 ; sys_platform == 'win32' \\\n"
    )
    assert facts.read_pins(file) == {"imageio-ffmpeg": "0.6.0", "plain": "1.0"}


# What is asked


class Said:
    """What the command found, and its exit code."""

    def __init__(self, code: int, found: list[dict[str, Any]]) -> None:
        self.code, self.found = code, found

    def bad(self) -> list[tuple[str, str, str]]:
        return [(one["level"], one["subject"], one["sentence"]) for one in self.found if one["level"] != "ok"]


Ask = Callable[..., Said]


@pytest.fixture
def ask(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Ask:
    """Runs `doctor --json`, in a folder where no dev runs; `ask("--instances=3", VARIABLE=value)`."""
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
    """A push subscription as the deployment makes it, with changes."""
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
ON_GOOGLES_ALONE: dict[str, tuple[dict[str, Any], str]] = {
    "no-retry": ({"retry_policy": None}, "no retry policy"),
    "filtered": ({"filter": "attributes:x"}, "what does not match is dropped"),
    "short": ({"message_retention_duration": timedelta(hours=1)}, "for 1 h"),
    "expiring": ({"expiration_policy": wire.ExpirationPolicy(ttl=timedelta(days=31))}, "31 days without use"),
    "unwrapped": (
        {"push_config": push_config(no_wrapper=wire.PushConfig.NoWrapper(write_metadata=False))},
        "unwrapped without metadata",
    ),
}


def test_a_right_set_up_has_nothing_to_say(world: World, ask: Ask, tmp_path: Path) -> None:
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
def test_each_wrong_subscription_is_found_on_the_stand_in(world: World, ask: Ask, name: str) -> None:
    changes, says = MISMADE[name]
    create(world.pubsub.host, f"{name}-sub", **changes)
    said = ask(f"--jobs-sub={name}-sub")
    ((level, subject, sentence),) = said.bad()
    assert (level, subject, said.code) == ("fail", f"{name}-sub", 1)
    assert says in sentence


def test_what_is_not_there_is_named(ask: Ask, world: World, issuer: Any) -> None:
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
    db.rows(world.engine, text("DROP TABLE alembic_version"), {})
    ((level, subject, sentence),) = ask().bad()
    assert (level, subject) == ("fail", "database")
    assert "was never migrated" in sentence


def test_a_database_of_another_version(world: World, ask: Ask) -> None:
    create(world.pubsub.host)
    db.rows(world.engine, text("UPDATE alembic_version SET version_num = 'later'"), {})
    said = ask()
    ((level, _, sentence),) = said.bad()
    assert (level, said.code) == ("warn", 0)
    assert "does not know" in sentence


def test_too_many_instances(world: World, ask: Ask) -> None:
    create(world.pubsub.host)
    said = ask("--instances=1000")
    ((level, subject, sentence),) = said.bad()
    assert (level, subject, said.code) == ("fail", "connections", 1)
    assert "need 10000 connections" in sentence
    db.rows(world.engine, text(f"ALTER DATABASE {world.engine.url.database} CONNECTION LIMIT 5"), {})
    ((_, _, sentence),) = ask().bad()
    assert "allows 5 connections" in sentence


def test_what_lies_about_in_the_database(world: World, ask: Ask) -> None:
    create(world.pubsub.host)
    db.rows(
        world.engine,
        text(
            "INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, stage, state, lease_token,"
            " lease_until, enqueued_at) VALUES ('j', 'u', 'c', 'p', '{}', '{}', '', 'A', 'processing',"
            " gen_random_uuid(), clock_timestamp() - interval '2 h', clock_timestamp() - interval '2 h')"
        ),
        {},
    )
    for column in ("parked_at", "error"):
        db.rows(
            world.engine,
            text(
                f"INSERT INTO outbox (topic, message_key, attributes, payload, created_at, {column})"
                " VALUES ('t', :key, '{}', '{}', clock_timestamp() - interval '1 h', CAST('2026-01-01' AS"
                f" {'timestamptz' if column == 'parked_at' else 'text'}))"
            ),
            {"key": column},
        )
    db.rows(
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


def test_artifacts_that_cannot_be_kept(world: World, ask: Ask, tmp_path: Path) -> None:
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


def test_the_running_dev_is_asked(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its settings are in no environment; the certificates page that it has is written down nowhere."""
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
    )
    monkeypatch.setattr(target, "running_dev", lambda _options: running)
    monkeypatch.setattr(facts, "pinned_packages", dict)
    monkeypatch.setenv("PIPELINE", "drill")
    create(world.pubsub.host)
    assert main(["doctor"]) == 0


# On Google's own emulator


@pytest.fixture(scope="module")
def google(emulator: Emulator) -> str:
    """The emulator's host, with the topics, the pull subscriptions and every push subscription of these tests."""
    make_topics(emulator.host)
    create(emulator.host, expiration_policy=wire.ExpirationPolicy())
    for name, (changes, _) in (MISMADE | ON_GOOGLES_ALONE).items():
        create(emulator.host, f"{name}-sub", **changes)
    return emulator.host


@pytest.mark.slow
def test_a_right_set_up_on_googles_emulator(google: str, ask: Ask) -> None:
    said = ask(PUBSUB_EMULATOR_HOST=google)
    assert said.bad() == []
    assert said.code == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", MISMADE | ON_GOOGLES_ALONE)
def test_each_wrong_subscription_is_found_on_googles_emulator(google: str, ask: Ask, name: str) -> None:
    _, says = (MISMADE | ON_GOOGLES_ALONE)[name]
    said = ask(f"--jobs-sub={name}-sub", PUBSUB_EMULATOR_HOST=google)
    ((_, subject, sentence),) = said.bad()
    assert subject == f"{name}-sub"
    assert says in sentence
