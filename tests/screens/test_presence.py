"""Presence on record and form: who else is there, and a bar when the record moved on. Only POST writes it."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from models.base import now
from models.draft import Presence
from models.user import Role
from tests.factories import make_book, make_post, make_user
from tests.forms import submit


def here(client, path, version=1, editing="no", **more):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/account").text)[1]
    data = {"version": version, "editing": editing, **more}
    return client.post(f"{path}/presence", data=data, headers={"X-CSRFToken": token})


@pytest.fixture
def ana(session, log_in):
    return log_in(make_user(session, role=Role.EDITOR, name="Ana Kovač"))


def rows(session):
    session.expire_all()
    return session.scalars(select(Presence).order_by(Presence.id)).all()


def test_who_is_there_is_shown_when_the_page_is_opened(client, ana, session):
    book = make_book(session)
    path = f"/books/{book.id}"
    assert "is reading" not in client.get(path).text
    assert here(ana, path, editing="yes").status_code == 200
    for page in (path, f"{path}/edit"):
        assert "Ana Kovač is editing" in client.get(page).text
        assert "Ana Kovač is" not in ana.get(page).text, "oneself"


def test_opening_pages_writes_nothing(client, session):
    book = make_book(session)
    client.get(f"/books/{book.id}")
    client.get(f"/books/{book.id}/edit")
    assert rows(session) == []


def test_the_answer_tells_who_else_is_there_and_for_how_long(client, ana, session):
    path = f"/books/{make_book(session).id}"
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(7):
            here(ana, path, editing="yes")
            clock.shift(timedelta(seconds=20))
        answer = here(client, path)
    assert "Ana Kovač is editing · 2 min" in answer.text
    assert "<html" not in answer.text
    assert "changed this" not in answer.text


def test_many_are_counted(client, session, log_in_as):
    path = f"/books/{make_book(session).id}"
    for _ in range(5):
        here(log_in_as("viewer"), path)
    answer = here(client, path).text
    assert answer.count("is reading") == 3
    assert "2 more" in answer


def test_leaving_takes_one_away(client, ana, session):
    path = f"/books/{make_book(session).id}"
    here(ana, path)
    assert len(rows(session)) == 1
    answer = here(ana, path, leaving="1")
    assert (answer.status_code, answer.data) == (204, b"")
    assert rows(session) == []


def test_a_viewer_is_never_editing(client, session, log_in_as):
    path = f"/books/{make_book(session).id}"
    here(log_in_as("viewer"), path, editing="yes")
    assert "is reading" in here(client, path).text


def test_whoever_may_not_see_the_record_is_not_there(session, log_in_as):
    user = make_user(session)
    assert here(log_in_as("editor"), f"/users/{user.id}").status_code == 403
    assert rows(session) == []


def test_a_contributor_sees_who_edits_the_post_of_another(session, log_in_as, ana):
    path = f"/posts/{make_post(session).id}"
    here(ana, path, editing="yes")
    assert "Ana Kovač is editing" in here(log_in_as("contributor"), path).text


def test_a_bar_says_who_changed_the_record_meanwhile(client, ana, session):
    book = make_book(session)
    path = f"/books/{book.id}"
    submit(ana, f"{path}/edit", {"title": "New"})
    reading = here(client, path, version=1).text
    assert "Ana Kovač changed this book while you were reading." in reading
    assert f'href="{path}/history"' in reading
    editing = here(client, path, version=1, editing="yes").text
    assert "Ana Kovač changed this book while you were editing." in editing
    assert "Nothing you typed is lost" in editing
    assert "You changed this book in another tab." in here(ana, path, version=1).text
    assert "changed this book" not in here(client, path, version=2).text


def test_a_bar_says_that_the_record_is_gone(client, ana, session):
    book = make_book(session)
    assert submit(ana, f"/books/{book.id}/delete", {"version": 1}).status_code == 303
    answer = here(client, f"/books/{book.id}")
    assert answer.status_code == 200
    assert "Ana Kovač deleted this book while you were reading." in answer.text
    assert rows(session) == []


@pytest.mark.parametrize("version", ["", "x", "9" * 5000])
def test_odd_versions_are_no_error(client, session, version):
    assert here(client, f"/books/{make_book(session).id}", version=version).status_code == 200


def test_a_poll_is_two_statements_beside_the_session_s(client, ana, session, queries):
    path = f"/books/{make_book(session).id}"
    here(client, path)
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/account").text)[1]
    with queries() as seen:
        client.post(f"{path}/presence", data={"version": 1}, headers={"X-CSRFToken": token})
    assert len(seen) <= 3, seen
    assert session.scalar(select(func.count()).select_from(Presence)) == 1
