"""One receiver per framework, under a path of its own, for WSGI and for ASGI servers.

Each answers a verified delivery with what it has seen of it.
"""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

import django
import flask
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from fastapi import Depends, FastAPI, Request

from hookrail.middleware import ReceivedDelivery
from hookrail.middleware import asgi as asgi_middleware
from hookrail.middleware import wsgi as wsgi_middleware
from hookrail.middleware.django import verify_delivery as verify_for_django
from hookrail.middleware.fastapi import VerifyDelivery, add_refusal_handler
from hookrail.middleware.flask import verify_delivery as verify_for_flask

SECRETS = ["whsec_of_the_tests", "whsec_of_last_year"]
LIMIT = 1000
SETTINGS: dict[str, Any] = {"secrets": SECRETS, "body_limit": LIMIT}
ALL_METHODS = ["GET", "POST", "PUT", "DELETE"]

# Processes: a fork must not share the library's state with its parent in a harmful way.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def seen(delivery: ReceivedDelivery, body: bytes) -> str:
    """Returns what the application knows: the delivery, and the body as it can still be read."""
    facts = {
        "delivery_id": delivery.delivery_id,
        "topic": delivery.topic,
        "event_id": delivery.event_id,
        "secret": delivery.verified.secret_index,
        "json": delivery.json(),
        "body": body.decode(),
    }
    return json.dumps(facts)


# Plain WSGI


def _plain_wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    delivery = environ[wsgi_middleware.ENVIRON_KEY]
    answer = seen(delivery, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
    start_response("200 OK", headers)
    return [answer]


plain_wsgi = wsgi_middleware.VerifyMiddleware(_plain_wsgi, **SETTINGS)


# Plain ASGI


async def _plain_asgi(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    answer = seen(scope[asgi_middleware.SCOPE_KEY], body).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": answer})


plain_asgi = asgi_middleware.VerifyMiddleware(_plain_asgi, **SETTINGS)


# Flask

flask_app = flask.Flask(__name__)


@flask_app.before_request
def _read_before() -> None:
    if flask.request.path.endswith("/read-before"):
        flask.request.get_data()
    elif flask.request.path.endswith("/parsed-before"):
        assert flask.request.stream.read(1)


@flask_app.route("/flask", methods=ALL_METHODS)
@flask_app.route("/flask/read-before", methods=ALL_METHODS)
@flask_app.route("/flask/parsed-before", methods=ALL_METHODS)
@verify_for_flask(**SETTINGS)
def flask_view() -> str:
    return seen(flask.g.hookrail_delivery, flask.request.get_data())


@flask_app.route("/flask/async", methods=ALL_METHODS)
@verify_for_flask(**SETTINGS)
async def flask_async_view() -> str:
    return seen(flask.g.hookrail_delivery, flask.request.get_data())


# FastAPI

fastapi_app = FastAPI()
verified = VerifyDelivery(**SETTINGS)
add_refusal_handler(fastapi_app)


@fastapi_app.api_route("/fastapi", methods=ALL_METHODS)
async def fastapi_view(
    request: Request, delivery: Annotated[ReceivedDelivery, Depends(verified)]
) -> Any:
    return json.loads(seen(delivery, await request.body()))


@fastapi_app.api_route("/fastapi/sync", methods=ALL_METHODS)
def fastapi_sync_view(delivery: Annotated[ReceivedDelivery, Depends(verified)]) -> Any:
    return json.loads(seen(delivery, delivery.body))


@fastapi_app.api_route("/fastapi/parsed", methods=ALL_METHODS)
async def fastapi_parsed_view(
    order: dict[str, Any], delivery: Annotated[ReceivedDelivery, Depends(verified)]
) -> Any:
    return json.loads(seen(delivery, json.dumps(order, separators=(",", ":")).encode()))


# Django


@verify_for_django(**SETTINGS)
def django_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(seen(request.hookrail_delivery, request.body))  # type: ignore[attr-defined]


@verify_for_django(**SETTINGS)
async def django_async_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(seen(request.hookrail_delivery, request.body))  # type: ignore[attr-defined]


def django_behind_middleware(request: HttpRequest) -> HttpResponse:
    return HttpResponse(seen(request.hookrail_delivery, request.body))  # type: ignore[attr-defined]


def django_open_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"open, {hasattr(request, 'hookrail_delivery')}")


urlpatterns = [
    path("django", django_view),
    path("django/async", django_async_view),
    path("django/middleware", django_behind_middleware),
    path("django/open", django_open_view),
]

settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY="of the tests",
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=[
        "hookrail.middleware.django.VerifyMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    HOOKRAIL_RECEIVER={**SETTINGS, "paths": ["/django/middleware"]},
    DATA_UPLOAD_MAX_MEMORY_SIZE=2 * LIMIT,
    LOGGING_CONFIG=None,
)
django.setup()
django_wsgi = get_wsgi_application()
django_asgi = get_asgi_application()


# All of them


def wsgi(environ: dict[str, Any], start_response: Any) -> Any:
    """Passes a request to the WSGI application of its path."""
    path = environ["PATH_INFO"]
    if path.startswith("/flask"):
        return flask_app(environ, start_response)
    if path.startswith("/django"):
        return django_wsgi(environ, start_response)
    return plain_wsgi(environ, start_response)


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    """Passes a request to the ASGI application of its path."""
    if scope["type"] == "lifespan":
        return
    path = scope["path"]
    if path.startswith("/fastapi"):
        await fastapi_app(scope, receive, send)
    elif path.startswith("/django"):
        await django_asgi(scope, receive, send)
    else:
        await plain_asgi(scope, receive, send)


WSGI_PATHS = ["/wsgi", "/flask", "/flask/async", "/django", "/django/async", "/django/middleware"]
ASGI_PATHS = [
    "/asgi",
    "/fastapi",
    "/fastapi/sync",
    "/django",
    "/django/async",
    "/django/middleware",
]
