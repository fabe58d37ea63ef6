"""A stored evaluation, repeated, is the same decision: whatever the pack, the layers or the rates have become since."""

import dataclasses
import io
import re
from typing import Any

import pytest
from django.core.management import call_command

from ratel.identifiers import show
from screening import configuration, rulesets
from screening.configuration import configuration_of
from screening.layers.history import LAYER_AGGREGATES
from screening.models import Evaluation, Ruleset
from screening.packs import load_pack
from screening.repeat import repeat
from screening.rules.aggregates import Aggregate
from screening.services.packs import pack_refresh
from teams.models import AuditEntry
from tests.cast import Bank, changed, make_bank
from tests.evaluate.answers import NOON, QUIET, at, happened, points
from tests.evaluate.rules import add_rules, rule

LISTED = rule("LISTED", {"field": "country", "operator": "in", "value": {"list": "fatf_call_for_action"}})


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "ng")


def pack_with(bank: Bank, monkeypatch: pytest.MonkeyPatch, **lists: frozenset[str]) -> None:
    """The next version of the team's pack, with other lists."""
    pack = load_pack("ng")
    newer = dataclasses.replace(pack, country_lists={**pack.country_lists, **lists})
    monkeypatch.setattr(rulesets, "load_pack", lambda code: newer)


def differences(bank: Bank) -> list[dict[str, Any]]:
    with bank.seeing("ng"):
        found = list(Evaluation.objects.values_list("id", flat=True))
    assert found
    return [repeat(bank.team_facts("ng"), identifier).differences for identifier in found]


def numbers(bank: Bank) -> list[int]:
    with bank.seeing("ng"):
        return list(Ruleset.objects.order_by("number").values_list("number", flat=True))


def test_other_aggregates_in_another_order_change_nothing(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    cash = {"channel": "cash", "direction": "credit", "amount": 1_900_000}
    happened(bank, "ng", {"currency": "EUR", "occurredAt": at(NOON, days=30)})
    happened(bank, "ng", *({**cash, "occurredAt": at(NOON, hours=hours)} for hours in range(12)))
    another = Aggregate("max", "amount", 7_200)
    monkeypatch.setattr(configuration, "LAYER_AGGREGATES", (another, *reversed(LAYER_AGGREGATES)))
    assert differences(bank) == [{}] * 13


def test_a_changed_list_of_the_pack_changes_nothing(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    add_rules(bank, "ng", LISTED)
    assert points(bank.callers["ng"].evaluate(**QUIET, country="KP"))["LISTED"] == 10
    pack_with(bank, monkeypatch, fatf_call_for_action=frozenset({"XK"}))
    assert pack_refresh(bank.team_facts("ng"))
    changed()
    assert "LISTED" not in points(bank.callers["ng"].evaluate(**QUIET, country="KP"))
    assert points(bank.callers["ng"].evaluate(**QUIET, country="XK"))["LISTED"] == 10
    assert differences(bank) == [{}] * 3


def test_a_changed_pack_is_in_force_once_it_is_refreshed(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    pack_with(bank, monkeypatch, fatf_call_for_action=frozenset({"XK"}))
    before = configuration_of(bank.team_facts("ng")).ruleset_id
    assert pack_refresh(bank.team_facts("ng"))
    assert not pack_refresh(bank.team_facts("ng"))
    assert numbers(bank) == [1, 2]
    assert configuration_of(bank.team_facts("ng")).ruleset_id != before
    with bank.seeing("ng"):
        entry = AuditEntry.objects.get(team_id=bank.teams["ng"].id, action="pack.refreshed")
    assert entry.after["countryLists"] == {"fatf_call_for_action": ["XK"]}


def test_a_list_that_the_pack_no_longer_has_stays(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = load_pack("ng")
    monkeypatch.setattr(rulesets, "load_pack", lambda code: dataclasses.replace(pack, country_lists={}))
    add_rules(bank, "ng", LISTED)
    assert points(bank.callers["ng"].evaluate(**QUIET, country="KP"))["LISTED"] == 10


def test_refreshing_without_a_change_writes_nothing(bank: Bank) -> None:
    assert not pack_refresh(bank.team_facts("ng"))
    assert numbers(bank) == [1]


def test_the_command_looks_at_every_team_and_says_how_many_it_changed(bank: Bank) -> None:
    with bank.seeing("ng"):
        Ruleset.objects.update(country_lists={"fatf_call_for_action": ["XK"]})
    shown = io.StringIO()
    call_command("refresh_packs", stdout=shown)
    assert re.match(r"[1-9]\d* of \d+ teams ", shown.getvalue())
    assert numbers(bank) == [1, 2]


def test_the_command_repeats_by_the_shown_id(bank: Bank) -> None:
    happened(bank, "ng", {"occurredAt": at(NOON)})
    with bank.seeing("ng"):
        identifier = Evaluation.objects.get().id
    shown = io.StringIO()
    call_command("repeat_evaluation", show("evl", identifier), stdout=shown)
    assert "the same decision again" in shown.getvalue()


def test_the_newest_ruleset_is_the_one_with_the_highest_number(bank: Bank) -> None:
    add_rules(bank, "ng", LISTED)
    assert numbers(bank) == [1, 2]
    with bank.seeing("ng"):
        newest = Ruleset.objects.get(number=2)
        Ruleset.objects.filter(number=1).update(created_at=at(NOON, days=-9_000))
    changed()
    assert configuration_of(bank.team_facts("ng")).ruleset_id == newest.id
