from collections.abc import Iterator

import pytest

from tests.cast import Bank, make_bank
from tests.webhooks.desk import Clock, Desk, receiver
from webhooks.delivery.courier import Courier
from webhooks.egress import Targets


@pytest.fixture(scope="session", autouse=True)
def lists(database_for_every_test: None) -> None:
    """Names can be screened."""
    from tests.evaluate.lists import load_demo_list

    load_demo_list()


@pytest.fixture
def acme(django_db_setup: None) -> Bank:
    return make_bank("Acme Bank", "us", "id")


@pytest.fixture
def desk(acme: Bank) -> Iterator[Desk]:
    """The bank's receiver, and a courier that may send on this machine and takes its time from the test's clock."""
    clock = Clock()
    courier = Courier(Targets(allows_http=True, allows_loopback=True), clock=clock)
    with receiver() as one:
        yield Desk(acme, one, courier, clock)
    courier.close()
