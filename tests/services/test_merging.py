"""Merging two records into one, and taking it back: nothing is lost, nothing is left over."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.author import Author
from models.book import Book
from models.change import Change, ChangeSet
from models.post import Post
from models.tag import Tag, post_tags
from models.user import Role
from services import changes, merging, undo
from services.unit_of_work import unit_of_work
from tests.factories import make_author, make_book, make_post, make_tag, make_user


@pytest.fixture(autouse=True)
def administrator(session):
    """Somebody who administers: without one nothing is taken back."""
    return make_user(session, role=Role.ADMIN)


def merge(model, winner_id, loser_id, **values):
    with unit_of_work() as session:
        winner, loser = session.get_one(model, winner_id), session.get_one(model, loser_id)
        moved = merging.merge(session, winner, loser, values)
    return moved, changes_of_last(session)


def changes_of_last(session):
    return session.scalars(select(ChangeSet).order_by(ChangeSet.id.desc()).limit(1)).one()


def take_back(set_id):
    with unit_of_work() as session:
        outcome = undo.undo(session, session.get_one(ChangeSet, set_id), skip=False, permit=lambda verb, entity: None)
    return outcome


def state(session):
    """Every record and link, without what counts how often it was written."""
    session.expire_all()
    found = {}
    for model in (Author, Book, Tag, Post):
        table = model.__table__
        kept = [column for column in table.columns if column.name not in ("version", "updated_at")]
        found[table.name] = session.execute(select(*kept).order_by(table.c.id)).all()
    found["links"] = sorted(session.execute(select(post_tags)).all())
    return found


def test_the_books_move_and_the_loser_goes(context, session):
    keep, lose = make_author(session, name="Elizabeth Gaskell"), make_author(session, name="E. C. Gaskell")
    own = make_book(session, author=keep)
    books = [make_book(session, author=lose) for _ in range(3)]
    moved, written = merge(Author, keep.id, gone := lose.id)
    session.expire_all()
    assert moved == {"books": 3}
    assert {book.author_id for book in [own, *books]} == {keep.id}
    assert session.scalar(select(Author.id).where(Author.id == gone)) is None
    assert (written.kind, written.entity) == ("merge", "authors")
    assert written.sentence == "merged the author E. C. Gaskell into Elizabeth Gaskell and moved 3 books"


def test_one_change_set_tells_of_every_record(context, session):
    keep, lose = make_author(session), make_author(session)
    books = [make_book(session, author=lose) for _ in range(2)]
    _, written = merge(Author, keep.id, lose.id, bio="Both.")
    told = session.execute(
        select(Change.entity, Change.record_id, Change.action, Change.fields)
        .where(Change.set_id == written.id)
        .order_by(Change.id)
    ).all()
    assert told == [
        *(("books", book.id, "update", "author_id") for book in books),
        ("authors", lose.id, "delete", told[2].fields),
        ("authors", keep.id, "update", "bio"),
    ]


def test_the_winner_takes_the_address_of_the_loser(context, session):
    keep, lose = make_author(session, email="a@example.org"), make_author(session, email="B@example.org")
    before = state(session)
    _, written = merge(Author, keep.id, lose.id, email="B@example.org")
    session.expire_all()
    assert (keep.email, keep.email_key) == ("B@example.org", "b@example.org")
    take_back(written.id)
    assert state(session) == before


def test_posts_of_the_loser_get_the_winner_once(context, session):
    keep, lose, other = make_tag(session), make_tag(session), make_tag(session)
    only, both, neither = (make_post(session, tags=tags) for tags in ([lose, other], [keep, lose], [other]))
    moved, written = merge(Tag, keep.id, lose.id)
    links = set(session.execute(select(post_tags)).all())
    assert moved == {"posts": 2}
    assert links == {(only.id, keep.id), (only.id, other.id), (both.id, keep.id), (neither.id, other.id)}
    told = {
        row.record_id: (row.before, row.after)
        for row in session.scalars(select(Change).where(Change.set_id == written.id, Change.entity == "posts"))
    }
    assert told == {
        only.id: ({"tags": [lose.id]}, {"tags": [keep.id]}),
        both.id: ({"tags": [lose.id]}, {"tags": []}),
    }


def test_versions_move_on_where_links_did(context, session):
    keep, lose = make_tag(session), make_tag(session)
    moved, left = make_post(session, tags=[lose]), make_post(session, tags=[keep])
    merge(Tag, keep.id, lose.id)
    session.expire_all()
    assert (moved.version, left.version) == (2, 1)


def test_an_undo_brings_back_the_tag_on_its_posts(context, session):
    keep, lose = make_tag(session, name="SF"), make_tag(session, name="sci-fi")
    only, both = make_post(session, tags=[lose]), make_post(session, tags=[keep, lose])
    before = state(session)
    _, written = merge(Tag, keep.id, lose.id, name="sci-fi")
    outcome = take_back(written.id)
    assert state(session) == before
    assert not outcome.left
    session.expire_all()
    assert (only.version, both.version) == (3, 3)


def test_what_changed_since_is_named_and_left_alone(context, session):
    keep, lose, third = make_author(session), make_author(session), make_author(session)
    stays, goes = make_book(session, author=lose), make_book(session, author=lose)
    _, written = merge(Author, keep.id, lost := lose.id)
    session.expire_all()
    goes.author_id = third.id
    session.flush()
    with pytest.raises(undo.Hindered) as hindered:
        take_back(written.id)
    assert [left.record_id for left in hindered.value.outcome.left] == [goes.id]
    with unit_of_work() as mine:
        undo.undo(mine, mine.get_one(ChangeSet, written.id), skip=True, permit=lambda verb, entity: None)
    session.expire_all()
    assert (stays.author_id, goes.author_id) == (lost, third.id)


def test_nothing_changes_for_what_is_not_concerned(context, session):
    keep, lose = make_author(session), make_author(session)
    book = make_book(session)
    _, written = merge(Author, keep.id, lose.id)
    session.expire_all()
    assert book.version == 1
    assert changes.plan_of(context()).set_id is None
    assert session.scalars(select(Change.action).where(Change.set_id == written.id)).all() == ["delete"]


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(
    str.strip
)
addresses = st.sampled_from([None, "one@example.org", "TWO@example.org"])
chosen = st.fixed_dictionaries({}, optional={"name": st.booleans(), "email": st.booleans(), "bio": st.booleans()})


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_merge_and_its_undo_leave_authors_as_they_were(context, session, data):
    authors = [make_author(session, name=data.draw(words), bio=data.draw(words)) for _ in range(2)]
    for author, email in zip(authors, data.draw(st.permutations(["one@x.org", "TWO@x.org", None])), strict=False):
        author.email = email if email is None else f"{author.id}{email}"
    session.flush()
    for number in data.draw(st.lists(st.integers(0, 1), max_size=5)):
        make_book(session, author=authors[number])
    sides = data.draw(chosen)
    values = {name: getattr(authors[side], name) for name, side in sides.items()}
    check_identity(session, Author, authors, values)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_merge_and_its_undo_leave_tags_as_they_were(context, session, data):
    tags = [make_tag(session) for _ in range(3)]
    for bears in data.draw(st.lists(st.sets(st.sampled_from(tags)), max_size=5)):
        make_post(session, tags=list(bears))
    values = {"name": tags[1].name} if data.draw(st.booleans()) else {}
    check_identity(session, Tag, tags, values)


def check_identity(session, model, records, values):
    """The state after merge and undo is the state before; and undoing the undo merges again."""
    before = state(session)
    _, written = merge(model, records[0].id, records[1].id, **values)
    merged = state(session)
    assert take_back(written.id).left == []
    assert state(session) == before
    with unit_of_work() as mine:
        undone = changes_of_last(mine)
    assert take_back(undone.id).left == []
    assert state(session) == merged
