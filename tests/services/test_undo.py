"""Undo: exactly one change set, whole, or what stands against it by name."""

from decimal import Decimal

import pytest
from sqlalchemy import inspect, select

from models.author import Author
from models.base import Record
from models.book import Book
from models.change import Change, ChangeSet
from models.post import Post
from models.tag import Tag
from models.user import Profile, Role, User
from services import bulk, changes, undo
from services.undo import Hindered
from services.unit_of_work import Refused, unit_of_work
from tests.factories import make_author, make_book, make_isbn, make_post, make_profile, make_tag, make_user


def permit_all(verb, entity):
    pass


@pytest.fixture
def do(context):
    """A function: run this in a unit of work of its own → the id of its change set."""

    def run(work, **described):
        with unit_of_work() as session:
            if described:
                changes.describe(session, **described)
            work(session)
            session.flush()
        return changes.written(context())

    return run


@pytest.fixture
def take_back(context):
    """A function: set id → (outcome, id of the undo's own set)."""

    def run(set_id, skip=False, permit=permit_all):
        with unit_of_work() as session:
            outcome = undo.undo(session, session.get_one(ChangeSet, set_id), skip, permit)
        context.expire_all()
        return outcome, changes.written(context())

    return run


@pytest.fixture
def state(context):
    """A function: everything that stands in the tables of records, but versions and times of change."""

    def read():
        context.rollback()
        found = {}
        models = [m.class_ for m in Record.registry.mappers if issubclass(m.class_, Record)]
        for model in models:
            names = [c.key for c in inspect(model).column_attrs if c.key not in ("version", "updated_at")]
            rows = context.execute(select(*(getattr(model, name) for name in names))).mappings()
            found[model.__tablename__] = {row["id"]: dict(row) for row in rows}
        links = Record.metadata.tables["post_tags"]
        found["post_tags"] = set(map(tuple, context.execute(select(links))))
        return found

    return read


def catalogue(session):
    author = make_author(session, name="Jane Austen", email="jane@example.org", bio="Wrote *novels*.")
    for number in range(3):
        make_book(session, author=author, title=f"Émma {number}", isbn=make_isbn(), price=Decimal("9.90"))
    user = make_user(session, role=Role.ADMIN, username="ines")
    make_profile(session, user, bio="x")
    make_post(session, author=user, title="News", tags=[make_tag(session, name="one"), make_tag(session, name="two")])


def delete_author(session):
    author = session.scalars(select(Author)).one()
    bulk.remove(session, Book, Book.author_id == author.id)
    session.expire(author)
    session.delete(author)


def delete_post(session):
    session.delete(session.scalars(select(Post)).one())


def pop_tag(session):
    post = session.scalars(select(Post)).one()
    post.tags.pop()
    session.flush()


WORK = {
    "an edit": lambda s: setattr(s.scalars(select(Author)).one(), "name", "Joan"),
    "a bulk change": lambda s: bulk.change(s, Book, Book.price > 1, {"price": Book.price * 2}),
    "a bulk change of what keys are made of": lambda s: bulk.change(s, Book, Book.price > 1, {"title": "Same"}),
    "a value that becomes empty": lambda s: bulk.change(s, Book, Book.price > 1, {"isbn": None}),
    "a deletion with children": delete_author,
    "a deletion with tags": delete_post,
    "a deletion of a tag": lambda s: s.delete(s.scalars(select(Tag).where(Tag.name == "one")).one()),
    "a creation": lambda s: make_book(s),
    "a change of tags": pop_tag,
    "a change of a part": lambda s: setattr(s.scalars(select(Profile)).one(), "bio", "y"),
    "several steps": lambda s: (
        bulk.change(s, Book, Book.price > 1, {"price": 5}),
        bulk.change(s, Book, Book.price == 5, {"price": 7}),
        delete_author(s),
    ),
    "an author is made and all books move there": lambda s: bulk.change(
        s, Book, Book.price > 1, {"author_id": make_author(s).id}
    ),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_all_is_as_it_was(do, take_back, state, work):
    do(catalogue)
    before = state()
    done = do(work)
    after = state()
    assert after != before
    outcome, undone = take_back(done)
    assert outcome.left_count == 0
    assert state() == before
    _, again = take_back(undone)
    assert state() == after
    take_back(again)
    assert state() == before


def test_an_undo_is_a_set_of_its_own(context, do, take_back):
    do(catalogue)
    done = do(WORK["a bulk change"], kind="bulk", sentence="doubled the price of 3 books", entity="books")
    _, undone = take_back(done)
    found = context.get(ChangeSet, undone)
    assert (found.kind, found.undoes_id, found.entity) == ("undo", done, "books")
    assert found.sentence == "took back: doubled the price of 3 books"
    _, again = take_back(undone)
    assert context.get(ChangeSet, again).sentence == "did again: doubled the price of 3 books"
    assert undo.standing_undos(context(), [done, undone, again])[done] is None
    _, third = take_back(again)
    assert context.get(ChangeSet, third).sentence == "took back: doubled the price of 3 books"


def test_twice_is_refused(do, take_back):
    do(catalogue)
    done = do(WORK["an edit"])
    take_back(done)
    with pytest.raises(Refused, match="taken back already"):
        take_back(done)


def test_what_changed_since_is_named_and_nothing_done(context, do, take_back, state):
    do(catalogue)
    done = do(WORK["a bulk change"])
    do(lambda s: setattr(s.scalars(select(Book).where(Book.title == "Émma 1")).one(), "price", Decimal(1)))
    before = state()
    with pytest.raises(Hindered) as hindered:
        take_back(done)
    [left] = hindered.value.outcome.left
    assert (left.entity, left.label, left.reason) == ("books", "Émma 1", "changed since")
    assert hindered.value.outcome.done == 2
    assert state() == before


def test_what_changed_since_can_be_skipped(context, do, take_back):
    do(catalogue)
    done = do(WORK["a bulk change"])
    do(lambda s: setattr(s.scalars(select(Book).where(Book.title == "Émma 1")).one(), "price", Decimal(1)))
    outcome, _ = take_back(done, skip=True)
    assert (outcome.done, outcome.left_count) == (2, 1)
    prices = dict(context.execute(select(Book.title, Book.price)).all())
    assert prices == {"Émma 0": Decimal("9.90"), "Émma 1": Decimal(1), "Émma 2": Decimal("9.90")}


def test_another_field_changed_since_is_no_hindrance(context, do, take_back):
    do(catalogue)
    done = do(WORK["a bulk change"])
    do(lambda s: setattr(s.scalars(select(Book).where(Book.title == "Émma 1")).one(), "pages", 5))
    outcome, _ = take_back(done)
    assert outcome.done == 3
    assert context.scalar(select(Book.pages).where(Book.title == "Émma 1")) == 5


def test_a_deleted_tree_comes_back_with_its_ids(context, do, take_back):
    do(catalogue)
    ids = set(context.scalars(select(Book.id)))
    done = do(delete_author)
    assert context.scalar(select(Book.id)) is None
    take_back(done)
    assert set(context.scalars(select(Book.id))) == ids
    assert context.scalars(select(Author)).one().email_key == "jane@example.org"


def test_new_records_get_new_ids_after_a_restore(context, do, take_back):
    do(catalogue)
    take_back(do(delete_author))
    do(lambda s: [make_book(s) for _ in range(5)])
    assert len(context.scalars(select(Book)).all()) == 8


def test_versions_only_grow(context, do, take_back):
    do(catalogue)
    take_back(do(delete_author))
    last = context.scalars(select(Change).where(Change.entity == "authors").order_by(Change.id)).all()
    assert [change.version for change in last] == [1, 1, 2]
    assert context.scalars(select(Author)).one().version == 2


def test_an_isbn_taken_since_says_why(context, do, take_back):
    do(catalogue)
    isbn = context.scalar(select(Book.isbn).where(Book.title == "Émma 0"))
    done = do(delete_author)
    do(lambda s: make_book(s, isbn=isbn, title="Another"))
    with pytest.raises(Hindered) as hindered:
        take_back(done)
    [left] = hindered.value.outcome.left
    assert (left.label, left.reason) == ("Émma 0", "its isbn is used by another record now")
    outcome, _ = take_back(done, skip=True)
    assert (outcome.done, outcome.left_count) == (3, 1)


def test_an_email_taken_since_says_why(do, take_back):
    do(catalogue)
    done = do(delete_author)
    do(lambda s: make_author(s, email="JANE@example.org"))
    with pytest.raises(Hindered) as hindered:
        take_back(done)
    reasons = {left.label: left.reason for left in hindered.value.outcome.left}
    assert reasons["Jane Austen"] == "its email is used by another record now"
    assert reasons["Émma 0"] == "its author is gone"


def test_a_parent_gone_since_says_why(do, take_back):
    do(catalogue)
    books = do(lambda s: bulk.remove(s, Book, Book.price > 1))
    do(lambda s: s.delete(s.scalars(select(Author)).one()))
    with pytest.raises(Hindered) as hindered:
        take_back(books)
    assert {left.reason for left in hindered.value.outcome.left} == {"its author is gone"}
    assert hindered.value.outcome.left_count == 3


def test_tags_gone_since_are_left_out(context, do, take_back):
    do(catalogue)
    done = do(delete_post)
    do(lambda s: s.delete(s.scalars(select(Tag).where(Tag.name == "one")).one()))
    take_back(done)
    assert [tag.name for tag in context.scalars(select(Post)).one().tags] == ["two"]


def test_a_creation_somebody_uses_stays(do, take_back):
    do(catalogue)
    done = do(lambda s: make_author(s, name="New"))
    do(lambda s: make_book(s, author_id=s.scalars(select(Author.id).where(Author.name == "New")).one()))
    with pytest.raises(Hindered) as hindered:
        take_back(done)
    assert hindered.value.outcome.left[0].reason == "others belong to it by now"


def test_a_creation_edited_since_stays(do, take_back):
    do(catalogue)
    done = do(lambda s: make_tag(s, name="new"))
    do(lambda s: setattr(s.scalars(select(Tag).where(Tag.name == "new")).one(), "name", "newer"))
    with pytest.raises(Hindered) as hindered:
        take_back(done)
    assert hindered.value.outcome.left[0].reason == "changed since"


def test_roles_are_never_restored(context, do, take_back):
    do(catalogue)
    do(lambda s: make_user(s, username="ana", role=Role.VIEWER))
    done = do(lambda s: setattr(s.scalars(select(User).where(User.username == "ana")).one(), "role", Role.EDITOR))
    with pytest.raises(Hindered) as hindered:
        take_back(done)
    assert hindered.value.outcome.done == 0
    assert context.scalar(select(User.role).where(User.username == "ana")) == Role.EDITOR


def test_a_restored_user_has_the_smallest_role_and_no_password(context, do, take_back):
    do(catalogue)
    do(lambda s: make_user(s, username="ana", role=Role.ADMIN, password_hash="secret"))
    done = do(lambda s: s.delete(s.scalars(select(User).where(User.username == "ana")).one()))
    take_back(done)
    ana = context.scalars(select(User).where(User.username == "ana")).one()
    assert (ana.role, ana.password_hash) == (Role.VIEWER, None)


def test_an_administrator_remains(do, take_back):
    made = do(lambda s: make_user(s, username="ana", role=Role.ADMIN))
    with pytest.raises(Refused, match="administers"):
        take_back(made)


def test_without_users_nobody_has_to_remain(do, take_back):
    done = do(lambda s: make_tag(s))
    assert take_back(done)[0].done == 1


def test_every_verb_is_asked_for(do, take_back, state):
    do(catalogue)
    done = do(delete_author)
    before, asked = state(), []

    class No(Exception):
        pass

    def permit(verb, entity):
        asked.append((verb, entity))
        if entity == "books":
            raise No

    with pytest.raises(No):
        take_back(done, permit=permit)
    assert asked == [("create", "authors"), ("create", "books")]
    assert state() == before


def test_many_deleted_records_come_back_in_a_few_statements(context, do, take_back, queries):
    do(lambda s: bulk.add(s, Author, ({"name": f"Author {n}", "sort_name": f"{n:05}"} for n in range(6000))))
    do(lambda s: make_user(s, role=Role.ADMIN))
    done = do(lambda s: bulk.remove(s, Author, Author.id > 0))
    with queries() as seen:
        outcome, _ = take_back(done)
    assert outcome.done == 6000
    assert len(seen) < 25, seen
    assert context.scalar(select(Author.search_key).where(Author.sort_name == "05999")) is not None
