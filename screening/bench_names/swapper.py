"""One process that goes over to another generation while its threads search: how long anybody waits because of it.

`python -m screening.bench_names.swapper GENERATION NEXT QUERIES SECONDS`: two threads ask name after name; after some
seconds a third opens the next generation, asks it what was asked last, and puts it in the place of the other, as
`screening/watchlists/opened.py` does. One line of JSON says how long searches took before, meanwhile and after.
"""

import itertools
import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from screening.bench_names.figures import percentiles
from screening.names.entity import NameQuery
from screening.names.index import NameIndex

SEARCHING_THREADS: Final = 2
# A swap is felt, if at all, until the pages of the next generation are in memory.
SECONDS_MEANWHILE: Final = 3.0
ASKED_AGAIN: Final = 50


class Searching:
    """Threads that ask an index name after name, whichever it is at the moment."""

    def __init__(self, index: NameIndex, names: Sequence[str]) -> None:
        self.index = index
        self._names = itertools.cycle(names)
        self._next = threading.Lock()
        self.is_over = False
        self.asked: list[str] = []
        # When each search began and how long it took, both in seconds.
        self.taken: list[tuple[float, float]] = []

    def run(self) -> None:
        while not self.is_over:
            with self._next:
                name = next(self._names)
            started = time.perf_counter()
            self.index.search(NameQuery(name))
            self.taken.append((started, time.perf_counter() - started))
            self.asked.append(name)


def main(directory: Path, following: Path, queries: Path, seconds: float) -> None:
    names: list[str] = json.loads(queries.read_text())["names"]
    searching = Searching(NameIndex.open(directory), names)
    threads = [threading.Thread(target=searching.run) for _ in range(SEARCHING_THREADS)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    began = time.perf_counter()
    swap = threading.Thread(target=_swap, args=(searching, following))
    swap.start()
    swap.join()
    swapped = time.perf_counter() - began
    time.sleep(SECONDS_MEANWHILE + seconds)
    searching.is_over = True
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(_found(searching, began, swapped)) + "\n")


def _swap(searching: Searching, following: Path) -> None:
    index = NameIndex.open(following)
    for name in searching.asked[-ASKED_AGAIN:]:
        index.search(NameQuery(name))
    searching.index = index


def _found(searching: Searching, began: float, swapped: float) -> dict[str, Any]:
    until = began + swapped + SECONDS_MEANWHILE
    parts: dict[str, list[float]] = {"before": [], "meanwhile": [], "after": []}
    for started, seconds in searching.taken:
        part = "before" if started + seconds < began else "meanwhile" if started < until else "after"
        parts[part].append(1000 * seconds)
    return {"swap_ms": 1000 * swapped, **{name: _summary(times) for name, times in parts.items()}}


def _summary(times_ms: list[float]) -> dict[str, float]:
    return {**percentiles(times_ms), "count": len(times_ms)}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
