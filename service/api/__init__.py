"""The HTTP API: send a job, ask how it is doing, list jobs, get links to its files, cancel it.

Read `routes` first: every route, and what it does. Then
- `parsing`: what a request asks for (the job in its body, the parameters of a list);
- `owners`: whose job it is, and the id that a caller's name for it stands for;
- `submit` and `idempotency`: how a job is stored exactly once; `records`: what else a caller did, on record;
- `absent` and `pruning`: the answer about a job whose message was refused or that was deleted; `POST /prune`;
- `views`: the answers as types, from which both the JSON and its schemas are made; `progress`: the percentage in
  them;
- `answers`: how a view becomes an HTTP response, with its caching and ETag;
- `openapi`, `operations` and `schemas`: the document that describes all routes.

A column in an answer is two lines: a field of the row in `service.queries`, and a field of the view in `views`.

May import everything but the command line, the factory and the pipelines.
"""
