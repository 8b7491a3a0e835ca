"""The delivery of one message: verify, decode, gate, claim, run, settle, publish, answer.

Read in this order:
- `push`: one message from the request to the answer; `outcomes`: what can become of it, and how that is answered;
- `messages`: the bytes of a message as a typed job; `refusals`: what becomes of data that is not a job here;
- `gate`: what is paused or limited; `held`: pending jobs that are kept without a message, and how they are sent again;
- `claims`: the lease on a job; `suspicion`: which job may have killed its process; `holder`: the process's name;
- `runner`: stage after stage; `context`: what a stage is given; `checkpoints`: the writes that keep what it has done;
  `children`: the environment of child processes; `crashes`: what an exception of a stage says; `heartbeat`: the thread
  that renews the leases;
- `retry`: what becomes of a job after an error; `transitions`: the ways out of a lease; `settle`: the commit of one;
- `outgoing`: the messages that are owed; `outbox` and `pubsub`: how they are published;
- `sweep`: sends again whatever no message will bring back; `chores`: one process sweeps, or prunes, at a time;
- `parts`: what one process is made of, put together by `service.app`.

May import `service.db`, `service.auth`, `service.metrics`, `service.artifacts` and the modules below those; never the
API, the command line or a pipeline. The import rules in `pyproject.toml` enforce this.
"""
