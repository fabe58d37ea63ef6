"""What is known besides the name: it lowers or raises a name's score. Missing is never contradicting; it
never finds anyone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from screening.names.entity import ListedEntity, NameQuery

WEAK_ALIAS_CAP = 80.0
"""A weak alias never reaches a threshold by itself."""

IDENTIFIER_AGREES = 15.0
BIRTH_DATE_AGREES = 3.0
BIRTH_YEAR_AGREES = 1.0
COUNTRY_AGREES = 1.0
BIRTH_YEAR_CONTRADICTS = -15.0
BIRTH_YEAR_NEAR = -3.0
BIRTH_DAY_CONTRADICTS = -6.0
COUNTRY_CONTRADICTS = -8.0
GENDER_CONTRADICTS = -12.0
ENTITY_TYPE_CONTRADICTS = -20.0
MEANS_OF_TRANSPORT_CONTRADICTS = -35.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of evidence: what it says and how many points it adds or takes."""

    points: float
    text: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    findings: tuple[Finding, ...]

    @property
    def points(self) -> float:
        return sum(finding.points for finding in self.findings)

    @property
    def agreements(self) -> tuple[str, ...]:
        return tuple(finding.text for finding in self.findings if finding.agrees)

    @property
    def contradictions(self) -> tuple[str, ...]:
        return tuple(finding.text for finding in self.findings if not finding.agrees)

    def explain(self) -> tuple[str, ...]:
        return tuple(f"{finding.text}: {finding.points:+.0f}" for finding in self.findings)


NO_EVIDENCE = Evidence(())


def weigh(query: NameQuery, entity: ListedEntity) -> Evidence:
    """Everything both sides know, compared."""
    if not (query.identifiers or query.birth_date or query.countries or query.gender or query.entity_type):
        return NO_EVIDENCE
    return Evidence(
        (
            *_identifiers(query, entity),
            *_birth_date(query, entity),
            *_countries(query, entity),
            *_gender(query, entity),
            *_entity_type(query, entity),
        )
    )


def agreement_reach(query: NameQuery) -> float:
    """The most that agreeing birth date and country can add. An equal identifier adds more, but is found by
    itself.
    """
    return (BIRTH_DATE_AGREES if query.birth_date else 0.0) + (COUNTRY_AGREES if query.countries else 0.0)


def folded_identifier(identifier: str) -> str:
    """An identifier without case, spaces and punctuation; too short ones become empty, since they prove
    nothing.
    """
    folded = "".join(letter for letter in identifier[:64].upper() if letter.isalnum())
    return folded if len(folded) >= 5 else ""


def _identifiers(query: NameQuery, entity: ListedEntity) -> Iterator[Finding]:
    asked = {folded_identifier(identifier) for identifier in query.identifiers} - {""}
    if asked and asked & {folded_identifier(identifier) for identifier in entity.identifiers}:
        yield Finding(IDENTIFIER_AGREES, "the same identifier", agrees=True)


def _birth_date(query: NameQuery, entity: ListedEntity) -> Iterator[Finding]:
    if not query.birth_date or not entity.birth_dates:
        return
    yield max(
        (_compare_dates(query.birth_date, listed) for listed in entity.birth_dates),
        key=lambda found: found.points,
    )


def _compare_dates(asked: str, listed: str) -> Finding:
    asked, listed = asked[:10], listed[:10]
    length = min(len(asked), len(listed))
    if asked[:length] == listed[:length]:
        if length == 10:
            return Finding(BIRTH_DATE_AGREES, f"born on the same day {listed}", agrees=True)
        return Finding(BIRTH_YEAR_AGREES, f"born in {listed[:length]}", agrees=True)
    if asked[:4] == listed[:4]:
        return Finding(
            BIRTH_DAY_CONTRADICTS, f"born in the same year on another day, listed {listed}", agrees=False
        )
    if asked[:4].isdigit() and listed[:4].isdigit() and abs(int(asked[:4]) - int(listed[:4])) == 1:
        return Finding(BIRTH_YEAR_NEAR, f"born a year apart, listed {listed}", agrees=False)
    return Finding(BIRTH_YEAR_CONTRADICTS, f"born in another year, listed {listed}", agrees=False)


def _countries(query: NameQuery, entity: ListedEntity) -> Iterator[Finding]:
    if not query.countries or not entity.countries:
        return
    shared = {country.upper() for country in query.countries} & set(entity.countries)
    if shared:
        yield Finding(COUNTRY_AGREES, f"country {', '.join(sorted(shared))}", agrees=True)
    else:
        yield Finding(
            COUNTRY_CONTRADICTS, f"other countries, listed {', '.join(entity.countries)}", agrees=False
        )


def _gender(query: NameQuery, entity: ListedEntity) -> Iterator[Finding]:
    if query.gender and entity.genders and query.gender.lower() not in entity.genders:
        yield Finding(GENDER_CONTRADICTS, f"listed as {', '.join(entity.genders)}", agrees=False)


def _entity_type(query: NameQuery, entity: ListedEntity) -> Iterator[Finding]:
    asked, listed = query.entity_type, entity.entity_type
    if asked in (None, "unknown") or listed in ("unknown", asked):
        return
    moves = {"vessel", "aircraft"}
    points = MEANS_OF_TRANSPORT_CONTRADICTS if asked in moves or listed in moves else ENTITY_TYPE_CONTRADICTS
    yield Finding(points, f"listed as a {listed}", agrees=False)
