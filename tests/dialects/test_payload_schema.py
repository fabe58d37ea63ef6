"""The editor of a team's payload schema: versions, mistakes, what it breaks, whose it is."""

import pytest

from tests.cast import make_bank
from tests.dialects.schemas import FIELDS, give_schema
from tests.evaluate.rules import add_rules, rule


@pytest.fixture
def own():
    return make_bank("Schema Bank", "us")


def path(bank, pack="us"):
    return f"/api/teams/{bank.teams[pack].id}/payload-schema"


def test_a_team_begins_without_a_schema(own):
    answer = own.callers["us"].get(path(own))
    assert answer.status == 200
    assert answer.data["version"] == 0
    assert answer.data["fields"] == []
    assert [one["key"] for one in answer.data["mandatory"]] == ["txn_id", "customer_id", "date_time"]


def test_each_change_is_a_version_and_the_same_again_is_none(own):
    first = give_schema(own, "us")
    assert (first.status, first.data["version"]) == (200, 1)
    assert first.data["fields"][7] == {"key": "receiver", "type": "String", "mapsTo": "counterpartyAccount"}
    assert give_schema(own, "us").data["version"] == 1
    assert give_schema(own, "us", FIELDS[:-1]).data["version"] == 2
    assert own.callers["us"].get(path(own)).data["version"] == 2


def test_the_sample_payload_is_accepted(own):
    schema = give_schema(own, "us").data
    answer = own.callers["us"].post("/stream/v1", schema["samplePayload"])
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ([], "fields"),
        ("amount", "fields"),
        ([{"type": "String"}], "fields[0].key"),
        ([{"key": "a b", "type": "String"}], "fields[0].key"),
        ([{"key": [], "type": "Float", "mapsTo": "amount"}], "fields[0].key"),
        ([{"key": "a", "type": "Text"}], "fields[0].type"),
        ([{"key": "a"}], "fields[0].type"),
        ([{"key": "a", "type": "String", "required": True}], "fields[0].required"),
        ([{"key": "a", "type": "String", "mapsTo": "shoeSize"}], "fields[0].mapsTo"),
        ([{"key": "a", "type": "Boolean", "mapsTo": "amount"}], "fields[0].mapsTo"),
        ([{"key": "txn_id", "type": "Integer"}], "fields[0].type"),
        ([{"key": "txn_id", "type": "String", "mapsTo": "narration"}], "fields[0].mapsTo"),
        ([{"key": "a", "type": "String"}, {"key": "a", "type": "Float"}], "fields"),
        (
            [
                {"key": "a", "type": "Float", "mapsTo": "amount"},
                {"key": "b", "type": "Float", "mapsTo": "amount"},
            ],
            "fields",
        ),
    ],
)
def test_a_mistake_is_named_with_its_path(own, fields, found):
    answer = give_schema(own, "us", fields)
    assert answer.status == 400
    assert [one["path"] for one in answer.error["errors"]] == [found]


def test_the_mandatory_keys_may_be_named_with_their_own_type(own):
    answer = give_schema(own, "us", [{"key": "txn_id", "type": "String"}, *FIELDS])
    assert answer.status == 200
    assert "txn_id" not in [one["key"] for one in answer.data["fields"]]


def test_rules_that_read_a_removed_key_are_named_before_it_is_saved(own):
    give_schema(own, "us")
    add_rules(own, "us", rule("MANY_TRIES", {"field": "attributes.attempts", "operator": ">=", "value": 3}))
    without = [one for one in FIELDS if one["key"] != "attempts"]
    answer = give_schema(own, "us", without)
    assert answer.status == 409
    assert answer.error["code"] == "rules_read_removed_keys"
    assert answer.error["current"]["rules"] == {"MANY_TRIES": ["attributes.attempts"]}
    assert own.callers["us"].get(path(own)).data["version"] == 1
    assert give_schema(own, "us", without, confirm=True).data["version"] == 2


def test_another_teams_schema_is_not_found(own):
    other = make_bank("Other Bank", "us")
    assert own.callers["us"].get(path(other)).status == 404
    assert own.callers["us"].call("PUT", path(other), {"fields": FIELDS}).status == 404


def test_a_change_is_on_record(own):
    from teams.models import AuditEntry

    give_schema(own, "us")
    with own.seeing("us"):
        entry = AuditEntry.objects.get(action="payload_schema.changed")
    assert entry.after["version"] == 1


def test_a_schema_of_nothing_but_the_mandatory_keys_can_be_read_and_changed(own):
    only = [{"key": "txn_id", "type": "String"}]
    assert give_schema(own, "us", only).data["fields"] == []
    assert give_schema(own, "us", only).data["version"] == 1
    data = {"txn_id": "t", "customer_id": "c", "date_time": "2026-03-10T12:00:00Z"}
    assert own.callers["us"].post("/stream/v1", {"data": data}).status == 200
    assert give_schema(own, "us").data["version"] == 2


def test_a_schema_that_another_process_has_just_written_is_used_before_anything_is_refused(own):
    """Processes look for changes twice a second: without a second look the first payment would be refused."""
    from screening.models import PayloadSchema
    from screening.services.payload_schemas import payload_schema_of

    team = own.team_facts("us")
    assert payload_schema_of(team) is None
    with own.seeing("us"):
        PayloadSchema.objects.create(
            organisation_id=own.id, team_id=team.id, version=1, fields=[{"key": "note", "type": "String"}]
        )
    data = {"txn_id": "t", "customer_id": "c", "date_time": "2026-03-10T12:00:00Z", "note": "x"}
    assert own.callers["us"].post("/stream/v1", {"data": data}).status == 200
