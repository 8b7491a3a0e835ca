"""The delivery of one message: verify, decode, claim, run, settle, publish, answer."""
