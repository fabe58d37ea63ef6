"""What the OpenAPI document says of the files of cases."""

from typing import Final

from cases.api.case_documents import TAG
from cases.files.kinds import BY_CODE
from ratel import problem
from ratel.schema import Operation, closed, define, documented, envelope, nullable, path_parameter
from screening.api.documents import MOMENT, identifier

_CASE: Final = path_parameter("case_id", "cas", "The case")
_ATTACHMENT: Final = path_parameter("attachment_id", "att", "The file")
_FIELDS: Final = {
    "id": identifier("att"),
    "name": {"type": "string"},
    "kind": {"enum": list(BY_CODE)},
    "bytes": {"type": "integer"},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "addedByKind": {"enum": ["key", "person"]},
    "addedById": nullable({"type": "string", "format": "uuid"}),
    "addedAt": MOMENT,
}
_BYTES: Final = {"type": "string", "contentEncoding": "base64"}
ATTACHMENT: Final = define("Attachment", closed(_FIELDS))
WHOLE: Final = define("AttachmentWithContent", closed({**_FIELDS, "content": _BYTES}))

list_attachments = documented(
    Operation(
        id="listAttachments",
        summary="The files of a case, at most 50, the oldest first",
        tag=TAG,
        scope="read",
        parameters=[_CASE],
        answer=closed({"ok": {"const": True}, "data": {"type": "array", "items": ATTACHMENT}}),
        errors=(problem.NotFound,),
    )
)
add_attachment = documented(
    Operation(
        id="addAttachment",
        summary="Adds a file of at most 10 MB; what is not just a PDF, PNG, JPEG, text, CSV, XLSX or DOCX is refused",
        tag=TAG,
        scope="case.write",
        status=201,
        body=closed({"name": {"type": "string", "minLength": 1, "maxLength": 500}, "content": _BYTES}),
        body_examples={"text": {"name": "call.txt", "content": "U2hlIHNhaWQgbm8u"}},
        parameters=[_CASE],
        answer=envelope(ATTACHMENT),
        errors=(problem.Invalid, problem.NotFound, problem.Conflict, problem.TooLarge),
    )
)
show_attachment = documented(
    Operation(
        id="getAttachment",
        summary="One file with its bytes; reading it is part of the audit trail",
        tag=TAG,
        scope="read",
        parameters=[_ATTACHMENT],
        answer=envelope(WHOLE),
        errors=(problem.NotFound,),
    )
)
