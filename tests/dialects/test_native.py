"""The native dialect's refusals: whatever is wrong with a payment is in one answer."""

from tests.dialects.mistakes import NATIVE

PATH = "/api/transactions/evaluate"


def test_every_mistake_is_named_at_once(bank):
    paths, body = NATIVE.one_each()
    answer = bank.callers["us"].post(PATH, body)
    assert answer.status == 400
    assert sorted(one["path"] for one in answer.error["errors"]) == sorted(paths)
    assert all(set(one) == {"path", "message"} for one in answer.error["errors"])


def test_a_wrong_form_hides_no_wrong_value(bank):
    answer = bank.callers["us"].post(
        PATH,
        {
            "direction": "debit", "amount": 1, "channel": 5, "currency": "XXZ", "kycStatus": "maybe",
            "occurredAt": "2999-01-01T00:00:00Z", "ipAddress": "localhost", "shoeSize": 44,
        },
    )  # fmt: skip
    assert answer.status == 400
    assert [one["path"] for one in answer.error["errors"]] == [
        "customerId", "channel", "currency", "occurredAt", "kycStatus", "ipAddress", "shoeSize",
    ]  # fmt: skip


def test_an_item_of_a_batch_is_told_all_of_its_own(bank):
    paths, body = NATIVE.one_each()
    good = {"customerId": "native-batch", "direction": "debit", "amount": 1, "channel": "transfer"}
    answer = bank.callers["us"].post(f"{PATH}/batch", {"batch": [good, body, good]})
    assert [item["ok"] for item in answer.data] == [True, False, True]
    assert sorted(one["path"] for one in answer.data[1]["error"]["errors"]) == sorted(paths)
