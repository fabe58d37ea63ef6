"""Identifiers sort by the time at which they were made, in one process also within a millisecond."""

import threading
import time

from ratel.identifiers import new_id, read, show


def test_what_is_made_later_sorts_later():
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_make_the_same():
    made: list[list[object]] = [[] for _ in range(4)]

    def work(mine: list[object]) -> None:
        mine.extend(new_id() for _ in range(5_000))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one for mine in made for one in mine}) == 20_000
    assert all(mine == sorted(mine) for mine in made)


def test_the_time_is_in_it():
    before = time.time_ns() // 1_000_000
    identifier = new_id()
    assert before <= identifier.int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_it_is_read_back_from_what_is_shown():
    identifier = new_id()
    assert read("alt", show("alt", identifier)) == identifier
