"""The floor: what a delivery takes with the parts that are given, if nothing is decided.

A Flask route that sends the service's own three statements and its publish, each thread on a connection of its own. No
token is verified, nothing is checked, there is no time limit and no thread for the stage, and no failure is handled.
"""

import base64
import json
import os
import threading
from collections.abc import Mapping
from uuid import uuid4

import psycopg2
from flask import Flask, Response, request
from sqlalchemy.engine import make_url

from service.config import read_settings
from service.db import Prepared
from service.delivery.claims import CLAIM
from service.delivery.outbox import MARK_AND_READ, Message
from service.delivery.outgoing import result_key
from service.delivery.pubsub import PubSubPublisher, connect
from service.delivery.settle import END

OUTPUT = '{"done": true}'
CLAIMED: Mapping[str, object] = {
    "metadata": "{}",
    "extra": "{}",
    "sha": bytes(32),
    "run": 1,
    "hop": 0,
    "first_stage": "ONLY",
    "holder": "floor",
    "alone": False,
    "lease_s": 60,
    "left_s": 100,
    "traceparent": None,
    "max_attempts": 5,
}
COMPLETED: Mapping[str, object] = {
    "state": "completed",
    "reason": "completed",
    "execution": "finished",
    "note": "{}",
    "attempts": 0,
    "stage": "END",
    "output": OUTPUT,
    "crash": None,
    "checkpoints": 1,
    "failures": 0,
    "hops": 0,
    "delay_s": 0,
    "is_reported": True,
    "waits_for": None,
    "error_code": None,
    "error_message": None,
    "held_for": None,
    "status": "success",
    "processing_time_ms": 5,
    "letter": None,
    "letter_key": "",
    "attributes": ['{"run": "1"}'],
}


class _Session(threading.local):
    """A thread's connection, and which statements are prepared on it."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg2.connect(dsn)
        self.connection.autocommit = True
        self.known: set[str] = set()

    def send(self, statement: Prepared, parameters: Mapping[str, object]) -> list[tuple[object, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement.again if statement.name in self.known else statement.first, parameters)
            self.known.add(statement.name)
            return cursor.fetchall()


def create_app() -> Flask:
    app = Flask(__name__)
    settings = read_settings(os.environ)
    dsn = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    # Made in the worker's threads: gRPC does not survive a fork.
    publishers: list[PubSubPublisher] = []
    sessions: list[_Session] = []

    @app.post("/push")
    def push() -> Response:
        if not sessions:
            sessions.append(_Session(dsn))
            publishers.append(connect(settings))
        send = sessions[0].send
        message = json.loads(request.get_data())["message"]
        job = json.loads(base64.b64decode(message["data"]))
        job_id, token = job["job_id"], str(uuid4())
        inputs = {"id": job_id, **{name: job[name] for name in ("user_id", "content", "preset")}}
        note = json.dumps({"message_id": message["messageId"]})
        send(CLAIM, {**CLAIMED, **inputs, "token": token, "note": note})
        result = {"job_id": job_id, "status": "success", "output": json.loads(OUTPUT), "processing_time_ms": 5}
        owed = {
            "topics": [settings.topics.results],
            "keys": [result_key(job_id, 1)],
            "ordering_keys": [job_id],
            "payloads": [json.dumps(result)],
        }
        (row,) = send(END, {**COMPLETED, **owed, "id": job_id, "token": token})
        outbox_id, topic, key, ordering_key, attributes, payload = row
        publishers[0].publish(
            Message(
                topic=str(topic),
                message_key=str(key),
                payload=str(payload),
                ordering_key=str(ordering_key),
                attributes=attributes,  # type: ignore[arg-type]  # psycopg2 has read the JSON
            ),
            timeout_s=5.0,
        )
        send(MARK_AND_READ, {"one": outbox_id, "other": None, "job_id": job_id})
        return Response(status=204)

    @app.get("/health")
    def health() -> str:
        return "ok"

    return app
