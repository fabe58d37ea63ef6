"""What happened to a report, in words."""

from typing import Final

from django import template

register = template.Library()
_STEPS: Final = {
    "drafted": "Drafted",
    "edited": "Changed",
    "submitted": "Submitted for review",
    "sent_back": "Sent back",
    "approved": "Approved",
    "filed": "Filed",
    "acknowledged": "Acknowledgement recorded",
    "exported": "Exported",
}


@register.filter
def report_step(action: str) -> str:
    return _STEPS.get(action, action.replace("_", " ").capitalize())
