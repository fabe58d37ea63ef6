"""Addresses of the desk: batches."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
