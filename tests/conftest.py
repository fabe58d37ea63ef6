"""What every test stands on: real PostgreSQL as the application's role, real Redis, a real server.

Tests commit for real, because the decision path does its own BEGIN and COMMIT; nothing is rolled back or
truncated. So each test makes an organisation of its own (`tests/cast.py`) and looks only at that.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from ratel.breakers import GUARDS
from ratel.embedded import process
from tests import database, independence, server

SERVER_LOG = "server.log"
FOLDERS_WITHOUT_DATABASE = {"docs", "embedded", "launcher", "rules", "names", "watchlists", "replay", "chaos"}


# The same examples in each run, however slow the machine: `make fuzz` looks for new ones.
settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def state_directory() -> Iterator[Path]:
    """This process's own folder for files that the application writes."""
    directory = Path(os.environ["RATEL_STATE_DIRECTORY"])
    (directory / "static").mkdir(parents=True, exist_ok=True)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker, state_directory: Path
) -> Iterator[None]:
    """A copy of the migrated template for this process; the settings already point to it."""
    from django.db import connections

    with database.test_database() as owner_url, django_db_blocker.unblock():
        yield
        connections.close_all()
        _check_emitted_events(owner_url)


def _check_emitted_events(owner_url: str) -> None:
    """Every event that any test of this process left behind follows the catalogue."""
    from tests.webhooks.emitted import problems_in

    with psycopg.connect(owner_url, autocommit=True) as connection:
        problems = problems_in(connection)
    assert problems == [], "events that do not follow webhooks/events:\n" + "\n".join(problems)


@pytest.fixture(scope="session", autouse=True)
def database_for_every_test(request: pytest.FixtureRequest) -> None:
    """There before the first test, unless all that was asked for are tests of parts that know no database."""
    if any(_folder(item) not in FOLDERS_WITHOUT_DATABASE for item in request.session.items):
        request.getfixturevalue("django_db_setup")
        # Models can be imported only where there is a database.
        from tests.evaluate.lists import load_demo_list

        if independence.ARE_ALONE:
            independence.turn_unordered_rows()

        # Whether names can be screened must not depend on what this process has run before.
        load_demo_list()


@pytest.fixture(scope="session")
def database_url(django_db_setup: None) -> str:
    """The test database as the application sees it."""
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def redis_url() -> str:
    """This process's own numbered Redis database."""
    return os.environ["REDIS_URL"]


@pytest.fixture(autouse=True)
def closed_breakers() -> None:
    """What an earlier test broke on purpose is whole again."""
    GUARDS.forget()


@pytest.fixture
def owner_connection(django_db_setup: None) -> Iterator[psycopg.Connection]:
    """The test database as its owner, who may look into catalogues; each statement commits by itself."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def live_server_process(django_db_setup: None, state_directory: Path) -> Iterator[str]:
    """The base URL of a real gunicorn on the test database; what it said is shown when a test fails."""
    with server.running(state_directory / SERVER_LOG) as base_url:
        yield base_url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if independence.ARE_ALONE:
        items[:] = independence.first_and_last_of_each(items)
    if independence.SEED:
        items[:] = independence.shuffled(items)


if independence.ARE_ALONE:

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        return independence.run_alone(item, nextitem)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    if report.failed and "live_server_process" in getattr(item, "fixturenames", ()):
        log = Path(os.environ["RATEL_STATE_DIRECTORY"]) / SERVER_LOG
        report.sections.append(("the server's last lines", process.tail(log, 60)))
    return report


def _folder(item: pytest.Item) -> str:
    """The folder below `tests/` that holds the test, or its file's name where it lies in `tests/` itself."""
    return item.path.relative_to(Path(__file__).parent).parts[0]
