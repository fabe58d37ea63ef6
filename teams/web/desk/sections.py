"""The menu of the desk as one table: what a section is called, where it begins, and which right shows it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Section:
    """`code` is also the name of its first page's address; `count` the code of a number that stands beside it."""

    code: str
    label: str
    needs: str
    count: str = ""


SECTIONS: Final = (
    Section("overview", "Overview", "read"),
    Section("alerts", "Alerts", "read", "alerts"),
    Section("cases", "Cases", "read", "cases"),
    Section("customers", "Customers", "read"),
    Section("reports", "Reports", "reports.read", "reports"),
    Section("rules", "Rules", "read"),
    Section("policy", "Policy", "read"),
    Section("watchlists", "Watchlists", "read"),
    Section("batches", "Batches", "read"),
    Section("webhooks", "Webhooks", "webhooks.read"),
    Section("audit", "Audit log", "audit.read"),
    Section("team", "Team", "team.read"),
)
