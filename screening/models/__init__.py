"""Customers and their transactions, evaluations, rules, policies, and the lists that names are screened against."""

from screening.models.batch_jobs import BatchChunk, BatchJob
from screening.models.configuration import DecisionPolicy, ExchangeRate, Rule, Ruleset, RuleVersion
from screening.models.decisions import Customer, Evaluation, IdempotencyKey, Transaction
from screening.models.lists import (
    Watchlist,
    WatchlistEntry,
    WatchlistGeneration,
    WatchlistNotice,
    WatchlistSource,
)
from screening.models.network import NetworkFeature
from screening.models.payloads import PayloadSchema
from screening.models.publications import Publication
from screening.models.queue_mode import QueuedEvaluation
from screening.models.rescreening import Rescreening
from screening.models.rule_trials import BackTest, BackTestRange, RuleDay, RuleTally, ShadowHit
from screening.models.screenings import KnownMatch, MatchDecision, OngoingRange, Screening
from screening.models.what_if import WhatIfDay

__all__ = [
    "BackTest",
    "BackTestRange",
    "BatchChunk",
    "BatchJob",
    "Customer",
    "DecisionPolicy",
    "Evaluation",
    "ExchangeRate",
    "IdempotencyKey",
    "KnownMatch",
    "MatchDecision",
    "NetworkFeature",
    "OngoingRange",
    "PayloadSchema",
    "Publication",
    "QueuedEvaluation",
    "Rescreening",
    "Rule",
    "RuleDay",
    "RuleTally",
    "RuleVersion",
    "Ruleset",
    "Screening",
    "ShadowHit",
    "Transaction",
    "Watchlist",
    "WatchlistEntry",
    "WatchlistGeneration",
    "WatchlistNotice",
    "WatchlistSource",
    "WhatIfDay",
]
