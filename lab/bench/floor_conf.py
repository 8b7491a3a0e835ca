"""gunicorn's settings for the floor: those of the bare route, with another application."""

import runpy

globals().update(runpy.run_path("lab/bench/bare_conf.py"))
wsgi_app = "lab.bench.floor:create_app()"
