"""Customers and their transactions, evaluations, rules, policies, and the lists that names are screened against."""

from screening.models.configuration import DecisionPolicy, ExchangeRate, Rule, Ruleset, RuleVersion
from screening.models.decisions import Customer, Evaluation, IdempotencyKey, Transaction
from screening.models.lists import (
    Watchlist,
    WatchlistEntry,
    WatchlistGeneration,
    WatchlistNotice,
    WatchlistSource,
)
from screening.models.payloads import PayloadSchema
from screening.models.rescreening import Rescreening
from screening.models.screenings import KnownMatch, MatchDecision, OngoingRange, Screening

__all__ = [
    "Customer",
    "DecisionPolicy",
    "Evaluation",
    "ExchangeRate",
    "IdempotencyKey",
    "KnownMatch",
    "MatchDecision",
    "OngoingRange",
    "PayloadSchema",
    "Rescreening",
    "Rule",
    "RuleVersion",
    "Ruleset",
    "Screening",
    "Transaction",
    "Watchlist",
    "WatchlistEntry",
    "WatchlistGeneration",
    "WatchlistNotice",
    "WatchlistSource",
]
