"""Many people at once on a real server of several threads (on PostgreSQL, of two processes): one wins, nobody loses.

`make soak` runs them with fifty editors in twenty rounds, a hundred creations and sixteen writers of four hundred
records each; `make test` with a few. More races, without a server between, are in tests/hostile/test_races.py.
"""

import os
from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.author import Author
from models.book import Book
from tests.factories import make_author, make_book, make_isbn, make_user
from tests.forms import Document
from tests.soak import replay
from tests.soak.servers import Person, Server, at_once, cookie_of

EDITORS = int(os.environ.get("SOAK_EDITORS", "8"))
ROUNDS = int(os.environ.get("SOAK_ROUNDS", "2"))
CREATIONS = int(os.environ.get("SOAK_CREATIONS", "12"))
WRITES = int(os.environ.get("SOAK_WRITES", "3"))
WRITERS = 16


def test_races(site, app, session, engine, kind):
    cookies = [cookie_of(app, engine, make_user(session, role="editor").id) for _ in range(4)]
    server = Server(site.database.url, **({"WEB_CONCURRENCY": "2"} if kind == "postgresql" else {}))
    server.start()

    def people(number):
        return [Person(server, cookies[place % len(cookies)]) for place in range(number)]

    try:
        for turn in range(ROUNDS):
            one_editor_wins_and_the_others_keep_their_text(people(EDITORS), engine, turn)
        one_isbn_is_entered_by_many(people(CREATIONS), engine)
        for _ in range(ROUNDS):
            no_book_is_left_without_its_author(people(8), engine)
        for turn in range(ROUNDS):
            one_form_sent_twice_is_one_record(people(1)[0], engine, turn)
        sixteen_writers_lose_nothing(people(WRITERS), engine)
    finally:
        server.kill()
    with Session(engine) as fresh:
        assert replay.difference(fresh) == []


def made(engine, make, **values):
    """The id of a new record, committed."""
    with Session(engine) as session:
        key = make(session, **values).id
        session.commit()
    return key


def one_editor_wins_and_the_others_keep_their_text(people, engine, turn):
    key = made(engine, make_author, name=f"Round {turn}")

    def edit(number, person, start):
        values = {"name": f"Name {turn} of {number}", "bio": f"Life {turn}.{number}."}
        fields = person.filled(f"/authors/{key}/edit", values)
        start.wait()
        return person.send(f"/authors/{key}/edit", fields)

    answers = at_once(people, edit)
    assert Counter(status for status, _ in answers) == {303: 1, 409: len(people) - 1}
    winner = next(number for number, (status, _) in enumerate(answers) if status == 303)
    with Session(engine) as fresh:
        author = fresh.get_one(Author, key)
        assert (author.version, author.name) == (2, f"Name {turn} of {winner}")
    for number, (status, page) in enumerate(answers):
        if status == 409:
            form = Document(page).form("name", "bio")
            assert form.value("name") == f"Name {turn} of {number}"
            assert (form.value("bio") or "").strip() == f"Life {turn}.{number}."


def one_isbn_is_entered_by_many(people, engine):
    author, isbn = made(engine, make_author), make_isbn()

    def create(number, person, start):
        values = {"title": f"Title {number}", "isbn": isbn, "author": author, "price": "1"}
        fields = person.filled("/books/new", values)
        start.wait()
        return person.send("/books/new", fields)

    answers = at_once(people, create)
    codes = Counter(status for status, _ in answers)
    assert codes[303] == 1
    assert codes[409] + codes[422] == len(people) - 1, codes
    with Session(engine) as fresh:
        winner = fresh.scalars(select(Book).where(Book.isbn == isbn)).one()
        assert all(f"/books/{winner.id}" in page and winner.title in page for code, page in answers if code != 303)


def no_book_is_left_without_its_author(people, engine):
    author = made(engine, make_author)
    made(engine, make_book, author_id=author)

    def work(number, person, start):
        if number == 0:
            path, values = f"/authors/{author}/delete", {"choice": "delete"}
        else:
            path, values = "/books/new", {"title": f"New {number}", "author": author, "price": "1"}
        fields = person.filled(path, values)
        start.wait()
        return person.send(path, fields)[0]

    deletion, *additions = at_once(people, work)
    assert deletion in {303, 409}
    assert set(additions) <= {303, 422}
    with Session(engine) as fresh:
        there = fresh.get(Author, author) is not None
        left = fresh.scalar(select(func.count()).select_from(Book).where(Book.author_id == author))
    assert there == (deletion == 409)
    assert left == (additions.count(303) + 1 if there else 0)


def one_form_sent_twice_is_one_record(person, engine, turn):
    """A double click: both get the answer of the one that was written."""
    fields = person.filled("/authors/new", {"name": f"Twice {turn}"})

    def click(number, twin, start):
        start.wait()
        return twin.send("/authors/new", fields)

    answers = at_once([Person(person.server, person.cookie) for _ in range(3)], click)
    with Session(engine) as fresh:
        key = fresh.scalars(select(Author.id).where(Author.name == f"Twice {turn}")).one()
    assert answers == [(303, f"/authors/{key}")] * 3


def sixteen_writers_lose_nothing(people, engine):
    authors = [made(engine, make_author, name=f"Writer {number}") for number in range(len(people))]

    def write(number, person, start):
        start.wait()
        for turn in range(WRITES):
            values = {"title": f"Book {number}.{turn}", "author": authors[number], "price": "1"}
            assert person.fill_in("/books/new", values)[0] == 303
            assert person.fill_in(f"/authors/{authors[number]}/edit", {"bio": f"{number}.{turn}"})[0] == 303
        return person.answers

    answers = sum(at_once(people, write), Counter())
    assert answers == {200: 2 * WRITERS * WRITES, 303: 2 * WRITERS * WRITES}
    with Session(engine) as fresh:
        titles = fresh.scalars(select(Book.title).where(Book.author_id.in_(authors))).all()
        assert sorted(titles) == sorted(f"Book {n}.{t}" for n in range(WRITERS) for t in range(WRITES))
        assert set(fresh.scalars(select(Author.bio).where(Author.id.in_(authors)))) == {
            f"{number}.{WRITES - 1}" for number in range(WRITERS)
        }
