"""A generation's arrays as the search reads them: mapped from disk, never copied, never written."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from screening.names.build import KIND_SHIFT, QUALITIES
from screening.names.entity import ListedEntity, NameQuality
from screening.names.evidence_store import decode_entity
from screening.names.storage import Array, Description, map_array, read_description

Ids = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Bits = npt.NDArray[np.uint8]

_QUALITY_BITS = (1 << KIND_SHIFT) - 1


class IndexArrays:
    """Typed access to one generation. Numbers read one at a time go through memory views, which is three
    times faster.
    """

    def __init__(self, directory: Path) -> None:
        self.description: Description = read_description(directory)
        self._directory = directory
        self._key_bucket = self._view("key_bucket")
        self._key_check = self._view("key_check")
        self._key_token = self._view("key_token")
        self._key_shift = 33 - len(self._key_bucket).bit_length()
        self.posting: Ids = self._map("posting")
        self.posting_offset: npt.NDArray[np.uint32] = self._map("posting_offset")
        self.token_letters: npt.NDArray[np.uint32] = self._map("token_letters")
        self.token_length: npt.NDArray[np.int8] = self._map("token_length")
        self.token_bones: npt.NDArray[np.uint32] = self._map("token_bones")
        self.token_sound: npt.NDArray[np.uint16] = self._map("token_sound")
        self.token_text: Bits = self._map("token_text")
        self.token_offset: npt.NDArray[np.uint32] = self._map("token_offset")
        self.token_weight: Floats = self._map("token_weight")
        self.name_token: Ids = self._map("name_token")
        self.name_token_offset: npt.NDArray[np.uint32] = self._map("name_token_offset")
        self.name_class: Bits = self._map("name_class")
        self.name_entity = self._view("name_entity")
        self._token_weight = _viewed(self.token_weight)
        self._token_bones = _viewed(self.token_bones)
        self._token_sound = _viewed(self.token_sound)
        self._token_text = _viewed(self.token_text)
        self._token_offset = _viewed(self.token_offset)
        self._name_token = _viewed(self.name_token)
        self._name_token_offset = _viewed(self.name_token_offset)
        self._name_class = _viewed(self.name_class)
        self._name_place = self._view("name_place")
        self._squashed = self._view("squashed")
        self._squashed_name = self._view("squashed_name")
        self._identifier = self._view("identifier")
        self._identifier_entity = self._view("identifier_entity")
        self._entity = self._view("entity")
        self._entity_offset = self._view("entity_offset")
        self._entity_first_name = self._view("entity_first_name")

    def _map(self, name: str) -> Array:
        return map_array(self._directory, name, self.description)

    def _view(self, name: str) -> "memoryview[Any]":
        return _viewed(self._map(name))

    def token(self, token_id: int) -> str:
        offsets = self._token_offset
        return str(self._token_text[offsets[token_id] : offsets[token_id + 1]], "ascii")

    def suggested(self, keys: Iterable[int], most: int) -> Iterator[tuple[int, int]]:
        """The place of each key and the id of each token under it, `most` a key."""
        buckets, checks, tokens, shift = self._key_bucket, self._key_check, self._key_token, self._key_shift
        for place, key in enumerate(keys):
            bucket = key >> shift
            begin, end = buckets[bucket], buckets[bucket + 1]
            if begin == end:
                continue
            check, found = key & 0xFFFF, 0
            for at in range(begin, end):
                if checks[at] == check:
                    yield place, tokens[at]
                    found += 1
                    if found == most:
                        break

    def bones(self, token_id: int) -> int:
        bones: int = self._token_bones[token_id]
        return bones

    def sound(self, token_id: int) -> int:
        sound: int = self._token_sound[token_id]
        return sound

    def weight(self, token_id: int) -> float:
        weight: float = self._token_weight[token_id]
        return weight

    def name_tokens(self, name: int) -> list[int]:
        return self._name_token[self._name_token_offset[name] : self._name_token_offset[name + 1]].tolist()

    def name_quality(self, name: int) -> NameQuality:
        name_class: int = self._name_class[name]
        return QUALITIES[name_class & _QUALITY_BITS]

    def name_place(self, name: int) -> int:
        """The name's place among its entity's names."""
        place: int = self._name_place[name]
        return place

    def names_of(self, entity: int) -> range:
        return range(self._entity_first_name[entity], self._entity_first_name[entity + 1])

    def entity(self, position: int) -> ListedEntity:
        return decode_entity(self._entity[self._entity_offset[position] : self._entity_offset[position + 1]])

    def squashed_names(self, key: int, most: int) -> list[int]:
        return _values(self._squashed, self._squashed_name, key, most)

    def identified_entities(self, key: int, most: int) -> list[int]:
        return _values(self._identifier, self._identifier_entity, key, most)


def _viewed(array: Any) -> "memoryview[Any]":
    return memoryview(array)


def _values(keys: "memoryview[Any]", values: "memoryview[Any]", key: int, most: int) -> list[int]:
    """The values under one key; looking one up is faster in Python than in numpy, which is made for many."""
    place = bisect_left(keys, key)
    found: list[int] = []
    while place < len(keys) and keys[place] == key and len(found) < most:
        found.append(values[place])
        place += 1
    return found


def stretches(
    first: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The places of several stretches of an array, one after another, and where each begins among them."""
    ends = lengths.cumsum()
    begins = ends - lengths
    places = np.arange(ends[-1] if len(ends) else 0)
    places += np.repeat(first - begins, lengths)
    return places, begins
