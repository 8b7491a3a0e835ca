"""Results that name files which are not the job's: no link to them may be made."""

import json
from collections.abc import Iterator
from uuid import uuid4

from lab.redteam.target import ALICE, MALLORY, Attempt, Target, brief


def attempts(target: Target) -> Iterator[Attempt]:
    job_id = target.ask(ALICE, "POST", "/pipeline/run", brief(job_id=str(uuid4()))).json["job_id"]
    root = (target.world.folder / "artifacts").as_uri()
    own = f"{root}/{job_id}"
    urls = {
        "a file of the machine": "file:///etc/passwd",
        "another job's file": f"{root}/another/film.mp4",
        "the folder above": f"{root}/dev.json",
        "a way up": f"{own}/../another/film.mp4",
        "a way up, encoded": f"{own}/%2e%2e/another/film.mp4",
        "a longer name": f"{own}-2/film.mp4",
        "a host": f"file://evil.example{own.removeprefix('file://')}/film.mp4",
        "the metadata server": "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token",
        "a foreign bucket": "gs://evil/film.mp4",
        "a script": "javascript:alert(1)",
        "data": "data:text/html,<script>alert(1)</script>",
        "nothing": "",
        "the folder itself": own,
        "a line break": f"{own}\n/film.mp4",
    }
    output = {f"n{number}_url": url for number, url in enumerate(urls.values())}
    target.world.query(
        "INSERT INTO job_results (job_id, run, status, output, processing_time_ms) "
        "VALUES (:id, 1, 'success', CAST(:output AS json), 1) RETURNING 1",
        id=job_id,
        output=json.dumps(output),
    )
    target.world.query("UPDATE jobs SET state = 'completed' WHERE id = :id RETURNING 1", id=job_id)
    linked = target.ask(ALICE, "POST", f"/pipeline/job/{job_id}/links").json["links"]
    for what, name in zip(urls, output, strict=True):
        yield Attempt(f"a link to {what}", f"made: {linked[name]}" if name in linked else "")
    recorded = target.world.query("SELECT who FROM acts WHERE act = 'link' AND job_id = :id", id=job_id)
    yield Attempt("a link that nobody made", "" if recorded == [{"who": ALICE}] else f"on record: {recorded}")
    status = target.ask(MALLORY, "POST", f"/pipeline/job/{job_id}/links").status
    yield Attempt("a link to a foreign job's film", "" if status == 404 else f"answered {status}")
