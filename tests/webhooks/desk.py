"""What tests of delivery have at hand: a receiver that answers as it is told, a clock that stands still, and events."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from ratel.statements import insert
from teams.principal import Principal
from tests.cast import Bank
from webhooks.delivery.courier import Courier
from webhooks.delivery.engine import Engine
from webhooks.delivery.tenants import Tenant
from webhooks.events import CATALOGUE
from webhooks.models import Delivery, Endpoint
from webhooks.outbox import OUTBOX_INSERT, event_row
from webhooks.services import WithSecret, create_endpoint

BUDGET_SECONDS = 20.0
_subjects = itertools.count()


@dataclass
class Call:
    """One request as the receiver saw it."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    @property
    def attempt(self) -> int:
        return int(self.headers["X-Ratel-Attempt"])


@dataclass
class Reply:
    status: int = 200
    body: bytes = b"thanks"
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0


class Receiver:
    """A real HTTP server on this machine; `reply` decides each answer, by default 200."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.reply: Callable[[Call], Reply] = lambda call: Reply()
        self.under_way = self.most_under_way = 0
        self.let_go = threading.Event()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                call = Call(self.path, dict(self.headers), body, time.monotonic())
                with receiver._lock:
                    receiver.calls.append(call)
                    receiver.under_way += 1
                    receiver.most_under_way = max(receiver.most_under_way, receiver.under_way)
                reply = receiver.reply(call)
                receiver.let_go.wait(reply.delay_seconds)
                with receiver._lock:
                    receiver.under_way -= 1
                try:
                    self.send_response(reply.status)
                    for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(reply.body)
                except OSError:
                    self.close_connection = True

            def log_message(self, *arguments: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def ids(self) -> list[str]:
        return [call.event["id"] for call in self.calls]


@contextmanager
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    try:
        yield one
    finally:
        one.close()


@dataclass
class Clock:
    """Stands still until it is moved. It begins a little ahead, so that what is made now lies behind it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=1))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Desk:
    """One bank with its receiver, and an engine that serves this bank only, by the test's clock, without jitter."""

    bank: Bank
    receiver: Receiver
    courier: Courier
    clock: Clock

    @property
    def caller(self) -> Principal:
        return self.bank.principal("us")

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.bank.id, tuple(team.id for team in self.bank.teams.values()))

    def engine(self, **options: Any) -> Engine:
        chosen = {"clock": self.clock, "draw": lambda: 0.0, "tenants": lambda: [self.tenant], **options}
        return Engine(self.courier, **chosen)

    def deliver(self) -> int:
        """Everything that is due now is attempted once; how many attempts."""
        return self.engine().run(budget_seconds=BUDGET_SECONDS)

    def endpoint(self, url: str | None = None, *, pack: str = "us", **options: Any) -> WithSecret:
        options.setdefault("events", ["alert.created", "case.created", "case.updated", "sar.drafted"])
        return create_endpoint(caller=self.bank.principal(pack), url=url or self.receiver.url, **options)

    def emit(
        self, event: str = "alert.created", *, pack: str = "us", subject: str = "", count: int = 1
    ) -> list[UUID]:
        """Events as a decision writes them, each about a subject of its own unless one is named; their ids."""
        rows = [self.event(event, pack, subject) for _ in range(count)]
        with self.bank.seeing(pack):
            insert(OUTBOX_INSERT, *rows)
        return [row[0] for row in rows]

    def event(self, event: str, pack: str, subject: str) -> tuple[Any, ...]:
        """One row of the outbox."""
        return event_row(
            event,
            organisation_id=self.bank.id,
            team_id=self.bank.teams[pack].id,
            subject=subject or f"subject-{next(_subjects)}",
            occurred_at=timezone.now(),
            data=CATALOGUE[event].example,
        )

    def deliveries(self, pack: str = "us", **filters: Any) -> list[Delivery]:
        with self.bank.seeing(pack):
            return list(Delivery.objects.filter(**filters).order_by("sequence", "id"))

    def delivery(self) -> Delivery:
        (only,) = self.deliveries()
        return only

    def stored(self, model: type[Model], pack: str = "us", **filters: Any) -> list[Any]:
        with self.bank.seeing(pack):
            return list(model._default_manager.filter(**filters).order_by("id"))

    def endpoint_now(self, made: WithSecret) -> Endpoint:
        (found,) = self.stored(Endpoint, id=made.endpoint.id)
        return found
