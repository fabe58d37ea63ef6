"""Every page of the desk, in light and in dark, held against axe: with a row of everything on it."""

import pytest
from django.urls import reverse

from teams.roles import ROLE_SCOPES, Role
from tests.cast import Bank
from tests.desk.addresses import addresses
from tests.desk.browser import THEMES, violations
from tests.desk.planted import parts_of, planted
from tests.desk.test_budgets import NO_PAGES

# Parts that htmx puts into a page: they are seen, and held against axe, inside of it.
PARTS = {"alerts-counts", "audit-walk", "customer-risk", "team-key-seen", "overview-part"}
PAGES = [one for one in addresses() if one.method == "GET" and one.name not in NO_PAGES | PARTS]


@pytest.fixture(scope="module")
def bank() -> Bank:
    return planted("Acme Bank")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMIN])
def test_no_page_has_a_violation_in_either_theme(bank: Bank, visit, role: Role) -> None:
    """The administrator is shown what an officer may not see; together they see all of it."""
    visitor = visit(bank, role.value)
    others = ROLE_SCOPES[Role.OFFICER] if role == Role.ADMIN else frozenset()
    found: dict[str, object] = {}
    for address in PAGES:
        if address.needs not in ROLE_SCOPES[role] or address.needs in others:
            continue
        parts = parts_of(address, bank)
        assert parts is not None, f"plant something for {address.name}"
        visitor.page.goto(
            visitor.base_url + reverse(address.name, kwargs={"team_id": bank.teams["us"].id, **parts})
        )
        for theme in THEMES:
            visitor.page.emulate_media(color_scheme=theme)
            problems = violations(visitor.page)
            if problems:
                found[f"{address.name}, {theme}"] = problems
    assert found == {}
