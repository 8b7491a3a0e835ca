"""Make one film in a process that behaves like another machine, with its own number of CPUs and of shots at a time.

`python -m tests.support.made_elsewhere FOLDER CPUS SHOTS JOB`, with the job as JSON. Prints the film's result as JSON.
"""

import json
import os
import sys
from pathlib import Path

from lab.harness.film_context import walk
from service.pipeline import Job
from service.pipelines.film import pipeline
from service.pipelines.film.stages import render_execution


def main(folder: str, cpus: str, shots: str, job: str) -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cpus)])
    render_execution.AT_ONCE = int(shots)
    outputs = walk(pipeline({}), Job(**json.loads(job)), Path(folder))
    json.dump(outputs["FINALIZE"], sys.stdout)


main(*sys.argv[1:])
