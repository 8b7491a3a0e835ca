"""Words of strangers where people and programs read them: the log, and an operator's terminal."""

import json
from collections.abc import Iterator

from lab.harness.calls import call
from lab.redteam.target import ALICE, SECRET, Attempt, Target, brief

FORGED = '{"severity": "ERROR", "message": "forged"}'
WORDS = {
    "a line break and a forged line": f"x\n{FORGED}",
    "a carriage return": f"x\r{FORGED}",
    "a line separator": f"x\u2028{FORGED}",
    "a paragraph separator": f"x\u2029{FORGED}",
    "a C1 line break": f"x\u0085{FORGED}",
    "an escape that clears the screen": "x\x1b[2J\x1b[H",
    "an escape that sets the title": "x\x1b]0;owned\x07",
    "an escape that writes the clipboard": "x\x1b]52;c;b3duZWQ=\x07",
    "C1 controls": "x\x9b2J\x90q\x9c",
    "a backspace": "x\x08\x08\x08owned",
    "a mark of direction": "x\u202egpj.exe",
    "markup and a quote": 'x","severity":"ERROR"}<script>',
}
JOB = """
INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage, error_code, error_message)
VALUES (:id, :word, :word, 'quick_social', json_build_object('mood', CAST(:word AS text)), '{}', '\\x00', 'failed',
        'INIT', 'code', :word)
RETURNING id
"""
LETTER = """
INSERT INTO dead_letters (job_id, message_key, reason, error, metadata)
VALUES (:id, :key, :word, :word, json_build_object('stage', CAST(:word AS text)))
RETURNING id
"""
CONTROLS = {chr(code) for code in (*range(32), 127, *range(128, 160))} - {"\n", "\t"}
INVISIBLE = {"\u2028", "\u2029", "\u202e", "\u202d", "\u2066", "\u2067"}


def logs(target: Target) -> Iterator[Attempt]:
    """Words that forge lines of the log, and secrets that must not be in it."""
    for what, word in WORDS.items():
        offset = target.gunicorn.log.stat().st_size
        target.push(brief(user_id=f"u{word}"))
        target.push(brief(preset=word))
        target.push(brief(**{word: {"a": float(1)}, "metadata": {word: "\ud800"}}))
        target.push(word.encode())
        target.push(brief(job_id=word[:36]))
        target.ask(ALICE, "POST", "/pipeline/run", brief(user_id=word, preset=word))
        target.ask(ALICE, "POST", "/pipeline/run", brief(user_id=f"u{word}", metadata={"drill_fail": word}))
        target.ask(ALICE, "GET", "/pipeline/jobs?user=%0A%1B%5B2J&unknown=%E2%80%A8")
        call(target.port, "GET", "/%0A%1b[2J%E2%80%A8%C2%9b", headers={"User-Agent": "x\x1b[2J"}, timeout=10)
        yield Attempt(what, _forged(target.log_since(offset)))
    log = target.log_since(0)
    yield Attempt("the words of a brief", "they are in the log" if SECRET in log else "")
    yield Attempt("a token", "a part of one is in the log" if "eyJ" in log else "")
    yield Attempt("the database's password", "DATABASE_URL is in the log" if target.world.database_url in log else "")


def _forged(log: str) -> str:
    for line in log.split("\n"):
        if not line:
            continue
        if odd := sorted((CONTROLS | INVISIBLE) & set(line)):
            return f"raw {odd[0]!r} in {line[:200]!r}"
        try:
            read = json.loads(line)
        except ValueError:
            return f"a line that is no JSON: {line[:200]!r}"
        if read.get("message") == "forged":
            return f"a forged line: {line[:200]!r}"
    return ""


def terminals(target: Target) -> Iterator[Attempt]:
    """What the commands print of jobs and letters that strangers wrote: older versions may have taken anything."""
    for number, word in enumerate(WORDS.values()):
        target.world.query(JOB, id=f"odd-{number}", word=word)
        target.world.query(LETTER, id=f"odd-{number}", key=f"odd:{number}", word=word)
    commands = [("jobs", "list", "--limit", "50"), ("dlq", "list"), *(("jobs", "show", f"odd-{n}") for n in range(4))]
    for command in commands[: 1 if target.short else None]:
        odd = sorted((CONTROLS | INVISIBLE) & set(target.command(*command)))
        yield Attempt(f"all of them in {' '.join(command)}", f"{odd[0]!r} reaches the terminal" if odd else "")
