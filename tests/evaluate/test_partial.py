"""A layer that is broken, slow or down never stops a payment: the answer is 200, partial, and names what is missing."""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection

from ratel.statements import driver_connection
from screening import configuration
from screening.layers import behavioral, decision_engine, kyc, rules
from screening.names.index import NameIndex
from tests.cast import Answer, Bank, make_bank, payment
from tests.evaluate.lists import SANCTIONED
from tests.evaluate.rules import add_rules, rule, set_policy
from tests.evaluate.stored import NOTHING, ONE_PASS, evaluations, events, stored

CLEAN = {"kycStatus": "verified", "customerSince": "2020-01-01"}
LAYERS = ["regulatory", "kyc", "custom_rules", "sanctions", "decision_engine", "behavioral"]


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "ng", "us")


def answered(answer: Answer) -> dict[str, bool]:
    return {layer["name"]: layer["answered"] for layer in answer.data["layers"]}


def break_layer(patch: pytest.MonkeyPatch, name: str, failure: Callable[..., Any]) -> None:
    if name in {"regulatory", "custom_rules"}:
        works = rules.run

        def one_breaks(layer: Any, *arguments: Any) -> Any:
            return failure() if layer.name == name else works(layer, *arguments)

        patch.setattr(rules, "run", one_breaks)
    elif name == "sanctions":
        patch.setattr(NameIndex, "search", failure)
    else:
        modules = {"kyc": kyc, "decision_engine": decision_engine, "behavioral": behavioral}
        patch.setattr(modules[name], "run", failure)


def raises(*arguments: Any) -> None:
    raise RuntimeError("Siti Rahmawati, account 0123456789")


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_that_raises_is_left_out_and_named(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    break_layer(monkeypatch, name, raises)
    answer = bank.callers["ng"].explain(**CLEAN, customerName=f"Nobody In Particular {name}")
    assert answer.status == 200
    assert answer.data["partial"] is True
    assert answer.data["missingLayers"] == [name]
    assert answered(answer) == {layer: layer != name for layer in LAYERS}
    assert (
        next(layer for layer in answer.data["layers"] if layer["name"] == name)["failure"] == "RuntimeError"
    )
    assert f"Not answered: {name}" in answer.data["explanation"]
    assert "Rahmawati" not in str(answer.body)
    (event,) = [event for event in events(bank, "ng") if event.event == "evaluation.partial"]
    assert event.payload["missingLayers"] == [name]
    assert event.payload["evaluationId"] == answer.data["evaluationId"]
    (evaluation,) = evaluations(bank, "ng")
    assert evaluation.partial is True
    assert evaluation.missing_layers == [name]
    assert evaluation.layer_scores[LAYERS.index(name)] is None


def test_a_name_search_that_hangs_is_left_out_in_time_and_the_others_are_there(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.RATEL_EVALUATION_DEADLINE_MS = 500
    let_go, ended = threading.Event(), threading.Event()

    def hangs(*arguments: Any) -> None:
        let_go.wait(60)
        ended.set()

    break_layer(monkeypatch, "sanctions", hangs)
    answer = bank.callers["ng"].explain(
        **CLEAN, customerName="Nobody Who Was Asked For", amount=5_000_000, channel="cash"
    )
    # The answer is here while the search still hangs.
    assert not ended.is_set()
    let_go.set()
    assert answer.status == 200
    assert answer.data["missingLayers"] == ["sanctions"]
    assert answered(answer) == {layer: layer != "sanctions" for layer in LAYERS}
    # The mandatory rules were not lost with it.
    assert [hit["ruleCode"] for hit in answer.data["hits"]] == ["CBN-001"]
    assert answer.data["decision"] == "review"


def test_a_missing_layer_counts_neither_with_its_score_nor_with_its_weight(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cash of 5,000,000: regulatory 50 of weight 1.5 among weights 6.8, without kyc (1.3) among 5.5."""
    fields = {**CLEAN, "kycStatus": "verified", "amount": 5_000_000, "channel": "cash"}
    assert bank.callers["ng"].evaluate(**fields, persist=False).data["riskScore"] == 40
    set_policy(
        bank,
        "ng",
        weights={
            "regulatory": 30,
            "kyc": 10,
            "custom_rules": 0,
            "sanctions": 0,
            "decision_engine": 0,
            "behavioral": 0,
        },
    )
    assert bank.callers["ng"].evaluate(**fields, persist=False).data["riskScore"] == 40
    break_layer(monkeypatch, "kyc", raises)
    assert bank.callers["ng"].evaluate(**fields, persist=False).data["riskScore"] == 50


def test_a_layer_that_must_not_be_missed_gives_a_review(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    set_policy(bank, "us", failClosed=["behavioral"])
    assert bank.callers["us"].evaluate(**CLEAN).data["decision"] == "pass"
    break_layer(monkeypatch, "behavioral", raises)
    answer = bank.callers["us"].evaluate(**CLEAN)
    assert answer.data["decision"] == "review"
    assert answer.data["alertId"] is not None
    break_layer(monkeypatch, "kyc", raises)
    assert bank.callers["us"].evaluate(**CLEAN, customerId="other").data["decision"] == "review"


def test_another_layer_than_those_that_must_not_be_missed_fails_open(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(bank, "us", failClosed=["behavioral"])
    break_layer(monkeypatch, "decision_engine", raises)
    assert bank.callers["us"].evaluate(**CLEAN).data["decision"] == "pass"


def test_without_any_list_the_sanctions_layer_is_missing_and_the_bank_is_told(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "current_names", lambda organisation: None)
    answer = bank.callers["us"].explain(**CLEAN, counterpartyName=SANCTIONED)
    assert answer.status == 200
    assert answer.data["missingLayers"] == ["sanctions"]
    states = {state["ruleCode"]: state["state"] for state in answer.data["ruleStates"]}
    assert states["SANCTIONS_CPTY"] == "incomplete_fields"
    assert [event.event for event in events(bank, "us")] == ["evaluation.partial"]


def test_everything_that_answered_is_not_partial(bank: Bank) -> None:
    answer = bank.callers["us"].explain(**CLEAN)
    assert answer.data["partial"] is False
    assert answer.data["missingLayers"] == []
    assert events(bank, "us") == []


def test_a_rule_that_fails_scores_nothing_and_makes_the_evaluation_partial(bank: Bank) -> None:
    """An attribute of another type than the rule compares with."""
    add_rules(bank, "us", rule("ATTRIBUTE", {"field": "attributes.level", "operator": ">=", "value": 5}))
    assert bank.callers["us"].explain(**CLEAN, attributes={"level": 5}).data["riskScore"] == 10
    answer = bank.callers["us"].explain(**CLEAN, attributes={"level": {"a": 1}})
    assert answer.status == 200
    states = {state["ruleCode"]: state["state"] for state in answer.data["ruleStates"]}
    assert states["ATTRIBUTE"] in {"failed", "incomplete_fields"}
    assert answer.data["partial"] is (states["ATTRIBUTE"] == "failed")


def refuse_connections(patch: pytest.MonkeyPatch) -> None:
    """From here on PostgreSQL cannot be reached by this thread."""
    driver_connection()
    settings = {**connection.settings_dict, "HOST": "/nonexistent", "PORT": "1"}
    patch.setattr(connection, "settings_dict", settings)
    connection.close()


def test_without_the_database_the_answer_is_503_with_a_time_to_try_again(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.callers["us"].evaluate(externalId="before")
    with monkeypatch.context() as patch:
        refuse_connections(patch)
        for path, body in (
            ("/api/transactions/evaluate", payment(externalId="a")),
            ("/api/transactions/evaluate?include=layers", payment(persist=False)),
            ("/api/transactions/evaluate/batch", {"batch": [payment(externalId="a")]}),
        ):
            answer = bank.callers["us"].post(path, body)
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "1"
            assert answer.error["code"] == "unavailable"
            assert "nonexistent" not in str(answer.body)
    connection.close()
    assert stored(bank, "us") == ONE_PASS
    assert bank.callers["us"].evaluate(externalId="a").status == 200


def test_a_connection_that_was_cut_is_replaced_by_itself(
    bank: Bank, owner_connection: psycopg.Connection
) -> None:
    bank.callers["us"].evaluate(externalId="a")
    cut(owner_connection)
    statuses = [bank.callers["us"].evaluate(externalId="b", customerId="other").status for _ in range(3)]
    assert statuses[1:] == [200, 200]
    assert statuses[0] in {200, 503}
    assert stored(bank, "us").transactions == 2


def cut(owner_connection: psycopg.Connection) -> None:
    process = driver_connection().info.backend_pid
    row = owner_connection.execute("SELECT pg_terminate_backend(%s, 30000)", [process]).fetchone()
    assert row == (True,)


def test_a_connection_that_is_cut_in_the_middle_stores_nothing(
    bank: Bank, owner_connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = kyc.run

    def is_cut_off(context: Any) -> Any:
        cut(owner_connection)
        return works(context)

    with monkeypatch.context() as patch:
        patch.setattr(kyc, "run", is_cut_off)
        answer = bank.callers["us"].evaluate()
    assert answer.status == 503
    connection.close()
    assert stored(bank, "us") == NOTHING
    assert bank.callers["us"].evaluate().status == 200
