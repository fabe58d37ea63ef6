"""Addresses of the desk: customers."""

from django.urls import URLPattern, path

from cases.web.bundle_pages import customer_bundle
from cases.web.customer_pages import customer, customer_list, customer_risk

urlpatterns: list[URLPattern] = [
    path("customers", customer_list, name="customers"),
    path("customers/<str:customer_id>", customer, name="customer"),
    path("customers/<str:customer_id>/risk", customer_risk, name="customer-risk"),
    path("customers/<str:customer_id>/bundle", customer_bundle, name="customer-bundle"),
]
