"""Sends payments over several connections, each customer's in order on one of them.

A customer belongs to the connection that its id's checksum picks, today and tomorrow. Nothing is read ahead
further than the queues reach, so a file of any length passes through.
"""

import queue
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from screening.replay.answers import Outcome, Unanswered, read_batch, read_single
from screening.replay.client import BATCH_PATH, EVALUATE_PATH, TRY_AGAIN_STATUSES, Answer, Client, Destination
from screening.replay.item import ReplayItem
from screening.replay.progress import Watermark
from screening.replay.report import Tally

LARGEST_BATCH = 1_000
MOST_CONNECTIONS = 64
LARGEST_BATCH_BYTES = 15 * 1024 * 1024
QUEUED_PAYMENTS = 64
LOOK_UP_SECONDS = 0.2
# So many requests in a row that exhausted their tries: the server is gone, going on would only burn the file.
MOST_GIVEN_UP = 3
KEY_REFUSED_STATUSES = {401, 403}
NOT_THERE_STATUSES = {404, 405}


@dataclass(frozen=True)
class Manner:
    """How to send: `batch` payments a request, at most `rate` a second (None: as fast as it goes)."""

    batch: int = 1
    connections: int = 4
    rate: float | None = None
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """A payment as it goes out, with its place in the order of time."""

    position: int
    item: ReplayItem
    body: bytes


@dataclass
class Lane:
    """The way to one connection: what is collected for its next request, and requests that wait."""

    waiting: "queue.Queue[list[Parcel] | None]"
    collected: list[Parcel] = field(default_factory=list)
    collected_bytes: int = 0


class Sender:
    """One run of sending. `stop` may be called from any thread; `reason` then says why it ended early."""

    def __init__(self, destination: Destination, manner: Manner, tally: Tally, watermark: Watermark) -> None:
        self._destination = destination
        self._manner = manner
        self._tally = tally
        self._watermark = watermark
        self._stopping = threading.Event()
        self._given_up = 0
        self.reason: str | None = None
        depth = max(2, QUEUED_PAYMENTS // manner.batch)
        self._lanes = [Lane(queue.Queue(maxsize=depth)) for _ in range(manner.connections)]

    def send(self, items: Iterator[ReplayItem], start: int = 0) -> None:
        """Sends them all and returns when each is answered, or when it was stopped."""
        workers = [threading.Thread(target=self._work, args=(lane,), daemon=True) for lane in self._lanes]
        for worker in workers:
            worker.start()
        try:
            self._feed(items, start)
            for lane in self._lanes:
                self._hand_over(lane, None)
            join(workers)
        except KeyboardInterrupt:
            self.stop("interrupted")
        except BaseException:
            self.stop("the file could not be read on")
            raise
        finally:
            join(workers)

    def stop(self, reason: str) -> None:
        """Lets requests under way finish and sends no more; the first reason stays."""
        self.reason = self.reason or reason
        self._stopping.set()

    def _feed(self, items: Iterator[ReplayItem], start: int) -> None:
        began = time.monotonic()
        for count, item in enumerate(items):
            if self._manner.rate:
                self._stopping.wait(max(0.0, began + count / self._manner.rate - time.monotonic()))
            if self._stopping.is_set():
                return
            lane = self._lanes[zlib.crc32(item.customer.encode("utf-8", "replace")) % len(self._lanes)]
            self._collect(lane, Parcel(start + count, item, self._encoded(item)))
        for lane in self._lanes:
            self._flush(lane)

    def _encoded(self, item: ReplayItem) -> bytes:
        payload = {**item.payload, "persist": False} if self._manner.is_dry_run else item.payload
        return msgspec.json.encode(payload)

    def _collect(self, lane: Lane, parcel: Parcel) -> None:
        if lane.collected_bytes + len(parcel.body) > LARGEST_BATCH_BYTES:
            self._flush(lane)
        lane.collected.append(parcel)
        lane.collected_bytes += len(parcel.body)
        if len(lane.collected) >= self._manner.batch:
            self._flush(lane)

    def _flush(self, lane: Lane) -> None:
        parcels, lane.collected, lane.collected_bytes = lane.collected, [], 0
        if parcels:
            self._hand_over(lane, parcels)

    def _hand_over(self, lane: Lane, parcels: list[Parcel] | None) -> None:
        """Waits for room, but not for a connection that has stopped."""
        while True:
            try:
                lane.waiting.put(parcels, timeout=LOOK_UP_SECONDS)
                return
            except queue.Full:
                if self._stopping.is_set():
                    return

    def _work(self, lane: Lane) -> None:
        client = Client(self._destination, self._stopping)
        try:
            while not self._stopping.is_set():
                try:
                    parcels = lane.waiting.get(timeout=LOOK_UP_SECONDS)
                except queue.Empty:
                    continue
                if parcels is None:
                    return
                self._request(client, parcels)
        except Exception as problem:
            self.stop(f"unexpected {type(problem).__name__} while sending")
            raise
        finally:
            client.close()

    def _request(self, client: Client, parcels: list[Parcel]) -> None:
        """Sends one request and counts what came of each payment in it."""
        if self._manner.batch == 1:
            answer = client.post(EVALUATE_PATH, parcels[0].body)
            outcomes = read_single(answer.status, answer.body) if answer.status else no_answer(parcels)
        else:
            answer = client.post(
                BATCH_PATH, b'{"batch":[' + b",".join(parcel.body for parcel in parcels) + b"]}"
            )
            outcomes = (
                read_batch(answer.status, answer.body, len(parcels)) if answer.status else no_answer(parcels)
            )
        self._tally.count([parcel.item for parcel in parcels], outcomes, answer.latency_ms, answer.tries)
        for parcel, outcome in zip(parcels, outcomes, strict=True):
            if not isinstance(outcome, Unanswered):
                self._watermark.acknowledge(parcel.position)
        self._judge(answer)

    def _judge(self, answer: Answer) -> None:
        """Stops the run when no further request can succeed."""
        if answer.status in KEY_REFUSED_STATUSES:
            self.stop(f"the server refuses the API key (HTTP {answer.status})")
        if answer.status in NOT_THERE_STATUSES:
            self.stop(f"the server has no evaluate endpoint at this URL (HTTP {answer.status})")
        is_away = not answer.status or answer.status in TRY_AGAIN_STATUSES
        self._given_up = self._given_up + 1 if is_away else 0
        if self._given_up >= MOST_GIVEN_UP:
            self.stop("the server does not answer")


def join(workers: list[threading.Thread]) -> None:
    for worker in workers:
        worker.join()


def no_answer(parcels: list[Parcel]) -> list[Outcome]:
    return [Unanswered("NO_ANSWER")] * len(parcels)
