"""A small, strict stand-in for Pub/Sub in one process, for laptops without Google's emulator and for tests.

Read `server.py` (the gRPC calls, and the methods for tests), then `broker.py` (messages in memory), `pusher.py` (pushes
over HTTP), `subscriptions.py` and `limits.py` (what Pub/Sub refuses) and `faults.py` (what tests make go wrong). Of the
service, it imports `service.dev.issuer` alone, to sign the tokens of pushes.
"""
