"""The settings: what each variable may be, and the sentence that names a wrong one."""

import dataclasses
from collections.abc import Mapping

import pytest

from service.app import create_app
from service.config import read_settings
from service.errors import SettingsError
from service.loading import load_pipeline

LEAST = {
    "DATABASE_URL": "postgresql://aiprod:s3cret@127.0.0.1:5432/aiprod",
    "GOOGLE_CLOUD_PROJECT": "test-project",
    "PUSH_AUDIENCE": "https://push.test",
    "PUSH_SERVICE_ACCOUNT": "pusher@test-project.iam.gserviceaccount.com",
    "ARTIFACTS_URL": "file:///tmp/artifacts",
}
ON_CLOUD_RUN = {"K_SERVICE": "aiprod-pipeline", "ARTIFACTS_URL": "gs://bucket/films"}


def sentence(env: Mapping[str, str]) -> str:
    """Of the refusal to start with `env`."""
    with pytest.raises(SettingsError) as refused:
        read_settings(env)
    return refused.value.sentence


def test_the_least_that_is_needed_and_the_defaults() -> None:
    settings = read_settings(LEAST)
    assert dataclasses.asdict(settings) == {
        "database_url": "postgresql+psycopg2://aiprod:s3cret@127.0.0.1:5432/aiprod",
        "project": "test-project",
        "topics": {
            "jobs": "aiprod-pipeline-jobs",
            "results": "aiprod-pipeline-results",
            "dlq": "aiprod-pipeline-dlq",
        },
        "pubsub_emulator_host": None,
        "push_audience": "https://push.test",
        "push_service_accounts": frozenset({"pusher@test-project.iam.gserviceaccount.com"}),
        "oidc_certs_url": "https://www.googleapis.com/oauth2/v1/certs",
        "api_audience": None,
        "api_callers": {},
        "api_operators": frozenset(),
        "sweep_callers": frozenset(),
        "console_users": {},
        "console_audience": None,
        "iap_certs_url": "https://www.gstatic.com/iap/verify/public_key",
        "console_auth": True,
        "metrics_callers": frozenset(),
        "auth": True,
        "max_concurrent_jobs": 5,
        "max_in_flight_bytes": 10_000_000,
        "ack_deadline_s": 300.0,
        "job_max_attempts": 5,
        "max_job_usd": 100.0,
        "max_wait_hours": 24.0,
        "retain_days": 30,
        "lease_s": 30.0,
        "limits": {"open_jobs": None, "jobs_in_work": None, "usd_a_day": None},
        "artifacts_url": "file:///tmp/artifacts",
        "pipeline": "film",
        "surface": "all",
        "host": "0.0.0.0",  # noqa: S104 (the default under test)
        "port": 8080,
        "log_level": "INFO",
        "log_format": "auto",
        "otlp_endpoint": None,
    }


@pytest.mark.parametrize("name", sorted(LEAST))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    env = {key: text for key, text in LEAST.items() if key != name}
    if value is not None:
        env[name] = value
    assert sentence(env).startswith(f"{name} ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIMIT_OPEN_JOBS", "-1"),
        ("LIMIT_OPEN_JOBS", "1.5"),
        ("LIMIT_JOBS_IN_WORK", "many"),
        ("LIMIT_USD_A_DAY", "10 USD"),
        ("DATABASE_URL", "mysql://u:p@h/db"),
        ("DATABASE_URL", "sqlite:///x.db"),
        ("DATABASE_URL", "aiprod"),
        ("JOBS_TOPIC", "projects/p/topics/jobs"),
        ("JOBS_TOPIC", "ab"),
        ("RESULTS_TOPIC", "google-topic"),
        ("RESULTS_TOPIC", "x" * 256),
        ("DLQ_TOPIC", "1-digit-first"),
        ("DLQ_TOPIC", "two words"),
        ("OIDC_CERTS_URL", "ftp://certs.test/"),
        ("OIDC_CERTS_URL", "http://certs.test/"),
        ("OIDC_CERTS_URL", "certs"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
        ("AUTH", "no"),
        ("AUTH", "OFF"),
        ("MAX_CONCURRENT_JOBS", "0"),
        ("MAX_CONCURRENT_JOBS", "1001"),
        ("MAX_CONCURRENT_JOBS", "2.5"),
        ("MAX_CONCURRENT_JOBS", "-1"),
        ("MAX_CONCURRENT_JOBS", "many"),
        ("MAX_CONCURRENT_JOBS", "\N{ARABIC-INDIC DIGIT FIVE}"),
        ("MAX_CONCURRENT_JOBS", "1e2"),
        ("MAX_IN_FLIGHT_BYTES", "0"),
        ("MAX_IN_FLIGHT_BYTES", "10MB"),
        ("ACK_DEADLINE_S", "9"),
        ("ACK_DEADLINE_S", "601"),
        ("ACK_DEADLINE_S", "nan"),
        ("ACK_DEADLINE_S", "inf"),
        ("JOB_MAX_ATTEMPTS", "0"),
        ("JOB_MAX_ATTEMPTS", "5x"),
        ("MAX_WAIT_HOURS", "0"),
        ("MAX_WAIT_HOURS", "8761"),
        ("RETAIN_DAYS", "0"),
        ("RETAIN_DAYS", "30.5"),
        ("RETAIN_DAYS", "3651"),
        ("LEASE_S", "0"),
        ("LEASE_S", "0.5"),
        ("LEASE_S", "601"),
        ("ARTIFACTS_URL", "s3://bucket/prefix"),
        ("ARTIFACTS_URL", "/artifacts"),
        ("ARTIFACTS_URL", "file://relative/folder"),
        ("ARTIFACTS_URL", "gs:///prefix"),
        ("SURFACE", "both"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("LOG_LEVEL", "TRACE"),
        ("LOG_LEVEL", "info"),
        ("GOOGLE_CLOUD_PROJECT", "two words/or more"),
        ("DATABASE_URL", "postgresql://u:p@host:port/db"),
        ("OIDC_CERTS_URL", "http://["),
        ("ARTIFACTS_URL", "gs://["),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str) -> None:
    assert sentence({**LEAST, name: value}).startswith(f"{name} must ")


def test_every_mistake_is_named_at_once() -> None:
    said = sentence({"LEASE_S": "soon", "PORT": "0", "SURFACE": "none"})
    names = ("DATABASE_URL", "GOOGLE_CLOUD_PROJECT", "ARTIFACTS_URL", "SURFACE", "PORT", "LEASE_S", "PUSH_AUDIENCE")
    assert all(name in said for name in names)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("ACK_DEADLINE", "ACK_DEADLINE_S"),
        ("ACK_DEADLINE_SECONDS", "ACK_DEADLINE_S"),
        ("JOB_MAX_ATTEMPS", "JOB_MAX_ATTEMPTS"),
        ("MAX_CONCURENT_JOBS", "MAX_CONCURRENT_JOBS"),
        ("Api_Callers", "API_CALLERS"),
        ("LEASE", "LEASE_S"),
        ("MAX_WAIT_DAYS", "MAX_WAIT_HOURS"),
    ],
)
def test_a_misspelt_variable_stops_the_start(wrong: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=f"{wrong} is not a setting: rename it to {meant}, or remove it"):
        read_settings({**LEAST, wrong: "3"})
    # Whoever set both knows the right one.
    read_settings({**LEAST, wrong: "3", meant: "30"})


def test_other_programs_variables_are_none_of_ours() -> None:
    others = (
        "PATH HOME HOSTNAME HOSTS PORTS SHELL LANG USER PIPELINE_ID PIPELINE_URL K_REVISION K_CONFIGURATION LOGNAME "
        "PGHOST DATABASE_NAME JOB_ID PUBSUB_PROJECT_ID GOOGLE_APPLICATION_CREDENTIALS CLOUD_RUN_JOB VERTEX_PROJECT"
    )
    assert read_settings({**LEAST, **dict.fromkeys(others.split(), "x")}) == read_settings(LEAST)


def test_the_film_knows_its_own_names() -> None:
    with pytest.raises(SettingsError, match="PROVIDER_NARATOR is not a setting: rename it to PROVIDER_NARRATOR"):
        load_pipeline("film", {"PROVIDER_NARATOR": "local"})


def test_no_sentence_repeats_a_password() -> None:
    assert "s3cret" not in sentence({**LEAST, "DATABASE_URL": "mysql://aiprod:s3cret@127.0.0.1/aiprod"})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_any_spelling_of_postgresql_is_taken_as_psycopg2(scheme: str) -> None:
    url = f"{scheme}://u:p@/db?host=/cloudsql/project:region:instance"
    assert read_settings({**LEAST, "DATABASE_URL": url}).database_url == (
        "postgresql+psycopg2://u:p@/db?host=/cloudsql/project:region:instance"
    )


def test_several_accounts_may_push() -> None:
    accounts = read_settings({**LEAST, "PUSH_SERVICE_ACCOUNT": " a@x.test, ,b@x.test,"}).push_service_accounts
    assert accounts == {"a@x.test", "b@x.test"}


def test_a_list_of_accounts_without_one_is_refused() -> None:
    assert sentence({**LEAST, "PUSH_SERVICE_ACCOUNT": " , ,"}).startswith("PUSH_SERVICE_ACCOUNT must ")


@pytest.mark.parametrize("missing", ["API_AUDIENCE", "API_CALLERS"])
def test_the_api_alone_asks_for_its_callers_and_not_for_the_pushers(missing: str) -> None:
    api = {"API_AUDIENCE": "https://api.test", "API_CALLERS": "caller@test.test", "SURFACE": "api"}
    env = {name: value for name, value in {**LEAST, **api}.items() if not name.startswith("PUSH_")}
    assert read_settings(env).api_callers == {"caller@test.test": ()}
    assert "API_AUDIENCE and API_CALLERS" in sentence({name: value for name, value in env.items() if name != missing})


@pytest.mark.parametrize(
    "env", [{}, {"HOST": "192.168.0.1"}, {"HOST": "aiprod.test"}, {"HOST": "127.0.0.1", **ON_CLOUD_RUN}]
)
def test_auth_off_is_for_a_laptop(env: Mapping[str, str]) -> None:
    assert sentence({**LEAST, "AUTH": "off", **env}).startswith("AUTH=off ")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_auth_off_on_loopback_asks_for_no_callers(host: str) -> None:
    env = {name: value for name, value in LEAST.items() if not name.startswith("PUSH_")}
    assert read_settings({**env, "AUTH": "off", "HOST": host}).auth is False


def test_on_cloud_run_artifacts_are_in_cloud_storage() -> None:
    assert sentence({**LEAST, **ON_CLOUD_RUN, "ARTIFACTS_URL": "file:///tmp/x"}).startswith("ARTIFACTS_URL must ")
    assert read_settings({**LEAST, **ON_CLOUD_RUN}).artifacts_url == "gs://bucket/films"


@pytest.mark.parametrize(("ack_deadline_s", "budget_s"), [("10", 8.0), ("60", 54.0), ("300", 285.0), ("600", 585.0)])
def test_a_delivery_gets_less_than_the_ack_deadline(ack_deadline_s: str, budget_s: float) -> None:
    settings = read_settings({**LEAST, "ACK_DEADLINE_S": ack_deadline_s, "LEASE_S": "5"})
    assert settings.delivery_budget_s == budget_s


@pytest.mark.parametrize(
    "spec", ["nothing", "no.such.module:pipeline", "service.config:missing", "service.config:SURFACES", "film.presets:"]
)
def test_a_pipeline_that_cannot_be_loaded_is_named(spec: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_pipeline(spec, {})
    assert refused.value.sentence.startswith("PIPELINE ")
    assert spec in refused.value.sentence


def test_the_application_refuses_as_the_settings_do() -> None:
    with pytest.raises(SettingsError, match="LEASE_S must be a number"):
        create_app({**LEAST, "LEASE_S": "soon"})


def test_a_lease_may_be_longer_than_the_ack_deadline() -> None:
    """No lease reaches past its delivery's deadline, so a short subscription needs no second setting."""
    assert read_settings({**LEAST, "ACK_DEADLINE_S": "10"}).lease_s == 30
