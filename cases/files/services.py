"""Adds files to cases and reads them. A file is stored before its row is, and taken away again where the row is not
written: a row never points to nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils import timezone

from cases.files import store
from cases.files.kinds import BY_CODE, ENDINGS, Kind, kind_of
from cases.files.names import clean_name, ending_of
from cases.files.wrong import Wrong
from cases.models import Attachment, Case
from cases.services.investigation import locked_case, step, working
from ratel.identifiers import new_id, show
from ratel.problem import Conflict, Invalid, NotFound, Problem, TooLarge
from ratel.sealing import seal, unseal
from ratel.tenancy import tenant
from teams.principal import Principal

LARGEST_FILE_BYTES: Final = 10 * 1024 * 1024
MOST_FILES: Final = 50
ATTACHMENT: Final = "att"
_NAME_CONTEXT: Final = b"name"


@dataclass(frozen=True)
class FileContent:
    """A file to be served: its cleaned name, what it is, and its bytes in pieces."""

    name: str
    kind: Kind
    size_bytes: int
    pieces: Iterator[bytes]


def attachment_add(*, caller: Principal, case_id: UUID | None, name: str, content: bytes) -> Attachment:
    """Checks and stores one file of a case. Raises TooLarge, Invalid (with why), Conflict where the case is full."""
    cleaned, kind = _checked(name, content)
    with working(caller):
        _room_in(locked_case(caller, case_id))
    attachment = Attachment(id=new_id(), kind=kind.code, size_bytes=len(content))
    with store.Writer(attachment.id) as file:
        file.write(content)
    try:
        with working(caller):
            case = locked_case(caller, case_id)
            _room_in(case)
            return _recorded(caller, case, attachment, cleaned, file)
    except BaseException:
        store.remove(file.stored_as)
        raise


def _checked(name: str, content: bytes) -> tuple[str, Kind]:
    if len(content) > LARGEST_FILE_BYTES:
        raise TooLarge(f"A file may have {LARGEST_FILE_BYTES // 1024**2} MB at most: nothing was stored")
    cleaned = clean_name(name)
    try:
        if not ending_of(cleaned) or not cleaned.rpartition(".")[0]:
            raise Wrong(f"its name has none of the endings {', '.join(ENDINGS)}")
        return cleaned, kind_of(ending_of(cleaned), content)
    except Wrong as why:
        raise Invalid(
            f"The file was refused and nothing was stored: {why}",
            code="file_refused",
            errors=[Problem("file", str(why))],
        ) from None


def _room_in(case: Case) -> None:
    if Attachment.objects.filter(team_id=case.team_id, case_id=case.id)[:MOST_FILES].count() >= MOST_FILES:
        raise Conflict(f"A case holds {MOST_FILES} files at most: nothing was stored", code="too_many_files")


def _recorded(
    caller: Principal, case: Case, attachment: Attachment, name: str, file: store.Writer
) -> Attachment:
    attachment.organisation_id, attachment.team_id, attachment.case_id = (
        case.organisation_id,
        case.team_id,
        case.id,
    )
    attachment.sealed_name = seal(name.encode(), attachment.id.bytes + _NAME_CONTEXT)
    attachment.sha256, attachment.stored_as = file.sha256, file.stored_as
    attachment.added_by_kind, attachment.added_by_id = caller.kind, caller.id
    attachment.added_at = timezone.now()
    attachment.save(force_insert=True)
    step(
        caller,
        case,
        "file_added",
        file=show(ATTACHMENT, attachment.id),
        kind=attachment.kind,
        bytes=attachment.size_bytes,
        sha256=attachment.sha256,
    )
    return attachment


def attachments_of(case: Case) -> list[Attachment]:
    """Call inside `tenant(...)`."""
    return list(Attachment.objects.filter(team_id=case.team_id, case_id=case.id).order_by("id")[:MOST_FILES])


def attachment_open(
    *, caller: Principal, attachment_id: UUID | None, case_id: UUID | None = None
) -> tuple[Attachment, FileContent]:
    """A file (of that case, where one is named) to be handed out, which is recorded: it shows personal data.

    Raises NotFound.
    """
    team = caller.team
    with tenant(team.organisation_id, [team.id]):
        found = Attachment.objects.filter(team_id=team.id)
        if case_id is not None:
            found = found.filter(case_id=case_id)
        attachment = found.filter(id=attachment_id).first() if attachment_id else None
        if attachment is None:
            raise NotFound
        case = Case.objects.get(team_id=team.id, id=attachment.case_id)
        step(caller, case, "file_read", file=show(ATTACHMENT, attachment.id), sha256=attachment.sha256)
    pieces = store.pieces(attachment.id, attachment.stored_as)
    return attachment, FileContent(
        name_of(attachment), BY_CODE[attachment.kind], attachment.size_bytes, pieces
    )


def name_of(attachment: Attachment) -> str:
    return open_name(attachment.id, attachment.sealed_name)


def open_name(attachment_id: UUID, sealed: bytes | memoryview) -> str:
    return unseal(bytes(sealed), attachment_id.bytes + _NAME_CONTEXT).decode()
