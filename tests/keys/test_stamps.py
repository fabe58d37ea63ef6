"""What a process keeps of the configuration is dropped when it must be, whatever is being read at that moment."""

import threading
from uuid import UUID

import pytest

from teams import configuration
from teams.configuration import Stamps

SCOPE = UUID(int=1)


def test_stamps_are_read_once_while_they_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    monkeypatch.setattr(configuration, "STAMP_AGE_SECONDS", 3_600)
    monkeypatch.setattr(configuration, "read_rows", lambda _: reads.append(1) or [(SCOPE, len(reads))])
    stamps = Stamps()
    assert [stamps.current()[SCOPE] for _ in range(3)] == [1, 1, 1]
    stamps.forget()
    assert stamps.current()[SCOPE] == 2


def test_a_read_in_flight_does_not_undo_forgetting(monkeypatch: pytest.MonkeyPatch) -> None:
    """It began before the change, so what it brings is old."""
    value, reading, may_end = [1], threading.Event(), threading.Event()

    def slow(_: str) -> list[tuple[UUID, int]]:
        rows = [(SCOPE, value[0])]
        reading.set()
        assert may_end.wait(10)
        return rows

    monkeypatch.setattr(configuration, "read_rows", slow)
    stamps = Stamps()
    reader = threading.Thread(target=stamps.current)
    reader.start()
    assert reading.wait(10)
    value[0] = 2
    stamps.forget()
    may_end.set()
    reader.join()
    assert stamps.current()[SCOPE] == 2
