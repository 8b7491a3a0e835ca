"""Procrastinate: `procrastinate_worker.py CONNECTION_STRING sync|async CONCURRENCY`, in Procrastinate's environment.

For each number read from stdin, defers that many jobs and prints a line, waits for an empty line, works until none is
left, and prints a line again: JSON with the seconds and this process's CPU seconds of each.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Coroutine

import procrastinate

CONTENT = "A lighthouse that learns to dance."
QUEUE = "bench"

conninfo, mode, concurrency = sys.argv[1], sys.argv[2], int(sys.argv[3])
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo, min_size=10, max_size=12))
done: list[str] = []


@app.task(queue=QUEUE, name="sync_nothing")
def sync_nothing(job_id: str, content: str) -> dict[str, bool]:
    done.append(job_id + content[:0])
    return {"done": True}


@app.task(queue=QUEUE, name="async_nothing")
async def async_nothing(job_id: str, content: str) -> dict[str, bool]:
    done.append(job_id + content[:0])
    return {"done": True}


async def defer(count: int) -> None:
    """Defer `count` jobs, as many at once as are worked at once."""
    task = sync_nothing if mode == "sync" else async_nothing
    todo = iter(range(count))

    async def some() -> None:
        for number in todo:
            await task.defer_async(job_id=f"job-{number}", content=CONTENT)

    await asyncio.gather(*(some() for _ in range(concurrency)))


async def work() -> None:
    await app.run_worker_async(queues=[QUEUE], wait=False, concurrency=concurrency, install_signal_handlers=False)


async def main() -> None:
    async with app.open_async():
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()
        for line in sys.stdin:
            done.clear()
            await timed(defer(int(line)))
            sys.stdin.readline()
            await timed(work())


async def timed(what: Coroutine[None, None, None]) -> None:
    """Await it, and print what it took."""
    began, cpu = time.monotonic(), time.process_time()
    await what
    spent = {"seconds": time.monotonic() - began, "cpu_s": time.process_time() - cpu, "done": len(done)}
    print(json.dumps(spent), flush=True)  # noqa: T201 (read by the bench)


logging.basicConfig(level=logging.WARNING)
asyncio.run(main())
