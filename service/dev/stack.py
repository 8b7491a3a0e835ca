"""Start and stop PostgreSQL, Pub/Sub and the service together, in order."""

import fcntl
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from service import db
from service.config import Settings, read_settings
from service.db.migrate import migrate
from service.delivery import pubsub
from service.dev import devfile, leftovers, processes, provision
from service.dev.certs_page import serve_certs
from service.dev.gunicorn import Gunicorn
from service.dev.issuer import KEY_FILE, LocalIssuer
from service.dev.look import Look, look_at
from service.dev.postgres import LocalPostgres
from service.dev.pubsub.server import LocalPubSub
from service.dev.push_relay import relay_pushes
from service.dev.resend import resend
from service.errors import Unavailable
from service.variables import DEFAULTS

PROJECT = "aiprod-dev"
PUSH_EMAIL = f"pubsub-push@{PROJECT}.iam.gserviceaccount.com"
API_EMAIL = f"developer@{PROJECT}.iam.gserviceaccount.com"
NOT_INHERITED = ("K_SERVICE", "DATABASE_URL", "SURFACE", "AUTH", "GUNICORN_CMD_ARGS", "WEB_CONCURRENCY")
"""Variables of the shell that the service must not get: `dev` must never migrate and run a production database."""
OWN_LOG = {"LOG_FORMAT": "json"}
"""service.log is read by programs; `dev` prints it as text."""


class DevStack:
    """PostgreSQL, Pub/Sub, the certificates page and the service, which keep everything in `directory`.

    The service's environment is `inherited` (this process's own), then what is set here, then `env`. A `DATABASE_URL`
    in `env` replaces the embedded PostgreSQL, in which each pipeline has a database of its own. If
    `PUBSUB_EMULATOR_HOST` is set, that emulator is used, and `pubsub` is None.
    `port` 0 picks a free one. `is_stopping` is called between the steps of a start; once it returns True, the rest is
    skipped. Use it as a context manager, or call `start` and `stop`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 8080,
        env: Mapping[str, str] | None = None,
        inherited: Mapping[str, str] | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.directory = directory.resolve()
        self.port = port
        self.resent = 0
        self.issuer: LocalIssuer
        self.pubsub: LocalPubSub | None = None
        self.settings: Settings
        self.gunicorn: Gunicorn
        self.postgres: LocalPostgres | None = None
        self.look: Look
        self._env = dict(env or {})
        self._inherited = dict(os.environ if inherited is None else inherited)
        self._is_stopping = is_stopping
        self._undo = ExitStack()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def push_url(self) -> str:
        return f"{self.url}/push"

    @property
    def database_url(self) -> str:
        return self.settings.database_url

    def api_token(self) -> str:
        """A token that the API accepts for an hour."""
        return self.issuer.token(self.settings.api_audience or self.url, API_EMAIL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything. If one part does not start, stop the others again.

        Raises `Unavailable` or `SettingsError`, with a sentence for the user of the command.
        """
        try:
            for step in (
                self._look,
                self._lock_folder,
                self._pick_port,
                self._start_postgres,
                self._start_pubsub,
                self._start_service,
            ):
                if not self._is_stopping():
                    step()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything in reverse order: the service, Pub/Sub, PostgreSQL. Takes at most 12 s."""
        self._undo.close()

    def restart_service(self) -> None:
        """End the service as a deployment does, and start it with the code as it is now: finished stages are kept.

        If the pipeline cannot be loaded, the service goes on with the old code. Raises `Unavailable` or
        `SettingsError`.
        """
        self._look()
        self.gunicorn.stop()
        self.gunicorn.start()
        self.write_file()
        self.gunicorn.wait_ready(self._is_stopping)

    def failure(self) -> str | None:
        """A sentence on what has ended by itself; None if everything runs."""
        if not self.gunicorn.is_alive():
            return f"The service ended by itself with exit code {self.gunicorn.exit_code()}; its log is {self.log}."
        if self.is_postgres_gone:
            return f"PostgreSQL ended by itself; its log is {self.directory / 'postgres' / 'log'}."
        return None

    @property
    def is_postgres_gone(self) -> bool:
        return self.postgres is not None and not self.postgres.is_alive()

    @property
    def log(self) -> Path:
        return self.directory / "service.log"

    def _look(self) -> None:
        """First, because a mistake in one's own code is the likeliest."""
        env = {**self._inherited, **self._env}
        self.look = look_at(env.get("PIPELINE", "").strip() or DEFAULTS["PIPELINE"], env)

    def _lock_folder(self) -> None:
        """Allow one dev per folder. However its process ends, the lock is released."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._undo.enter_context((self.directory / "dev.lock").open("a"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            running = devfile.read(self.directory)
            place = f" at {running.url} (pid {running.dev.pid})" if running else ""
            sentence = f"A dev runs in {self.directory} already{place}. Stop it, or choose another folder with --dir."
            raise Unavailable("dev_runs_already", sentence) from error
        self._undo.callback(devfile.remove, self.directory)
        # What a dev that was killed has left; its PostgreSQL is taken over later.
        leftovers.end_services(str(self.directory))
        self.issuer = LocalIssuer.at(self.directory)

    def _pick_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                owner = leftovers.owner_of(self.port)
                sentence = f"Port {self.port} is in use by {owner}; choose another port with --port."
                raise Unavailable("port_in_use", sentence) from error
            self.port = probe.getsockname()[1]

    def _start_postgres(self) -> None:
        url = self._env.get("DATABASE_URL")
        if not url:
            postgres = LocalPostgres(self.directory / "postgres")
            self._undo.callback(postgres.stop)
            postgres.start()
            self.postgres, url = postgres, postgres.database(self.look.database)
        self._database_url = url

    def _start_pubsub(self) -> None:
        emulator = self._env.get("PUBSUB_EMULATOR_HOST") or self._inherited.get("PUBSUB_EMULATOR_HOST")
        certs = self._undo.enter_context(serve_certs(self.issuer))
        if not emulator:
            self.pubsub = self._undo.enter_context(LocalPubSub(self.issuer))
        self._service_env = self._environment(
            emulator or f"127.0.0.1:{self.pubsub.port if self.pubsub else 0}", f"{certs.url}/certs"
        )
        self.settings = read_settings(self._service_env)
        migrate(self.settings.database_url)

    def _environment(self, pubsub_host: str, certs_url: str) -> dict[str, str]:
        inherited = {name: value for name, value in self._inherited.items() if name not in NOT_INHERITED}
        return inherited | {
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "PUSH_AUDIENCE": self.push_url,
            "PUSH_SERVICE_ACCOUNT": PUSH_EMAIL,
            "API_AUDIENCE": self.url,
            "API_OPERATORS": API_EMAIL,
            "ARTIFACTS_URL": (self.directory / "artifacts").as_uri(),
            "HOST": "127.0.0.1",
            "CONSOLE_AUTH": "off",
            "PYTHONUNBUFFERED": "1",
            **OWN_LOG,
            leftovers.MARK: str(self.directory),
            **self._env,
            "DATABASE_URL": self._database_url,
            "PORT": str(self.port),
            "OIDC_CERTS_URL": certs_url,
            "PUBSUB_EMULATOR_HOST": pubsub_host,
        }

    def _start_service(self) -> None:
        host = self.settings.pubsub_emulator_host or ""
        endpoint = self.push_url
        if not self.pubsub:
            relay = relay_pushes(
                self.issuer,
                self.push_url,
                audience=self.settings.push_audience,
                email=PUSH_EMAIL,
                timeout_s=self.settings.ack_deadline_s,
            )
            endpoint = f"{self._undo.enter_context(relay).url}/push"
        is_new = provision.create_topics_and_subscriptions(host, self.settings, endpoint, push_email=PUSH_EMAIL)
        self.gunicorn = Gunicorn(self._service_env, self.log)
        self._undo.callback(self.gunicorn.stop)
        self.gunicorn.start()
        self.write_file()
        self.gunicorn.wait_ready(self._is_stopping)
        if is_new and not self._is_stopping():
            self.resent = self._resend()

    def write_file(self) -> None:
        """Write to dev.json where everything is. Call it again after restarting gunicorn."""
        settings = self.settings
        dev, gunicorn = processes.started(os.getpid()), self.gunicorn.process
        if dev is None or gunicorn is None:
            return
        content = devfile.DevFile(
            url=self.url,
            push_url=self.push_url,
            push_audience=settings.push_audience,
            push_email=PUSH_EMAIL,
            api_audience=settings.api_audience or "",
            api_email=API_EMAIL,
            project=settings.project,
            pubsub_host=settings.pubsub_emulator_host or "",
            jobs_topic=settings.topics.jobs,
            results_topic=settings.topics.results,
            dlq_topic=settings.topics.dlq,
            jobs_subscription=provision.subscription_path(settings, settings.topics.jobs),
            results_subscription=provision.subscription_path(settings, settings.topics.results),
            dlq_subscription=provision.subscription_path(settings, settings.topics.dlq),
            database_url=settings.database_url,
            artifacts=settings.artifacts_url,
            key_file=str(self.directory / KEY_FILE),
            service_log=str(self.log),
            dev=dev,
            gunicorn=gunicorn,
            postgres=self.postgres.process if self.postgres else None,
            pipeline=settings.pipeline,
            presets=self.look.presets,
        )
        devfile.write(self.directory, content)

    def _resend(self) -> int:
        engine = db.connect(self.settings.database_url, pool_size=1)
        try:
            return resend(engine, pubsub.connect(self.settings), self.settings.topics)
        finally:
            engine.dispose()
