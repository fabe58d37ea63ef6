"""Who is screened: a body of `/api/screenings` becomes a Subject, with every problem named by its path."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from ratel.problem import Problem
from screening.names.entity import EntityType, NameQuery
from screening.screenings.customers import KnownCustomer
from screening.screenings.reading import birth_date, code_of_country, problems_of, text_problems

MOST_SUBJECTS: Final = 100
Lane = Literal["onboarding", "ongoing"]
# The words for what somebody is, in any case, and what the lists call it.
SUBJECT_TYPES: Final[dict[str, EntityType]] = {
    "person": "person",
    "individual": "person",
    "company": "company",
    "business": "company",
    "organisation": "company",
    "vessel": "vessel",
    "aircraft": "aircraft",
}


class SubjectBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One subject as it is sent; any optional field may be absent or null."""

    fullName: Annotated[str, Meta(min_length=1, max_length=500)]  # noqa: N815 - the API's own names
    customerId: Annotated[str, Meta(min_length=1, max_length=128)] | None = None  # noqa: N815
    subjectType: Annotated[str, Meta(max_length=16)] | None = None  # noqa: N815
    dateOfBirth: Annotated[str, Meta(max_length=10)] | None = None  # noqa: N815
    nationality: Annotated[str, Meta(pattern="^[A-Za-z]{2}$", max_length=2)] | None = None
    nik: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    gender: Literal["male", "female"] | None = None


class Subject(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who was asked about, as it is stored (sealed) with the answer."""

    name: str
    reference: str | None = None
    entity_type: EntityType | None = None
    birth_date: str | None = None
    nationality: str | None = None
    national_id: str | None = None
    gender: str | None = None


def read_subject(document: Any, path: str, now: datetime, problems: list[Problem]) -> Subject | None:
    """The subject in a decoded body; None where there is a problem with it."""
    before = len(problems)
    try:
        body = msgspec.convert(document, SubjectBody)
    except msgspec.ValidationError:
        problems.extend(problems_of(document, SubjectBody, path))
        return None
    subject = Subject(
        name=body.fullName,
        reference=body.customerId,
        entity_type=_type(body.subjectType, path, problems),
        birth_date=birth_date(body.dateOfBirth, f"{path}dateOfBirth", now, problems),
        nationality=code_of_country(body.nationality, f"{path}nationality", problems),
        national_id=body.nik,
        gender=body.gender,
    )
    problems.extend(text_problems(document, path))
    if not body.fullName.strip():
        problems.append(Problem(f"{path}fullName", "must not be blank"))
    return None if len(problems) > before else subject


def query_of(subject: Subject, known: KnownCustomer | None) -> NameQuery:
    """What the lists are asked: the subject as it was sent, and what is stored of the customer where it says nothing."""
    stored = known.query() if known else None
    countries: Mapping[str, None] = dict.fromkeys(
        country for country in (subject.nationality, *(stored.countries if stored else ())) if country
    )
    identifiers = dict.fromkeys(
        one for one in (subject.national_id, *(stored.identifiers if stored else ())) if one
    )
    return NameQuery(
        name=subject.name,
        entity_type=subject.entity_type or (stored.entity_type if stored else None),
        birth_date=subject.birth_date or (stored.birth_date if stored else None),
        countries=tuple(countries),
        identifiers=tuple(identifiers),
        gender=subject.gender or (stored.gender if stored else None),
    )


def subject_of(known: KnownCustomer, query: NameQuery) -> Subject:
    """The subject that a stored customer is."""
    return Subject(
        name=query.name,
        reference=known.reference,
        entity_type=query.entity_type,
        birth_date=query.birth_date,
        nationality=known.identity.nationality,
        national_id=known.profile.national_id,
        gender=query.gender,
    )


def _type(word: str | None, path: str, problems: list[Problem]) -> EntityType | None:
    if word is None:
        return None
    kind = SUBJECT_TYPES.get(word.lower())
    if kind is None:
        problems.append(Problem(f"{path}subjectType", f"must be one of {', '.join(SUBJECT_TYPES)}"))
    return kind
