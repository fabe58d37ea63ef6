"""Addresses of screening."""

from django.urls import URLPattern, path, register_converter

from screening.api import batches, customers, match_decisions, rule_trials, rules, screenings, watchlists
from screening.api.bank_transactions import BankTransactionsView, BankTransactionView
from screening.api.dialects import BankScreenView, EntityScreenView, StreamView
from screening.api.entity_risk import EntityId, EntityRiskView
from screening.api.evaluate import EvaluateBatchView, EvaluateView
from screening.api.framl import FramlTokenView, FramlTransactionsView
from screening.api.payload_schemas import PayloadSchemaView
from screening.api.policy import PolicyApproveView, PolicyRejectView, PolicyVersionsView, PolicyView
from screening.api.queued import EvaluationView
from screening.api.what_if import WhatIfView

register_converter(EntityId, "entity")

urlpatterns: list[URLPattern] = [
    path("api/transactions/evaluate", EvaluateView.as_view()),
    path("api/transactions/evaluate/batch", EvaluateBatchView.as_view()),
    path("api/v1/transactions/screen", BankScreenView.as_view()),
    path("api/v1/transactions", BankTransactionsView.as_view()),
    path("api/v1/transactions/<str:transaction_id>", BankTransactionView.as_view()),
    path("v1/transactions/screen", EntityScreenView.as_view()),
    path("v1/transactions/batch", batches.EntityBatchView.as_view()),
    path("v1/batches/<str:batch_id>", batches.EntityBatchStatusView.as_view()),
    path("v1/batches/<str:batch_id>/cancel", batches.EntityBatchCancelView.as_view()),
    path("v1/entities/<entity:entity_id>/risk", EntityRiskView.as_view()),
    path("api/evaluations/<str:evaluation_id>", EvaluationView.as_view()),
    path("api/batches", batches.BatchesView.as_view()),
    path("stream/v1", StreamView.as_view()),
    path("framl/auth/token", FramlTokenView.as_view()),
    path("framl/products/<str:product_id>/transactions", FramlTransactionsView.as_view()),
    path("api/teams/<str:team_id>/payload-schema", PayloadSchemaView.as_view()),
    path("api/decision-policy", PolicyView.as_view()),
    path("api/decision-policy/versions", PolicyVersionsView.as_view()),
    path("api/decision-policy/versions/<str:version>/approve", PolicyApproveView.as_view()),
    path("api/decision-policy/versions/<str:version>/reject", PolicyRejectView.as_view()),
    path("api/decision-policy/what-if", WhatIfView.as_view()),
    path("api/rules", rules.RulesView.as_view()),
    path("api/rules/<str:rule_id>", rules.RuleView.as_view()),
    path("api/rules/<str:rule_id>/submit", rules.RuleSubmitView.as_view()),
    path("api/rules/<str:rule_id>/approve", rules.RuleApproveView.as_view()),
    path("api/rules/<str:rule_id>/reject", rules.RuleRejectView.as_view()),
    path("api/rules/<str:rule_id>/pause", rules.RulePauseView.as_view()),
    path("api/rules/<str:rule_id>/activate", rules.RuleActivateView.as_view()),
    path("api/rules/<str:rule_id>/archive", rules.RuleArchiveView.as_view()),
    path("api/rules/<str:rule_id>/bypass", rules.RuleBypassView.as_view()),
    path("api/rules/<str:rule_id>/shadow", rule_trials.RuleShadowView.as_view()),
    path("api/rules/<str:rule_id>/unshadow", rule_trials.RuleUnshadowView.as_view()),
    path("api/rules/<str:rule_id>/back-tests", rule_trials.BackTestsView.as_view()),
    path("api/rules/<str:rule_id>/back-tests/<str:back_test_id>", rule_trials.BackTestView.as_view()),
    path(
        "api/rules/<str:rule_id>/back-tests/<str:back_test_id>/cancel",
        rule_trials.BackTestCancelView.as_view(),
    ),
    path("api/screenings", screenings.ScreeningsView.as_view()),
    path("api/screenings/<str:screening_id>", screenings.ScreeningView.as_view()),
    path("api/customers", customers.CustomersView.as_view()),
    path("api/customers/<str:customer_id>", customers.CustomerView.as_view()),
    path("api/match-decisions", match_decisions.MatchDecisionsView.as_view()),
    path("api/match-decisions/<str:decision_id>", match_decisions.MatchDecisionView.as_view()),
    path(
        "api/match-decisions/<str:decision_id>/withdraw", match_decisions.MatchDecisionWithdrawView.as_view()
    ),
    path("api/watchlists", watchlists.WatchlistsView.as_view()),
    path("api/watchlists/<str:watchlist_id>", watchlists.WatchlistView.as_view()),
    path("api/watchlists/<str:watchlist_id>/entries", watchlists.WatchlistEntriesView.as_view()),
    path("api/watchlists/<str:watchlist_id>/entries/<str:entry_id>", watchlists.WatchlistEntryView.as_view()),
    path("api/watchlists/<str:watchlist_id>/refresh", watchlists.WatchlistRefreshView.as_view()),
    path("api/watchlists/<str:watchlist_id>/diff", watchlists.WatchlistDiffView.as_view()),
]
