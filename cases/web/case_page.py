"""The page of one case, and the same as an evidence pack for paper."""

from typing import Final

from django.http import HttpResponse
from django.utils import timezone

from cases.api.case_input import PRIORITIES
from cases.case_view.page import CasePage, case_of, case_page
from cases.case_view.steps import note_step
from cases.files.kinds import ENDINGS, KINDS
from cases.files.services import LARGEST_FILE_BYTES, MOST_FILES
from cases.services.investigation import LONGEST_REASON
from cases.templatetags.case_words import case_type
from ratel.identifiers import read
from teams.web.desk import Desk, page

_MOST_HITS: Final = 8


@page(section="cases", needs="read")
def case(desk: Desk, case_id: str) -> HttpResponse:
    return _shown(desk, case_id, is_pack=False)


@page(section="cases", needs="read")
def evidence_pack(desk: Desk, case_id: str) -> HttpResponse:
    """Everything expanded, for printing; making one is part of the case's timeline."""
    return _shown(desk, case_id, is_pack=True)


def _shown(desk: Desk, case_id: str, *, is_pack: bool) -> HttpResponse:
    found = case_of(desk.team.id, read("cas", case_id))
    shown = case_page(desk.caller, found)
    if is_pack:
        note_step(desk.caller, found, "exported")
    leading = shown.decisions.leading
    return desk.render(
        "desk/cases/case.html",
        {
            "page": shown,
            "case": found,
            "case_id": case_id,
            "is_pack": is_pack,
            "headline": headline(shown),
            "leading": leading,
            "hits": shown.hits if is_pack else shown.hits[:_MOST_HITS],
            "more_hits": 0 if is_pack else max(len(shown.hits) - _MOST_HITS, 0),
            "now": timezone.now(),
            "priorities": PRIORITIES,
            "endings": ",".join(ENDINGS),
            "kinds": ", ".join(kind.label for kind in KINDS),
            "largest_mb": LARGEST_FILE_BYTES // 1024**2,
            "largest_bytes": LARGEST_FILE_BYTES,
            "most_files": MOST_FILES,
            "longest_reason": LONGEST_REASON,
        },
    )


def headline(shown: CasePage) -> str:
    """What the case is about: its own title, else what weighed most in its decisions, else its type."""
    if shown.case.title:
        return shown.case.title
    strongest = max(shown.decisions.alerts, key=lambda one: one.risk_score, default=None)
    kind = case_type(shown.case.type)
    if strongest is None or strongest.evaluation is None:
        return f"{kind} about {shown.name}"
    return shown.whys[strongest.id]
