"""The first content of a report, out of what is stored about its subject and nothing else."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from cases.reports import indicators
from cases.reports.content import CUSTOMER, Content, Kind, Party, Payment
from cases.reports.narrative import facts_of, skeleton
from cases.reports.stored import Decided, Paid, Stored
from ratel.identifiers import show
from screening.transaction import Counterparty

_KINDS: Final[dict[str, Kind]] = {"business": "entity", "individual": "person"}
_GENDERS: Final = {"male": "M", "female": "F"}
_FULL_DATE: Final = len("1984-07-23")


def prefilled(stored: Stored, *, pack: str, currency: str) -> Content:
    """Every value is one that is stored; what is unknown stays empty for the analyst to fill."""
    facts = tuple(facts_of(stored))
    others = _counterparties([*stored.decided, *stored.others])
    payments = [_payment(one, others, currency) for one in stored.decided]
    # On file and at hand, for an analyst to add: no alert is about them.
    payments += [
        msgspec.structs.replace(_payment(one, others, currency), is_left_out=True) for one in stored.others
    ]
    return Content(
        narrative=skeleton(facts),
        indicators=tuple(_indicators(stored, pack)),
        parties=(_customer(stored, currency), *others.values()),
        payments=tuple(sorted(payments, key=lambda payment: payment.occurred_at)),
        facts=facts,
    )


def _customer(stored: Stored, currency: str) -> Party:
    """The profile, and what the newest payment says of the account where the profile says nothing."""
    known = stored.customer
    newest = stored.decided[-1].transaction.customer if stored.decided else None
    name = known.profile.name or (newest.name if newest else None) or ""
    kind = _KINDS.get(known.entity_type or "", "")
    first, last = split_name(name) if kind != "entity" else ("", "")
    account = known.profile.account or (newest.account if newest else None) or ""
    birth_date = known.identity.birth_date or ""
    return Party(
        key=CUSTOMER,
        name=name,
        kind=kind,
        first_name=first,
        last_name=last,
        gender=_GENDERS.get(known.identity.gender or "", ""),
        # A year alone is no date of birth that an authority takes.
        birth_date=birth_date if len(birth_date) == _FULL_DATE else "",
        national_id=known.profile.national_id or "",
        nationality=known.identity.nationality or "",
        residence=known.home_country or "",
        registration_number=(newest.registration_number if newest else None) or "",
        country=known.home_country or "",
        account=account,
        account_currency=currency if account else "",
    )


def split_name(name: str) -> tuple[str, str]:
    """First names and last name as the order of the words has it; a single word is a last name."""
    first, _, last = name.strip().rpartition(" ")
    return first.strip(), last


def _counterparties(payments: Sequence[Paid]) -> dict[str, Party]:
    """By what tells them apart, in the order in which they first appear."""
    found: dict[str, Party] = {}
    for one in payments:
        other = one.transaction.counterparty
        identity = other.identity
        if identity and identity not in found:
            found[identity] = _counterparty(f"counterparty-{len(found) + 1}", other)
    return found


def _counterparty(key: str, other: Counterparty) -> Party:
    name = other.name or ""
    first, last = split_name(name) if name else ("", "")
    return Party(
        key=key,
        name=name,
        first_name=first,
        last_name=last,
        national_id=other.national_id or "",
        country=other.country or "",
        account=other.account or "",
        bank_code=other.bank_code or "",
    )


def _payment(one: Paid, others: dict[str, Party], currency: str) -> Payment:
    transaction = one.transaction
    other = others.get(transaction.counterparty.identity or "")
    identifier = show("txn", one.transaction_id)
    is_local = transaction.currency == currency
    return Payment(
        id=identifier,
        number=transaction.external_id or identifier,
        occurred_at=transaction.occurred_at,
        direction=transaction.direction,
        amount=transaction.amount,
        currency=transaction.currency,
        local_amount=transaction.amount if is_local else one.base_amount,
        type=transaction.type or "",
        channel=transaction.channel or "",
        is_cash=transaction.is_cash,
        location=transaction.city or "",
        country=transaction.counterparty.country or "",
        narration=transaction.narration or "",
        party=other.key if other else "",
    )


def _indicators(stored: Stored, pack: str) -> list[str]:
    """Of the rules that hit, the layers that scored and the lists that matched, in the order of the table."""
    found: set[str | None] = set()
    for one in stored.decided:
        found |= {indicators.of_rule(pack, hit.rule_code) for hit in one.evaluation.hits}
        found |= set(_of_layers(one))
    for screened in stored.screened:
        found |= {indicators.OF_LISTS.get(entry.category) for entry in screened.judged.matches}
    return [code for code in indicators.WORDS if code in found]


def _of_layers(one: Decided) -> Iterator[str]:
    for name, code in indicators.OF_LAYERS.items():
        layer = one.evaluation.layer(name)
        if layer.answered and layer.score > 0 and layer.reasons:
            yield code
    facts = (one.evaluation.layer("sanctions").evidence or {}).get("facts", {})
    for fact, code in indicators.OF_NAMES.items():
        if facts.get(fact):
            yield code
