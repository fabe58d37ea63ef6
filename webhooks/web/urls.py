"""The desk's pages about webhooks."""

from django.urls import URLPattern

from webhooks.web.addresses import webhooks

urlpatterns: list[URLPattern] = [
    *webhooks.urlpatterns,
]
