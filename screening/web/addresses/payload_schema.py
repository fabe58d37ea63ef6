"""Addresses of the desk: the payload schema."""

from django.urls import URLPattern, path

from screening.web import payload_schema as pages

urlpatterns: list[URLPattern] = [
    path("payload-schema", pages.payload_schema, name="payload-schema"),
    path("payload-schema/save", pages.save, name="payload-schema-save"),
    path("payload-schema/try", pages.try_payload, name="payload-schema-try"),
]
