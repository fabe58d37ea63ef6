"""Addresses of the desk: audit."""

from django.urls import URLPattern, path

from teams.web import audit_log, audit_verify

urlpatterns: list[URLPattern] = [
    path("audit", audit_log.audit, name="audit"),
    path("audit/verify", audit_verify.audit_verify, name="audit-verify"),
    path("audit/verify/walk", audit_verify.audit_walk, name="audit-walk"),
    path("audit/export", audit_verify.audit_export, name="audit-export"),
]
