"""A generation's arrays as the search reads them: mapped from disk, never copied, never written."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from screening.names.build import QUALITIES
from screening.names.entity import ListedEntity, NameQuality
from screening.names.storage import Array, Description, map_array, read_description

_ENTITY_DECODER = msgspec.json.Decoder(ListedEntity)


class IndexArrays:
    """Typed access to one generation. Numbers read one at a time go through memory views, which is three
    times faster.
    """

    def __init__(self, directory: Path) -> None:
        self.description: Description = read_description(directory)
        self._directory = directory
        self.key: npt.NDArray[np.uint32] = self._map("key")
        self.key_token: npt.NDArray[np.int32] = self._map("key_token")
        self.posting: npt.NDArray[np.int32] = self._map("posting")
        self.name_letters: npt.NDArray[np.uint32] = self._map("name_letters")
        self.name_weight: npt.NDArray[np.float32] = self._map("name_weight")
        self.squashed: npt.NDArray[np.uint32] = self._map("squashed")
        self.squashed_name: npt.NDArray[np.int32] = self._map("squashed_name")
        self.identifier: npt.NDArray[np.uint32] = self._map("identifier")
        self.identifier_entity: npt.NDArray[np.int32] = self._map("identifier_entity")
        self.token_letters: npt.NDArray[np.uint32] = self._map("token_letters")
        self.token_length: npt.NDArray[np.int8] = self._map("token_length")
        self.name_token: npt.NDArray[np.int32] = self._map("name_token")
        self.name_token_offset: npt.NDArray[np.int64] = self._map("name_token_offset")
        self.token_weight = self._view("token_weight")
        self.name_entity = self._view("name_entity")
        self._token_text = self._view("token_text")
        self._token_offset = self._view("token_offset")
        self._posting_offset = self._view("posting_offset")
        self._name_text = self._view("name_text")
        self._name_text_offset = self._view("name_text_offset")
        self._name_token = self._view("name_token")
        self._name_token_offset = self._view("name_token_offset")
        self._name_quality = self._view("name_quality")
        self._entity = self._view("entity")
        self._entity_offset = self._view("entity_offset")
        self._entity_first_name = self._view("entity_first_name")

    def _map(self, name: str) -> Array:
        return map_array(self._directory, name, self.description)

    def _view(self, name: str) -> "memoryview[Any]":
        buffer: Any = self._map(name)
        return memoryview(buffer)

    def token(self, token_id: int) -> str:
        offsets = self._token_offset
        return str(self._token_text[offsets[token_id] : offsets[token_id + 1]], "ascii")

    def posting_length(self, token_id: int) -> int:
        return int(self._posting_offset[token_id + 1] - self._posting_offset[token_id])

    def postings(self, token_id: int) -> npt.NDArray[np.int32]:
        """The names that have this token, in ascending order."""
        return self.posting[self._posting_offset[token_id] : self._posting_offset[token_id + 1]]

    def name_tokens(self, name: int) -> list[int]:
        return self._name_token[self._name_token_offset[name] : self._name_token_offset[name + 1]].tolist()

    def name_text(self, name: int) -> str:
        return str(self._name_text[self._name_text_offset[name] : self._name_text_offset[name + 1]], "utf-8")

    def name_quality(self, name: int) -> NameQuality:
        position: int = self._name_quality[name]
        return QUALITIES[position]

    def names_of(self, entity: int) -> range:
        return range(self._entity_first_name[entity], self._entity_first_name[entity + 1])

    def entity(self, position: int) -> ListedEntity:
        return _ENTITY_DECODER.decode(
            self._entity[self._entity_offset[position] : self._entity_offset[position + 1]]
        )
