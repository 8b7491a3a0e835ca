"""A Cloud Run service behind a Pub/Sub push subscription that turns a text brief into a short film.

Read `docs/architecture.md` first, then `app.py` (what is wired to what) and `delivery/push.py` (one message from the
request to the answer). `delivery`, `api` and `cli` are the ways in, `pipelines` is what is run, `dev` is the laptop;
the modules on this level are what they all build on. The import rules are in `pyproject.toml` (import-linter).
"""

__version__ = "0.1.0"
"""The version is written only here: `aiprod --version`, the wheel and the metric `aiprod_build_info` read it here."""
