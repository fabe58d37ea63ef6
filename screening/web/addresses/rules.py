"""Addresses of the desk: rules."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
