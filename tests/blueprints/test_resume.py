"""The session ended while somebody was writing: the text is carried through signing in, and then saved."""

import re

import pytest
from sqlalchemy import select

from models.author import Author
from models.base import now
from models.session import SignInFailure
from models.user import Role, User
from services import passwords, sign_in
from tests.factories import make_author, make_book, make_user
from tests.forms import read, send

PASSWORD = "zebra lantern 42"
HASH = passwords.make_hash(PASSWORD)  # once: it is made to be slow


@pytest.fixture
def ines(session):
    return make_user(session, username="ines", name="Ines Lindqvist", role=Role.EDITOR, password_hash=HASH)


@pytest.fixture
def signed_in(app, ines):
    """A function: username → a client that signed in with a password, as people do."""

    def make(name="ines"):
        client = app.test_client()
        page = client.get("/login")
        assert send(client, page, {"username": name, "password": PASSWORD}).status_code == 303
        return client

    return make


@pytest.fixture
def end(session):
    """A function: ends all sessions of a user, as a change of the role or an administrator does."""
    return lambda user: sign_in.end_sessions(session, user.id)


TYPED = {"name": "Émile <Zola>", "bio": "Line one\n\nline two", "country": "FR"}


@pytest.fixture
def late(signed_in, end, ines):
    """The client, and the answer to a form that it sent after its session had ended."""
    client = signed_in()
    page = client.get("/authors/new?back=/authors/")
    end(ines)
    return client, send(client, page, TYPED)


def password(client, answer, name="ines", secret=PASSWORD):
    return send(client, answer, {"signin.name": name, "signin.password": secret})


def test_the_page_asks_for_the_password_and_carries_the_text(late):
    _, answer = late
    assert answer.status_code == 401
    assert "Your session has ended" in answer.text
    assert "What you typed is kept" in answer.text
    form = read(answer).form("signin.name", "signin.password")
    assert form.action == "/login/resume"
    assert (form.value("signin.name"), form.value("signin.action")) == ("ines", "/authors/new")
    assert {name: form.value(name) for name in TYPED} == TYPED


def test_the_right_password_goes_on_with_the_save(late, session):
    client, answer = late
    page = password(client, answer)
    assert page.status_code == 200
    assert "data-send-at-once" in page.text
    assert "Save now" in page.text
    saved = send(client, page, {})
    assert saved.status_code == 303
    author = session.scalars(select(Author)).one()
    assert (author.name, author.bio, author.country) == ("Émile <Zola>", "Line one\n\nline two", "FR")
    assert client.get(saved.location).status_code == 200


def test_nothing_is_saved_before(late, session):
    client, answer = late
    password(client, answer)
    assert session.scalars(select(Author)).all() == []


def test_a_wrong_password_keeps_the_text_and_is_counted(late, session):
    client, answer = late
    for _ in range(2):
        answer = password(client, answer, secret="wrong")
        assert answer.status_code == 422
        assert "Username or password is not right" in answer.text
        assert {name: read(answer).form("name").value(name) for name in TYPED} == TYPED
    assert len(session.scalars(select(SignInFailure)).all()) == 2
    assert "wrong" not in answer.text
    assert "data-send-at-once" in password(client, answer).text


@pytest.mark.parametrize("missing", ["signin.name", "signin.password"])
def test_both_are_needed(late, missing):
    client, answer = late
    given = {"signin.name": "ines", "signin.password": PASSWORD, missing: ""}
    answer = send(client, answer, given)
    assert answer.status_code == 422
    assert read(answer).form("name").value("name") == TYPED["name"]


def test_too_many_attempts_are_throttled_as_everywhere_and_keep_the_text(late):
    client, answer = late
    for _ in range(10):
        answer = password(client, answer, secret="wrong")
    answer = password(client, answer)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "too many failed attempts" in answer.text
    assert read(answer).form("name").value("name") == TYPED["name"]


def test_somebody_else_sees_the_text_and_decides(late, session):
    client, answer = late
    make_user(session, username="ana", role=Role.EDITOR, password_hash=HASH)
    page = password(client, answer, name="ana")
    assert page.status_code == 200
    assert "data-send-at-once" not in page.text
    assert "Look whether it is yours" in page.text
    assert "Émile &lt;Zola&gt;" in page.text
    assert "Do not save" in page.text
    assert send(client, page, {}).status_code == 303


def test_after_signing_out_elsewhere_nobody_knows_who_it_was(signed_in):
    client = signed_in()
    page = client.get("/authors/new")
    token = read(page).form("name").value("csrf_token")
    assert client.post("/logout", data={"csrf_token": token}).status_code == 303
    answer = send(client, page, TYPED)
    assert answer.status_code == 401, "the token is stale too; the page asks who one is"
    form = read(answer).form("signin.name")
    assert form.value("signin.name") == ""
    assert form.value("name") == TYPED["name"]
    page = password(client, answer)
    assert "data-send-at-once" not in page.text
    assert send(client, page, {}).status_code == 303


def test_a_stale_token_of_somebody_signed_in_is_the_page_of_before(signed_in):
    client = signed_in()
    page = client.get("/authors/new")
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = "another"
    answer = send(client, page, TYPED)
    assert answer.status_code == 400
    assert "signin.password" not in answer.text
    assert send(client, answer, {}).status_code == 303


def test_signed_in_by_a_link_in_another_tab(late, app, ines, session):
    client, answer = late
    token = sign_in.make_link(session, ines.id, now(), app.config["COLOPHON"])
    path = f"/login/link/{token}"
    assert send(client, client.get(path), {}).status_code == 303
    again = send(client, answer, {}, button="signin.already")
    assert again.status_code == 400, "the token of the page is from before"
    assert "You are signed in" in again.text
    form = read(again).form("name")
    assert form.action == "/authors/new"
    assert send(client, again, {}).status_code == 303


def test_saying_so_without_being_signed_in(late):
    client, answer = late
    answer = send(client, answer, {}, button="signin.already")
    assert answer.status_code == 422
    assert "You are not signed in" in answer.text
    assert read(answer).form("name").value("name") == TYPED["name"]


def test_signed_in_already_is_asked_before_anything_is_sent(signed_in):
    client = signed_in()
    token = read(client.get("/authors/new")).form("name").value("csrf_token")
    data = {"csrf_token": token, "signin.action": "/authors/new", "name": "x"}
    answer = client.post("/login/resume", data=data)
    assert answer.status_code == 200
    assert "data-send-at-once" not in answer.text


@pytest.mark.parametrize(
    "target", ["//evil.example/x", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "", "x" * 3000]
)
def test_it_goes_on_to_an_own_path_only(late, target):
    client, answer = late
    page = send(client, answer, {"signin.name": "ines", "signin.password": PASSWORD, "signin.action": target})
    assert read(page).form("name").action == "/"
    assert "data-send-at-once" not in page.text


def test_a_deletion_does_not_go_on_by_itself(signed_in, end, ines, session):
    book = make_book(session)
    client = signed_in()
    page = client.get(f"/books/{book.id}/delete")
    end(ines)
    answer = send(client, page, {"version": 1})
    assert answer.status_code == 401
    page = password(client, answer)
    assert "data-send-at-once" not in page.text
    assert "Send it now" in page.text


def test_passwords_are_never_carried(signed_in, end, ines):
    client = signed_in()
    page = client.get("/account")
    end(ines)
    data = {"current": "x", "password": "canary-1", "again": "canary-2", "old_Password": "canary-3"}
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]
    answer = client.post("/account/password", data=data | {"csrf_token": token})
    assert answer.status_code == 401
    assert "canary" not in answer.text
    done = password(client, answer)
    assert (done.status_code, done.location) == (303, "/")


def test_a_role_that_may_not_is_refused_as_ever(late, session, stored, ines):
    client, answer = late
    stored_user = session.get(User, ines.id)
    stored_user.role = Role.VIEWER
    session.flush()
    page = password(client, answer)
    assert send(client, page, {}).status_code == 403
    assert session.scalars(select(Author)).all() == []


def test_an_older_version_is_merged_after_signing_in(signed_in, end, ines, session, log_in_as, stored):
    author = make_author(session, name="Zola", country="FR")
    client, other = signed_in(), log_in_as("editor")
    path = f"/authors/{author.id}/edit"
    page, theirs = client.get(path), other.get(path)
    end(ines)
    assert send(other, theirs, {"country": "NL"}).status_code == 303
    answer = password(client, send(client, page, {"name": "Émile Zola"}))
    assert send(client, answer, {}).status_code == 303
    after = stored(Author, author.id)
    assert (after.name, after.country) == ("Émile Zola", "NL")


def test_repeated_fields_and_the_button_are_carried(signed_in, end, ines):
    client = signed_in()
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/account").text)[1]
    end(ines)
    answer = client.post(
        "/posts/new", data={"csrf_token": token, "tags-remove": ["1", "2"], "title": "x", "then": "stay"}
    )
    fields = read(password(client, answer)).form("title").fields
    assert [value for name, value in fields if name == "tags-remove"] == ["1", "2"]
    assert ("then", "stay") in fields


def test_another_site_gets_no_such_page(late):
    client, _ = late
    answer = client.post("/authors/new", data=TYPED, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "signin.password" not in answer.text


def test_reading_leads_to_the_log_in_page_as_ever(late):
    client, _ = late
    answer = client.get("/authors/new")
    assert (answer.status_code, answer.location) == (303, "/login?next=/authors/new")
