"""gunicorn's settings, each with its reason. `gunicorn` without arguments, at the root of the repository, starts it."""

import gc

# What is imported stays. To look for garbage among it, over and over as it grows, takes a tenth of the start.
gc.disable()

import os
import sys

from gunicorn.glogging import Logger

from service import log
from service.app import drain_on_sigterm, prepare, request_threads
from service.config import read_settings
from service.delivery.runner import DRAIN_S
from service.errors import SettingsError
from service.http import heads, launch
from service.loading import load_pipeline
from service.log_text import formatter_for

try:
    _settings = read_settings(os.environ)
    # The worker loads it again. Here, a wrong one is a sentence instead of a worker that dies over and over.
    load_pipeline(_settings.pipeline, os.environ)
except SettingsError as error:
    # gunicorn would print a traceback, but the operator needs the sentence.
    sys.exit(f"The service does not start: {error.sentence}")

# Nor is it looked at later.
gc.freeze()
gc.enable()

wsgi_app = "service.app:create_app()"
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"

# One process: job slots, bytes in flight and the heartbeat are per process, and Cloud Run scales by instances.
workers = 1
# gunicorn's "gthread", but its threads and its main loop wait for no client.
worker_class = "service.http.worker.Worker"
# Every push that runs holds a thread; the others answer /health, the API and refusals while all slots are busy.
threads = request_threads(_settings)
# Of which all but `threads` may only wait: idle, with an unfinished head, or slow to read.
worker_connections = max(1000, 4 * threads)
# An unwrapped push has its attributes as header fields: up to 100, of 256 and 1,024 bytes.
limit_request_fields = heads.MAX_FIELDS
limit_request_field_size = launch.FIELD_BYTES
# This never ends a request of a busy gthread worker; it only catches a worker whose main loop has died.
timeout = 60
# The worker's sockets do not block, and socket.sendfile wants one that does: the console's files are read and written.
sendfile = False
# Cloud Run sends SIGKILL 10 s after SIGTERM; this leaves 2 s for the processes to exit.
graceful_timeout = 8
# Longer than the front end reuses idle connections, so that it never picks one that is closing.
keepalive = 65
# Whatever the service writes (artifacts in a folder, scratch files) is for its own user alone.
umask = 0o077
# gunicorn 27 opens a control socket under $HOME, which two servers would share.
control_socket_disable = True
# /dev/shm: a heartbeat file on a slow or read-only disk can stall the worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


class ServiceLogger(Logger):
    """Logs requests only if `--access-logfile` asks for it. gunicorn formats an access line even without an access log,
    a tenth of a delivery's time; the service itself logs each delivery, as JSON with its ids."""

    def access(self, resp, req, environ, request_time):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Log a request, if there is a log for it."""
        if self.cfg.accesslog:
            super().access(resp, req, environ, request_time)


logger_class = ServiceLogger
logconfig_dict = log.config(_settings.log_level, formatter_for(_settings.log_format, is_terminal=sys.stdout.isatty()))


def on_starting(server):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    # GUNICORN_CMD_ARGS and the command line override this file.
    launch.check(
        server.cfg, threads=request_threads(_settings), drain_s=DRAIN_S, needs_loopback=not _settings.console_auth
    )


def post_worker_init(worker):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    drain_on_sigterm(worker.wsgi)
    prepare(worker.wsgi)
