"""Many rows by one statement: versions, times and keys move on in every row, and only in those."""

import pytest
from sqlalchemy import inspect, text, update

from models.author import Author
from models.book import Book, Status
from models.change import Change
from services import aside, bulk, changes
from services.unit_of_work import unit_of_work
from tests.factories import make_author, make_book
from tests.recorder import recorded


@pytest.fixture
def shelf(session):
    """Two authors, with five books and one."""
    one, two = make_author(session, name="Zola"), make_author(session, name="Woolf")
    for _ in range(5):
        make_book(session, author=one)
    make_book(session, author=two)
    return one.id, two.id


def test_books_move_to_another_author(shelf, context, session):
    one, two = shelf
    with unit_of_work() as opened:
        assert bulk.move(opened, Book.author_id, one, two) == 5
    session.expire_all()
    books = session.query(Book).order_by(Book.id).all()
    assert {book.author_id for book in books} == {two}
    assert [book.version for book in books] == [2] * 5 + [1]
    assert all(book.updated_at > book.created_at for book in books[:5])


def test_a_change_is_made_where_something_differs(shelf, context, session):
    with unit_of_work() as opened:
        opened.get(Book, 1).status = Status.ACTIVE
    with unit_of_work() as opened:
        assert bulk.change(opened, Book, Book.author_id == shelf[0], {"status": Status.ACTIVE}) == 4
    session.expire_all()
    assert {(book.status, book.version) for book in session.query(Book).filter_by(author_id=shelf[0])} == {
        (Status.ACTIVE, 2)
    }


def test_keys_follow_a_changed_text(shelf, context, session):
    with unit_of_work() as opened:
        bulk.change(opened, Book, Book.author_id == shelf[0], {"title": "Émile & co"})
    session.expire_all()
    [key] = {(book.title_key, book.search_key) for book in session.query(Book).filter_by(author_id=shelf[0])}
    assert key == ("emile & co", " emile & co\n")


def test_rows_go_by_one_statement_and_stay_in_history(shelf, context, session, engine):
    with recorded(engine) as seen, unit_of_work() as opened:
        assert bulk.remove(opened, Book, Book.author_id == shelf[0]) == 5
    assert len(seen) <= 5, seen
    assert session.query(Book).count() == 1
    gone = session.query(Change).filter_by(entity="books", action="delete").all()
    assert {change.record_id for change in gone} == {1, 2, 3, 4, 5}
    assert all(change.before["author_id"] == shelf[0] for change in gone)


@pytest.mark.parametrize(("author", "left"), [(0, 1), (1, 5)], ids=["most of a table", "some of it"])
def test_what_is_left_of_a_large_table_is_in_its_indexes_and_its_search(
    shelf, context, session, engine, monkeypatch, author, left
):
    monkeypatch.setattr(aside, "LARGE", 1)

    def schema():
        found = inspect(engine)
        return sorted((one["name"], *one["column_names"]) for one in found.get_indexes("books"))

    before = schema()
    with unit_of_work() as opened:
        bulk.remove(opened, Book, Book.author_id == shelf[author])
    assert schema() == before
    assert session.query(Book).filter(Book.author_id == shelf[1 - author]).count() == left
    make_book(session, title="Another one")
    if engine.dialect.name == "sqlite":  # which compares them, and raises when they differ
        session.execute(text("INSERT INTO books_search (books_search, rank) VALUES ('integrity-check', 1)"))


def test_rows_are_added_with_keys_versions_and_defaults(context, session):
    with unit_of_work() as opened:
        rows = ({"name": f"Émile {n}", "sort_name": f"Émile {n}"} for n in range(3))
        assert bulk.add(opened, Author, rows) == 3
    authors = session.query(Author).all()
    assert {author.sort_key for author in authors} == {f"emile {n}" for n in range(3)}
    assert {(author.version, author.status) for author in authors} == {(1, "active")}
    make_author(session)
    assert session.query(Author).count() == 4


def test_nothing_to_do_is_nothing(shelf, context, session):
    with unit_of_work() as opened:
        assert bulk.move(opened, Book.author_id, 99999, shelf[0]) == 0
        assert bulk.remove(opened, Book, Book.id < 0) == 0
    session.expire_all()
    assert {book.version for book in session.query(Book)} == {1}


def test_bulk_statements_elsewhere_are_refused(shelf, context):
    def work():
        with unit_of_work() as opened:
            opened.execute(update(Book).values(price=0))

    with pytest.raises(changes.Unrecorded, match=r"services/bulk\.py"):
        work()
