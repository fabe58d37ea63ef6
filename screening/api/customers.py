"""`/api/customers`: who a team monitors, and the facts about them that payments do not carry."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import show
from ratel.pages import Query, listed
from ratel.problem import Problem
from ratel.tenancy import tenant
from screening import codes
from screening.api import customers_documents as documents
from screening.api.resource import Resource, object_in, refuse
from screening.layers.kyc import BUSINESS
from screening.models import Customer
from screening.screenings.reading import TOMORROW, birth_date, code_of_country
from screening.services import customers as services
from screening.services.customers import CUSTOMER_ID, FACTS, OF_ROW, facts_of
from teams.audit import note

Reader = Callable[[Any, str, list[Problem]], Any]
_FILTERS: Final = ("customerId", "kycStatus", "entityType", "riskRating", "isPep", "from", "to")


class CustomersView(Resource):
    scopes = {"GET": "read", "POST": "write"}

    @documents.list_customers
    def get(self, request: Request) -> Response:
        query, team = Query(request._request, *_FILTERS), self.caller.team
        filters = _filters(query)
        page = query.page()
        query.finish()
        with tenant(team.organisation_id, [team.id]):
            found = services.customers_found(team=team, filters=filters)
            if page.after is not None:
                found = found.filter(id__lt=page.after)
            shown, next_cursor = page.cut(list(found[: page.limit + 1]), lambda row: row.id)
        return Response(listed([_summary_json(row) for row in shown], next_cursor))

    @documents.create
    def post(self, request: Request) -> Response:
        body = object_in(request, known=("customerId", *FACTS))
        problems: list[Problem] = []
        reference = _text(128, body.get("customerId"), "customerId", problems)
        facts = _facts(body, problems)
        refuse(problems)
        customer = services.customer_create(caller=self.caller, reference=reference, facts=facts)
        return Response({"ok": True, "data": customer_json(customer)}, status=201)


class CustomerView(Resource):
    scopes = {"GET": "read", "PATCH": "write"}

    @documents.show_customer
    def get(self, request: Request, customer_id: str) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            customer = services.customer_get(team=team, named=customer_id)
            subject = ("customer", show(CUSTOMER_ID, customer.id))
            note(caller=self.caller, action="customer.viewed", subject=subject)
        return Response({"ok": True, "data": customer_json(customer)})

    @documents.update
    def patch(self, request: Request, customer_id: str) -> Response:
        problems: list[Problem] = []
        facts = _facts(object_in(request, known=FACTS), problems)
        refuse(problems)
        customer = services.customer_update(caller=self.caller, named=customer_id, facts=facts)
        return Response({"ok": True, "data": customer_json(customer)})


def customer_json(customer: Customer) -> dict[str, Any]:
    return {**_summary_json(customer), **facts_of(customer)}


def _summary_json(customer: Customer) -> dict[str, Any]:
    return {
        "id": show(CUSTOMER_ID, customer.id),
        "customerId": customer.reference,
        **{name: getattr(customer, field) for name, field in OF_ROW.items()},
        "priorAlerts": customer.prior_alerts,
        "firstTransactionAt": customer.first_at,
        "createdAt": customer.created_at,
        "updatedAt": customer.updated_at,
    }


def _filters(query: Query) -> dict[str, Any]:
    is_pep = query.choice("isPep", ("true", "false"))
    rating = query.text("riskRating")
    filters = {
        "reference": query.text("customerId"),
        "kyc_status": query.choice("kycStatus", codes.KYC_STATUSES),
        "entity_type": query.choice("entityType", documents.ENTITY_TYPES),
        "risk_rating": rating.lower() if rating else None,
        "is_pep": None if is_pep is None else is_pep == "true",
        "created_at__gte": query.moment("from"),
        "created_at__lte": query.moment("to", is_end=True),
    }
    return {name: value for name, value in filters.items() if value is not None}


def _facts(body: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The facts that are given; null stands for one to forget."""
    return {
        name: None if body[name] is None else reader(body[name], name, problems)
        for name, reader in _READERS.items()
        if name in body
    }


def _text(longest: int, value: Any, path: str, problems: list[Problem]) -> str:
    if isinstance(value, str) and 1 <= len(value) <= longest and "\x00" not in value:
        return value
    problems.append(Problem(path, f"must be text of 1 to {longest} characters"))
    return ""


def _rating(value: Any, path: str, problems: list[Problem]) -> str:
    """Lower case can be longer than what it was made of."""
    return _text(16, value.lower() if isinstance(value, str) else value, path, problems)


def _word(words: Collection[str], value: Any, path: str, problems: list[Problem]) -> str:
    word = value.lower() if isinstance(value, str) else None
    if word in words:
        return str(word)
    problems.append(Problem(path, f"must be one of {', '.join(sorted(words))}"))
    return ""


def _tier(value: Any, path: str, problems: list[Problem]) -> str:
    return codes.KYC_TIERS.get(_word(codes.KYC_TIERS, value, path, problems), "")


def _flag(value: Any, path: str, problems: list[Problem]) -> bool:
    if not isinstance(value, bool):
        problems.append(Problem(path, "must be true or false"))
    return value is True


def _country(value: Any, path: str, problems: list[Problem]) -> str | None:
    return code_of_country(_text(2, value, path, problems) or None, path, problems)


def _born(value: Any, path: str, problems: list[Problem]) -> str | None:
    return birth_date(_text(10, value, path, problems) or None, path, timezone.now(), problems)


def _day(value: Any, path: str, problems: list[Problem]) -> date | None:
    try:
        day = datetime.fromisoformat(value).date() if isinstance(value, str) and len(value) <= 40 else None
    except ValueError:
        day = None
    if day is None or day > (timezone.now() + TOMORROW).date():
        problems.append(Problem(path, "must be an ISO 8601 date that is not in the future"))
    return day


_READERS: Final[dict[str, Reader]] = {
    "fullName": partial(_text, 500),
    "dateOfBirth": _born,
    "nationality": _country,
    "gender": partial(_word, documents.GENDERS),
    "nik": partial(_text, 64),
    "account": partial(_text, 64),
    "kybStatus": partial(_word, BUSINESS),
    "entityType": partial(_word, documents.ENTITY_TYPES),
    "kycStatus": partial(_word, codes.KYC_STATUSES),
    "kycTier": _tier,
    "customerSince": _day,
    "isPep": _flag,
    "riskRating": _rating,
    "homeCountry": _country,
}
