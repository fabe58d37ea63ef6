"""A what-if is exact: it says what Python says of every stored evaluation, and what a real run with that policy gave."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.evaluation import decode
from screening.layers.result import Outcome
from screening.models import Evaluation
from screening.policy import Policy, merged, parse_policy, policy_document
from screening.services.policy import policy_fields, policy_live
from screening.what_if.compare import what_if
from screening.what_if.counting import BAR_POINTS, BARS, Counted, begin, count
from screening.what_if.window import Window
from tests.cast import Bank, changed, make_bank
from tests.evaluate.lists import load_demo_list
from tests.what_if.payments import payments, send
from tests.what_if.synthetic import judged, layer_sets, policies, store

# Odd weights, a policy that blocks early, one that lets nearly everything pass, one of the other aggregation.
CHANGES: tuple[dict[str, Any], ...] = (
    {"txReviewScore": 33, "txEscalateScore": 61, "txSarScore": 77},
    {
        "aggregation": "weighted_floor",
        "weights": {"kyc": 0.3333, "custom_rules": 2.7, "behavioral": 0, "decision_engine": 1.0001},
        "bands": {"review": 12.5, "escalate": 44.4444, "block": 71},
    },
    {"aggregation": "sum", "txReviewScore": 88, "txEscalateScore": 140, "txSarScore": 300},
)


@pytest.fixture(scope="module")
def lists(database_for_every_test: None) -> None:
    load_demo_list()


@pytest.fixture(scope="module")
def acme(lists: None) -> Bank:
    bank = make_bank("Acme Bank", "us", "ng")
    for pack in ("us", "ng"):
        send(bank, pack, payments(pack, 150, seed=7))
    return bank


def counted(bank: Bank, pack: str, *asked: Policy) -> list[Counted]:
    window = Window(7, timezone.now())
    team = bank.team_facts(pack)
    with bank.seeing(pack):
        found, unread = count(team, window, begin(team, window), asked)
    assert unread == 0
    return found


def as_python_says(sets: list[Any], policy: Policy) -> Counter[tuple[int, bool, int]]:
    every = [judged(layers, policy) for layers in sets]
    return Counter(
        (one.outcome, one.drafts_sar, min(int(one.score // BAR_POINTS), BARS - 1)) for one in every
    )


def as_counted(found: Counted) -> Counter[tuple[int, bool, int]]:
    return Counter({(one.outcome, one.drafts_sar, one.bar): one.evaluations for one in found.found})


def stored_layers(bank: Bank, pack: str) -> list[Any]:
    from ratel.sealing import unseal

    with bank.seeing(pack):
        rows = list(Evaluation.objects.filter(team_id=bank.teams[pack].id))
    opened = [decode(unseal(bytes(row.sealed_detail), row.id.bytes)) for row in rows]
    return [{layer.name: layer for layer in one.layers} for one in opened]


@pytest.mark.parametrize("pack", ["us", "ng"])
def test_it_agrees_with_python_about_every_payment_under_any_policy(acme, pack):
    sets = stored_layers(acme, pack)
    assert len(sets) == 150

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(policies(), min_size=8, max_size=8))
    def holds(drawn):
        for policy, found in zip(drawn, counted(acme, pack, *drawn), strict=True):
            assert as_counted(found) == as_python_says(sets, policy)

    holds()


def test_it_agrees_with_python_about_anything_that_could_be_stored(lists):
    drawn: list[Any] = []
    bank = make_bank("Odd Bank", "us")

    @settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(layer_sets(), min_size=40, max_size=40))
    def draw(sets):
        drawn.extend(sets)

    for _ in range(8):
        draw()
    store(bank, "us", drawn, timezone.now())
    assert any(not layer.answered for layers in drawn for layer in layers.values())

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(policies(), min_size=8, max_size=8))
    def holds(asked):
        for policy, found in zip(asked, counted(bank, "us", *asked), strict=True):
            assert as_counted(found) == as_python_says(drawn, policy)

    holds()


@pytest.mark.parametrize("pack", ["us", "ng"])
@pytest.mark.parametrize("change", CHANGES, ids=["earlier", "weighted", "hardly ever"])
def test_the_same_payments_under_the_draft_give_what_was_predicted(acme, pack, change):
    team = acme.team_facts(pack)
    with acme.seeing(pack):
        live = policy_fields(policy_live(team=team))
        draft = policy_document(parse_policy(merged(live, change)))
        predicted = what_if(team=team, live=live, draft=draft, days=7).draft
    again = make_bank("Again Bank", pack)
    assert again.callers[pack].patch("/api/decision-policy", change).status == 200
    changed()
    send(again, pack, payments(pack, 150, seed=7))
    with again.seeing(pack):
        rows = list(
            Evaluation.objects.filter(team_id=again.teams[pack].id).values_list("decision", "risk_score")
        )
    decisions = Counter(decision for decision, _ in rows)
    assert {
        one.code: predicted.counted.with_outcome(one) for one in Outcome if decisions[one.code]
    } == decisions
    bars = Counter(min(int(score // BAR_POINTS), BARS - 1) for _, score in rows)
    assert bars == Counter({place: sum(bar) for place, bar in enumerate(predicted.counted.bars) if sum(bar)})
    assert predicted.counted.sar_drafts == drafted(again, pack)


def drafted(bank: Bank, pack: str) -> int:
    from cases.models import Report

    with bank.seeing(pack):
        return Report.objects.filter(team_id=bank.teams[pack].id, type="SAR").count()


def test_what_was_decided_is_what_the_live_policy_says(acme):
    for pack in ("us", "ng"):
        team = acme.team_facts(pack)
        with acme.seeing(pack):
            live = policy_fields(policy_live(team=team))
            outlook = what_if(team=team, live=live, draft=live, days=30).live
            stored = Counter(Evaluation.objects.filter(team_id=team.id).values_list("decision", flat=True))
        assert {one.code: outlook.counted.with_outcome(one) for one in Outcome if stored[one.code]} == stored
        assert len(stored) >= 3, "payments of every kind"


def test_what_was_screened_again_is_counted_once(lists):
    bank = make_bank("Late Bank", "us")
    first = store(bank, "us", [_quiet()], timezone.now())
    store(bank, "us", [_quiet()], timezone.now(), rescreens_id=first[0])
    (found,) = counted(bank, "us", parse_policy(merged({}, {})))
    assert found.evaluations == 1


def test_days_outside_of_the_window_and_other_teams_are_not_counted(lists):
    bank = make_bank("Edge Bank", "us", "ng")
    start = Window(7, timezone.now()).start
    store(bank, "us", [_quiet()] * 2, start)
    store(bank, "us", [_quiet()] * 3, start - timedelta(microseconds=1))
    store(bank, "ng", [_quiet()] * 5, timezone.now())
    assert [found.evaluations for found in counted(bank, "us", parse_policy(merged({}, {})))] == [2]


def _quiet() -> Any:
    from decimal import Decimal

    from screening.layers.result import LayerResult
    from screening.policy import LAYER_NAMES

    return {name: LayerResult(name, Decimal(0), Outcome.PASS) for name in LAYER_NAMES}
