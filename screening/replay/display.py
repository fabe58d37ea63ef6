"""Shows how far a replay is: a bar on a terminal, a line every few seconds elsewhere.

It looks at the counts from a thread of its own, and calls `each_second` for what has to be kept on the way.
"""

import threading
import time
from collections.abc import Callable
from typing import TextIO

from tqdm import tqdm

from screening.replay.report import Tally

LOOK_SECONDS = 0.5
LINE_SECONDS = 5.0


class Display:
    """Shown while inside of its `with`. `total` is what this run has to send."""

    def __init__(self, stream: TextIO, total: int, tally: Tally, each_second: Callable[[], None]) -> None:
        self._stream = stream
        self._total = total
        self._tally = tally
        self._each_second = each_second
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Display":
        self._thread.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._ended.set()
        self._thread.join()
        self._each_second()

    def _run(self) -> None:
        show = self._bar() if self._stream.isatty() else self._lines()
        kept = time.monotonic()
        while not self._ended.wait(LOOK_SECONDS):
            show()
            if time.monotonic() - kept >= 1:
                self._each_second()
                kept = time.monotonic()
        show()

    def _bar(self) -> Callable[[], None]:
        bar = tqdm(total=self._total, unit=" payments", file=self._stream, dynamic_ncols=True)

        def show() -> None:
            bar.n = self._tally.sent
            bar.set_postfix_str(self._tally.so_far())
            if self._ended.is_set():
                bar.close()

        return show

    def _lines(self) -> Callable[[], None]:
        shown = time.monotonic()

        def show() -> None:
            nonlocal shown
            if time.monotonic() - shown >= LINE_SECONDS or self._ended.is_set():
                shown = time.monotonic()
                self._stream.write(
                    f"{self._tally.sent:,} of {self._total:,} payments: {self._tally.so_far()}\n"
                )
                self._stream.flush()

        return show
