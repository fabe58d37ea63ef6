"""Addresses of screening."""

from django.urls import URLPattern, path

from screening.api.evaluate import EvaluateBatchView, EvaluateView

urlpatterns: list[URLPattern] = [
    path("api/transactions/evaluate", EvaluateView.as_view()),
    path("api/transactions/evaluate/batch", EvaluateBatchView.as_view()),
]
