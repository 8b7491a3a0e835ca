# The service's image. Cloud Run runs both services and the migration from it. The first stage builds everything, the
# second carries only the result: no installer's cache, no tests, nothing for development.
#
# Python is the version that the tests run on. ffmpeg and espeak-ng come from packages that the lock file pins, so they
# are the ones that the tests ran with.

FROM python:3.11-slim-trixie AS builder

# The base image has the standard library without bytecode, and the service's user cannot write any. Without this
# folder, every start would compile a thousand modules: the first 204 came after 2.8 s instead of 0.8 s.
ENV VIRTUAL_ENV=/opt/venv \
    PYTHONPYCACHEPREFIX=/opt/pyc \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

WORKDIR /app

# Only wheels, with the hashes of the lock file: no package runs code of its own during the build. The environment has
# no pip, and the packages' tests are removed. A pipeline of one's own may need more, pinned in the same way.
COPY requirements.txt ./
COPY own ./own
RUN python -m venv --without-pip "$VIRTUAL_ENV" \
    && python -m pip --python "$VIRTUAL_ENV/bin/python" install \
        --require-hashes --only-binary=:all: --no-compile \
        --requirement requirements.txt --requirement own/requirements.txt \
    && find "$VIRTUAL_ENV" -type d -name tests -prune -exec rm -rf {} +

# .dockerignore keeps out `service/dev` (the embedded PostgreSQL, the stand-in for Pub/Sub), which needs the development
# requirements. A command that needs it says so in a sentence.
COPY gunicorn.conf.py ./
COPY service ./service

# Hash-based and unchecked bytecode, because nothing in an image changes: no start compares timestamps. The paths are
# those of the final stage. Parts of the standard library that a service never imports are skipped.
RUN python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash service own gunicorn.conf.py "$VIRTUAL_ENV/lib" \
    && python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash \
        -x '/(site-packages|test|tests|idlelib|lib2to3|ensurepip|tkinter|turtledemo|pydoc_data|config-[^/]*)/' \
        "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"


FROM python:3.11-slim-trixie

# The only library that a wheel needs but does not include: without it, Pillow silently lays out Arabic, Hebrew and
# Indic scripts wrong. The version is not pinned, because Debian removes it with the next security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libfribidi0 \
    && rm -rf /var/lib/apt/lists/*

# HOME: the user has none, but libraries look there for settings. Only /tmp is writable; on Cloud Run it is memory.
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONPATH=/app/own \
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
COPY --from=builder /app/own ./own

# A number, so that no user list is needed, and a policy that forbids root can see that this is not root.
USER 10001:10001

# No HEALTHCHECK, because Cloud Run ignores it. Its startup and liveness probes use /health (deploy/release.sh).
# No shell or init in between: gunicorn is process 1, gets Cloud Run's SIGTERM and reaps orphaned processes.
CMD ["gunicorn"]
