"""Everything that is killed, under the launcher's own supervision: `python -m tests.chaos.stage`.

It runs as a process of its own, as `make run` does, so that the one who kills is not the one who starts again. It
writes a document when all of it serves, and ends when asked to, or when whoever started it is gone.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ratel.embedded import postgres, process
from ratel.launcher import keys, scratch, serve, services
from ratel.launcher.keeping import Kept
from ratel.launcher.services import PROJECT, State
from ratel.launcher.stopping import Stopping, StopRequested
from ratel.launcher.supervisor import Supervisor

START_TIMEOUT_SECONDS = 120.0
STOP_TIMEOUT_SECONDS = 40.0
READY = "stage.json"
BANK = "bank.json"
# Services, settings and secrets of whoever runs the tests stay theirs: the stage has its own.
NOT_INHERITED = (*services.WRITTEN_NAMES, "PYTEST_PLUGINS", "BEFORE_TESTS_DATABASE_URL")


@dataclass(frozen=True)
class Running:
    """A stage that serves: its launcher, its address, the bank on it, and where it keeps its state."""

    child: subprocess.Popen[bytes]
    state: Path
    base_url: str
    superuser_url: str
    redis_url: str
    bank: Mapping[str, Any]

    def restart_in_turn(self) -> None:
        """Asks the launcher to restart web server and worker, as after an upgrade."""
        self.child.send_signal(signal.SIGUSR1)

    def log_tails(self) -> str:
        logs = sorted((self.state / "log").glob("*.log"))
        return "\n".join(f"== {log.name}\n{process.tail(log, 12)}" for log in logs)


@contextmanager
def running(parent: Path, **variables: str) -> Iterator[Running]:
    """A stage in a state directory of its own under `parent`; all of it has ended when the `with` ends."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    with scratch.state(parent) as state:
        environment = {**inherited, **variables, "RATEL_STATE_DIRECTORY": str(state.directory)}
        with (state.logs / "stage.log").open("ab") as log:
            child = process.start(
                [sys.executable, "-m", "tests.chaos.stage"],
                log=log,
                environment=environment,
                directory=PROJECT,
            )
        try:
            yield Running(child=child, state=state.directory, **_wait_until_it_serves(child, state))
        finally:
            process.stop(child, [(signal.SIGTERM, STOP_TIMEOUT_SECONDS)])


def _wait_until_it_serves(child: subprocess.Popen[bytes], state: State) -> dict[str, Any]:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    ready = state.directory / READY
    while not ready.exists():
        if child.poll() is not None or time.monotonic() > deadline:
            logs = "\n".join(process.tail(log, 25) for log in sorted(state.logs.glob("*.log")))
            raise AssertionError(f"the stage does not come to serve:\n{logs}")
        time.sleep(process.POLL_SECONDS)
    return dict(json.loads(ready.read_text()))


def main() -> None:
    state, stopping, kept = services.state_directory(), Stopping(), list[Kept]()
    stopping.listen()
    try:
        with (
            serve.hold_port(0) as held,
            services.owned(state, kind="demo", kept=kept) as environment,
            ExitStack() as stack,
        ):
            supervisor = Supervisor(environment)
            stack.callback(supervisor.stop)
            _prepare(environment, state, stopping)
            programs = serve.start_programs(supervisor, state, held, stopping)
            _tell(state, held.getsockname()[1], kept, environment)
            serve.keep_alive(supervisor, kept, programs, stopping)
    except StopRequested:
        pass


def _prepare(environment: Mapping[str, str], state: State, stopping: Stopping) -> None:
    owner = {**environment, "RATEL_DATABASE_ROLE": "owner"}
    serve.finish([*serve.MANAGE, "migrate", "--noinput"], owner, stopping, log=state.logs / "migrate.log")
    maker = [sys.executable, "-m", "tests.chaos.bank", str(state.directory / BANK)]
    serve.finish(maker, environment, stopping, log=state.logs / "bank.log")


def _tell(state: State, port: int, kept: list[Kept], environment: Mapping[str, str]) -> None:
    database = next(one.running for one in kept if isinstance(one.running, postgres.Postgres))
    document = {
        "base_url": f"http://{serve.HOST}:{port}",
        "superuser_url": postgres.url(postgres.SUPERUSER, postgres.DATABASE, database.socket_directory),
        "redis_url": environment["REDIS_URL"],
        "bank": json.loads((state.directory / BANK).read_text()),
    }
    keys.write_private(state.directory / READY, json.dumps(document))


if __name__ == "__main__":
    main()
