"""The main pages of the desk as one table: what screenshots show, what the measurement asks for.

Where a page is about one thing, its address is found as a person finds it: by the first link of that kind on a list.
"""

from dataclasses import dataclass
from typing import Final

ALERT: Final = r"/alerts/(alt_\w+)"
CASE: Final = r"/cases/(cas_\w+)"
CUSTOMER: Final = r"/customers/(cus_\w+)"
REPORT: Final = r"/reports/(rep?_\w+)"
RULE: Final = r"/rules/(rul_\w+)"


@dataclass(frozen=True)
class Shown:
    """`path` lies under the team's desk. With `link`, the page is the first such link on the list at `path`.

    `pictured` are the themes that pictures are kept of; all pages are measured.
    """

    name: str
    role: str
    pack: str
    path: str
    link: str = ""
    pictured: tuple[str, ...] = ("light", "dark")


PAGES: Final = (
    Shown("overview", "analyst", "ng", "?window=30d"),
    Shown("alert-queue", "analyst", "ng", "alerts"),
    Shown("alert-structuring", "analyst", "ng", "alerts?customer=story-structuring&sort=score", ALERT),
    Shown(
        "alert-near-match", "analyst", "us", "alerts?customer=story-near-match&sort=newest", ALERT, ("light",)
    ),
    Shown("alert-ring", "analyst", "id", "alerts?customer=story-ring-4", ALERT, ("light",)),
    Shown("cases", "officer", "ng", "cases", pictured=()),
    Shown("case", "officer", "ng", "cases?customer=story-structuring", CASE),
    Shown("customer", "analyst", "ng", "customers?customer=story-structuring", CUSTOMER),
    Shown("reports", "officer", "ng", "reports"),
    Shown("report", "officer", "ng", "reports", REPORT),
    Shown("rules", "officer", "ng", "rules"),
    Shown("rule", "officer", "us", "rules", RULE, ()),
    Shown("policy", "officer", "us", "policy"),
    Shown("watchlists", "analyst", "ng", "watchlists"),
    Shown("name-search", "analyst", "us", "watchlists/search"),
    Shown("audit", "auditor", "ng", "audit"),
    Shown("webhooks", "auditor", "ng", "webhooks"),
    Shown("team", "admin", "ng", "team", pictured=()),
)
