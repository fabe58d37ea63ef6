"""What one team decides by, loaded once and kept until its stamp changes: compiled rules, policy, rates, lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import orjson
from django.conf import settings

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.asked import asked_text
from screening.counting import Counting
from screening.decided import decisions_scope, load_decisions
from screening.history_sql import HistoryStatement, history_statement
from screening.layers import Ruleset, field_taker
from screening.layers.history import LAYER_AGGREGATES
from screening.layers.rules import RuleLayer
from screening.policy import Policy, parse_policy
from screening.rates import Rates, load_rates
from screening.rule_trials.shadow import ShadowRules, shadow_rules
from screening.rules.aggregates import Aggregate
from screening.rules.compile import Slots, compile_rules
from screening.rules.parse import parse_rule
from screening.rules.rule import Rule
from screening.watchlists.current import current_names
from teams.configuration import PUBLIC, Cached
from teams.principal import TeamFacts


@dataclass(frozen=True)
class WrittenRuleset:
    """What was written down of a ruleset: [rule id, version] in order, the country lists that its rules mean, and the
    versions that run in its shadow."""

    id: UUID
    rules: list[list[Any]]
    country_lists: Mapping[str, frozenset[str]]
    shadow: Sequence[list[Any]] = ()


@dataclass(frozen=True)
class TeamConfiguration:
    """`rules` are those of the regulatory layer, then the custom ones: the order of the stored rule states.

    `asked` are the aggregates of rules and layers in the order that `history` reads them, `counting` counts the current
    transaction into them, `asked_text` names them in what is stored. `shadow` are the rules that are judged beside the
    deciding ones, None where there are none."""

    team: TeamFacts
    ruleset_id: UUID
    ruleset: Ruleset
    rules: tuple[Rule, ...]
    history: HistoryStatement
    rates: Rates
    asked: tuple[Aggregate, ...]
    counting: Counting
    asked_text: str
    shadow: ShadowRules | None = None

    def bypassed_at(self, now: datetime) -> tuple[str, ...]:
        """The ids of the rules that are suspended at `now`."""
        return tuple(
            [rule.rule_id for rule in self.rules if rule.bypassed_until and now < rule.bypassed_until]
        )


_compiled: Final[Cached[TeamConfiguration]] = Cached()
_kept: Final[Cached[TeamConfiguration]] = Cached()


def configuration_of(team: TeamFacts) -> TeamConfiguration:
    """The team's configuration, at most half a second old."""
    scopes = (team.id, team.organisation_id)

    def with_lists() -> TeamConfiguration:
        """Lists and decisions about matches change often: neither has any rule compiled again."""
        compiled = _compiled.get(team.id, scopes, lambda: _load(team))
        names, decided = current_names(team.organisation_id), load_decisions(team)
        return replace(compiled, ruleset=replace(compiled.ruleset, names=names, decided=decided))

    return _kept.get(team.id, (*scopes, PUBLIC, decisions_scope(team.id)), with_lists)


def _load(team: TeamFacts) -> TeamConfiguration:
    with tenant(team.organisation_id, [team.id]):
        written = _newest_ruleset(team.id)
        documents = rule_documents(team.id, [*written.rules, *written.shadow])
        policy = _live_policy(team.id)
        rates = load_rates(team.id, team.currency)
    count = len(written.rules)
    return assemble(team, written, documents[:count], policy, rates, shadow_documents=documents[count:])


def assemble(
    team: TeamFacts,
    written: WrittenRuleset,
    documents: list[dict[str, Any]],
    policy: Policy,
    rates: Rates,
    *,
    shadow_documents: Sequence[Mapping[str, Any]] = (),
) -> TeamConfiguration:
    """Compiles what was read; `documents` are rows of rule id, version, layer, bypass and document."""
    parsed = [_parse(row, written.country_lists) for row in documents]
    regulatory = [rule for rule in parsed if rule.layer == "regulatory"]
    custom = [rule for rule in parsed if rule.layer != "regulatory"]
    slots = Slots()
    layers = [
        RuleLayer(name, compile_rules(rules, slots), team.currency)
        for name, rules in (("regulatory", regulatory), ("custom_rules", custom))
    ]
    asked = tuple(slots.aggregates)
    shadow = shadow_rules(
        [_parse({**row, "bypassed_until": None}, written.country_lists) for row in shadow_documents], team
    )
    shadow_asked = shadow.asked if shadow else ()
    all_asked = tuple(dict.fromkeys((*asked, *LAYER_AGGREGATES, *shadow_asked)))
    fields = tuple(slots.fields)
    ruleset = Ruleset(
        regulatory=layers[0],
        custom=layers[1],
        fields=fields,
        asked=asked,
        policy=policy,
        names=current_names(team.organisation_id),
        deadline_seconds=settings.RATEL_EVALUATION_DEADLINE_MS / 1000,
        take_fields=field_taker(fields),
    )
    return TeamConfiguration(
        team=team,
        ruleset_id=written.id,
        ruleset=ruleset,
        rules=(*regulatory, *custom),
        history=history_statement(all_asked),
        rates=rates,
        asked=all_asked,
        counting=Counting.of(all_asked),
        asked_text=asked_text(all_asked),
        shadow=shadow,
    )


def _parse(row: Mapping[str, Any], country_lists: Mapping[str, frozenset[str]]) -> Rule:
    return parse_rule(
        row["document"],
        country_lists=country_lists,
        rule_id=row["rule_id"],
        version=row["version"],
        layer=row["layer"],
        bypassed_until=row["bypassed_until"],
    )


def _newest_ruleset(team_id: UUID) -> WrittenRuleset:
    row = (
        driver_connection()
        .execute(
            "SELECT id, rules, country_lists, shadow FROM screening_ruleset WHERE team_id = %s"
            " ORDER BY number DESC LIMIT 1",
            (team_id,),
        )
        .fetchone()
    )
    if row is None:
        raise LookupError("the team has no ruleset")
    return written_ruleset(*row)


def written_ruleset(
    identifier: UUID, rules: str | bytes, country_lists: str | bytes, shadow: str | bytes = "[]"
) -> WrittenRuleset:
    """A row of `screening_ruleset` from the columns id, rules, country_lists and shadow, jsonb as text."""
    lists = {name: frozenset(countries) for name, countries in orjson.loads(country_lists).items()}
    return WrittenRuleset(identifier, orjson.loads(rules), lists, orjson.loads(shadow))


def rule_documents(team_id: UUID, listed: list[list[Any]]) -> list[dict[str, Any]]:
    """The documents of listed [rule id, version] pairs, in their order; call inside `tenant(...)`."""
    rows = (
        driver_connection()
        .execute(
            "SELECT r.id::text, v.version, r.layer, r.bypassed_until, v.document FROM screening_ruleversion v"
            " JOIN screening_rule r ON r.id = v.rule_id WHERE r.team_id = %s",
            (team_id,),
        )
        .fetchall()
    )
    # Django's connections hand over jsonb as text.
    found = {(row[0], row[1]): (*row[:4], orjson.loads(row[4])) for row in rows}
    names = ("rule_id", "version", "layer", "bypassed_until", "document")
    return [dict(zip(names, found[rule_id, version], strict=True)) for rule_id, version in listed]


def _live_policy(team_id: UUID) -> Policy:
    return _policy(
        "SELECT document, version FROM screening_decisionpolicy WHERE team_id = %s AND status = 'live'"
        " ORDER BY version DESC LIMIT 1",
        (team_id,),
    )


def policy_of_version(team_id: UUID, version: int) -> Policy:
    """A team's policy as it was in one version; call inside `tenant(...)`."""
    return _policy(
        "SELECT document, version FROM screening_decisionpolicy WHERE team_id = %s AND version = %s",
        (team_id, version),
    )


def _policy(sql: LiteralString, parameters: tuple[Any, ...]) -> Policy:
    row = driver_connection().execute(sql, parameters).fetchone()
    if row is None:
        raise LookupError("the team has no such decision policy")
    return parse_policy(orjson.loads(row[0]), version=row[1])
