"""A decorator for the views of Django, and a middleware.

    from hookrail.middleware.django import verify_delivery

    @verify_delivery(settings.WEBHOOK_SECRET)
    def webhook(request):
        handle(request.hookrail_delivery.json())
        return HttpResponse(status=204)

The view finds the ``ReceivedDelivery`` in ``request.hookrail_delivery``. Deliveries carry no CSRF
token, so Django does not ask for one.

The middleware ``hookrail.middleware.django.VerifyMiddleware`` does the same for whole paths. Its
settings are in ``HOOKRAIL_RECEIVER``, such as ``{"secrets": "whsec_...", "paths": ["/webhooks"]}``.
It must stand before ``CsrfViewMiddleware``.

Django itself refuses bodies over ``DATA_UPLOAD_MAX_MEMORY_SIZE``, 2.5 MB by default. Raise it: the
service's deliveries may be longer.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings as django_settings  # type: ignore[import-untyped]
from django.core.exceptions import RequestDataTooBig  # type: ignore[import-untyped]
from django.http import HttpRequest, HttpResponse  # type: ignore[import-untyped]
from django.http.request import RawPostDataException  # type: ignore[import-untyped]
from django.http.response import HttpResponseBase  # type: ignore[import-untyped]

from hookrail._received import Secrets
from hookrail.errors import BodyTooLargeError
from hookrail.middleware import wsgi
from hookrail.middleware._gate import Gate
from hookrail.middleware._refusal import Refused
from hookrail.signing import Verifier

__all__ = ["VerifyMiddleware", "verify_delivery"]

View = TypeVar("View", bound=Callable[..., Any])


def verify_delivery(secrets: Secrets | Verifier, **settings: Any) -> Callable[[View], View]:
    """Makes a decorator that verifies requests before the view gets them. Views may be async.

    Args:
        secrets: The endpoint's secret, a list of secrets, or a ``Verifier``.
        settings: Those of ``hookrail.middleware.Gate``.
    """
    gate = Gate(secrets, **settings)

    def decorate(view: View) -> View:
        if inspect.iscoroutinefunction(view):

            @wraps(view)
            async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                refusal = _judge(gate, request)
                return await view(request, *args, **kwargs) if refusal is None else refusal

            guarded_async.csrf_exempt = True  # type: ignore[attr-defined]
            return cast(View, guarded_async)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            refusal = _judge(gate, request)
            return view(request, *args, **kwargs) if refusal is None else refusal

        guarded.csrf_exempt = True  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


class VerifyMiddleware:
    """Verifies requests to the paths of the setting ``HOOKRAIL_RECEIVER``."""

    sync_capable = True
    async_capable = True

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        self.get_response = get_response
        self._gate = Gate(**django_settings.HOOKRAIL_RECEIVER)
        self._is_async = inspect.iscoroutinefunction(get_response)
        if self._is_async:
            from asgiref.sync import markcoroutinefunction

            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answers a request."""
        refusal = self._judge(request)
        if self._is_async and refusal is not None:
            return _awaitable(refusal)
        return self.get_response(request) if refusal is None else refusal

    def _judge(self, request: HttpRequest) -> HttpResponse | None:
        if not self._gate.covers(request.path):
            return None
        # Deliveries carry no token. Django's own test client uses this attribute, too.
        marked: Any = request
        marked._dont_enforce_csrf_checks = True
        return _judge(self._gate, request)


async def _awaitable(response: HttpResponse) -> HttpResponse:
    return response


def _judge(gate: Gate, request: HttpRequest) -> HttpResponse | None:
    """Returns the answer to a request that does not verify."""
    length = request.META.get("CONTENT_LENGTH")
    try:
        with gate.begin(request.method or "", request.META, length, request) as reading:
            try:
                if _is_chunked(request):
                    for chunk in wsgi.pieces(request.META):
                        reading.take(chunk)
                else:
                    reading.take(request.body)
            except RequestDataTooBig as error:
                gate.refuse(BodyTooLargeError(str(error)), request)
            except (OSError, RawPostDataException) as error:
                reading.cut_off(f"the body cannot be read: {error}")
            delivery = reading.finish()
    except Refused as refused:
        refusal = refused.refusal
        response = HttpResponse(refusal.body, status=refusal.status)
        for name, value in refusal.headers.items():
            response[name] = value
        return response
    # Where Django keeps a body that was read.
    filled: Any = request
    filled._body = delivery.body
    filled.hookrail_delivery = delivery
    return None


def _is_chunked(request: HttpRequest) -> bool:
    """Returns whether the body has no length. Django would take it for empty under WSGI."""
    return not request.META.get("CONTENT_LENGTH") and "wsgi.input_terminated" in request.META
