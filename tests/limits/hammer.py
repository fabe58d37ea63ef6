"""One of many processes that call as fast as they can: `python -m tests.limits.hammer URL NAME RATE BURST SECONDS`.

It begins when a line comes in, and prints what each call came to: the microsecond on Redis' clock, and 1 or 0.
"""

import sys
import time

from teams.limits.bucket import Bucket
from teams.limits.shared import SharedBuckets


def main(url: str, name: str, rate: int, burst: int, seconds: float) -> None:
    shared, bucket = SharedBuckets(url, timeout_seconds=10), Bucket("key", name, rate, burst)
    shared.take([Bucket("key", f"{name}:warm", rate, burst)])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    taken, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        taken.append(shared.take([bucket]))
    sys.stdout.write("".join(f"{one.at_us} {int(one.is_admitted)}\n" for one in taken))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
