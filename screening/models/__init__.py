"""Customers and their transactions, evaluations, rules, policies, and the lists that names are screened against."""

from screening.models.configuration import DecisionPolicy, ExchangeRate, Rule, Ruleset, RuleVersion
from screening.models.decisions import Customer, Evaluation, IdempotencyKey, Transaction
from screening.models.lists import Watchlist, WatchlistEntry, WatchlistGeneration
from screening.models.payloads import PayloadSchema

__all__ = [
    "Customer",
    "DecisionPolicy",
    "Evaluation",
    "ExchangeRate",
    "IdempotencyKey",
    "PayloadSchema",
    "Rule",
    "RuleVersion",
    "Ruleset",
    "Transaction",
    "Watchlist",
    "WatchlistEntry",
    "WatchlistGeneration",
]
