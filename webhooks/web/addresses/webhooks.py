"""Addresses of the desk: webhooks."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
