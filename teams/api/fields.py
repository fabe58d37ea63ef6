"""What an API key is made of, read from a body: every problem is named with its path."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any, Final

from django.utils import timezone

from ratel.moments import moment_in
from ratel.problem import Problem
from teams.key_services import LONGEST_OVERLAP, USUAL_OVERLAP, Allowance
from teams.limits.tiers import LARGEST_BURST, LARGEST_RATE, Limit, Tier
from teams.roles import SCOPES

LONGEST_NAME: Final = 100
MOST_NETWORKS: Final = 50
OF_LIMITS: Final = ("tier", "ratePerMinute", "burst")
Document = Mapping[str, Any]
Problems = list[Problem]


def name_in(document: Document, problems: Problems) -> str:
    name = document.get("name")
    if isinstance(name, str) and name.strip() and len(name) <= LONGEST_NAME and "\x00" not in name:
        return name
    problems.append(Problem("name", f"must be text of 1 to {LONGEST_NAME} characters"))
    return ""


def scopes_in(document: Document, problems: Problems) -> list[str]:
    scopes = document.get("scopes")
    if not isinstance(scopes, list) or not 1 <= len(scopes) <= len(SCOPES):
        problems.append(Problem("scopes", f"must be a list of 1 to {len(SCOPES)} scopes"))
        return []
    found: list[str] = []
    for position, scope in enumerate(scopes):
        if scope not in SCOPES:
            problems.append(Problem(f"scopes[{position}]", "is not a scope"))
        elif scope in found:
            problems.append(Problem(f"scopes[{position}]", "is there twice"))
        else:
            found.append(scope)
    return found


def live_in(document: Document, problems: Problems) -> bool:
    is_live = document.get("live", True)
    if not isinstance(is_live, bool):
        problems.append(Problem("live", "must be true or false"))
        return True
    return is_live


def networks_in(document: Document, problems: Problems) -> list[str]:
    networks = document.get("allowedNetworks", [])
    if not isinstance(networks, list) or len(networks) > MOST_NETWORKS:
        problems.append(Problem("allowedNetworks", f"must be a list of at most {MOST_NETWORKS} networks"))
        return []
    for position, network in enumerate(networks):
        if not _is_network(network):
            problems.append(Problem(f"allowedNetworks[{position}]", "is not a network such as 192.0.2.0/24"))
    return networks


def _is_network(network: Any) -> bool:
    try:
        return isinstance(network, str) and len(network) <= 49 and bool(ip_network(network))
    except ValueError:
        return False


def expiry_in(document: Document, problems: Problems) -> datetime | None:
    text = document.get("expiresAt")
    if text is None:
        return None
    moment = moment_in(text)
    if moment is not None and moment > timezone.now():
        return moment
    problems.append(Problem("expiresAt", "must be an ISO 8601 time to come, with its offset from UTC"))
    return None


def allowance_in(document: Document, problems: Problems) -> Allowance | None:
    """The tier and its numbers; None where the body says nothing of them. Numbers alone mean a custom tier."""
    if not any(name in document for name in OF_LIMITS):
        return None
    tier = document.get("tier", Tier.CUSTOM)
    if tier not in list(Tier):
        problems.append(Problem("tier", f"must be one of {', '.join(Tier)}"))
        return None
    if tier != Tier.CUSTOM:
        given = [name for name in OF_LIMITS[1:] if document.get(name) is not None]
        problems += [Problem(name, "is for the tier custom") for name in given]
        return Allowance(Tier(tier))
    per_minute = _number(document, "ratePerMinute", LARGEST_RATE, problems)
    burst = _number(document, "burst", LARGEST_BURST, problems)
    return Allowance(Tier.CUSTOM, Limit(per_minute, burst))


def _number(document: Document, name: str, largest: int, problems: Problems) -> int:
    number = document.get(name)
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= largest:
        return number
    problems.append(Problem(name, f"must be a whole number from 1 to {largest}"))
    return 1


def overlap_in(document: Document, problems: Problems) -> timedelta:
    seconds = document.get("overlapSeconds", int(USUAL_OVERLAP.total_seconds()))
    longest = int(LONGEST_OVERLAP.total_seconds())
    if isinstance(seconds, int) and not isinstance(seconds, bool) and 0 <= seconds <= longest:
        return timedelta(seconds=seconds)
    problems.append(Problem("overlapSeconds", f"must be a whole number from 0 to {longest}"))
    return USUAL_OVERLAP
