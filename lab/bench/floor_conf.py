"""gunicorn's settings for the floor: the service's, with another application."""

import runpy

globals().update(runpy.run_path("gunicorn.conf.py"))
wsgi_app = "lab.bench.floor:create_app()"


def post_worker_init(worker):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Do nothing: there are no jobs to drain."""
