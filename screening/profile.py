"""What is remembered of a customer once a payment is stored: what the newest one said, in whatever order they arrive."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from screening.context import Profile
from screening.enrich import Enriched
from screening.transaction import Customer, Transaction

# A profile that payments only confirm is written down again this often, so that its time is no older than that.
CONFIRMED_EVERY: Final = timedelta(days=1)
_NOTHING_SAID: Final = Customer()


def profile_after(transaction: Transaction, known: Enriched) -> tuple[Profile, datetime | None]:
    """The profile with what the transaction says of the customer, and when the newest that said something occurred.

    What it leaves out stays as it was; one that occurred earlier only fills in what is unknown.
    """
    given, profile, profile_at = transaction.customer, known.context.profile, known.profile_at
    if given == _NOTHING_SAID:
        return profile, profile_at
    if profile_at is not None and transaction.occurred_at < profile_at:
        return _overlaid(profile, profile, given), profile_at
    after = _overlaid(profile, given, profile)
    is_confirmed = profile_at is not None and transaction.occurred_at - profile_at < CONFIRMED_EVERY
    return after, profile_at if after == profile and is_confirmed else transaction.occurred_at


def _overlaid(profile: Profile, first: Customer | Profile, second: Customer | Profile) -> Profile:
    return replace(
        profile,
        name=first.name or second.name,
        account=first.account or second.account,
        national_id=first.national_id or second.national_id,
        kyc_status=first.kyc_status or second.kyc_status,
        kyc_tier=first.kyc_tier or second.kyc_tier,
        kyb_status=first.kyb_status or second.kyb_status,
        since=first.since or second.since,
        entity_type=first.entity_type or second.entity_type,
    )
