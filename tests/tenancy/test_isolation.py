"""Row-level security at work, as the application's role: it holds even where a view forgets its filter."""

import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.utils import ProgrammingError

from cases.models import Alert
from ratel.tenancy import set_tenant, tenant, visible
from screening.models import (
    Customer,
    Evaluation,
    IdempotencyKey,
    Rule,
    Transaction,
    Watchlist,
    WatchlistGeneration,
)
from teams.models import ApiKey, AuditEntry, Membership, Organisation, Person, Team
from tests.cast import Bank, make_bank
from tests.tenancy import things
from tests.tenancy.test_catalogue import OPEN

APPS = ("teams", "screening", "cases", "webhooks")
# Enough for a customer, an alert, a case and a report in the Indonesian team.
WORST = {
    "amountIdr": 900_000_000,
    "country": "KP",
    "isCrossBorder": True,
    "kycTier": "basic",
    "externalId": "a",
    "customerName": "Siti Rahmawati",
}


@pytest.fixture(scope="module")
def acme() -> Bank:
    return _with_rows("Acme Bank")


@pytest.fixture(scope="module")
def rival() -> Bank:
    return _with_rows("Rival Bank")


def _with_rows(name: str) -> Bank:
    bank = make_bank(name, "id", "us", people=True)
    for pack in ("id", "us"):
        assert bank.callers[pack].evaluate(**WORST).status == 200
        things.plant(bank, pack)
    return bank


def tenant_models() -> list[type[models.Model]]:
    found = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    return [model for model in found if model._meta.db_table not in OPEN]


def rows(model: type[models.Model]) -> list[Any]:
    """Everything that a query without any filter returns; public lists are everybody's."""
    found = model._default_manager.all()
    return [row for row in found if getattr(row, "organisation_id", "") is not None]


def owner_of(row: Any) -> Any:
    return row.id if isinstance(row, Organisation) else getattr(row, "organisation_id", None)


def test_the_tests_run_as_the_applications_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, usesuper FROM pg_user WHERE usename = current_user")
        assert cursor.fetchall() == [("ratel_app", False)]


def test_row_level_security_is_active_for_this_role() -> None:
    with connection.cursor() as cursor:
        for model in tenant_models():
            cursor.execute("SELECT row_security_active(%s)", [model._meta.db_table])
            assert cursor.fetchone() == (True,), model.__name__


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model.__name__)
def test_without_a_tenant_nothing_is_visible(acme: Bank, rival: Bank, model: type[models.Model]) -> None:
    assert rows(model) == []


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model.__name__)
def test_a_forgotten_filter_shows_only_ones_own_rows(
    acme: Bank, rival: Bank, model: type[models.Model]
) -> None:
    with tenant(acme.id, [team.id for team in acme.teams.values()]):
        found = rows(model)
    if model._meta.label not in NOT_MADE_HERE:
        assert found != []
    for row in found:
        if owner_of(row) is not None:
            assert owner_of(row) == acme.id
        else:
            assert row.team_id in {team.id for team in acme.teams.values()}


# Tables that neither making a bank nor an evaluation writes to.
NOT_MADE_HERE = {
    "teams.AuditLink",
    "teams.AccessToken",
    "screening.ExchangeRate",
    "screening.PayloadSchema",
    "screening.Watchlist",
    "screening.WatchlistEntry",
    "screening.WatchlistGeneration",
    "screening.WatchlistNotice",
    "screening.WatchlistSource",
}


@pytest.mark.parametrize(
    "model",
    [
        model
        for model in tenant_models()
        if any(field.attname == "team_id" for field in model._meta.concrete_fields)
    ],
    ids=lambda model: model.__name__,
)
def test_one_team_does_not_see_anothers_rows_of_the_same_organisation(
    acme: Bank, model: type[models.Model]
) -> None:
    """Keys, memberships and the audit trail are administered for the whole organisation."""
    with acme.seeing("us"):
        teams = {row.team_id for row in rows(model)} - {None}
    if model in {ApiKey, Membership, AuditEntry}:
        assert teams == {team.id for team in acme.teams.values()}
    else:
        assert teams <= {acme.teams["us"].id}


def test_naming_another_organisations_team_shows_no_row_of_the_organisation(acme: Bank, rival: Bank) -> None:
    with tenant(acme.id):
        assert set(Team.objects.values_list("organisation_id", flat=True)) == {acme.id}
        assert not Person.objects.filter(id=rival.people["admin"].id).exists()
        assert not Organisation.objects.filter(id=rival.id).exists()


def _customer(bank: Bank) -> Customer:
    return Customer(
        organisation_id=bank.id,
        team_id=bank.teams["us"].id,
        reference=str(uuid.uuid4()),
        sealed_profile=b"",
        first_at="2026-01-01T00:00:00Z",
        created_at="2026-01-01T00:00:00Z",
        updated_at="2026-01-01T00:00:00Z",
    )


def _key(bank: Bank) -> ApiKey:
    public_id = uuid.uuid4().hex[:12]
    return ApiKey(
        organisation=bank.organisation,
        team=bank.teams["us"],
        public_id=public_id,
        secret_hash=b"x",
        is_live=True,
        name="planted",
        scopes=["admin"],
    )


def _entry(bank: Bank) -> AuditEntry:
    return AuditEntry(
        organisation_id=bank.id,
        at="2026-01-01T00:00:00Z",
        actor_kind="system",
        action="planted",
        subject_kind="x",
        subject_id="x",
    )


def _rule(bank: Bank) -> Rule:
    return Rule(organisation_id=bank.id, team_id=bank.teams["us"].id, code="PLANTED", layer="custom_rules")


def _key_hash(bank: Bank) -> IdempotencyKey:
    return IdempotencyKey(
        team_id=bank.teams["us"].id, key_hash=uuid.uuid4(), body_hash=b"", evaluation_id=uuid.uuid4()
    )


PLANTED = [_customer, _key, _entry, _rule, _key_hash]


@pytest.mark.parametrize("make", PLANTED, ids=lambda make: make.__name__.strip("_"))
def test_without_a_tenant_nothing_can_be_written(acme: Bank, make: Callable[[Bank], models.Model]) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        make(acme).save(force_insert=True)


@pytest.mark.parametrize("make", PLANTED, ids=lambda make: make.__name__.strip("_"))
def test_nothing_can_be_written_into_another_organisation(
    acme: Bank, rival: Bank, make: Callable[[Bank], models.Model]
) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), acme.seeing("us"):
        make(rival).save(force_insert=True)


def test_nothing_can_be_written_into_another_team_of_the_same_organisation(acme: Bank) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), acme.seeing("id"):
        _customer(acme).save(force_insert=True)


def test_a_row_cannot_be_handed_over_to_another_team(acme: Bank) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), acme.seeing("us"):
        Customer.objects.update(team_id=acme.teams["id"].id)


@pytest.mark.parametrize(
    "model", [Customer, Transaction, Evaluation, Alert, Rule], ids=lambda model: model.__name__
)
def test_an_update_or_a_removal_without_a_filter_reaches_only_ones_own_rows(
    acme: Bank, rival: Bank, model: type[models.Model]
) -> None:
    with rival.seeing("us"):
        before = model._default_manager.count()
    with transaction.atomic():
        set_tenant(acme.id, [acme.teams["us"].id])
        assert (
            model._default_manager.filter(team_id=rival.teams["us"].id).update(organisation_id=acme.id) == 0
        )
        assert model._default_manager.filter(team_id=rival.teams["us"].id).delete()[0] == 0
        transaction.set_rollback(True)
    with rival.seeing("us"):
        assert model._default_manager.count() == before


def test_public_lists_are_written_by_nobody_but_the_loader(acme: Bank) -> None:
    public = Watchlist(
        code="planted", name="x", category="sanctions", source_format="csv", loaded_at="2026-01-01T00:00:00Z"
    )
    with pytest.raises(ProgrammingError, match="row-level security"), acme.seeing("us"):
        public.save(force_insert=True)
    with acme.seeing("us"):
        assert WatchlistGeneration.objects.filter(organisation_id=None).update(is_current=False) == 0


def test_the_tenant_ends_with_its_transaction(acme: Bank) -> None:
    with acme.seeing("us"):
        assert Customer.objects.exists()
    assert not Customer.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('ratel.organisation', true), current_setting('ratel.teams', true)"
        )
        assert set(cursor.fetchone()) <= {None, ""}


def test_the_tenant_ends_with_a_transaction_that_failed(acme: Bank) -> None:
    with pytest.raises(RuntimeError), acme.seeing("us"):
        raise RuntimeError
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "body", [{"persist": True}, {"persist": False}, {"externalId": "a"}, {"currency": "XXZ"}], ids=repr
)
def test_a_request_leaves_no_tenant_behind_on_its_connection(acme: Bank, body: dict[str, Any]) -> None:
    """The test client and this test share one connection: whatever the request set would still be there."""
    acme.callers["us"].evaluate(**body)
    assert not Customer.objects.exists()
    assert not Team.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('ratel.organisation', true), current_setting('ratel.api_key', true)"
        )
        assert set(cursor.fetchone()) <= {None, ""}


def test_two_banks_on_one_connection_do_not_see_each_others_customers(acme: Bank, rival: Bank) -> None:
    """The same reference, the same external id, one after the other over the same connection."""
    mine = acme.callers["us"].explain(customerId="shared", externalId="shared")
    theirs = rival.callers["us"].explain(customerId="shared", externalId="shared", amount=7)
    assert theirs.status == 200
    assert "idempotent" not in theirs.body
    assert theirs.data["evaluationId"] != mine.data["evaluationId"]
    with acme.seeing("us"):
        assert Customer.objects.filter(reference="shared").count() == 1


def test_a_key_is_visible_to_whoever_names_it_and_no_other(acme: Bank, rival: Bank) -> None:
    key = acme.callers["us"].key
    assert key is not None
    with visible("ratel.api_key", key[8:20]):
        assert ApiKey.objects.count() == 1
        assert [team.id for team in Team.objects.all()] == [acme.teams["us"].id]
        assert ApiKey.objects.update(name="stolen") == 0
    with visible("ratel.api_key", "%"):
        assert ApiKey.objects.count() == 0


def test_the_chain_and_the_trail_cannot_be_changed_by_the_application(acme: Bank) -> None:
    for statement in (
        "UPDATE teams_auditentry SET action = 'x'",
        "DELETE FROM teams_auditentry",
        "TRUNCATE teams_auditentry",
        "UPDATE teams_auditlink SET height = 0",
        "DELETE FROM teams_auditlink",
        "TRUNCATE teams_auditlink",
        "ALTER TABLE teams_auditentry DISABLE ROW LEVEL SECURITY",
        "DROP TABLE teams_auditlink",
    ):
        with (
            pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
            acme.seeing("us"),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_owner_is_bound_by_row_level_security_as_well(
    acme: Bank, owner_connection: psycopg.Connection
) -> None:
    for model in (Customer, Transaction, AuditEntry):
        table = model._meta.db_table
        assert owner_connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608 - a table of our own
