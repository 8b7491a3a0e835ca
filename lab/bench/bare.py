"""The yardstick: a bare Flask route that answers 204, under the service's own gunicorn settings."""

from flask import Flask, Response


def create_app() -> Flask:
    app = Flask(__name__)

    @app.post("/push")
    def push() -> Response:
        return Response(status=204)

    @app.get("/health")
    def health() -> str:
        return "ok"

    return app
