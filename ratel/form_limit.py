"""Forms of people are bounded before anything of them is read: what is announced larger is refused by its header.

Files in forms stay in memory until they are stored sealed (the settings name no handler that would write plain bytes
to a disk), so this bound is also the one of that memory.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ratel.problem import TooLarge, exception_handler
from ratel.requests import is_for_api


class FormLimitMiddleware:
    """Answers 413 with the reason; without a length nothing of a form is read anyway."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not announced.isdigit() or len(announced) > 18 or int(announced) > most:
            refusal = TooLarge(f"A form may have {most // 1024**2} MB at most: nothing was read or stored")
            if is_for_api(request):
                return exception_handler(refusal)
            return render(request, "desk/too_large.html", {"refusal": refusal}, status=refusal.status)
        return self.get_response(request)
