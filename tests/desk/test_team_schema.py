"""The payload schema at the desk: edited as versions, tried against a payload that is forgotten."""

import json

import pytest

from ratel.tenancy import tenant
from screening.models import PayloadSchema, Transaction
from tests.cast import make_bank
from tests.desk.people import seat
from tests.web.pages import assert_is_strict, text_of

PAYLOAD = {
    "txn_id": "t-1",
    "customer_id": "customer-1",
    "date_time": "2026-11-21T10:00:00Z",
    "betrag": 12.5,
    "kanal_neu": "branch",
}
ROWS = [("betrag", "Float", "amount"), ("kanal_neu", "String", "")]


@pytest.fixture(scope="module")
def acme():
    """A bank with a team for each test that saves."""
    return make_bank("Acme Bank", "us", "ng", "id", people=True)


@pytest.fixture(scope="module")
def admin(acme):
    return seat(acme, "admin", "us")


def form(rows=ROWS, **more):
    sent = {"version": "0", "payload": json.dumps(PAYLOAD)}
    for number, (key, kind, target) in enumerate(rows):
        sent |= {f"key-{number}": key, f"type-{number}": kind, f"maps-{number}": target}
    return sent | more


def test_a_schema_is_saved_as_versions_and_says_what_changed(acme):
    admin = seat(acme, "admin", "ng")
    empty = admin.get("payload-schema")
    assert_is_strict(empty)
    assert "has no payload schema" in text_of(empty)
    page = admin.do("payload-schema-save", **form())
    assert "Your payload has 5 keys; version 1 holds" in text_of(page)
    rows = [("betrag", "Integer", "amount"), ("", "String", ""), ("land", "String", "country")]
    page = admin.do("payload-schema-save", **form(rows, version="1"))
    assert "+ land" in text_of(page)
    assert "- kanal_neu" in text_of(page)
    assert "changed betrag" in text_of(page)
    with tenant(acme.id, [acme.teams["ng"].id]):
        assert list(PayloadSchema.objects.order_by("version").values_list("version", flat=True)) == [1, 2]


def test_a_stale_page_saves_nothing_and_keeps_what_was_typed(acme):
    admin = seat(acme, "admin", "id")
    admin.do("payload-schema-save", **form())
    answer = admin.post("payload-schema-save", **form([("mine", "String", "")]))
    assert answer.status_code == 409
    assert "Somebody saved version 1 meanwhile" in text_of(answer)
    assert 'value="mine"' in answer.content.decode()


def test_what_is_wrong_is_told_beside_what_was_typed(admin):
    answer = admin.post(
        "payload-schema-save", **form([("betrag", "Boolean", "amount"), ("a b", "Float", "")])
    )
    assert answer.status_code == 400
    assert "amount needs the type Float or Integer or String" in text_of(answer)
    assert "fields[1].key" in text_of(answer)
    assert 'value="a b"' in answer.content.decode()


def test_a_payload_is_tried_and_forgotten(admin, acme):
    answer = admin.post("payload-schema-try", **form())
    assert_is_strict(answer)
    assert "It fits. This is what rules would see" in text_of(answer)
    assert "amount 12.5" in text_of(answer)
    assert "attributes.kanal_neu branch" in text_of(answer)
    with tenant(acme.id, [acme.teams["us"].id]):
        assert not PayloadSchema.objects.exists()
        assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ('{"data": {"txn_id": "t"}}', "It would be refused"),
        (json.dumps(PAYLOAD | {"betrag": "viel"}), "betrag Float String"),
        (json.dumps(PAYLOAD | {"more": 1}), "more not in the schema"),
        ("no json", "This is not a JSON object"),
        ("[1]", "This is not a JSON object"),
        ("", "This is not a JSON object"),
        ("{" * 70_000, "This is not a JSON object"),
    ],
    ids=["missing", "wrong type", "unknown key", "no JSON", "a list", "nothing", "too long"],
)
def test_a_payload_that_does_not_fit_is_told_where(admin, payload, words):
    assert words in text_of(admin.post("payload-schema-try", **form(payload=payload)))


def test_others_try_and_save_nothing(acme):
    developer = seat(acme, "developer", "us")
    assert "Save as version" not in text_of(developer.get("payload-schema"))
    assert "It fits" in text_of(developer.post("payload-schema-try", **form()))
    assert developer.post("payload-schema-save", **form()).status_code == 403
