"""Files of a case: added through a form, handed out as attachments that no browser opens in our name."""

from typing import Final, TypeVar
from urllib.parse import quote

from django.http import HttpResponse, StreamingHttpResponse

from cases.files.services import (
    LARGEST_FILE_BYTES,
    FileContent,
    attachment_add,
    attachment_open,
)
from ratel.identifiers import read
from ratel.problem import Invalid, NotFound, Problem, TooLarge
from teams.web.desk import Desk, action, page

Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)
# Whatever opens the file anyway runs nothing of it and loads nothing.
SANDBOX: Final = "sandbox; default-src 'none'"


@action(section="cases", needs="case.write")
def file_add(desk: Desk, case_id: str) -> HttpResponse:
    given = desk.request.FILES.get("file")
    if given is None:
        raise Invalid(errors=[Problem("file", "must be chosen")])
    if (given.size or 0) > LARGEST_FILE_BYTES:
        raise TooLarge(f"A file may have {LARGEST_FILE_BYTES // 1024**2} MB at most: nothing was stored")
    attachment_add(
        caller=desk.caller, case_id=read("cas", case_id), name=given.name or "", content=given.read()
    )
    desk.say("The file is added; its SHA-256 stands beside it.")
    return desk.to("case", case_id)


@page(section="cases", needs="read")
def case_file(desk: Desk, case_id: str, attachment_id: str) -> HttpResponse:
    named = read("cas", case_id)
    if named is None:
        raise NotFound("There is no such case in this team")
    attachment, content = attachment_open(
        caller=desk.caller, case_id=named, attachment_id=read("att", attachment_id)
    )
    return as_download(content, attachment.sha256)


def as_download(content: FileContent, sha256: str) -> HttpResponse:
    answer = HttpResponse(b"".join(content.pieces), content_type=content.kind.media_type)
    return download_headers(answer, content.name, sha256)


def download_headers(answer: Answer, name: str, sha256: str) -> Answer:
    """Saved, never shown: the name in both forms that browsers read, the hash for whoever compares."""
    plain = "".join(
        letter if (letter.isascii() and letter.isalnum()) or letter in "._-" else "_" for letter in name
    )
    answer["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = SANDBOX
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["X-Ratel-SHA256"] = sha256
    return answer
