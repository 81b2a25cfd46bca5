"""History: every write leaves its rows in the same transaction; nothing alters them or is written around them."""

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from models.author import Author
from models.book import Book
from models.change import Change, ChangeSet
from models.post import Post
from models.tag import Tag
from models.user import User
from services import bulk, changes
from services.unit_of_work import Refused, unit_of_work
from tests.factories import make_author, make_book, make_post, make_tag, make_user


def last_set(session):
    return session.scalars(select(ChangeSet).order_by(ChangeSet.id.desc()).limit(1)).one()


def rows_of(session, change_set):
    return session.scalars(select(Change).where(Change.set_id == change_set.id).order_by(Change.id)).all()


def test_a_creation_keeps_all_values(context):
    with unit_of_work() as session:
        session.add(Author(name="Jane Austen", email="jane@example.org"))
    [change] = rows_of(context, last_set(context))
    assert (change.entity, change.action, change.label, change.version) == ("authors", "insert", "Jane Austen", 1)
    assert change.before is None
    assert change.after["email"] == "jane@example.org"
    assert "email_key" not in change.after
    assert last_set(context).sentence == "created the author Jane Austen"


def test_an_edit_keeps_what_changed_and_nothing_else(context):
    with unit_of_work() as session:
        author = make_author(session, name="Jane")
    with unit_of_work() as session:
        session.get(Author, author.id).country = "NL"
    [change] = rows_of(context, last_set(context))
    assert (change.before, change.after, change.fields) == ({"country": None}, {"country": "NL"}, "country")
    assert change.version == 2


def test_a_deletion_keeps_the_record_whole(context):
    with unit_of_work() as session:
        tag = make_tag(session, name="misc")
    with unit_of_work() as session:
        session.delete(session.get(Tag, tag.id))
    [change] = rows_of(context, last_set(context))
    assert (change.action, change.before["name"], change.after) == ("delete", "misc", None)


def test_tags_are_kept_as_added_and_removed(context):
    with unit_of_work() as session:
        old, new = make_tag(session), make_tag(session)
        post = make_post(session, tags=[old])
    with unit_of_work() as session:
        held = session.get(Post, post.id)
        held.tags = [session.get(Tag, new.id)]
        held.title = "Another"
    [change] = rows_of(context, last_set(context))
    assert change.before["tags"] == [old.id]
    assert change.after["tags"] == [new.id]


def test_a_secret_is_never_kept(context):
    with unit_of_work() as session:
        user = make_user(session)
    with unit_of_work() as session:
        session.get(User, user.id).password_hash = "$argon2id$do-not-keep"
    [change] = rows_of(context, last_set(context))
    assert change.after == {"password_hash": changes.HIDDEN}
    assert "argon2" not in str(context.scalars(select(Change.after)).all())


def test_one_unit_of_work_is_one_set(context):
    with unit_of_work() as session:
        changes.describe(session, "bulk", "did several things", "books")
        book = make_book(session)
        bulk.change(session, Book, Book.id == book.id, {"price": 3})
        set_id = changes.plan_of(session).set_id
    found = last_set(context)
    assert (found.id, found.kind, found.sentence) == (set_id, "bulk", "did several things")
    assert {change.step for change in rows_of(context, found)} == {1, 2, 3}
    assert changes.written(context()) == set_id


def test_who_wrote_it_is_kept(context):
    changes.attribute(context(), changes.Author(7, "Ana Kovač", "abc123"))
    with unit_of_work() as session:
        make_tag(session)
    found = last_set(context)
    assert (found.actor_id, found.actor, found.request_id) == (7, "Ana Kovač", "abc123")


def test_an_edit_that_changes_nothing_leaves_nothing(context):
    with unit_of_work() as session:
        tag = make_tag(session, name="misc")
    before = last_set(context).id
    with unit_of_work() as session:
        session.get(Tag, tag.id).name = "misc"
    assert last_set(context).id == before
    assert changes.written(context()) is None


def test_what_was_rolled_back_was_never_written(context):
    def half():
        with unit_of_work() as session:
            make_tag(session)
            raise LookupError

    with pytest.raises(LookupError):
        half()
    assert context.scalar(select(ChangeSet.id)) is None
    assert context.scalar(select(Tag.id)) is None


def test_without_history_there_is_no_change(context, monkeypatch):
    def broken(*_):
        raise RuntimeError("history cannot be written")

    monkeypatch.setattr(changes, "row", broken)
    with pytest.raises(RuntimeError), unit_of_work() as session:
        make_tag(session)
    assert context.scalar(select(Tag.id)) is None


def test_a_refused_history_row_takes_the_edit_with_it(context):
    """The database itself refuses the row of history: the edit is not there either."""
    with unit_of_work() as session:
        author_id = make_author(session, name="Jane").id

    def edit():
        with unit_of_work() as session:
            session.get(Author, author_id).name = "Joan"
            changes.describe(session, "save", undoes=2**40)  # a reference that leads nowhere

    with pytest.raises(Refused):
        edit()
    assert context.get(Author, author_id).name == "Jane"


@pytest.mark.parametrize("table", ["changes", "change_sets"])
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_history_is_append_only(context, table, verb):
    with unit_of_work() as session:
        make_tag(session)
    column = {"changes": "label", "change_sets": "sentence"}[table]
    statement = f"UPDATE {table} SET {column} = 'x'" if verb == "update" else f"DELETE FROM {table}"
    with pytest.raises(DatabaseError, match="append-only"):
        context.execute(text(statement))
    context.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        update(Book).values(price=1),
        delete(Book),
        insert(Tag).values(name="x", name_key="x", sort_key="x", search_key="x", version=1),
        update(Book.__table__).values(price=1),
        delete(Tag.__table__),
    ],
    ids=["update", "delete", "insert", "core update", "core delete"],
)
def test_bulk_statements_elsewhere_are_refused(context, statement):
    with pytest.raises(changes.Unrecorded):
        context.execute(statement)


def test_a_savepoint_does_not_end_the_set(context):
    with unit_of_work() as session:
        make_tag(session)
        with session.begin_nested():
            make_tag(session)
        make_tag(session)
    assert len(context.scalars(select(ChangeSet)).all()) == 1
    assert len(rows_of(context, last_set(context))) == 3
