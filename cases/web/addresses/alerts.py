"""Addresses of the desk: alerts."""

from django.urls import URLPattern, path

from cases.web import alert_actions as actions
from cases.web.alert_page import alert
from cases.web.alert_queue import counts, queue, step

urlpatterns: list[URLPattern] = [
    path("alerts", queue, name="alerts"),
    path("alerts/counts", counts, name="alerts-counts"),
    path("alerts/take-next", actions.take_next, name="alerts-take-next"),
    path("alerts/at-once", actions.at_once, name="alerts-at-once"),
    path("alerts/raise", actions.raise_by_hand, name="alert-raise"),
    path("alerts/views", actions.save_view, name="alerts-view-save"),
    path("alerts/views/<uuid:view_id>/rename", actions.rename_view, name="alerts-view-rename"),
    path("alerts/views/<uuid:view_id>/delete", actions.delete_view, name="alerts-view-delete"),
    path("alerts/<str:alert_id>", alert, name="alert"),
    path("alerts/<str:alert_id>/next", step, {"way": "next"}, name="alert-next"),
    path("alerts/<str:alert_id>/previous", step, {"way": "previous"}, name="alert-previous"),
    path("alerts/<str:alert_id>/take", actions.take, name="alert-take"),
    path("alerts/<str:alert_id>/assign", actions.assign, name="alert-assign"),
    path("alerts/<str:alert_id>/escalate", actions.escalate, name="alert-escalate"),
    path("alerts/<str:alert_id>/dismiss", actions.dismiss, name="alert-dismiss"),
    path("alerts/<str:alert_id>/snooze", actions.snooze, name="alert-snooze"),
    path("alerts/<str:alert_id>/note", actions.note, name="alert-note"),
    path("alerts/<str:alert_id>/match", actions.decide_match, name="alert-match"),
]
