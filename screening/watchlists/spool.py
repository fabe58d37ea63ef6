"""A list as it was read, kept in a file of its own until it is compared with what is stored: nothing is in memory whole.

The file has no name, so it is gone with the process. Entries of a private list are sealed before they reach it.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

import msgspec

from screening.names.entity import ListKind
from screening.watchlists.entries import StoredForm, stored_form
from screening.watchlists.formats import BadRecord, Intake

SAMPLES: Final = 20
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(StoredForm)
_LENGTH_BYTES: Final = 4


@dataclass(frozen=True)
class Spooled:
    """A complete list that was judged fit. `samples` are main names from all over it, by which the index is tried."""

    file: IO[bytes]
    entries: int
    bad: int
    bad_records: tuple[BadRecord, ...]
    digest: str
    kinds: frozenset[ListKind]
    samples: tuple[str, ...]

    def forms(self) -> Iterator[StoredForm]:
        """The rows of the entries, in the order of the source."""
        return forms_in(self.file)


def forms_in(file: IO[bytes]) -> Iterator[StoredForm]:
    file.seek(0)
    while head := file.read(_LENGTH_BYTES):
        yield _DECODER.decode(file.read(int.from_bytes(head, "big")))


def keep(file: IO[bytes], form: StoredForm) -> None:
    encoded = _ENCODER.encode(form)
    file.write(len(encoded).to_bytes(_LENGTH_BYTES, "big") + encoded)


def spool(
    intake: Intake, *, is_private: bool, previous_count: int | None, minimum_share_of_previous: float
) -> Spooled:
    """Reads the whole source; raises ListRefused where it must not replace what is loaded."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as what is returned
    kinds: set[ListKind] = set()
    samples: list[str] = []
    step = 1
    for position, entity in enumerate(intake.entities()):
        keep(file, stored_form(entity, is_private=is_private))
        kinds.add(entity.kind)
        if position % step == 0:
            samples.append(entity.primary_name)
            if len(samples) == 2 * SAMPLES:
                samples, step = samples[::2], step * 2
    intake.judge(previous_count=previous_count, minimum_share_of_previous=minimum_share_of_previous)
    return Spooled(
        file,
        intake.good,
        intake.bad,
        tuple(intake.bad_records),
        intake.digest(),
        frozenset(kinds),
        tuple(samples),
    )
