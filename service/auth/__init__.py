"""Authentication: who is calling, and who may.

Read `callers` first (who may call what), then `verifier` (is this token good, and whose is it), then `certificates`
(the public keys that Google signs with, fetched and cached). `verifier` and `certificates` know no web framework;
nothing here reads the database. May import `service.config` and `service.errors`.
"""
