"""Whether a report can be filed: complete in an analyst's words, then valid against the schema of its version.

Our own file is validated, parsed from nothing foreign; the schemas are read without network and without entities.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from cases.reports import complete
from cases.reports.document import Document
from cases.reports.goaml.write import report_element, version_of
from ratel.problem import Problem

DIRECTORY: Final = Path(__file__).parent / "schema"
MOST_PROBLEMS: Final = 20
# Elements of the structure in an analyst's words, for what only the schema finds.
WORDS: Final = {
    "rentity_id": "reporting entity id",
    "rentity_branch": "branch",
    "transactionnumber": "number of the transaction",
    "amount_local": "amount in the team's currency",
    "birthdate": "date of birth",
    "id_number": "identity number",
    "nationality1": "nationality",
    "residence": "country of residence",
    "institution_code": "code of the account's bank",
    "institution_name": "name of the institution",
    "personal_account_type": "account type",
    "status_code": "account status",
    "opened": "date the account was opened",
    "incorporation_number": "registration number",
    "incorporation_country_code": "country of incorporation",
    "transaction_description": "narration",
    "from_country": "country of the side that pays",
    "to_country": "country of the side that is paid",
    "reason": "narrative and assessment",
    "country_code": "country of the address",
    "tph_number": "phone number",
}
_ELEMENT: Final = re.compile(r"Element '(\w+)'")
_EXPECTED: Final = re.compile(r"Expected is (?:one of )?\( ([\w, ]+) \)")
_LENGTH: Final = re.compile(r"allowed maximum length of '(\d+)'")


def problems(document: Document) -> list[Problem]:
    """What stands in the way of filing; nothing where the report is complete and valid."""
    found = complete.problems(document)
    # A schema stops at the first thing missing of each element, and says it in its own words: asked last.
    return (found or schema_problems(document))[: MOST_PROBLEMS * 2]


def schema_problems(document: Document) -> list[Problem]:
    # Written and read again: the check sees what the authority sees, not the tree that we had in mind.
    element = etree.fromstring(etree.tostring(report_element(document)), _parser())
    schema = _schema(version_of(document))
    if schema.validate(element):
        return []
    return [_in_words(error) for error in list(schema.error_log)[:MOST_PROBLEMS]]


def _in_words(error: Any) -> Problem:
    named = _ELEMENT.search(error.message)
    name = named.group(1) if named else "report"
    label = WORDS.get(name, name.replace("_", " "))
    expected, length = _EXPECTED.search(error.message), _LENGTH.search(error.message)
    if expected:
        wanted = [
            WORDS.get(one.strip(), one.strip().replace("_", " ")) for one in expected.group(1).split(",")
        ]
        text = f"Before or in place of the {label}, the {' or the '.join(wanted[:3])} is missing"
    elif length:
        text = f"The {label} is longer than {length.group(1)} characters"
    else:
        text = f"The {label} does not have the form that the authority's structure asks for"
    return Problem(str(error.path), text)


@lru_cache(maxsize=4)
def _schema(version: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(DIRECTORY / f"goaml-{version}.xsd"), _parser()))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
