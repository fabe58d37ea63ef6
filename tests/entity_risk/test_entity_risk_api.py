"""`GET /v1/entities/{id}/risk`: the page's fields, the cache, and who may see what."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from screening.entity_risk import profile
from screening.entity_risk.compute import compute_network
from screening.entity_risk.tasks import compute_networks
from screening.models import Customer, NetworkFeature
from tests.cast import Answer, Bank, make_bank


@pytest.fixture
def acme() -> Bank:
    profile.forget()
    return make_bank("Acme Bank", "us")


def pay(bank: Bank, number: int, **fields: Any) -> None:
    body = {
        "transaction_id": f"t-{number}",
        "amount": 100,
        "timestamp": (datetime.now(UTC) - timedelta(days=1, minutes=number)).isoformat(),
        "sender": {"entity_id": "ent_a"},
        "receiver": {"entity_id": "ent_b"},
        **fields,
    }
    answer = bank.callers["us"].post("/v1/transactions/screen", body)
    assert answer.status == 200, answer.body


def risk(bank: Bank, entity_id: str = "ent_a", **headers: str) -> Answer:
    return bank.callers["us"].get(f"/v1/entities/{entity_id}/risk", **headers)


def test_an_entity_has_a_score_with_factors_that_explain_it(acme: Bank) -> None:
    for number in range(4):
        pay(acme, number, receiver={"entity_id": f"shop_{number % 2}"})
    pay(acme, 4, amount=9_850)
    answer = risk(acme)
    assert answer.status == 200
    body = answer.body
    assert (body["entity_id"], body["factors"]["velocity_90d"], body["factors"]["counterparties"]) == (
        "ent_a",
        5,
        3,
    )
    assert body["factors"]["avg_transaction_size"] == pytest.approx((4 * 100 + 9_850) / 5)
    assert body["risk_score"] == pytest.approx(sum(one["points"] for one in body["contributions"]))
    assert body["risk_level"] in {"LOW", "MEDIUM", "HIGH", "CRITICAL"}
    assert datetime.fromisoformat(body["last_updated"]) > datetime.now(UTC) - timedelta(minutes=1)


def test_decisions_and_alerts_raise_it(acme: Bank) -> None:
    pay(acme, 1)
    quiet = risk(acme).body
    profile.forget()
    pay(acme, 2, sender={"entity_id": "ent_a", "name": "Viktor Anatolijevitch Bout"}, amount=50_000)
    loud = risk(acme).body
    assert loud["risk_score"] > quiet["risk_score"]
    assert (loud["factors"]["alerts_90d"], quiet["factors"]["last_alert"]) == (1, None)
    assert loud["factors"]["last_alert"] is not None
    assert loud["factors"]["worst_decision_90d"] in {"escalate", "block"}


def test_an_unknown_entity_and_somebody_elses_are_404(acme: Bank) -> None:
    pay(acme, 1)
    assert risk(acme, "nobody").status == 404
    assert risk(acme, "e" * 129).status == 404
    rival = make_bank("Rival Bank", "us")
    assert risk(rival).status == 404
    assert risk(acme).status == 200


def test_it_is_kept_for_five_minutes_and_known_again_by_its_tag(acme: Bank) -> None:
    pay(acme, 1)
    first = risk(acme)
    assert first.headers["Cache-Control"] in {"private, max-age=300", "private, max-age=299"}
    pay(acme, 2)
    again = risk(acme)
    assert (again.body, again.headers["ETag"]) == (first.body, first.headers["ETag"])
    same = risk(acme, **{"If-None-Match": f'"x", {first.headers["ETag"]}'})
    assert (same.status, same.body) == (304, b"")
    assert risk(acme, **{"If-None-Match": '"other"'}).status == 200
    profile.forget()
    later = risk(acme, **{"If-None-Match": first.headers["ETag"]})
    assert later.status == 200 and later.headers["ETag"] != first.headers["ETag"]


def test_what_has_not_changed_keeps_its_tag(acme: Bank) -> None:
    pay(acme, 1)
    first = risk(acme)
    profile.forget()
    second = risk(acme)
    assert second.body["last_updated"] > first.body["last_updated"]
    assert second.headers["ETag"] == first.headers["ETag"]


def test_reports_are_counted_only_for_who_may_see_them_and_cannot_be_guessed(acme: Bank) -> None:
    pay(acme, 1)
    reader = acme.new_key("us", scopes=["read"])
    seen = reader.get("/v1/entities/ent_a/risk")
    assert "historical_sars" not in seen.body["factors"]
    assert risk(acme).body["factors"]["historical_sars"] == 0
    with acme.seeing("us"):
        Customer.objects.filter(reference="ent_a").update(prior_sars=3)
    profile.forget()
    assert risk(acme).body["factors"]["historical_sars"] == 3
    later = reader.get("/v1/entities/ent_a/risk")
    assert {**later.body, "last_updated": ""} == {**seen.body, "last_updated": ""}
    assert later.headers["ETag"] == seen.headers["ETag"]
    assert acme.new_key("us", scopes=["evaluate"]).get("/v1/entities/ent_a/risk").status == 403


def test_the_network_knows_payers_and_payees_as_one_kind_of_party(acme: Bank) -> None:
    """a -> b -> c: b is a customer and a counterparty, c never was a customer."""
    pay(acme, 1)
    pay(acme, 2, sender={"entity_id": "ent_b"}, receiver={"entity_id": "ent_c"})
    assert risk(acme).body["factors"]["network"] is None
    now = timezone.now()
    assert compute_network(acme.team_facts("us"), now) == 3
    profile.forget()
    of_b = risk(acme, "ent_b").body["factors"]["network"]
    assert (of_b["in_degree"], of_b["out_degree"], of_b["component_size"]) == (1, 1, 3)
    assert datetime.fromisoformat(of_b["computed_at"]) == now
    of_c = risk(acme, "ent_c").body
    assert of_c["factors"]["network_centrality"] == 1.0
    assert of_c["factors"]["velocity_90d"] == 0


def test_a_later_computation_replaces_the_earlier_one(acme: Bank) -> None:
    pay(acme, 1)
    team = acme.team_facts("us")
    compute_network(team, timezone.now())
    much_later = timezone.now() + timedelta(days=200)
    assert compute_network(team, much_later) == 0
    with acme.seeing("us"):
        assert NetworkFeature.objects.count() == 0


def test_the_task_goes_through_every_team(acme: Bank) -> None:
    rival = make_bank("Rival Bank", "us")
    pay(acme, 1)
    pay(rival, 1)
    assert compute_networks() >= 4
    for bank in (acme, rival):
        with bank.seeing("us"):
            assert NetworkFeature.objects.count() == 2


@pytest.mark.parametrize("entity_id", ["x/y z", "/x", "x/", "a/risk", "a//b", "a\nb", "ä&?#%2F+", "screen"])
def test_an_entity_is_found_by_whatever_id_its_bank_gave_it(acme: Bank, entity_id: str) -> None:
    pay(acme, 1, sender={"entity_id": entity_id})
    answer = risk(acme, quote(entity_id, safe=""))
    assert answer.status == 200, answer.body
    assert answer.body["entity_id"] == entity_id


@pytest.mark.parametrize("entity_id", ["nobody", "no/body", "n\x00", "e" * 129, "e/" * 65])
def test_what_is_no_entity_is_not_found_in_the_dialects_own_shape(acme: Bank, entity_id: str) -> None:
    answer = risk(acme, quote(entity_id, safe=""))
    assert answer.status == 404
    assert set(answer.body) == {"error", "message", "details", "requestId"}
    assert answer.body["error"] == "not_found"
