"""Text and CSV: UTF-8 that is nothing else in disguise."""

import csv
import io
from typing import Final

from cases.files.wrong import Wrong

# What browsers, shells or loaders would take for something else than text.
_DISGUISES: Final = (
    *(b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<?xml", b"<?php", b"<iframe"),
    *(b"%pdf", b"#!", b"gif8"),
)
_LOOKED_AT: Final = 1024
MARKUP: Final = (b"<script", b"<html", b"<?php", b"<svg", b"<!doctype", b"<iframe", b"javascript:")
_LONGEST_FIELD: Final = 131_072


def check_text(content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Wrong("it is not UTF-8 text") from None
    if any(letter < " " and letter not in "\t\n\r\f" for letter in text):
        raise Wrong("it has control characters, so it is not plain text")
    start = content[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_DISGUISES) or has_markup(start):
        raise Wrong("its content is a program or a web page, not plain text")


def check_csv(content: bytes) -> None:
    check_text(content)
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    try:
        if not any(len(row) > 1 for row in rows):
            raise Wrong("it has no columns, so it is not CSV")
    except csv.Error:
        raise Wrong(f"a field is longer than {_LONGEST_FIELD} characters or unfinished") from None


def has_markup(content: bytes) -> bool:
    """Whether a reader that sniffs could take it for a page or a program."""
    lower = content.lower()
    return any(mark in lower for mark in MARKUP)
