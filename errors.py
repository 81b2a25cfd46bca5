"""Errors become pages: each with its code, a sentence, a way on and the name of the request. Never a trace or SQL."""

import errno
import logging
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, current_app, g, make_response, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import Forbidden, HTTPException, InternalServerError, SecurityError, Unauthorized

from admin import guard, resume
from extensions import db, ran_out_of_time
from models.base import now
from policy import roles_that_may
from services import sign_in
from services.allowance import TooOften
from services.throttle import TooManyAttempts
from services.unit_of_work import Conflict, Refused

log = logging.getLogger("colophon.errors")

SAFE = ("GET", "HEAD", "OPTIONS")

WORDS = {
    400: ("This address is not quite right", "Something in it cannot be understood."),
    403: ("This is not yours to do", "Your role does not include it."),
    404: ("There is nothing at this address", "It may have been deleted, or the address has a typing error."),
    405: ("This does not work that way", "The address exists, but it cannot be used like this."),
    408: ("This took too long", "The request did not arrive in time; please send it again."),
    409: ("Somebody was faster", "This was changed in the meantime, so nothing was saved. Look again, then decide."),
    410: ("This is gone", "It was here once, and is not any more."),
    413: ("This is too large", "Nothing was saved. Send less at once."),
    414: ("This address is too long", "Use fewer filters."),
    415: ("This kind of data is not understood", "Send it as a form."),
    422: ("This cannot be saved", "One of the values is not possible."),
    429: ("Too many at once", "Wait a little, then try again."),
    500: (
        "This went wrong, and it is our fault",
        "Nothing was saved. The error has been noted under the number below.",
    ),
    503: ("Colophon cannot reach its data", "Nothing was saved. Try again in a moment."),
}
FULL = ("Nothing was saved. Tell whoever keeps this server, and try again when there is room.", "The disk is full")
TOO_LONG = ("Nothing was saved. Ask for less at once, or try again when there is less to do.", "This took too long")
# What a browser shows when not even the page of an error can be made: no template, no address, no database.
BARE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1><p>{text}<p>Request {id}\n"
)


def register(app: Flask) -> None:
    for error, handler in (
        (HTTPException, refused_by_http),
        (CSRFError, stale_token),
        (Unauthorized, not_signed_in),
        (sign_in.NotFresh, not_fresh),
        (TooManyAttempts, throttled),
        (TooOften, too_often),
        (Conflict, overtaken),
        (StaleDataError, overtaken),
        (IntegrityError, overtaken),
        (Refused, refused),
        (DataError, impossible_value),
        (OverflowError, impossible_value),
        (UnicodeEncodeError, impossible_value),
        (OperationalError, database_trouble),
        (InterfaceError, database_trouble),
        (TimeoutError, database_trouble),
        (OSError, disk_trouble),
        (Exception, crash),
        (InternalServerError, last_resort),
    ):
        app.register_error_handler(error, handler)
    app.teardown_appcontext(let_go)


# Pages


def page(
    code: int, text: str | None = None, title: str | None = None, actions: Iterable[tuple[str, str]] = ()
) -> Response:
    """The error page of this code, with our words for it unless others are given."""
    if isinstance(request.routing_exception, SecurityError):
        return bare(code)  # without a host that is ours no address can be built, not even that of a style sheet
    usual = WORDS.get(code, (f"Error {code}", ""))
    context = {
        "code": code,
        "title": title or usual[0],
        "text": text or usual[1],
        "actions": list(actions) or [("Home", url_for("home.index"))],
    }
    return make_response(render_template("errors/error.html", **context), code)


def bare(code: int) -> Response:
    title, text = WORDS[code]
    return make_response(BARE.format(title=title, text=text, id=g.get("request_id", "")), code)


def own_text(error: HTTPException) -> str | None:
    """What the code that refused says of it; None when it is only the library's text for the status."""
    text = error.description
    return text if isinstance(text, str) and text != type(error).description else None


# Refusals


def refused_by_http(error: HTTPException) -> Response:
    db.session.rollback()
    if isinstance(error, Forbidden):
        return forbidden(error)
    response = page(error.code or 500, own_text(error))
    for name, value in error.get_headers():
        if name != "Content-Type":  # Allow, Retry-After
            response.headers[name] = value
    return response


def forbidden(error: Forbidden) -> Response:
    """403, and who could do it: the guard gives the verb and the entity as the description."""
    reason: Any = error.description
    if not isinstance(reason, tuple):
        return page(403, own_text(error))
    verb, entity = reason
    log.warning("denied", extra={"verb": verb, "entity": entity})
    return page(403, whom_to_ask(roles_that_may(verb, entity)))


def whom_to_ask(roles: list[str]) -> str:
    """«Your role is Viewer. Ask an editor or an administrator to do it for you.»"""
    mine = f"Your role is {g.person.role_label}. " if g.get("person") else ""
    return f"{mine}Ask {any_of(roles)} to do it for you." if roles else mine


def any_of(roles: list[str]) -> str:
    """«a contributor, an editor or an administrator»"""
    *others, last = [f"{'an' if role[0] in 'AEIOU' else 'a'} {role.lower()}" for role in roles]
    return f"{', '.join(others)} or {last}" if others else last


def stale_token(error: CSRFError) -> Response:
    """The form was open for too long or over a sign-out: what was typed is shown, to be sent with a fresh token."""
    db.session.rollback()
    log.info("stale token", extra={"reason": error.description})
    form = resume.carried()
    if needs_a_person() and nobody_is_signed_in():
        return resume.ask(form, 401, who_it_was())
    if resume.is_again():  # signed in meanwhile in another tab, where the token became another one
        return make_response(render_template("auth/go_on.html", form=form, at_once=False), 400)
    return make_response(render_template("errors/csrf.html", fields=form.fields, action=form.action), 400)


def not_signed_in(error: Unauthorized) -> Response:
    """The form came after the session had ended: the page asks for the password in place, and then goes on."""
    return resume.ask(resume.carried(), 401, who_it_was())


def not_fresh(error: sign_in.NotFresh) -> Response:
    """Who changes a role or what somebody signs in with has to have signed in just now; the page asks in place."""
    db.session.rollback()
    log.info("asked for the password once more")
    return resume.ask(resume.carried(), 401, g.person.username)


def needs_a_person() -> bool:
    """Whether the address is for people who are signed in, or goes on for those who were."""
    endpoint = request.endpoint or ""
    return endpoint == resume.ENDPOINT or (endpoint != "" and guard.declared(endpoint)[0] != guard.ANYONE)


def nobody_is_signed_in() -> bool:
    """The token of the form is checked before anybody is recognised, so one has to look."""
    token = session.get("sid")
    return token is None or sign_in.recognise(token, now(), current_app.config["COLOPHON"]) is None


def who_it_was() -> str:
    return sign_in.username(db.session(), session.get("uid"))


def throttled(error: TooManyAttempts) -> Response:
    db.session.rollback()
    response = page(429, error.sentence, actions=[("Sign in", url_for("auth.login"))])
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def too_often(error: TooOften) -> Response:
    db.session.rollback()
    log.warning("too often", extra={"action": error.action})
    response = page(429, error.sentence)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def overtaken(error: Exception) -> Response:
    db.session.rollback()
    log.warning("conflict", extra={"kind": type(error).__name__})
    return page(409)


def refused(error: Refused) -> Response:
    db.session.rollback()
    return page(422, error.message)


def impossible_value(error: Exception) -> Response:
    """A value that no column holds. It should have been found earlier, so it is noted."""
    db.session.rollback()
    log.warning("impossible value", extra={"kind": type(error).__name__})
    return page(400 if request.method in SAFE else 422)


# Failures


def database_trouble(error: OperationalError | InterfaceError | TimeoutError) -> Response:
    """The database is away, busy or full: 503 and «come again». A statement it cannot understand is our fault: 500."""
    if is_our_fault(error):
        return crash(error)
    db.session.rollback()
    log.error("database trouble: %s", reason_of(error))
    response = page(503, *(TOO_LONG if isinstance(error, OperationalError) and ran_out_of_time(error) else ()))
    response.headers["Retry-After"] = "5"
    return response


def disk_trouble(error: OSError) -> Response:
    """No room for a file that came in or that is made for an answer."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return crash(error)
    db.session.rollback()
    log.error("the disk is full: %s", error.strerror)
    return page(503, *FULL)


def let_go(_: BaseException | None) -> None:
    """Give the connection back, before Flask-SQLAlchemy does: the answer is made, and stands if the connection dies."""
    try:
        db.session.remove()
    except (OperationalError, InterfaceError) as error:
        log.warning("a connection died after its request: %s", reason_of(error))
        db.session.registry.clear()


def is_our_fault(error: Exception) -> bool:
    """SQLite calls everything «operational»; its code 1 is an error in the statement itself."""
    return getattr(getattr(error, "orig", None), "sqlite_errorcode", None) == 1


def reason_of(error: Exception) -> str:
    """The driver's own words: they name no statement and no values."""
    return str(getattr(error, "orig", None) or type(error).__name__)


def crash(error: Exception) -> Response:
    db.session.rollback()
    log.error("unhandled %s", type(error).__name__, exc_info=error)
    return page(500)


def last_resort(error: InternalServerError) -> Response:
    """An error while the answer to an error was made; the database may have gone just then."""
    original = error.original_exception
    if original is None:
        return page(500)
    if isinstance(original, OperationalError) and not is_our_fault(original):
        response = bare(503)
        response.headers["Retry-After"] = "5"
        return response
    return bare(500)
