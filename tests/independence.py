"""Two other ways to run the suite, which find tests that count on luck: they fail one day in a hundred, here at once.

`make alone`: each test without its neighbours, and every answer that nobody ordered backwards. Which process of the
suite runs which test is decided by luck, and so is the order of rows that was not asked for.
`make shuffled`: everything in another order, which is drawn from SEED.
"""

import os
import random
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

import pytest
from _pytest.nodes import Node
from _pytest.runner import runtestprotocol

ARE_ALONE: Final = os.environ.get("RATEL_TESTS") == "alone"
SEED: Final = os.environ.get("RATEL_TESTS_SEED", "")


class _Elsewhere:
    """A test that shares no file with the one before it, so that what belongs to the file is made anew for it."""

    def __init__(self, following: pytest.Item) -> None:
        self.following = following

    def listchain(self) -> list[Node]:
        nodes = self.following.listchain()
        files = [position for position, node in enumerate(nodes) if isinstance(node, pytest.Module)]
        return nodes[: files[0]]


def run_alone(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Runs the test and ends what its file shares; the session's servers and databases stay."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    elsewhere: Any = _Elsewhere(following) if following else None
    runtestprotocol(item, nextitem=elsewhere)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def first_and_last_of_each(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Of a test with many cases two: what its file shares would be made thousands of times."""
    cases: dict[tuple[Any, ...], list[pytest.Item]] = {}
    for item in items:
        cases.setdefault((item.path, item.parent, getattr(item, "originalname", item.name)), []).append(item)
    return [one for found in cases.values() for one in dict.fromkeys((found[0], found[-1]))]


def shuffled(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The files in another order, and the tests of each; a file stays together, for what it shares is made once."""
    dice = random.Random(SEED)
    files: dict[Any, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    together = list(files.values())
    dice.shuffle(together)
    for tests in together:
        dice.shuffle(tests)
    return list(chain.from_iterable(together))


def turn_unordered_rows() -> None:
    """Every query of Django's in this process that asks for no order is answered last row first."""
    from django.db.models.sql.compiler import SQLCompiler
    from django.db.models.sql.constants import MULTI

    plain = SQLCompiler.results_iter

    def results_iter(self: SQLCompiler, results: Any = None, *rest: Any, **named: Any) -> Iterator[Any]:
        if results is None:
            results = self.execute_sql(MULTI)
        if not _is_ordered(self.query):
            results = [list(chain.from_iterable(results))[::-1]]
        return plain(self, results, *rest, **named)

    SQLCompiler.results_iter = results_iter


def _is_ordered(query: Any) -> bool:
    by_itself = query.default_ordering and query.model and query.get_meta().ordering
    return bool(query.extra_order_by or query.order_by or by_itself)
