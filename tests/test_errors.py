"""Every error has a page of its own, with a way on and the name of the request, and tells no secrets."""

import logging
import re

import psycopg
import pytest
from flask import Flask, abort, g
from markupsafe import Markup
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm.exc import StaleDataError

import errors
from extensions import db
from models.tag import Tag
from services import sign_in
from services.throttle import TooManyAttempts
from services.unit_of_work import Conflict, Refused
from tests.factories import make_tag
from tests.forms import read, send

CANARY = "canary-7f3a"
STATEMENT = f"SELECT secret FROM hidden WHERE x = '{CANARY}'"


@pytest.fixture
def raising(app, monkeypatch):
    """A function: what a request is to run into, method → the answer. Run where every request passes."""

    def answer(error, method="GET", client=None, **options):
        def fault(*_):
            if callable(error):
                return error()
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(sign_in, "recognise", fault)
            return (client or signed_in(app)).open("/books/new", method=method, **options)

    return answer


def signed_in(app):
    """A client with a cookie; whose it is is asked, and that is where the fault waits."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["sid"] = "anything"
    return client


CODES = [400, 403, 404, 405, 408, 409, 410, 413, 414, 415, 422, 429, 500, 503]


@pytest.mark.parametrize("code", CODES)
def test_each_has_a_page_with_its_code_a_title_a_way_on_and_the_request(raising, code):
    answer = raising(lambda: abort(code))
    assert (answer.status_code, answer.mimetype) == (code, "text/html")
    title, sentence = errors.WORDS[code]
    for part in (f'<p class="status-code">{code}</p>', str(Markup.escape(title)), str(Markup.escape(sentence))):
        assert part in answer.text
    assert read(answer).links, "a way on"
    assert f"<code>{answer.headers['X-Request-ID']}</code>" in answer.text


def test_a_code_that_nobody_thought_of_has_a_page_too(raising):
    answer = raising(lambda: abort(418))
    assert answer.status_code == 418
    assert "Error 418" in answer.text


def test_what_the_refusing_code_says_is_shown_and_what_the_library_says_is_not(raising):
    assert "There is no such theme." in raising(lambda: abort(400, "There is no such theme.")).text
    assert "browser (or proxy)" not in raising(lambda: abort(400)).text
    assert "&lt;b&gt;" in raising(lambda: abort(400, "<b>")).text


def test_an_answer_that_was_made_elsewhere_passes_unchanged(raising, app):
    answer = raising(lambda: abort(app.response_class("as it is", 451)))
    assert (answer.status_code, answer.text) == (451, "as it is")


def test_headers_of_the_refusal_are_kept(client):
    answer = client.get("/logout")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].replace(",", " ").split()) == {"POST", "OPTIONS"}


@pytest.mark.parametrize(
    "path", ["/nothing", "/books/nothing", "/books/1x", "/books/1/", "/static/nothing.css", "/%F0%9F%A6%93"]
)
def test_an_unknown_address_is_not_found(client, path):
    assert client.get(path).status_code == 404


# Faults of the database


def operational(code=None, message="the server closed the connection"):
    original = psycopg.OperationalError(message)
    if code is not None:
        original.sqlite_errorcode = code
    return OperationalError(STATEMENT, {"x": CANARY}, original)


@pytest.mark.parametrize(
    "error",
    [
        operational(),
        operational(5, "database is locked"),
        operational(13, "database or disk is full"),
        operational(10, "disk I/O error"),
        InterfaceError(STATEMENT, {"x": CANARY}, Exception("connection is closed")),
        TimeoutError("QueuePool limit of size 5 overflow 10 reached"),
    ],
    ids=["away", "locked", "full", "broken disk", "closed", "no connection left"],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_database_that_is_away_or_busy_is_503_and_come_again(raising, error, method):
    answer = raising(error, method)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert CANARY not in answer.text


def test_a_statement_that_cannot_be_understood_is_our_fault(raising):
    assert raising(operational(1, "no such column: x")).status_code == 500


@pytest.mark.parametrize(
    ("error", "get", "post"),
    [
        (IntegrityError(STATEMENT, {"x": CANARY}, Exception("UNIQUE")), 409, 409),
        (StaleDataError("0 rows"), 409, 409),
        (Conflict(), 409, 409),
        (DataError(STATEMENT, {"x": CANARY}, Exception("out of range")), 400, 422),
        (OverflowError("Python int too large"), 400, 422),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), 400, 422),
        (Refused("Already taken."), 422, 422),
        (TooManyAttempts(61), 429, 429),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_escapes_a_screen_still_gets_its_code(raising, app, error, get, post):
    assert raising(error).status_code == get
    client = app.test_client()
    token = read(client.get("/login")).form("username").value("csrf_token")
    with client.session_transaction() as cookie:
        cookie["sid"] = "anything"
    answer = raising(error, "POST", client, data={"csrf_token": token})
    assert answer.status_code == post
    assert CANARY not in answer.text


def test_a_refusal_that_escaped_says_what_it_says(raising):
    assert "Already taken." in raising(Refused("Already taken.")).text


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "a minute"), (60, "a minute"), (61, "2 minutes"), (901, "16 minutes")]
)
def test_too_many_attempts_say_how_long_to_wait(raising, seconds, words):
    answer = raising(TooManyAttempts(seconds))
    assert answer.headers["Retry-After"] == str(seconds)
    assert f"Try again in {words}" in answer.text


# Faults of ours


def test_an_unforeseen_error_is_500_and_the_log_has_it_under_the_same_name(raising, caplog):
    answer = raising(ZeroDivisionError(CANARY))
    assert answer.status_code == 500
    assert "our fault" in answer.text
    record = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert record.exc_info[0] is ZeroDivisionError
    for hidden in (CANARY, "ZeroDivisionError", "Traceback", "/work", ".py", "SELECT", "Python", "Werkzeug", "Flask"):
        assert hidden not in answer.text


def test_a_failed_statement_is_logged_without_its_values(app, raising, caplog):
    def fault():
        db.session.execute(text("SELECT nothing FROM nowhere WHERE x = :x"), {"x": CANARY})

    assert raising(fault).status_code == 500
    assert CANARY not in caplog.text + " ".join(str(logging.Formatter().format(record)) for record in caplog.records)


def test_a_page_of_an_error_needs_no_database(app, monkeypatch):
    def away(*_, **__):
        raise operational()

    client = signed_in(app)
    monkeypatch.setattr("sqlalchemy.engine.Connection.execute", away)
    assert client.get("/books/").status_code == 503
    assert client.get("/nothing").status_code == 404
    assert client.get("/logout").status_code == 405
    assert app.test_client().get("/login").status_code == 200


def test_an_error_of_the_error_page_still_gets_an_answer(raising, app, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError(CANARY)

    monkeypatch.setattr(errors, "render_template", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = raising(ZeroDivisionError())
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.text
    assert "Content-Security-Policy" in answer.headers
    assert CANARY not in answer.text


def test_a_database_that_goes_while_an_error_is_answered_is_503_all_the_same(raising, app, monkeypatch):
    def away(*_, **__):
        raise operational()

    monkeypatch.setattr(errors, "render_template", away)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = raising(lambda: abort(404))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_fault_that_was_foreseen_has_the_usual_page(raising):
    assert 'class="status-code">500<' in raising(lambda: abort(500)).text


def test_an_error_takes_back_what_the_request_wrote(app, raising, session, stored):
    tag = make_tag(session, name="before")

    def fault():
        db.session.get(Tag, tag.id).name = "after"
        db.session.flush()
        raise ZeroDivisionError

    assert raising(fault).status_code == 500
    assert stored(Tag, tag.id).name == "before"


# Not allowed


def test_a_refusal_names_the_own_role_and_whom_to_ask(log_in_as):
    answer = log_in_as("viewer").get("/posts/new")
    assert "Your role is Viewer. Ask a contributor, an editor or an administrator to do it for you." in answer.text
    answer = log_in_as("editor").get("/users/")
    assert "Your role is Editor. Ask an administrator to do it for you." in answer.text


def test_whom_to_ask_without_anybody_to_ask():
    app = Flask("x")
    with app.test_request_context():
        assert errors.whom_to_ask([]) == ""
        g.person = None
        assert errors.whom_to_ask(["Editor"]) == "Ask an editor to do it for you."


def test_a_refusal_in_words_is_shown_as_it_is(raising):
    assert "Not on Sundays." in raising(lambda: abort(403, "Not on Sundays.")).text


# Forms that came too late


def test_a_form_with_a_stale_token_keeps_what_was_typed_and_can_be_sent_again(client, stored, session):
    page = client.get("/authors/new")
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = "another"
    typed = {"name": "Émile <Zola>", "bio": "Line one\nline two"}
    answer = send(client, page, typed)
    assert answer.status_code == 400
    assert "What you typed is still here" in answer.text
    assert "Émile &lt;Zola&gt;" in answer.text
    form = read(answer).form("name", "bio")
    assert form.action == "/authors/new"
    again = client.post(form.action, data=dict(form.fields))
    assert again.status_code == 303


def test_a_form_after_the_session_has_ended_keeps_what_was_typed(client, app, log_in_as):
    page = client.get("/authors/new?back=/authors/")
    with client.session_transaction() as cookie:
        cookie["sid"] = "ended"
    answer = send(client, page, {"name": "Émile Zola"})
    assert answer.status_code == 401
    assert "Your session has ended" in answer.text
    form = read(answer).form("name")
    other = log_in_as("editor")
    late = other.post(form.action, data=dict(form.fields))
    assert late.status_code == 400, "signed in again, the token is another one"
    form = read(late).form("name")
    assert form.value("name") == "Émile Zola"
    assert other.post(form.action, data=dict(form.fields)).status_code == 303


def test_repeated_fields_are_kept_as_often_as_they_came(client):
    answer = client.post("/posts/new", data={"tags": ["1", "2"], "title": "x"})
    assert [value for name, value in read(answer).form("tags").fields if name == "tags"] == ["1", "2"]


def test_passwords_are_not_shown_to_whoever_sits_there_now(client):
    data = {"current": "x", "password": CANARY, "new_Password": CANARY, "csrf_token": CANARY}
    answer = client.post("/account/password", data=data)
    assert answer.status_code == 400
    assert CANARY not in answer.text


@pytest.mark.parametrize("path", ["//evil.example/login", "/\\evil.example", "/login//evil.example"])
def test_what_was_typed_is_sent_again_to_this_server_only(client, path):
    answer = client.post(path, data={"x": "y"})
    assert answer.status_code in (308, 400, 404, 405)
    assert not re.search(r'action="(//|/\\|http)', answer.text)


def test_under_a_prefix_every_way_on_has_it(app):
    client = app.test_client()
    under = {"SCRIPT_NAME": "/shelf"}
    assert client.get("/books/", environ_overrides=under).location == "/shelf/login?next=/shelf/books/"
    assert 'href="/shelf/"' in client.get("/nothing", environ_overrides=under).text
