"""Ids of another organisation or team, in every address, filter and body, behave as if they did not exist.

A new address fails the walk at the end until it is in one of the tables here: with calls that name somebody else's
thing, or with the reason why nothing can be named.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from cases.models import Alert
from ratel.identifiers import new_id, show
from screening.models import DecisionPolicy, Rule, Ruleset, RuleVersion, Transaction
from tests.cast import Answer, Bank, Caller, make_bank, payment
from tests.evaluate.rules import rule, set_policy
from tests.evaluate.stored import Stored, stored
from tests.tenancy import list_things, rule_things, things

RULE = rule("PLANTED", {"field": "amount", "operator": ">=", "value": 1})
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
Call = tuple[str, Any]

# Addresses with an id: the calls that are made with each somebody else's id in its place.
BY_ID: dict[str, list[Call]] = {
    "api/alerts/<str:alert_id>": [("GET", None), ("HEAD", None)],
    "api/teams/<str:team_id>/payload-schema": [
        ("GET", None),
        ("PUT", {"fields": [{"key": "amount", "type": "Float", "mapsTo": "amount"}]}),
    ],
    "api/teams/<str:team_id>/callback-secret": [("POST", None)],
    "api/v1/transactions/<str:transaction_id>": [("GET", None), ("HEAD", None)],
    "api/rules/<str:rule_id>": [("GET", None), ("PATCH", {"name": "Stolen"}), ("PATCH", RULE)],
    "api/rules/<str:rule_id>/submit": [("POST", None)],
    "api/rules/<str:rule_id>/approve": [("POST", None)],
    "api/rules/<str:rule_id>/reject": [("POST", {"reason": "because"})],
    "api/rules/<str:rule_id>/pause": [("POST", None)],
    "api/rules/<str:rule_id>/activate": [("POST", None)],
    "api/rules/<str:rule_id>/archive": [("POST", None)],
    "api/rules/<str:rule_id>/bypass": [
        ("POST", {"until": TOMORROW, "reason": "because"}),
        ("POST", {"until": None, "reason": "because"}),
    ],
    "api/decision-policy/versions/<str:version>/approve": [("POST", None)],
    "api/decision-policy/versions/<str:version>/reject": [("POST", {"reason": "because"})],
    **things.BY_ID,
}
# Lists: the filters in which somebody else's things can be named.
LISTS: dict[str, tuple[str, ...]] = {
    "api/alerts": ("customerId", "cursor"),
    "api/v1/transactions": ("customerId", "externalId"),
    "api/rules": ("cursor",),
    "api/decision-policy/versions": ("cursor",),
    **things.LISTS,
}
# Addresses at which nothing of anybody's can be named, or that have a test of their own below.
OTHERS = {
    "api/v1/transactions/screen": "as the native dialect, whose story it tells",
    "api/alerts/take-next": "the caller's own queue",
    "api/alerts/bulk": "ids in a body, in tests/cases; each for itself",
    "api/cases/<str:case_id>/alerts": "ids in a body and the case's, in tests/cases",
    "stream/v1": "as the native dialect; the schema is the key's own team's",
    "framl/auth/token": "e-mail and password, before any tenant",
    "framl/products/<str:product_id>/transactions": "another organisation's product, in tests/dialects/test_framl.py",
    "v1/transactions/batch": "as the native dialect, whose story it tells",
    "v1/transactions/screen": "as the native dialect, whose story it tells",
    "api/transactions/evaluate": "external id and customer id, below",
    "api/transactions/evaluate/batch": "external id and customer id, below",
    "api/dead-letters/replay": "an endpoint in the body, below",
    "api/reporting-entity": "the caller's own team's",
    "api/decision-policy": "the caller's team's own; the team cannot be named by a key",
    "api/decision-policy/what-if": "the caller's own team; what others have is in tests/what_if",
    "api/schema": "the same document for everybody",
    "api/docs": "the same page for everybody",
    "api/docs.js": "the same script for everybody",
    "healthz": "whether the process lives",
    "readyz": "whether it can decide",
    "accounts/login/": "e-mail and password, before any tenant",
    "accounts/logout/": "ends one's own session",
    "accounts/": "one's own sign-in",
    "accounts/confirm/": "one's own password",
    "accounts/password/": "one's own password",
    "accounts/second-factor/": "whoever has shown their password in this browser",
    "accounts/second-factor/add/": "one's own, or of whoever has shown their password in this browser",
    "accounts/set-password/<str:token>/": "a secret that an administrator hands over, in tests/desk/test_team_people.py",
    "accounts/oidc/": "the deployment's own service, before any tenant",
    "accounts/oidc/callback/": "whoever that service vouches for, in tests/sign_in",
    "accounts/time-code/remove/": "one's own",
    "accounts/passkeys/<str:passkey_id>/remove/": "one's own passkeys only, in tests/sign_in",
    "accounts/recovery-codes/": "one's own",
    "accounts/recovery-codes/new/": "one's own",
    "accounts/sign-ins/end-others/": "one's own",
    "accounts/sign-ins/<str:sign_in_id>/end/": "one's own sign-ins only, in tests/sign_in",
    "": "one's own teams, after signing in",
}
PREFIXES = {"team_id": "team", "alert_id": "alt", "transaction_id": "txn", "rule_id": "rul"}
# What is worth an alert, a case and a report in the Indonesian team, and an alert in the others.
WORTH_AN_ALERT = {"amountIdr": 900_000_000, "country": "KP", "isCrossBorder": True, "kycTier": "basic"}


@pytest.fixture(scope="module")
def acme() -> Bank:
    return _with_things("Acme Bank")


@pytest.fixture(scope="module")
def rival() -> Bank:
    return _with_things("Rival Bank")


def _with_things(name: str) -> Bank:
    bank = make_bank(name, "us", "id", people=True)
    for pack in ("us", "id"):
        assert (
            bank.callers[pack].evaluate(**WORTH_AN_ALERT, customerId=f"{name} {pack}", externalId=name).status
            == 200
        )
        things.plant(bank, pack)
    return bank


def rules_of(bank: Bank, pack: str) -> list[str]:
    with bank.seeing(pack):
        return [show("rul", one) for one in Rule.objects.values_list("id", flat=True)]


def alerts_of(bank: Bank, pack: str) -> list[str]:
    with bank.seeing(pack):
        return [show("alt", one) for one in Alert.objects.values_list("id", flat=True)]


def transactions_of(bank: Bank, pack: str) -> list[str]:
    with bank.seeing(pack):
        return [show("txn", one) for one in Transaction.objects.values_list("id", flat=True)]


def things_of(bank: Bank, pack: str) -> str:
    """Everything of a team that a stranger could change, as text."""
    with bank.seeing(pack):
        rows = [
            *Rule.objects.order_by("id").values(),
            *RuleVersion.objects.order_by("id").values(),
            *Ruleset.objects.order_by("id").values(),
            *DecisionPolicy.objects.order_by("id").values(),
            *Alert.objects.order_by("id").values(),
            *things.rows_of_the_tenant(),
        ]
    return json.dumps(rows, default=str)


def plain(answer: Answer) -> tuple[int, str]:
    """An answer without what differs between any two of them."""
    body = answer.body
    if isinstance(body, dict) and isinstance(body.get("error"), str):
        body = {name: value for name, value in body.items() if name != "requestId"}
    elif isinstance(body, dict) and "error" in body:
        body = {
            **body,
            "error": {name: value for name, value in body["error"].items() if name != "requestId"},
        }
    return answer.status, json.dumps(body, sort_keys=True, default=str)


def somebody_elses(route: str, acme: Bank, rival: Bank) -> list[str]:
    """Ids that exist, but not for Acme's us team: another organisation's, and another team's of Acme."""
    parameter = things.parameter_in(route)
    if parameter is not None:
        strangers = ((rival, "us"), (rival, "id"), (acme, "id"))
        return [one for bank, pack in strangers for one in things.ids_of(bank, pack, parameter)]
    if "rule_id" in route:
        return [rules_of(rival, "us")[0], rules_of(rival, "id")[0], rules_of(acme, "id")[0]]
    if "alert_id" in route:
        return [*alerts_of(rival, "us"), *alerts_of(rival, "id"), *alerts_of(acme, "id")]
    if "team_id" in route:
        return [str(rival.teams["us"].id), str(acme.teams["id"].id)]
    if "transaction_id" in route:
        return [*transactions_of(rival, "us"), *transactions_of(acme, "id")]
    assert "version" in route
    # Version 2 waits for approval in the others' teams, and is unknown in Acme's us team.
    for bank, pack in ((rival, "us"), (acme, "id")):
        with bank.seeing(pack):
            if not DecisionPolicy.objects.filter(version=2).exists():
                live = DecisionPolicy.objects.get(status="live")
                DecisionPolicy.objects.create(
                    organisation_id=bank.id,
                    team_id=bank.teams[pack].id,
                    version=2,
                    document=live.document,
                    status="proposed",
                )
    return ["2"]


def unknown(route: str) -> str:
    if "version" in route:
        return "7"
    parameter = things.parameter_in(route)
    if parameter is not None:
        return things.unknown(parameter)
    return str(new_id()) if "team_id" in route else show(prefix_of(route), new_id())


def team_of(bank: Bank, pack: str) -> list[str]:
    return [str(bank.teams[pack].id)]


def prefix_of(route: str) -> str:
    return next(prefix for name, prefix in PREFIXES.items() if name in route)


def malformed(route: str) -> list[str]:
    return [
        "x",
        "rul_",
        "alt_!",
        str(uuid.uuid4()),
        "%00",
        "rul_" + "Z" * 26,
        "..",
        "0",
        "-1",
        "9" * 40,
        "\u0661",
        "null",
    ]


def callers(acme: Bank, route: str) -> dict[str, Caller]:
    return {"key": acme.callers["us"], "person": acme.session(things.role_for(route), "us")}


@pytest.mark.parametrize("route", BY_ID)
@pytest.mark.parametrize("who", ["key", "person"])
def test_somebody_elses_id_is_answered_as_an_unknown_one(
    acme: Bank, rival: Bank, route: str, who: str
) -> None:
    caller = callers(acme, route)[who]
    foreign = somebody_elses(route, acme, rival)
    before = [things_of(bank, pack) for bank in (acme, rival) for pack in ("us", "id")]
    assert foreign
    for method, body in BY_ID[route]:
        known_to_nobody = _call(caller, method, route, unknown(route), body)
        assert known_to_nobody.status == 404
        for one in foreign:
            answer = _call(caller, method, route, one, body)
            assert plain(answer) == plain(known_to_nobody), (method, one)
    assert [things_of(bank, pack) for bank in (acme, rival) for pack in ("us", "id")] == before


@pytest.mark.parametrize("route", BY_ID)
def test_a_malformed_id_is_an_unknown_one(acme: Bank, route: str) -> None:
    for method, body in BY_ID[route]:
        known_to_nobody = _call(acme.callers["us"], method, route, unknown(route), body)
        for one in malformed(route):
            answer = _call(acme.callers["us"], method, route, one, body)
            assert answer.status == 404, (method, one)
            if one != "..":
                assert plain(answer) == plain(known_to_nobody), (method, one)


@pytest.mark.parametrize("route", [route for route in BY_ID if "version" not in route])
def test_ones_own_id_is_found_so_the_comparison_means_something(acme: Bank, route: str) -> None:
    parameter = things.parameter_in(route)
    if parameter is not None:
        own = things.own_id(acme, "us", parameter)
    else:
        own_of = {"team": team_of, "alt": alerts_of, "txn": transactions_of, "rul": rules_of}[
            prefix_of(route)
        ]
        own = own_of(acme, "us")[0]
    method, body = BY_ID[route][0]
    if method == "GET":
        assert _call(acme.callers["us"], method, route, own, body).status == 200
    else:
        assert _call(acme.callers["us"], method, route, own, body).status != 404


def _call(caller: Caller, method: str, route: str, identifier: str, body: Any) -> Answer:
    before, _, rest = route.partition("<")
    path = list_things.with_entry(f"/{before}{identifier}{rest.partition('>')[2]}", identifier)
    path = rule_things.with_back_test(path, identifier)
    return caller.call(method, path, body)


@pytest.mark.parametrize("route", LISTS)
def test_a_list_shows_nothing_of_anybody_else(acme: Bank, rival: Bank, route: str) -> None:
    answer = acme.callers["us"].get(f"/{route}?limit=200")
    assert answer.status == 200
    assert answer.data != []
    text = json.dumps(answer.body)
    for bank, pack in ((rival, "us"), (rival, "id"), (acme, "id")):
        for one in [*rules_of(bank, pack), *alerts_of(bank, pack), str(bank.teams[pack].id)]:
            assert one not in text
        for one in things.all_ids_of(bank, pack):
            assert one not in text
    assert "Rival" not in text


def test_a_filter_by_somebody_elses_customer_finds_as_little_as_one_by_nobody(
    acme: Bank, rival: Bank
) -> None:
    get = acme.callers["us"].get
    assert len(get("/api/alerts?customerId=Acme Bank us").data) == 1
    nobody = plain(get("/api/alerts?customerId=nobody"))
    assert nobody[0] == 200
    for reference in ("Rival Bank us", "Rival Bank id", "Acme Bank id"):
        assert plain(get(f"/api/alerts?customerId={reference}")) == nobody


@pytest.mark.parametrize("route", ["api/webhook-deliveries", "api/dead-letters"])
def test_a_filter_by_somebody_elses_endpoint_finds_as_little_as_one_by_nobodys(
    acme: Bank, rival: Bank, route: str
) -> None:
    get = acme.callers["us"].get
    own = things.ids_of(acme, "us", "endpoint_id")[0]
    assert get(f"/{route}?endpointId={own}").data != []
    nobody = plain(get(f"/{route}?endpointId={things.unknown('endpoint_id')}"))
    assert nobody[0] == 200
    for bank, pack in ((rival, "us"), (rival, "id"), (acme, "id")):
        for one in things.ids_of(bank, pack, "endpoint_id"):
            assert plain(get(f"/{route}?endpointId={one}")) == nobody


def test_somebody_elses_dead_letters_are_not_replayed(acme: Bank, rival: Bank) -> None:
    strangers = ((rival, "us"), (rival, "id"), (acme, "id"))
    before = [things_of(bank, pack) for bank, pack in strangers]
    post = acme.callers["us"].post
    nobody = plain(post("/api/dead-letters/replay", {"endpointId": things.unknown("endpoint_id")}))
    assert nobody[0] == 404
    for bank, pack in strangers:
        for one in things.ids_of(bank, pack, "endpoint_id"):
            assert plain(post("/api/dead-letters/replay", {"endpointId": one})) == nobody
    assert post("/api/dead-letters/replay", {"since": "2000-01-01T00:00:00Z"}).status == 202
    assert [things_of(bank, pack) for bank, pack in strangers] == before


@pytest.mark.parametrize("route", LISTS)
def test_a_cursor_made_of_somebody_elses_id_shows_nothing_of_theirs(
    acme: Bank, rival: Bank, route: str
) -> None:
    own = {
        item.get("id") or item.get("screeningId") or str(item.get("version"))
        for item in acme.callers["us"].get(f"/{route}?limit=200").data
    }
    for one in [*alerts_of(rival, "us"), *rules_of(rival, "us"), *alerts_of(acme, "id"), show("x", new_id())]:
        answer = acme.callers["us"].get(f"/{route}?cursor=cur_{one.partition('_')[2]}")
        assert answer.status == 200
        assert {
            item.get("id") or item.get("screeningId") or str(item.get("version")) for item in answer.data
        } <= own


@pytest.mark.parametrize("route", LISTS)
def test_a_filter_that_does_not_exist_is_refused_rather_than_ignored(acme: Bank, route: str) -> None:
    for name in ("team_id", "teamId", "organisation_id", "organisationId", "id"):
        answer = acme.callers["us"].get(f"/{route}?{name}={uuid.uuid4()}")
        assert answer.status == 400
        problems = answer.body["details"] if "details" in answer.body else answer.error["errors"]
        assert problems[0]["path"] == name


@pytest.mark.parametrize("path", ["/api/transactions/evaluate", "/api/transactions/evaluate/batch"])
def test_somebody_elses_external_id_and_customer_are_new(acme: Bank, path: str) -> None:
    owner, stranger = make_bank("Acme Bank", "us", "id"), make_bank("Rival Bank", "us")
    body = payment(customerId="siti", externalId="taken", kycTier="premium", counterpartyAccount="1")
    first = owner.callers["us"].post("/api/transactions/evaluate?include=layers", body)
    for bank, pack in ((stranger, "us"), (owner, "id")):
        sent = {**body, "amount": 7}
        answer = bank.callers[pack].post(path, {"batch": [sent]} if path.endswith("batch") else sent)
        assert answer.status == 200
        (result,) = answer.data if path.endswith("batch") else [answer.body]
        assert "idempotent" not in result
        assert first.data["evaluationId"] not in json.dumps(answer.body)
        assert stored(bank, pack).customers == 1
    assert (
        stored(owner, "us") - Stored(transactions=1, evaluations=1, customers=1, external_ids=1, decisions=1)
        == Stored()
    )


def test_a_session_cannot_name_somebody_elses_team(acme: Bank, rival: Bank) -> None:
    for name in ("X-Ratel-Team", "query"):
        answers = []
        for team in (uuid.uuid4(), rival.teams["us"].id, "x", rival.teams["id"].id):
            caller = acme.session("admin", "us")
            if name == "query":
                caller.client.headers = {}
                caller.client.defaults = {}
                answers.append(plain(caller.get(f"/api/rules?team={team}")))
            else:
                answers.append(plain(caller.get("/api/rules", **{"X-Ratel-Team": str(team)})))
        assert {status for status, _ in answers} == {404}
        assert len(set(answers)) == 1


def test_a_person_of_several_teams_must_name_one(acme: Bank) -> None:
    caller = acme.session("officer", "us")
    caller.client.headers, caller.client.defaults = {}, {}
    for method, address in (("GET", "/api/rules"), ("POST", "/api/rules"), ("GET", "/api/rules?team=")):
        answer = caller.call(method, address, RULE if method == "POST" else None)
        assert answer.status == 400
        assert answer.error["errors"] == [
            {"path": "X-Ratel-Team", "message": "must name the team, because you are in several"}
        ]
    for pack in ("us", "id"):
        team = str(acme.teams[pack].id)
        listed = [caller.get(f"/api/rules?team={team}"), caller.get("/api/rules", **{"X-Ratel-Team": team})]
        assert {answer.status for answer in listed} == {200}
        assert {answer.data[0]["id"] for answer in listed} <= set(rules_of(acme, pack))


def test_a_person_of_one_team_need_not_name_it() -> None:
    bank = make_bank("Small Bank", "ng", people=True)
    caller = bank.session("officer", "ng")
    caller.client.headers, caller.client.defaults = {}, {}
    assert caller.get("/api/rules").data[0]["id"] in rules_of(bank, "ng")


def test_a_key_cannot_name_a_team_at_all(acme: Bank, rival: Bank) -> None:
    own = acme.callers["us"].get("/api/rules?limit=200").body
    for team in (rival.teams["us"].id, acme.teams["id"].id):
        assert acme.callers["us"].get("/api/rules?limit=200", **{"X-Ratel-Team": str(team)}).body == own
        assert acme.callers["us"].get(f"/api/rules?limit=200&team={team}").body == own


def test_fields_that_name_a_team_are_refused_in_bodies(acme: Bank, rival: Bank) -> None:
    for name in ("teamId", "team_id", "organisationId", "organisation_id"):
        named = {name: str(rival.teams["us"].id)}
        for method, path, body in (
            ("POST", "/api/transactions/evaluate", payment()),
            ("POST", "/api/rules", RULE),
            ("PATCH", "/api/decision-policy", {"txReviewScore": 41}),
        ):
            answer = acme.callers["us"].call(method, path, {**body, **named})
            assert answer.status == 400
            assert name in [problem["path"] for problem in answer.error["errors"]]


def test_a_change_of_ones_own_policy_changes_nobody_elses(acme: Bank, rival: Bank) -> None:
    fresh = make_bank("Acme Bank", "us", "id")
    before = [things_of(rival, "us"), things_of(fresh, "id")]
    assert fresh.callers["us"].patch("/api/decision-policy", {"txReviewScore": 1}).status == 200
    set_policy(fresh, "us", txReviewScore=2)
    assert [things_of(rival, "us"), things_of(fresh, "id")] == before


# -- The walk


# The desk's addresses are walked by tests/desk, which signs people in.
DESK = "t/<uuid:team_id>/"


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) == DESK:
                continue
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.callback


def test_every_address_is_in_one_of_the_tables() -> None:
    found = {route for route, _ in routes()}
    known = {*BY_ID, *LISTS, *OTHERS}
    assert found - known == set(), "say in this file how somebody else's ids are answered there"
    assert known - found == set(), "an address is gone"


def test_every_address_with_an_id_is_called_with_somebody_elses() -> None:
    assert {route for route, _ in routes() if "<" in route} == {
        *BY_ID,
        *(one for one in OTHERS if "<" in one),
    }


def test_every_method_of_an_address_with_an_id_is_called() -> None:
    for route, view in routes():
        if route in BY_ID:
            assert set(view.view_class.scopes) <= {method for method, _ in BY_ID[route]}, route
