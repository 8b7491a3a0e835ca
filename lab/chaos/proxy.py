"""A network that breaks on command: a TCP proxy on loopback in front of a server's port or Unix socket."""

import asyncio
import contextlib
import threading
from collections.abc import Callable

CHUNK = 65_536


class Proxy:
    """Passes bytes on until `close`. `target` is a port on loopback or the path of a Unix socket."""

    def __init__(self, target: int | str) -> None:
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._to_lose = 0
        self.lost = 0
        """Replies that were dropped so far, each with its connection."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._flowing, self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Close every connection; new ones are accepted."""
        self._do(self._cut)

    def hang(self) -> None:
        """Let nothing through until `flow`; connections stay open, and new ones are accepted."""
        self._do(self._flowing.clear)

    def flow(self) -> None:
        self._do(self._flowing.set)

    def lose_replies(self, count: int) -> None:
        """Drop the next `count` chunks that the server sends and close the connection of each: the request has been
        executed, and its answer is lost."""
        self._do(lambda: setattr(self, "_to_lose", count))

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end_all(), self._loop).result(10)
        self._do(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, act: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(act)

    async def _end_all(self) -> None:
        self._server.close()
        self._flowing.set()
        self._cut()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _listen(self) -> tuple[asyncio.Event, asyncio.Server]:
        flowing = asyncio.Event()
        flowing.set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return flowing, server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Broken connections are what this is for, so they are not logged.
        with contextlib.suppress(OSError):
            if isinstance(self._target, str):
                there = await asyncio.open_unix_connection(self._target)
            else:
                there = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers |= {writer, there[1]}
            ways = (self._pump(reader, there[1], is_reply=False), self._pump(there[0], writer, is_reply=True))
            # When one direction has ended, the read of the other one ends with the connection.
            await asyncio.wait([asyncio.ensure_future(way) for way in ways], return_when=asyncio.FIRST_COMPLETED)
            self._end(there[1])
        self._end(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_reply: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(CHUNK):
                await self._flowing.wait()
                if is_reply and self._to_lose > 0:
                    self._to_lose -= 1
                    self.lost += 1
                    return
                writer.write(piece)
                await writer.drain()

    def _cut(self) -> None:
        for writer in list(self._writers):
            self._end(writer)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        if not writer.is_closing():
            writer.transport.abort()
