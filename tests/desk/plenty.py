"""What hangs on one thing, several times over: a case with notes, files, relations and reports, an alert that stands for
many payments, a rule with versions and back-tests, an endpoint with deliveries and attempts.

Each part plants `each` more of what its pages list. Through the API and the services, as people and banks do it; rows
that only time or a worker makes are written straight away.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from cases.bundle.services import About, bundle_ask
from cases.models import Alert, SavedView
from cases.relations import case_relate
from cases.reports.filing import evidence_of
from cases.reports.services import report_acknowledge
from cases.services.manual_alerts import alert_raise
from ratel.identifiers import read, show
from ratel.sealing import seal
from ratel.tenancy import tenant
from screening.models import Customer, Rule, RuleDay, WhatIfDay
from screening.rule_trials.work import work_on
from teams.models import ApiKey, KeyUsage, Membership, Passkey, Person, SignIn, TimeCode
from teams.principal import Principal
from teams.roles import ROLE_SCOPES, Role
from teams.second_factors import recovery_codes
from teams.services import create_team
from tests.batch_jobs.items import item, start
from tests.cast import Bank
from tests.desk.made_files import PDF
from tests.evaluate.lists import IN_THE_PRESS, POLITICALLY_EXPOSED, SANCTIONED
from tests.tenancy import (
    case_things,
    desk_things,
    report_things,
    screening_things,
    things,
)
from tests.webhooks.stored import attempt, dead_letter, delivery
from webhooks.models import Delivery

# Whom most of it is about: who pays in `planted`.
PAYER: Final = "customer-1"
REASON: Final = {"reason": "Planted"}


def plant(bank: Bank, pack: str, each: int) -> None:
    for part in PARTS:
        for number in range(each):
            part(bank, pack, number)


def acting(bank: Bank, pack: str, role: Role) -> Principal:
    """The person with that role, as services see them."""
    person = bank.people[role.value]
    return Principal("person", person.id, bank.team_facts(pack), ROLE_SCOPES[role], person.id)


def _ok(answer: Any) -> Any:
    assert answer.status in {200, 201, 202}, answer.body
    return answer.data if isinstance(answer.body, dict) and "data" in answer.body else answer.body


def _payments(bank: Bank, pack: str, number: int) -> None:
    """Of the payer, to others and from them; then of somebody else, which is an alert of its own."""
    caller = bank.callers[pack]
    other = {"counterpartyName": f"Friend {number}", "counterpartyAccount": f"f-{number}", "country": "US"}
    for way in ("debit", "credit"):
        _ok(caller.evaluate(customerId=PAYER, direction=way, amount=900 + number, city="Austin", **other))
    worst = {"amount": 9_000_000, "country": "KP", "isCrossBorder": True, "kycTier": "basic"}
    for times in range(2):
        named = {"customerId": f"payer-{number}", "customerName": "Dewi Sartika"}
        _ok(caller.evaluate(**named, **worst, externalId=f"p-{number}-{times}"))
    listed = {"counterpartyName": SANCTIONED, "counterpartyAccount": "9"}
    _ok(caller.evaluate(customerId=f"matched-{number}", amount=50, **listed))


def _screenings(bank: Bank, pack: str, number: int) -> None:
    """Of the payer under several listed names, and decisions about what was found."""
    caller = bank.callers[pack]
    for name in (SANCTIONED, POLITICALLY_EXPOSED, IN_THE_PRESS):
        _ok(caller.post("/api/screenings", {"lane": "ongoing", "customerId": PAYER, "fullName": name}))
    decided = {"customerId": PAYER, "entryId": screening_things.ENTRY, "verdict": "not_this_person", **REASON}
    _ok(caller.post("/api/match-decisions", decided | {"counterpartyName": f"Friend {number}"}))


def _alerts_by_hand(bank: Bank, pack: str, number: int) -> None:
    for reference in (PAYER, f"payer-{number}"):
        alert_raise(
            caller=bank.principal(pack),
            customer_id=_customer(bank, pack, reference).id,
            severity="high",
            reason="Planted",
        )


def _cases(bank: Bank, pack: str, number: int) -> None:
    """On the first planted case: alerts, notes by several people, files, relations. And cases about the payer."""
    caller, case_id = bank.callers[pack], _case(bank, pack)
    path = f"/api/cases/{case_id}"
    people = [bank.session(role, pack) for role in ("analyst", "officer")]
    for one in (caller, *people):
        _ok(one.post(f"{path}/notes", {"text": f"Note {number}"}))
        _ok(one.patch(path, {"priority": "HIGH" if number % 2 else "LOW"}))
    _ok(caller.post(f"{path}/attachments", {**case_things.FILE, "name": f"planted-{number}.txt"}))
    alerts = _alerts_of(bank, pack, f"payer-{number}")
    _ok(caller.post(f"{path}/alerts", {"alertIds": alerts}))
    new = {"type": "AML_ALERT", "title": f"Planted in {pack}", "customerId": PAYER}
    other = _ok(caller.post("/api/cases", new))["id"]
    _ok(caller.post(f"/api/cases/{other}/attachments", case_things.FILE))
    matched = _alerts_of(bank, pack, f"matched-{number}")
    for named in (other, *matched[:1]):
        case_relate(caller=bank.principal(pack), case_id=read("cas", case_id), named=named, reason="Planted")


def _reports(bank: Bank, pack: str, number: int) -> None:
    """Drafts about the case's alerts, with several versions; one of those filed is acknowledged."""
    caller = bank.callers[pack]
    if number == 0:
        report_acknowledge(
            caller=acting(bank, pack, Role.OFFICER),
            report_id=read("rep", things.ids_of(bank, pack, "report_id")[0]),
            reference="A-0",
            evidence=evidence_of("acknowledged.pdf", PDF),
        )
    subject: dict[str, Any] = {"alertId": _alerts_of(bank, pack, f"payer-{number}")[0]}
    drafted = _ok(caller.post("/api/reports", {"type": "CTR" if number else "SAR", **subject}))["id"]
    for words in range(number + 1):
        body = {
            "parties": [{**report_things.CUSTOMER, "firstName": f"Planted {words}"}],
            "assessment": "Nobody knows of a business that pays such sums in cash.",
            "action": "Held",
        }
        _ok(caller.patch(f"/api/reports/{drafted}", body))


def _bundles(bank: Bank, pack: str, number: int) -> None:
    """Asked for by somebody who may not know of reports, so that everybody who sees bundles sees them."""
    by = acting(bank, pack, Role.ADMIN)
    bundle_ask(caller=by, about=About("customer", _customer(bank, pack, f"payer-{number}").id))


def _rules(bank: Bank, pack: str, number: int) -> None:
    """On one planted rule: versions that were drafted, submitted and approved, back-tests, counted days."""
    caller, officer = bank.callers[pack], bank.session("officer", pack)
    rule_id = _rule(bank, pack)
    path = f"/api/rules/{rule_id}"
    _ok(caller.patch(path, {"scoreContribution": 6 + number}))
    _ok(caller.post(f"{path}/submit"))
    _ok(officer.post(f"{path}/approve"))
    # A team may have few at work: what was started before is finished first.
    work_on(bank.team_facts(pack), until=time.monotonic() + 60)
    _ok(caller.post(f"{path}/back-tests", {"days": 1 + number}))
    with bank.seeing(pack):
        rule = Rule.objects.get(id=read("rul", rule_id))
        day = timezone.now().date() - timedelta(days=number + 1)
        ids = {"organisation_id": bank.id, "team_id": rule.team_id}
        counted = {"evaluated": 9, "hits": 3, "alerts": 2, "true_positives": 1, "false_positives": 1}
        RuleDay.objects.create(
            **ids, rule_id=rule.id, version=1 + number, is_shadow=False, day=day, **counted
        )
        WhatIfDay.objects.create(
            **ids,
            day=day,
            **{layer: [0] for layer in desk_things._LAYERS},
            points=[0],
            forces=[0],
            hits=[""],
            counts=[1],
        )


def _policies(bank: Bank, pack: str, number: int) -> None:
    _ok(bank.callers[pack].patch("/api/decision-policy", {"txReviewScore": 30 + number}))


def _lists(bank: Bank, pack: str, number: int) -> None:
    """Entries of the planted list, one generation after another, and another list of its own."""
    caller = bank.callers[pack]
    (planted,) = things.ids_of(bank, pack, "watchlist_id")
    entries = [
        {"fullName": f"Planted Person {number} {one}", "reference": f"r-{number}-{one}", "countries": ["KP"]}
        for one in range(2)
    ]
    _ok(caller.post(f"/api/watchlists/{planted}/entries", {"entries": entries}))
    other = _ok(caller.post("/api/watchlists", {"name": f"List {number}", "category": "internal"}))["id"]
    _ok(caller.post(f"/api/watchlists/{other}/entries", {"entries": entries}))


def _batches(bank: Bank, pack: str, number: int) -> None:
    """Each with payments of several customers."""
    entities = [{"entity_id": f"batch-{number}-{one}"} for one in range(number + 1)]
    start(bank.callers[pack], [item(10 * number + one, sender=entity) for one, entity in enumerate(entities)])


def _webhooks(bank: Bank, pack: str, number: int) -> None:
    """Of the first endpoint: deliveries and dead letters, each with several attempts."""
    endpoint = things.ids_of(bank, pack, "endpoint_id")[0]
    letter = dead_letter(bank, pack, endpoint)
    with bank.seeing(pack):
        given_up = Delivery.objects.get(id=letter.delivery_id)
        first = Delivery.objects.order_by("id").first()
    for each in (given_up, delivery(bank, pack, endpoint)):
        attempt(bank, pack, each, 1, b"no")
    assert first is not None
    attempt(bank, pack, first, number + 2, b"no")


def _keys(bank: Bank, pack: str, number: int) -> None:
    """Use of the planted keys on several days."""
    day = timezone.now().date() - timedelta(days=number + 1)
    with bank.seeing(pack):
        for key in ApiKey.objects.filter(team_id=bank.teams[pack].id, name="Planted"):
            KeyUsage.objects.create(
                organisation_id=bank.id, team_id=key.team_id, key_id=key.id, day=day, calls=1
            )


def _people(bank: Bank, pack: str, number: int) -> None:
    """Members of the team with second factors, passkeys and sign-ins of their own."""
    with tenant(bank.id, [bank.teams[pack].id]):
        hashed = bank.people["officer"].password
        person = Person(
            organisation=bank.organisation,
            email=f"member-{number}-{bank.id}@example.com",
            name=f"Member {number}",
        )
        person.password = hashed
        person.save(force_insert=True)
        Membership.objects.create(
            organisation=bank.organisation, person=person, team=bank.teams[pack], role=Role.AUDITOR
        )
        for whom in (person, bank.people["auditor"]):
            own = {"organisation_id": bank.id, "person": whom}
            Passkey.objects.create(
                name=f"Key {number}",
                credential_id=f"{whom.id}-{number}".encode(),
                public_key=b"key",
                sign_count=0,
                **own,
            )
            SignIn.objects.create(
                sealed_session_key=seal(b"key", b"planted"), proof="password", seen_at=timezone.now(), **own
            )
        TimeCode.objects.create(
            organisation_id=bank.id, person=person, sealed_secret=seal(b"secret", b"planted"), last_step=0
        )
        recovery_codes.make(person)


def _teams(bank: Bank, pack: str, number: int) -> None:
    """A sandbox, which has its own keys."""
    if number == 0:
        with tenant(bank.id, [bank.teams[pack].id]):
            create_team(
                organisation=bank.organisation,
                name="Sandbox",
                pack=pack,
                currency="USD",
                sandbox_of=bank.teams[pack],
            )


def _views(bank: Bank, pack: str, number: int) -> None:
    ids = {"organisation_id": bank.id, "team_id": bank.teams[pack].id, "section": "alerts"}
    with bank.seeing(pack):
        for role in ("officer", "analyst", "admin"):
            SavedView.objects.create(
                **ids,
                person_id=bank.people[role].id,
                name=f"View {number}",
                query="severity=high",
                created_at=timezone.now(),
            )


def _payload_schemas(bank: Bank, pack: str, number: int) -> None:
    fields = [
        {"key": "sum", "type": "Float", "mapsTo": "amount"},
        *({"key": f"extra{one}", "type": "String"} for one in range(number + 1)),
    ]
    path = f"/api/teams/{bank.teams[pack].id}/payload-schema"
    _ok(bank.callers[pack].call("PUT", path, {"fields": fields}))


# In this order: what comes later names what came before.
PARTS: Final[tuple[Callable[[Bank, str, int], None], ...]] = (
    _payments,
    _screenings,
    _alerts_by_hand,
    _cases,
    _reports,
    _bundles,
    _rules,
    _policies,
    _lists,
    _batches,
    _webhooks,
    _keys,
    _people,
    _teams,
    _views,
    _payload_schemas,
)


def _customer(bank: Bank, pack: str, reference: str) -> Customer:
    with bank.seeing(pack):
        return Customer.objects.get(team_id=bank.teams[pack].id, reference=reference)


def _alerts_of(bank: Bank, pack: str, reference: str) -> list[str]:
    customer = _customer(bank, pack, reference)
    with bank.seeing(pack):
        found = Alert.objects.filter(customer_id=customer.id).order_by("id")
        return [show("alt", one) for one in found.values_list("id", flat=True)]


def _case(bank: Bank, pack: str) -> str:
    return things.ids_of(bank, pack, "case_id")[0]


def _rule(bank: Bank, pack: str) -> str:
    return things.ids_of(bank, pack, "rule_id")[0]
