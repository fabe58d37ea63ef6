"""Addresses of the desk: team."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
