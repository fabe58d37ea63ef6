"""Addresses of the desk: reports."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
