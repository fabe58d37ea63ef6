"""The PDF: every script that the font has as it is, any other in Latin letters; nothing about it in the log."""

import logging

import msgspec
import pytest

from cases.reports.letters import printable
from cases.reports.pdf import report_pdf
from tests.reports.test_goaml import CONTENT, CUSTOMER, SHOP, document


@pytest.mark.parametrize(
    "name", ["Siti Rahmawati", "محمد العلي", "Юлия Čović", "राम कुमार", "Ọláníyì Ṣolá", "דוד לוי"]
)
def test_letters_that_the_font_has_are_printed_as_they_are(name):
    assert printable(name) == name


def test_letters_that_it_lacks_are_printed_as_they_are_read():
    assert printable("Wang 王小明") == "Wang [WangXiaoMing]"
    assert printable("Wang\x0b") == "Wang"


@pytest.mark.parametrize("name", ["محمد العلي", "王小明 राम", "\x00\x1b[31m😀", "x" * 3_000], ids=range(4))
def test_any_name_makes_a_paper(name):
    party = msgspec.structs.replace(CUSTOMER, name=name, last_name=name)
    written = report_pdf(document(content=msgspec.structs.replace(CONTENT, parties=(party, SHOP))))
    assert written.startswith(b"%PDF-")
    assert written.rstrip().endswith(b"%%EOF")
    assert b"/JavaScript" not in written


def test_the_log_says_nothing_of_its_letters(caplog):
    with caplog.at_level(logging.INFO):
        report_pdf(document())
    assert [one for one in caplog.records if one.levelno < logging.WARNING] == []
