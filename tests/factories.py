"""Records for tests: plain functions that add one to a session and flush it. What a test does not name is filled in.

With the fixture `session` a flushed record is there for the next request: `make_book(session, title="Emma")`.
"""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from models.author import Author
from models.book import Book
from models.post import Post
from models.rules import check_digit
from models.tag import Tag
from models.user import Profile, Role, User

number = count(1)  # so that what must be unique is


def make_author(session: Session, **values: Any) -> Author:
    return added(session, Author, {"name": f"Author {next(number)}"} | values)


def make_book(session: Session, **values: Any) -> Book:
    """A book, with an author of its own unless one is given as `author` or `author_id`."""
    if not values.keys() & {"author", "author_id"}:
        values["author"] = make_author(session)
    usual = {"title": f"Book {next(number)}", "price": Decimal("12.50"), "published_on": date(2020, 1, 31)}
    return added(session, Book, usual | values)


def make_user(session: Session, **values: Any) -> User:
    """A user without a password: `log_in_as` and sign-in links need none."""
    username = values.pop("username", f"user{next(number)}")
    usual = {"username": username, "email": f"{username}@example.org", "role": Role.VIEWER}
    return added(session, User, usual | values)


def make_profile(session: Session, user: User, **values: Any) -> Profile:
    return added(session, Profile, {"user": user, "location": "Utrecht"} | values)


def make_post(session: Session, **values: Any) -> Post:
    """A post, by a contributor of its own unless one is given as `author` or `author_id`."""
    if not values.keys() & {"author", "author_id"}:
        values["author"] = make_user(session, role=Role.CONTRIBUTOR)
    mine = next(number)
    return added(session, Post, {"title": f"Post {mine}", "slug": f"post-{mine}", "content": "Some *text*."} | values)


def make_tag(session: Session, **values: Any) -> Tag:
    return added(session, Tag, {"name": f"tag {next(number)}"} | values)


def make_isbn(serial: int | None = None) -> str:
    """A valid ISBN-13, another one each time."""
    body = f"978{next(number) if serial is None else serial:09d}"
    return body + check_digit(body)


def added(session: Session, model: type, values: dict[str, Any]) -> Any:
    record = model(**values)
    session.add(record)
    session.flush()
    return record
