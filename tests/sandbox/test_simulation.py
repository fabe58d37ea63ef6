"""`X-Ratel-Simulate`: late answers and failing layers for test keys, nothing for live ones."""

import time

import pytest

from ratel.breakers import GUARDS
from screening.policy import LAYER_NAMES
from screening.sandbox import simulation
from tests.cast import Answer, make_bank, payment
from tests.dialects.schemas import give_schema
from tests.evaluate.test_both_ways import directly
from tests.sandbox.bank import DIALECTS, Speaker, with_sandboxes
from tests.sandbox.test_scenarios import FIELDS

EVALUATE = "/api/transactions/evaluate?include=layers"


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    bank = with_sandboxes("us")
    assert give_schema(bank, "us", FIELDS).status == 200
    return Speaker(bank, "us")


def simulated(speaker: Speaker, value: str, **fields: object) -> Answer:
    return speaker.caller.post(EVALUATE, payment(**fields), **{"X-Ratel-Simulate": value})


@pytest.mark.parametrize("layer", LAYER_NAMES)
def test_a_layer_that_is_to_fail_is_missing_from_a_partial_evaluation(speaker: Speaker, layer: str) -> None:
    answer = simulated(speaker, f"fail={layer}", customerId="somebody")
    assert answer.status == 200
    assert answer.data["partial"] is True
    (one,) = [found for found in answer.data["layers"] if found["name"] == layer]
    assert one["answered"] is False
    assert simulated(speaker, "latency=0", customerId="somebody").data["partial"] is False


def test_rules_do_not_know_what_a_failing_screening_would_have_found(speaker: Speaker) -> None:
    listed = {"customerId": "other", "counterpartyName": "Joaquin Guzman Loera"}
    assert simulated(speaker, "latency=0", **listed).data["decision"] == "escalate"
    answer = simulated(speaker, "fail=sanctions", **listed)
    assert answer.data["partial"] is True
    assert [hit["ruleCode"] for hit in answer.data["hits"] if "SANCTIONS" in hit["ruleCode"]] == []


def test_scenarios_that_are_rules_fail_with_their_layer(speaker: Speaker) -> None:
    assert simulated(speaker, "fail=custom_rules", customerId="sandbox-block").data["decision"] == "pass"


def test_simulated_failures_are_no_failures_to_the_breakers(speaker: Speaker) -> None:
    before = GUARDS.reports()
    for _ in range(12):
        simulated(speaker, "fail=sanctions, fail=decision_engine, fail=behavioral")
    assert [report.failures for report in GUARDS.reports()] == [report.failures for report in before]
    assert {report.phase for report in GUARDS.reports()} == {"closed"}


def test_an_answer_comes_as_late_as_it_is_asked_to(speaker: Speaker) -> None:
    started = time.monotonic()
    assert simulated(speaker, "latency=300").status == 200
    assert time.monotonic() - started >= 0.3


def test_one_call_at_a_time_is_delayed(speaker: Speaker) -> None:
    with simulation._waiting:
        answer = simulated(speaker, "latency=1")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert simulated(speaker, "fail=kyc").status == 200
    assert simulated(speaker, "latency=1").status == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_simulates(speaker: Speaker, dialect: str) -> None:
    started = time.monotonic()
    answer = speaker.answer(
        dialect,
        customer_id="sandbox-review",
        **{"X-Ratel-Simulate": "latency=200, fail=custom_rules"},
    )
    assert answer.status == 200
    assert time.monotonic() - started >= 0.2
    told = {
        "native": lambda body: body["data"]["decision"] == "pass",
        "bank": lambda body: body["partial"] and "custom_rules" in str(body["missingEngines"]).lower(),
        "entity": lambda body: body["decision"] == "APPROVE",
        "stream": lambda body: not body["flagged"],
        "framl": lambda body: "RuleTriggered" not in str(body),
    }
    assert told[dialect](answer.body), answer.body


def test_a_batch_simulates_for_all_of_its_payments(speaker: Speaker) -> None:
    answer = speaker.caller.post(
        "/api/transactions/evaluate/batch?include=layers",
        {"batch": [payment(customerId=f"b-{number}") for number in range(3)]},
        **{"X-Ratel-Simulate": "fail=behavioral"},
    )
    assert [one["data"]["partial"] for one in answer.data] == [True] * 3


def test_calls_past_the_framework_simulate_too(speaker: Speaker) -> None:
    body = b'{"customerId": "c", "direction": "debit", "amount": 1, "channel": "atm"}'
    headers = {"HTTP_X_API_KEY": str(speaker.caller.key), "HTTP_X_RATEL_SIMULATE": "fail=kyc"}
    status, document, _ = directly("/api/transactions/evaluate", body, headers, "include=layers")
    assert (status, document["data"]["partial"]) == (200, True)


@pytest.mark.parametrize(
    "value",
    ["", "latency", "latency=", "latency=-1", "latency=2001", "latency=99999999", "latency=\u0661", "fail=", "fail=names",
     "fail=sanctions;latency=1", "speed=1", "latency=1, fail=everything", "," * 300],
)  # fmt: skip
def test_what_cannot_be_simulated_is_refused(speaker: Speaker, value: str) -> None:
    answer = simulated(speaker, value)
    assert answer.status == 400
    assert [problem["path"] for problem in answer.error["errors"]] == ["X-Ratel-Simulate"]


@pytest.mark.parametrize("value", ["latency=1", "fail=sanctions", "nonsense"])
def test_a_live_key_simulates_nothing(value: str) -> None:
    live = make_bank("Live Bank", "us").callers["us"]
    answer = live.post(EVALUATE, payment(), **{"X-Ratel-Simulate": value})
    assert answer.status == 400
    assert answer.error["errors"][0]["message"] == "is for test keys only"


BATCH = {
    "transactions": [
        {"transaction_id": "t-1", "amount": 5, "sender": {"entity_id": "e"}, "receiver": {"entity_id": "r"}}
    ]
}


@pytest.mark.parametrize("value", ["latency=1", "fail=sanctions", "nonsense"])
@pytest.mark.parametrize("is_live", [True, False], ids=["live", "test"])
def test_payments_that_are_decided_later_are_not_simulated_and_not_taken_in(
    speaker: Speaker, value: str, is_live: bool
) -> None:
    caller = make_bank("Live Bank", "us").callers["us"] if is_live else speaker.caller
    before = caller.get("/api/batches").data
    headers = {"X-Ratel-Simulate": value}
    batch = caller.post("/v1/transactions/batch", BATCH, **headers)
    queued = caller.post("/api/transactions/evaluate", payment(), Prefer="respond-async", **headers)
    assert (batch.status, queued.status) == (400, 400)
    said = "is for test keys only" if is_live else "is not for payments that are decided later"
    problem = {"path": "X-Ratel-Simulate", "message": said}
    assert batch.body["details"] == queued.error["errors"] == [problem]
    assert caller.get("/api/batches").data == before


def test_a_dry_run_is_decided_at_once_whatever_is_preferred_and_so_it_simulates(speaker: Speaker) -> None:
    answer = speaker.caller.post(
        EVALUATE, payment(persist=False), **{"X-Ratel-Simulate": "fail=kyc", "Prefer": "respond-async"}
    )
    assert (answer.status, answer.data["missingLayers"]) == (200, ["kyc"])
