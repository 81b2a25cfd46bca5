"""The demo catalogue in the database: whole, consistent, and as of today."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from demo.load import load
from models.author import Author
from models.base import now
from models.book import Book
from models.book import Status as Availability
from models.post import Post
from models.post import Status as Progress
from models.tag import Tag
from models.user import Profile, User
from services.unit_of_work import Refused, unit_of_work

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
COUNTS = {"authors": 43, "books": 208, "users": 12, "tags": 24, "posts": 60}
PAGES = (
    "/",
    "/authors/",
    "/books/?per_page=200",
    "/users/",
    "/posts/?per_page=200",
    "/authors/1",
    "/books/1",
    "/posts/1",
)


def put(app, moment=None):
    with app.app_context(), unit_of_work() as work:
        return load(work, moment)


def test_everything_arrives(app, session):
    assert put(app) == COUNTS
    assert session.scalar(select(func.count()).select_from(Book)) == COUNTS["books"]
    assert session.scalar(select(func.count()).select_from(Profile)) == 8


def test_it_does_not_commit(app, session):
    def interrupted():
        with app.app_context(), unit_of_work() as work:
            load(work)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()
    assert session.scalar(select(func.count()).select_from(Author)) == 0


def test_it_is_not_loaded_twice(app):
    put(app)
    with pytest.raises(Refused):
        put(app)


def test_days_are_counted_from_the_moment(app, session):
    put(app, NOON)
    assert session.scalar(select(Book.published_on).where(Book.title == "Lady Susan")) == (NOON - timedelta(23)).date()
    overdue = select(Post.title).where(Post.status == Progress.SCHEDULED, Post.publish_at < NOON).order_by(Post.title)
    assert session.scalars(overdue).all() == ["Lady Susan is late, and so are we", "Reading room: new opening hours"]
    late = select(Book.title).where(Book.status == Availability.FORTHCOMING, Book.published_on < NOON.date())
    assert sorted(session.scalars(late)) == ["Lady Susan", "Villette"]


def test_nothing_was_made_in_the_future_or_changed_before(app, session):
    put(app)
    for model in (Author, Book, User, Post, Tag):
        for created, updated in session.execute(select(model.created_at, model.updated_at)):
            assert created <= updated <= now()


def test_published_posts_are_out_and_others_are_not(app, session):
    put(app)
    rows = session.execute(select(Post.status, Post.publish_at, Post.published_at)).all()
    for status, publish_at, published_at in rows:
        assert (published_at is not None) is (status in (Progress.PUBLISHED, Progress.ARCHIVED))
        assert (publish_at is not None) is (status is Progress.SCHEDULED)
    assert all(published_at <= now() for _, _, published_at in rows if published_at)


def test_pages_show_it(app, client):
    put(app)
    assert {path: client.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)


def test_the_search_finds_it(app, client):
    put(app)
    assert "Natsume Sōseki" in client.get("/authors/?q=soseki").text
    assert "Thérèse Raquin" in client.get("/books/?q=therese").text
