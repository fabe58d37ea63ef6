"""The offline builder: listed entities in, one immutable generation directory out. It never changes an
existing generation.
"""

import math
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from screening.names.entity import ListedEntity, ListKind, NameQuality
from screening.names.evidence import folded_identifier
from screening.names.evidence_store import encode_entity
from screening.names.keys import (
    bones_mark,
    identifier_key,
    letter_mask,
    misspelling_keys,
    own_key,
    skeleton_key,
    sound_mark,
    squashed_key,
)
from screening.names.normalise import normalise
from screening.names.storage import (
    FORMAT,
    Array,
    Description,
    offsets,
    pack_buckets,
    pack_keys,
    pack_texts,
    refuse_taken,
    write_generation,
)
from screening.names.vocabulary import WEAK_WEIGHTS

QUALITIES: tuple[NameQuality, ...] = ("primary", "alias", "weak")
KINDS: tuple[ListKind, ...] = ("sanctions", "pep", "internal", "adverse_media")
KIND_SHIFT = 2
"""A name's class is its quality in the lower two bits and its list kind above them."""

LEAST_WEIGHT = 0.2
RARITY_FLOOR_NAMES = 2000
"""Rarity is measured as if a list had at least this many names, or every token of a small list would be
rare.
"""

MOST_NAMES_OF_AN_ENTITY = 0xFFFF
PROGRESS_EVERY = 10_000

EVIDENCE = frozenset({"entity", "entity_offset", "name_place"})
"""Arrays that hold what is shown and weighed after a name was found; the others are the index."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built; `skipped` counts entities without any usable name, `repeated` those whose entry_id
    came twice. Of the bytes, `index_bytes` are what searching reads, the rest is evidence.
    """

    generation: str
    directory: Path
    entities: int
    names: int
    tokens: int
    skipped: int
    repeated: int
    size_bytes: int
    index_bytes: int
    duration_seconds: float


@dataclass(slots=True)
class _Collected:
    """Everything read so far, by position: entities, their names, the tokens of the names."""

    entities: list[bytes] = field(default_factory=list)
    entity_ids: set[str] = field(default_factory=set)
    entity_first_name: "array[int]" = field(default_factory=lambda: array("i"))
    lists: Counter[str] = field(default_factory=Counter)
    name_tokens: "array[int]" = field(default_factory=lambda: array("i"))
    name_length: "array[int]" = field(default_factory=lambda: array("B"))
    name_entity: "array[int]" = field(default_factory=lambda: array("i"))
    name_place: "array[int]" = field(default_factory=lambda: array("H"))
    name_class: "array[int]" = field(default_factory=lambda: array("B"))
    squashed: "array[int]" = field(default_factory=lambda: array("I"))
    token_ids: dict[str, int] = field(default_factory=dict)
    identifier_keys: "array[int]" = field(default_factory=lambda: array("I"))
    identifier_entities: "array[int]" = field(default_factory=lambda: array("i"))
    skipped: int = 0
    repeated: int = 0


def build_index(
    entities: Iterable[ListedEntity], directory: Path, *, generation: str, progress: Progress | None = None
) -> BuildReport:
    """Build `directory` from the entities, all or nothing. `progress` is called with the number of entities
    read so far.

    Raises GenerationExistsError when the directory is there already.
    """
    started = time.monotonic()
    refuse_taken(directory)
    collected = _collect(entities, progress)
    arrays = _arrays(collected)
    description = Description(
        format=FORMAT,
        generation=generation,
        entities=len(collected.entities),
        names=len(collected.name_entity),
        tokens=len(collected.token_ids),
        lists=dict(collected.lists),
        lengths={name: len(array) for name, array in arrays.items()},
    )
    write_generation(directory, description, arrays)
    return BuildReport(
        generation=generation,
        directory=directory,
        entities=description.entities,
        names=description.names,
        tokens=description.tokens,
        skipped=collected.skipped,
        repeated=collected.repeated,
        size_bytes=sum(array.nbytes for array in arrays.values()),
        index_bytes=sum(array.nbytes for name, array in arrays.items() if name not in EVIDENCE),
        duration_seconds=round(time.monotonic() - started, 3),
    )


def _collect(entities: Iterable[ListedEntity], progress: Progress | None) -> _Collected:
    collected = _Collected()
    for count, entity in enumerate(entities, start=1):
        _add_entity(collected, entity)
        if progress is not None and count % PROGRESS_EVERY == 0:
            progress(count)
    if progress is not None:
        progress(len(collected.entities) + collected.skipped + collected.repeated)
    return collected


def _add_entity(collected: _Collected, entity: ListedEntity) -> None:
    if entity.entry_id in collected.entity_ids:
        collected.repeated += 1
        return
    names = _usable_names(entity)
    if not names:
        collected.skipped += 1
        return
    position = len(collected.entities)
    collected.entity_ids.add(entity.entry_id)
    collected.entities.append(encode_entity(entity))
    collected.entity_first_name.append(len(collected.name_entity))
    collected.lists[entity.list_code] += 1
    kind = KINDS.index(entity.kind) << KIND_SHIFT
    for tokens, place in names.items():
        collected.name_entity.append(position)
        collected.name_place.append(place)
        collected.name_class.append(kind | QUALITIES.index(entity.names[place].quality))
        _add_tokens(collected, tokens)
    for folded in {folded_identifier(identifier) for identifier in entity.identifiers} - {""}:
        collected.identifier_keys.append(identifier_key(folded))
        collected.identifier_entities.append(position)


def _usable_names(entity: ListedEntity) -> dict[tuple[str, ...], int]:
    """Each different normalised name once, with its place among the entity's names, in the best quality that
    it is listed in.
    """
    usable: dict[tuple[str, ...], int] = {}
    names = entity.names[:MOST_NAMES_OF_AN_ENTITY]
    for place in sorted(range(len(names)), key=lambda place: QUALITIES.index(names[place].quality)):
        tokens = normalise(names[place].text)
        if tokens:
            usable.setdefault(tokens, place)
    return usable


def _add_tokens(collected: _Collected, tokens: tuple[str, ...]) -> None:
    token_ids = collected.token_ids
    for token in tokens:
        collected.name_tokens.append(token_ids.setdefault(token, len(token_ids)))
    collected.name_length.append(len(tokens))
    collected.squashed.append(squashed_key(tokens))


def _arrays(collected: _Collected) -> dict[str, Array]:
    names = len(collected.name_entity)
    arrays: dict[str, Array] = {"name_token": np.array(collected.name_tokens, dtype=np.int32)}
    arrays["name_token_offset"] = offsets(collected.name_length, names, np.uint32)
    arrays["posting"], arrays["posting_offset"] = _postings(collected, arrays["name_token"])
    arrays |= _token_arrays(collected, np.diff(arrays["posting_offset"].astype(np.int64)))
    arrays["key_bucket"], arrays["key_check"], arrays["key_token"] = _token_keys(collected)
    arrays["name_entity"] = np.array(collected.name_entity, dtype=np.int32)
    arrays["name_class"] = np.array(collected.name_class, dtype=np.uint8)
    arrays["name_place"] = np.array(collected.name_place, dtype=np.uint16)
    arrays["squashed"], arrays["squashed_name"] = pack_keys(
        np.array(collected.squashed, dtype=np.uint32), np.arange(names, dtype=np.int32)
    )
    arrays["entity"], arrays["entity_offset"] = pack_texts(collected.entities, np.uint64)
    arrays["entity_first_name"] = np.array([*collected.entity_first_name, names], dtype=np.int32)
    arrays["identifier"], arrays["identifier_entity"] = pack_keys(
        np.array(collected.identifier_keys, dtype=np.uint32),
        np.array(collected.identifier_entities, dtype=np.int32),
    )
    return arrays


def _token_arrays(collected: _Collected, frequencies: Array) -> dict[str, Array]:
    texts, text_offsets = pack_texts((token.encode() for token in collected.token_ids), np.uint32)
    letters = np.fromiter((letter_mask([token]) for token in collected.token_ids), dtype=np.uint32)
    return {
        "token_text": texts,
        "token_offset": text_offsets,
        "token_letters": letters,
        "token_bones": np.fromiter(map(bones_mark, collected.token_ids), dtype=np.uint32),
        "token_sound": np.fromiter(map(sound_mark, collected.token_ids), dtype=np.uint16),
        "token_length": np.fromiter(map(len, collected.token_ids), dtype=np.int8),
        "token_weight": np.array(_token_weights(collected, frequencies), dtype=np.float32),
    }


def _postings(collected: _Collected, name_token: Array) -> tuple[Array, Array]:
    """For each token the names that have it, in ascending order and each once, and where each token's begin."""
    lengths = np.array(collected.name_length, dtype=np.int64)
    pairs = (name_token.astype(np.uint64) << np.uint64(32)) | np.repeat(
        np.arange(len(lengths), dtype=np.uint64), lengths
    )
    pairs.sort()
    if len(pairs):
        pairs = pairs[np.concatenate(([True], pairs[1:] != pairs[:-1]))]
    frequencies = np.bincount((pairs >> np.uint64(32)).astype(np.int64), minlength=len(collected.token_ids))
    return pairs.astype(np.uint32).view(np.int32), offsets(frequencies, len(frequencies), np.uint32)


def _token_weights(collected: _Collected, frequencies: Array) -> list[float]:
    """1 for a token that one name has, LEAST_WEIGHT for the most common, a fixed small weight for words
    that mean little.
    """
    scale = math.log(max(len(collected.name_entity), RARITY_FLOOR_NAMES))
    rarity = np.maximum(LEAST_WEIGHT, 1.0 - np.log(np.maximum(frequencies, 1)) / scale).tolist()
    return [WEAK_WEIGHTS.get(token) or rarity[position] for token, position in collected.token_ids.items()]


def _token_keys(collected: _Collected) -> tuple[Array, Array, Array]:
    keys = array("I")
    tokens = array("i")
    for token, position in collected.token_ids.items():
        own = {own_key(token), *misspelling_keys(token)}
        bones = skeleton_key(token)
        if bones is not None:
            own.add(bones)
        keys.extend(own)
        tokens.extend([position] * len(own))
    return pack_buckets(np.array(keys, dtype=np.uint32), np.array(tokens, dtype=np.int32))
