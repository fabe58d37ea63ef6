"""`make bench-pages`: the time to the first byte of each main page, with a great many evaluations and alerts.

Asks the real server one page after another, as one person does, and prints median, 95th percentile and worst. Asserts
nothing about time: it is a measurement of this machine at this moment. A page that cannot be measured ends it with
an error. `--evaluations` and `--alerts` say how many.
"""

import argparse
import re
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import requests

from ratel.launcher.progress import say
from screening.demo.document import Document
from tests.desk.served import Served, already_running, demo_served
from tests.desk.shown import PAGES, Shown

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# The team that gets the volume.
PACK = "us"


class NotMeasured(Exception):
    """A page that is not there, or is another one than was asked for: its time would say nothing."""


@dataclass(frozen=True)
class Measured:
    name: str
    milliseconds: list[float]
    kilobytes: float

    def line(self) -> str:
        p95 = statistics.quantiles(self.milliseconds, n=20, method="inclusive")[-1]
        return (
            f"{self.name:<18} {statistics.median(self.milliseconds):>8.1f} {p95:>8.1f}"
            f" {max(self.milliseconds):>8.1f}  {self.kilobytes:>6.1f}"
        )


def main() -> int:
    options = _options()
    if options.running:
        _tell(already_running(options.running), options)
        return 0
    with demo_served() as served:
        counts = ("--evaluations", str(options.evaluations), "--alerts", str(options.alerts))
        served.manage("load_demo_volume", "--team", PACK, *counts)
        say(f"{options.evaluations:,} evaluations, {options.alerts:,} alerts")
        _tell(served, options)
    return 0


def _tell(served: Served, options: argparse.Namespace) -> None:
    say(f"{'page':<18} {'median':>8} {'p95':>8} {'worst':>8}  {'KB':>6}   milliseconds to the first byte")
    for measured in _measure(served, options.times):
        say(measured.line())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-pages")
    parser.add_argument("--evaluations", type=int, default=200_000)
    parser.add_argument("--alerts", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=40, help="how often each page is asked for")
    parser.add_argument("--running", type=Path, help="the state directory of an instance that runs already")
    return parser.parse_args()


def _measure(served: Served, times: int) -> Iterator[Measured]:
    people = {role: signed_in(served.base_url, served.document, role) for role in served.document.users}
    for page in PAGES:
        # Every page of the team that has the volume; a story of another team is any alert or customer there.
        path = re.sub(r"customer=story-[\w-]+&?", "", page.path).rstrip("?&")
        yield _page(served, people[page.role], replace(page, pack=PACK, path=path), times)


def signed_in(base_url: str, document: Document, role: str) -> requests.Session:
    person, login = requests.Session(), document.users[role]
    form = person.get(f"{base_url}/accounts/login/", timeout=60).text
    token = TOKEN.search(form)
    assert token, "the sign-in page has no form"
    fields = {"username": login.email, "password": login.password, "csrfmiddlewaretoken": token[1]}
    person.post(f"{base_url}/accounts/login/", fields, timeout=60, headers={"Referer": base_url})
    return person


def _page(served: Served, person: requests.Session, page: Shown, times: int) -> Measured:
    desk = f"{served.base_url}/t/{served.document.teams[page.pack].id}"
    address = f"{desk}/{page.path}"
    if page.link:
        address = desk + _linked(page, person.get(address, timeout=60))
    taken, size = [], 0
    for _ in range(times):
        answer = person.get(address, timeout=60, stream=True)
        taken.append(answer.elapsed.total_seconds() * 1_000)
        if answer.status_code != requests.codes.ok or answer.history:
            raise NotMeasured(f"{page.name}: {address} answers {answer.status_code} at {answer.url}")
        size = len(answer.content)
    return Measured(page.name, taken, size / 1_000)


def _linked(page: Shown, listed: requests.Response) -> str:
    """The first such link on the list."""
    found = re.search(page.link, listed.text)
    if found is None:
        raise NotMeasured(f"{page.name}: no link like {page.link} on {listed.url} ({listed.status_code})")
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
