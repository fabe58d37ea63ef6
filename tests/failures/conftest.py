from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evaluate.lists import load_demo_list
from tests.failures.scene import Scene, scene


@pytest.fixture(scope="session", autouse=True)
def lists(database_for_every_test: None) -> None:
    """Names can be screened."""
    load_demo_list()


@pytest.fixture(scope="module")
def running(database_url: str, redis_url: str, state_directory: Path) -> Iterator[Scene]:
    with scene(database_url, redis_url, state_directory / "failures.log") as found:
        yield found


@pytest.fixture
def away(running: Scene) -> Iterator[Scene]:
    """The scene, put right again at the end."""
    yield running
    running.settle()
