"""One run: a stage, clients, a receiver, a killer, and the checker over what all of them saw."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from ratel.embedded import process
from ratel.launcher.serve import RESTARTED
from tests.chaos import stage, tables
from tests.chaos.checker import Verdict, check
from tests.chaos.clients import Clients
from tests.chaos.killer import Killer
from tests.chaos.processes import find
from tests.chaos.receiver import Receiver, receiving
from tests.chaos.stage import Running

# What a bank may notice of a crash on a machine that does nothing else.
LONGEST_RECOVERY_SECONDS: Final = 5.0
DRAIN_TIMEOUT_SECONDS: Final = 180.0
ROLL_TIMEOUT_SECONDS: Final = 120.0
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How much is done: so many kills, then rolling restarts, at least so many external ids, all following the seed."""

    seed: int
    kills: int
    external_ids: int
    rolls: int = 0
    per_second: float = 60.0
    with_webhooks: bool = True
    longest_recovery_seconds: float = LONGEST_RECOVERY_SECONDS
    # The database acknowledges what it has not written yet: a run that must find something.
    is_forgetful: bool = False


@dataclass(frozen=True)
class Result:
    """What a run found and counted."""

    options: Options
    verdict: Verdict
    kills: dict[str, int]
    stops: dict[str, int]
    slowest_recoveries: list[tuple[str, float]]
    longest_silence_seconds: float
    longest_without_delivery_seconds: float
    failures: dict[str, int]
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept: nothing lost, doubled or contradicted, and never away for long."""
        if self.options.kills == 0 and self.failures:
            # Nobody was killed: then nobody may notice anything.
            return False
        slowest = max([seconds for _, seconds in self.slowest_recoveries], default=0.0)
        longest = max(slowest, self.longest_silence_seconds)
        return self.verdict.is_clean and longest <= self.options.longest_recovery_seconds

    def as_document(self) -> dict[str, Any]:
        return {
            "seed": self.options.seed,
            "clean": self.is_clean,
            "seconds": round(self.seconds, 1),
            "rollingRestarts": self.options.rolls,
            "kills": {"all": sum(self.kills.values()), **self.kills},
            "stops": {"all": sum(self.stops.values()), **self.stops},
            "slowestRecoveriesSeconds": [
                (kind, round(seconds, 2)) for kind, seconds in self.slowest_recoveries
            ],
            "longestSecondsWithoutAnyAnswer": round(self.longest_silence_seconds, 2),
            "longestSecondsWithoutAnyDelivery": round(self.longest_without_delivery_seconds, 2),
            "failuresSeenByClients": self.failures,
            "counts": self.verdict.counts,
            "faults": {
                kind: {"count": len(found), "some": found[:10]} for kind, found in self.verdict.faults.items()
            },
        }


def run(options: Options, parent: Path, tell: Tell) -> Result:
    """Raises AssertionError where the stage cannot even begin."""
    started = time.monotonic()
    with (
        receiving(options.seed) as receiver,
        stage.running(parent, CHAOS_RECEIVER_URL=receiver.url if options.with_webhooks else "") as running,
    ):
        receiver.secret = running.bank["secret"]
        tell(f"serving after {time.monotonic() - started:.1f} s; seed {options.seed}")
        if options.is_forgetful:
            _make_forgetful(running)
        clients = Clients(
            running.base_url, running.bank["key"], seed=options.seed, per_second=options.per_second
        )
        killer = Killer(running.child.pid, options.seed, clients.is_served)
        receiver.listen()
        with clients.sending():
            killer.kill(options.kills, tell)
            _roll(running, options.rolls, tell)
            while clients.numbers < options.external_ids:
                time.sleep(0.1)
        silent_receiver_seconds = receiver.silence()
        tell(f"{clients.numbers} external ids answered; waiting for the last deliveries")
        if options.with_webhooks:
            _drain(running, receiver)
        stored = tables.read(running.superuser_url, running.bank["organisation_id"], running.bank["team_id"])
        verdict = check(clients.told(), stored, receiver.seen() if options.with_webhooks else None)
        tell(f"after {time.monotonic() - started:.0f} s")
        if not verdict.is_clean:
            tell(running.log_tails())
            tell(tables.deliveries(running.superuser_url))
    slowest = sorted(killer.recoveries, key=lambda recovery: -recovery.seconds)[:5]
    return Result(
        options,
        verdict,
        dict(killer.kills),
        dict(killer.stops),
        [(recovery.kind, recovery.seconds) for recovery in slowest],
        clients.longest_silence_seconds,
        silent_receiver_seconds,
        dict(clients.failures),
        time.monotonic() - started,
    )


def _make_forgetful(running: Running) -> None:
    with psycopg.connect(running.superuser_url, autocommit=True) as database:
        database.execute("ALTER ROLE ratel_app SET synchronous_commit = off")
        # Sessions that are open already would go on as they began.
        database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ratel_app'")


def _roll(running: Running, rolls: int, tell: Tell) -> None:
    """Restarts web server, worker and poller in turn, each time after the time before has ended."""
    log = running.state / "log" / "stage.log"
    for roll in range(1, rolls + 1):
        started, before = time.monotonic(), set(find(running.child.pid).everything())
        running.restart_in_turn()
        while log.read_text().count(RESTARTED) < roll:
            assert time.monotonic() - started < ROLL_TIMEOUT_SECONDS, process.tail(log)
            time.sleep(0.05)
        after = set(find(running.child.pid).everything())
        assert not before & after, f"processes that were not restarted: {before & after}"
        tell(f"{roll} of {rolls} rolling restarts, {time.monotonic() - started:.1f} s")


def _drain(running: Running, receiver: Receiver) -> None:
    """Until the receiver has accepted as many events as there are, or the time is over; the checker judges."""
    deadline = time.monotonic() + DRAIN_TIMEOUT_SECONDS
    while time.monotonic() < deadline and receiver.accepted() < _events(running):
        time.sleep(0.2)
    # A delivery that is made twice should be seen twice.
    time.sleep(1)


def _events(running: Running) -> int:
    with psycopg.connect(running.superuser_url) as database:
        found = database.execute(
            "SELECT count(*) FROM webhooks_outboxevent WHERE organisation_id = %s",
            [running.bank["organisation_id"]],
        ).fetchone()
    return found[0] if found else 0


def as_text(result: Result) -> str:
    return json.dumps(result.as_document(), indent=2)
