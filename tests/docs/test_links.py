"""Every link between the project's documents leads somewhere, and every management command is documented."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(document):
    missing = [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]
    assert missing == []


def test_every_management_command_is_named_in_the_documents():
    commands = {
        path.stem
        for app in ("teams", "screening", "cases", "webhooks")
        for path in (PROJECT / app / "management" / "commands").glob("[!_]*.py")
    }
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    assert {command for command in commands if f"manage.py {command}" not in text} == set()
