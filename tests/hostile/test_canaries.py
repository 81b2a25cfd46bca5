"""A mark in every text of every table, stored past all rules: every role walks every page it can reach."""

import re
from collections.abc import Callable
from dataclasses import asdict
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import Engine, String, Text, text
from sqlalchemy.orm import Session

from admin.imports import check
from admin.imports.plan import Place, Plan
from admin.registry import RESOURCES
from models.author import Author
from models.base import Model, now
from models.book import Book
from models.job import Job
from models.post import Post
from models.tag import Tag
from models.upload import Upload
from models.user import Profile, User
from models.view import SavedView
from services import figures, tabular, uploads
from services.unit_of_work import unit_of_work
from tests.factories import make_author, make_book, make_post, make_profile, make_tag, make_user
from tests.forms import read
from tests.hostile.dom import Dom

MARK = "c4n4ry"
POISON = f"\"'><script>{MARK}</script><img src=x onerror={MARK}>{{{{7777*7}}}}"
SECRET = "$argon2id$s3cret"
LINK = f"javascript:{MARK}//\"onmouseover='{MARK}'"
ROLES = ("viewer", "contributor", "editor", "admin")


def poisoned(model: Any) -> dict[str, str]:
    """A mark for each column of text, as long as it may be. Choices keep their words."""
    found = {}
    for column in model.__table__.columns:
        if "enum_class" in dir(column.type) or not isinstance(column.type, String | Text):
            continue
        length = getattr(column.type, "length", None)
        found[column.name] = (LINK if column.name == "website" else POISON)[:length]
    return found


@pytest.fixture
def marked(app: Flask, session: Session, engine: Engine) -> None:
    """One record of each entity, full of marks. Written by the driver: no form and no model has looked at them."""
    author, user, tag = make_author(session), make_user(session, password_hash=SECRET), make_tag(session)
    make_profile(session, user)
    make_book(session, author=author, isbn="9780306406157")
    post = make_post(session, author=user, status="published")
    post.tags.append(tag)
    session.commit()
    for model in (Author, Book, Post, Tag, User, Profile):
        values: dict[str, Any] = poisoned(model) | ({"password_hash": SECRET} if model is User else {})
        with engine.begin() as connection:
            connection.execute(model.__table__.update().values(values))
    for number in range(1, 5):  # the readers, who are made after this
        session.add(
            SavedView(
                author_id=user.id,
                entity="books",
                is_shared=True,
                density="normal",
                **VIEW | {"name": f"{number}{POISON}"[:60]},
            )
        )
        session.add(Job(kind="export", actor_id=user.id + number, **JOB))
    session.flush()
    with app.app_context():
        for number in range(1, 5):
            arrive(user.id + number)
    figures.forget()


def arrive(actor_id: int) -> None:
    """A file full of marks, looked at and not imported yet: its name, its columns, its cells, what is wrong there."""
    books = next(resource for resource in RESOURCES.values() if resource.entity == "books")
    rows = [("title", "author", "price", POISON), (POISON, POISON, "1", POISON), (POISON, POISON, POISON, POISON)]
    lines = "\n".join(",".join('"{}"'.format(cell.replace('"', '""')) for cell in row) for row in rows)
    folder = current_app.config["COLOPHON"].uploads
    plan = Plan((Place(0, "title"), Place(1, "author"), Place(2, "price")))
    with uploads.incoming(BytesIO(lines.encode()), folder) as kept, unit_of_work() as session:
        shape, ledger = tabular.look(kept.path, "a.csv"), kept.path.with_name(f"{kept.path.name}.ledger")
        found = check.check(session, kept.path, shape, books, plan, lambda _: None, ledger)
        upload = Upload(entity="books", actor_id=actor_id, actor=POISON[:100], name=POISON, size=1)
        upload.digest = upload.layout = ""
        upload.shape, upload.plan, upload.found = asdict(shape), plan.as_json(), found.as_json()
        upload.expires_at = now() + uploads.KEPT
        session.add(upload)
        session.flush()
        uploads.settle(kept, folder, upload.id)


VIEW = {"name": POISON, "query": f"q={MARK}", "columns": "title"}
JOB = {
    "title": POISON,
    "actor": POISON,
    "message": POISON,
    "entity": "books",
    "log": [["2026-11-25T10:00:00+00:00", POISON]],
}


MOST_WORDS = 2


def walk(client: FlaskClient) -> dict[str, Any]:
    """Every page that links lead to, from home: address → response. One address of each form is asked.

    Of a list and what is made of it, those with two words at most: that any words go together is for others to test.
    """
    found: dict[str, Any] = {}
    waiting = [
        "/",
        "/account",
        "/authors/options",
        "/books/options",
        "/users/options",
        "/posts/options?q=c4n4",
        "/tags/options",
    ]
    shapes: set[str] = set()
    while waiting:
        path = waiting.pop()
        shape = re.sub(r"=[^&]*", "=", re.sub(r"\d+", "1", path))
        if path in found or shape in shapes or shape.count("=") > MOST_WORDS:
            continue
        shapes.add(shape)
        found[path] = client.get(path)
        if "html" in found[path].content_type:
            waiting += [target for link, _ in read(found[path]).links if (target := own(path, link))]
    return found


def own(path: str, link: str) -> str | None:
    """The address of this site that a link leads to."""
    try:
        parts = urlsplit(urljoin(f"http://localhost{path}", link))
    except ValueError:
        return None
    if parts.netloc != "localhost" or parts.scheme != "http" or parts.path.startswith("/static"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest.mark.parametrize("role", ROLES)
def test_every_page_shows_marks_as_text_and_secrets_not_at_all(
    role: str, marked: None, log_in_as: Callable[[str], FlaskClient]
) -> None:
    pages = walk(log_in_as(role))
    assert len(pages) > 20
    assert any(path.endswith("/columns") for path in pages) is (role in ("editor", "admin"))
    shown = 0
    for path, response in pages.items():
        assert response.status_code < 500, path
        html = text_of(response)
        if "html" in response.content_type:
            assert Dom(html).found == [], path
            assert f"<script>{MARK}" not in html, path
        assert "s3cret" not in html, path
        assert "54439" not in html, path
        shown += MARK in html
    assert shown > 10
    assert "users.c" not in "".join(map(text_of, pages.values()))


def text_of(response: Any) -> str:
    """What stands in an answer; an exported workbook is packed, so of that it is nothing anybody could read."""
    return response.data.decode("utf-8", "replace")


def test_what_a_role_may_not_see_is_nowhere(log_in_as: Callable[[str], FlaskClient], session: Session) -> None:
    """A viewer finds no e-mail address and no profile of the staff on any page."""
    user = make_user(session, email="hidden-c4n4ry@example.org", name="Shown")
    make_profile(session, user, location="hidden-c4n4ry")
    make_post(session, author=user)
    session.commit()
    figures.forget()
    for role in ("viewer",):
        for path, response in walk(log_in_as(role)).items():
            assert "hidden-c4n4ry" not in text_of(response), (role, path)


def test_tables_hold_no_more_text_than_the_marks_reach() -> None:
    """A new table or column of text is marked above, or named here as one that no page shows."""
    covered = {model.__tablename__ for model in (Author, Book, Post, Tag, User, Profile, SavedView, Job, Upload)}
    others = {"user_sessions", "sign_in_links", "sign_in_failures", "post_tags", "usage"}
    history = {"change_sets", "changes", "drafts", "presence"}
    assert {table.name for table in Model.metadata.sorted_tables} <= covered | others | history


@pytest.mark.parametrize("agent", [POISON, "\x7f" * 50, "Firefox/ <b>", "é" * 300])
def test_the_browser_of_a_session_is_text(agent: str, log_in_as: Callable[[str], FlaskClient], engine: Engine) -> None:
    client = log_in_as("viewer")
    with engine.begin() as connection:
        connection.execute(text("UPDATE user_sessions SET agent = :agent, address = :agent"), {"agent": agent[:60]})
    page = client.get("/account")
    assert page.status_code == 200
    assert Dom(page.text).found == []
