"""Rules at the desk without a browser: the list, one rule, the builder's form, versions, stale pages."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.http import QueryDict

from ratel.identifiers import show
from screening.models import Rule, RuleVersion
from screening.rule_trials.tally import tally
from screening.rules.parse import rule_document
from screening.rules.rule import Rule as ParsedRule
from screening.services.rules import rule_parsed
from screening.web.rules_form import document_of
from tests.cast import Bank, make_bank
from tests.desk.people import Seat, seat
from tests.desk.statements import counted


@pytest.fixture(scope="module")
def bank() -> Bank:
    bank = make_bank("Acme Bank", "us", "ng", people=True)
    for pack in ("us", "ng"):
        for number in range(3):
            answer = bank.callers[pack].evaluate(customerId=f"c-{number}", amount=12_000)
            assert answer.status == 200
        tally(bank.team_facts(pack))
    return bank


@pytest.fixture(scope="module")
def analyst(bank: Bank) -> Seat:
    return seat(bank, "analyst", "us")


@pytest.fixture(scope="module")
def officer(bank: Bank) -> Seat:
    return seat(bank, "officer", "us")


def post(at: Seat, address: str, /, *parts: str, **form: Any) -> Any:
    """The answer to the form, without following it."""
    return at.client.post(at.url(address, *parts), form)


def do(at: Seat, address: str, /, *parts: str, **form: Any) -> Any:
    """The page that the person sees after the form."""
    return at.client.post(at.url(address, *parts), form, follow=True)


FORM: dict[str, Any] = {
    "name": "Large cash",
    "description": "",
    "category": "cash",
    "explanation": "",
    "type": "threshold",
    "lane": "transaction",
    "points": "40",
    "severity": "high",
    "action": "review",
    "variants": "0",
    "c|kind": "all",
    "c|n": "2",
    "c.0|kind": "test",
    "c.0|what": "amount",
    "c.0|op": ">=",
    "c.0|value": "5,000",
    "c.1|kind": "test",
    "c.1|what": "isCash",
    "c.1|op": "==",
    "c.1|value": "true",
}


def drafted(analyst: Seat, code: str, **fields: Any) -> str:
    page = do(analyst, "rule-create", **{**FORM, "code": code, **fields})
    assert page.status_code == 200, page.content.decode()[:2000]
    with analyst.bank.seeing("us"):
        return show("rul", Rule.objects.get(code=code).id)


def mark(at: Seat, rule_id: str) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]+)"', at.get("rule", rule_id).content.decode())
    assert found
    return found[1]


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_list_shows_what_each_rule_did_and_the_file_has_the_same_rows(analyst: Seat) -> None:
    page = analyst.get("rules", sort="hits")
    assert page.status_code == 200
    assert "HIGH_AMT" in text(page)
    rows = analyst.get("rules", format="csv").content.decode("utf-8-sig").splitlines()
    found = next(row.split(",") for row in rows if ",HIGH_AMT," in row)
    header = rows[0].split(",")
    assert found[header.index("hits_30_days")] == "3"
    assert found[header.index("evaluated_30_days")] == "3"
    narrowed = analyst.get("rules", q="high_amt", format="csv").content.decode().splitlines()
    assert len(narrowed) == 2


def test_a_fixed_rule_says_what_it_implements_and_has_no_buttons(bank: Bank) -> None:
    with bank.seeing("ng"):
        fixed = show("rul", Rule.objects.get(code="CBN-001").id)
    page = seat(bank, "officer", "ng").get("rule", fixed)
    assert "section 11" in text(page)
    assert f"{fixed}/archive" not in page.content.decode()


def test_pages_stay_within_twelve_statements(analyst: Seat) -> None:
    rule_id = drafted(analyst, "COUNTED")
    for name, parts in (("rules", ()), ("rule", (rule_id,)), ("rule-edit", (rule_id,)), ("rule-new", ())):
        analyst.get(name, *parts)
        with counted() as statements:
            assert analyst.get(name, *parts).status_code == 200
        assert len(statements) <= 12, statements


def test_a_rule_from_draft_to_live_by_two_people(analyst: Seat, officer: Seat) -> None:
    rule_id = drafted(analyst, "JOURNEY")
    page = do(analyst, "rule-submit", rule_id, mark=mark(analyst, rule_id))
    assert "waits for approval" in text(page)
    assert post(analyst, "rule-approve", rule_id).status_code == 403
    page = do(officer, "rule-reject", rule_id, mark=mark(officer, rule_id), reason="Too low")
    assert "is a draft again" in text(page)
    edit = analyst.get("rule-edit", rule_id).content.decode()
    seen = re.search(r'name="mark" value="([0-9a-f]+)"', edit)
    assert seen
    changed = {**FORM, "code": "JOURNEY", "c.0|value": "7000", "mark": seen[1]}
    assert "is a draft" in text(do(analyst, "rule-save", rule_id, **changed))
    do(analyst, "rule-submit", rule_id, mark=mark(analyst, rule_id))
    page = do(officer, "rule-approve", rule_id, mark=mark(officer, rule_id))
    assert "is live" in text(page)
    assert "7,000" in text(page)
    for name in ("rule-pause", "rule-activate"):
        assert do(officer, name, rule_id, mark=mark(officer, rule_id)).status_code == 200
    page = do(officer, "rule-bypass", rule_id, days="7", reason="Holiday", mark=mark(officer, rule_id))
    assert "rests for 7 days" in text(page)
    page = do(officer, "rule-bypass", rule_id, days="0", mark=mark(officer, rule_id))
    assert "rests no longer" in text(page)
    assert "is archived" in text(do(officer, "rule-archive", rule_id, mark=mark(officer, rule_id)))


def test_a_page_that_is_no_longer_so_is_refused_with_what_has_changed(analyst: Seat, officer: Seat) -> None:
    rule_id = drafted(analyst, "STALE")
    old = mark(officer, rule_id)
    do(analyst, "rule-submit", rule_id, mark=mark(analyst, rule_id))
    page = do(officer, "rule-archive", rule_id, mark=old)
    assert "has been changed since" in text(page)
    assert "It is pending approval now" in text(page)
    with analyst.bank.seeing("us"):
        assert Rule.objects.get(code="STALE").status == "pending_approval"
    refused = post(analyst, "rule-save", rule_id, **{**FORM, "code": "STALE", "mark": old})
    assert refused.status_code == 409
    # What was typed is still there.
    assert 'value="5000"' in refused.content.decode()


def test_the_form_says_beside_each_field_what_is_wrong(analyst: Seat) -> None:
    wrong = {**FORM, "code": "not good", "c.0|value": "many", "points": "-1"}
    page = post(analyst, "rule-create", **wrong)
    assert page.status_code == 400
    shown = page.content.decode()
    assert re.search(r'id="problem-c\.0"[^>]*>value: must be a number', shown)
    assert re.search(r'id="problem-code"[^>]*>must be 1 to 64', shown)
    assert re.search(r'id="problem-points"[^>]*>must be a whole number', shown)


def form_of(page: Any) -> dict[str, Any]:
    """The builder's fields as a browser would post them."""
    shown = page.content.decode()
    shown = shown[shown.index('<form id="builder"') :]
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", shown):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if attributes.get("type") in {"checkbox", "radio"} and " checked" not in tag:
            continue
        if "name" in attributes:
            fields.setdefault(unescape(attributes["name"]), []).append(unescape(attributes.get("value", "")))
    for name, inner in re.findall(r'<select [^>]*?name="([^"]*)"[^>]*>(.*?)</select>', shown, re.S):
        options = re.findall(r"<option([^>]*)>([^<]*)</option>", inner)
        chosen = next((one for one in options if "selected" in one[0]), options[0])
        value = re.search(r'value="([^"]*)"', chosen[0])
        fields[unescape(name)] = [unescape(value[1] if value else chosen[1])]
    for name, inner in re.findall(r'<textarea [^>]*?name="([^"]*)"[^>]*>(.*?)</textarea>', shown, re.S):
        fields[unescape(name)] = [unescape(inner)]
    return fields


def test_every_rule_of_every_pack_goes_through_the_form_unchanged(bank: Bank) -> None:
    """Whatever can be written can be shown by the builder and read back."""
    for pack in ("us", "ng"):
        team = bank.team_facts(pack)
        with bank.seeing(pack):
            versions = list(RuleVersion.objects.select_related("rule"))
        at = seat(bank, "officer", pack)
        for version in versions:
            before = rule_parsed(team=team, document=version.document, rule_id=version.rule_id, version=1)
            json_text = json.dumps(rule_document(before))
            page = post(at, "rule-build", do="json", json=json_text)
            assert page.status_code == 200
            posted = QueryDict(mutable=True)
            for name, values in form_of(page).items():
                posted.setlist(name, values)
            after = rule_parsed(
                team=team,
                document={k: v for k, v in document_of(posted).items() if v not in (None, "", [])},
                rule_id=version.rule_id,
                version=1,
            )
            assert said(after) == said(before), version.rule.code


def said(rule: ParsedRule) -> Any:
    """What a rule means: a single member of a group stands for itself."""

    def plain(node: Any) -> Any:
        if isinstance(node, dict):
            for kind in ("all", "any"):
                if kind in node and len(node[kind]) == 1:
                    return plain(node[kind][0])
            return {key: plain(value) for key, value in node.items()}
        return [plain(one) for one in node] if isinstance(node, list) else node

    return plain(rule_document(rule))


def test_buttons_of_the_form_add_move_group_and_remove(analyst: Seat) -> None:
    def after(step: str, fields: dict[str, Any]) -> dict[str, Any]:
        page = post(analyst, "rule-build", **{**fields, "do": step})
        assert page.status_code == 200
        return form_of(page)

    fields = after("add:c", {**FORM, "code": "X"})
    assert (fields["c|n"], fields["c.2|what"]) == (["3"], ["amount"])
    fields = after("up:c.1", fields)
    assert fields["c.0|what"] == ["isCash"]
    fields = after("wrap:c.0", fields)
    assert (fields["c.0|kind"], fields["c.0.0|what"]) == (["any"], ["isCash"])
    fields["c.0|kind"] = ["none"]
    fields = after("add:c.0", fields)
    assert (fields["c.0|kind"], fields["c.0|n"]) == (["none"], ["2"])
    fields = after("unwrap:c.0", fields)
    assert fields["c|n"] == ["4"]
    fields = after("remove:c.3", fields)
    assert fields["c|n"] == ["3"]
    fields["c.2|what"] = ["count"]
    fields = after("check", fields)
    fields = after("filter:c.2", {**fields, "c.2|length": ["3"], "c.2|unit": ["days"]})
    assert fields["c.2.w.0|what"] == ["direction"]
    fields = after("variant:add", fields)
    assert (fields["variants"], fields["v1.2|what"]) == (["2"], ["count"])
    fields = after("variant:1", fields)
    assert (fields["variants"], fields["c|n"]) == (["0"], ["3"])
    fields = after("applies:add", fields)
    assert fields["a.0|what"] == ["amount"]
    for nonsense in ("remove:c.99", "up:z", "filter:c", "add:", "variant:7", "explode:c"):
        assert after(nonsense, fields)["c|n"] == ["3"]


def test_json_that_says_no_rule_changes_nothing_and_says_why(analyst: Seat) -> None:
    page = post(analyst, "rule-build", do="json", json="{", **FORM, code="J")
    assert "This is not JSON" in text(page)
    page = post(analyst, "rule-build", do="json", json='{"code": "J"}', **FORM, code="J")
    assert "conditions: missing" in text(page)
    assert form_of(page)["c.0|value"] == ["5000"]


def test_two_versions_side_by_side_word_by_word(analyst: Seat, officer: Seat) -> None:
    rule_id = drafted(analyst, "COMPARED")
    do(analyst, "rule-submit", rule_id, mark=mark(analyst, rule_id))
    do(officer, "rule-approve", rule_id, mark=mark(officer, rule_id))
    changed = {**FORM, "code": "COMPARED", "c.0|value": "9000", "severity": "low"}
    do(analyst, "rule-save", rule_id, **changed)
    shown = analyst.get("rule", rule_id).content.decode()
    assert "<del>5,000</del><ins>9,000</ins>" in shown
    assert "<del>high</del><ins>low</ins>" in shown
    assert analyst.get("rule", rule_id, **{"from": "1", "to": "7"}).status_code == 404
