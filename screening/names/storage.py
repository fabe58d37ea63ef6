"""The files of one index generation: flat arrays that every process maps and nobody writes again.

A generation is complete or absent: it is written beside its place and renamed into it. Nothing here knows
what a name is.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
import numpy.typing as npt

FORMAT = 3
"""Raised whenever an older program could misread the arrays."""

DESCRIPTION = "generation.json"

Array = npt.NDArray[Any]


class IndexUnreadableError(Exception):
    """The directory does not hold a complete generation of this format."""


class GenerationExistsError(Exception):
    """A generation is immutable: the directory is taken."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a generation directory says about itself. Written last: with it, all is there."""

    format: int
    generation: str
    entities: int
    names: int
    tokens: int
    lists: dict[str, int]
    lengths: dict[str, int]


def write_generation(directory: Path, description: Description, arrays: Mapping[str, Array]) -> None:
    """Write all arrays and the description under a temporary name, then rename. Raises
    GenerationExistsError.
    """
    refuse_taken(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    partial = directory.with_name(f".{directory.name}.{uuid4().hex}.partial")
    partial.mkdir()
    try:
        for name, array in arrays.items():
            _write(partial / f"{name}.npy", array)
        _write_bytes(partial / DESCRIPTION, msgspec.json.encode(description))
        _sync_directory(partial)
        _rename(partial, directory)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _sync_directory(directory.parent)


def refuse_taken(directory: Path) -> None:
    if directory.exists():
        raise GenerationExistsError(f"generation directory {directory.name} exists already")


def _rename(partial: Path, directory: Path) -> None:
    """The kernel refuses to rename onto a directory that holds anything: of two builders one wins."""
    try:
        partial.rename(directory)
    except OSError as error:
        if directory.exists():
            raise GenerationExistsError(f"generation directory {directory.name} exists already") from error
        raise


def read_description(directory: Path) -> Description:
    try:
        description = msgspec.json.decode((directory / DESCRIPTION).read_bytes(), type=Description)
    except (OSError, msgspec.DecodeError) as error:
        raise IndexUnreadableError(f"no readable description in generation {directory.name}") from error
    if description.format != FORMAT:
        raise IndexUnreadableError(
            f"generation {directory.name} has format {description.format}, this program reads {FORMAT}"
        )
    return description


def map_array(directory: Path, name: str, description: Description) -> Array:
    """Map one array read-only; its length must be what the description says."""
    try:
        mapped = np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise IndexUnreadableError(f"array {name} of generation {directory.name} cannot be read") from error
    if len(mapped) != description.lengths.get(name):
        raise IndexUnreadableError(f"array {name} of generation {directory.name} is incomplete")
    return np.asarray(mapped)


def pack_texts(texts: Iterable[bytes], offset_type: type[np.unsignedinteger[Any]]) -> tuple[Array, Array]:
    """Texts end to end and where each begins, with one more offset for the end of the last."""
    kept = list(texts)
    return np.frombuffer(b"".join(kept), dtype=np.uint8), offsets(map(len, kept), len(kept), offset_type)


def offsets(lengths: Iterable[int], count: int, offset_type: type[np.unsignedinteger[Any]]) -> Array:
    """Where each of `count` stretches of these lengths begins, and where the last ends."""
    found = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.fromiter(lengths, dtype=np.int64, count=count), out=found[1:])
    if found[-1] > np.iinfo(offset_type).max:
        raise OverflowError("the lists are too large for the offsets of this format")
    return found.astype(offset_type)


def pack_keys(keys: Array, values: Array) -> tuple[Array, Array]:
    """A lookup table: keys in order (uint32) and the value of each (int32)."""
    order = np.lexsort((values, keys))
    return keys[order].astype(np.uint32), values[order].astype(np.int32)


def pack_buckets(keys: Array, values: Array) -> tuple[Array, Array, Array]:
    """A table that is read one key at a time: where each bucket begins (its number is the key's upper bits), and
    by bucket the keys' lower 16 bits and the values. There are about as many buckets as keys.
    """
    bits = bucket_bits(len(keys))
    order = np.lexsort((values, keys))
    sizes = np.bincount(keys >> np.uint32(32 - bits), minlength=1 << bits)
    return (
        offsets(sizes, len(sizes), np.uint32),
        keys[order].astype(np.uint16),
        values[order].astype(np.int32),
    )


def bucket_bits(count: int) -> int:
    """The lower 16 bits and the bucket make the whole key again, hence at least 16."""
    return min(max((count // 2).bit_length(), 16), 26)


def _write(path: Path, array: Array) -> None:
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def _write_bytes(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
