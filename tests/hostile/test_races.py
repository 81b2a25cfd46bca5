"""Many people at once, as threads, on both databases: nobody's work is lost, nothing half done, no 5xx."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from admin.screens import delete
from models.author import Author
from models.book import Book
from models.tag import Tag
from models.user import Role, User
from tests.entities import ENTITIES, LABEL, make
from tests.factories import make_author, make_book, make_isbn, make_user
from tests.forms import read
from tests.hostile.odd import Sender, kept

Work = Callable[[int, Sender], Any]


@pytest.fixture
def crowd(app: Flask, client: FlaskClient) -> Callable[[int, Work], list[Any]]:
    """A function: n, work → the results of work(number, sender) in n threads that begin in the same moment."""
    own = client.get_cookie("colophon")
    token = Sender(client).fresh_token()
    own = client.get_cookie("colophon") or own

    def run(size: int, work: Work) -> list[Any]:
        start = Barrier(size)

        def one(number: int) -> Any:
            mine = app.test_client()
            mine.set_cookie("colophon", own.value)
            start.wait(30)
            return work(number, Sender(mine, token))

        with ThreadPoolExecutor(size) as pool:
            return list(pool.map(one, range(size)))

    return run


def codes(responses: list[TestResponse]) -> Counter[int]:
    return Counter(response.status_code for response in responses)


def test_of_thirty_editors_one_wins_and_nobody_loses_his_text(
    crowd: Callable[..., Any], session: Session, engine: Engine
) -> None:
    author = make_author(session)
    session.commit()
    for turn in range(5):
        version = kept(engine, Author, author.id).version

        def edit(number: int, sender: Sender, turn: int = turn, version: int = version) -> TestResponse:
            fields = [
                ("version", str(version)),
                ("name", f"Name {turn} of {number}"),
                ("bio", f"Life {turn}.{number}."),
            ]
            return sender.post(f"/authors/{author.id}/edit", fields)

        answers = crowd(30, edit)
        assert codes(answers) == {303: 1, 409: 29}
        winner = next(number for number, answer in enumerate(answers) if answer.status_code == 303)
        now = kept(engine, Author, author.id)
        assert (now.version, now.name, now.bio) == (version + 1, f"Name {turn} of {winner}", f"Life {turn}.{winner}.")
        for number, answer in enumerate(answers):
            if number != winner:
                form = read(answer).form("name", "bio")
                assert form.value("name") == f"Name {turn} of {number}"
                assert (form.value("bio") or "").strip() == f"Life {turn}.{number}."
                assert form.value("version") == str(version + 1)
                assert now.name in answer.text


def test_of_forty_who_enter_one_isbn_one_wins_and_is_named(
    crowd: Callable[..., Any], session: Session, engine: Engine
) -> None:
    author, isbn = make_author(session), make_isbn()
    session.commit()

    def create(number: int, sender: Sender) -> TestResponse:
        fields = [("title", f"Title {number}"), ("isbn", isbn), ("author", str(author.id)), ("price", "1")]
        return sender.post("/books/new", fields)

    answers = crowd(40, create)
    assert codes(answers) == {303: 1, 422: 39}
    winner = session.scalars(select(Book)).one()
    for answer in answers:
        if answer.status_code == 422:
            assert winner.title in read(answer).errors["isbn"]
            assert f"/books/{winner.id}" in [link for link, _ in read(answer).links]


@pytest.mark.parametrize("entity", ["authors", "users", "tags"])
def test_one_name_entered_by_many(entity: str, crowd: Callable[..., Any], session: Session) -> None:
    def create(number: int, sender: Sender) -> TestResponse:
        spelling = "ana" if number % 2 else "ANA"
        fields = {
            "authors": [("name", f"Author {number}"), ("email", f"{spelling}@example.org")],
            "users": [("username", spelling), ("email", f"{spelling}@example.org")],
            "tags": [("name", spelling)],
        }[entity]
        return sender.post(f"/{entity}/new", fields)

    assert codes(crowd(16, create)) == {303: 1, 422: 15}


def test_a_new_tag_given_to_many_posts_at_once(crowd: Callable[..., Any], session: Session) -> None:
    """Whoever comes second may be asked to save again, and there is one tag."""

    def create(number: int, sender: Sender) -> TestResponse:
        return sender.post(
            "/posts/new",
            [("title", f"Post {number}"), ("author", "1"), ("tags-add", "History" if number % 2 else "history")],
        )

    answers = crowd(12, create)
    assert set(codes(answers)) <= {303, 422}
    assert codes(answers)[303] >= 1
    assert session.scalar(select(func.count()).select_from(Tag)) == 1


def test_one_title_for_many_posts(crowd: Callable[..., Any]) -> None:
    answers = crowd(
        12, lambda number, sender: sender.post("/posts/new", [("title", "The same title"), ("author", "1")])
    )
    assert set(codes(answers)) <= {303, 422}
    assert codes(answers)[303] >= 1


def test_books_added_while_their_author_is_deleted(crowd: Callable[..., Any], session: Session, engine: Engine) -> None:
    """No orphan, and no book goes along that the page had not counted."""
    for _ in range(4):
        author = make_author(session)
        make_book(session, author=author)
        session.commit()
        key = author.id
        created: list[str] = []

        def work(number: int, sender: Sender, key: int = key, created: list[str] = created) -> TestResponse:
            if number == 0:
                return sender.post(
                    f"/authors/{key}/delete", [("version", "1"), ("choice", "delete"), ("seen", "books:1")]
                )
            response = sender.post("/books/new", [("title", f"New {number}"), ("author", str(key)), ("price", "1")])
            if response.status_code == 303:
                created.append(response.location)
            return response

        deletion, *additions = crowd(9, work)
        assert deletion.status_code in {303, 409}
        assert set(codes(additions)) <= {303, 422}
        left = session.scalar(select(func.count()).select_from(Book).where(Book.author_id == key))
        session.rollback()
        there = kept(engine, Author, key) is not None
        assert there == (deletion.status_code == 409)
        assert left == (len(created) + 1 if there else 0)
        assert there or not created


def test_a_book_that_comes_between_counting_and_deleting(
    crowd: Callable[..., Any], session: Session, engine: Engine, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, with the worst moment chosen: the book is written just after the deletion has counted."""
    if kind == "sqlite":
        return  # the deletion holds the only write lock; there is no such moment
    author = make_author(session)
    make_book(session, author=author)
    session.commit()
    key, counted, added = author.id, Event(), Event()
    outcome: list[str] = []
    original = delete.cascade.summary

    def count_and_wait(*arguments: Any) -> Any:
        found = original(*arguments)
        counted.set()
        added.wait(1)
        return found

    def add() -> None:
        counted.wait(10)
        try:
            with Session(engine) as other:
                other.execute(text("SET LOCAL lock_timeout = '8s'"))
                make_book(other, title="Late", author_id=key)
                other.commit()
            outcome.append("added")
        except DBAPIError:
            outcome.append("refused")
        added.set()

    monkeypatch.setattr(delete.cascade, "summary", count_and_wait)
    late = Thread(target=add)
    late.start()
    fields = [("version", "1"), ("choice", "delete"), ("seen", "books:1")]
    (deletion,) = crowd(1, lambda _, sender: sender.post(f"/authors/{key}/delete", fields))
    late.join(20)
    titles = session.scalars(select(Book.title)).all()
    assert deletion.status_code in {303, 409}
    assert ("Late" in titles) == (outcome == ["added"])
    assert (kept(engine, Author, key) is None) == (deletion.status_code == 303)


def test_sixteen_writers_lose_nothing(crowd: Callable[..., Any], session: Session, engine: Engine) -> None:
    authors = [make_author(session).id for _ in range(16)]
    session.commit()

    def write(number: int, sender: Sender) -> list[int]:
        answers = []
        for turn in range(6):
            fields = [("title", f"{number}.{turn}"), ("author", str(authors[number])), ("price", "1"), ("isbn", "")]
            answers.append(sender.post("/books/new", fields).status_code)
            version = kept(engine, Author, authors[number]).version
            edit = [("version", str(version)), ("bio", f"{number}.{turn}")]
            answers.append(sender.post(f"/authors/{authors[number]}/edit", edit).status_code)
        return answers

    assert Counter(code for answers in crowd(16, write) for code in answers) == {303: 16 * 12}
    assert session.scalar(select(func.count()).select_from(Book)) == 16 * 6
    assert sorted(session.scalars(select(Book.title))) == sorted(f"{n}.{t}" for n in range(16) for t in range(6))
    assert set(session.scalars(select(Author.bio))) == {f"{number}.5" for number in range(16)}


@pytest.mark.parametrize("way", ["edit", "retire", "delete"])
def test_two_administrators_who_demote_each_other(
    way: str, app: Flask, log_in: Callable[..., FlaskClient], session: Session
) -> None:
    """However it falls, one administrator is left."""
    for _ in range(4):
        pair = [make_user(session, role=Role.ADMIN), make_user(session, role=Role.ADMIN)]
        session.commit()
        senders = [Sender(log_in(user)) for user in pair]
        for sender in senders:
            sender.fresh_token()
        paths = [f"/users/{user.id}" for user in pair]
        start = Barrier(2)

        def demote(number: int, paths: Any = paths, senders: Any = senders, start: Any = start) -> int:
            start.wait(10)
            if way == "edit":
                fields = [("version", "1"), ("role", "viewer")]
                return senders[number].post(f"{paths[1 - number]}/edit", fields).status_code
            return senders[number].post(f"{paths[1 - number]}/delete", [("version", "1"), ("choice", way)]).status_code

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(demote, range(2)))
        session.expire_all()
        left = session.scalars(select(User).where(User.role == Role.ADMIN, User.is_active)).all()
        assert len(left) >= 1, answers
        assert set(answers) <= {303, 401, 403, 409, 422}, answers
        for user in left:
            user.role = Role.VIEWER
        session.commit()


def test_a_record_edited_while_it_is_deleted(crowd: Callable[..., Any], session: Session, engine: Engine) -> None:
    for _ in range(4):
        session.expunge_all()
        book = make_book(session)
        session.commit()
        key = book.id

        def work(number: int, sender: Sender, key: int = key) -> TestResponse:
            if number % 2:
                return sender.post(f"/books/{key}/delete", [("version", "1")])
            return sender.post(f"/books/{key}/edit", [("version", "1"), ("title", f"Title {number}")])

        answers = codes(crowd(6, work))
        assert set(answers) <= {303, 404, 409}
        assert answers[303] == 1


@pytest.mark.parametrize("entity", ["authors", "books", "posts", "tags", "users"])
def test_an_id_is_never_given_twice(entity: str, client: FlaskClient, session: Session, engine: Engine) -> None:
    """A form that was open while its record went must not be saved over the record that came after."""
    resource = ENTITIES[entity]
    first = make(session, resource)
    session.commit()
    key = first.id
    session.delete(first)
    session.commit()
    session.expunge_all()
    second = make(session, resource)
    session.commit()
    assert second.id != key
    answer = Sender(client).post(f"/{entity}/{key}/edit", [("version", "1"), (LABEL[entity], "stale")])
    assert answer.status_code == 404
