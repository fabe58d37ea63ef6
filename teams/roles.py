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

# Rights of people only, never of keys. `approve`: rules, policy, resolutions (a key approves with `write`).
# `reports.approve`: the second pair of eyes and the filing. `keys.write`: makes and revokes API keys at the desk.
PEOPLES_RIGHTS: Final = (
    "approve",
    "reports.approve",
    "webhooks.read",
    "audit.read",
    "team.read",
    "team.write",
    "keys.write",
)

# What each role may do, through the API with a session and at the desk; `docs/roles.md` shows it as a table.
ROLE_SCOPES: Final[dict[Role, frozenset[str]]] = {
    Role.ADMIN: frozenset(
        {"read", "webhooks", "admin", "webhooks.read", "audit.read", "team.read", "team.write", "keys.write"}
    ),
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
            "reports.approve",
            "webhooks.read",
            "audit.read",
            "team.read",
        }
    ),
    Role.ANALYST: frozenset(
        {
            "evaluate",
            "screen.run",
            "read",
            "write",
            "policy.write",
            "case.write",
            "reports.read",
            "reports.write",
            "team.read",
        }
    ),
    Role.AUDITOR: frozenset({"read", "reports.read", "webhooks.read", "audit.read", "team.read"}),
    Role.DEVELOPER: frozenset({"webhooks", "webhooks.read", "team.read", "keys.write"}),
}
