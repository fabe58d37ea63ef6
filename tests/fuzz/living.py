"""For every operation of the document: living things that its example can be done with, and who may do it.

An example names ids that nobody has and times that pass. `call_of` makes what the operation needs, in the state in which
it is possible, and says what is sent instead: ids for the address, what changes in the body, and who calls.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ratel.identifiers import show
from screening.api.dialect_documents import PAYLOAD_FIELDS_EXAMPLE
from tests.dialects.schemas import give_schema
from tests.fuzz.scene import PACK, PRODUCT, Scene
from tests.tenancy.screening_things import ENTRY
from tests.webhooks.stored import URL

_numbers = itertools.count()


@dataclass(frozen=True)
class Call:
    """Ids for the address, what is laid over the example, and who calls: a key, another person's key, or somebody."""

    ids: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    who: str = "key"


def laid_over(body: Any, changes: Mapping[str, Any]) -> Any:
    """`body` with `changes` where it has such fields, object by object; lists and words are replaced."""
    if not isinstance(body, dict):
        return body
    return {
        name: laid_over(value, changes[name])
        if isinstance(changes.get(name), Mapping)
        else changes.get(name, value)
        for name, value in body.items()
    }


def call_of(scene: Scene, operation: str) -> Call:
    """What is made for it now; of an operation that needs nothing, the call as it stands in the document."""
    recipe = RECIPES.get(operation)
    return recipe(scene) if recipe else Call()


def soon() -> str:
    return (timezone.now() + timedelta(days=3)).isoformat()


def named(word: str) -> str:
    return f"{word}-{next(_numbers)}"


def _of(parameter: str, make: Callable[[Scene], str], who: str = "key") -> Callable[[Scene], Call]:
    return lambda scene: Call({parameter: make(scene)}, who=who)


def _versioned(
    parameter: str, make: Callable[[Scene], dict[str, Any]], who: str = "key"
) -> Callable[[Scene], Call]:
    """The example names the version that the thing has."""

    def call(scene: Scene) -> Call:
        found = make(scene)
        return Call({parameter: found["id"]}, {"version": found["version"]}, who)

    return call


def _case(scene: Scene) -> str:
    return str(scene.case()["id"])


def _report(*steps: str) -> Callable[[Scene], str]:
    return lambda scene: str(scene.report(*steps)["id"])


def _rule(*steps: str) -> Callable[[Scene], str]:
    return lambda scene: scene.rule(*steps)


def _live_rule(*steps: str) -> Callable[[Scene], str]:
    return lambda scene: scene.live_rule(*steps)


def _stream(scene: Scene) -> Call:
    given = give_schema(scene.bank, PACK, PAYLOAD_FIELDS_EXAMPLE, confirm=True)
    assert given.status == 200, given.body
    return Call(changes={"data": {"txn_id": named("txn")}})


def _framl(scene: Scene) -> Call:
    assert scene.token
    return Call({"product_id": PRODUCT}, {"payload": {"transactionKey": named("TXN")}}, "token")


def _batch_of_payments(scene: Scene) -> Call:
    reference = named("payment")
    payment = {
        "customerId": "c",
        "direction": "debit",
        "amount": 5,
        "channel": "atm",
        "externalId": reference,
    }
    return Call(changes={"batch": [payment]})


RECIPES: dict[str, Callable[[Scene], Call]] = {
    "getAlert": _of("alert_id", Scene.alert),
    "dismissAlert": _of("alert_id", Scene.loose_alert),
    "escalateAlert": _of("alert_id", Scene.loose_alert),
    "assignAlert": lambda scene: Call({"alert_id": scene.alert()}, {"assignedToId": scene.person()}),
    "snoozeAlert": lambda scene: Call({"alert_id": scene.alert()}, {"until": soon()}),
    "changeAlerts": lambda scene: Call(changes={"alertIds": [scene.alert()]}),
    "getAttachment": _of("attachment_id", Scene.attachment),
    "getCase": _of("case_id", _case),
    "changeCase": _of("case_id", _case),
    "noteCase": _of("case_id", _case),
    "listAttachments": _of("case_id", _case),
    "addAttachment": _of("case_id", _case),
    "linkAlerts": lambda scene: Call({"case_id": _case(scene)}, {"alertIds": [scene.loose_alert()]}),
    "closeCase": _of("case_id", lambda scene: str(scene.case("IN_PROGRESS", "PENDING_REVIEW")["id"])),
    "approveCase": _versioned("case_id", Scene.proposed_case, "second"),
    "sendBackCase": _of("case_id", lambda scene: str(scene.proposed_case()["id"]), "second"),
    "reopenCase": _of("case_id", lambda scene: str(scene.proposed_case("approved")["id"]), "second"),
    "getBankCase": _of("case_id", _case),
    "changeBankCaseStatus": _of("case_id", _case),
    "noteBankCase": _of("case_id", _case),
    "assignBankCase": lambda scene: Call({"case_id": _case(scene)}, {"assignedToId": scene.person()}),
    "createCustomer": lambda scene: Call(changes={"customerId": named("customer")}),
    "getCustomer": _of("customer_id", lambda scene: scene.customer()["id"]),
    "updateCustomer": _of("customer_id", lambda scene: scene.customer()["id"]),
    "replayDeadLetter": _of("dead_letter_id", lambda scene: show("ded", scene.letter().id)),
    "replayDeadLetters": lambda scene: Call(changes={"endpointId": show("whe", scene.letter().endpoint_id)}),
    "approveDecisionPolicyVersion": _of("version", Scene.proposed_policy, "second"),
    "rejectDecisionPolicyVersion": _of("version", Scene.proposed_policy),
    "showEvaluation": _of("evaluation_id", lambda scene: scene.decided(amount=5)["evaluationId"]),
    "evaluateTransaction": lambda scene: Call(changes={"externalId": named("payment")}),
    "evaluateTransactionBatch": _batch_of_payments,
    "getApiKey": _of("key_id", Scene.api_key),
    "updateApiKey": _of("key_id", Scene.api_key),
    "revokeApiKey": _of("key_id", Scene.api_key),
    "rotateApiKey": _of("key_id", Scene.api_key),
    "createApiKey": lambda scene: Call(changes={"name": named("key")}),
    "createMatchDecision": lambda scene: Call(
        changes={"customerId": scene.customer()["customerId"], "entryId": ENTRY}
    ),
    "getMatchDecision": _of("decision_id", Scene.match_decision),
    "withdrawMatchDecision": _of("decision_id", Scene.match_decision),
    "changeReportingEntity": lambda scene: Call(who="officer"),
    "draftReport": lambda scene: Call(changes={"caseId": scene.case_of_an_alert()}),
    "getReport": _of("report_id", _report()),
    "exportReport": _of("report_id", _report()),
    "changeReport": _of("report_id", _report()),
    "submitReport": _versioned("report_id", Scene.report),
    "approveReport": _versioned("report_id", lambda scene: scene.report("submit"), "officer"),
    "sendBackReport": _of("report_id", _report("submit"), "officer"),
    "fileReport": _of("report_id", _report("submit", "approve"), "officer"),
    "acknowledgeReport": _of("report_id", _report("submit", "approve", "file"), "officer"),
    "createRule": lambda scene: Call(changes={"code": f"CASH_{next(_numbers)}"}),
    "getRule": _of("rule_id", _rule()),
    "updateRule": _of("rule_id", _rule()),
    "submitRule": _of("rule_id", _rule()),
    "approveRule": _of("rule_id", _rule("submit"), "second"),
    "rejectRule": _of("rule_id", _rule("submit"), "second"),
    "pauseRule": _of("rule_id", _live_rule()),
    "activateRule": _of("rule_id", _live_rule("pause")),
    "archiveRule": _of("rule_id", _rule()),
    "bypassRule": lambda scene: Call({"rule_id": scene.live_rule()}, {"until": soon()}),
    "shadowRule": _of("rule_id", _rule()),
    "unshadowRule": _of("rule_id", _rule("shadow")),
    "listBackTests": _of("rule_id", _rule()),
    "startBackTest": _of("rule_id", _rule()),
    "getBackTest": lambda scene: Call(scene.back_test()),
    "cancelBackTest": lambda scene: Call(scene.back_test()),
    "getScreening": _of(
        "screening_id",
        lambda scene: scene.made("/api/screenings", {"lane": "onboarding", "fullName": "Jo Doe"})[
            "screeningId"
        ],
    ),
    "showCallbackSecret": _of("team_id", lambda scene: scene.team_id),
    "showPayloadSchema": _of("team_id", lambda scene: scene.team_id),
    "changePayloadSchema": _of("team_id", lambda scene: scene.team_id),
    "screenBankTransaction": lambda scene: Call(changes={"externalId": named("bank")}),
    "showBankTransaction": _of("transaction_id", lambda scene: scene.decided(amount=5)["transactionId"]),
    "createFramlToken": lambda scene: Call(who="password"),
    "decideFramlTransaction": _framl,
    "streamTransaction": _stream,
    "screenEntityTransaction": lambda scene: Call(changes={"transaction_id": named("txn")}),
    "showEntityBatch": _of("batch_id", Scene.batch),
    "cancelEntityBatch": _of("batch_id", Scene.batch),
    "showEntityRisk": _of("entity_id", lambda scene: scene.customer()["customerId"]),
    "createWatchlist": lambda scene: Call(changes={"name": named("List")}),
    "getWatchlist": _of("watchlist_id", Scene.watchlist),
    "deleteWatchlist": _of("watchlist_id", Scene.watchlist),
    "diffWatchlist": _of("watchlist_id", Scene.watchlist),
    "listWatchlistEntries": _of("watchlist_id", Scene.watchlist),
    "addWatchlistEntries": _of("watchlist_id", Scene.watchlist),
    "removeWatchlistEntry": lambda scene: Call(scene.entry()),
    "refreshWatchlist": _of("watchlist_id", lambda scene: scene.refreshed_list),
    "getWebhookDelivery": _of("delivery_id", lambda scene: show("dlv", scene.letter().delivery_id)),
    "retryWebhookDelivery": _of("delivery_id", lambda scene: show("dlv", scene.letter().delivery_id)),
    "createWebhookEndpoint": lambda scene: Call(changes={"url": URL}),
    "getWebhookEndpoint": _of("endpoint_id", Scene.endpoint),
    "updateWebhookEndpoint": _of("endpoint_id", Scene.endpoint),
    "deleteWebhookEndpoint": _of("endpoint_id", Scene.endpoint),
    "markWebhookEndpointConfidential": _of("endpoint_id", Scene.endpoint),
    "listDeliveriesOfWebhookEndpoint": _of("endpoint_id", Scene.endpoint),
    "pauseWebhookEndpoint": _of("endpoint_id", Scene.endpoint),
    "resumeWebhookEndpoint": _of("endpoint_id", Scene.endpoint),
    "rotateWebhookEndpointSecret": _of("endpoint_id", Scene.endpoint),
    "testWebhookEndpoint": _of("endpoint_id", Scene.endpoint),
}
# What was done with their thing cannot be done with it again, or only once under one name.
USED_UP = frozenset(
    {
        "dismissAlert", "escalateAlert", "closeCase", "approveCase", "sendBackCase", "reopenCase", "linkAlerts",
        "changeBankCaseStatus", "changeCase", "createCustomer", "replayDeadLetter", "replayDeadLetters",
        "approveDecisionPolicyVersion", "rejectDecisionPolicyVersion", "evaluateTransaction",
        "evaluateTransactionBatch", "updateApiKey", "revokeApiKey", "rotateApiKey", "createApiKey",
        "createMatchDecision", "withdrawMatchDecision", "draftReport", "submitReport",
        "approveReport", "sendBackReport", "fileReport", "createRule", "updateRule", "submitRule", "approveRule",
        "rejectRule", "pauseRule", "activateRule", "archiveRule", "shadowRule", "unshadowRule", "startBackTest",
        "cancelBackTest", "screenBankTransaction", "decideFramlTransaction", "streamTransaction",
        "screenEntityTransaction", "cancelEntityBatch", "createWatchlist", "deleteWatchlist",
        "removeWatchlistEntry", "retryWebhookDelivery", "deleteWebhookEndpoint",
    }
)  # fmt: skip
