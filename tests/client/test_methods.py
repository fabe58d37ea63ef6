"""Both clients have the same methods, taking the same and giving the same."""

import inspect
import re
from typing import Any

import pytest
from ratel_client import AsyncBatch, AsyncRatelClient, Batch, RatelClient


def methods_of(kind: type) -> dict[str, str]:
    """The public methods with their signatures, without the words that tell the two kinds apart."""
    return {
        name: re.sub(r"ratel_client\.\w+\.|Async", "", str(inspect.signature(member)))
        for name, member in vars(kind).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }


@pytest.mark.parametrize(("threads", "tasks"), [(RatelClient, AsyncRatelClient), (Batch, AsyncBatch)])
def test_what_one_client_can_the_other_can_too(threads: type, tasks: type) -> None:
    assert methods_of(threads) == methods_of(tasks)


def test_both_are_made_with_the_same_options() -> None:
    assert list(inspect.signature(RatelClient).parameters) == list(
        inspect.signature(AsyncRatelClient).parameters
    )


@pytest.mark.parametrize("kind", [AsyncRatelClient, AsyncBatch])
def test_every_method_of_the_client_for_tasks_is_awaited(kind: Any) -> None:
    assert [name for name in methods_of(kind) if not inspect.iscoroutinefunction(getattr(kind, name))] == []


@pytest.mark.parametrize("kind", [RatelClient, AsyncRatelClient, Batch, AsyncBatch])
def test_every_method_says_what_it_does(kind: Any) -> None:
    assert [name for name in methods_of(kind) if not inspect.getdoc(getattr(kind, name))] == []
