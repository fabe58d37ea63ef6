"""`/api/rules`: writing a rule, having it approved, what a live one takes, and that it decides."""

from datetime import UTC, datetime, timedelta

import pytest

from screening.models import Rule, Ruleset
from teams.models import AuditEntry
from tests.cast import changed, make_bank
from webhooks.models import OutboxEvent

RULES = "/api/rules"
TREE = {"field": "amount", "operator": ">=", "value": 1000}


def rule(**fields):
    return {"code": "LARGE", "name": "Large amount", "scoreContribution": 50, "conditions": TREE, **fields}


def draft(caller, **fields):
    answer = caller.post(RULES, rule(**fields))
    assert answer.status == 201, answer.body
    return answer.data["id"]


def step(caller, rule_id, name, body=None, expect=200):
    answer = caller.post(f"{RULES}/{rule_id}/{name}", body)
    assert answer.status == expect, answer.body
    return answer


def live(bank, pack="us", **fields):
    """A rule that one key wrote and another approved."""
    rule_id = draft(bank.callers[pack], **fields)
    step(bank.callers[pack], rule_id, "submit")
    step(bank.new_key(pack), rule_id, "approve")
    return rule_id


def codes(caller, **fields):
    return {hit["ruleCode"] for hit in caller.evaluate(persist=False, **fields).data["hits"]}


def actions(bank, pack, subject):
    with bank.seeing(pack):
        found = AuditEntry.objects.filter(team_id=bank.teams[pack].id, subject_id=subject).order_by("id")
        return [entry.action for entry in found]


@pytest.fixture
def bank():
    return make_bank("Acme", "us")


@pytest.fixture
def caller(bank):
    return bank.callers["us"]


def test_a_new_rule_is_a_draft_that_decides_nothing(caller):
    answer = caller.post(RULES, rule())
    assert answer.status == 201
    data = answer.data
    assert data["id"].startswith("rul_")
    assert (data["status"], data["version"], data["liveVersion"], data["pendingVersion"]) == (
        "draft",
        1,
        None,
        1,
    )
    assert (data["severity"], data["action"], data["lane"], data["type"]) == (
        "medium",
        "alert",
        "transaction",
        "threshold",
    )
    assert (data["layer"], data["bypass"], data["approvedBy"]) == ("custom_rules", None, None)
    assert data["conditions"] == TREE
    assert caller.get(f"{RULES}/{data['id']}").data == data
    assert "LARGE" not in codes(caller, amount=5000)


@pytest.mark.parametrize(
    "conditions",
    [
        {"all": [{"field": "channel", "operator": "in", "value": ["atm", "cash"]}, TREE]},
        {"channel": "in:['atm','cash']", "amount": ">=:1000"},
        {
            "operator": "AND",
            "conditions": [
                {"type": "CHANNEL_EQUALS", "value": "atm"},
                {"type": "AMOUNT_GREATER_THAN", "value": 999},
            ],
        },
    ],
    ids=["tree", "compact", "typed"],
)
def test_each_form_of_conditions_is_shown_as_a_tree_and_decides_once_approved(bank, caller, conditions):
    rule_id = live(bank, conditions=conditions)
    assert "all" in caller.get(f"{RULES}/{rule_id}").data["conditions"]
    assert "LARGE" in codes(caller, amount=1000, channel="ATM")
    assert "LARGE" not in codes(caller, amount=999, channel="atm")
    assert "LARGE" not in codes(caller, amount=1000, channel="transfer")


def test_every_problem_of_a_rule_is_named_with_its_path(caller):
    answer = caller.post(
        RULES,
        {
            "code": "lower case",
            "scoreContribution": 1001,
            "severity": "huge",
            "layer": "regulatory",
            "status": "active",
            "conditions": {"all": [TREE, {"field": "colour", "operator": "==", "value": "red"}]},
        },
    )
    assert answer.status == 400
    paths = {problem["path"] for problem in answer.error["errors"]}
    assert {
        "code",
        "name",
        "scoreContribution",
        "severity",
        "layer",
        "status",
        "conditions.all[1].field",
    } <= paths


@pytest.mark.parametrize(
    "fields",
    [
        {"conditions": {"field": "amount", "operator": ">=", "value": 1e30}},
        {"conditions": {"field": "amount", "operator": ">=", "value": 10**18}},
        {"conditions": {"field": "amount", "operator": ">=", "value": "1e999999999"}},
        {"conditions": {"field": "amount", "operator": ">=", "value": "NaN"}},
        {"conditions": {"field": "channel", "operator": "==", "value": "a\x00b"}},
        {"conditions": {"field": "channel", "operator": "in", "value": ["a\x00b"]}},
        {"conditions": {"field": "attributes.x", "operator": "==", "value": "a\x00b"}},
        {"conditions": {"narration": "match:(a+)+$\x00"}},
        {"name": "a\x00b"},
        {"tags": ["a\x00b"]},
        {"explanation": "a\x00b"},
        {"name": 7, "tags": {}, "groupBy": "x", "variants": 3},
        {"variants": [{"a\x00b": 1}]},
        {"a\x00b" * 1000: 1},
        {"conditions": []},
        {"conditions": {"all": [[[[[[[[[[]]]]]]]]]]}},
    ],
)
def test_no_rule_that_is_sent_breaks_the_server(caller, fields):
    answer = caller.post(RULES, rule(**fields))
    assert answer.status in {201, 400}
    assert caller.get(RULES).status == 200


def test_a_code_is_taken_once_in_a_team_and_free_in_another(bank, caller):
    draft(caller)
    answer = caller.post(RULES, rule())
    assert (answer.status, answer.error["code"]) == (409, "code_taken")
    draft(make_bank("Rival", "us").callers["us"])


def test_another_person_must_approve(bank, caller):
    rule_id = draft(caller)
    assert step(caller, rule_id, "submit").data["status"] == "pending_approval"
    refused = step(caller, rule_id, "approve", expect=403)
    assert refused.error["code"] == "four_eyes"
    data = step(bank.new_key("us"), rule_id, "approve").data
    assert (data["status"], data["liveVersion"], data["pendingVersion"]) == ("active", 1, None)
    assert data["approvedBy"] and data["approvedAt"]
    assert "LARGE" in codes(caller, amount=1000)
    assert actions(bank, "us", rule_id) == ["rule.created", "rule.submitted", "rule.approved"]


def test_one_person_with_two_keys_is_still_one_person():
    bank = make_bank("Acme", "us", people=True)
    first, second = (bank.new_key("us", created_by=bank.people["analyst"]) for _ in range(2))
    rule_id = draft(first)
    step(first, rule_id, "submit")
    step(second, rule_id, "approve", expect=403)
    step(bank.callers["us"], rule_id, "approve")


def test_where_the_policy_asks_for_no_four_eyes_the_author_may_approve(bank, caller):
    proposed = caller.patch("/api/decision-policy", {"fourEyes": {"rules": False}}).data
    assert proposed["status"] == "proposed"
    approved = bank.new_key("us").post(f"/api/decision-policy/versions/{proposed['version']}/approve")
    assert approved.status == 200
    changed()
    rule_id = draft(caller)
    step(caller, rule_id, "submit")
    assert step(caller, rule_id, "approve").data["status"] == "active"


def test_a_key_without_write_may_not_write_nor_approve(bank, caller):
    reader = bank.new_key("us", scopes=["read", "evaluate"])
    rule_id = draft(caller)
    assert reader.get(f"{RULES}/{rule_id}").status == 200
    assert reader.post(RULES, rule(code="OTHER")).status == 403
    assert reader.patch(f"{RULES}/{rule_id}", {"name": "x"}).status == 403
    for name in ("submit", "approve", "reject", "pause", "activate", "archive", "bypass"):
        step(reader, rule_id, name, expect=403)


def test_a_draft_is_edited_in_place(bank, caller):
    rule_id = draft(caller)
    data = caller.patch(f"{RULES}/{rule_id}", {"name": "Very large", "code": "VERY_LARGE"}).data
    assert (data["version"], data["name"], data["code"]) == (1, "Very large", "VERY_LARGE")
    draft(caller)
    taken = caller.patch(f"{RULES}/{rule_id}", {"code": "LARGE"})
    assert (taken.status, taken.error["code"]) == (409, "code_taken")


def test_an_edit_that_changes_nothing_is_not_one(bank, caller):
    rule_id = live(bank)
    data = caller.patch(f"{RULES}/{rule_id}", {"name": "Large amount"}).data
    assert (data["version"], data["pendingVersion"]) == (1, None)
    assert "rule.updated" not in actions(bank, "us", rule_id)


def test_a_live_rule_stays_as_it_is_until_its_new_version_is_approved(bank, caller):
    rule_id = live(bank)
    path = f"{RULES}/{rule_id}"
    data = caller.patch(path, {"conditions": {"field": "amount", "operator": ">=", "value": 5000}}).data
    assert (data["version"], data["liveVersion"], data["pendingVersion"]) == (2, 1, 2)
    assert (data["status"], data["pendingStatus"]) == ("active", "draft")
    assert data["conditions"]["value"] == 5000
    shown = caller.get(path).data
    assert (shown["version"], shown["conditions"]["value"]) == (1, 1000)
    assert caller.get(f"{path}?version=2").data["conditions"]["value"] == 5000
    assert "LARGE" in codes(caller, amount=1000)
    step(caller, rule_id, "submit")
    assert "LARGE" in codes(caller, amount=1000)
    step(bank.new_key("us"), rule_id, "approve")
    assert caller.get(path).data["version"] == 2
    assert "LARGE" not in codes(caller, amount=1000)
    assert "LARGE" in codes(caller, amount=5000)
    assert caller.patch(path, {"code": "OTHER"}).status == 400


def test_a_submitted_version_cannot_be_edited_but_given_back(bank, caller):
    rule_id = draft(caller)
    step(caller, rule_id, "submit")
    refused = caller.patch(f"{RULES}/{rule_id}", {"name": "x"})
    assert (refused.status, refused.error["allowed"]) == (409, ["approve", "reject", "shadow", "archive"])
    assert [p["path"] for p in step(caller, rule_id, "reject", {}, expect=400).error["errors"]] == ["reason"]
    data = step(bank.new_key("us"), rule_id, "reject", {"reason": "too broad"}).data
    assert (data["status"], data["pendingStatus"]) == ("draft", "draft")
    with bank.seeing("us"):
        entry = AuditEntry.objects.get(team_id=bank.teams["us"].id, action="rule.rejected")
    assert entry.after["reason"] == "too broad"
    assert caller.patch(f"{RULES}/{rule_id}", {"name": "x"}).status == 200


def test_a_paused_rule_rests_until_it_is_activated(bank, caller):
    rule_id = live(bank)
    assert step(caller, rule_id, "pause").data["status"] == "paused"
    assert "LARGE" not in codes(caller, amount=1000)
    assert step(caller, rule_id, "pause", expect=409).error["allowed"] == [
        "update",
        "shadow",
        "activate",
        "archive",
    ]
    assert step(caller, rule_id, "activate").data["status"] == "active"
    assert "LARGE" in codes(caller, amount=1000)


def test_approving_a_change_of_a_paused_rule_does_not_resume_it(bank, caller):
    rule_id = live(bank)
    step(caller, rule_id, "pause")
    caller.patch(f"{RULES}/{rule_id}", {"name": "x"})
    step(caller, rule_id, "submit")
    data = step(bank.new_key("us"), rule_id, "approve").data
    assert (data["status"], data["liveVersion"]) == ("paused", 2)
    assert "LARGE" not in codes(caller, amount=1000)


def test_an_archived_rule_is_put_away_for_good(bank, caller):
    rule_id = live(bank)
    caller.patch(f"{RULES}/{rule_id}", {"name": "x"})
    assert step(caller, rule_id, "archive").data["status"] == "archived"
    assert "LARGE" not in codes(caller, amount=1000)
    for name, body in (("submit", None), ("activate", None), ("archive", None), ("bypass", bypass(1))):
        assert step(caller, rule_id, name, body, expect=409).error["allowed"] == []
    assert caller.patch(f"{RULES}/{rule_id}", {"name": "y"}).status == 409


def bypass(days, reason="bulk payout"):
    return {"until": (datetime.now(UTC) + timedelta(days=days)).isoformat(), "reason": reason}


def test_a_bypassed_rule_rests_until_its_time_and_webhooks_are_told(bank, caller):
    rule_id = live(bank)
    data = step(caller, rule_id, "bypass", bypass(1)).data
    assert data["bypass"]["reason"] == "bulk payout"
    assert "LARGE" not in codes(caller, amount=1000)
    states = caller.explain(amount=1000, persist=False).data["ruleStates"]
    assert [one["state"] for one in states if one["ruleCode"] == "LARGE"] == ["not_applicable"]
    assert step(caller, rule_id, "bypass", {"until": None}).data["bypass"] is None
    assert "LARGE" in codes(caller, amount=1000)
    with bank.seeing("us"):
        events = OutboxEvent.objects.filter(team_id=bank.teams["us"].id, event="rule.bypassed")
        assert [event.payload["ruleCode"] for event in events] == ["LARGE"]
    assert actions(bank, "us", rule_id)[-2:] == ["rule.bypassed", "rule.bypassed"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "until"),
        (bypass(91), "until"),
        (bypass(-1), "until"),
        ({"until": "2030-01-01T00:00:00", "reason": "x"}, "until"),
        ({"until": "tomorrow", "reason": "x"}, "until"),
        ({"until": 7, "reason": "x"}, "until"),
        (bypass(1, reason=""), "reason"),
        (bypass(1, reason="x" * 501), "reason"),
        (bypass(1, reason="a\x00"), "reason"),
        ({**bypass(1), "forever": True}, "forever"),
    ],
)
def test_a_bypass_that_is_not_one_is_refused_by_path(bank, caller, body, path):
    rule_id = live(bank)
    answer = step(caller, rule_id, "bypass", body, expect=400)
    assert path in [problem["path"] for problem in answer.error["errors"]]


def test_regulatory_rules_are_fixed():
    bank = make_bank("Lagos", "ng")
    caller = bank.callers["ng"]
    regulatory = [one for one in caller.get(f"{RULES}?limit=200").data if one["layer"] == "regulatory"]
    assert sorted(one["code"] for one in regulatory) == [f"CBN-00{number}" for number in range(1, 8)]
    rule_id = regulatory[0]["id"]
    for answer in (
        caller.patch(f"{RULES}/{rule_id}", {"name": "x"}),
        *(step(caller, rule_id, name, expect=409) for name in ("pause", "archive", "submit", "approve")),
        step(caller, rule_id, "bypass", bypass(1), expect=409),
    ):
        assert (answer.status, answer.error["code"]) == (409, "regulatory_rule_is_fixed")


def test_a_rule_with_variants_is_shown_with_them_and_can_change_to_conditions(caller):
    variants = [
        {"conditions": TREE, "scoreContribution": 10, "severity": "low", "action": "alert"},
        {
            "conditions": {**TREE, "value": 9},
            "scoreContribution": 90,
            "severity": "critical",
            "action": "block",
        },
    ]
    answer = caller.post(RULES, {"code": "VAR", "name": "Variants", "variants": variants})
    data = answer.data
    assert (data["conditions"], data["severity"], data["scoreContribution"]) == (None, "critical", 90)
    assert len(data["variants"]) == 2
    changed_to = caller.patch(f"{RULES}/{data['id']}", {"conditions": TREE, "scoreContribution": 5})
    assert (changed_to.data["conditions"], changed_to.data["variants"]) == (TREE, [])


def test_a_rule_of_another_lane_decides_no_transaction(bank, caller):
    rule_id = live(bank, lane="onboarding")
    assert caller.get(f"{RULES}/{rule_id}").data["status"] == "active"
    assert "LARGE" not in codes(caller, amount=1000)
    with bank.seeing("us"):
        newest = Ruleset.objects.filter(team_id=bank.teams["us"].id).order_by("-number")[0]
        codes_of = dict(Rule.objects.filter(team_id=bank.teams["us"].id).values_list("id", "code"))
    assert "LARGE" not in {codes_of[type(next(iter(codes_of)))(one)] for one, _ in newest.rules}


def test_rules_are_listed_the_newest_first_in_pages_and_filtered(caller):
    ids = [draft(caller, code=f"R{number}", severity="critical") for number in range(5)]
    first = caller.get(f"{RULES}?status=draft&limit=3")
    assert [one["id"] for one in first.data] == ids[:1:-1]
    draft(caller, code="LATER", severity="low")
    second = caller.get(f"{RULES}?status=draft&limit=3&cursor={first.body['nextCursor']}")
    assert [one["id"] for one in second.data] == ids[1::-1]
    assert second.body["nextCursor"] is None
    found = caller.get(f"{RULES}?severity=critical&limit=200").data
    assert set(ids) < {one["id"] for one in found}
    assert {one["severity"] for one in found} == {"critical"}
    assert [one["code"] for one in caller.get(f"{RULES}?severity=low&status=draft").data] == ["LATER"]


def test_a_bad_filter_is_refused_by_name(caller):
    for query, path in (
        ("status=live", "status"),
        ("severity=", "severity"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=ten", "limit"),
        ("cursor=x", "cursor"),
        ("colour=red", "colour"),
    ):
        answer = caller.get(f"{RULES}?{query}")
        assert (answer.status, [p["path"] for p in answer.error["errors"]]) == (400, [path])


def test_another_teams_rule_is_as_if_it_did_not_exist(bank, caller):
    rival = make_bank("Rival", "us").callers["us"]
    theirs = draft(rival)
    for unknown in (theirs, "rul_" + "0" * 26, "rul_x", "x", "rul_" + "Z" * 26):
        assert caller.get(f"{RULES}/{unknown}").status == 404
        assert caller.patch(f"{RULES}/{unknown}", {"name": "x"}).status == 404
        for name in ("submit", "approve", "pause", "activate", "archive"):
            step(caller, unknown, name, expect=404)
        step(caller, unknown, "reject", {"reason": "x"}, expect=404)
        step(caller, unknown, "bypass", bypass(1), expect=404)
    cursor = rival.get(f"{RULES}?limit=1").body["nextCursor"]
    assert {one["code"] for one in caller.get(f"{RULES}?limit=200&cursor={cursor}").data}.isdisjoint(
        {"LARGE"}
    )
    assert rival.get(f"{RULES}/{theirs}").data["status"] == "draft"


def test_a_step_takes_no_body_but_an_empty_one(caller):
    rule_id = draft(caller)
    answer = step(caller, rule_id, "submit", {"force": True}, expect=400)
    assert answer.error["errors"][0]["path"] == "force"
    step(caller, rule_id, "submit", {})


def test_a_method_that_an_address_does_not_take_is_refused(caller):
    for method, path in (
        ("PUT", RULES),
        ("DELETE", f"{RULES}/rul_x"),
        ("GET", f"{RULES}/rul_x/submit"),
        ("OPTIONS", RULES),
    ):
        answer = caller.call(method, path)
        assert (answer.status, answer.error["code"]) == (405, "method_not_allowed")
        assert "Allow" in answer.headers
