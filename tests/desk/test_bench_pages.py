"""The measurement of pages: a page that cannot be measured is an error, never a time."""

from dataclasses import replace

import pytest

from screening.demo.document import Document, Login, TeamKeys
from tests.cast import PASSWORD, Bank, make_bank
from tests.desk import shown
from tests.desk.bench_pages import Measured, NotMeasured, _page, signed_in
from tests.desk.served import Served
from tests.desk.shown import Shown

ROLE = "officer"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Measured Bank", "us", people=True)


@pytest.fixture(scope="module")
def served(bank: Bank, live_server_process: str) -> Served:
    users = {ROLE: Login(bank.people[ROLE].email, PASSWORD)}
    teams = {"us": TeamKeys(str(bank.teams["us"].id), "", "")}
    return Served(live_server_process, Document(live_server_process, users, teams), {})


def measured(served: Served, page: Shown) -> Measured:
    return _page(served, signed_in(served.base_url, served.document, ROLE), page, times=2)


def test_a_page_that_is_there_is_measured(served: Served) -> None:
    found = measured(served, Shown("rule", ROLE, "us", "rules", shown.RULE))
    assert len(found.milliseconds) == 2
    assert min(found.milliseconds) > 0
    assert found.kilobytes > 1


def test_a_list_without_the_link_is_an_error(served: Served) -> None:
    with pytest.raises(NotMeasured, match="no link"):
        measured(served, Shown("alert", ROLE, "us", "alerts", shown.ALERT))


def test_a_page_that_is_not_there_is_an_error(served: Served) -> None:
    with pytest.raises(NotMeasured, match="404"):
        measured(served, Shown("none", ROLE, "us", "nowhere"))


def test_the_sign_in_page_is_not_taken_for_the_page(served: Served) -> None:
    strangers = {ROLE: replace_password(served.document.users[ROLE])}
    stranger = replace(served, document=Document(served.base_url, strangers, served.document.teams))
    with pytest.raises(NotMeasured, match="login"):
        measured(stranger, Shown("rules", ROLE, "us", "rules"))


def replace_password(login: Login) -> Login:
    return Login(login.email, "not the password at all")
