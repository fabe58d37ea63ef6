"""One bank for the tests of the dialects; every test takes customers of its own."""

import itertools

import pytest

from tests.cast import Bank, make_bank
from tests.evaluate.lists import load_demo_list

_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def lists(database_for_every_test: None) -> None:
    """Names can be screened."""
    load_demo_list()


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Dialect Bank")


@pytest.fixture
def number() -> str:
    """Digits that no other test has."""
    return f"{next(_numbers):06d}"
