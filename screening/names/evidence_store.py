"""Entities as bytes in a generation: short, and read one at a time. It must stay readable by whoever knows the
format number of the generation, so its fields are only ever added at the end.
"""

import msgspec

from screening.names.entity import EntityType, ListedEntity, ListedName, ListKind, NameQuality


class _StoredName(msgspec.Struct, array_like=True, frozen=True, gc=False):
    text: str
    quality: NameQuality


class _StoredEntity(msgspec.Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """A ListedEntity by position instead of by field name, which is less than half as long."""

    entry_id: str
    list_code: str
    kind: ListKind
    reference: str
    names: tuple[_StoredName, ...]
    entity_type: EntityType = "unknown"
    birth_dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    remarks: str = ""


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_StoredEntity)


def encode_entity(entity: ListedEntity) -> bytes:
    return _ENCODER.encode(
        (
            entity.entry_id,
            entity.list_code,
            entity.kind,
            entity.reference,
            [(_encodable(name.text), name.quality) for name in entity.names],
            entity.entity_type,
            entity.birth_dates,
            entity.countries,
            entity.genders,
            entity.identifiers,
            entity.addresses,
            entity.remarks,
        )
    )


def _encodable(text: str) -> str:
    """A lone surrogate is no character; a publisher's broken byte must not stop a whole list."""
    return text.encode("utf-8", "replace").decode()


def decode_entity(stored: "memoryview[int] | bytes") -> ListedEntity:
    found = _DECODER.decode(stored)
    return ListedEntity(
        entry_id=found.entry_id,
        list_code=found.list_code,
        kind=found.kind,
        reference=found.reference,
        names=tuple([ListedName(name.text, name.quality) for name in found.names]),
        entity_type=found.entity_type,
        birth_dates=found.birth_dates,
        countries=found.countries,
        genders=found.genders,
        identifiers=found.identifiers,
        addresses=found.addresses,
        remarks=found.remarks,
    )
