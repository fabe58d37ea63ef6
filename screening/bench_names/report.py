"""The measurement in words, next to what is asked of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from screening.bench_names.edits import EDITS

BARS = {"p50": 4.0, "p95": 9.0, "p99": 15.0}
MB_A_MILLION = 80.0
BUILD_SECONDS = 180.0
INNOCENTS = 0.01
LONGEST_SWAP_MS = 200.0


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield from _building(found["build"])
    yield from _speed(found)
    yield from _swap(found["swap"])
    yield from _memory(found["memory"])
    yield from _quality(found["quality"])
    yield from _hostile(found["hostile"])
    if found["rivals"]:
        yield from _rivals(found["rivals"])


def _verdict(reached: bool) -> str:
    return "reached" if reached else "NOT REACHED"


def _building(build: Mapping[str, Any]) -> Iterator[str]:
    million = build["names"] / 1e6
    size = build["index_bytes"] / 1e6 / million
    yield f"Built {build['entities']:,} entities, {build['names']:,} names, {build['tokens']:,} words"
    seconds = build["duration_seconds"]
    yield f"  {seconds:.0f} s, peak memory {build['peak_mb']:,.0f} MB; asked: 180 s: {_verdict(seconds < BUILD_SECONDS)}"
    yield (
        f"  index {build['index_bytes'] / 1e6:.0f} MB = {size:.1f} MB a million names, evidence"
        f" {(build['size_bytes'] - build['index_bytes']) / 1e6:.0f} MB; asked: 80: {_verdict(size <= MB_A_MILLION)}"
    )


def _speed(found: Mapping[str, Any]) -> Iterator[str]:
    for label, each in found["speed"].items():
        yield f"Searching {label}: opened in {each['open_ms']:.1f} ms"
        for part in ("warm", "cold", "cold_clock"):
            values = " / ".join(f"{each[part][name]:.2f}" for name in ("p50", "p95", "p99", "max"))
            yield f"  {part.replace('_', ', by the ')}: {values} ms (median / p95 / p99 / longest)"
    warm = found["speed"]["everything"]["warm"]
    reached = all(warm[name] <= bar for name, bar in BARS.items())
    yield f"  asked at full size, warm: 4 / 9 / 15 ms: {_verdict(reached)}"
    yield f"Two processes: {found['names_a_second']:,.0f} names a second"


def _swap(swap: Mapping[str, Any]) -> Iterator[str]:
    took = f"{swap['swap_ms']:.0f} ms"
    yield f"Another generation, nothing of it in memory, two threads searching: opened and warm in {took}"
    for part in ("before", "meanwhile", "after"):
        values = " / ".join(f"{swap[part][name]:.1f}" for name in ("p50", "p95", "p99", "max"))
        yield f"  {part}: {values} ms by the clock (median / p95 / p99 / longest) of {swap[part]['count']:,} searches"
    longer = swap["meanwhile"]["max"] - swap["before"]["max"]
    reached = swap["meanwhile"]["max"] <= LONGEST_SWAP_MS
    yield f"  the longest is {longer:+.1f} ms against before; asked: none over 200 ms: {_verdict(reached)}"


def _memory(memory: Sequence[Mapping[str, float]]) -> Iterator[str]:
    for count, each in zip((1, 4), memory, strict=True):
        yield (
            f"Memory of {'one process' if count == 1 else 'each of four'}: {each['resident_mb']:.0f} MB resident,"
            f" {each['proportional_mb']:.0f} MB its share, {each['private_mb']:.0f} MB its own;"
            f" of the index {each['index_resident_mb']:.0f} MB, its share {each['index_proportional_mb']:.0f} MB"
        )


def _quality(quality: Mapping[str, Any]) -> Iterator[str]:
    for label, each in quality.items():
        verdict = _verdict(each["alerts"][85.0] <= INNOCENTS)
        yield f"Innocent names that alert, {label}: {_shares(each['alerts'])}; asked at 85: 1%: {verdict}"
        yield f"  names drawn from all countries: {_shares(each['world'])}"
    labels = list(quality)
    yield f"  {'found at 85':26}" + "".join(f"{label:>18}" for label in labels) + "   asked"
    for edit, (_, bar) in EDITS.items():
        values = [quality[label]["recall"][edit] for label in labels]
        row = "".join(f"{value:18.3f}" for value in values)
        yield f"  {edit:26}{row}   {bar:.2f} {_verdict(min(values) >= bar)}"


def _shares(alerts: Mapping[float, float]) -> str:
    return ", ".join(f"{score:.0f}: {100 * part:.2f}%" for score, part in alerts.items())


def _hostile(hostile: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Hostile names at full size: longest {hostile['longest_ms']:.1f} ms ({hostile['slowest']}),"
        f" most matches {hostile['most_matches']}"
    )


def _rivals(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield "Side by side on the same lists and names: innocents that alert, edited names found"
    yield f"  {'':44}{'alerts':>8}" + "".join(f"{edit[:13]:>15}" for edit in EDITS)
    for row in rows:
        found = "".join(f"{row['found'][edit]:15.3f}" for edit in EDITS)
        yield f"  {row['scorer'] + ' from ' + format(row['from'], '.2f'):44}{100 * row['alerts']:7.2f}%{found}"
