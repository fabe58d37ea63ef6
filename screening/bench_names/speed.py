"""How long a search takes and how much memory searching takes, measured in processes of their own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from screening.bench_names.figures import percentiles

COLD_NAMES = 200
WARM_UP_NAMES = 1_000
MEMORY_NAMES = 1_000


def build(corpus: Path, directory: Path) -> dict[str, Any]:
    """Build in a process of its own; what it reported."""
    arguments = [sys.executable, "-m", "screening.bench_names.builder", str(corpus), str(directory)]
    made = subprocess.run(arguments, check=True, capture_output=True, text=True)
    report: dict[str, Any] = json.loads(made.stdout)
    return report


def one_process(directory: Path, work: Path, kinds: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Times of the first names after opening with nothing in memory, then warm, every name asked once."""
    _forget(directory)
    everything = [name for names in kinds.values() for name in names]
    cold, warm_up = everything[:COLD_NAMES], everything[COLD_NAMES : COLD_NAMES + WARM_UP_NAMES]
    begin = COLD_NAMES + WARM_UP_NAMES
    asked = {"cold": cold, "warm_up": warm_up, "warm": everything[begin:]}
    with _searcher(directory, _written(work, asked)) as process:
        found = _line(process)
    return {
        "open_ms": found["open_ms"],
        "cold": percentiles([processor for processor, _ in found["cold"]]),
        "cold_clock": percentiles([clock for _, clock in found["cold"]]),
        "warm": percentiles([processor for processor, _ in found["warm"]]),
    }


def two_processes(directory: Path, work: Path, names: Sequence[str]) -> float:
    """Names a second of two processes together, all warm."""
    half = len(names) // 2
    with ExitStack() as stack:
        parts = (names[:half], names[half:])
        files = [_written(work, {"names": list(part)}, str(number)) for number, part in enumerate(parts)]
        running = [stack.enter_context(_searcher(directory, file)) for file in files]
        seconds: list[float] = [_line(process)["seconds"] for process in running]
    return sum(len(part) / each for part, each in zip(parts, seconds, strict=True))


def swapped(directory: Path, work: Path, names: Sequence[str], *, seconds: float = 8.0) -> dict[str, Any]:
    """How long searches take while a process goes over to a generation of which nothing is in memory yet."""
    following = work / "following"
    shutil.copytree(directory, following)
    _forget(following)
    queries = _written(work, {"names": list(names)}, "swap")
    arguments = [sys.executable, "-m", "screening.bench_names.swapper", str(directory), str(following)]
    made = subprocess.run(
        [*arguments, str(queries), str(seconds)], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(made.stdout)
    return found


def four_processes(directory: Path, work: Path, names: Sequence[str]) -> list[dict[str, float]]:
    """Memory of each of one and of four processes that have searched and are all alive."""
    file = _written(work, {"names": list(names[:MEMORY_NAMES])}, "memory")
    results: list[dict[str, float]] = []
    for count in (1, 4):
        with ExitStack() as stack:
            running = [stack.enter_context(_searcher(directory, file)) for _ in range(count)]
            for process in running:
                _line(process)
            results.append(_averaged([_asked(process) for process in running]))
    return results


def _averaged(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: sum(each[name] for each in found) / len(found) for name in found[0]}


def _searcher(directory: Path, queries: Path) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-m", "screening.bench_names.searcher", str(directory), str(queries)]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _line(process: "subprocess.Popen[str]") -> dict[str, Any]:
    if process.stdout is None:
        raise RuntimeError("a searcher without output")
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def _asked(process: "subprocess.Popen[str]") -> dict[str, float]:
    if process.stdin is None:
        raise RuntimeError("a searcher without input")
    process.stdin.write("memory\n")
    process.stdin.flush()
    return _line(process)


def _written(work: Path, asked: Mapping[str, Sequence[str]], label: str = "queries") -> Path:
    path = work / f"{label}.json"
    path.write_text(json.dumps(asked))
    return path


def _forget(directory: Path) -> None:
    """Ask the system to drop the files from its memory; what it keeps, it keeps."""
    for path in directory.iterdir():
        handle = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)
