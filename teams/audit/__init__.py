"""The audit trail: `record` what happened in the transaction of what it records; `chain` links and verifies it."""

from teams.audit.callers import actor_of, note
from teams.audit.entries import AUDIT_INSERT, Actor, entry_row, person, record, system

__all__ = ["AUDIT_INSERT", "Actor", "actor_of", "entry_row", "note", "person", "record", "system"]
