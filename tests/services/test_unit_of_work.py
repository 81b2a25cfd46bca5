"""One POST, one transaction: all or nothing, and what the database refuses becomes a sentence for a field."""

from decimal import Decimal

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from models.author import Author
from models.book import Book
from models.post import Post
from models.tag import Tag
from models.user import User
from services.unit_of_work import Clash, Conflict, Refused, unit_of_work
from tests.factories import make_author, make_book, make_post, make_tag, make_user


@pytest.fixture
def unit(context):
    """Units of work in an application context."""
    return unit_of_work


def test_it_commits_at_the_end(unit, session):
    with unit() as opened:
        make_author(opened, name="Zola")
    assert session.query(Author).count() == 1


class Stopped(Exception):
    pass


@pytest.mark.parametrize("error", [Stopped, KeyboardInterrupt, SystemExit])
def test_whatever_is_raised_takes_everything_back(unit, session, error):
    def work():
        with unit() as opened:
            make_author(opened)
            opened.flush()
            raise error

    with pytest.raises(error):
        work()
    assert session.query(Author).count() == 0
    with unit() as opened:
        make_author(opened)
    assert session.query(Author).count() == 1


def refused(unit, work) -> Refused:
    with pytest.raises(Refused) as caught, unit() as opened:
        work(opened)
    return caught.value


TAKEN = [
    (make_book, {"isbn": "9780306406157"}, {"isbn": "9780306406157"}, "isbn", "isbn", Book),
    (make_author, {"email": "a@example.org"}, {"email": "A@EXAMPLE.org"}, "email", "email_key", Author),
    (make_user, {"username": "ana"}, {"username": "ANA", "email": "x@example.org"}, "username", "username_key", User),
    (make_user, {"email": "a@example.org"}, {"email": "A@example.org"}, "email", "email_key", User),
    (make_post, {"slug": "one"}, {"slug": "one"}, "slug", "slug", Post),
    (make_tag, {"name": "Poetry"}, {"name": " POETRY "}, "name", "name_key", Tag),
]


@pytest.mark.parametrize(
    ("factory", "first", "second", "field", "column", "model"), TAKEN, ids=[f"{t[5].__name__}.{t[3]}" for t in TAKEN]
)
def test_a_duplicate_names_field_and_value(unit, session, factory, first, second, field, column, model):
    factory(session, **first)
    problem = refused(unit, lambda opened: factory(opened, **second))
    assert (problem.field, problem.message) == (field, "Already taken.")
    value = getattr(session.query(model).filter(getattr(model, field) == first[field]).one(), column)
    assert problem.clash == Clash(model, column, value)


def test_a_duplicate_by_a_change_is_told_the_same(unit, session):
    make_book(session, isbn="9780306406157")
    other = make_book(session).id

    def change(opened):
        opened.get(Book, other).isbn = "9780306406157"

    problem = refused(unit, change)
    assert (problem.field, problem.clash) == ("isbn", Clash(Book, "isbn", "9780306406157"))


def test_a_check_names_its_field(unit):
    problem = refused(unit, lambda opened: make_book(opened, price=Decimal("-1")))
    assert (problem.field, problem.clash) == ("price", None)
    assert refused(unit, lambda opened: make_book(opened, pages=0)).field == "pages"
    assert refused(unit, lambda opened: make_user(opened, age=200)).field == "age"


def test_a_reference_to_nobody_is_refused(unit, engine):
    problem = refused(unit, lambda opened: make_book(opened, author_id=99999))
    assert "does not exist any more" in problem.message
    if engine.dialect.name == "postgresql":  # SQLite does not say which
        assert problem.field == "author"


def test_a_record_that_others_need_is_refused(unit, session):
    make_post(session)

    def remove(opened):
        opened.delete(opened.query(User).one())

    problem = refused(unit, remove)
    assert problem.field is None
    assert "needs this record" in problem.message
    assert session.query(User).count() == 1


def test_a_version_that_has_moved_on_is_a_conflict(unit, session):
    book = make_book(session)

    def work():
        with unit() as opened:
            mine = opened.get(Book, book.id)
            opened.connection().execute(update(Book.__table__).values(version=7))
            mine.title = "mine"

    with pytest.raises(Conflict):
        work()
    session.expire_all()
    assert session.get(Book, book.id).version == 1


def test_a_failure_of_the_database_is_not_swallowed(unit):
    def work():
        with unit() as opened:
            opened.execute(text("SELECT * FROM nothing_there"))

    with pytest.raises((OperationalError, ProgrammingError)):
        work()


def test_it_begins_anew_whatever_was_read_before(unit, session, context):
    book = make_book(session, title="old")
    assert context().get(Book, book.id).title == "old"
    book.title = "new"
    session.flush()
    with unit() as opened:
        assert opened.get(Book, book.id).title == "new"
