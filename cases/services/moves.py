"""Moves of a case that say why: the move and its note are one transaction."""

from uuid import UUID

from cases.models import Case
from cases.services.cases import case_change, case_note
from cases.services.investigation import working
from teams.principal import Principal


def case_move(
    *, caller: Principal, case_id: UUID | None, status: str, why: str = "", version: int | None = None
) -> Case:
    """On to another open status; `why` becomes a note. Raises Conflict naming what is `allowed`."""
    with working(caller):
        case = case_change(caller=caller, case_id=case_id, change={"status": status}, version=version)
        if why:
            case_note(caller=caller, case_id=case_id, text=why)
        return case
