"""Addresses of webhooks."""

from django.urls import URLPattern, path

from webhooks.api import callbacks, dead_letters, deliveries, endpoints

urlpatterns: list[URLPattern] = [
    path("api/webhook-endpoints", endpoints.EndpointsView.as_view()),
    path("api/webhook-endpoints/<str:endpoint_id>", endpoints.EndpointView.as_view()),
    path(
        "api/webhook-endpoints/<str:endpoint_id>/confidential", endpoints.EndpointConfidentialView.as_view()
    ),
    path("api/webhook-endpoints/<str:endpoint_id>/rotate", endpoints.EndpointRotateView.as_view()),
    path("api/webhook-endpoints/<str:endpoint_id>/pause", endpoints.EndpointPauseView.as_view()),
    path("api/webhook-endpoints/<str:endpoint_id>/resume", endpoints.EndpointResumeView.as_view()),
    path("api/webhook-endpoints/<str:endpoint_id>/test", endpoints.EndpointTestView.as_view()),
    path("api/webhook-endpoints/<str:endpoint_id>/deliveries", deliveries.EndpointDeliveriesView.as_view()),
    path("api/webhook-deliveries", deliveries.DeliveriesView.as_view()),
    path("api/webhook-deliveries/<str:delivery_id>", deliveries.DeliveryView.as_view()),
    path("api/webhook-deliveries/<str:delivery_id>/retry", deliveries.DeliveryRetryView.as_view()),
    path("api/teams/<str:team_id>/callback-secret", callbacks.CallbackSecretView.as_view()),
    path("api/dead-letters", dead_letters.DeadLettersView.as_view()),
    path("api/dead-letters/replay", dead_letters.DeadLettersReplayView.as_view()),
    path("api/dead-letters/<str:dead_letter_id>/replay", dead_letters.DeadLetterReplayView.as_view()),
]
