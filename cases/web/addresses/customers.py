"""Addresses of the desk: customers."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
