"""A bank, the running server, a proxy before it that can drop answers, and either client."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from ratel_client import Retries

from tests.batch_jobs.items import finish_everything
from tests.cast import Bank, make_bank
from tests.client.awaited import awaited, threaded
from tests.client.dropping import Dropping, dropping
from tests.evaluate.lists import load_demo_list

QUICK = Retries(attempts=6, first_wait_seconds=0.01, longest_wait_seconds=0.05)
Opener = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def bank(database_for_every_test: None) -> Bank:
    load_demo_list()
    finish_everything()
    return make_bank("Client Bank", "ng")


@pytest.fixture
def key(bank: Bank) -> str:
    (caller,) = bank.callers.values()
    return caller.key or ""


@pytest.fixture
def between(live_server_process: str) -> Iterator[Dropping]:
    with dropping(live_server_process) as server:
        yield server


@pytest.fixture(params=[threaded, awaited], ids=["threads", "tasks"])
def opener(request: pytest.FixtureRequest) -> Opener:
    """Either client: `with opener(address, key, ...) as client`."""
    return request.param


@pytest.fixture
def client(opener: Opener, between: Dropping, key: str) -> Iterator[Any]:
    with opener(between.address, key, retries=QUICK) as client:
        yield client


@pytest.fixture
def finishing(bank: Bank) -> Iterator[None]:
    """Somebody works on batches while the test goes on, as the server's workers do."""
    from django.db import connections

    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            finish_everything()
            over.wait(0.05)
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    over.set()
    worker.join()
