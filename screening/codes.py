"""ISO codes and the few vocabularies of the canonical transaction that inputs are checked against."""

from functools import lru_cache
from typing import Final

import pycountry

KYC_STATUSES: Final = frozenset({"verified", "pending", "in_progress", "rejected", "expired", "none"})
KYC_TIERS: Final = {
    "basic": "basic",
    "standard": "standard",
    "premium": "premium",
    "tier_1": "basic",
    "tier_2": "standard",
    "tier_3": "premium",
}


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """Every ISO 4217 currency code."""
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """Every ISO 3166-1 alpha-2 country code, and XK (Kosovo), which payment systems use."""
    return frozenset(country.alpha_2 for country in pycountry.countries) | {"XK"}
