"""What a customer's row keeps of who somebody is beyond the profile of payments, as one sealed value.

Payments never say these things, so `screening/persist.py` does not write them.
"""

from typing import Final
from uuid import UUID

import msgspec

from ratel.sealing import seal, unseal


class Identity(msgspec.Struct, frozen=True, omit_defaults=True):
    """`birth_date` is YYYY, YYYY-MM or YYYY-MM-DD, `nationality` ISO 3166-1 alpha-2, `gender` male or female."""

    birth_date: str | None = None
    nationality: str | None = None
    gender: str | None = None


UNKNOWN: Final = Identity()


def open_identity(customer_id: UUID, sealed: bytes | memoryview | None) -> Identity:
    """The value of the column `sealed_identity`; most customers have none."""
    if sealed is None:
        return UNKNOWN
    return msgspec.json.decode(unseal(bytes(sealed), _context(customer_id)), type=Identity)


def seal_identity(customer_id: UUID, identity: Identity) -> bytes | None:
    return None if identity == UNKNOWN else seal(msgspec.json.encode(identity), _context(customer_id))


def _context(customer_id: UUID) -> bytes:
    """Not that of the profile: the two values of a row cannot take each other's place."""
    return customer_id.bytes + b"identity"
