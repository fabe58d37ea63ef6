"""Addresses of the desk: audit."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
