"""Addresses of the desk: policy."""

from django.urls import URLPattern, path

from screening.web import policy_page, policy_versions

urlpatterns: list[URLPattern] = [
    path("policy", policy_page.policy, name="policy"),
    path("policy/save", policy_page.save, name="policy-save"),
    path("policy/versions", policy_versions.versions, name="policy-versions"),
    path("policy/versions/<str:version>/approve", policy_page.approve, name="policy-approve"),
    path("policy/versions/<str:version>/reject", policy_page.reject, name="policy-reject"),
]
