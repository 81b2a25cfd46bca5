"""A generated catalogue: everything fits together, whatever was there before, and nothing is left of a broken run."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from demo import invented
from demo.generate import generate
from demo.load import load
from models.author import Author
from models.base import derive, now
from models.book import Book, Format
from models.post import Post
from models.post import Status as Progress
from models.rules import isbn13
from models.tag import Tag, post_tags
from models.user import Profile, Role, User
from services.unit_of_work import unit_of_work
from tests.factories import make_author, make_book

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BOOKS = 600
PAGES = (
    *("/", "/authors/?per_page=200", "/authors/?sort=email", "/users/?sort=-last_login_at", "/posts/?sort=author"),
    *("/books/?sort=price", "/books/?sort=-published_on", "/books/?q=lighthouse", "/posts/?q=notes", "/users/?q=al"),
)


def add(app, books=BOOKS, **settings):
    with app.app_context(), unit_of_work() as work:
        return generate(work, books, **settings)


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def structure(session):
    """Every index, reference and trigger as the database knows it."""
    if session.get_bind().dialect.name == "sqlite":
        statement = "SELECT sql FROM sqlite_master WHERE type IN ('index', 'trigger') ORDER BY name"
    else:
        statement = (
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION "
            "SELECT conrelid::regclass || conname || convalidated || pg_get_constraintdef(oid) FROM pg_constraint "
            "ORDER BY 1"
        )
    return session.scalars(text(statement)).all()


def search_is_in_step(session):
    """SQLite compares its search tables with the rows they stand for, and raises when they differ."""
    if session.get_bind().dialect.name == "sqlite":
        for table in ("authors", "books", "users", "posts", "tags"):
            check = f"INSERT INTO {table}_search ({table}_search, rank) VALUES ('integrity-check', 1)"
            session.execute(text(check))
    return True


def test_it_says_what_it_wrote(app, session):
    written = add(app)
    models = {"authors": Author, "books": Book, "users": User, "profiles": Profile, "tags": Tag, "posts": Post}
    assert {name: count(session, model) for name, model in models.items()} == {
        name: rows for name, rows in written.items() if name != "post_tags"
    }
    assert count(session, post_tags) == written["post_tags"]
    assert (written["books"], written["authors"], written["posts"]) == (600, 50, 30)


@pytest.mark.parametrize("model", [Author, Book, User, Post, Tag], ids=lambda model: model.__tablename__)
def test_rows_are_as_the_models_would_have_made_them(app, session, model):
    add(app)
    parts = {part for _, names in model.__keys__.values() for part in names}
    for record in session.scalars(select(model)):
        derived = derive(model, {part: getattr(record, part) for part in parts})
        assert {key: getattr(record, key) for key in derived} == derived
        assert record.version == 1
        assert record.created_at <= record.updated_at <= now()


def test_books_obey_their_rules(app, session):
    add(app)
    books = session.scalars(select(Book)).all()
    isbns = [book.isbn for book in books if book.isbn]
    assert [isbn13(isbn) for isbn in isbns] == isbns
    assert len(set(isbns)) == len(isbns) > 550
    assert all(book.price % 1 == 0 for book in books if book.currency == "JPY")
    assert all((book.pages is None) is (book.format is Format.AUDIO) for book in books)


def test_few_authors_have_many_books_and_everyone_has_one(app, session):
    add(app)
    shares = session.scalars(select(func.count()).select_from(Book).group_by(Book.author_id)).all()
    assert len(shares) == count(session, Author)
    assert max(shares) > 2 * BOOKS / len(shares)


def test_only_who_may_write_has_written_and_nobody_became_an_administrator(app, session):
    add(app)
    assert set(session.scalars(select(User.role).join(Post, Post.author_id == User.id))) <= {
        Role.CONTRIBUTOR,
        Role.EDITOR,
    }
    assert session.scalar(select(func.count()).where(User.role == Role.ADMIN)) == 0


def test_posts_are_out_or_planned_as_their_status_says(app, session):
    add(app, 3_000)
    for status, publish_at, published_at in session.execute(select(Post.status, Post.publish_at, Post.published_at)):
        assert (publish_at is not None) is (status is Progress.SCHEDULED)
        assert (published_at is not None) is (status in (Progress.PUBLISHED, Progress.ARCHIVED))
        assert publish_at is None or publish_at > now() - timedelta(minutes=5)


def test_pages_show_it(app, client):
    add(app, 2_000)
    assert {path: client.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)


def test_the_search_finds_it(app, client, session):
    add(app)
    title = session.scalar(select(Book.title).order_by(Book.id.desc()).limit(1))
    assert title in client.get("/books/", query_string={"q": f'"{title}"'}).text
    assert search_is_in_step(session)


def test_indexes_and_triggers_are_the_same_afterwards(app, session):
    before = structure(session)
    add(app)
    assert structure(session) == before


@pytest.mark.parametrize("books", [5, 100, 900], ids=["few more", "some more", "doubled"])
def test_it_goes_on_where_the_catalogue_ends(app, session, books):
    with app.app_context(), unit_of_work() as work:
        load(work)
    before = structure(session)
    for _ in range(2):
        add(app, books)
    assert count(session, Book) == 208 + 2 * books
    assert search_is_in_step(session)
    assert structure(session) == before
    titles = session.scalars(select(Book.title).where(Book.isbn.startswith("9798")).order_by(Book.id)).all()
    assert titles[: books // 2] != titles[-books // 2 :]


def test_the_application_goes_on_behind_it(app, session):
    """Also where a connection holds ids in advance, as each one does on PostgreSQL, and when these are used up."""
    make_book(session)
    add(app, 50)
    assert len({make_author(session).id for _ in range(120)}) == 120
    assert make_book(session).title


def test_tags_that_are_there_are_used(app, session):
    session.add(Tag(name="POETRY"))
    session.flush()
    written = add(app)
    assert written["tags"] == 47
    assert session.scalar(select(func.count()).where(func.lower(Tag.name) == "poetry").select_from(Tag)) == 1


def test_the_same_seed_makes_the_same_rows(app, session, site):
    def rows():
        session.expire_all()
        return session.execute(select(Book.title, Book.isbn, Book.price, Book.created_at).order_by(Book.id)).all()

    add(app, 100, seed=7, moment=NOON)
    first = rows()
    session.close()
    site.empty()
    add(app, 100, seed=7, moment=NOON)
    assert rows() == first
    session.close()
    site.empty()
    add(app, 100, seed=8, moment=NOON)
    assert rows() != first


@pytest.mark.parametrize("stage", ["books", "post_tags", "indexes"])
def test_an_interrupted_run_leaves_nothing(app, session, stage):
    def interrupt(what, done, of):
        if what == stage:
            raise KeyboardInterrupt

    before = structure(session)
    with pytest.raises(KeyboardInterrupt):
        add(app, report=interrupt)
    assert [count(session, model) for model in (Author, Book, User, Post, Tag)] == [0] * 5
    assert structure(session) == before
    assert add(app)["books"] == BOOKS


@pytest.mark.parametrize("books", [0, -1, invented.ISBN_ROOM + 1])
def test_an_impossible_number_is_refused(app, books):
    with pytest.raises(ValueError, match="can be added"):
        add(app, books)
