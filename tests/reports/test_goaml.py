"""The XML that an authority gets: both versions, exact amounts, nothing active, words for what is wrong."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some
from lxml import etree

from cases.reports.content import Content, Fact, Party, Payment
from cases.reports.document import Document
from cases.reports.entity import Entity
from cases.reports.goaml.check import problems, schema_problems
from cases.reports.goaml.elements import clean, written_amount
from cases.reports.goaml.write import goaml_xml

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
ENTITY = Entity(
    entity_id="4711",
    branch="Head Office",
    institution_name="Bank Contoh",
    institution_code="014",
    first_name="Dewi",
    last_name="Lestari",
    email="dewi@bank.example",
    phone="021 555",
    occupation="Compliance officer",
    address="Jalan Merdeka 1",
    city="Jakarta",
    country="ID",
)
CUSTOMER = Party(
    key="customer",
    name="Siti Rahmawati",
    kind="person",
    first_name="Siti",
    last_name="Rahmawati",
    gender="F",
    birth_date="1984-07-23",
    national_id="3173052307840001",
    nationality="ID",
    residence="ID",
    account="0140012345",
    account_currency="IDR",
    account_type="S",
    account_opened="2019-02-03",
    account_status="A",
)
SHOP = Party(key="counterparty-1", name="Toko Maju", account="778812", bank_code="009", country="ID")
CREDIT = Payment(
    id="txn_01",
    number="pay-1",
    occurred_at=NOON,
    direction="credit",
    amount=Decimal("480000000.10"),
    currency="IDR",
    local_amount=Decimal("480000000.10"),
    is_cash=True,
    channel="cash",
    party="counterparty-1",
)
ABROAD = msgspec.structs.replace(
    CREDIT,
    id="txn_02",
    number="pay-2",
    direction="debit",
    amount=Decimal("1500.25"),
    currency="USD",
    local_amount=Decimal("24754125"),
    is_cash=False,
    channel="swift",
)
CONTENT = Content(
    narrative="Three deposits just below the threshold.",
    assessment="No business is known that earns cash.",
    indicators=("STRUCTURING",),
    parties=(CUSTOMER, SHOP),
    payments=(CREDIT, ABROAD),
    facts=(Fact("Three deposits.", "alt_01"),),
)
FOR_EACH_VERSION = pytest.mark.parametrize("version", ["4.0", "5.0.2"])


def document(version="5.0.2", *, content=CONTENT, entity=ENTITY, kind="SAR", pack="id"):
    return Document(
        id="rep_01",
        type=kind,
        name="LTKM",
        status="DRAFT",
        pack=pack,
        currency="IDR",
        detected_at=NOON,
        due_at=NOON,
        dated_at=NOON,
        content=content,
        entity=msgspec.structs.replace(entity, schema_version=version),
    )


def tree(one):
    return etree.fromstring(goaml_xml(one))


@FOR_EACH_VERSION
def test_a_complete_report_is_valid_in_both_versions(version):
    assert problems(document(version)) == []


@FOR_EACH_VERSION
def test_who_pays_and_who_is_paid_stand_on_their_sides(version):
    credit, debit = tree(document(version)).findall("transaction")
    assert credit.findtext("t_from/from_account/account") == "778812"
    assert credit.findtext("t_to_my_client/to_account/account") == "0140012345"
    assert credit.findtext("t_to_my_client/to_account/signatory/t_person/last_name") == "Rahmawati"
    assert debit.findtext("t_from_my_client/from_account/institution_name") == "Bank Contoh"
    assert debit.findtext("t_to/to_account/institution_code") == "009"


def test_the_head_names_the_institution_the_report_and_its_reason():
    root = tree(document())
    assert [root.findtext(name) for name in ("rentity_id", "submission_code", "report_code")] == [
        "4711",
        "E",
        "LTKM",
    ]
    assert root.findtext("entity_reference") == "rep_01"
    assert root.findtext("report_date") == "2026-11-03T12:00:00"
    assert tree(document("4.0")).findtext("submission_date") == "2026-11-03T12:00:00"
    assert "No business is known that earns cash." in root.findtext("reason")
    assert root.findtext("report_indicators/indicator") == "STRUCTURING"


def test_amounts_are_exact_and_foreign_ones_carry_their_rate():
    credit, debit = tree(document()).findall("transaction")
    assert credit.findtext("amount_local") == "480000000.10"
    assert credit.find("t_from/from_foreign_currency") is None
    assert debit.findtext("amount_local") == "24754125.00"
    foreign = debit.find("t_from_my_client/from_foreign_currency")
    assert [child.text for child in foreign] == ["USD", "1500.25", "16500.00000000"]


@given(some.decimals(min_value=0, max_value=10**18, allow_nan=False, allow_infinity=False, places=8))
def test_an_amount_loses_nothing_on_paper(amount):
    assert Decimal(written_amount(amount)) == amount
    assert "E" not in written_amount(amount)


def test_where_nobody_is_known_on_the_other_side_the_customer_stands_alone():
    alone = msgspec.structs.replace(CREDIT, party="")
    one = document(content=msgspec.structs.replace(CONTENT, payments=(alone,)))
    assert problems(one) == []
    party = tree(one).find("transaction/involved_parties/party")
    assert party.findtext("account_my_client/account") == "0140012345"


def test_a_suspicion_without_payments_is_an_activity():
    one = document(content=msgspec.structs.replace(CONTENT, payments=()))
    assert problems(one) == []
    assert (
        tree(one).findtext("activity/report_parties/report_party/account_my_client/account") == "0140012345"
    )
    assert (
        problems(document(content=msgspec.structs.replace(CONTENT, payments=()), kind="CTR"))[0].path
        == "payments"
    )


def test_an_organisation_is_an_entity():
    company = Party(
        key="customer",
        name="PT Maju",
        kind="entity",
        registration_number="AHU-1",
        country="ID",
        business="Retail",
    )
    one = document(content=msgspec.structs.replace(CONTENT, parties=(company, SHOP)))
    assert problems(one) == []
    assert tree(one).findtext("transaction/t_to_my_client/to_entity/incorporation_number") == "AHU-1"


def test_what_is_left_out_is_not_sent():
    left_out = msgspec.structs.replace(ABROAD, is_left_out=True)
    one = document(content=msgspec.structs.replace(CONTENT, payments=(CREDIT, left_out)))
    assert [node.text for node in tree(one).iter("internal_ref_number")] == ["txn_01"]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("last_name", "Last name of the customer is missing"),
        ("birth_date", "Date of birth of the customer is missing"),
        ("national_id", "Identity number of the customer is missing"),
        ("nationality", "Nationality of the customer is missing"),
        ("account_opened", "Account opened on of the customer is missing"),
    ],
)
def test_a_missing_field_is_named_in_words_and_the_schema_agrees(field, words):
    party = msgspec.structs.replace(CUSTOMER, **{field: ""})
    one = document(content=msgspec.structs.replace(CONTENT, parties=(party, SHOP)))
    assert [problem.message for problem in problems(one)] == [words]
    assert schema_problems(one) != []


@pytest.mark.parametrize("field", ["entity_id", "institution_name", "first_name", "email", "branch"])
def test_without_who_reports_nothing_is_filed(field):
    one = document(entity=msgspec.structs.replace(ENTITY, **{field: ""}))
    assert problems(one)[0].path == f"reportingEntity.{field}"


def test_what_only_the_schema_finds_is_told_in_words_too():
    long = msgspec.structs.replace(CREDIT, narration="x" * 4_001)
    (problem,) = problems(document(content=msgspec.structs.replace(CONTENT, payments=(long,))))
    assert problem.message == "The narration is longer than 4000 characters"


def test_an_amount_without_a_rate_is_refused_rather_than_guessed():
    unknown = msgspec.structs.replace(ABROAD, local_amount=None)
    (problem,) = problems(document(content=msgspec.structs.replace(CONTENT, payments=(unknown,))))
    assert "no exchange rate was on file" in problem.message


HOSTILE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><b>&e;</b>]]><script>\x00\x08\ufffe'


@FOR_EACH_VERSION
def test_whatever_is_typed_stays_text(version):
    content = msgspec.structs.replace(
        CONTENT,
        narrative=HOSTILE,
        parties=(msgspec.structs.replace(CUSTOMER, last_name="O'Brien & <Söhne>"), SHOP),
    )
    one = document(version, content=content)
    written = goaml_xml(one)
    assert b"<!DOCTYPE" not in written
    assert b"<script>" not in written
    root = etree.fromstring(written)
    assert root.findtext("reason").startswith(HOSTILE[:60])
    assert root.find("transaction").findtext(".//signatory/t_person/last_name") == "O'Brien & <Söhne>"
    assert problems(one) == []


@given(some.text(max_size=200))
def test_any_text_at_all_gives_xml_that_can_be_read_again(text):
    one = document(content=msgspec.structs.replace(CONTENT, narrative=f"a{text}b"))
    read = etree.fromstring(goaml_xml(one)).findtext("reason")
    assert read.startswith(clean(f"a{text}b"))
