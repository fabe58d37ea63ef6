"""Rules in the shadow: judged live, recorded apart, never decisive."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratel.identifiers import show
from screening.models import Evaluation, Rule, Ruleset, ShadowHit
from screening.repeat import repeat
from screening.replays import open_evaluation
from screening.rule_trials.tally import tally
from tests.cast import Bank, changed, make_bank
from tests.evaluate.rules import add_rules, rule, set_policy
from tests.rule_trials.past import evaluations, payments, send
from tests.rule_trials.test_back_tests import drafted, finished, start

ACTIONS = st.sampled_from(["alert", "review", "escalate", "block"])
TREES = st.sampled_from(
    [
        {"field": "amount", "operator": ">=", "value": 1},
        {"field": "amount", "operator": "<", "value": 500},
        {"field": "narration", "operator": "contains", "value": "gift"},
        {"aggregate": {"function": "count", "window": "P90D"}, "operator": ">=", "value": 1},
        {"aggregate": {"function": "distinct", "of": "device", "window": "P3D"}, "operator": ">", "value": 0},
        {"field": "attributes.nothing", "operator": "==", "value": 1},
        {"field": "customerMatchesSanctions", "operator": "==", "value": False},
    ]
)
SHADOWS = st.lists(st.tuples(TREES, ACTIONS, st.sampled_from([0, 5, 100])), min_size=1, max_size=3)


def put_into_shadow(bank: Bank, rule_id: str, **expected: Any) -> dict[str, Any]:
    answer = bank.callers["us"].post(f"/api/rules/{rule_id}/shadow")
    assert answer.status == 200, answer.body
    changed()
    return dict(answer.data)


def decided(one: Evaluation) -> Any:
    """All that a decision is, but for ids and times."""
    full = open_evaluation(one.id, bytes(one.sealed_detail))
    hits = [(hit.rule_code, hit.points, hit.line) for hit in full.hits]
    layers = [(layer.name, layer.score, layer.outcome, layer.states) for layer in full.layers]
    return (
        one.decision,
        one.risk_score,
        one.risk_level,
        one.hit_points,
        hits,
        layers,
        full.drafts,
        one.partial,
    )


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(shadows=SHADOWS, aggregation=st.sampled_from(["sum", "weighted_floor"]), seed=st.integers(0, 9))
def test_a_decision_is_the_same_with_and_without_shadow_rules(shadows, aggregation, seed):
    plain, shaded = make_bank("Acme Bank", "us"), make_bank("Acme Bank", "us")
    for bank in (plain, shaded):
        set_policy(bank, "us", aggregation=aggregation)
    for number, (tree, action, points) in enumerate(shadows):
        put_into_shadow(
            shaded,
            drafted(shaded, f"S-{number}", conditions=tree, action=action, scoreContribution=points),
        )
    sent = payments(12, seed)
    for bank in (plain, shaded):
        send(bank, sent)
    assert [decided(one) for one in evaluations(plain)] == [decided(one) for one in evaluations(shaded)]
    with shaded.seeing("us"):
        everything = {"field": "amount", "operator": ">=", "value": 1}
        if any(tree == everything for tree, _, _ in shadows):
            assert ShadowHit.objects.exists()


def test_what_would_have_been_decided_is_recorded_and_equals_a_back_test() -> None:
    bank = make_bank("Acme Bank", "us")
    rule_id = drafted(bank)
    assert put_into_shadow(bank, rule_id)["shadowVersion"] == 1
    send(bank, payments(60, seed=8))
    with bank.seeing("us"):
        hits = list(ShadowHit.objects.order_by("id"))
        every = list(Evaluation.objects.order_by("id"))
    result = finished(bank, rule_id, start(bank, rule_id))
    assert len(hits) == result["hits"] > 0
    assert sum(one.decision == "pass" != one.would_be for one in hits) == result["alertsAdded"]
    full = open_evaluation(every[0].id, bytes(every[0].sealed_detail))
    assert {one.hit.rule_code for one in full.shadow} <= {"TRIED"}
    # The bank is not told of it, and the stored evaluation repeats.
    answer = bank.callers["us"].explain(amount=9_000)
    assert "TRIED" not in str(answer.body)
    assert all(repeat(bank.team_facts("us"), one.id).differences == {} for one in every[:10])
    assert tally(bank.team_facts("us"))
    shown = bank.callers["us"].get(f"/api/rules/{rule_id}").data
    assert (shown["status"], shown["shadowVersion"], shown["liveVersion"]) == ("draft", 1, None)


def test_a_change_of_a_live_rule_runs_beside_it_and_leaves_the_shadow_when_it_is_approved() -> None:
    bank = make_bank("Acme Bank", "us")
    add_rules(bank, "us", rule("TRIED", {"field": "amount", "operator": ">=", "value": 500}))
    with bank.seeing("us"):
        rule_id = show("rul", Rule.objects.get(code="TRIED").id)
    caller = bank.callers["us"]
    assert caller.post(f"/api/rules/{rule_id}/shadow").status == 409
    assert caller.patch(f"/api/rules/{rule_id}", {"scoreContribution": 70}).status == 200
    put_into_shadow(bank, rule_id)
    assert caller.evaluate(amount=700).data["riskScore"] < 70
    with bank.seeing("us"):
        assert ShadowHit.objects.get().version == 2
    # Editing what runs in the shadow makes another version: what was counted stays what it was.
    assert caller.patch(f"/api/rules/{rule_id}", {"scoreContribution": 30}).data["version"] == 3
    assert caller.get(f"/api/rules/{rule_id}").data["shadowVersion"] == 2
    put_into_shadow(bank, rule_id)
    assert caller.post(f"/api/rules/{rule_id}/submit").status == 200
    assert bank.new_key("us").post(f"/api/rules/{rule_id}/approve").status == 200
    with bank.seeing("us"):
        assert Rule.objects.get(code="TRIED").shadow_version is None
        assert Ruleset.objects.order_by("-number")[0].shadow == []
    changed()
    caller.evaluate(amount=700)
    with bank.seeing("us"):
        assert ShadowHit.objects.count() == 1


def test_leaving_the_shadow_ends_the_counting() -> None:
    bank = make_bank("Acme Bank", "us")
    rule_id = drafted(bank)
    put_into_shadow(bank, rule_id)
    assert bank.callers["us"].post(f"/api/rules/{rule_id}/unshadow").data["shadowVersion"] is None
    changed()
    bank.callers["us"].evaluate(amount=700)
    with bank.seeing("us"):
        assert not ShadowHit.objects.exists()
    assert bank.callers["us"].post(f"/api/rules/{rule_id}/unshadow").status == 409
