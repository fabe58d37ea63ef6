"""A proxy between two programs of a test that does what networks do: be late, hang, reset, refuse, stop half-way.

It runs in a thread of its own, so a test can change its manners while requests are under way. It listens on the
loopback address only and never changes what it passes on.
"""

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from tests.faults.units import Splitter, Whole

Direction = Literal["to_server", "to_client"]
Address = tuple[str, int] | Path
HOST: Final = "127.0.0.1"
CHUNK_BYTES: Final = 65_536
MOST_QUEUED: Final = 256
# Closing with this option sends a reset instead of a farewell.
RESET: Final = struct.pack("ii", 1, 0)


@dataclass
class Stop:
    """Before the unit of that number passes, `action` runs; then every connection is reset and nothing passes."""

    direction: Direction
    number: int
    action: Callable[[], None] | None = None


@dataclass(eq=False)
class Connection:
    """One caller and its connection to the server."""

    to_client: asyncio.StreamWriter
    to_server: asyncio.StreamWriter

    def reset(self) -> None:
        for writer in (self.to_client, self.to_server):
            raw = writer.get_extra_info("socket")
            with suppress(OSError):
                if raw is not None and raw.family == socket.AF_INET:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()


@dataclass(eq=False)
class Proxy:
    """Passes on everything until told otherwise. Every method may be called from any thread."""

    server: Address
    splitter: Callable[[Direction], Splitter] = Whole
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _listening: asyncio.Server | None = None
    _open: set[Connection] = field(default_factory=set)
    _delay_seconds: float = 0.0
    _stop: Stop | None = None
    _passed: Counter[Direction] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._may_pass = asyncio.Event()
        self._may_pass.set()

    def delay(self, seconds: float) -> None:
        """Whatever the server says from now on reaches the caller that much later."""
        self._delay_seconds = seconds

    def hang(self) -> None:
        """Nothing passes any more; connections stay open and new ones are taken."""
        self._do(self._may_pass.clear)

    def resume(self) -> None:
        """What hung goes on."""
        self._do(self._may_pass.set)

    def reset(self) -> None:
        """Ends every connection without a farewell; they have ended when this returns. New ones are welcome."""
        self._do_async(self._reset_and_wait())

    def refuse(self) -> None:
        """Resets every connection and listens no more: a server that is down."""
        self._do_async(self._close())
        self.reset()

    def accept(self) -> None:
        """Listens again after `refuse`, on the same port."""
        self._do_async(self._listen())

    def stop_at(self, direction: Direction, number: int, action: Callable[[], None] | None = None) -> None:
        """Counting from now, lets `number` units pass in that direction; before the next one runs `action` and resets."""

        def arm() -> None:
            self._passed.clear()
            self._stop = Stop(direction, number, action)

        self._do(arm)

    def count(self) -> None:
        """Counts units from now; nothing is stopped."""

        def begin() -> None:
            self._passed.clear()
            self._stop = None

        self._do(begin)

    @property
    def has_stopped(self) -> bool:
        """Whether the armed stop has happened."""
        return self._stop is None

    def passed(self, direction: Direction) -> int:
        """Units that passed in that direction since the last `count` or `stop_at`."""
        return self._passed[direction]

    def connections(self) -> int:
        return len(self._open)

    def _do(self, action: Callable[[], object]) -> None:
        """Runs it in the proxy's thread and waits for its end."""

        async def run() -> None:
            action()

        self._do_async(run())

    def _do_async(self, action: "asyncio.coroutines.Coroutine[None, None, None]") -> None:
        asyncio.run_coroutine_threadsafe(action, self._loop).result(10)

    def _reset_all(self) -> None:
        for connection in list(self._open):
            connection.reset()

    async def _reset_and_wait(self) -> None:
        """A transport closes its socket in a later turn of the loop: what was sent before it would be half done."""
        open_before = set(self._open)
        self._reset_all()
        while open_before & self._open:
            await asyncio.sleep(0.001)

    async def _listen(self) -> None:
        if self._listening is not None:
            return
        self._listening = await asyncio.start_server(self._take, HOST, self.port, reuse_address=True)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    async def _take(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Carries one connection, until either side has ended it."""
        try:
            from_server, to_server = await self._connect()
        except OSError:
            to_client.transport.abort()
            return
        connection = Connection(to_client, to_server)
        self._open.add(connection)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry("to_server", connection, from_client, to_server))
                both.create_task(self._carry("to_client", connection, from_server, to_client))
        except* (OSError, asyncio.CancelledError):
            connection.reset()
        finally:
            self._open.discard(connection)
            for writer in (to_client, to_server):
                writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.server, Path):
            return await asyncio.open_unix_connection(str(self.server))
        return await asyncio.open_connection(*self.server)

    async def _carry(
        self,
        direction: Direction,
        connection: Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """One direction of one connection. What is late is queued, so lateness costs no throughput."""
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MOST_QUEUED)
        sending = asyncio.create_task(self._send(direction, connection, queue, writer))
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                await queue.put((self._due(direction), chunk))
            await queue.put((self._due(direction), b""))
            await sending
        finally:
            sending.cancel()

    def _due(self, direction: Direction) -> float:
        return self._loop.time() + (self._delay_seconds if direction == "to_client" else 0)

    async def _send(
        self,
        direction: Direction,
        connection: Connection,
        queue: "asyncio.Queue[tuple[float, bytes]]",
        writer: asyncio.StreamWriter,
    ) -> None:
        splitter = self.splitter(direction)
        while True:
            due, chunk = await queue.get()
            await asyncio.sleep(max(due - self._loop.time(), 0))
            if not chunk:
                break
            for unit in splitter.split(chunk):
                await self._may_pass.wait()
                if self._is_stop(direction):
                    await self._perform_stop()
                    return
                self._passed[direction] += 1
                writer.write(unit)
            await writer.drain()
        with suppress(OSError):
            if writer.can_write_eof():
                writer.write_eof()

    def _is_stop(self, direction: Direction) -> bool:
        stop = self._stop
        return stop is not None and stop.direction == direction and self._passed[direction] >= stop.number

    async def _perform_stop(self) -> None:
        stop, self._stop = self._stop, None
        # What was written before must have left before the end comes.
        await asyncio.sleep(0.005)
        if stop is not None and stop.action is not None:
            await asyncio.to_thread(stop.action)
        self._reset_all()


@contextmanager
def proxy_to(server: Address, splitter: Callable[[Direction], Splitter] = Whole) -> Iterator[Proxy]:
    """A proxy to that server on a free port, gone at the end."""
    proxy = Proxy(server, splitter)
    thread = threading.Thread(target=proxy._loop.run_forever, daemon=True)
    thread.start()
    proxy.accept()
    try:
        yield proxy
    finally:
        proxy.resume()
        proxy.refuse()
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        thread.join(10)
        _finish(proxy._loop)


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """Lets what was cut off end before the loop goes."""

    async def end() -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    loop.run_until_complete(end())
    loop.close()
