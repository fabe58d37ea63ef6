"""The framl dialect's two addresses: a token for e-mail and password, and payments of a product with that token."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView

from ratel.json import decode, read_body
from ratel.problem import Invalid, Problem, Refusal
from ratel.requests import client_address
from screening.api import dialect_documents as documents
from screening.api.dialects import DialectResource, answered
from screening.dialects import framl
from screening.publications.topics import Publication, is_configured, may_publish_to
from screening.services.payload_schemas import read_by_newest
from teams import access_tokens
from teams.authentication import memberships_of
from teams.principal import Principal


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <uuid>`, in the product that the address names."""

    def authenticate(self, request: Request) -> tuple[Principal, str]:
        code = str(request.parser_context["kwargs"]["product_id"])
        return access_tokens.caller_in(request._request, code), "token"

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class FramlTokenView(DialectResource):
    """A token for `Authorization: Basic ...`; anybody may ask."""

    scopes = {"POST": ""}
    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        APIView.initial(self, request, *args, **kwargs)

    def render_refusal(self, refusal: Refusal) -> dict[str, Any]:
        return framl.render_refusal(refusal)

    @documents.framl_token
    def post(self, request: Request) -> HttpResponse:
        plain: Any = request._request
        person = access_tokens.sign_in(plain)
        plain.caller = f"person:{person.id}"
        token = access_tokens.create_token(person=person, address=client_address(plain))
        roles = sorted({one.role for one in memberships_of(person)})
        return answered(
            framl.token_document(token=str(token), name=person.name, person_id=person.id, roles=roles)
        )


def _publication(topic: str, version: str) -> Publication:
    if not may_publish_to(topic):
        raise Invalid(errors=[Problem("topicId", "is not a topic that results may be published to")])
    return Publication(topic, version)


class FramlTransactionsView(DialectResource):
    scopes = {"POST": "evaluate"}
    authentication_classes = (TokenAuthentication,)

    def render_refusal(self, refusal: Refusal) -> dict[str, Any]:
        return framl.render_refusal(refusal)

    @documents.framl_transaction
    def post(self, request: Request, product_id: str) -> HttpResponse:
        team = self.caller.team
        body = decode(read_body(request._request))
        parsed, version, topic = read_by_newest(
            team, lambda schema: framl.parse(body, schema, team, timezone.now())
        )
        if topic is not None and is_configured():
            parsed = replace(parsed, publication=_publication(topic, version))
        answer = self.decide(parsed)
        document = framl.render(
            answer,
            self.rules_of(answer),
            transaction_key=parsed.transaction.external_id,
            version=version,
        )
        return answered(document, headers=framl.headers_of(answer))
