"""The framl dialect: a token for e-mail and password, payments of a product, five rule states, errors."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tests.cast import PASSWORD, Answer, Bank, Caller, make_bank
from tests.dialects.mistakes import FRAML
from tests.dialects.schemas import give_schema, payload
from tests.evaluate.lists import load_demo_list
from tests.evaluate.rules import add_rules, rule

STATES = {
    "RuleTriggered", "RuleNotTriggered", "RuleNotApplicable", "RuleNotApplicableForGroupingKeys",
    "RuleIncompleteFields",
}  # fmt: skip


@pytest.fixture(scope="module")
def staffed() -> Bank:
    load_demo_list()
    bank = make_bank("Product Bank", "us", "id", people=True)
    with bank.seeing("us"):
        bank.teams["us"].product_code = "TDSS"
        bank.teams["us"].save(update_fields=["product_code"])
    return bank


def basic(email: str, password: str = PASSWORD) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()}


def token_of(bank: Bank, role: str = "analyst") -> str:
    answer = Caller().post("/framl/auth/token", {}, **basic(bank.people[role].email))
    assert answer.status == 200, answer.body
    return str(answer.body["token"])


@pytest.fixture(scope="module")
def token(staffed: Bank) -> str:
    return token_of(staffed)


def send(token: str, fields: dict[str, Any], product: str = "TDSS", **more: Any) -> Answer:
    body = {
        "payload": fields,
        "format": "tt_json",
        "topicId": "kafka_pipeline_topic",
        "version": "1",
        **more,
    }
    return Caller().post(
        f"/framl/products/{product}/transactions",
        {name: value for name, value in body.items() if value is not None},
        Authorization=f"Token {token}",
        Accept="*/*",
        Referer="https://bank.example/",
    )


def fields(number: str, **values: Any) -> dict[str, Any]:
    body = {
        "transactionKey": f"TXN{number}",
        "customerId": f"c-{number}",
        "direction": "debit",
        "amount": 250,
        "channel": "transfer",
        **values,
    }
    return {name: value for name, value in body.items() if value is not None}


def test_a_token_is_answered_in_the_shape_of_the_page(staffed):
    person = staffed.people["analyst"]
    answer = Caller().post("/framl/auth/token", {}, **basic(person.email))
    assert answer.status == 200
    assert answer.body == {
        "token": str(UUID(answer.body["token"])),
        "name": person.name,
        "userId": answer.body["userId"],
        "roleType": "Product User",
        "rolesList": ["analyst"],
        "isPassExpired": False,
        "isResetPassNeeded": False,
        "authTypeInfo": {"authType": "SQL", "authOptions": "{}"},
    }


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"nobody").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"a\x00b:c").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff:x").decode()},
        {"Authorization": "Bearer x"},
        basic("nobody@example.com"),
    ],
)
def test_without_the_right_password_there_is_no_token(headers):
    answer = Caller().post("/framl/auth/token", {}, **headers)
    assert answer.status == 401
    assert answer.body["success"] is False
    assert answer.body["message"]


def test_guessing_is_locked_out(staffed):
    email = staffed.people["developer"].email
    for _ in range(10):
        assert Caller().post("/framl/auth/token", {}, **basic(email, "wrong")).status == 401
    assert Caller().post("/framl/auth/token", {}, **basic(email)).status == 401


def test_only_a_keyed_hash_of_a_token_is_stored(staffed):
    from ratel.tenancy import tenant
    from teams.models import AccessToken

    text = token_of(staffed, "officer")
    with tenant(staffed.id):
        stored = list(AccessToken.objects.filter(person=staffed.people["officer"]).values_list("token_hash"))
    assert stored
    assert all(text.replace("-", "") not in one for (one,) in stored)


def test_a_token_expires(staffed, number):
    from ratel.tenancy import tenant
    from teams.models import AccessToken

    text = token_of(staffed, "admin")
    with tenant(staffed.id):
        (stored,) = AccessToken.objects.filter(person=staffed.people["admin"])
        assert timedelta(hours=7) < stored.expires_at - timezone.now() <= timedelta(hours=8)
        AccessToken.objects.filter(id=stored.id).update(expires_at=timezone.now())
    assert send(text, fields(number)).status == 401


def test_a_payment_is_answered_with_a_state_per_rule_code(token, number):
    answer = send(token, fields(number))
    assert answer.status == 200
    assert set(answer.body) == {"transactionKey", "alert", "version", "success", "message"}
    assert answer.body["transactionKey"] == f"TXN{number}"
    assert answer.body["success"] is True
    assert answer.body["message"] == "success"
    assert answer.body["version"] == "1"
    assert {one["message"] for one in answer.body["alert"].values()} <= STATES
    assert "STRUCTURING_7D" in answer.body["alert"]


def test_all_five_states_are_told(staffed, token, number):
    add_rules(
        staffed,
        "us",
        rule("SURE", {"field": "amount", "operator": ">=", "value": 1}),
        rule(
            "BY_DEVICE",
            {"aggregate": {"function": "count", "window": "PT24H"}, "operator": ">=", "value": 2},
            type="velocity",
            groupBy=["device"],
        ),
    )
    states = {one["message"] for one in send(token, fields(number)).body["alert"].values()}
    assert {"RuleTriggered", "RuleNotTriggered", "RuleIncompleteFields"} <= states
    assert "RuleNotApplicableForGroupingKeys" in states
    sure = send(token, fields(number + "x")).body["alert"]["SURE"]
    assert sure["details"]["score"] > 0
    assert "reason" in sure["details"]


def test_a_replay_answers_the_same_with_a_header(token, number):
    first, second = send(token, fields(number)), send(token, fields(number))
    assert second.status == 200
    assert second.body == first.body
    assert second.headers["Idempotent-Replayed"] == "true"


def test_another_payload_under_the_same_key_is_refused(token, number):
    send(token, fields(number))
    answer = send(token, fields(number, amount=9))
    assert answer.status == 422
    assert answer.body == {
        "success": False,
        "message": "The external id was used for another body",
        "code": "externalId_reused",
    }


def test_the_teams_own_keys_can_be_sent_instead(staffed, token, number):
    assert give_schema(staffed, "us").status == 200
    answer = send(token, payload(number))
    assert answer.status == 200, answer.body
    assert answer.body["transactionKey"] == f"txn-{number}"
    wrong = send(token, payload(number + "w", attempts="many"))
    assert wrong.status == 422
    assert "attempts" in wrong.body["message"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"payload": None}, "payload"),
        ({"payload": []}, "payload"),
        ({"format": "xml"}, "format"),
        ({"version": 1}, "version"),
        ({"topicId": ""}, "topicId"),
        ({"more": 1}, "more"),
    ],
)
def test_a_mistake_in_the_envelope_is_named(token, number, body, named):
    answer = send(token, fields(number), **body)
    assert answer.status == 400
    assert answer.body["success"] is False
    assert named in answer.body["message"]


def test_a_mistake_in_the_payload_is_named_with_this_dialects_names(token, number):
    answer = send(token, fields(number, transactionKey="", amount=-1))
    assert answer.status == 400
    assert "payload.transactionKey" in answer.body["message"]
    assert "payload.amount" in answer.body["message"]


def test_a_mistake_in_every_field_is_named_at_once(token):
    paths, body = FRAML.one_each()
    answer = send(token, body.pop("payload"), **body)
    assert answer.status == 400
    assert [path for path in paths if f"{path}: " not in answer.body["message"]] == []


def test_a_mistake_in_the_envelope_hides_none_in_the_payload(token, number):
    answer = send(token, fields(number, amount=-1, currency="XXZ", externalId="x"), format="xml")
    assert answer.status == 400
    named = [part.partition(":")[0] for part in answer.body["message"].split("; ")[1:]]
    assert named == ["format", "payload.externalId", "payload.amount", "payload.currency"]


def test_nor_one_in_the_teams_own_keys(staffed, token, number):
    assert give_schema(staffed, "us").status == 200
    answer = send(token, payload(number, attempts="many", direction="sideways"), format="xml")
    assert answer.status == 400
    named = [part.partition(":")[0] for part in answer.body["message"].split("; ")[1:]]
    assert named == ["format", "payload.attempts", "payload.direction"]


def test_an_unknown_product_is_not_found(token, number):
    assert send(token, fields(number), product="NONE").status == 404


def test_without_a_role_in_the_product_it_is_forbidden(staffed, number):
    from teams.models import Membership

    text = token_of(staffed, "officer")
    with staffed.seeing("us"):
        Membership.objects.filter(person=staffed.people["officer"], team=staffed.teams["us"]).delete()
    answer = send(text, fields(number))
    assert answer.status == 403
    assert answer.body["success"] is False


def test_an_auditor_may_not_have_payments_decided(staffed, number):
    assert send(token_of(staffed, "auditor"), fields(number)).status == 403


@pytest.mark.parametrize("text", ["", "x", "00000000-0000-0000-0000-000000000000", "a" * 100])
def test_a_wrong_token_is_refused(staffed, number, text):
    answer = send(text, fields(number))
    assert answer.status == 401
    assert answer.body["success"] is False


def test_somebody_elses_token_does_not_reach_the_product(number):
    rival = make_bank("Rival Bank", "us", people=True)
    assert send(token_of(rival), fields(number)).status == 404
