"""`docs/roles.md` shows the role matrix as `teams/roles.py` has it, and the desk's words are whole."""

from pathlib import Path

from teams.roles import PEOPLES_RIGHTS, ROLE_SCOPES, SCOPES, Role
from teams.web.team_page import ROLE_WORDS, SCOPE_WORDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "roles.md"


def table() -> str:
    """The matrix as the page must show it."""
    lines = ["| right | " + " | ".join(role.value for role in Role) + " | keys |"]
    lines.append("| --- |" + " --- |" * (len(Role) + 1))
    for right in (*SCOPES, *PEOPLES_RIGHTS):
        marks = ["yes" if right in ROLE_SCOPES[role] else "" for role in Role]
        lines.append(f"| `{right}` | " + " | ".join([*marks, "yes" if right in SCOPES else ""]) + " |")
    return "\n".join(" ".join(line.split()) for line in lines)


def test_the_page_shows_the_table_of_the_code():
    shown = "\n".join(" ".join(line.split()) for line in PAGE.read_text().splitlines() if line[:1] == "|")
    assert shown == table(), f"docs/roles.md should have:\n{table()}"


def test_no_role_has_a_right_that_is_in_no_list():
    assert set().union(*ROLE_SCOPES.values()) <= {*SCOPES, *PEOPLES_RIGHTS}


def test_every_role_and_scope_has_its_words_at_the_desk():
    assert set(ROLE_WORDS) == set(Role)
    assert set(SCOPE_WORDS) == set(SCOPES)


def test_rights_that_must_not_meet_do_not():
    """Whoever gives roles decides nothing; whoever only looks changes nothing; developers see no customer."""
    deciding = {"approve", "reports.approve", "case.write", "policy.write", "write", "evaluate"}
    assert not ROLE_SCOPES[Role.ADMIN] & deciding
    assert not ROLE_SCOPES[Role.AUDITOR] & {
        *deciding,
        "team.write",
        "keys.write",
        "admin",
        "webhooks",
        "reports.write",
    }
    assert not ROLE_SCOPES[Role.DEVELOPER] & {"read", "reports.read", "audit.read", *deciding}
    assert [role for role in Role if "team.write" in ROLE_SCOPES[role]] == [Role.ADMIN]
