"""Organisations and their teams, people and roles, API keys and tokens, and the audit trail."""

from teams.models.audit import AuditEntry, AuditLink
from teams.models.keys import ApiKey
from teams.models.organisations import ConfigurationStamp, Organisation, Team
from teams.models.people import Membership, Person
from teams.models.second_factors import Passkey, PasswordLink, RecoveryCode, SignIn, TimeCode
from teams.models.tokens import AccessToken
from teams.models.usage import KeyUsage

__all__ = [
    "AccessToken",
    "ApiKey",
    "AuditEntry",
    "AuditLink",
    "ConfigurationStamp",
    "KeyUsage",
    "Membership",
    "Organisation",
    "Passkey",
    "PasswordLink",
    "Person",
    "RecoveryCode",
    "SignIn",
    "Team",
    "TimeCode",
]
