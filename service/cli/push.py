"""`push`: send a stored message to the service's push endpoint, as Pub/Sub would."""

import argparse
import base64
import json
import sys
from pathlib import Path
from uuid import uuid4

from service.cli import target
from service.cli.client import Client, exit_code_of
from service.cli.terminal import OK, print_json, print_line, printable
from service.strictjson import load

LONGEST_DELIVERY_S = 630.0
"""The longest ack deadline of a subscription (600 s), and some time for the answer."""


def push(options: argparse.Namespace) -> int:
    """Send the message and print the answer; 0 if it was acknowledged."""
    raw = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    url = target.service_url(options)
    client = Client(url, target.token(options, "push", url))
    answer = client.request("POST", "/push", push_body(raw, options.message_id), timeout_s=LONGEST_DELIVERY_S)
    is_acked = answer.status in (200, 201, 202, 204)
    if options.json:
        print_json({"status": answer.status, "acknowledged": is_acked, "problem": answer.document or None})
    elif is_acked:
        print_line(f"{answer.status}: acknowledged")
    else:
        code = answer.document.get("code")
        wait = answer.headers.get("Retry-After")
        retry = f" Try again in {printable(wait)} s." if wait else ""
        print_line(f"{answer.status}{f' {printable(code)}' if code else ''}: {printable(answer.sentence)}{retry}")
    return OK if is_acked else exit_code_of(answer.status)


def push_body(raw: bytes, message_id: str | None) -> bytes:
    """The body of a push: `raw` itself if it is an envelope, else an envelope with `raw` (a job or not) as its data.

    Either gets `message_id`. If that is None, an envelope keeps its own, and anything else gets a new one.
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
