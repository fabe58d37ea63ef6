"""The checker finds nothing where nothing is wrong, and each planted fault by its name."""

from dataclasses import replace

import pytest

from tests.chaos.checker import check
from tests.chaos.records import Receipt, Seen, Stored, StoredEvaluation, StoredEvent, Told

PASSED = StoredEvaluation("evl_1", "x1", "pass", 0.0, None, None, False, False, 1, 1)
BLOCKED = StoredEvaluation(
    *("evl_2", "x2", "block", 100.0, "alt_2", "cas_2", False, True, 1, 1),
    transaction_id="txn_2",
    linked_to="alt_2",
)
TOLD = Told(
    {
        "x1": [{"decision": "pass", "riskScore": 0, "hits": []}] * 2,
        "x2": [{"decision": "escalate", "riskScore": 100, "alertId": "alt_2", "blocked": True, "hits": []}]
        * 2,
    }
)
EVENTS = [
    StoredEvent("evt_1", "case.created", {"caseId": "cas_2", "alertIds": ["alt_2"], "externalIds": ["x2"]}),
    StoredEvent("evt_2", "alert.created", {"alertId": "alt_2", "transactionId": "txn_2"}),
    StoredEvent("evt_3", "alert.escalated", {"alertId": "alt_2", "transactionId": "txn_2"}),
    StoredEvent("evt_4", "sar.drafted", {"evaluationId": "evl_2"}),
]
STORED = Stored([PASSED, BLOCKED], {"alt_2": "evl_2"}, EVENTS, 2)
SEEN = Seen([Receipt("evt_1", "a", 500)] + [Receipt(event.id, "a", 200) for event in EVENTS])


def kinds(told: Told = TOLD, stored: Stored = STORED, seen: Seen | None = SEEN) -> set[str]:
    return {kind for kind, found in check(told, stored, seen).faults.items() if found}


def test_where_nothing_is_wrong_nothing_is_found_and_everything_is_counted() -> None:
    verdict = check(TOLD, STORED, SEEN)
    assert verdict.is_clean
    assert verdict.counts == {
        "external ids": 2,
        "answers 200": 4,
        "evaluations": 2,
        "events": 4,
        "calls to the receiver": 5,
        "refused by the receiver": 1,
        "re-deliveries": 0,
    }


def test_an_answer_whose_decision_is_not_stored_is_lost() -> None:
    found = kinds(Told({**TOLD.answers, "x3": [TOLD.answers["x1"][0]]}))
    assert found == {"acknowledged decisions lost"}


def test_a_second_evaluation_of_an_external_id_is_found() -> None:
    again = replace(PASSED, id="evl_9")
    stored = replace(STORED, evaluations=[PASSED, again, BLOCKED], transactions=3)
    assert kinds(stored=stored) == {"decided twice"}


def test_a_transaction_without_an_evaluation_is_found() -> None:
    assert kinds(stored=replace(STORED, transactions=3)) == {"decided twice"}


@pytest.mark.parametrize(
    "other",
    [
        {"decision": "review", "riskScore": 0, "hits": []},
        {"decision": "pass", "riskScore": 1, "hits": []},
        {"decision": "pass", "riskScore": 0, "hits": [{"ruleCode": "HIGH_AMT"}]},
        {"decision": "pass", "riskScore": 0, "alertId": "alt_7", "hits": []},
    ],
)
def test_answers_that_differ_conflict(other: dict[str, object]) -> None:
    answers = {**TOLD.answers, "x1": [TOLD.answers["x1"][0], other]}
    assert kinds(Told(answers)) == {"conflicting answers"}


def test_answers_that_agree_on_something_else_than_is_stored_conflict() -> None:
    answers = {**TOLD.answers, "x1": [{"decision": "review", "riskScore": 0, "hits": []}] * 2}
    assert kinds(Told(answers)) == {"conflicting answers"}


def test_what_was_refused_or_never_answered_is_told() -> None:
    told = Told(TOLD.answers, refused=["x4: 422"], unanswered=["x5"])
    assert kinds(told) == {"refused without reason", "never answered"}


@pytest.mark.parametrize("change", [{"keys": 0}, {"keys": 2}, {"audit_entries": 0}])
def test_an_evaluation_without_the_rest_of_its_rows_is_half_written(change: dict[str, int]) -> None:
    assert kinds(stored=replace(STORED, evaluations=[replace(PASSED, **change), BLOCKED])) == {"half written"}


def test_an_evaluation_that_is_not_linked_to_its_alert_is_half_written() -> None:
    assert kinds(stored=replace(STORED, evaluations=[PASSED, replace(BLOCKED, linked_to=None)])) == {
        "half written"
    }


def test_a_second_evaluation_that_joins_an_alert_must_be_told_as_such() -> None:
    joined = replace(BLOCKED, id="evl_3", external_id="x3", transaction_id="txn_3", drafts_sar=False)
    told = Told({**TOLD.answers, "x3": TOLD.answers["x2"]})
    about = {"alertId": "alt_2", "transactionId": "txn_3"}
    events = [
        *EVENTS,
        StoredEvent("evt_5", "alert.triggered", about),
        StoredEvent("evt_6", "case.updated", {"alertIds": ["alt_2"], "externalIds": ["x3"]}),
        StoredEvent("evt_7", "alert.escalated", about),
    ]
    stored = replace(STORED, evaluations=[PASSED, BLOCKED, joined], events=events, transactions=3)
    assert kinds(told, stored, None) == set()
    for number in (4, 5, 6):
        less = [event for position, event in enumerate(events) if position != number]
        assert kinds(told, replace(stored, events=less), None) == {"evaluations without their events"}


@pytest.mark.parametrize("missing", range(4))
def test_an_evaluation_that_lacks_one_of_its_events_is_found(missing: int) -> None:
    events = [event for position, event in enumerate(EVENTS) if position != missing]
    stored = replace(STORED, events=events)
    assert "evaluations without their events" in kinds(stored=stored, seen=None)


def test_an_event_that_was_written_twice_is_found() -> None:
    stored = replace(STORED, events=[*EVENTS, replace(EVENTS[1], id="evt_9")])
    assert kinds(stored=stored, seen=None) == {"evaluations without their events"}


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("alert.created", {"alertId": "alt_9", "transactionId": "txn_9"}),
        ("case.updated", {"caseId": "cas_9", "alertIds": ["alt_9"], "externalIds": ["x9"]}),
        ("evaluation.partial", {"evaluationId": "evl_9"}),
    ],
)
def test_an_event_of_something_that_is_not_there_is_found(event: str, payload: dict[str, object]) -> None:
    stored = replace(STORED, events=[*EVENTS, StoredEvent("evt_9", event, payload)])
    assert kinds(stored=stored, seen=None) == {"events without their evaluation"}


def test_an_event_that_the_receiver_never_accepted_is_lost() -> None:
    refused = [
        replace(receipt, status=500) if receipt.event_id == "evt_4" else receipt for receipt in SEEN.receipts
    ]
    assert kinds(seen=Seen(refused)) == {"events lost"}
    absent = [receipt for receipt in SEEN.receipts if receipt.event_id != "evt_4"]
    assert kinds(seen=Seen(absent)) == {"events lost"}


def test_a_dead_letter_is_not_lost_but_told() -> None:
    absent = [receipt for receipt in SEEN.receipts if receipt.event_id != "evt_4"]
    stored = replace(STORED, dead_letters=["evt_4"])
    assert kinds(stored=stored, seen=Seen(absent)) == {"events in the dead-letter table"}


def test_a_delivery_of_an_event_that_does_not_exist_is_found() -> None:
    assert kinds(seen=Seen([*SEEN.receipts, Receipt("evt_9", "a", 200)])) == {
        "deliveries that are no event of ours"
    }


def test_an_event_that_says_something_else_the_second_time_is_found() -> None:
    changed = [replace(SEEN.receipts[0], digest="b"), *SEEN.receipts[1:]]
    assert kinds(seen=Seen(changed)) == {"events whose content changed"}


def test_a_delivery_that_is_not_signed_is_found() -> None:
    unsigned = [replace(SEEN.receipts[0], is_signed=False), *SEEN.receipts[1:]]
    assert kinds(seen=Seen(unsigned)) == {"deliveries without a valid signature"}


def test_re_deliveries_are_allowed_up_to_a_twentieth() -> None:
    assert kinds(seen=Seen([*SEEN.receipts, SEEN.receipts[-1]])) == {"too many re-deliveries"}
    many = [StoredEvent(f"evt_{number}", "webhook.test", {}) for number in range(5, 101)]
    receipts = [*SEEN.receipts, *[Receipt(event.id, "a", 200) for event in many]]
    stored = replace(STORED, events=[*EVENTS, *many])
    assert kinds(stored=stored, seen=Seen([*receipts, *receipts[-5:]])) == set()
    assert kinds(stored=stored, seen=Seen([*receipts, *receipts[-6:]])) == {"too many re-deliveries"}


def test_an_evaluation_that_completes_a_partial_one_is_not_a_second_decision() -> None:
    first = replace(PASSED, is_partial=True)
    full = replace(first, id="evl_3", keys=0, is_partial=False, rescreens="evl_1")
    told_of = [
        StoredEvent("evt_5", "evaluation.partial", {"evaluationId": "evl_1"}),
        StoredEvent("evt_6", "evaluation.rescreened", {"evaluationId": "evl_3"}),
    ]
    stored = replace(STORED, evaluations=[first, full, BLOCKED], events=[*EVENTS, *told_of])
    assert kinds(stored=stored, seen=None) == set()
    twice = replace(stored, evaluations=[first, full, replace(full, id="evl_4"), BLOCKED])
    assert kinds(stored=twice, seen=None) == {"decided twice", "evaluations without their events"}


def test_counters_that_do_not_add_up_are_told() -> None:
    assert kinds(stored=replace(STORED, miscounted=["c1"])) == {"counters that do not add up"}
