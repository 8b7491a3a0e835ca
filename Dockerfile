# The service's image; Cloud Run runs both services and the migration from it. The first stage makes everything that is
# kept, the second carries it: no installer's cache, no test, nothing of development.
#
# The Python is the one that the tests run. ffmpeg is the one that the lock file pins (imageio-ffmpeg), which is the one
# that the tests ran, and espeak-ng comes the same way.

FROM python:3.11-slim-bookworm AS builder

# The base image ships the standard library without byte code and the service's user may write nowhere, so without
# this folder every start compiles a thousand modules: the first 204 came after 2.8 s instead of 0.8 s.
ENV VIRTUAL_ENV=/opt/venv \
    PYTHONPYCACHEPREFIX=/opt/pyc \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

WORKDIR /app

# Wheels with the hashes of the lock file and nothing else: no package's own code runs while the image is built. The
# environment has no pip. The packages' own tests are left out.
COPY requirements.txt ./
RUN python -m venv --without-pip "$VIRTUAL_ENV" \
    && python -m pip --python "$VIRTUAL_ENV/bin/python" install \
        --require-hashes --only-binary=:all: --no-compile --requirement requirements.txt \
    && find "$VIRTUAL_ENV" -type d -name tests -prune -exec rm -rf {} +

# `service/dev` (the embedded PostgreSQL, the stand-in for Pub/Sub) stays out by .dockerignore: it needs the
# development requirements, and a command of the CLI that wants it says so in a sentence.
COPY gunicorn.conf.py ./
COPY service ./service

# Hash-based and unchecked: nothing in an image changes, so no start compares times. The paths are those of the final
# stage. Of the standard library, what a service never imports is left out.
RUN python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash service gunicorn.conf.py "$VIRTUAL_ENV/lib" \
    && python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash \
        -x '/(site-packages|test|tests|idlelib|lib2to3|ensurepip|tkinter|turtledemo|pydoc_data|config-[^/]*)/' \
        "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"


FROM python:3.11-slim-bookworm

# The one library that a wheel looks for and does not bring: without it Pillow silently sets Arabic, Hebrew and Indic
# scripts wrong. Its version is Debian's: a pinned one is gone with its first security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libfribidi0 \
    && rm -rf /var/lib/apt/lists/*

# HOME: the user has none, and libraries look there for settings. Only /tmp can be written, and on Cloud Run it is memory.
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONPYCACHEPREFIX=/opt/pyc \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONFAULTHANDLER=1

WORKDIR /app
# Whoever gets the image gets the licences with it; those of the packages are in their own folders.
COPY LICENSE THIRD-PARTY.md ./
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /opt/pyc /opt/pyc
COPY --from=builder /app/gunicorn.conf.py ./
COPY --from=builder /app/service ./service

# A number, so that no list of users is needed and a policy that forbids root can see that it is none.
USER 10001:10001

# No HEALTHCHECK: Cloud Run does not run it. Its start-up and liveness probes ask /health (deploy/release.sh).
# No shell and no init in between: gunicorn is process 1, gets Cloud Run's SIGTERM, and reaps what is orphaned.
CMD ["gunicorn"]
