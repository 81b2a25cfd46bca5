"""The database goes away for a moment: 503 with «come again» or no notice at all, never a 500; and then all is well."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from extensions import db
from models.book import Book
from tests.factories import make_author, make_book
from tests.hostile.odd import Sender, count_of, kept

SCREENS = (
    "/",
    "/books/",
    "/books/?q=book&sort=-price",
    "/books/1",
    "/books/1/edit",
    "/books/1/delete",
    "/authors/options",
)


def assert_come_again(response: Any) -> None:
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    for word in ("sqlite", "psycopg", "SELECT", "INSERT", "Traceback"):
        assert word not in response.text


# SQLite: somebody else holds the write lock for longer than we wait


on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


@pytest.fixture
def impatient(kind: str, another_app: Callable[..., Flask], client: FlaskClient) -> FlaskClient:
    """A client of an application that waits a tenth of a second only."""
    app = another_app()
    with app.app_context():
        event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=100"))
        db.engine.dispose()
    mine = app.test_client()
    Sender(client).fresh_token()
    mine.set_cookie("colophon", client.get_cookie("colophon").value)
    return mine


@contextmanager
def locked(path: Any) -> Iterator[None]:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@on_sqlite
def test_a_write_that_waits_too_long_says_come_again(impatient: FlaskClient, site: Any, session: Session) -> None:
    book = make_book(session)
    session.commit()
    key, author, title = book.id, book.author_id, book.title
    session.close()
    sender = Sender(impatient)
    sender.fresh_token()
    writes = {
        "/books/new": [("title", "Late"), ("author", str(author)), ("price", "1")],
        f"/books/{key}/edit": [("version", "1"), ("title", "Late")],
        f"/books/{key}/delete": [("version", "2")],
        "/preferences": [("theme", "dark")],
    }
    with locked(site.database.path):
        for path, fields in writes.items():
            assert_come_again(sender.post(path, fields))
        for path in SCREENS:
            assert impatient.get(path).status_code == 200, path
    assert kept(site.engine, Book, key).title == title
    for path, fields in writes.items():
        assert sender.post(path, fields).status_code == 303, path


@on_sqlite
def test_a_statement_in_the_middle_that_finds_the_disk_full(
    client: FlaskClient, session: Session, engine: Engine, kind: str
) -> None:
    """Nothing is half written: the form's first statements are taken back."""
    author = make_author(session)
    session.commit()
    sender = Sender(client)
    sender.fresh_token()

    def limit(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA max_page_count=1")

    event.listen(engine, "checkout", limit)
    fields = [("title", "Long"), ("author", str(author.id)), ("price", "1"), ("description", "x" * 900_000)]
    try:
        assert_come_again(sender.post("/books/new", fields))
        assert client.get("/books/").status_code == 200
    finally:
        event.remove(engine, "checkout", limit)
        engine.dispose()
    assert count_of(engine, Book) == 0
    assert sender.post("/books/new", fields).status_code == 303


# PostgreSQL: connections are cut


@pytest.fixture
def cut(kind: str, site: Any) -> Callable[[], int]:
    """A function that ends every connection of the application to its database, and says how many."""
    url = site.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def end() -> int:
        with psycopg.connect(url, autocommit=True) as admin:
            ended = admin.execute(
                "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return len(ended.fetchall())

    return end


@on_postgresql
def test_connections_cut_between_requests_are_not_noticed(
    client: FlaskClient, session: Session, cut: Callable[[], int]
) -> None:
    key = make_book(session).id
    session.commit()
    session.close()
    sender = Sender(client)
    sender.fresh_token()
    version = 1
    for path in SCREENS:
        assert cut() >= 1
        assert client.get(path).status_code == 200, path
        cut()
        fields = [("version", str(version)), ("title", f"Title {version}")]
        assert sender.post(f"/books/{key}/edit", fields).status_code == 303
        version += 1


@on_postgresql
@pytest.mark.parametrize("word", ["SELECT", "INSERT INTO books", "user_sessions"])
def test_a_connection_cut_in_the_middle_of_a_request(
    word: str, client: FlaskClient, session: Session, engine: Engine, cut: Callable[[], int]
) -> None:
    """503, nothing half written, and the next request works."""
    author = make_author(session)
    session.commit()
    key = author.id
    session.close()
    sender = Sender(client)
    sender.fresh_token()
    armed = threading.Event()
    armed.set()

    def strike(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if armed.is_set() and word in statement:
            armed.clear()
            cut()

    event.listen(engine, "before_cursor_execute", strike)
    fields = [("title", "Cut"), ("author", str(key)), ("price", "1")]
    try:
        assert_come_again(sender.post("/books/new", fields))
        assert not armed.is_set()
        assert client.get("/books/").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", strike)
    assert count_of(engine, Book) == 0
    assert sender.post("/books/new", fields).status_code == 303


@on_postgresql
def test_a_connection_cut_after_the_last_statement_spoils_no_answer(
    client: FlaskClient, session: Session, engine: Engine, cut: Callable[[], int]
) -> None:
    """What was read is shown, what was written is said: the connection is only given back."""
    author = make_author(session)
    session.commit()
    key = author.id
    session.close()
    sender = Sender(client)
    sender.fresh_token()
    struck: list[int] = []

    def strike(conn: Any) -> None:
        struck.append(cut())

    event.listen(engine, "rollback", strike)
    try:
        assert client.get("/books/").status_code == 200
        assert sum(struck) >= 1
    finally:
        event.remove(engine, "rollback", strike)
    assert sender.post("/books/new", [("title", "Kept"), ("author", str(key)), ("price", "1")]).status_code == 303
    assert client.get("/books/").status_code == 200
    assert count_of(engine, Book) == 1


@on_postgresql
def test_a_commit_that_is_never_confirmed(
    client: FlaskClient, session: Session, engine: Engine, cut: Callable[[], int]
) -> None:
    author = make_author(session)
    session.commit()
    key = author.id
    session.close()
    sender = Sender(client)
    sender.fresh_token()
    struck = []

    def strike(conn: Any) -> None:
        if not struck:
            struck.append(cut())

    event.listen(engine, "commit", strike)
    fields = [("title", "Cut"), ("author", str(key)), ("price", "1")]
    try:
        assert_come_again(sender.post("/books/new", fields))
    finally:
        event.remove(engine, "commit", strike)
    assert sender.post("/books/new", fields).status_code == 303


@on_postgresql
def test_a_lock_that_is_held_for_too_long(
    client: FlaskClient, session: Session, engine: Engine, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that somebody else keeps locked: 503 after the lock timeout, not a request that hangs."""
    key = make_book(session).id
    session.commit()
    session.close()
    sender = Sender(client)
    sender.fresh_token()

    def shorten(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "UPDATE books" in statement:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")

    with Session(engine) as other:
        other.execute(select(Book).where(Book.id == key).with_for_update())
        event.listen(engine, "before_cursor_execute", shorten)
        try:
            assert_come_again(sender.post(f"/books/{key}/edit", [("version", "1"), ("title", "Mine")]))
        finally:
            event.remove(engine, "before_cursor_execute", shorten)
    assert sender.post(f"/books/{key}/edit", [("version", "1"), ("title", "Mine")]).status_code == 303
