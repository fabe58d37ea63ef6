"""Roles of people and scopes of keys, as one table that both code and tests read."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    ADMIN = "admin"
    OFFICER = "officer"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    DEVELOPER = "developer"


SCOPES: Final = (
    "evaluate",
    # With it, transactions may be queued (`Prefer: respond-async`); without, the wish is not heard.
    "evaluate.async",
    "screen.run",
    "read",
    "write",
    "policy.write",
    "case.write",
    "reports.read",
    "reports.write",
    "webhooks",
    "admin",
)

# Whose programs may have payments decided with a token: everybody but auditors, who change nothing.
TOKEN_ROLES: Final = frozenset(Role) - {Role.AUDITOR}

# What each role may do through the API with a session; `approve` is no scope of keys: a key gets it with `write`.
ROLE_SCOPES: Final[dict[Role, frozenset[str]]] = {
    Role.ADMIN: frozenset({"read", "webhooks", "admin"}),
    Role.OFFICER: frozenset(
        {
            "evaluate",
            "screen.run",
            "read",
            "write",
            "approve",
            "policy.write",
            "case.write",
            "reports.read",
            "reports.write",
        }
    ),
    Role.ANALYST: frozenset(
        {"evaluate", "screen.run", "read", "write", "policy.write", "case.write", "reports.read"}
    ),
    Role.AUDITOR: frozenset({"read", "reports.read"}),
    Role.DEVELOPER: frozenset({"webhooks"}),
}
