"""Which right each address of the desk needs, written down once more, beside the views that say so themselves.

The role matrix is made from this table and `teams/roles.py`. A view that asks for another right than stands here, or for
none, fails the matrix; so does an address that is not here.
"""

from typing import Final

_BY_RIGHT: Final = {
    "read": (
        "overview alerts alert alert-next alert-previous alerts-counts batches batch cases case case-evidence case-file "
        "customers customer customer-risk policy policy-versions rules rule back-test screenings screening watchlists "
        "watchlist watchlist-changes name-search name-search-run"
    ),
    "evaluate": "batch-upload batch-cancel",
    "screen.run": "name-search-keep",
    "case.write": (
        "alerts-take-next alerts-at-once alert-raise alert-take alert-assign alert-escalate alert-dismiss alert-snooze "
        "alert-note alert-match alerts-view-save alerts-view-rename alerts-view-delete "
        "case-open case-assign case-take case-priority case-move case-escalate case-resolve case-close case-note "
        "case-link case-file-add"
    ),
    "write": (
        "rule-new rule-build rule-create rule-edit rule-save rule-submit rule-reject rule-pause rule-activate "
        "rule-archive rule-bypass rule-shadow rule-unshadow back-test-start back-test-cancel "
        "watchlist-create watchlist-delete watchlist-refresh watchlist-entry-add watchlist-entry-remove "
        "watchlist-import watchlist-import-confirm"
    ),
    "policy.write": "policy-save policy-reject",
    "approve": "case-approve case-send-back case-reopen cases-distribute policy-approve rule-approve",
    "reports.read": "reports report report-evidence report-export reporting-entity",
    "reports.write": "report-draft report-save report-check report-submit",
    "reports.approve": (
        "report-send-back report-approve report-file report-acknowledge reporting-entity-save webhook-confidential"
    ),
    "webhooks.read": "webhooks webhook webhook-events webhook-deliveries webhook-delivery dead-letters",
    "webhooks": (
        "webhook-new webhook-create webhook-edit webhook-update webhook-rotate webhook-pause webhook-resume "
        "webhook-test webhook-delete webhook-delivery-retry dead-letter-replay dead-letters-preview "
        "dead-letters-replay"
    ),
    "audit.read": (
        "audit audit-verify audit-walk audit-export bundles bundle bundle-make case-bundle customer-bundle"
    ),
    "team.read": (
        "team team-people team-person team-keys team-key team-key-seen payload-schema payload-schema-try"
    ),
    "team.write": (
        "team-second-factor team-invite team-person-role team-person-leave team-person-deactivate "
        "team-person-reactivate team-person-reset team-person-link payload-schema-save"
    ),
    "keys.write": "team-key-create team-key-change team-key-rotate team-key-revoke",
}
NEEDS: Final = {name: right for right, names in _BY_RIGHT.items() for name in names.split()}
