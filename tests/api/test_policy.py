"""`/api/decision-policy`: what decides, changes as versions, four eyes."""

import threading

import pytest
from django.db import connection

from screening.models import DecisionPolicy
from teams.models import AuditEntry
from tests.cast import make_bank
from webhooks.models import OutboxEvent

POLICY = "/api/decision-policy"


def audited(bank, pack, action):
    with bank.seeing(pack):
        return list(AuditEntry.objects.filter(team_id=bank.teams[pack].id, action=action).order_by("id"))


def told(bank, pack, event):
    with bank.seeing(pack):
        return list(OutboxEvent.objects.filter(team_id=bank.teams[pack].id, event=event).order_by("sequence"))


def test_a_new_team_decides_by_its_packs_policy():
    bank = make_bank()
    for pack, aggregation, thresholds in (
        ("id", "sum", (40, 70, 90)),
        ("ng", "weighted_floor", (40, 70, 90)),
        ("us", "sum", (40, 90, 95)),
    ):
        data = bank.callers[pack].get(POLICY).data
        assert data["version"] == 1
        assert data["aggregation"] == aggregation
        assert (data["txReviewScore"], data["txEscalateScore"], data["txSarScore"]) == thresholds
        assert data["bands"] == {"review": 30, "escalate": 60, "block": 80}
        assert data["weights"]["regulatory"] == 1.5
        assert data["fourEyes"] == {"policy": False, "rules": True, "resolutions": False, "reports": True}


def test_a_change_makes_a_new_version_that_decides_at_once():
    bank = make_bank("Acme", "id")
    caller = bank.callers["id"]
    large = {"amountIdr": 500_000_000, "customerSince": "2020-01-01", "kycTier": "premium"}
    assert caller.evaluate(**large).data["decision"] == "pass"
    answer = caller.patch(POLICY, {"txReviewScore": 35})
    assert (answer.status, answer.data["version"], answer.data["txReviewScore"]) == (200, 2, 35)
    assert caller.get(POLICY).data == answer.data
    assert caller.evaluate(**large, customerId="another").data["decision"] == "review"


def test_a_change_is_audited_and_told_with_what_was_before_and_after():
    bank = make_bank("Acme", "id")
    bank.callers["id"].patch(POLICY, {"txReviewScore": 35})
    (entry,) = audited(bank, "id", "policy.updated")
    assert entry.before == {"version": 1, "txReviewScore": 40}
    assert entry.after == {"version": 2, "txReviewScore": 35}
    (event,) = told(bank, "id", "decisionPolicy.updated")
    assert event.payload["version"] == 2
    assert event.payload["after"] == {"txReviewScore": 35}


def test_a_change_that_changes_nothing_makes_no_version():
    bank = make_bank("Acme", "id")
    caller = bank.callers["id"]
    for body in ({}, {"txReviewScore": 40}, {"weights": {"kyc": 1.3}}, {"fourEyes": ["rules", "reports"]}):
        assert caller.patch(POLICY, body).data["version"] == 1
    assert audited(bank, "id", "policy.updated") == []
    assert told(bank, "id", "decisionPolicy.updated") == []


def test_thresholds_must_be_ordered():
    caller = make_bank("Acme", "id").callers["id"]
    for body in ({"txReviewScore": 71}, {"txEscalateScore": 91}, {"txSarScore": 69}):
        answer = caller.patch(POLICY, body)
        assert answer.status == 400
        assert [problem["path"] for problem in answer.error["errors"]] == ["txEscalateScore"]
    assert caller.patch(POLICY, {"txReviewScore": 0, "txEscalateScore": 0, "txSarScore": 1000}).status == 200
    assert caller.get(POLICY).data["version"] == 2


def test_every_problem_is_named_with_its_path():
    answer = (
        make_bank("Acme", "id")
        .callers["id"]
        .patch(
            POLICY,
            {
                "aggregation": "best",
                "txReviewScore": 1001,
                "txSarScore": 9.5,
                "bands": {"review": 101},
                "weights": {"luck": 1},
                "thresholds": {"pep": 60},
                "fourEyes": {"policy": "yes"},
                "failClosed": ["kyc", "luck"],
                "colour": "red",
            },
        )
    )
    assert answer.status == 400
    assert {problem["path"] for problem in answer.error["errors"]} == {
        "aggregation",
        "txReviewScore",
        "txSarScore",
        "bands.review",
        "weights.luck",
        "thresholds.pep",
        "fourEyes.policy",
        "failClosed[1]",
        "colour",
    }


def test_what_is_not_an_object_is_refused():
    caller = make_bank("Acme", "id").callers["id"]
    assert caller.patch(POLICY, [1]).status == 400
    assert caller.call("PATCH", POLICY, raw=b"{").status == 400
    assert caller.call("PATCH", POLICY, raw=b"{}", content_type="text/plain").status == 415
    assert caller.call("PATCH", POLICY, raw=b'"' + b"x" * 1_100_000 + b'"').status == 413


def test_without_the_scope_nothing_changes():
    bank = make_bank("Acme", "id")
    reader = bank.new_key("id", scopes=["read"])
    assert reader.get(POLICY).status == 200
    assert reader.patch(POLICY, {"txReviewScore": 1}).status == 403
    assert bank.new_key("id", scopes=["evaluate"]).get(POLICY).status == 403


def test_with_four_eyes_a_change_waits_for_another_person():
    bank = make_bank("Acme", "id", people=True)
    analyst = bank.new_key("id", created_by=bank.people["analyst"], scopes=["read", "policy.write"])
    officer = bank.new_key("id", created_by=bank.people["officer"])
    bank.callers["id"].patch(POLICY, {"fourEyes": {"policy": True}})
    proposed = officer.patch(POLICY, {"txReviewScore": 35})
    assert (proposed.data["version"], proposed.data["status"]) == (3, "proposed")
    assert bank.callers["id"].get(POLICY).data["version"] == 2
    approve = f"{POLICY}/versions/3/approve"
    assert analyst.post(approve).status == 403, "writing the policy is not yet approving it"
    refused = officer.post(approve)
    assert (refused.status, refused.error["code"]) == (403, "four_eyes")
    assert audited(bank, "id", "policy.proposed")[0].after == {"version": 3, "txReviewScore": 35}
    answer = bank.callers["id"].post(approve)
    assert (answer.status, answer.data["status"], answer.data["txReviewScore"]) == (200, "live", 35)
    assert bank.callers["id"].get(POLICY).data["version"] == 3
    assert len(audited(bank, "id", "policy.approved")) == 1
    assert len(told(bank, "id", "decisionPolicy.updated")) == 2
    again = bank.callers["id"].post(approve)
    assert (again.status, again.error["allowed"]) == (409, [])


def test_a_person_cannot_approve_their_own_change_with_another_key():
    bank = make_bank("Acme", "id", people=True)
    officer = bank.new_key("id", created_by=bank.people["officer"])
    bank.callers["id"].patch(POLICY, {"fourEyes": {"policy": True}})
    officer.patch(POLICY, {"txReviewScore": 35})
    own_key = bank.new_key("id", created_by=bank.people["officer"])
    assert own_key.post(f"{POLICY}/versions/3/approve").status == 403


def test_a_proposal_made_over_an_older_version_cannot_bring_it_back():
    bank = make_bank("Acme", "id")
    first, second = bank.callers["id"], bank.new_key("id")
    first.patch(POLICY, {"fourEyes": {"policy": True}})
    first.patch(POLICY, {"txReviewScore": 35})
    first.patch(POLICY, {"txSarScore": 95})
    assert second.post(f"{POLICY}/versions/3/approve").status == 200
    assert second.post(f"{POLICY}/versions/4/approve").status == 409
    assert first.get(POLICY).data["txSarScore"] == 90


def test_versions_are_listed_the_newest_first_in_pages():
    caller = make_bank("Acme", "id").callers["id"]
    for score in (41, 42, 43):
        caller.patch(POLICY, {"txReviewScore": score})
    first = caller.get(f"{POLICY}/versions?limit=3")
    assert [version["version"] for version in first.data] == [4, 3, 2]
    second = caller.get(f"{POLICY}/versions?limit=3&cursor={first.body['nextCursor']}")
    assert [version["version"] for version in second.data] == [1]
    assert second.body["nextCursor"] is None
    live = caller.get(f"{POLICY}/versions?status=live").data
    assert [version["txReviewScore"] for version in live] == [43]


def test_an_unknown_version_is_not_found():
    bank = make_bank("Acme", "id")
    for version in ("2", "0", "-1", "one", "99999999999", "\uff12"):
        assert bank.callers["id"].post(f"{POLICY}/versions/{version}/approve").status == 404


def test_changes_at_once_become_versions_one_after_the_other():
    bank = make_bank("Acme", "id")
    answers = []

    def change(score):
        try:
            answers.append(
                bank.callers["id"].__class__(bank.callers["id"].key).patch(POLICY, {"txReviewScore": score})
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(score,)) for score in range(10, 18)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.data["version"] for answer in answers) == list(range(2, 10))
    with bank.seeing("id"):
        live = DecisionPolicy.objects.filter(team_id=bank.teams["id"].id, status="live")
        assert [version.version for version in live] == [9]


def test_another_teams_policy_is_out_of_reach():
    bank, rival = make_bank("Acme", "id"), make_bank("Rival", "id")
    rival.callers["id"].patch(POLICY, {"fourEyes": {"policy": True}})
    rival.callers["id"].patch(POLICY, {"txReviewScore": 35})
    assert bank.callers["id"].post(f"{POLICY}/versions/3/approve").status == 404
    assert bank.callers["id"].get(POLICY).data["version"] == 1


@pytest.mark.parametrize("name", ["rules", "reports"])
def test_nobody_arranges_alone_that_one_person_is_enough(name):
    """Whatever the policy says of changes of the policy itself."""
    bank = make_bank("Acme", "id", people=True)
    analyst, number = bank.session("analyst", "id"), bank.callers["id"].get(POLICY).data["version"]
    answer = analyst.patch(POLICY, {"fourEyes": {name: False}})
    assert (answer.status, answer.data["status"]) == (200, "proposed")
    live = bank.callers["id"].get(POLICY).data
    assert (live["version"], live["fourEyes"][name]) == (number, True)
