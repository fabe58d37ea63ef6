"""A small real HTTP server that keeps the contract of the native dialect, for replays to be tested against.

It knows nothing of the code under test. It decides by the amount alone, remembers external ids, and refuses
every field that the dialect does not have, so that a label that left its file is seen.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "rk_live_of_the_test"
FIELDS = {
    "customerId",
    "direction",
    "amountIdr",
    "amount",
    "currency",
    "channel",
    "counterpartyName",
    "counterpartyNik",
    "counterpartyAccount",
    "isCrossBorder",
    "city",
    "country",
    "externalId",
    "occurredAt",
    "persist",
    "customerName",
    "customerSince",
    "deviceId",
    "ipAddress",
    "kycStatus",
    "kycTier",
    "narration",
    "type",
    "attributes",
}


class Bank:
    """What the server decided, and what it is told to do wrong."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.bodies: dict[str, dict[str, Any]] = {}
        self.received: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.connections: dict[str, set[tuple[str, int]]] = {}
        self.faults: list[tuple[int, dict[str, str]]] = []  # answered first, in order; status 0 hangs up
        self.hang_up_after_deciding = 0
        self.cut_answers = 0
        self.away = False
        self.delay_seconds = 0.0
        self.url = ""

    def decide(self, body: dict[str, Any]) -> dict[str, Any]:
        """One element of an answer."""
        with self.lock:
            self.received.append(body)
            unknown = sorted(set(body) - FIELDS)
            missing = sorted({"customerId", "direction", "channel"} - set(body))
            if unknown or missing or "amount" not in body:
                return refusal(400, "INVALID_REQUEST", [*unknown, *missing])
            if Decimal(body["amount"]) < 0:
                return refusal(400, "INVALID_REQUEST", ["amount"])
            known = self.bodies.get(body["externalId"])
            if known is not None and known != body:
                return refusal(422, "EXTERNAL_ID_REUSED", ["externalId"])
            if body.get("persist", True):
                self.bodies[body["externalId"]] = body
        return {
            "ok": True,
            "data": verdict(Decimal(body["amount"])),
            **({"idempotent": True} if known else {}),
        }


def verdict(amount: Decimal) -> dict[str, Any]:
    if amount < 1000:
        return {"decision": "pass", "riskScore": 0, "hits": []}
    if amount < 5000:
        return {"decision": "review", "riskScore": 45, "alertId": "alt_1", "hits": []}
    return {"decision": "escalate", "riskScore": 95, "alertId": "alt_2", "hits": [], "blocked": True}


def refusal(status: int, code: str, paths: list[str]) -> dict[str, Any]:
    problems = [{"path": path, "message": "Ada Lovelace is not welcome"} for path in paths]
    return {"ok": False, "error": {"status": status, "code": code, "title": "no", "errors": problems}}


@contextmanager
def running(bank: Bank) -> Iterator[Bank]:
    """The server, until the block ends; its address is in `bank.url`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            answer_request(bank, self)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    bank.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield bank
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer_request(bank: Bank, handler: BaseHTTPRequestHandler) -> None:
    raw = handler.rfile.read(int(handler.headers["Content-Length"]))
    with bank.lock:
        bank.requests.append(handler.path)
        fault = (503, {}) if bank.away else bank.faults.pop(0) if bank.faults else None
    if fault and fault[0] == 0:
        handler.close_connection = True
        return
    if fault:
        respond(handler, fault[0], refusal(fault[0], f"FAULT_{fault[0]}", []), fault[1])
        return
    if handler.headers["X-API-Key"] != KEY:
        respond(handler, 401, refusal(401, "INVALID_KEY", []), {})
        return
    time.sleep(bank.delay_seconds)
    status, answer = decide_all(bank, handler, json.loads(raw))
    with bank.lock:
        lost, bank.hang_up_after_deciding = (
            bank.hang_up_after_deciding > 0,
            max(0, bank.hang_up_after_deciding - 1),
        )
        cut, bank.cut_answers = bank.cut_answers > 0, max(0, bank.cut_answers - 1)
    if lost:
        handler.close_connection = True
    else:
        respond(handler, status, answer, {}, is_cut=cut)


def decide_all(bank: Bank, handler: BaseHTTPRequestHandler, body: Any) -> tuple[int, dict[str, Any]]:
    items = body["batch"] if handler.path.endswith("/batch") else [body]
    for item in items:
        with bank.lock:
            bank.connections.setdefault(item.get("customerId", ""), set()).add(handler.client_address)
    answers = [bank.decide(item) for item in items]
    if handler.path.endswith("/batch"):
        return 200, {"ok": True, "data": answers}
    return answers[0].get("error", {}).get("status", 200), answers[0]


def respond(
    handler: BaseHTTPRequestHandler,
    status: int,
    answer: object,
    headers: dict[str, str],
    *,
    is_cut: bool = False,
) -> None:
    content = json.dumps(answer).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2] if is_cut else content)
    handler.close_connection = handler.close_connection or is_cut
