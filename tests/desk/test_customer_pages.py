"""Customers at the desk: the list, and one with payments, alerts, counterparties, devices and risk."""

import csv
import io

import pytest

from ratel.identifiers import show
from screening.models import Customer
from teams.models import AuditEntry
from tests.cast import Bank, make_bank
from tests.desk.case_bank import words_of
from tests.desk.people import Seat, seat
from tests.desk.statements import counted
from tests.evaluate.lists import load_demo_list


@pytest.fixture(scope="module")
def bank() -> Bank:
    load_demo_list()
    bank = make_bank("Customer Bank", "us", people=True)
    caller = bank.callers["us"]
    known = {"customerId": "cus-known", "fullName": "Wanjiru Kamau", "isPep": True, "kycStatus": "verified"}
    assert caller.post("/api/customers", known).status == 201
    for number in range(4):
        answer = caller.evaluate(
            customerId="cus-known",
            externalId=f"p-{number}",
            amount=1_000 + number,
            direction="credit" if number % 2 else "debit",
            counterpartyName="Bello Ventures",
            deviceId="phone-7",
        )
        assert answer.status == 200, answer.body
    assert (
        caller.evaluate(
            customerId="cus-bad", externalId="b", amount=9_000_000, country="KP", isCrossBorder=True
        ).status
        == 200
    )
    return bank


@pytest.fixture(scope="module")
def analyst(bank: Bank) -> Seat:
    return seat(bank, "analyst", "us")


def id_of(bank: Bank, reference: str) -> str:
    with bank.seeing("us"):
        return show("cus", Customer.objects.get(reference=reference).id)


def test_the_page_shows_who_pays_whom_with_what(bank, analyst):
    text = words_of(analyst.get("customer", id_of(bank, "cus-known")))
    for said in (
        "Wanjiru Kamau",
        "4 payments",
        "Bello Ventures",
        "phone-7",
        "Verified",
        "PEP",
        "never alerted",
        "USD 2,004",
    ):
        assert said in text, said


def test_alerts_and_cases_stand_on_the_page_and_a_manual_one_is_offered(bank, analyst):
    text = words_of(analyst.get("customer", id_of(bank, "cus-bad")))
    assert "1 open alert" in text
    assert "Alerts (1)" in text


def test_looking_is_recorded_and_few_questions_are_asked(bank, analyst):
    customer_id = id_of(bank, "cus-known")
    with counted() as statements:
        assert analyst.get("customer", customer_id).status_code == 200
    assert len(statements) <= 12, statements
    with bank.seeing("us"):
        assert AuditEntry.objects.filter(action="customer.viewed", subject_id=customer_id).exists()


def test_risk_is_a_part_of_the_page_without_reports_for_those_without_the_right(bank, analyst):
    text = words_of(analyst.get("customer-risk", id_of(bank, "cus-bad")))
    assert "of 100, from 90 days" in text
    assert "The worst decision" in text
    assert analyst.get("customer-risk", "cus_00000000000000000000000000").status_code == 404


def test_the_list_filters_and_exports(bank, analyst):
    assert "Wanjiru Kamau" in words_of(analyst.get("customers"))
    text = words_of(analyst.get("customers", alerts="yes"))
    assert "cus-bad" in text
    assert "Wanjiru Kamau" not in text
    assert "Wanjiru Kamau" in words_of(analyst.get("customers", pep="yes", risk="", kyc="verified"))
    assert "No customer fits" in words_of(analyst.get("customers", customer="nobody"))
    answer = analyst.get("customers", customer="cus-known", format="csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "Wanjiru" not in answer.content.decode()
    assert [(row["customer"], row["KYC"], row["PEP"]) for row in rows] == [("cus-known", "verified", "True")]


def test_other_peoples_and_unknown_customers_are_not_there(bank, analyst):
    rival = make_bank("Rival Customer Bank", "us")
    assert rival.callers["us"].evaluate(externalId="r").status == 200
    for named in (id_of(rival, "customer-1"), "nonsense", "cus_00000000000000000000000000"):
        assert analyst.get("customer", named).status_code == 404


def test_an_admin_without_the_right_finds_no_word_of_reports(bank):
    page = seat(bank, "admin", "us").get("customer", id_of(bank, "cus-bad")).content.decode()
    assert "Report" not in page
    assert "SAR" not in page
