"""The headers of every answer, whatever its status; and who may send unsafe requests."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from headers import ALWAYS
from models.user import Theme, User
from services import sign_in
from tests.factories import make_book

DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.fixture
def answers(app, client, anonymous, session, monkeypatch):
    """One answer of every status there is, by its code."""
    book = make_book(session)

    def token(one):
        return re.search(r'name="csrf_token" value="([^"]+)"', one.get("/login", follow_redirects=True).text)[1]

    def away(*_):
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    def broken(*_):
        raise RuntimeError("a fault")

    def provoked(error, method="GET", path="/books/"):
        with monkeypatch.context() as patched:
            patched.setattr(sign_in, "recognise", error)
            return client.open(path, method=method)

    theme = {"csrf_token": token(client), "theme": "dark"}
    stale = {"csrf_token": token(client), "version": 99, "title": "x", "price": "1", "author": book.author_id}
    found = [
        client.get("/books/"),
        client.get(f"/books/{book.id}"),
        client.get("/account"),
        anonymous.get("/books/"),
        anonymous.get("/login"),
        client.post("/preferences"),
        anonymous.post("/preferences", data={"csrf_token": token(anonymous), "theme": "dark"}),
        client.post("/preferences", data=theme, headers={"Sec-Fetch-Site": "cross-site"}),
        client.get("/nothing"),
        client.get("/logout"),
        client.post(f"/books/{book.id}/edit", data=stale),
        client.post("/preferences", data={"x": "y" * 2_000_000}),
        client.get("/books/?q=" + "x" * 9000),
        client.post("/books/new", data={"csrf_token": token(client)}),
        provoked(broken),
        provoked(away),
        client.get("/healthz"),
        client.get("/readyz"),
        client.get(app.static_url_path + "/icons.svg"),
        client.get(app.static_url_path + "/nothing"),
        client.get("/books/", headers={"Host": "evil.example"}),
        client.head("/books/"),
        client.options("/books/"),
        client.open("/books/", method="TRACE"),
    ]  # fmt: skip
    with app.test_client() as throttled:
        data = {"csrf_token": token(throttled), "username": "nobody", "password": "x"}
        found += [throttled.post("/login", data=data) for _ in range(11)][-1:]
    return found


def test_every_answer_carries_them(answers):
    codes = {answer.status_code for answer in answers}
    assert codes >= {200, 303, 400, 401, 403, 404, 405, 409, 413, 414, 422, 429, 500, 503}
    for answer in answers:
        about = (answer.status_code, answer.request.path)
        for name, value in ALWAYS.items():
            assert answer.headers.getlist(name) == [value], about
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"]), about
        assert "Strict-Transport-Security" not in answer.headers, "http://localhost would not open any more"


def test_the_content_security_policy_allows_this_server_and_nothing_inline(anonymous):
    policy = anonymous.get("/login").headers["Content-Security-Policy"]
    assert dict(part.split(" ", 1) for part in policy.split("; ")) == DIRECTIVES
    assert "unsafe" not in policy


def test_nothing_inline_is_in_any_page(answers):
    for answer in answers:
        if answer.mimetype == "text/html":
            page = answer.text
            assert not re.search(r"<style|<script(?![^>]*\bsrc=)|<[^>]+\s(style|on\w+)\s*=", page), answer.request.path


def test_pages_are_kept_by_no_cache_and_static_files_by_every_one(answers, app):
    for answer in answers:
        if answer.request.path.startswith(app.static_url_path) and answer.status_code == 200:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Set-Cookie" not in answer.headers
        else:
            assert answer.headers["Cache-Control"] == "no-store", answer.request.path
            assert "Cookie" in answer.headers["Vary"], answer.request.path


def test_no_answer_tells_what_it_runs_on(answers):
    for answer in answers:
        assert "Server" not in answer.headers
        assert "X-Powered-By" not in answer.headers


def test_production_insists_on_https(another_app):
    app = another_app(app_env="production", trusted_hosts=("localhost",))
    for path in ("/login", "/nothing", "/healthz"):
        answer = app.test_client().get(path)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_each_request_has_a_name_of_its_own(anonymous):
    names = {anonymous.get("/healthz").headers["X-Request-ID"] for _ in range(20)}
    assert len(names) == 20


OTHERS = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": ""},
)
OURS: tuple[dict[str, str], ...] = (
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost"},
    {"Origin": "https://localhost"},
)


def test_an_unsafe_request_of_another_site_is_refused(client, session):
    data = {"csrf_token": token_of(client), "theme": "dark"}
    for headers in OTHERS:
        answer = client.post("/preferences", data=data, headers=headers)
        assert answer.status_code == 403, headers
        assert "another site" in answer.text
    assert session.scalar(select(User.theme)) == Theme.SYSTEM


def test_our_own_pages_and_programs_pass(client):
    data = {"csrf_token": token_of(client), "theme": "dark"}
    for headers in OURS:
        assert client.post("/preferences", data=data, headers=headers).status_code == 303, headers


def test_a_link_from_another_site_opens(client):
    assert client.get("/books/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_other_unsafe_methods_of_another_site_are_refused_too(client):
    for method in ("PUT", "PATCH", "DELETE", "FOO"):
        assert client.open("/books/", method=method, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def token_of(client):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[1]
