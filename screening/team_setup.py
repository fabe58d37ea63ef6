"""What a new team begins with: the rules and the decision policy of its pack; a sandbox with its scenarios besides."""

from ratel.tenancy import tenant
from screening.models import DecisionPolicy, Rule, RuleVersion
from screening.packs import load_pack
from screening.policy import merged, parse_policy, policy_document
from screening.rulesets import write_ruleset
from screening.sandbox import scenarios
from screening.sandbox.customers import write_customers
from teams import audit
from teams.models import Team


def prepare_team(team: Team) -> None:
    """Writes the pack's rules, its policy as version 1, and the first ruleset. Regulatory rules are fixed."""
    pack = load_pack(team.pack)
    is_sandbox = team.sandbox_of_id is not None
    rules = scenarios.sandbox_rules(pack.rules) if is_sandbox else pack.rules
    policy_of_pack = scenarios.sandbox_policy(pack.policy) if is_sandbox else pack.policy
    with tenant(team.organisation_id, [team.id]):
        for position, (layer, document) in enumerate(rules):
            _write_rule(team, layer, dict(document), position)
        if is_sandbox:
            write_customers(team)
        policy = parse_policy(merged({}, policy_of_pack))
        DecisionPolicy.objects.create(
            organisation_id=team.organisation_id,
            team_id=team.id,
            version=1,
            document=policy_document(policy),
            status=DecisionPolicy.Status.LIVE,
        )
        write_ruleset(team.organisation_id, team.id)
        audit.record(
            organisation_id=team.organisation_id,
            team_id=team.id,
            actor=audit.system(),
            action="team.prepared",
            subject=("team", str(team.id)),
            after={"pack": pack.code, "rules": len(rules)},
        )


def _write_rule(team: Team, layer: str, document: dict[str, object], position: int) -> None:
    rule = Rule.objects.create(
        organisation_id=team.organisation_id,
        team_id=team.id,
        code=str(document["code"]),
        layer=layer,
        status=Rule.Status.ACTIVE,
        position=position,
        live_version=1,
    )
    RuleVersion.objects.create(
        organisation_id=team.organisation_id,
        team_id=team.id,
        rule=rule,
        version=1,
        document=document,
        status=Rule.Status.ACTIVE,
    )
