"""The bank's dialect: required fields, vocabulary, the verdict, replays, errors, the list and one payment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from screening.policy import LAYER_NAMES
from tests.cast import Answer, Bank
from tests.dialects.mistakes import BANK

PATH = "/api/v1/transactions/screen"
VERDICT = {
    "transactionId", "externalId", "outcome", "riskScore", "riskLevel", "engines", "triggeredRules",
    "recommendedActions", "alertId", "caseId", "partial", "missingEngines", "processingTimeMs",
}  # fmt: skip


def sent(number: str, **fields: Any) -> dict[str, Any]:
    body = {
        "externalId": f"bank-{number}",
        "type": "TRANSFER",
        "channel": "MOBILE_APP",
        "amount": 2500,
        "senderAccountNumber": f"0{number}",
        "senderBvn": f"22{number}",
        "senderKycStatus": "VERIFIED",
        "senderKycTier": "TIER_3",
        "receiverAccountNumber": "9876543210",
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def screen(bank: Bank, number: str, **fields: Any) -> Answer:
    return bank.callers["ng"].post(PATH, sent(number, **fields))


def test_a_small_payment_of_a_verified_customer_is_approved(bank, number):
    answer = screen(bank, number)
    assert answer.status == 200
    assert set(answer.body) == VERDICT
    assert answer.body["outcome"] == "APPROVE"
    assert answer.body["riskLevel"] == "LOW"
    assert answer.body["externalId"] == f"bank-{number}"
    assert answer.body["alertId"] is None
    assert answer.body["caseId"] is None
    assert answer.body["partial"] is False
    assert answer.body["missingEngines"] == []
    assert answer.body["recommendedActions"] == ["PROCEED"]


def test_each_engine_says_what_it_found(bank, number):
    engines = screen(bank, number, senderKycStatus="PENDING").body["engines"]
    assert [engine["name"] for engine in engines] == list(LAYER_NAMES)
    assert all(
        set(engine) == {"name", "score", "weight", "outcome", "reasons", "durationMs"} for engine in engines
    )
    kyc = next(engine for engine in engines if engine["name"] == "kyc")
    assert (kyc["score"], kyc["weight"], kyc["outcome"]) == (40, 1.3, "REVIEW")
    assert kyc["reasons"] == ["KYC status is pending"]


def test_a_rejected_customer_is_blocked_and_has_an_alert_and_a_case(bank, number):
    body = screen(bank, number, senderKycStatus="REJECTED").body
    assert body["outcome"] == "BLOCK"
    assert body["riskLevel"] == "CRITICAL"
    assert body["alertId"].startswith("alt_")
    assert body["caseId"].startswith("cas_")
    assert body["recommendedActions"][0] == "REJECT_TRANSACTION"


@pytest.mark.parametrize(
    "missing",
    ["externalId", "type", "channel", "amount", "senderAccountNumber", "receiverAccountNumber"],
)
def test_a_missing_field_is_named(bank, number, missing):
    answer = screen(bank, number, **{missing: None})
    assert answer.status == 400
    assert answer.body["details"] == [{"path": missing, "message": "is required"}]
    assert answer.body["error"] == "invalid"
    assert answer.body["requestId"].startswith("req_")


def test_every_problem_is_named_at_once(bank):
    paths, body = BANK.one_each()
    answer = bank.callers["ng"].post(PATH, body)
    assert answer.status == 400
    assert sorted(one["path"] for one in answer.body["details"]) == sorted(paths)
    assert all(set(one) == {"path", "message"} for one in answer.body["details"])


def test_a_wrong_form_hides_no_wrong_value(bank, number):
    answer = screen(
        bank,
        number,
        externalId=None,
        type="GIFT",
        channel="PIGEON",
        amount=-1,
        currency="XXQ",
        receiverCountry="QQ",
        senderKycStatus="MAYBE",
        metadata={"entityType": "ROBOT"},
    )
    assert answer.status == 400
    assert [one["path"] for one in answer.body["details"]] == [
        "externalId", "amount", "type", "channel", "receiverCountry", "currency", "senderKycStatus",
        "metadata.entityType",
    ]  # fmt: skip


def test_a_number_with_a_fraction_is_exact(bank, number):
    answer = screen(bank, number, amount=9850.25)
    detail = bank.callers["ng"].get(f"/api/v1/transactions/{answer.body['transactionId']}")
    assert detail.body["transaction"]["amount"] == 9850.25


def test_a_fraction_with_too_many_digits_is_refused(bank, number):
    answer = bank.callers["ng"].call(
        "POST", PATH, raw=b'{"externalId":"x","type":"TRANSFER","channel":"POS","amount":123456789012345.67,'
        b'"senderAccountNumber":"1","receiverAccountNumber":"2"}',
    )  # fmt: skip
    assert answer.status == 400
    assert answer.body["details"][0]["path"] == "amount"


def test_currency_is_naira_unless_said(bank, number):
    answer = bank.callers["us"].post(PATH, sent(number))
    detail = bank.callers["us"].get(f"/api/v1/transactions/{answer.body['transactionId']}")
    assert detail.body["transaction"]["currency"] == "NGN"


def test_a_replay_is_a_conflict_with_the_cached_verdict(bank, number):
    first, second = screen(bank, number), screen(bank, number)
    assert second.status == 409
    assert second.body == {**first.body, "cached": True}


def test_an_external_id_is_held_as_long_as_its_evaluation(bank, number):
    from screening.models import IdempotencyKey

    screen(bank, number)
    with bank.seeing("ng"):
        assert IdempotencyKey.objects.order_by("-evaluation_id").first().held_until is None


def test_another_body_under_the_same_external_id_is_refused(bank, number):
    screen(bank, number)
    answer = screen(bank, number, amount=999_999)
    assert answer.status == 422
    assert answer.body["error"] == "externalId_reused"


def test_the_customer_is_the_bvn_else_the_account(bank, number):
    screen(bank, number)
    screen(bank, number, externalId=f"other-{number}", senderBvn=None)
    caller = bank.callers["ng"]
    by_bvn = caller.get(f"/api/v1/transactions?customerId=22{number}").body["data"]
    by_account = caller.get(f"/api/v1/transactions?customerId=0{number}").body["data"]
    assert [one["externalId"] for one in by_bvn] == [f"bank-{number}"]
    assert [one["externalId"] for one in by_account] == [f"other-{number}"]


@pytest.mark.parametrize(("kind", "direction"), [("CASH_DEPOSIT", "credit"), ("CASH_WITHDRAWAL", "debit")])
def test_a_cash_deposit_is_a_credit_and_everything_else_a_debit(bank, number, kind, direction):
    from screening.models import Transaction

    screen(bank, number, type=kind)
    with bank.seeing("ng"):
        stored = Transaction.objects.get(external_id=f"bank-{number}")
    assert stored.direction == direction
    assert stored.is_cash


def test_an_international_transfer_crosses_a_border(bank, number):
    from screening.models import Transaction

    screen(bank, number, type="INTERNATIONAL_TRANSFER")
    with bank.seeing("ng"):
        assert Transaction.objects.get(external_id=f"bank-{number}").is_cross_border


def test_unknown_fields_and_metadata_are_kept_as_attributes(bank, number):
    answer = screen(
        bank, number, branchOfficer="B-17",
        metadata={"entityType": "BUSINESS", "senderRcNumber": "RC-1", "purpose": "stock"},
    )  # fmt: skip
    detail = bank.callers["ng"].get(f"/api/v1/transactions/{answer.body['transactionId']}").body
    assert detail["transaction"]["metadata"] == {
        "branchOfficer": "B-17", "purpose": "stock", "entityType": "BUSINESS", "senderRcNumber": "RC-1",
    }  # fmt: skip


def test_a_business_sender_is_judged_by_its_own_status(bank, number):
    body = screen(bank, number, metadata={"entityType": "BUSINESS"}, senderKybStatus="REJECTED").body
    assert body["outcome"] == "BLOCK"


def test_a_time_in_the_future_is_refused(bank, number):
    later = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    answer = screen(bank, number, timestamp=later)
    assert answer.status == 400
    assert answer.body["details"][0]["path"] == "timestamp"


def test_the_list_is_filtered_and_paged(bank, number):
    bvn = f"77{number}"
    for position in range(3):
        screen(
            bank, f"{number}{position}", senderBvn=bvn, senderKycStatus="REJECTED" if position else "VERIFIED"
        )
    caller = bank.callers["ng"]
    first = caller.get(f"/api/v1/transactions?customerId={bvn}&limit=2").body
    second = caller.get(f"/api/v1/transactions?customerId={bvn}&limit=2&page={first['nextPage']}").body
    shown = [one["externalId"] for one in first["data"] + second["data"]]
    assert shown == [f"bank-{number}2", f"bank-{number}1", f"bank-{number}0"]
    assert second["nextPage"] is None
    blocked = caller.get(f"/api/v1/transactions?customerId={bvn}&outcome=BLOCK").body["data"]
    assert [one["outcome"] for one in blocked] == ["BLOCK", "BLOCK"]
    assert caller.get("/api/v1/transactions?outcome=MAYBE").status == 400
    assert caller.get("/api/v1/transactions?page=501&limit=200").body["details"][0]["path"] == "page"


def test_one_payment_shows_the_whole_breakdown_and_the_view_is_on_record(bank, number):
    from teams.models import AuditEntry

    verdict = screen(bank, number, senderName="Adaeze Okafor", narration="rent").body
    detail = bank.callers["ng"].get(f"/api/v1/transactions/{verdict['transactionId']}")
    assert detail.status == 200
    assert {name: detail.body[name] for name in verdict} == verdict
    assert detail.body["transaction"]["senderName"] == "Adaeze Okafor"
    assert detail.body["transaction"]["senderKycTier"] == "TIER_3"
    with bank.seeing("ng"):
        assert AuditEntry.objects.filter(
            action="transaction.viewed", subject_id=verdict["transactionId"]
        ).exists()


def test_an_unknown_payment_is_not_found_in_the_dialects_own_shape(bank):
    answer = bank.callers["ng"].get("/api/v1/transactions/txn_01HXY3V9K2M4N6P8Q0R2S4T6V8")
    assert answer.status == 404
    assert answer.body["error"] == "not_found"


def test_without_a_key_nobody_is_answered(bank, number):
    from tests.cast import Caller

    answer = Caller().post(PATH, sent(number))
    assert answer.status == 401
    assert answer.body["error"] == "unauthenticated"


def test_what_is_not_json_is_refused(bank):
    answer = bank.callers["ng"].call("POST", PATH, raw=b"{")
    assert (answer.status, answer.body["error"]) == (400, "not_json")
    answer = bank.callers["ng"].call("POST", PATH, raw=b"[]")
    assert answer.status == 400
