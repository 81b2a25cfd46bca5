"""Presence: who is there, for how long, and what has happened to the record."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from extensions import db
from models.base import now
from models.book import Book
from models.draft import Presence
from services import presence
from tests.factories import make_book, make_user
from tests.forms import send


@pytest.fixture
def book(session):
    return make_book(session)


@pytest.fixture
def come(session, book):
    """A function: user, editing, moment."""
    return lambda user, editing, moment: presence.come(session, Book, book.id, user.id, editing, moment)


def names(look):
    return [(one.name, one.editing) for one in look.others]


def test_others_are_seen_and_oneself_is_not(session, book, come):
    me, ana, bo = (make_user(session, name=name) for name in ("Me", "Ana Kovač", "Bo"))
    moment = now()
    come(me, True, moment)
    come(bo, False, moment)
    come(ana, True, moment + timedelta(seconds=1))
    seen = presence.look(session, Book, book.id, me.id, moment + timedelta(seconds=2))
    assert seen.version == book.version
    assert names(seen) == [("Ana Kovač", True), ("Bo", False)], "who edits comes first"
    assert [one.initials for one in seen.others] == ["AK", "B"]


def test_a_minute_without_a_sign_of_life_and_one_is_gone(session, book, come):
    me, ana = make_user(session), make_user(session)
    moment = now()
    come(ana, False, moment)
    assert presence.look(session, Book, book.id, me.id, moment + timedelta(seconds=59)).others
    assert not presence.look(session, Book, book.id, me.id, moment + timedelta(seconds=60)).others


def test_who_stays_is_there_since_the_beginning_and_who_returns_since_then(session, book, come):
    me, ana = make_user(session), make_user(session)
    start = now()
    for seconds in (0, 20, 40, 60):
        come(ana, True, start + timedelta(seconds=seconds))
    assert presence.look(session, Book, book.id, me.id, start + timedelta(seconds=61)).others[0].since == start
    later = start + timedelta(minutes=5)
    come(ana, True, later)
    assert presence.look(session, Book, book.id, me.id, later).others[0].since == later


def test_somebody_with_two_pages_counts_once_as_editing(session, book, come):
    me, ana = make_user(session), make_user(session, name="Ana")
    moment = now()
    come(ana, True, moment)
    come(ana, False, moment + timedelta(seconds=5))
    assert names(presence.look(session, Book, book.id, me.id, moment + timedelta(seconds=6))) == [("Ana", True)]
    presence.leave(session, Book, book.id, ana.id, True)
    assert names(presence.look(session, Book, book.id, me.id, moment + timedelta(seconds=6))) == [("Ana", False)]


def test_what_has_run_out_is_taken_away_when_somebody_comes(session, book, come):
    moment = now()
    for _ in range(3):
        come(make_user(session), False, moment)
    come(make_user(session), True, moment + timedelta(seconds=61))
    assert session.scalar(select(func.count()).select_from(Presence)) == 1


def test_a_record_that_is_gone_has_no_version(session):
    assert presence.look(session, Book, 77, 1, now()) == presence.Look(None, [])


def test_looking_is_one_statement_and_coming_again_too(app, session, book, queries):
    me = make_user(session)
    with app.app_context():
        with queries() as seen:
            presence.look(db.session(), Book, book.id, me.id, now())
        assert len(seen) == 1, seen


def test_crowds_are_bounded(session, book, come):
    moment = now()
    for _ in range(presence.MOST + 5):
        come(make_user(session), False, moment)
    assert len(presence.look(session, Book, book.id, 10_000, moment).others) == presence.MOST


def test_the_news_are_who_did_it(client, session, book):
    assert presence.news(session, Book, 77) is None
    page = client.get(f"/books/{book.id}/edit")
    assert send(client, page, {"title": "New"}).status_code == 303
    session.expire_all()
    found = presence.news(session, Book, book.id)
    assert (found.action, found.actor.startswith("user")) == ("update", True)
