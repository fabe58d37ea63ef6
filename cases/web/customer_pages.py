"""The list of customers and the page of one, with its risk as a part that is fetched by itself."""

from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpResponse

from cases.customer_view.listing import ListedCustomer, Wanted, customers_listed
from cases.customer_view.page import DAYS, MOST_SHOWN, customer_page
from cases.web.case_list import without_blanks
from ratel.identifiers import read, show
from ratel.pages import Query
from ratel.problem import NotFound
from screening.codes import KYC_STATUSES
from screening.entity_risk.profile import risk_of
from screening.models import Customer
from teams.web.desk import MOST_EXPORTED, Desk, as_csv, page, wants_csv

SEVERITIES: Final = ("critical", "high", "medium", "low")
_FILTERS: Final = ("customer", "risk", "kyc", "entity", "pep", "case", "alerts", "format")
_KYC: Final = tuple(sorted(KYC_STATUSES))
_ENTITIES: Final = ("individual", "business")
_HEADER: Final = (
    *("customer", "id", "type", "risk rating", "KYC", "tier", "country", "PEP", "alerts", "open case"),
    *("first payment", "last payment"),
)


@page(section="customers", needs="read")
def customer_list(desk: Desk) -> HttpResponse:
    without_blanks(desk.request)
    query = Query(desk.request, *_FILTERS)
    wanted, paging = _wanted(query), query.page()
    query.finish()
    if wants_csv(desk.request):
        rows = customers_listed(desk.team.id, wanted, after=None, limit=MOST_EXPORTED + 1)
        return as_csv(desk, "customers", _HEADER, _csv(rows))
    found = list(customers_listed(desk.team.id, wanted, after=paging.after, limit=paging.limit + 1))
    shown, cursor = paging.cut(found, lambda one: one.id)
    return desk.render(
        "desk/customers/list.html",
        {
            "customers": shown,
            "cursor": cursor,
            "wanted": wanted,
            "kyc": _KYC,
            "entities": _ENTITIES,
            "is_filtered": any(name in desk.request.GET for name in _FILTERS[:-1]),
            "is_first_page": paging.after is None,
        },
    )


def _wanted(query: Query) -> Wanted:
    query.choice("format", ("csv",))
    pep, risk = query.choice("pep", ("yes", "no")), query.text("risk")
    return Wanted(
        reference=query.text("customer"),
        risk=risk.lower() if risk else None,
        kyc=query.choice("kyc", _KYC),
        entity=query.choice("entity", _ENTITIES),
        is_pep=None if pep is None else pep == "yes",
        has_case=query.choice("case", ("yes",)) is not None,
        has_alerts=query.choice("alerts", ("yes",)) is not None,
    )


def _csv(customers: Iterable[ListedCustomer]) -> Iterable[tuple[Any, ...]]:
    """References and codes, never names: a file leaves the building."""
    for one in customers:
        yield (
            one.reference,
            show("cus", one.id),
            one.entity_type,
            one.risk_rating,
            one.kyc_status,
            one.kyc_tier,
            one.home_country,
            one.is_pep,
            one.prior_alerts,
            show("cas", one.open_case_id) if one.open_case_id else None,
            one.first_at,
            one.last_at,
        )


@page(section="customers", needs="read")
def customer(desk: Desk, customer_id: str) -> HttpResponse:
    shown = customer_page(desk.caller, read("cus", customer_id))
    return desk.render(
        "desk/customers/customer.html",
        {
            "page": shown,
            "customer": shown.customer,
            "customer_id": customer_id,
            "days": DAYS,
            "most_shown": MOST_SHOWN,
            "severities": SEVERITIES,
        },
    )


@page(section="customers", needs="read")
def customer_risk(desk: Desk, customer_id: str) -> HttpResponse:
    """The entity's risk as the API has it, at most five minutes old; a part of the customer's page."""
    identifier = read("cus", customer_id)
    found = (
        Customer.objects.filter(team_id=desk.team.id, id=identifier)
        .values_list("reference", flat=True)
        .first()
        if identifier
        else None
    )
    if found is None:
        raise NotFound("There is no such customer in this team")
    risk = risk_of(desk.caller.team, found, sees_reports=desk.may("reports.read"))
    return desk.render("desk/customers/risk.html", {"risk": risk.document if risk else None})
