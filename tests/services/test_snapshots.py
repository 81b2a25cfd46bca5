"""The form in which history keeps values: Python and SQL write the same JSON, and what was written is read back."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from models.base import Record
from models.book import Book, Format, Status
from models.post import Post
from models.user import Profile, Role, Theme, User
from services import changes, snapshots
from tests.factories import make_author, make_book, make_isbn, make_post, make_profile, make_tag, make_user

MODELS = sorted(
    (m.class_ for m in Record.registry.mappers if issubclass(m.class_, Record)), key=lambda m: m.__tablename__
)


def odd_records(session):
    """Records with every kind of value: none, empty-like, large, accented, quoted."""
    author = make_author(
        session, name='Zoë "Q" \\ O’Neill', email="zoe@example.org", bio="line\nline\ttab", country="NL"
    )
    make_book(session, author=author, title="字", price=Decimal("9999999999.99"), isbn=make_isbn(), pages=1)
    make_book(session, author=author, price=Decimal("0"), published_on=date(1, 1, 1), status=Status.OUT_OF_PRINT)
    make_book(session, author=author, price=Decimal("0.05"), published_on=None, format=Format.E_BOOK, subtitle="")
    user = make_user(session, age=0, is_active=False, role=Role.EDITOR, theme=Theme.DARK)
    make_user(session, age=None, name="Ana Kovač", password_hash="secret")
    make_profile(session, user, bio="x" * 500)
    tags = [make_tag(session) for _ in range(3)]
    then = datetime(2024, 2, 29, 12, 30, 15, 7, tzinfo=UTC)
    make_post(session, author=user, tags=tags[::-1], publish_at=then, published_at=then.replace(microsecond=0))
    make_post(session, author=user, tags=[], content=None)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__tablename__)
def test_python_and_sql_write_the_same(session, model):
    odd_records(session)
    session.expire_all()
    names = [*snapshots.columns(model), *snapshots.links(model)]
    image = snapshots.image(model, names, {}, session.get_bind().dialect.name)
    kept = dict(session.execute(select(model.id, image)).all())
    records = session.scalars(select(model)).all()
    assert records
    for record in records:
        for name in snapshots.links(model):
            getattr(record, name)
        written = changes.filled(record)
        lists = {name: [] for name in snapshots.links(model)}
        assert kept[record.id] == lists | written


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__tablename__)
def test_sql_reads_back_what_was_kept(session, model):
    odd_records(session)
    dialect = session.get_bind().dialect.name
    image = snapshots.image(model, list(snapshots.columns(model)), {}, dialect)
    kept = select(model.id, image.label("kept")).subquery()
    for name, column in snapshots.columns(model).items():
        read = snapshots.read(kept.c.kept, column, dialect)
        same = select(model.id).join(kept, kept.c.id == model.id).where(column.is_not_distinct_from(read))
        assert set(session.scalars(same)) == set(session.scalars(select(model.id))), name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__tablename__)
def test_python_reads_back_what_was_kept(session, model):
    odd_records(session)
    session.expire_all()
    for record in session.scalars(select(model)):
        kept = changes.filled(record)
        for name, value in snapshots.decode_all(model, kept).items():
            assert value == getattr(record, name), name


def test_secrets_and_bookkeeping_are_not_kept():
    assert not {"password_hash", "theme", "last_login_at", "search_key", "version"} & set(snapshots.columns(User))


def test_links_are_kept_as_ids(session):
    first, second = make_tag(session), make_tag(session)
    post = make_post(session, tags=[second, first])
    assert changes.filled(post)["tags"] == sorted([first.id, second.id])


def test_every_column_has_a_form(session):
    assert {"price", "author_id", "published_on"} <= set(snapshots.columns(Book))
    assert "user_id" in snapshots.columns(Profile)
    assert list(snapshots.links(Post)) == ["tags"]
