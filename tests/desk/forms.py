"""For each action of the desk a call that does it: whom it is about and a body that is right, made for one person.

What an action needs to find (a proposal of somebody else, a report that waits) is made on the spot. Call inside a
transaction that is rolled back.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.models import Alert, Case, Report, SavedView
from ratel.identifiers import read, show
from ratel.sealing import seal
from ratel.tenancy import tenant
from screening.models import BatchJob, DecisionPolicy, Rule
from screening.rule_trials.services import back_test_start
from screening.services.policy import policy_change
from screening.services.rules import rule_pause, rule_submit, rule_unshadow
from teams import keys
from teams.api.serial import KEY
from teams.models import Person, TimeCode
from teams.roles import Role
from tests.desk.made_files import PDF
from tests.desk.people import Seat
from tests.desk.plenty import PAYER, acting
from tests.evaluate.lists import SANCTIONED
from tests.tenancy import screening_things, things
from tests.webhooks.stored import URL
from webhooks.models import DeadLetter, Delivery, Endpoint

Call = tuple[dict[str, Any], dict[str, Any]]
WHY: Final = "Seen, and it is so"
REASON: Final = {"reason": WHY}
ENTITY: Final = {
    "entity_id": "1",
    "branch": "Main Street",
    "institution_name": "Bank",
    "institution_code": "1",
    "first_name": "Ada",
    "last_name": "Obi",
    "email": "ada@bank.example",
    "address": "Street 1",
    "city": "Lagos",
    "country": "NG",
}
RULE: Final = {
    "code": "MATRIX",
    "name": "Large cash",
    "type": "threshold",
    "lane": "transaction",
    "points": "40",
    "severity": "high",
    "action": "review",
    "variants": "0",
    "c|kind": "all",
    "c|n": "1",
    "c.0|kind": "test",
    "c.0|what": "amount",
    "c.0|op": ">=",
    "c.0|value": "5,000",
}
LIST: Final = b"fullName,reference\nSomebody Else,s-1\n"
BATCH: Final = (
    b"transaction_id,amount,currency,sender.entity_id,receiver.entity_id,metadata.channel\n"
    b"m-1,100.50,USD,ent-1,shop-1,mobile\n"
)


def call_of(name: str, at: Seat) -> Call:
    """The address's parts but the team, and the form's fields."""
    return FORMS[name](at)


def _form(parts: Callable[[Seat], dict[str, Any]] | None = None, **fields: Any) -> Callable[[Seat], Call]:
    return lambda at: (parts(at) if parts else {}, dict(fields))


def _id(name: str) -> Callable[[Seat], dict[str, Any]]:
    return lambda at: {name: things.ids_of(at.bank, at.pack, name)[0]}


CASE, CUSTOMER, RULE_ID = _id("case_id"), _id("customer_id"), _id("rule_id")
LIST_ID, ENDPOINT = _id("watchlist_id"), _id("endpoint_id")


# -- Alerts


def _alerts(at: Seat, **conditions: Any) -> list[str]:
    with at.bank.seeing(at.pack):
        found = Alert.objects.filter(**conditions).order_by("id")
        return [show("alt", one) for one in found.values_list("id", flat=True)]


def _open_alert(at: Seat) -> dict[str, Any]:
    return {"alert_id": _alerts(at, status="open", case_id=None)[0]}


def _alert_of_a_case(at: Seat) -> dict[str, Any]:
    return {"alert_id": _alerts(at, case_id__isnull=False)[0]}


def _officer(at: Seat) -> str:
    return str(at.bank.people["officer"].id)


def _alert_assign(at: Seat) -> Call:
    return _open_alert(at), {"person": _officer(at)}


def _alert_snooze(at: Seat) -> Call:
    day = timezone.now().date() + timedelta(days=3)
    return _open_alert(at), {"until": day.isoformat(), **REASON}


def _alert_match(at: Seat) -> Call:
    with at.bank.seeing(at.pack):
        screened = Alert.objects.filter(trigger="screening_match", customer_id__isnull=False).first()
    assert screened is not None
    fields = {
        "verdict": "confirmed",
        "entry": screening_things.ENTRY,
        "counterparty": "Nobody Known",
        **REASON,
    }
    return {"alert_id": show("alt", screened.id)}, fields


def _alert_raise(at: Seat) -> Call:
    return {}, {"customer_id": CUSTOMER(at)["customer_id"], "severity": "high", **REASON}


def _alerts_at_once(at: Seat) -> Call:
    return {}, {"action": "take", "alert": _alerts(at, status="open", case_id=None)[:2]}


def _own_view(at: Seat) -> dict[str, Any]:
    with at.bank.seeing(at.pack):
        found = SavedView.objects.filter(person_id=at.client.session["_auth_user_id"]).first()
        assert found is not None
        return {"view_id": found.id}


# -- Cases


def _case_assign(at: Seat) -> Call:
    return CASE(at), {"assignedToId": _officer(at)}


def _with_case(**columns: Any) -> Callable[[Seat], dict[str, Any]]:
    """The case as if it had come so far."""

    def parts(at: Seat) -> dict[str, Any]:
        analyst = at.bank.people["analyst"].id
        said = {name: analyst if value == "analyst" else value for name, value in columns.items()}
        with at.bank.seeing(at.pack):
            Case.objects.filter(id=read("cas", CASE(at)["case_id"])).update(**said)
        return CASE(at)

    return parts


_proposed = _with_case(
    status="PENDING_REVIEW",
    disposition="false_positive",
    proposed_by_id="analyst",
    proposed_by_person_id="analyst",
)
_resolved = _with_case(status="RESOLVED_FALSE_POSITIVE", resolved_at=timezone.now())


def _case_link(at: Seat) -> Call:
    return CASE(at), {"how": "relate", "other": _open_alert(at)["alert_id"], **REASON}


def _case_file(at: Seat) -> Call:
    return CASE(at), {"file": SimpleUploadedFile("seen.pdf", PDF)}


def _period(at: Seat) -> Call:
    today = timezone.now().date().isoformat()
    return {}, {"from": today, "to": today}


# -- Reports


def _report(status: str) -> Callable[[Seat], dict[str, Any]]:
    """A report that waits there, written and submitted by the analyst."""

    def parts(at: Seat) -> dict[str, Any]:
        analyst = at.bank.people["analyst"].id
        with at.bank.seeing(at.pack):
            found = Report.objects.filter(type="SAR", reason="manual").order_by("id").first()
            assert found is not None
            if status != "DRAFT":
                Report.objects.filter(id=found.id).update(
                    status=status,
                    edited_by_id=analyst,
                    edited_by_person_id=analyst,
                    submitted_by_id=analyst,
                    submitted_by_person_id=analyst,
                )
        return {"report_id": show("rep", found.id)}

    return parts


def _filed(at: Seat) -> dict[str, Any]:
    """The first one is acknowledged already."""
    with at.bank.seeing(at.pack):
        found = Report.objects.filter(status="FILED").order_by("id").last()
    assert found is not None
    return {"report_id": show("rep", found.id)}


def _draft(at: Seat) -> Call:
    with at.bank.seeing(at.pack):
        told = Report.objects.exclude(alert_id=None).values("alert_id")
        found = Alert.objects.exclude(id__in=told).filter(transaction_id__isnull=False).first()
    assert found is not None
    return {}, {"type": "SAR", "alert_id": show("alt", found.id)}


# -- Rules and policy


def _drafted_rule(at: Seat) -> dict[str, Any]:
    """A rule that nobody has submitted yet; it runs in the shadow."""
    with at.bank.seeing(at.pack):
        found = (
            Rule.objects.filter(status=Rule.Status.DRAFT, code__startswith="PLANTED").order_by("id").first()
        )
    assert found is not None
    return {"rule_id": show("rul", found.id)}


def _after(
    step: Callable[..., Any], rule: Callable[[Seat], dict[str, Any]]
) -> Callable[[Seat], dict[str, Any]]:
    """The rule after the analyst has done that."""

    def parts(at: Seat) -> dict[str, Any]:
        found = rule(at)
        step(caller=acting(at.bank, at.pack, Role.ANALYST), rule_id=read("rul", found["rule_id"]))
        return found

    return parts


def _rule_save(at: Seat) -> Call:
    found = _drafted_rule(at)
    with at.bank.seeing(at.pack):
        code = Rule.objects.get(id=read("rul", found["rule_id"])).code
    return found, {**RULE, "code": code}


def _running_test(at: Seat) -> dict[str, Any]:
    found = _drafted_rule(at)
    test = back_test_start(
        caller=acting(at.bank, at.pack, Role.ANALYST), rule_id=read("rul", found["rule_id"]), days=2
    )
    return {**found, "back_test_id": show("bkt", test.id)}


def _policy_save(at: Seat) -> Call:
    with at.bank.seeing(at.pack):
        live = DecisionPolicy.objects.get(status="live").version
    return {}, {"version": live, "txReviewScore": "44"}


def _proposed_policy(at: Seat) -> dict[str, Any]:
    """Needing one person less always takes two."""
    change = {"fourEyes": {"reports": False}}
    return {
        "version": str(policy_change(caller=acting(at.bank, at.pack, Role.ANALYST), change=change).version)
    }


# -- Lists, batches, the payload schema


def _list_file(at: Seat) -> Call:
    return LIST_ID(at), {"file": SimpleUploadedFile("list.csv", LIST)}


def _list_shown(at: Seat) -> Call:
    """What the page before it, which showed the file's lines, sends along."""
    parts, fields = _list_file(at)
    page = at.client.post(at.url("watchlist-import", parts["watchlist_id"]), fields).content.decode()
    found = re.search(r'name="sealed" value="([^"]+)"', page)
    return parts, {"sealed": found[1] if found else ""}


def _entry(at: Seat) -> dict[str, Any]:
    return {**LIST_ID(at), **_id("entry_id")(at)}


def _waiting_batch(at: Seat) -> dict[str, Any]:
    with at.bank.seeing(at.pack):
        found = BatchJob.objects.filter(finished_at=None).order_by("-id").first()
    assert found is not None
    return {"batch_id": show("batch", found.id)}


def _schema(at: Seat) -> Call:
    from screening.models import PayloadSchema

    with at.bank.seeing(at.pack):
        newest = PayloadSchema.objects.order_by("-version").values_list("version", flat=True).first()
    row = {"key-0": "sum", "type-0": "Float", "maps-0": "amount"}
    return {}, {"version": newest, "confirm": "yes", **row}


# -- Webhooks


def _delivery(at: Seat) -> dict[str, Any]:
    with at.bank.seeing(at.pack):
        found = Delivery.objects.filter(state="dead").order_by("-id").first()
    assert found is not None
    return {"delivery_id": show("dlv", found.id)}


def _letter(at: Seat) -> dict[str, Any]:
    with at.bank.seeing(at.pack):
        found = DeadLetter.objects.order_by("-id").first()
    assert found is not None
    return {"dead_letter_id": show("ded", found.id)}


def _paused(at: Seat) -> dict[str, Any]:
    found = ENDPOINT(at)
    with at.bank.seeing(at.pack):
        Endpoint.objects.filter(id=read("whe", found["endpoint_id"])).update(status=Endpoint.Status.PAUSED)
    return found


# -- The team


def _member(at: Seat) -> dict[str, Any]:
    """Somebody of the team who takes no part in the test."""
    with tenant(at.bank.id):
        found = Person.objects.filter(organisation_id=at.bank.id, email__startswith="member-").first()
    assert found is not None
    return {"person_id": show("per", found.id)}


def _second_factor(at: Seat) -> Call:
    """Only who has one asks it of others."""
    with tenant(at.bank.id):
        TimeCode.objects.create(
            organisation_id=at.bank.id,
            person=at.bank.people["admin"],
            sealed_secret=seal(b"secret", b"planted"),
            last_step=0,
        )
    return {}, {"requires_second_factor": "leads"}


def _gone(at: Seat) -> dict[str, Any]:
    found = _member(at)
    with tenant(at.bank.id):
        Person.objects.filter(id=read("per", found["person_id"])).update(is_active=False)
    return found


def _key(at: Seat) -> dict[str, Any]:
    """A key that everybody who makes keys may make."""
    with at.bank.seeing(at.pack):
        key, _ = keys.create_key(
            team=at.bank.teams[at.pack],
            name="Matrix",
            is_live=True,
            scopes=["evaluate"],
            created_by=at.bank.people["admin"],
        )
    return {"key_id": show(KEY, key.id)}


FORMS: Final[dict[str, Callable[[Seat], Call]]] = {
    "alerts-take-next": _form(),
    "alerts-at-once": _alerts_at_once,
    "alert-raise": _alert_raise,
    "alert-take": _form(_open_alert),
    "alert-assign": _alert_assign,
    "alert-escalate": _form(_open_alert, **REASON),
    "alert-dismiss": _form(_open_alert, **REASON),
    "alert-snooze": _alert_snooze,
    "alert-note": _form(_alert_of_a_case, text=WHY),
    "alert-match": _alert_match,
    "alerts-view-save": _form(name="Fresh", query="severity=low"),
    "alerts-view-rename": _form(_own_view, name="Renamed"),
    "alerts-view-delete": _form(_own_view),
    "case-open": _form(type="AML_ALERT", priority="HIGH", title="By hand"),
    "cases-distribute": _form(),
    "case-assign": _case_assign,
    "case-take": _form(CASE),
    "case-priority": _form(CASE, priority="CRITICAL"),
    "case-move": _form(_with_case(status="OPEN"), status="IN_PROGRESS"),
    "case-escalate": _form(_with_case(status="IN_PROGRESS"), **REASON),
    "case-resolve": _form(_with_case(status="IN_PROGRESS"), disposition="false_positive", **REASON),
    "case-approve": _form(_proposed),
    "case-send-back": _form(_proposed, **REASON),
    "case-close": _form(_resolved),
    "case-reopen": _form(_resolved, **REASON),
    "case-note": _form(CASE, text=WHY),
    "case-link": _case_link,
    "case-file-add": _case_file,
    "case-bundle": _form(CASE),
    "customer-bundle": _form(CUSTOMER),
    "bundle-make": _period,
    "report-draft": _draft,
    "report-save": _form(_report("DRAFT"), action="Held longer"),
    "report-check": _form(_report("DRAFT")),
    "report-submit": _form(_report("DRAFT")),
    "report-send-back": _form(_report("PENDING_REVIEW"), **REASON),
    "report-approve": _form(_report("PENDING_REVIEW")),
    "report-file": _form(_report("APPROVED"), reference="R-2"),
    "report-acknowledge": _form(_filed, reference="A-1"),
    "reporting-entity-save": _form(**ENTITY),
    "rule-build": _form(**RULE),
    "rule-create": _form(**RULE),
    "rule-save": _rule_save,
    "rule-submit": _form(_drafted_rule),
    "rule-approve": _form(_after(rule_submit, _drafted_rule)),
    "rule-reject": _form(_after(rule_submit, _drafted_rule), **REASON),
    "rule-pause": _form(RULE_ID),
    "rule-activate": _form(_after(rule_pause, RULE_ID)),
    "rule-archive": _form(RULE_ID),
    "rule-bypass": _form(RULE_ID, days="7", **REASON),
    "rule-shadow": _form(_after(rule_unshadow, _drafted_rule)),
    "rule-unshadow": _form(_drafted_rule),
    "back-test-start": _form(_drafted_rule, days="3"),
    "back-test-cancel": _form(_running_test),
    "policy-save": _policy_save,
    "policy-approve": _form(_proposed_policy),
    "policy-reject": _form(_proposed_policy, **REASON),
    "watchlist-create": _form(name="Fresh", category="internal"),
    "watchlist-delete": _form(LIST_ID),
    "watchlist-refresh": _form(LIST_ID),
    "watchlist-entry-add": _form(LIST_ID, fullName="Somebody Else", entityType="person"),
    "watchlist-entry-remove": _form(_entry),
    "watchlist-import": _list_file,
    "watchlist-import-confirm": _list_shown,
    "name-search-run": _form(name=SANCTIONED, type="person"),
    "name-search-keep": _form(name=SANCTIONED, type="person", customer=PAYER),
    "batch-upload": lambda at: ({}, {"file": SimpleUploadedFile("payments.csv", BATCH)}),
    "batch-cancel": _form(_waiting_batch),
    "payload-schema-save": _schema,
    "payload-schema-try": _form(payload="{}"),
    "webhook-create": _form(url=URL, events=["alert.created"], schedule="standard"),
    "webhook-update": _form(
        ENDPOINT, url=URL, events=["alert.created"], schedule="standard", description="x"
    ),
    "webhook-rotate": _form(ENDPOINT, overlap="0"),
    "webhook-pause": _form(ENDPOINT),
    "webhook-resume": _form(_paused),
    "webhook-test": _form(ENDPOINT),
    "webhook-delete": _form(ENDPOINT),
    "webhook-confidential": _form(ENDPOINT, confidential="yes"),
    "webhook-delivery-retry": _form(_delivery),
    "dead-letter-replay": _form(_letter),
    "dead-letters-preview": lambda at: ({}, {"endpointId": ENDPOINT(at)["endpoint_id"]}),
    "dead-letters-replay": lambda at: ({}, {"endpointId": ENDPOINT(at)["endpoint_id"]}),
    "team-second-factor": _second_factor,
    "team-invite": _form(email="fresh@example.com", name="Fresh Face", role="analyst"),
    "team-person-role": _form(_member, role="analyst", seen_role="auditor"),
    "team-person-leave": _form(_member),
    "team-person-deactivate": _form(_member),
    "team-person-reactivate": _form(_gone),
    "team-person-reset": _form(_member),
    "team-person-link": _form(_member),
    "team-key-create": _form(name="Fresh", scopes=["evaluate"], kind="live", expires=""),
    "team-key-change": _form(_key, name="Renamed"),
    "team-key-rotate": _form(_key, overlap="0"),
    "team-key-revoke": _form(_key),
}
# What only answers: nothing is kept of it.
ANSWERS: Final = frozenset(
    {
        "report-check",
        "rule-build",
        "watchlist-import",
        "name-search-run",
        "payload-schema-try",
        "dead-letters-preview",
    }
)
# What answers with a page of its own, which shows a secret once.
SHOWS_A_SECRET: Final = frozenset({"webhook-create", "webhook-rotate"})
# What cannot be done to what is planted, and what is said then.
CANNOT: Final = {"watchlist-refresh": "has no source"}
