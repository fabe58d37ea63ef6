"""A chain that was tampered with stops its own linking and nobody else's."""

import psycopg
import pytest
from structlog.testing import capture_logs

from teams.audit import chain
from tests.audit.test_chain import link_everything, links, remove_entry, remove_link, until_linked
from tests.cast import Bank, make_bank
from tests.evaluate.owner import act_for

Owner = psycopg.Connection


@pytest.fixture
def banks(monkeypatch: pytest.MonkeyPatch) -> list[Bank]:
    """Three banks with five links or more each, and the linker sees these only."""
    made = [make_bank(f"{name} Bank", "us") for name in ("First", "Second", "Third")]
    for bank in made:
        for number in range(5):
            bank.callers["us"].evaluate(externalId=str(number))
        link_everything(bank)
    monkeypatch.setattr(chain, "organisations", lambda: [bank.id for bank in made])
    return made


def link_all_until(*banks: Bank) -> None:
    """Waits for the transactions of other processes, which hold the linker back."""
    until_linked(chain.link_all, *banks)


def test_a_chain_without_the_entry_of_its_head_is_refused_by_name(
    banks: list[Bank], owner_connection: Owner
) -> None:
    first, second, third = banks
    height = len(links(first))
    remove_entry(act_for(owner_connection, first), first, height)
    for bank in banks:
        bank.callers["us"].evaluate(externalId="later")
    with capture_logs() as lines:
        link_all_until(second, third)
    failed = [line for line in lines if line["event"] == "audit_link_failed"]
    assert {(line["organisation_id"], line["error"]) for line in failed} == {
        (str(first.id), "LinkedEntryMissing")
    }
    assert len(links(first)) == height
    verdict = chain.verify(first.id)
    assert (verdict.broken_at, verdict.reason) == (height, "its entry is missing")
    assert chain.verify(second.id).is_sound
    assert chain.verify(third.id).is_sound
    with pytest.raises(chain.LinkedEntryMissing):
        chain.link(first.id)


def test_a_chain_without_its_last_link_goes_on_from_the_one_before(
    banks: list[Bank], owner_connection: Owner
) -> None:
    """The entry is still there, so it is linked again, with the same hash."""
    first = banks[0]
    removed = links(first)[-1]
    remove_link(act_for(owner_connection, first), first, removed.height)
    link_all_until(*banks)
    again = links(first)[-1]
    assert (again.height, again.entry_id, bytes(again.hash)) == (
        removed.height,
        removed.entry_id,
        bytes(removed.hash),
    )


def test_whatever_fails_in_one_chain_the_others_are_linked(
    banks: list[Bank], owner_connection: Owner
) -> None:
    """The entry that comes next has a link already, slipped in below the first: it cannot be linked twice."""
    first, second, third = banks
    for bank in banks:
        bank.callers["us"].evaluate(externalId="later")
    slipped_in = act_for(owner_connection, first).execute(
        "INSERT INTO teams_auditlink (id, organisation_id, height, entry_id, previous_hash, hash, linked_at)"
        " SELECT gen_random_uuid(), e.organisation_id, 0, e.id, '', '', now() FROM teams_auditentry e"
        " WHERE e.organisation_id = %s AND NOT EXISTS (SELECT 1 FROM teams_auditlink l WHERE l.entry_id = e.id)",
        [first.id],
    )
    assert slipped_in.rowcount == 1
    with capture_logs() as lines:
        link_all_until(second, third)
    failed = [line for line in lines if line["event"] == "audit_link_failed"]
    assert {(line["organisation_id"], line["error"]) for line in failed} == {
        (str(first.id), "UniqueViolation")
    }
    assert chain.verify(first.id).broken_at == 1
    assert chain.verify(second.id).is_sound
    assert chain.verify(third.id).is_sound
