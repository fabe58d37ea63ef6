"""Addresses of the desk: cases."""

from django.urls import URLPattern, path

from cases.web import bundle_pages as bundles
from cases.web import case_actions as actions
from cases.web.case_list import case_list
from cases.web.case_page import case, evidence_pack
from cases.web.file_pages import case_file, file_add

urlpatterns: list[URLPattern] = [
    path("cases", case_list, name="cases"),
    path("cases/open", actions.case_open, name="case-open"),
    path("cases/distribute", actions.distribute, name="cases-distribute"),
    path("cases/<str:case_id>", case, name="case"),
    path("cases/<str:case_id>/evidence", evidence_pack, name="case-evidence"),
    path("cases/<str:case_id>/assign", actions.case_assign, name="case-assign"),
    path("cases/<str:case_id>/take", actions.case_take, name="case-take"),
    path("cases/<str:case_id>/priority", actions.case_priority, name="case-priority"),
    path("cases/<str:case_id>/move", actions.case_move_on, name="case-move"),
    path("cases/<str:case_id>/escalate", actions.case_escalate, name="case-escalate"),
    path("cases/<str:case_id>/resolve", actions.case_resolve, name="case-resolve"),
    path("cases/<str:case_id>/approve", actions.case_approve, name="case-approve"),
    path("cases/<str:case_id>/send-back", actions.case_send_back, name="case-send-back"),
    path("cases/<str:case_id>/close", actions.case_put_away, name="case-close"),
    path("cases/<str:case_id>/reopen", actions.case_reopen, name="case-reopen"),
    path("cases/<str:case_id>/note", actions.case_note, name="case-note"),
    path("cases/<str:case_id>/link", actions.case_link, name="case-link"),
    path("cases/<str:case_id>/files", file_add, name="case-file-add"),
    path("cases/<str:case_id>/files/<str:attachment_id>", case_file, name="case-file"),
    path("cases/<str:case_id>/bundle", bundles.case_bundle, name="case-bundle"),
    path("bundles", bundles.bundle_list, name="bundles"),
    path("bundles/make", bundles.period_bundle, name="bundle-make"),
    path("bundles/<str:bundle_id>", bundles.bundle_file, name="bundle"),
]
