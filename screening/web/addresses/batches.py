"""Addresses of the desk: batches."""

from django.urls import URLPattern, path

from screening.web import batches as pages

urlpatterns: list[URLPattern] = [
    path("batches", pages.batches, name="batches"),
    path("batches/upload", pages.batch_upload, name="batch-upload"),
    path("batches/<str:batch_id>", pages.batch, name="batch"),
    path("batches/<str:batch_id>/cancel", pages.batch_cancel_action, name="batch-cancel"),
]
