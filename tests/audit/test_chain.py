"""The audit trail: entries live and die with what they record, and the chain over them shows every tampering."""

import hashlib
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import orjson
import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from ratel.tenancy import tenant
from screening import persist
from teams import audit
from teams.audit import chain
from teams.keys import create_key
from teams.models import ApiKey, AuditEntry, AuditLink, Organisation
from tests.cast import Bank, make_bank
from tests.evaluate.owner import act_for
from tests.evaluate.stored import NOTHING, stored

Owner = psycopg.Connection
PATIENCE_SECONDS = 120.0


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


@pytest.fixture
def linked(bank: Bank) -> Bank:
    """A bank with at least ten entries, all of them linked."""
    for number in range(10):
        bank.callers["us"].evaluate(externalId=str(number))
    link_everything(bank)
    return bank


def link_everything(bank: Bank) -> None:
    """Waits for the transactions of other processes, which hold the linker back."""
    until_linked(lambda: chain.link(bank.id), bank)


def until_linked(link: Callable[[], object], *banks: Bank | Organisation) -> None:
    """Links until nothing of the banks waits: any transaction on the whole server may hold the linker back."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        link()
        if all(chain.verify(bank.id).unlinked == 0 for bank in banks):
            return
        assert time.monotonic() < deadline, "something holds the linker back"
        time.sleep(0.02)


def entries(bank: Bank) -> list[AuditEntry]:
    with tenant(bank.id):
        return list(AuditEntry.objects.order_by("id"))


def links(bank: Bank) -> list[AuditLink]:
    with tenant(bank.id):
        return list(AuditLink.objects.order_by("height"))


# -- Entries


def test_every_decision_has_its_entry(bank: Bank) -> None:
    answer = bank.callers["us"].explain()
    (entry,) = [entry for entry in entries(bank) if entry.action == "evaluation.decided"]
    assert entry.subject_id == answer.data["evaluationId"]
    assert entry.actor_kind == "key"
    assert entry.source_address == "127.0.0.1"
    assert entry.team_id == bank.teams["us"].id
    assert len(bytes(entry.content_digest)) == 32


def test_a_decision_that_is_not_stored_has_no_entry(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure after the entry, in the last write of the transaction."""
    works = persist.writes_of

    def breaks_at_the_end(*arguments: Any) -> Any:
        broken = persist.Update(b"SELECT 1 / %s::int")
        return [*works(*arguments), (broken, [("0",)])]

    monkeypatch.setattr("screening.together.writes_of", breaks_at_the_end)
    assert bank.callers["us"].evaluate(externalId="a").status == 500
    assert stored(bank, "us") == NOTHING


def test_a_decision_without_its_entry_is_not_stored(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_entry(**fields: Any) -> tuple[Any, ...]:
        row = list(audit.entry_row(**fields))
        row[7] = None  # the action must not be null
        return tuple(row)

    monkeypatch.setattr("screening.persist.audit.entry_row", no_entry)
    status = bank.callers["us"].evaluate(externalId="a").status
    assert status in {500, 503}
    assert stored(bank, "us") == NOTHING


def test_a_change_and_its_entry_are_rolled_back_together(bank: Bank) -> None:
    before = len(entries(bank))
    with pytest.raises(RuntimeError), bank.seeing("us"):
        create_key(team=bank.teams["us"], name="never", is_live=True, scopes=["read"])
        raise RuntimeError
    assert len(entries(bank)) == before
    with bank.seeing("us"):
        assert not ApiKey.objects.filter(name="never").exists()


def test_an_entry_names_no_person_of_a_payment(bank: Bank) -> None:
    bank.callers["us"].evaluate(customerName="Siti Rahmawati", narration="rent", customerId="customer-77")
    with tenant(bank.id), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM teams_auditentry e")
        (text,) = cursor.fetchone()
    for word in ("Siti", "rent", "customer-77"):
        assert word not in text


# -- The chain


def test_entries_are_linked_in_the_order_of_their_transactions(linked: Bank) -> None:
    found = links(linked)
    assert [link.height for link in found] == list(range(1, len(entries(linked)) + 1))
    with tenant(linked.id), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM teams_auditentry ORDER BY written_in, id")
        assert [link.entry_id for link in found] == [row[0] for row in cursor.fetchall()]
    assert bytes(found[0].previous_hash) == bytes(32)
    for before, after in pairwise(found):
        assert bytes(after.previous_hash) == bytes(before.hash)


def test_a_link_can_be_recomputed_by_anybody_who_has_the_entry(linked: Bank) -> None:
    """By the words of the specification: SHA-256 over the previous hash and the entry's canonical JSON."""
    found = {entry.id: entry for entry in entries(linked)}
    for link in links(linked):
        entry = found[link.entry_id]
        document = {
            "id": str(entry.id),
            "organisation": str(entry.organisation_id),
            "team": str(entry.team_id) if entry.team_id else None,
            "at": entry.at.isoformat(timespec="microseconds"),
            "actorKind": entry.actor_kind,
            "actor": str(entry.actor_id) if entry.actor_id else None,
            "sourceAddress": entry.source_address,
            "action": entry.action,
            "subjectKind": entry.subject_kind,
            "subject": entry.subject_id,
            "before": entry.before,
            "after": entry.after,
            "contentDigest": bytes(entry.content_digest).hex() if entry.content_digest else None,
        }
        text = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        assert hashlib.sha256(bytes(link.previous_hash) + text).digest() == bytes(link.hash)


def test_a_sound_chain_verifies(linked: Bank) -> None:
    verdict = chain.verify(linked.id)
    assert verdict.is_sound
    assert verdict.height == len(entries(linked))
    assert verdict.head == bytes(links(linked)[-1].hash)
    assert (verdict.unlinked, verdict.overdue) == (0, 0)


def test_linking_again_changes_nothing(linked: Bank) -> None:
    before = [(link.id, bytes(link.hash)) for link in links(linked)]
    assert chain.link(linked.id) == 0
    assert [(link.id, bytes(link.hash)) for link in links(linked)] == before


def test_an_organisation_has_a_chain_of_its_own(linked: Bank) -> None:
    rival = make_bank("Rival Bank", "us")
    link_everything(rival)
    assert {link.organisation_id for link in links(rival)} == {rival.id}
    assert links(rival)[0].height == 1
    assert chain.verify(linked.id).is_sound


def test_an_entry_of_a_transaction_that_is_still_open_is_not_overtaken(bank: Bank, database_url: str) -> None:
    """Its id is older than that of entries which are already there when it appears."""
    link_everything(bank)
    with psycopg.connect(database_url, options="-c role=ratel_app") as slow:
        act_for(slow, bank)
        _write_entry(slow, bank, "slow")
        bank.callers["us"].evaluate()
        chain.link(bank.id)
        assert chain.verify(bank.id).unlinked >= 1
        slow.commit()
    link_everything(bank)
    found = {entry.id: entry for entry in entries(bank)}
    ordered = [found[link.entry_id].action for link in links(bank)]
    assert ordered.index("slow") < ordered.index("evaluation.decided")
    assert chain.verify(bank.id).is_sound


def _write_entry(database: psycopg.Connection, bank: Bank, action: str) -> None:
    database.execute(
        "INSERT INTO teams_auditentry (id, organisation_id, at, actor_kind, source_address, action, subject_kind,"
        " subject_id) VALUES (%s, %s, now(), 'system', '', %s, 'x', 'x')",
        [uuid.uuid4(), bank.id, action],
    )


def test_many_writers_and_two_linkers_at_once_make_one_sound_chain(bank: Bank, database_url: str) -> None:
    def write(number: int) -> None:
        with psycopg.connect(database_url, options="-c role=ratel_app") as database:
            for turn in range(25):
                with database.transaction():
                    database.execute("SELECT set_config('ratel.organisation', %s, true)", [str(bank.id)])
                    _write_entry(database, bank, f"writer-{number}-{turn}")

    def link(_: int) -> None:
        try:
            for _turn in range(25):
                chain.link(bank.id)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        done = [
            *[threads.submit(write, number) for number in range(6)],
            *[threads.submit(link, n) for n in range(2)],
        ]
        for each in done:
            each.result()
    link_everything(bank)
    verdict = chain.verify(bank.id)
    assert verdict.is_sound
    assert verdict.height == len(entries(bank))
    assert sum(entry.action.startswith("writer") for entry in entries(bank)) == 150


# -- Tampering, by whoever owns the tables


def alter_entry(owner: Owner, bank: Bank, height: int) -> None:
    owner.execute(
        "UPDATE teams_auditentry SET subject_id = 'evl_forged' WHERE id ="
        " (SELECT entry_id FROM teams_auditlink WHERE organisation_id = %s AND height = %s)",
        [bank.id, height],
    )


def backdate_entry(owner: Owner, bank: Bank, height: int) -> None:
    owner.execute(
        "UPDATE teams_auditentry SET at = at - interval '1 microsecond' WHERE id ="
        " (SELECT entry_id FROM teams_auditlink WHERE organisation_id = %s AND height = %s)",
        [bank.id, height],
    )


def alter_digest(owner: Owner, bank: Bank, height: int) -> None:
    owner.execute(
        "UPDATE teams_auditentry SET content_digest = sha256('other') WHERE id ="
        " (SELECT entry_id FROM teams_auditlink WHERE organisation_id = %s AND height = %s)",
        [bank.id, height],
    )


def remove_entry(owner: Owner, bank: Bank, height: int) -> None:
    owner.execute(
        "DELETE FROM teams_auditentry WHERE id ="
        " (SELECT entry_id FROM teams_auditlink WHERE organisation_id = %s AND height = %s)",
        [bank.id, height],
    )


def remove_link(owner: Owner, bank: Bank, height: int) -> None:
    owner.execute("DELETE FROM teams_auditlink WHERE organisation_id = %s AND height = %s", [bank.id, height])


def remove_both(owner: Owner, bank: Bank, height: int) -> None:
    remove_entry(owner, bank, height)
    remove_link(owner, bank, height)


def remove_both_and_close_the_gap(owner: Owner, bank: Bank, height: int) -> None:
    remove_both(owner, bank, height)
    owner.execute(
        "UPDATE teams_auditlink SET height = -height WHERE organisation_id = %s AND height > %s",
        [bank.id, height],
    )
    owner.execute(
        "UPDATE teams_auditlink SET height = -height - 1 WHERE organisation_id = %s AND height < 0", [bank.id]
    )


def alter_hash(owner: Owner, bank: Bank, height: int) -> None:
    owner.execute(
        "UPDATE teams_auditlink SET hash = sha256('other') WHERE organisation_id = %s AND height = %s",
        [bank.id, height],
    )


def alter_previous_hash(owner: Owner, bank: Bank, height: int) -> None:
    owner.execute(
        "UPDATE teams_auditlink SET previous_hash = sha256('other') WHERE organisation_id = %s AND height = %s",
        [bank.id, height],
    )


def swap_two_links(owner: Owner, bank: Bank, height: int) -> None:
    for before, after in ((height, -1), (height + 1, height), (-1, height + 1)):
        owner.execute(
            "UPDATE teams_auditlink SET height = %s WHERE organisation_id = %s AND height = %s",
            [after, bank.id, before],
        )


def swap_two_entries(owner: Owner, bank: Bank, height: int) -> None:
    first, second = owner.execute(
        "SELECT entry_id FROM teams_auditlink WHERE organisation_id = %s AND height IN (%s, %s) ORDER BY height",
        [bank.id, height, height + 1],
    ).fetchall()
    aside = uuid.uuid4()
    for entry, at in ((aside, height), (first[0], height + 1), (second[0], height)):
        owner.execute(
            "UPDATE teams_auditlink SET entry_id = %s WHERE organisation_id = %s AND height = %s",
            [entry, bank.id, at],
        )


def recompute_one_link(owner: Owner, bank: Bank, height: int) -> None:
    """Alters an entry and makes its own link fit again: the next one does not follow then."""
    alter_entry(owner, bank, height)
    row = owner.execute(
        f"SELECT l.previous_hash, {chain.COLUMNS} FROM teams_auditlink l JOIN teams_auditentry e ON e.id = l.entry_id"  # noqa: S608 - fixed column names
        " WHERE l.organisation_id = %s AND l.height = %s",
        [bank.id, height],
    ).fetchone()
    assert row is not None
    fitting = list(row[1:])
    for position in (10, 11):
        fitting[position] = orjson.dumps(fitting[position]) if fitting[position] is not None else None
    owner.execute(
        "UPDATE teams_auditlink SET hash = %s WHERE organisation_id = %s AND height = %s",
        [chain.link_hash(bytes(row[0]), chain.canonical(tuple(fitting))), bank.id, height],
    )


@pytest.mark.parametrize(
    ("tamper", "found_at", "reason"),
    [
        (alter_entry, 5, "altered"),
        (backdate_entry, 5, "altered"),
        (alter_digest, 5, "altered"),
        (remove_entry, 5, "its entry is missing"),
        (remove_link, 5, "link 5 is missing"),
        (remove_both, 5, "link 5 is missing"),
        (remove_both_and_close_the_gap, 5, "does not follow"),
        (alter_hash, 5, "altered"),
        (alter_previous_hash, 5, "does not follow"),
        (swap_two_links, 5, "does not follow"),
        (swap_two_entries, 5, "altered"),
        (recompute_one_link, 6, "does not follow"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_verifying_names_the_first_broken_link(
    linked: Bank,
    owner_connection: Owner,
    tamper: Callable[[Owner, Bank, int], None],
    found_at: int,
    reason: str,
) -> None:
    tamper(act_for(owner_connection, linked), linked, 5)
    verdict = chain.verify(linked.id)
    assert not verdict.is_sound
    assert verdict.broken_at == found_at
    assert reason in verdict.reason


@pytest.mark.parametrize("height", [1, 2])
def test_the_first_links_are_verified_too(linked: Bank, owner_connection: Owner, height: int) -> None:
    alter_entry(act_for(owner_connection, linked), linked, height)
    assert chain.verify(linked.id).broken_at == height


def test_the_last_link_is_verified_too(linked: Bank, owner_connection: Owner) -> None:
    height = len(links(linked))
    alter_entry(act_for(owner_connection, linked), linked, height)
    assert chain.verify(linked.id).broken_at == height


def test_an_entry_that_is_slipped_in_afterwards_is_never_linked_and_raises_the_alarm(
    linked: Bank, owner_connection: Owner
) -> None:
    act_for(owner_connection, linked)
    owner_connection.execute(
        "INSERT INTO teams_auditentry (id, organisation_id, at, actor_kind, source_address, action, subject_kind,"
        " subject_id, written_in) SELECT gen_random_uuid(), organisation_id, now() - interval '1 hour', 'system', '',"
        " 'slipped.in', 'x', 'x', min(written_in) FROM teams_auditentry WHERE organisation_id = %s"
        " GROUP BY organisation_id",
        [linked.id],
    )
    chain.link(linked.id)
    verdict = chain.verify(linked.id)
    assert not verdict.is_sound
    assert verdict.overdue == 1


def test_an_entry_that_waits_for_more_than_a_minute_raises_the_alarm(
    bank: Bank, owner_connection: Owner
) -> None:
    link_everything(bank)
    bank.callers["us"].evaluate()
    waiting = chain.verify(bank.id)
    assert waiting.is_sound
    assert waiting.unlinked >= 1
    act_for(owner_connection, bank).execute(
        "UPDATE teams_auditentry SET at = at - interval '61 seconds' WHERE organisation_id = %s AND NOT EXISTS"
        " (SELECT 1 FROM teams_auditlink l WHERE l.entry_id = teams_auditentry.id)",
        [bank.id],
    )
    verdict = chain.verify(bank.id)
    assert not verdict.is_sound
    assert verdict.broken_at is None
    assert verdict.overdue >= 1


# -- The command


@contextmanager
def only(patch: pytest.MonkeyPatch, *banks: Bank) -> Any:
    """The command sees these banks only: other tests leave broken chains behind."""
    patch.setattr(chain, "organisations", lambda: [bank.id for bank in banks])
    yield


def test_the_command_says_what_is_sound(linked: Bank, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    with only(monkeypatch, linked):
        call_command("verify_audit")
    assert f"{linked.id}: sound, height {len(links(linked))}" in capsys.readouterr().out


def test_the_command_fails_where_a_link_is_broken(
    linked: Bank, owner_connection: Owner, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    rival = make_bank("Rival Bank", "us")
    link_everything(rival)
    alter_entry(act_for(owner_connection, linked), linked, 3)
    with only(monkeypatch, linked, rival), pytest.raises(CommandError) as failure:
        call_command("verify_audit")
    assert failure.value.returncode == 1
    said = capsys.readouterr().out
    assert f"{linked.id}: BROKEN at link 3: its entry was altered" in said
    assert f"{rival.id}: sound" in said


def test_the_chain_is_walked_in_every_organisation(linked: Bank) -> None:
    assert linked.id in chain.organisations()
    with transaction.atomic():
        assert chain.link_all() >= 0
