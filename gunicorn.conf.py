"""gunicorn's settings, each with its reason. `gunicorn` with no arguments at the repository root starts the service."""

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
    # Again in the worker; here, so that a wrong one is a sentence and not a worker that dies over and over.
    load_pipeline(_settings.pipeline, os.environ)
except SettingsError as error:
    # gunicorn would print a traceback; whoever started it needs the sentence.
    sys.exit(f"The service does not start: {error.sentence}")

HEAD_TIMEOUT_S = 5

wsgi_app = "service.app:create_app()"
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"

# One process: the job slots, the bytes in flight and the heartbeat are counted per process, Cloud Run scales instances.
workers = 1
worker_class = "gthread"
# Every push in work holds a thread; the rest answer /health, the API and refusals while all slots are busy.
threads = _settings.max_concurrent_jobs + LIGHT_THREADS
# Never ends a busy gthread worker's request; it only catches a worker whose main loop has died.
timeout = 60
# Cloud Run sends SIGKILL 10 s after SIGTERM; two are left for the processes' own end.
graceful_timeout = 8
# Longer than the front end's idle connections are reused for, so that it does not meet a closing one.
keepalive = 65
# gunicorn 27 opens a control socket under $HOME that two servers would share.
control_socket_disable = True
# /dev/shm: a heartbeat file on a slow or read-only disk can stall the worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


class ErrorsAlone(Logger):
    """gunicorn puts an access line together for each request, also where no access log is: a tenth of a delivery."""

    def access(self, resp, req, environ, request_time):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """The service logs each delivery itself, as JSON with its ids."""


logger_class = ErrorsAlone
logconfig_dict = log.config(_settings.log_level)


def post_fork(server, worker):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001
    # gunicorn waits for ever for the rest of a request's head, and for 5 s in a thread for its first byte: nine half
    # heads, or a few dozen silent connections, would hold up everybody. What comes in inherits both options from the
    # socket that listens (socket(7), tcp(7)); where a kernel has them not, its front end does this for us.
    for listener in worker.sockets:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", HEAD_TIMEOUT_S, 0))
        with contextlib.suppress(OSError, AttributeError):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, HEAD_TIMEOUT_S)


def post_worker_init(worker):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    drain_on_sigterm(worker.wsgi)
