"""Addresses of the desk: policy."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
