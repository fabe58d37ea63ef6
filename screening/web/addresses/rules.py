"""Addresses of the desk: rules."""

from django.urls import URLPattern, path

from screening.web import rules_actions as actions
from screening.web import rules_builder as builder
from screening.web import rules_pages as pages

_ONE = "rules/<str:rule_id>"
urlpatterns: list[URLPattern] = [
    path("rules", pages.rules, name="rules"),
    path("rules/new", builder.new, name="rule-new"),
    path("rules/build", builder.build, name="rule-build"),
    path("rules/create", builder.create, name="rule-create"),
    path(_ONE, pages.rule, name="rule"),
    path(f"{_ONE}/edit", builder.edit, name="rule-edit"),
    path(f"{_ONE}/save", builder.save, name="rule-save"),
    path(f"{_ONE}/submit", actions.submit, name="rule-submit"),
    path(f"{_ONE}/approve", actions.approve, name="rule-approve"),
    path(f"{_ONE}/reject", actions.reject, name="rule-reject"),
    path(f"{_ONE}/pause", actions.pause, name="rule-pause"),
    path(f"{_ONE}/activate", actions.activate, name="rule-activate"),
    path(f"{_ONE}/archive", actions.archive, name="rule-archive"),
    path(f"{_ONE}/bypass", actions.bypass, name="rule-bypass"),
    path(f"{_ONE}/shadow", actions.shadow, name="rule-shadow"),
    path(f"{_ONE}/unshadow", actions.unshadow, name="rule-unshadow"),
    path(f"{_ONE}/back-tests", actions.start_back_test, name="back-test-start"),
    path(f"{_ONE}/back-tests/<str:back_test_id>", actions.back_test, name="back-test"),
    path(f"{_ONE}/back-tests/<str:back_test_id>/cancel", actions.cancel_back_test, name="back-test-cancel"),
]
