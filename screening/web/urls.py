"""The desk's pages about rules, the decision policy, lists and batches."""

from django.urls import URLPattern

from screening.web.addresses import batches, payload_schema, policy, rules, watchlists

urlpatterns: list[URLPattern] = [
    *batches.urlpatterns,
    *payload_schema.urlpatterns,
    *policy.urlpatterns,
    *rules.urlpatterns,
    *watchlists.urlpatterns,
]
