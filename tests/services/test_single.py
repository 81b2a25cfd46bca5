"""A record that is flushed alone goes another way than many: what stands in the tables afterwards is the same."""

from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from models.author import Author, Status
from models.book import Book, Format
from models.change import Change, ChangeSet
from models.post import Post
from models.tag import Tag
from models.user import Role, User
from services import single
from services.unit_of_work import Conflict, Refused, unit_of_work
from tests.factories import make_author, make_book, make_post, make_tag, make_user

MODELS = [Author, Book, Post, Tag, User]
THEN = datetime(2026, 3, 1, 9, 30, 15, 5, tzinfo=UTC)
CREATED = {
    Author: {"name": "Ursula K. Le Guin", "email": "ursula@example.org"},
    Book: {"title": "Émile", "price": Decimal("12.5"), "isbn": "9780306406157", "published_on": date(1762, 5, 22)},
    Post: {"title": "News", "slug": "news", "publish_at": THEN},
    Tag: {"name": "Poetry"},
    User: {"username": "ana", "email": "Ana@example.org", "role": Role.EDITOR, "password_hash": "secret"},
}
CHANGED = {
    Author: {"name": "Ursula Le Guin", "status": Status.INACTIVE, "email": None},
    Book: {"price": Decimal("7.00"), "title": "Emma", "format": Format.AUDIO, "published_on": None},
    Post: {"slug": "new", "publish_at": None},
    Tag: {"name": "poetry"},
    User: {"username": "ana", "password_hash": "other", "is_active": False, "age": 30},
}


@contextmanager
def left_to_the_orm():
    event.remove(Session, "before_flush", single.write_alone)
    try:
        yield
    finally:
        event.listen(Session, "before_flush", single.write_alone, insert=True)


def row_of(record):
    """What the record's row holds, beside what differs each time."""
    names = inspect(type(record)).column_attrs.keys()
    return {name: getattr(record, name) for name in names if name not in ("id", "created_at", "updated_at")}


def life_of(model, parents):
    """The rows of a record that is created, changed and deleted, and what history says of it all."""
    seen = []
    with unit_of_work() as session:
        record = model(**CREATED[model], **parents)
        session.add(record)
        session.flush()
        key = record.id
        session.expire_all()
        seen.append(row_of(record))
    with unit_of_work() as session:
        record = session.get_one(model, key)
        before = row_of(record), record.updated_at
        for name, value in CHANGED[model].items():
            setattr(record, name, value)
        session.flush()
        assert record.updated_at > before[1]
        session.expire_all()
        seen.append(row_of(record))
    with unit_of_work() as session:
        session.delete(session.get_one(model, key))
        session.flush()
        assert session.get(model, key) is None
    parts = [c for c in Change.__table__.columns if c.name not in ("id", "set_id", "record_id", "before", "after")]
    history = select(*parts, Change.before, Change.after, ChangeSet.kind, ChangeSet.sentence, ChangeSet.entity)
    rows = session.execute(history.join(Change.change_set).where(Change.record_id == key).order_by(Change.id)).all()
    return seen, [without_times(row._asdict()) for row in rows if row.entity == model.__tablename__]


def without_times(row):
    for image in (row["before"], row["after"]):
        (image or {}).pop("created_at", None)
    return row


@pytest.mark.parametrize("model", MODELS)
def test_a_record_alone_and_one_that_the_orm_writes_leave_the_same(context, queries, model):
    with unit_of_work() as session:
        parents = {Book: make_author, Post: make_user}
        given = {"author_id": parents[model](session).id} if model in parents else {}
    alone = life_of(model, given)
    with left_to_the_orm():
        assert alone == life_of(model, given)
    assert [row["action"] for row in alone[1]] == ["insert", "update", "delete"]


def writes(statements):
    return [sql for sql in statements if not sql.lstrip().startswith("SELECT")]


def test_a_record_and_its_history_are_one_statement(context, queries, kind):
    with unit_of_work() as session:
        book = make_book(session)
    with queries() as seen, unit_of_work() as session:
        session.get_one(Book, book.id).pages = 5
    assert len(writes(seen)) == {"postgresql": 1, "sqlite": 3}[kind], seen


def test_the_second_record_of_a_unit_of_work_goes_into_its_change_set(context):
    with unit_of_work() as session:
        for name in ("Poetry", "Prose"):
            session.add(Tag(name=name))
            session.flush()
    assert session.scalars(select(Change.step).join(Change.change_set).order_by(Change.id)).all() == [1, 2]
    assert len(session.scalars(select(ChangeSet)).all()) == 1


def test_a_record_that_was_changed_meanwhile_is_a_conflict_and_leaves_no_trace(context, session):
    book = make_book(session)
    before = session.query(Change).count(), session.query(ChangeSet).count()

    def overtaken(write):
        with unit_of_work() as own:
            stale = own.get_one(Book, book.id)
            own.connection().execute(Book.__table__.update().values(version=7))
            write(own, stale)

    for write in (lambda own, stale: setattr(stale, "title", "Mine"), lambda own, stale: own.delete(stale)):
        with pytest.raises(Conflict):
            overtaken(write)
    assert (session.query(Change).count(), session.query(ChangeSet).count()) == before
    session.expire_all()
    assert session.get_one(Book, book.id).version == 1


@pytest.mark.parametrize(
    ("values", "field"), [({"name": "POETRY"}, "name"), ({"name": None}, "name"), ({"name": "x" * 60}, None)]
)
def test_what_the_database_refuses_is_said_of_the_field_and_can_be_tried_again(context, session, kind, values, field):
    make_tag(session, name="poetry")
    changed = make_tag(session, name="prose").id
    if "x" in (values["name"] or "") and kind == "sqlite":
        values, field = {"name": "Poetry"}, "name"  # SQLite keeps texts of any length
    for again in range(2):
        with pytest.raises(Refused) as refused, unit_of_work() as own:
            own.add(Tag(**values)) if again else setattr(own.get_one(Tag, changed), "name", values["name"])
        assert refused.value.field == field
        assert (refused.value.clash is not None) == (values["name"] or "").startswith(("P", "p"))
    with unit_of_work() as own:
        own.add(Tag(name="drama"))
    assert sorted(session.scalars(select(Tag.name))) == ["drama", "poetry", "prose"]


def test_a_record_that_others_need_stays(context, session):
    user = make_post(session).author_id

    def remove():
        with unit_of_work() as own:
            own.delete(own.get_one(User, user))

    with pytest.raises(Refused, match="needs this record"):
        remove()
    assert session.get(User, user) is not None


def test_what_is_not_a_column_of_the_record_is_left_to_the_orm(context):
    with unit_of_work() as session:
        post = make_post(session)
        tag = make_tag(session)
    with unit_of_work() as session:
        held = session.get_one(Post, post.id)
        held.tags = [session.get_one(Tag, tag.id)]
        held.title = "New"
        session.flush()
        change = session.scalars(select(Change).order_by(Change.id.desc()).limit(1)).one()
        assert (change.after["title"], change.after["tags"]) == ("New", [tag.id])


def test_a_record_can_be_changed_again_after_a_flush(context, session):
    key = make_book(session, title="One").id
    with unit_of_work() as own:
        book = own.get_one(Book, key)
        for title in ("Two", "Three"):
            book.title = title
            own.flush()
        assert book.version == 3
    edits = select(Change).where(Change.entity == "books", Change.action == "update").order_by(Change.id)
    rows = [(row.before["title"], row.after["title"], row.step) for row in session.scalars(edits)]
    assert rows == [("One", "Two", 1), ("Two", "Three", 2)]
