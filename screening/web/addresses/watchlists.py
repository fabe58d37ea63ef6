"""Addresses of the desk: watchlists."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
