"""`/accounts/oidc/`: to the organisation's own sign-in service and back. What it refuses is told in one sentence."""

from dataclasses import asdict
from typing import Any, Final

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from teams import oidc
from teams.second_factors import halfway
from teams.sign_in import person_by_email
from teams.web.see_other import see_other

log = structlog.get_logger(__name__)
_ASKED: Final = "ratel.oidc"
_LONGEST: Final = 2_000
_REFUSED: Final = (
    "Your organisation's sign-in did not vouch for anybody who works here. Sign in with your password, or ask an"
    " administrator."
)


@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Sends the browser to the service."""
    if not oidc.is_configured():
        raise Http404
    try:
        address, asked = oidc.ask(request.build_absolute_uri(reverse("oidc-callback")))
    except oidc.NotVouched as problem:
        return _refused(request, problem)
    wanted = request.GET.get("next", "")[:_LONGEST]
    is_local = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    onwards = wanted if is_local else settings.LOGIN_REDIRECT_URL
    request.session[_ASKED] = {**asdict(asked), "onwards": onwards}
    return HttpResponseRedirect(address)


@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the service: whoever it vouches for goes on as after a right password."""
    kept: Any = request.session.pop(_ASKED, None)
    if not oidc.is_configured() or not isinstance(kept, dict):
        raise Http404
    onwards = str(kept.pop("onwards"))
    try:
        vouched = oidc.answer(
            oidc.Asked(**kept),
            state=request.GET.get("state", "")[:_LONGEST],
            code=request.GET.get("code", "")[: _LONGEST + 1],
        )
    except oidc.NotVouched as problem:
        return _refused(request, problem)
    person = person_by_email(vouched.email)
    if person is None or not person.is_active:
        return _refused(request, oidc.NotVouched("nobody active has that e-mail"))
    if not vouched.is_strong and halfway.begin(request, person, proof="own service", onwards=onwards):
        return see_other(reverse("second-factor"))
    proof = "own service with several proofs" if vouched.is_strong else "own service"
    halfway.sign_in(request, person, proof=proof)
    return see_other(onwards)


def _refused(request: HttpRequest, problem: oidc.NotVouched) -> HttpResponse:
    log.warning("own_service_refused", reason=str(problem))
    messages.error(request, _REFUSED)
    return see_other(reverse("sign-in"))
