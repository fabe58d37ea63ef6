"""Where the microseconds of one evaluation go: the whole web application called in this process, stage by stage.

Each stage counts its own time without that of the stages inside it, so that the rows add up to the whole. gunicorn and
the sockets are not in it; the difference to `make bench` is theirs. A stage that the code no longer has is left out.
"""

import io
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial, wraps
from importlib import import_module
from typing import Any, Final

import orjson
from django.db import connection

from ratel.wsgi import application
from screening.bench import processor_time
from screening.bench.bank import NAMED, PLAIN, teams
from screening.bench.databases import BenchFailed
from screening.bench.measure import BATCH_PATH, SINGLE_PATH, known_names
from screening.bench.options import Options
from screening.bench.payments import Payments

WARM_UP_REQUESTS: Final = 300
Call = Callable[[bytes], None]
REST: Final = "the call: request id, response"
# What is timed, as module:name, and what it does.
STAGES: Final = (
    ("ratel.direct:record_call", "the line in the log"),
    ("screening.api.evaluate:key_principal", "authenticate the key"),
    ("screening.api.evaluate:require_scope", "check the scope"),
    ("teams.keys:note_use", "note the key's use"),
    ("screening.api.evaluate:read_body", "read the body"),
    ("screening.api.evaluate:decode", "decode JSON"),
    ("screening.dialects.native:parse", "parse and validate"),
    ("screening.api.evaluate:evaluate", "turns, locks and what else ties the stages"),
    ("screening.evaluate:configuration_of", "look up the configuration"),
    ("screening.together:enrich", "enrich: keys, profile, facts, aggregates"),
    ("screening.unit_of_work:UnitOfWork.read", "enrich: round trip (begin, lock, read)"),
    ("screening.evaluate:run_layers", "layers: running and timing them"),
    ("screening.layers:_screen_names", "layer sanctions"),
    ("screening.layers.rules:run", "layers of rules, both"),
    ("screening.layers.kyc:run", "layer kyc"),
    ("screening.layers.decision_engine:run", "layer decision_engine"),
    ("screening.layers.behavioral:run", "layer behavioral"),
    ("screening.evaluate:aggregate", "aggregate"),
    ("screening.evaluate:decide", "decide"),
    ("screening.evaluate:evaluate_one", "the evaluation as a value"),
    ("screening.together:writes_of", "rows to write"),
    ("screening.persist:_sinks", "find the sinks"),
    ("cases.sink:open_alerts", "rows of alerts, cases and events"),
    ("screening.evaluation:encode", "encode the detail"),
    ("screening.persist:seal", "seal input and detail"),
    ("screening.unit_of_work:UnitOfWork._commit", "write: round trip (insert, commit)"),
    ("screening.dialects.native:render", "render the answer"),
    ("ratel.direct:encode", "encode the answer"),
)


class Stopwatch:
    """Own time of each stage, in nanoseconds of the clock and of this thread's processor."""

    def __init__(self) -> None:
        self.clock: Counter[str] = Counter()
        self.processor: Counter[str] = Counter()
        self._inner: list[tuple[int, int]] = []
        self._thread = threading.get_ident()

    def around(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            if threading.get_ident() != self._thread:
                return function(*arguments, **named)
            started = (time.perf_counter_ns(), time.thread_time_ns())
            self._inner.append((0, 0))
            try:
                return function(*arguments, **named)
            finally:
                self._stop(label, started)

        return timed

    def _stop(self, label: str, started: tuple[int, int]) -> None:
        took = (time.perf_counter_ns() - started[0], time.thread_time_ns() - started[1])
        inner = self._inner.pop()
        self.clock[label] += took[0] - inner[0]
        self.processor[label] += took[1] - inner[1]
        if self._inner:
            around = self._inner[-1]
            self._inner[-1] = (around[0] + took[0], around[1] + took[1])

    def reset(self) -> None:
        self.clock.clear()
        self.processor.clear()


def profile(options: Options) -> str:
    """Tables for payments without and with names."""
    found = teams()
    for chunk in known_names(options.customers, options.batch_size):
        _call(found[NAMED].key, BATCH_PATH, orjson.dumps({"batch": chunk}))
    watch = Stopwatch()
    labels = [label for target, label in STAGES if _install(watch, target, label)]
    parts = []
    for name in (PLAIN, NAMED):
        stream = Payments(options.customers, with_names=name == NAMED, seed=f"profile {name}")
        bodies = [stream.body() for _ in range(WARM_UP_REQUESTS + options.profile_requests)]
        call = watch.around(REST, partial(_call, found[name].key, SINGLE_PATH))
        title = f"{name}: {options.profile_requests:,} requests one after the other"
        parts.append(f"{title}\n{_profile_team(watch, [REST, *labels], call, bodies)}")
    return "\n\n".join(parts)


def _install(watch: Stopwatch, target: str, label: str) -> bool:
    """Puts the stopwatch around a function or a method where it is looked up; False where there is none."""
    module_name, _, path = target.partition(":")
    owner: Any = import_module(module_name)
    *classes, name = path.split(".")
    for one in classes:
        owner = getattr(owner, one, None)
    function = getattr(owner, name, None)
    if function is None:
        return False
    setattr(owner, name, watch.around(label, function))
    return True


def _profile_team(stopwatch: Stopwatch, labels: Sequence[str], call: Call, bodies: Sequence[bytes]) -> str:
    """Calls with each body; the first ones warm up."""
    for body in bodies[:WARM_UP_REQUESTS]:
        call(body)
    stopwatch.reset()
    counted = bodies[WARM_UP_REQUESTS:]
    backend, count = [_backend()], len(counted)
    before = (time.perf_counter(), _own_seconds(), processor_time.used_seconds(backend))
    for body in counted:
        call(body)
    after = (time.perf_counter(), _own_seconds(), processor_time.used_seconds(backend))
    clock, web, database = [(end - start) / count * 1e6 for end, start in zip(after, before, strict=True)]
    each = count * 1_000
    rows = [(label, stopwatch.clock[label] / each, stopwatch.processor[label] / each) for label in labels]
    lines = [f"{'stage':<54}{'clock us':>10}{'processor us':>14}"]
    lines += [
        f"{label:<54}{own:>10.1f}{used:>14.1f}" for label, own, used in (*rows, ("together", clock, web))
    ]
    lines.append(f"{'PostgreSQL, the process of this connection':<54}{'':>10}{database:>14.1f}")
    return "\n".join(lines)


def _call(key: str, path: str, body: bytes) -> None:
    """One request through the web application, without a server."""
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "127.0.0.1",
        "HTTP_X_API_KEY": key,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }

    def start_response(status: str, headers: Any, problem: Any = None, /) -> Callable[[bytes], object]:
        statuses.append(status)
        return lambda _: None

    answer = application(environ, start_response)
    content = b"".join(answer)
    if statuses != ["200 OK"] or not orjson.loads(content)["ok"]:
        raise BenchFailed(f"a request failed with {statuses}: {content[:500].decode(errors='replace')}")


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _own_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
