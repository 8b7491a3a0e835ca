"""Replay a stored message through the real endpoint."""

import argparse
import base64
import json
import sys
from pathlib import Path
from uuid import uuid4

from service.cli import where
from service.cli.client import Client, exit_code_of
from service.cli.terminal import OK, plain, say, say_json
from service.strictjson import load

LONGEST_DELIVERY_S = 630.0
"""The longest ack deadline that a subscription can have, and some."""


def push(options: argparse.Namespace) -> int:
    """Send the message and print the answer; 0 where it was acknowledged."""
    raw = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    url = where.service_url(options)
    client = Client(url, where.token(options, "push", url))
    answer = client.ask("POST", "/push", envelope(raw, options.message_id), timeout_s=LONGEST_DELIVERY_S)
    is_acked = answer.status in (200, 201, 202, 204)
    if options.json:
        say_json({"status": answer.status, "acknowledged": is_acked, "problem": answer.document or None})
    elif is_acked:
        say(f"{answer.status}: acknowledged")
    else:
        code = answer.document.get("code")
        wait = answer.headers.get("Retry-After")
        again = f" Try again in {plain(wait)} s." if wait else ""
        say(f"{answer.status}{f' {plain(code)}' if code else ''}: {plain(answer.sentence)}{again}")
    return OK if is_acked else exit_code_of(answer.status)


def envelope(raw: bytes, message_id: str | None) -> bytes:
    """The push body for a stored message: an envelope as it is, anything else (a job, or what is none) inside of one.

    A `message_id` goes into either; without one an envelope keeps its own and the rest is given a new one.
    """
    try:
        document = load(raw)
    except ValueError:
        document = None
    if isinstance(document, dict) and isinstance(document.get("message"), dict):
        if message_id is None:
            return raw
        document["message"] = {**document["message"], "messageId": message_id, "message_id": message_id}
        return json.dumps(document).encode()
    message = {"data": base64.b64encode(raw).decode(), "messageId": message_id or f"replay-{uuid4().hex}"}
    return json.dumps({"message": message, "subscription": "replayed by hand"}).encode()
