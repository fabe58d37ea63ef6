"""Addresses of the desk: alerts."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
