"""Payments out of a file, as people have them: one JSON document a line, printed prettily, or a list of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn

_BLANKS = " \t\r\n"


class BadInput(Exception):
    """What cannot be read, and where."""


@dataclass(frozen=True)
class Payment:
    """One payment and where it begins: `line 7`."""

    place: str
    document: dict[str, Any]


def payments_of(file: BinaryIO) -> Iterator[Payment]:
    """Each payment as soon as its line is there; raises BadInput at the first that cannot be read.

    From a line on that does not hold its document whole, the rest of the file is read before it goes on.
    """
    lines = _texts(file)
    for number, text in lines:
        whole = text if _stands_alone(text) else text + "".join(rest for _, rest in lines)
        yield from _payments_in(_documents_of(whole, number))


def _texts(file: BinaryIO) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(file, start=1):
        try:
            yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise BadInput(f"line {number}: not UTF-8 text") from None


def _stands_alone(line: str) -> bool:
    """Whether it is to be read as it is: it holds whole documents, or begins none."""
    if not line.lstrip().startswith(("{", "[")):
        return True
    try:
        list(_documents_of(line, 1))
    except BadInput:
        return False
    return True


def _documents_of(text: str, first_line: int) -> Iterator[tuple[int, Any]]:
    """The documents that stand one after the other, each with the line where it begins."""
    position, line = 0, first_line
    while True:
        begin = _after_blanks(text, position)
        line += text.count("\n", position, begin)
        if begin == len(text):
            return
        try:
            document, position = _DECODER.raw_decode(text, begin)
        except json.JSONDecodeError as error:
            found = first_line + error.lineno - 1
            where = f" at line {found}" if found > line else ""
            raise BadInput(f"line {line}: not JSON: {error.msg}{where}") from None
        except (ValueError, ArithmeticError):
            raise BadInput(f"line {line}: a number that nobody can mean") from None
        except RecursionError:
            raise BadInput(f"line {line}: nested too deeply") from None
        yield line, document
        line += text.count("\n", begin, position)


def _after_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BLANKS:
        position += 1
    return position


def _payments_in(documents: Iterator[tuple[int, Any]]) -> Iterator[Payment]:
    for line, document in documents:
        if isinstance(document, list):
            for number, element in enumerate(document, start=1):
                yield _payment(f"line {line}, element {number}", element)
        else:
            yield _payment(f"line {line}", document)


def _payment(place: str, document: Any) -> Payment:
    if not isinstance(document, dict):
        raise BadInput(f"{place}: not a JSON object")
    return Payment(place, document)


def _number(text: str) -> float | Decimal:
    """A float where it is exact, so that no amount changes on its way."""
    exact, number = Decimal(text), float(text)
    return number if Decimal(repr(number)) == exact else exact


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_no_number)
