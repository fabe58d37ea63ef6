"""A bank whose desk has cases: they come from decisions, as they do in life."""

import itertools
import re
from typing import Any

from cases.models import Case
from ratel.identifiers import read
from tests.cast import Bank
from tests.desk.people import Seat

_numbers = itertools.count()


def case_from_payment(bank: Bank, *, account: str | None = None, **fields: Any) -> tuple[str, str]:
    """The ids of a case and of the alert that opened it: a payment of a rejected customer."""
    answer = bank.callers["ng"].post(
        "/api/v1/transactions/screen",
        {
            "externalId": f"desk-{next(_numbers)}",
            "type": "TRANSFER",
            "channel": "POS",
            "amount": 250_000,
            "senderAccountNumber": account or f"acc-{next(_numbers)}",
            "senderName": "Adaeze Okonkwo",
            "receiverAccountNumber": "0099887766",
            "receiverName": "Bello Ventures",
            "senderKycStatus": "REJECTED",
            **fields,
        },
    )
    assert answer.status == 200, answer.body
    return answer.body["caseId"], answer.body["alertId"]


def version_of(bank: Bank, case_id: str) -> int:
    with bank.seeing("ng"):
        return Case.objects.get(id=read("cas", case_id)).version


def words_of(answer: Any) -> str:
    """What the page says, tags left out."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(text.split())


def act(seat: Seat, name: str, case_id: str, **form: Any) -> str:
    """The words of the page that follows a form of the case's page."""
    version = form.pop("version", version_of(seat.bank, case_id))
    answer = seat.do(name, case_id, back=seat.url("case", case_id), version=version, **form)
    assert answer.status_code == 200, answer.status_code
    return words_of(answer)
