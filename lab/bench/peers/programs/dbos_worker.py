"""DBOS: `dbos_worker.py DATABASE_URL STEPS CONCURRENCY`, in DBOS's environment.

For each number read from stdin, runs that many workflows, each of STEPS steps and started directly by CONCURRENCY
threads, and prints a line of JSON with the seconds and this process's CPU seconds.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from dbos import DBOS

CONTENT = "A lighthouse that learns to dance."

url, steps, concurrency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
DBOS(
    config={
        "name": "bench",
        "system_database_url": url,
        "log_level": "WARNING",
        "sys_db_pool_size": 20,
        "application_version": "1",
        "executor_id": f"bench-{steps}",
    }
)


@DBOS.step()
def step(_number: int) -> dict[str, bool]:
    return {"done": True}


@DBOS.workflow()
def workflow(_job_id: str, _content: str) -> dict[str, bool]:
    output: dict[str, bool] = {}
    for number in range(steps):
        output = step(number)
    return output


DBOS.launch()
with ThreadPoolExecutor(concurrency) as pool:
    for line in sys.stdin:
        began, cpu = time.monotonic(), time.process_time()
        ended = list(pool.map(lambda number: workflow(f"job-{number}", CONTENT), range(int(line))))
        spent = {"seconds": time.monotonic() - began, "cpu_s": time.process_time() - cpu, "done": len(ended)}
        print(json.dumps(spent), flush=True)  # noqa: T201 (read by the bench)
DBOS.destroy()
