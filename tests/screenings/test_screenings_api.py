"""`POST /api/screenings`: who is clear, who is to be reviewed, who is confirmed, and what is left of it."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from cases.models import Alert, Case
from screening import configuration
from screening.models import Customer, KnownMatch, Screening
from teams.models import AuditEntry
from tests.cast import Bank, Caller, changed, make_bank
from tests.evaluate.rules import set_policy
from tests.evaluate.stored import events

SCREENINGS = "/api/screenings"
LISTED = "Viktor Bout"
INNOCENT = "Ngozi Wintersgill"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


@pytest.fixture
def fresh() -> Bank:
    return make_bank("Acme Bank", "us")


def screen(caller: Caller, **fields: Any) -> dict[str, Any]:
    answer = caller.post(SCREENINGS, {"lane": "onboarding", **fields})
    assert answer.status == 200, answer.body
    return answer.data


def test_somebody_on_no_list_is_clear_and_the_proof_says_why(bank: Bank) -> None:
    found = screen(bank.callers["us"], fullName=INNOCENT)
    assert (found["status"], found["matches"], found["alertId"]) == ("clear", [], None)
    proof = found["proof"]
    assert proof["generation"].startswith("gen_")
    assert proof["bestScore"] < 70
    assert isinstance(proof["candidates"], int)


def test_a_listed_name_is_to_be_reviewed_and_explains_itself(bank: Bank) -> None:
    found = screen(bank.callers["us"], fullName=LISTED)
    assert found["status"] == "review"
    match = found["matches"][0]
    assert (match["reference"], match["category"], match["status"]) == ("demo-bout", "sanctions", "review")
    assert match["entryId"].endswith(":demo-bout")
    assert match["watchlistId"].startswith("wls_")
    assert match["matchedName"] == LISTED
    assert match["score"] == found["score"] >= 85
    assert match["explanation"]


def test_a_listed_name_with_agreeing_evidence_is_confirmed(bank: Bank) -> None:
    found = screen(bank.callers["us"], fullName=LISTED, dateOfBirth="1967-01-13", nationality="ru")
    assert found["status"] == "confirmed"
    assert found["matches"][0]["score"] >= 95


def test_evidence_that_contradicts_takes_the_match_away(bank: Bank) -> None:
    found = screen(bank.callers["us"], fullName=LISTED, dateOfBirth="1999-05-05", nationality="BR")
    assert (found["status"], found["matches"]) == ("clear", [])
    assert found["nearMisses"][0]["reference"] == "demo-bout"
    assert any("another year" in line for line in found["nearMisses"][0]["explanation"])


def test_a_company_that_shares_a_persons_name_is_not_the_person(bank: Bank) -> None:
    assert screen(bank.callers["us"], fullName=LISTED, subjectType="COMPANY")["status"] == "clear"
    assert screen(bank.callers["us"], fullName=LISTED, subjectType="individual")["status"] == "review"


def test_the_teams_thresholds_decide_what_counts(fresh: Bank) -> None:
    misspelt = "Viktor Boutt"
    score = screen(fresh.callers["us"], fullName=misspelt)["score"]
    assert 70 <= score < 100
    for threshold, status in ((score, "review"), (score + 0.1, "clear")):
        rest = {"pep": 95, "internal": 90, "adverse_media": 90}
        set_policy(fresh, "us", thresholds={"sanctions": round(threshold, 1), **rest})
        assert screen(fresh.callers["us"], fullName=misspelt)["status"] == status


def test_a_hundred_subjects_are_answered_in_order(bank: Bank) -> None:
    subjects = [{"fullName": LISTED if number % 10 == 0 else f"{INNOCENT} {number}"} for number in range(100)]
    answer = bank.callers["us"].post(SCREENINGS, {"lane": "ongoing", "subjects": subjects})
    assert answer.status == 200
    statuses = [one["status"] for one in answer.data]
    assert statuses == ["review" if number % 10 == 0 else "clear" for number in range(100)]
    assert len({one["screeningId"] for one in answer.data}) == 100


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"fullName": LISTED}, ["lane"]),
        ({"lane": "transaction", "fullName": LISTED}, ["lane"]),
        ({"lane": "onboarding"}, ["fullName"]),
        ({"lane": "onboarding", "fullName": "  "}, ["fullName"]),
        ({"lane": "onboarding", "fullName": "x" * 501}, ["fullName"]),
        ({"lane": "onboarding", "fullName": "a\x00b"}, ["fullName"]),
        ({"lane": "onboarding", "fullName": LISTED, "dateOfBirth": "13/01/1967"}, ["dateOfBirth"]),
        ({"lane": "onboarding", "fullName": LISTED, "dateOfBirth": "2967-01-13"}, ["dateOfBirth"]),
        ({"lane": "onboarding", "fullName": LISTED, "dateOfBirth": "1967-02-30"}, ["dateOfBirth"]),
        ({"lane": "onboarding", "fullName": LISTED, "nationality": "QQ"}, ["nationality"]),
        ({"lane": "onboarding", "fullName": LISTED, "subjectType": "ghost"}, ["subjectType"]),
        ({"lane": "onboarding", "fullName": LISTED, "team": "x"}, ["team"]),
        ({"lane": "onboarding", "subjects": []}, ["subjects"]),
        ({"lane": "onboarding", "subjects": [{"fullName": LISTED}] * 101}, ["subjects"]),
        ({"lane": "onboarding", "subjects": [{"fullName": LISTED}], "fullName": LISTED}, ["fullName"]),
        (
            {"lane": "onboarding", "subjects": [{"fullName": LISTED}, {"nationality": "QQQ"}, 7]},
            ["subjects[1].fullName", "subjects[1].nationality", "subjects[2]"],
        ),
    ],
)
def test_every_problem_of_a_body_is_named(bank: Bank, body: dict[str, Any], paths: list[str]) -> None:
    answer = bank.callers["us"].post(SCREENINGS, body)
    assert answer.status == 400
    assert sorted(problem["path"] for problem in answer.error["errors"]) == sorted(paths)


def test_screening_needs_its_scope(bank: Bank) -> None:
    reader = bank.new_key("us", scopes=["read", "write", "evaluate"])
    assert reader.post(SCREENINGS, {"lane": "onboarding", "fullName": LISTED}).status == 403
    runner = bank.new_key("us", scopes=["screen.run"])
    assert runner.post(SCREENINGS, {"lane": "onboarding", "fullName": LISTED}).status == 200
    assert runner.get(SCREENINGS).status == 403


def test_what_is_stored_names_nobody_in_the_open(fresh: Bank) -> None:
    found = screen(fresh.callers["us"], fullName=LISTED, nik="NIK-998877", customerId="c-1")
    with fresh.seeing("us"):
        row = Screening.objects.get()
        plain = json.dumps(
            [
                list(Screening.objects.values()),
                list(KnownMatch.objects.values()),
                list(Customer.objects.values()),
            ],
            default=lambda value: value.hex() if isinstance(value, memoryview | bytes) else str(value),
        )
        audited = json.dumps(list(AuditEntry.objects.values("action", "before", "after")))
    assert row.status == "review" and row.list_generation == found["proof"]["generation"]
    told = json.dumps([event.payload for event in events(fresh, "us")])
    for text in (plain, audited, told):
        assert "Bout" not in text and "998877" not in text


def test_a_match_leaves_an_alert_and_tells_of_it_once_each(fresh: Bank) -> None:
    found = screen(fresh.callers["us"], fullName=LISTED, customerId="c-1")
    alert = fresh.callers["us"].get(f"/api/alerts/{found['alertId']}").data
    assert (alert["trigger"], alert["lane"], alert["customerId"]) == ("screening_match", "onboarding", "c-1")
    assert (alert["severity"], alert["riskScore"], alert["status"]) == ("high", 95, "open")
    assert (alert["transactionId"], alert["evaluationId"], alert["hits"]) == (None, None, [])
    assert alert["screeningId"] == found["screeningId"]
    told = {event.event: event.payload for event in events(fresh, "us")}
    assert set(told) == {"alert.created", "screening.review"}
    assert told["screening.review"]["alertId"] == told["alert.created"]["alertId"] == found["alertId"]
    assert told["screening.review"]["screeningId"] == found["screeningId"]
    assert told["alert.created"]["triggerType"] == "screening_match"


def test_a_confirmed_match_escalates(fresh: Bank) -> None:
    found = screen(fresh.callers["us"], fullName=LISTED, dateOfBirth="1967", nationality="RU")
    alert = fresh.callers["us"].get(f"/api/alerts/{found['alertId']}").data
    assert (alert["severity"], alert["customerId"]) == ("critical", None)
    assert {event.event for event in events(fresh, "us")} == {
        "alert.created",
        "alert.escalated",
        "screening.confirmed",
    }


def test_a_confirmed_customer_has_a_case_that_later_ones_join(fresh: Bank) -> None:
    caller, facts = fresh.callers["us"], {"customerId": "c-1", "dateOfBirth": "1967", "nationality": "RU"}
    screen(caller, fullName=LISTED, **facts)
    later = {"customerId": "c-1", "dateOfBirth": "1951-10-17", "nationality": "ID"}
    assert screen(caller, fullName="Prabowo Subianto", **later)["status"] == "confirmed"
    with fresh.seeing("us"):
        (case,) = Case.objects.all()
        assert {alert.case_id for alert in Alert.objects.all()} == {case.id}
        assert Customer.objects.get().open_case_id == case.id
    assert (case.type, case.priority, case.status) == ("SANCTIONS_HIT", "CRITICAL", "OPEN")
    told = [event.event for event in events(fresh, "us")]
    assert (told.count("case.created"), told.count("case.updated")) == (1, 1)
    assert caller.evaluate(customerId="c-1", counterpartyName=LISTED).data["blocked"] is True
    with fresh.seeing("us"):
        assert Case.objects.count() == 1


def test_the_same_match_again_joins_its_alert_while_somebody_works_on_it(fresh: Bank) -> None:
    caller = fresh.callers["us"]
    first = screen(caller, fullName=LISTED, customerId="c-1")
    again = screen(caller, fullName=LISTED, customerId="c-1", lane="ongoing")
    assert again["alertId"] == first["alertId"]
    assert caller.get(f"/api/alerts/{first['alertId']}").data["count"] == 2
    with fresh.seeing("us"):
        Alert.objects.update(status="dismissed")
        assert Customer.objects.get().prior_alerts == 1
    anew = screen(caller, fullName=LISTED, customerId="c-1")
    assert anew["alertId"] not in (None, first["alertId"])


def test_somebody_who_is_no_customer_alerts_each_time(fresh: Bank) -> None:
    alerts = {screen(fresh.callers["us"], fullName=LISTED)["alertId"] for _ in range(2)}
    assert len(alerts) == 2 and None not in alerts


def test_a_new_customer_is_made_with_what_was_said_of_it(fresh: Bank) -> None:
    caller = fresh.callers["us"]
    screen(caller, fullName=INNOCENT, customerId="c-9", dateOfBirth="1990-02-03", nationality="ng", nik="77")
    customer = caller.get("/api/customers/c-9").data
    assert (customer["fullName"], customer["dateOfBirth"], customer["nationality"], customer["nik"]) == (
        INNOCENT,
        "1990-02-03",
        "NG",
        "77",
    )


def test_what_is_stored_of_a_customer_is_evidence_too(fresh: Bank) -> None:
    caller = fresh.callers["us"]
    facts = {"fullName": LISTED, "dateOfBirth": "1999-05-05", "nationality": "BR"}
    assert caller.post("/api/customers", {"customerId": "c-1", **facts}).status == 201
    assert screen(caller, fullName=LISTED, customerId="c-1")["status"] == "clear"
    assert screen(caller, fullName=LISTED, customerId="c-1", dateOfBirth="1967", nationality="RU")[
        "status"
    ] in {"review", "confirmed"}


def test_one_screening_shows_its_subject_and_the_view_is_audited(fresh: Bank) -> None:
    caller = fresh.callers["us"]
    found = screen(caller, fullName=LISTED, customerId="c-1", dateOfBirth="1967")
    shown = caller.get(f"{SCREENINGS}/{found['screeningId']}").data
    assert shown["subject"]["fullName"] == LISTED and shown["subject"]["dateOfBirth"] == "1967"
    for name in ("status", "score", "matches", "proof", "alertId", "customerId", "screenedAt"):
        assert shown[name] == found[name], name
    with fresh.seeing("us"):
        assert (
            AuditEntry.objects.filter(action="screening.viewed", subject_id=found["screeningId"]).count() == 1
        )
        assert (
            AuditEntry.objects.filter(action="screening.decided", subject_id=found["screeningId"]).count()
            == 1
        )


def test_the_list_filters_and_pages(fresh: Bank) -> None:
    caller = fresh.callers["us"]
    review = screen(caller, fullName=LISTED, customerId="c-1")["screeningId"]
    clear = [
        screen(caller, fullName=INNOCENT, customerId="c-2", lane="ongoing")["screeningId"] for _ in range(3)
    ]
    everything = [one["screeningId"] for one in caller.get(SCREENINGS).data]
    assert everything == [*reversed(clear), review]
    for query, expected in (
        ("status=review", [review]),
        ("lane=ongoing", clear[::-1]),
        ("customerId=c-1", [review]),
        ("customerId=nobody", []),
        ("from=2100-01-01", []),
    ):
        assert [one["screeningId"] for one in caller.get(f"{SCREENINGS}?{query}").data] == expected
    page = caller.get(f"{SCREENINGS}?limit=2")
    rest = caller.get(f"{SCREENINGS}?limit=2&cursor={page.body['nextCursor']}")
    assert [one["screeningId"] for one in (*page.data, *rest.data)] == everything
    assert rest.body["nextCursor"] is None
    assert "Bout" not in json.dumps(caller.get(SCREENINGS).body)


def at_once(*calls: Callable[[], Any]) -> None:
    def run(call: Callable[[], Any]) -> None:
        call()
        connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_screenings_of_one_customer_at_once_make_one_customer_and_one_alert(fresh: Bank) -> None:
    key = fresh.callers["us"].key
    found: list[dict[str, Any]] = []
    at_once(
        *[lambda: found.append(screen(Caller(key), fullName=LISTED, customerId="c-1")) for _ in range(8)],
        lambda: Caller(key).evaluate(customerId="c-1"),
    )
    assert len(found) == 8 and len({one["alertId"] for one in found}) == 1
    with fresh.seeing("us"):
        assert (
            Customer.objects.count(),
            Alert.objects.filter(trigger="screening_match", lane="onboarding").count(),
        ) == (1, 1)
        assert Alert.objects.get(lane="onboarding").count == 8


def test_without_any_list_nobody_is_called_clear(fresh: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "current_names", lambda organisation_id: None)
    with fresh.seeing("us"):
        fresh.teams["us"].save()
    changed()
    answer = fresh.callers["us"].post(SCREENINGS, {"lane": "onboarding", "fullName": INNOCENT})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    with fresh.seeing("us"):
        assert Screening.objects.count() == 0
