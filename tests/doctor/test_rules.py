"""The rules of the doctor: each mistake has a finding with its own sentence and fix, and nothing else has."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.harness.names import ACCOUNT, AUDIENCE, PROJECT, TOPICS
from service.doctor import database, facts, fitness, process, pubsub
from service.doctor.database import Backlog, Database, Migrations, Pools
from service.doctor.findings import Finding, Level, NotChecked, exit_code
from service.doctor.fitness import Fitness
from service.doctor.pubsub import Expected, Subscription

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


FIT = Fitness(
    role="svc",
    encoding="UTF8",
    is_read_only=False,
    is_pooled=False,
    settings={"fsync": "on", "full_page_writes": "on"},
    wrong={},
    is_refused=False,
    denied=(),
    behind=(),
    invalid=(),
)
NO_LIMITS = {"lock_timeout": "3s", "statement_timeout": "5s"}


@pytest.mark.parametrize(
    ("found", "where", "expected", "says"),
    [
        (FIT, "cloud", [], ""),
        (NotChecked("It does not answer."), "cloud", ["unknown"], "does not answer"),
        (replace(FIT, is_read_only=True), "laptop", ["fail"], "takes no writes"),
        (replace(FIT, encoding="LATIN1"), "laptop", ["fail"], "LATIN1"),
        (replace(FIT, denied=("INSERT on outbox",)), "laptop", ["fail"], "svc lacks INSERT on outbox"),
        (replace(FIT, behind=("public.acts_id_seq",)), "laptop", ["fail"], "acts_id_seq"),
        (replace(FIT, invalid=("jobs_user",)), "laptop", ["warn"], "jobs_user"),
        (replace(FIT, swallowing=("archive on outbox",)), "laptop", ["warn"], "archive on outbox"),
        (replace(FIT, settings={"fsync": "off", "full_page_writes": "on"}), "cloud", ["fail"], "fsync is off"),
        (replace(FIT, settings={"fsync": "off", "full_page_writes": "off"}), "laptop", [], ""),
        (replace(FIT, wrong=NO_LIMITS, is_refused=True), "cloud", ["warn"], "sets it in each session"),
        (replace(FIT, wrong=NO_LIMITS, is_refused=True, is_pooled=True), "laptop", ["fail"], "statement_timeout = 5s"),
        (
            replace(FIT, wrong={"synchronous_commit": "on"}, is_pooled=True),
            "laptop",
            ["warn"],
            "synchronous_commit = on",
        ),
    ],
)
def test_what_a_database_lets_the_role_do(
    found: Fitness | NotChecked, where: str, expected: list[str], says: str
) -> None:
    findings = fitness.check_fitness(found, is_laptop=where == "laptop")
    assert levels(findings) == expected
    assert says in "".join(finding.sentence for finding in findings)


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


def test_each_part_of_a_backlog_has_a_finding() -> None:
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
def test_each_mistake_in_the_push_subscription_has_a_finding(
    changes: dict[str, Any], level: str, says: str, fix: str
) -> None:
    (finding,) = pubsub.check_push_subscription(EXPECTED, JOBS, replace(PUSH, **changes))
    assert finding.level == level
    assert says in finding.sentence
    assert finding.fix is not None
    assert fix in finding.fix


def test_a_correct_push_subscription_has_no_findings() -> None:
    assert levels(pubsub.check_push_subscription(EXPECTED, JOBS, PUSH)) == ["ok"]
    assert levels(
        pubsub.check_push_subscription(EXPECTED, JOBS, replace(PUSH, is_unwrapped=True, has_metadata=True))
    ) == ["ok"]
    of_endpoint = replace(EXPECTED, push_audience=PUSH.push_endpoint)
    assert levels(pubsub.check_push_subscription(of_endpoint, JOBS, replace(PUSH, oidc_audience=""))) == ["ok"]


def test_all_mistakes_are_found_at_once() -> None:
    wrong = replace(
        PUSH, oidc_audience="x", oidc_account="y", ack_deadline_s=10, is_ordered=True, dead_letter_topic="z"
    )
    assert levels(pubsub.check_push_subscription(EXPECTED, JOBS, wrong)) == ["fail"] * 5


def test_unknown_settings_are_not_compared() -> None:
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


def test_the_fix_creates_what_is_missing() -> None:
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
    (nobody,) = process.check_sweep_callers(frozenset())
    assert nobody.level == "warn"
    assert "SWEEP_CALLERS" in (nobody.fix or "")
    assert process.check_sweep_callers(frozenset({"scheduler@example.com"})) == []
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
