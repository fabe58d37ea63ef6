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

FORMAT = 2
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
    if directory.exists():
        raise GenerationExistsError(f"generation directory {directory.name} exists already")
    directory.parent.mkdir(parents=True, exist_ok=True)
    partial = directory.with_name(f".{directory.name}.{uuid4().hex}.partial")
    partial.mkdir()
    try:
        for name, array in arrays.items():
            _write(partial / f"{name}.npy", array)
        _write_bytes(partial / DESCRIPTION, msgspec.json.encode(description))
        partial.rename(directory)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _sync_directory(directory.parent)


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


def pack_texts(texts: Iterable[bytes]) -> tuple[Array, Array]:
    """Texts end to end and where each begins, with one more offset for the end of the last."""
    kept = list(texts)
    offsets = np.zeros(len(kept) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in kept], out=offsets[1:])
    return np.frombuffer(b"".join(kept), dtype=np.uint8), offsets


def pack_lists(lists: Iterable[Iterable[int]]) -> tuple[Array, Array]:
    """Lists of numbers end to end (int32) and where each begins."""
    kept = [list(numbers) for numbers in lists]
    offsets = np.zeros(len(kept) + 1, dtype=np.int64)
    np.cumsum([len(numbers) for numbers in kept], out=offsets[1:])
    return np.fromiter((number for numbers in kept for number in numbers), dtype=np.int32), offsets


def pack_keys(keys: Iterable[int], values: Iterable[int]) -> tuple[Array, Array]:
    """A lookup table: keys in order (uint32) and the value of each (int32)."""
    key_array = np.fromiter(keys, dtype=np.uint32)
    value_array = np.fromiter(values, dtype=np.int32)
    order = np.lexsort((value_array, key_array))
    return key_array[order], value_array[order]


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
