"""gunicorn's settings, each with its reason. `gunicorn` without arguments, at the root of the repository, starts it."""

import contextlib
import os
import socket
import struct
import sys

from gunicorn.glogging import Logger

from service import log
from service.app import LIGHT_THREADS, drain_on_sigterm, load_pipeline
from service.config import read_settings
from service.errors import SettingsError

try:
    _settings = read_settings(os.environ)
    # The worker loads it again. Here, a wrong one is a sentence instead of a worker that dies over and over.
    load_pipeline(_settings.pipeline, os.environ)
except SettingsError as error:
    # gunicorn would print a traceback, but the operator needs the sentence.
    sys.exit(f"The service does not start: {error.sentence}")

HEAD_TIMEOUT_S = 5

wsgi_app = "service.app:create_app()"
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"

# One process: job slots, bytes in flight and the heartbeat are per process, and Cloud Run scales by instances.
workers = 1
worker_class = "gthread"
# Every push that runs holds a thread; the others answer /health, the API and refusals while all slots are busy.
threads = _settings.max_concurrent_jobs + LIGHT_THREADS
# This never ends a request of a busy gthread worker; it only catches a worker whose main loop has died.
timeout = 60
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


class ErrorLogger(Logger):
    """Logs no requests. gunicorn formats an access line even without an access log, a tenth of a delivery's time."""

    def access(self, resp, req, environ, request_time):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Do nothing: the service itself logs each delivery, as JSON with its ids."""


logger_class = ErrorLogger
logconfig_dict = log.config(_settings.log_level)


def post_fork(server, worker):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001
    # gunicorn waits in a thread for 5 s for the first byte of a request, and forever for the rest of its head: nine
    # incomplete heads, or a few dozen silent connections, would block all others. Connections inherit both options from
    # the listening socket (socket(7), tcp(7)). If a kernel lacks one, Cloud Run's front end does the same for us.
    for listener in worker.sockets:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", HEAD_TIMEOUT_S, 0))
        with contextlib.suppress(OSError, AttributeError):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, HEAD_TIMEOUT_S)


def post_worker_init(worker):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    drain_on_sigterm(worker.wsgi)
