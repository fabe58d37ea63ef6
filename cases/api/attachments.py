"""`/api/cases/{id}/attachments` and `/api/attachments/{id}`: the files of a case.

Bytes travel as base64 in JSON, bounded before they are read.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import attachment_documents as documents
from cases.api.cases import CaseResource
from cases.files.services import (
    ATTACHMENT,
    LARGEST_FILE_BYTES,
    attachment_add,
    attachment_open,
    attachments_of,
    name_of,
)
from cases.models import Attachment
from ratel.identifiers import read, show
from ratel.json import decode, read_body
from ratel.problem import Invalid, Problem
from ratel.tenancy import tenant
from teams.resource import refuse

# Base64 needs four letters for three bytes; the name and the braces need little.
LARGEST_BODY_BYTES: Final = LARGEST_FILE_BYTES * 4 // 3 + 64 * 1024
LONGEST_NAME: Final = 500


class AttachmentsView(CaseResource):
    scopes = {"GET": "read", "POST": "case.write"}

    @documents.list_attachments
    def get(self, request: Request, case_id: str) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            found = attachments_of(self.case_of(case_id))
        return Response({"ok": True, "data": [attachment_json(one) for one in found]})

    @documents.add_attachment
    def post(self, request: Request, case_id: str) -> Response:
        document = decode(read_body(request._request, limit_bytes=LARGEST_BODY_BYTES))
        name, content = _given(document)
        added = attachment_add(caller=self.caller, case_id=read("cas", case_id), name=name, content=content)
        return Response({"ok": True, "data": attachment_json(added)}, status=201)


class AttachmentView(CaseResource):
    scopes = {"GET": "read"}

    @documents.show_attachment
    def get(self, request: Request, attachment_id: str) -> Response:
        attachment, content = attachment_open(
            caller=self.caller, attachment_id=read(ATTACHMENT, attachment_id)
        )
        packed = base64.b64encode(b"".join(content.pieces)).decode()
        return Response({"ok": True, "data": {**attachment_json(attachment), "content": packed}})


def attachment_json(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": show(ATTACHMENT, attachment.id),
        "name": name_of(attachment),
        "kind": attachment.kind,
        "bytes": attachment.size_bytes,
        "sha256": attachment.sha256,
        "addedByKind": attachment.added_by_kind,
        "addedById": str(attachment.added_by_id) if attachment.added_by_id else None,
        "addedAt": attachment.added_at,
    }


def _given(document: Any) -> tuple[str, bytes]:
    if not isinstance(document, Mapping):
        raise Invalid(errors=[Problem("", "must be a JSON object")])
    problems = [
        Problem(str(key)[:128], "is not a field here") for key in document if key not in {"name", "content"}
    ]
    name, packed = document.get("name"), document.get("content")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        problems.append(Problem("name", f"must be text of 1 to {LONGEST_NAME} characters"))
    content = _unpacked(packed)
    if content is None:
        problems.append(Problem("content", "must be the bytes of the file as base64"))
    refuse(problems)
    return str(name), content or b""


def _unpacked(packed: Any) -> bytes | None:
    try:
        return base64.b64decode(packed, validate=True) if isinstance(packed, str) else None
    except (binascii.Error, ValueError):
        return None
