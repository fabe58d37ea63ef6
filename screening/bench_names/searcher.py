"""One process that searches a generation, so that its time and memory are nobody else's.

`python -m screening.bench_names.searcher GENERATION QUERIES`: it opens, searches, prints what it took as one line of
JSON, then one line about its memory for each line that it is sent.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from screening.names.entity import NameQuery
from screening.names.index import NameIndex


def main(directory: Path, queries: Path) -> None:
    asked: dict[str, list[str]] = json.loads(queries.read_text())
    started = time.perf_counter()
    index = NameIndex.open(directory)
    opened = time.perf_counter() - started
    found: dict[str, Any] = {"open_ms": 1000 * opened}
    started = time.perf_counter()
    for part, names in asked.items():
        found[part] = [_search(index, name) for name in names]
    found["seconds"] = time.perf_counter() - started
    _say(found)
    for _ in sys.stdin:
        _say(memory(directory))


def _search(index: NameIndex, name: str) -> tuple[float, float]:
    """Milliseconds of this thread's processor and of the clock."""
    clock, processor = time.perf_counter_ns(), time.thread_time_ns()
    index.search(NameQuery(name))
    return (time.thread_time_ns() - processor) / 1e6, (time.perf_counter_ns() - clock) / 1e6


def memory(directory: Path) -> dict[str, float]:
    """Megabytes of this process: all, its share of what is shared, its own, and what it maps of the index."""
    whole = _sums(Path("/proc/self/smaps_rollup").read_text().splitlines())
    mapped: list[str] = []
    is_index = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if not line.split(":", 1)[0].isalpha() and "-" in line.split(" ", 1)[0]:
            is_index = str(directory) in line
        elif is_index:
            mapped.append(line)
    return {
        "resident_mb": whole["Rss"],
        "proportional_mb": whole["Pss"],
        "private_mb": whole["Private_Clean"] + whole["Private_Dirty"],
        "index_resident_mb": _sums(mapped).get("Rss", 0.0),
        "index_proportional_mb": _sums(mapped).get("Pss", 0.0),
    }


def _sums(lines: list[str]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if value.endswith("kB"):
            sums[name] = sums.get(name, 0.0) + int(value.split()[0]) / 1024
    return sums


def _say(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
