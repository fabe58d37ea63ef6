"""The measurement itself: every case in every round, floor and evaluate in turns under the same noise."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import orjson

from ratel.launcher.progress import say, step
from screening.bench import processor_time
from screening.bench.bank import NAMED, PLAIN, BenchTeam
from screening.bench.load import Shot, fire, prepared
from screening.bench.options import Options
from screening.bench.payments import (
    COUNTERPARTIES,
    Payments,
    account,
    counterparty_names,
    customer_names,
    reference,
)
from screening.bench.servers import Server

SINGLE_PATH: Final = "/api/transactions/evaluate"
BATCH_PATH: Final = "/api/transactions/evaluate/batch"
FLOOR_PATH: Final = "/floor"
WARM_UP_SECONDS: Final = 1.0
# Before anything was measured, more requests than any machine answers in that time.
FIRST_GUESS_PER_SECOND: Final = 2_500


@dataclass(frozen=True)
class Case:
    """One kind of request. `size` transactions travel in each."""

    name: str
    label: str
    path: str
    team: str
    size: int
    connections: int


@dataclass(frozen=True)
class Measured:
    """One case in one round; processor times in microseconds for one transaction."""

    shot: Shot
    size: int
    web_us: float
    database_us: float

    @property
    def processor_us(self) -> float:
        return self.web_us + self.database_us

    @property
    def transactions_per_second(self) -> float:
        return self.shot.per_second * self.size


Round = dict[str, Measured]


@dataclass
class Stand:
    """Both servers and what is sent to them. `sent` counts the payments of each team, to be found again at the end."""

    options: Options
    floor: Server
    evaluate: Server
    teams: dict[str, BenchTeam]
    streams: dict[str, Payments]
    sent: dict[str, int] = field(default_factory=dict)
    fastest: dict[str, float] = field(default_factory=dict)


def cases(options: Options) -> list[Case]:
    singles, batches, size = options.connections, options.batch_connections, options.batch_size
    known = [
        Case("floor", "floor: bare view, one INSERT", FLOOR_PATH, PLAIN, 1, singles),
        Case("single", "evaluate, no names", SINGLE_PATH, PLAIN, 1, singles),
        Case("named", "evaluate, two names", SINGLE_PATH, NAMED, 1, singles),
        Case("batch", f"batch of {size}, no names", BATCH_PATH, PLAIN, size, batches),
        Case("batch_named", f"batch of {size}, two names", BATCH_PATH, NAMED, size, batches),
    ]
    return [case for case in known if case.name in options.cases]


def make_stand(options: Options, floor: Server, evaluate: Server, teams: dict[str, BenchTeam]) -> Stand:
    with_names = bool({"named", "batch_named"} & set(options.cases))
    streams = {PLAIN: Payments(options.customers, with_names=False, seed="plain")}
    if with_names:
        streams[NAMED] = Payments(options.customers, with_names=True, seed="named")
    return Stand(options, floor, evaluate, teams, streams)


def measure(stand: Stand) -> list[Round]:
    wanted = cases(stand.options)
    if NAMED in stand.streams:
        with step("Both processes see every known name once"):
            _show_known_names(stand)
    for case in wanted:
        _shoot(stand, case, WARM_UP_SECONDS)
    rounds = []
    for number in range(stand.options.rounds):
        # Back and forth, so that what only grows (tables, caches) weighs on nobody alone.
        order = wanted if number % 2 == 0 else wanted[::-1]
        measured = {case.name: _shoot(stand, case, stand.options.seconds) for case in order}
        rounds.append(measured)
        shown = ", ".join(
            f"{case.name} {measured[case.name].transactions_per_second:,.0f}" for case in wanted
        )
        say(f"  round {number + 1} of {stand.options.rounds}, transactions a second: {shown}")
    return rounds


def _shoot(stand: Stand, case: Case, seconds: float) -> Measured:
    is_floor = case.name == "floor"
    server = stand.floor if is_floor else stand.evaluate
    requests = list(_requests(stand, case, seconds))
    connections = server.connect(case.connections)
    try:
        processes = [server.worker_pids(), processor_time.backends()]
        before = [processor_time.used_seconds(pids) for pids in processes]
        shot = fire(connections, requests, seconds)
        used = [
            processor_time.used_seconds(pids) - earlier
            for pids, earlier in zip(processes, before, strict=True)
        ]
    finally:
        for connection in connections:
            connection.close()
    if not is_floor:
        stand.sent[case.team] = stand.sent.get(case.team, 0) + shot.sent * case.size
    stand.fastest[case.name] = max(stand.fastest.get(case.name, 0), shot.per_second)
    web_us, database_us = [seconds_used / (shot.sent * case.size) * 1_000_000 for seconds_used in used]
    return Measured(shot, case.size, web_us, database_us)


def _requests(stand: Stand, case: Case, seconds: float) -> Iterator[bytes]:
    """Half as many again as the fastest round would have needed."""
    guess = FIRST_GUESS_PER_SECOND if case.size == 1 else FIRST_GUESS_PER_SECOND * 4 / case.size
    rate = stand.fastest.get(case.name, 0) * 1.5 or guess
    key, stream = stand.teams[case.team].key, stand.streams[case.team]
    for _ in range(int(rate * seconds) + case.connections):
        yield prepared(case.path, key, stream.body() if case.size == 1 else stream.batch(case.size))


def _show_known_names(stand: Stand) -> None:
    """What any day's traffic has done by noon: customers and their usual counterparties were screened before in this
    process. Dry runs, so nothing is stored."""
    requests = [
        prepared(BATCH_PATH, stand.teams[NAMED].key, orjson.dumps({"batch": chunk}))
        for chunk in known_names(stand.options.customers, stand.options.batch_size)
    ]

    def show(worker: int) -> None:
        with stand.evaluate.connection_of(worker) as connection:
            fire([connection], requests, 600)

    with ThreadPoolExecutor() as pool:
        list(pool.map(show, stand.evaluate.worker_pids()))


def known_names(customers: int, size: int) -> Iterator[list[dict[str, object]]]:
    names, others = customer_names(customers), counterparty_names()
    for start in range(0, max(customers, COUNTERPARTIES), size):
        yield [
            {
                "customerId": reference(number % customers),
                "direction": "debit",
                "amount": 1_000,
                "channel": "transfer",
                "country": "NG",
                "customerName": names[number % customers],
                "counterpartyName": others[number % COUNTERPARTIES],
                "counterpartyAccount": account(number % COUNTERPARTIES),
                "persist": False,
            }
            for number in range(start, start + size)
        ]
