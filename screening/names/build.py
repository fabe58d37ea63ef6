"""The offline builder: listed entities in, one immutable generation directory out. It never changes an
existing generation.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from screening.names.entity import ListedEntity, ListedName, NameQuality
from screening.names.evidence import folded_identifier
from screening.names.keys import (
    identifier_key,
    letter_mask,
    misspelling_keys,
    own_key,
    skeleton_key,
    squashed_key,
)
from screening.names.normalise import normalise
from screening.names.storage import (
    FORMAT,
    Array,
    Description,
    pack_keys,
    pack_lists,
    pack_texts,
    write_generation,
)
from screening.names.vocabulary import WEAK_WEIGHTS

QUALITIES: tuple[NameQuality, ...] = ("primary", "alias", "weak")
LEAST_WEIGHT = 0.2
RARITY_FLOOR_NAMES = 2000
"""Rarity is measured as if a list had at least this many names, or every token of a small list would be
rare.
"""

PROGRESS_EVERY = 10_000

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built; `skipped` counts entities without any usable name, `repeated` those whose entry_id
    came twice.
    """

    generation: str
    directory: Path
    entities: int
    names: int
    tokens: int
    skipped: int
    repeated: int
    size_bytes: int
    duration_seconds: float


@dataclass(slots=True)
class _Collected:
    """Everything read so far, by position: entities, their names, the tokens of the names."""

    entities: list[bytes] = field(default_factory=list)
    entity_ids: set[str] = field(default_factory=set)
    entity_first_name: list[int] = field(default_factory=list)
    lists: Counter[str] = field(default_factory=Counter)
    name_texts: list[bytes] = field(default_factory=list)
    name_tokens: list[tuple[int, ...]] = field(default_factory=list)
    name_letters: list[int] = field(default_factory=list)
    name_entity: list[int] = field(default_factory=list)
    name_quality: list[int] = field(default_factory=list)
    squashed: list[int] = field(default_factory=list)
    token_ids: dict[str, int] = field(default_factory=dict)
    identifier_keys: list[int] = field(default_factory=list)
    identifier_entities: list[int] = field(default_factory=list)
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
    collected = _collect(entities, progress)
    arrays = _arrays(collected)
    description = Description(
        format=FORMAT,
        generation=generation,
        entities=len(collected.entities),
        names=len(collected.name_texts),
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
    collected.entities.append(msgspec.json.encode(entity))
    collected.entity_first_name.append(len(collected.name_texts))
    collected.lists[entity.list_code] += 1
    for tokens, name in names.items():
        _add_name(collected, position, tokens, name)
    for folded in {folded_identifier(identifier) for identifier in entity.identifiers} - {""}:
        collected.identifier_keys.append(identifier_key(folded))
        collected.identifier_entities.append(position)


def _usable_names(entity: ListedEntity) -> dict[tuple[str, ...], ListedName]:
    """Each different normalised name once, in the best quality it is listed in."""
    usable: dict[tuple[str, ...], ListedName] = {}
    for name in sorted(entity.names, key=lambda listed: QUALITIES.index(listed.quality)):
        tokens = normalise(name.text)
        if tokens:
            usable.setdefault(tokens, name)
    return usable


def _add_name(collected: _Collected, entity: int, tokens: tuple[str, ...], name: ListedName) -> None:
    token_ids = collected.token_ids
    collected.name_texts.append(name.text.encode("utf-8", "replace"))
    collected.name_tokens.append(tuple(token_ids.setdefault(token, len(token_ids)) for token in tokens))
    collected.name_letters.append(letter_mask(tokens))
    collected.name_entity.append(entity)
    collected.name_quality.append(QUALITIES.index(name.quality))
    collected.squashed.append(squashed_key(tokens))


def _arrays(collected: _Collected) -> dict[str, Array]:
    postings = _postings(collected)
    weights = _token_weights(collected, postings)
    arrays: dict[str, Array] = {"token_weight": np.array(weights, dtype=np.float32)}
    arrays["token_text"], arrays["token_offset"] = pack_texts(token.encode() for token in collected.token_ids)
    arrays["token_letters"] = np.array(
        [letter_mask([token]) for token in collected.token_ids], dtype=np.uint32
    )
    arrays["token_length"] = np.array([len(token) for token in collected.token_ids], dtype=np.int8)
    arrays["key"], arrays["key_token"] = _token_keys(collected)
    arrays["posting"], arrays["posting_offset"] = pack_lists(postings)
    arrays["name_text"], arrays["name_text_offset"] = pack_texts(collected.name_texts)
    arrays["name_token"], arrays["name_token_offset"] = pack_lists(collected.name_tokens)
    arrays["name_letters"] = np.array(collected.name_letters, dtype=np.uint32)
    totals = [sum(weights[token] for token in set(tokens)) for tokens in collected.name_tokens]
    arrays["name_weight"] = np.array(totals, dtype=np.float32)
    arrays["name_entity"] = np.array(collected.name_entity, dtype=np.int32)
    arrays["name_quality"] = np.array(collected.name_quality, dtype=np.uint8)
    arrays["squashed"], arrays["squashed_name"] = pack_keys(
        collected.squashed, range(len(collected.squashed))
    )
    arrays["entity"], arrays["entity_offset"] = pack_texts(collected.entities)
    first_names = [*collected.entity_first_name, len(collected.name_texts)]
    arrays["entity_first_name"] = np.array(first_names, dtype=np.int32)
    arrays["identifier"], arrays["identifier_entity"] = pack_keys(
        collected.identifier_keys, collected.identifier_entities
    )
    return arrays


def _postings(collected: _Collected) -> list[list[int]]:
    postings: list[list[int]] = [[] for _ in collected.token_ids]
    for name, tokens in enumerate(collected.name_tokens):
        for token in set(tokens):
            postings[token].append(name)
    return postings


def _token_weights(collected: _Collected, postings: list[list[int]]) -> list[float]:
    """1 for a token that one name has, LEAST_WEIGHT for the most common, a fixed small weight for words
    that mean little.
    """
    scale = math.log(max(len(collected.name_tokens), RARITY_FLOOR_NAMES))
    return [
        WEAK_WEIGHTS.get(token) or max(LEAST_WEIGHT, 1.0 - math.log(len(postings[position])) / scale)
        for token, position in collected.token_ids.items()
    ]


def _token_keys(collected: _Collected) -> tuple[Array, Array]:
    keys: list[int] = []
    tokens: list[int] = []
    for token, position in collected.token_ids.items():
        own = {own_key(token), *misspelling_keys(token)}
        bones = skeleton_key(token)
        if bones is not None:
            own.add(bones)
        keys.extend(own)
        tokens.extend([position] * len(own))
    return pack_keys(keys, tokens)
