"""Addresses of the desk: webhooks."""

from django.urls import URLPattern, path

from webhooks.web import deliveries, endpoint_work, endpoints

_ONE = "webhooks/<str:endpoint_id>"

urlpatterns: list[URLPattern] = [
    path("webhooks", endpoints.webhooks, name="webhooks"),
    path("webhooks/new", endpoints.webhook_new, name="webhook-new"),
    path("webhooks/create", endpoint_work.webhook_create, name="webhook-create"),
    path("webhooks/events", endpoints.webhook_events, name="webhook-events"),
    path("webhooks/deliveries", deliveries.webhook_deliveries, name="webhook-deliveries"),
    path("webhooks/deliveries/<str:delivery_id>", deliveries.webhook_delivery, name="webhook-delivery"),
    path(
        "webhooks/deliveries/<str:delivery_id>/retry",
        deliveries.webhook_delivery_retry,
        name="webhook-delivery-retry",
    ),
    path("webhooks/dead-letters", deliveries.dead_letters, name="dead-letters"),
    path("webhooks/dead-letters/preview", deliveries.dead_letters_preview, name="dead-letters-preview"),
    path("webhooks/dead-letters/replay", deliveries.dead_letters_replay, name="dead-letters-replay"),
    path(
        "webhooks/dead-letters/<str:dead_letter_id>/replay",
        deliveries.dead_letter_replay,
        name="dead-letter-replay",
    ),
    path(_ONE, endpoints.webhook, name="webhook"),
    path(f"{_ONE}/edit", endpoints.webhook_edit, name="webhook-edit"),
    path(f"{_ONE}/update", endpoint_work.webhook_update, name="webhook-update"),
    path(f"{_ONE}/rotate", endpoint_work.webhook_rotate, name="webhook-rotate"),
    path(f"{_ONE}/pause", endpoint_work.webhook_pause, name="webhook-pause"),
    path(f"{_ONE}/resume", endpoint_work.webhook_resume, name="webhook-resume"),
    path(f"{_ONE}/test", endpoint_work.webhook_test, name="webhook-test"),
    path(f"{_ONE}/delete", endpoint_work.webhook_delete, name="webhook-delete"),
    path(f"{_ONE}/confidential", endpoint_work.webhook_confidential, name="webhook-confidential"),
]
