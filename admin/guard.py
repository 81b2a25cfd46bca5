"""Default deny: a view declares its verb, each request is checked against it, an undeclared view stops the start."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from policy import may, may_all

View = TypeVar("View", bound=Callable[..., Any])

ANYONE = "anyone"  # for signing in, health and static files alone
SAFE = ("GET", "HEAD", "OPTIONS")


class UndeclaredView(Exception):
    """A route without a verb; the message names it."""


def allow(verb: str, entity: str | None = None) -> Callable[[View], View]:
    """Mark a view with the verb it needs on its blueprint's entity (or on `entity`)."""

    def mark(view: View) -> View:
        view.allowed = (verb, entity)  # type: ignore[attr-defined]
        return view

    return mark


def demand(verb: str, entity: str, record: Any) -> None:
    """403 unless the person signed in may do this to this record."""
    if not may(g.person, verb, entity, record):
        abort(403, needed(verb, entity))


def demand_all(verb: str, entity: str) -> None:
    """403 unless the person signed in may do this to every record of the entity: for what is done to many at once."""
    if not may_all(g.person, verb, entity):
        abort(403, needed(verb, entity))


def needed(verb: str, entity: str) -> tuple[str, str]:
    """What a refusal says of itself; the error page turns it into whom to ask."""
    return verb, entity


def check() -> ResponseReturnValue | None:
    """Before each request: no declared verb, no entry; not signed in, to the log-in page; no right, 403."""
    if request.endpoint is None:
        return None  # the 404 or 405 that routing found
    verb, entity = declared(request.endpoint)
    if verb == ANYONE:
        return None
    if g.person is None:
        return to_log_in()
    if not may(g.person, verb, entity):
        abort(403, needed(verb, entity))
    return None


def declared(endpoint: str) -> tuple[str, str]:
    verb, entity = current_app.extensions["verbs"][endpoint]
    return verb, entity or endpoint.rpartition(".")[0]


def to_log_in() -> ResponseReturnValue:
    """Sign in and go on where one was; what a form brought is not thrown away but shown by the page of the 401."""
    if request.method not in SAFE:
        abort(401)
    return redirect(url_for("auth.login", next=request.script_root + request.full_path.rstrip("?")), 303)


def declarations(app: Flask) -> dict[str, tuple[str, str | None]]:
    """Endpoint → (verb, entity). Raises UndeclaredView, so that a forgotten declaration is found at the start."""
    found = {}
    for endpoint, view in app.view_functions.items():
        allowed = (ANYONE, None) if endpoint == "static" else getattr(view, "allowed", None)
        if allowed is None:
            raise UndeclaredView(f"The view {endpoint!r} declares no verb: mark it with @allow(…).")
        found[endpoint] = allowed
    return found
