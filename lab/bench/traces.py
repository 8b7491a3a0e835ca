"""What traces cost a delivery: off, on for a trace that is not sampled, and sampled and sent to a collector.

The rounds are interleaved on one machine, and their medians are compared as ratios.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lab.bench.deliveries import CONNECTIONS, Bench, Speed, median, world_around
from lab.harness.processes import Gunicorn

WAYS = {"off": None, "not sampled": "always_off", "sampled": "always_on"}
"""OpenTelemetry's sampler for each."""


@contextmanager
def collector() -> Iterator[str]:
    """A collector that forgets what it is sent; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def run(rounds: int, count: int, say: Callable[[str], None]) -> dict[str, Speed]:
    """Return medians by way, from `rounds` interleaved rounds of `count` deliveries each; a first one warms up."""
    with ExitStack() as stack:
        world, host, pubsub = stack.enter_context(world_around(say))
        bench = stack.enter_context(closing(Bench(world, host, pubsub)))
        url = stack.enter_context(collector())
        servers: dict[str, Gunicorn] = {}
        for way, sampler in WAYS.items():
            env = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_TRACES_SAMPLER": sampler} if sampler else {}
            servers[way] = Gunicorn(
                world,
                MAX_CONCURRENT_JOBS=str(CONNECTIONS),
                LOG_LEVEL="WARNING",
                PUBSUB_EMULATOR_HOST=host,
                PIPELINE="lab.bench.one_stage:pipeline",
                **env,
            )
            stack.callback(servers[way].close)
        figures: dict[str, list[Speed]] = {way: [] for way in WAYS}
        for number in range(rounds + 1):
            for way, server in servers.items():
                speed = bench.pushed(server, count)
                if number:
                    figures[way].append(speed)
            say(f"round {number} of {rounds}")
        return {way: median(values) for way, values in figures.items()}
