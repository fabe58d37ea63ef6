"""The one way to start Ratel with everything it needs: `python -m ratel.launch run | test | exec | bench`.

It starts the embedded services (or uses those that DATABASE_URL and REDIS_URL name), runs what was asked and
stops everything it started. It must never stop, kill or change anything that it did not start.
"""

import argparse
import sys
from collections.abc import Sequence

from ratel.embedded.process import ServiceError
from ratel.launcher import command, scratch, serve, services
from ratel.launcher.lock import LockTakenError
from ratel.launcher.progress import complain

DEFAULT_PORT = 8000
TEST_PROCESSES = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; the exit code is the command's, or 1 when the launcher fails."""
    wanted = _parser().parse_args(arguments)
    try:
        return int(wanted.action(wanted))
    except LockTakenError as taken:
        complain(f"Another Ratel (process {taken.holder}) already runs on this state directory.")
    except ServiceError as problem:
        complain(str(problem))
    return 1


def run(wanted: argparse.Namespace) -> int:
    """`run --port PORT`: services, migrations, demo bank, web server and worker, until Ctrl-C."""
    return serve.run(wanted.port)


def test(wanted: argparse.Namespace) -> int:
    """`test -- [pytest arguments]`: the suite on services of its own, whose state is gone afterwards."""
    chosen = any(argument.startswith(("-n", "--numprocesses")) for argument in wanted.arguments)
    processes = [] if chosen else ["-n", str(TEST_PROCESSES)]
    pytest = [sys.executable, "-m", "pytest", *processes, *wanted.arguments]
    parent = services.state_directory().directory / "test"
    with scratch.state(parent) as state, services.owned(state, kind="test") as environment:
        return command.run(pytest, {**environment, "RATEL_ENVIRONMENT": "test"})


def execute(wanted: argparse.Namespace) -> int:
    """`exec -- COMMAND`: the services up, the environment set, and that command in the foreground."""
    with services.owned_or_borrowed(services.state_directory(), kind="demo") as environment:
        return command.run(wanted.arguments, environment)


def bench(wanted: argparse.Namespace) -> int:
    """`bench -- [arguments]`: the measurements of `screening.bench`."""
    with services.owned_or_borrowed(services.state_directory(), kind="demo") as environment:
        return command.run([sys.executable, "-m", "screening.bench", *wanted.arguments], environment)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ratel.launch", description=__doc__)
    actions = parser.add_subparsers(required=True)
    _action(actions, "run").add_argument("--port", type=_port, default=DEFAULT_PORT)
    _action(actions, "test").add_argument("arguments", nargs="*")
    _action(actions, "exec").add_argument("arguments", nargs="+")
    _action(actions, "bench").add_argument("arguments", nargs="*")
    return parser


ACTIONS = {"run": run, "test": test, "exec": execute, "bench": bench}


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=ACTIONS[name].__doc__)
    parser.set_defaults(action=ACTIONS[name])
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return port


if __name__ == "__main__":
    sys.exit(main())
