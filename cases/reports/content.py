"""What a report says, as one immutable value that is sealed at rest: text, indicators, parties, payments, facts.

`facts` are sentences out of stored data, each with the id of what it was read from; nobody edits them. Payments are as
they were stored, amounts exact; a person may leave one out, never change it. No Django here.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

CUSTOMER: Final = "customer"
Kind = Literal["", "person", "entity"]


class Party(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody on one side of a payment. `key` is `customer`, or `counterparty-1` and so on; empty text is unknown."""

    key: str
    name: str = ""
    kind: Kind = ""
    first_name: str = ""
    last_name: str = ""
    gender: str = ""
    birth_date: str = ""
    national_id: str = ""
    nationality: str = ""
    residence: str = ""
    occupation: str = ""
    registration_number: str = ""
    business: str = ""
    country: str = ""
    address: str = ""
    city: str = ""
    phone: str = ""
    account: str = ""
    bank_code: str = ""
    account_currency: str = ""
    account_type: str = ""
    account_opened: str = ""
    account_status: str = ""

    @property
    def is_customer(self) -> bool:
        return self.key == CUSTOMER


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One transaction. `local_amount` is in the team's currency, None without a rate; `party` the key of the other
    side, empty where nobody is known."""

    id: str
    number: str
    occurred_at: datetime
    direction: str | None
    amount: Decimal | None
    currency: str
    local_amount: Decimal | None
    type: str = ""
    channel: str = ""
    is_cash: bool = False
    location: str = ""
    country: str = ""
    narration: str = ""
    party: str = ""
    is_left_out: bool = False


class Fact(msgspec.Struct, frozen=True):
    """One sentence and the public id of the stored thing that it was read from."""

    sentence: str
    source: str


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`narrative` starts as the facts, one after the other; `assessment` is the analyst's own judgement."""

    narrative: str = ""
    assessment: str = ""
    action: str = ""
    indicators: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()
    payments: tuple[Payment, ...] = ()
    facts: tuple[Fact, ...] = ()

    @property
    def customer(self) -> Party:
        return self.parties[0]

    @property
    def reported(self) -> list[Payment]:
        """The payments that are part of the report."""
        return [payment for payment in self.payments if not payment.is_left_out]

    @property
    def involved(self) -> list[Party]:
        """The customer, and who is on the other side of a reported payment."""
        keys = {payment.party for payment in self.reported} | {CUSTOMER}
        return [party for party in self.parties if party.key in keys]

    def party(self, key: str) -> Party | None:
        return next((one for one in self.parties if one.key == key), None)


_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(Content)


def encode(content: Content) -> bytes:
    return _encoder.encode(content)


def decode(stored: bytes) -> Content:
    return _decoder.decode(stored)
