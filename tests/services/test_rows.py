"""Many rows with values of their own: what the database is given is what stands there and in history, or a sentence."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.book import Book, Format
from models.change import Change, ChangeSet
from models.post import Post
from models.user import Role, User
from services import bulk, snapshots
from services.rows import Edit
from services.unit_of_work import Conflict, Refused, unit_of_work
from tests.factories import make_author, make_book, make_isbn, make_tag, make_user

ISBN = make_isbn(920_000)
odd = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=20)


def written(session):
    session.expire_all()
    sets = select(ChangeSet.id).where(ChangeSet.kind == "bulk")
    return session.scalars(select(Change).where(Change.set_id.in_(sets)).order_by(Change.id)).all()


def add(model, columns, links=None):
    with unit_of_work() as working:
        bulk.changes.describe(working, "bulk", "added some")
        return bulk.add_columns(working, model, columns, links or {})


def change(model, *edits):
    with unit_of_work() as working:
        bulk.changes.describe(working, "bulk", "changed some")
        bulk.change_rows(working, model, edits)


@settings(max_examples=25)
@given(texts=st.lists(st.tuples(odd, st.none() | odd), min_size=1, max_size=5))
def test_every_text_arrives_as_it_is(site, texts):
    site.empty()
    with site.app.app_context(), unit_of_work() as working:
        author = make_author(working).id
        columns = {"title": [title for title, _ in texts], "description": [text for _, text in texts]}
        number = len(texts)
        bulk.add_columns(
            working, Book, {**columns, "price": [Decimal("1.50")] * number, "author_id": [author] * number}, {}
        )
        stored = working.execute(select(Book.title, Book.description).order_by(Book.id)).all()
        assert [tuple(row) for row in stored] == texts
        images = working.scalars(select(Change.after).where(Change.entity == "books").order_by(Change.id))
        assert [(image["title"], image["description"]) for image in images] == texts


def test_history_is_what_the_row_is(context, session):
    author, tags = make_user(session).id, sorted(make_tag(session).id for _ in range(2))
    moment = datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=UTC)
    columns = {"title": ["a", "b"], "slug": ["a", "b"], "author_id": [author] * 2, "publish_at": [moment, None]}
    ids = add(Post, columns, {"tags": [tags, []]})
    images = {change.record_id: change.after for change in written(session)}
    for post in session.scalars(select(Post).where(Post.id.in_(ids))):
        own = {name: snapshots.encode(getattr(post, name)) for name in snapshots.columns(Post)}
        assert images[post.id] == own | {"tags": sorted(tag.id for tag in post.tags)}
    assert {change.label for change in written(session)} == {"a", "b"}


def test_people_are_called_by_their_name_in_history(context, session):
    columns = {"username": ["ana", "bo"], "email": ["a@example.org", "b@example.org"], "name": ["Ana Kovač", None]}
    add(User, {**columns, "role": [Role.EDITOR, Role.VIEWER], "is_active": [True, False]})
    assert [(change.label, change.after["is_active"]) for change in written(session)] == [
        ("Ana Kovač", True),
        ("bo", False),
    ]
    assert session.scalars(select(User.name_key).order_by(User.id)).all() == ["ana kovac", "bo"]


def test_each_record_changes_to_values_of_its_own(context, session):
    one, two = (make_book(session, title=title, price=Decimal("5.00"), isbn=None) for title in ("One", "Two"))
    held = {"title": "One", "subtitle": None, "isbn": None, "price": Decimal("5.00"), "published_on": None}
    held["format"] = Format.PAPERBACK
    change(
        Book,
        Edit(one.id, 1, "One", held, {"title": "Éins", "published_on": date(2024, 2, 29)} | {"format": Format.AUDIO}),
        Edit(two.id, 1, "Two", held | {"title": "Two"}, {"price": Decimal("7.50")}),
    )
    session.expire_all()
    assert (one.title, one.title_key, one.search_key, one.version) == ("Éins", "eins", " eins\n", 2)
    assert (one.format, one.published_on, one.updated_at > one.created_at) == (Format.AUDIO, date(2024, 2, 29), True)
    assert (two.price, two.title_key, two.version) == (Decimal("7.50"), "two", 2)
    assert [(c.label, c.fields, c.version) for c in written(session)] == [
        ("Éins", "format,published_on,title", 2),
        ("Two", "price", 2),
    ]


def test_a_record_that_moved_on_is_a_conflict_and_nothing_changes(context, session):
    one, two = make_book(session, price=5), make_book(session, price=5)
    two.pages = 7
    session.flush()
    held = {"price": Decimal("5.00")}
    with pytest.raises(Conflict):
        change(Book, *(Edit(book.id, 1, "", held, {"price": Decimal("6.00")}) for book in (one, two)))
    session.expire_all()
    assert (one.price, two.price, written(session)) == (5, 5, [])


@pytest.mark.parametrize(
    ("columns", "message", "field"),
    [
        ({"isbn": [ISBN]}, "Already taken.", "isbn"),
        ({"title": [None]}, "This must not be empty.", "title"),
        ({"price": [Decimal("-1.00")]}, "This value is not allowed here.", "price"),
    ],
)
def test_what_the_database_refuses_is_said_in_words(context, session, columns, message, field):
    author = make_book(session, isbn=ISBN).author_id
    with pytest.raises(Refused) as refusal:
        add(Book, {"title": ["a"], "price": [Decimal("1.00")], "author_id": [author]} | columns)
    assert (refusal.value.message, refusal.value.field) == (message, field)
    held = {"title": "", "subtitle": None, "isbn": None, "price": None, "author_id": author}
    book = make_book(session)
    with pytest.raises(Refused) as refusal:
        change(Book, Edit(book.id, 1, "", held, {name: value for name, (value,) in columns.items()}))
    assert refusal.value.message == message
