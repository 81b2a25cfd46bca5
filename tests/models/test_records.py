"""The tables: what the database itself refuses, derived keys, versions and times."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from models.author import Author, guess_sort_name
from models.book import Book
from models.post import Post
from models.tag import Tag, post_tags
from models.user import Profile, User
from tests.entities import ENTITIES, MAKE, each_entity, make
from tests.factories import make_author, make_book, make_post, make_profile, make_tag, make_user

MODELS = [resource.model for resource in ENTITIES.values()] + [Profile]

# --- what the database refuses, whoever writes to it

FORBIDDEN = [
    ("UPDATE books SET price = -1", "price_not_negative"),
    ("UPDATE books SET pages = 0", "pages_positive"),
    ("UPDATE books SET isbn = '978'", "isbn_has_13_digits"),
    ("UPDATE books SET status = 'sold'", "status"),
    ("UPDATE books SET title = NULL", "title"),
    ("UPDATE books SET author_id = 99999", ""),
    ("DELETE FROM authors", ""),
    ("DELETE FROM users", ""),
    ("UPDATE users SET age = 151", "age_in_range"),
    ("UPDATE users SET age = -1", "age_in_range"),
    ("UPDATE users SET role = 'god'", "role"),
    ("UPDATE users SET username_key = 'same'", "username_key"),
    ("UPDATE users SET email_key = 'same'", "email_key"),
    ("UPDATE tags SET name_key = 'same'", "name_key"),
    ("UPDATE posts SET slug = 'same'", "slug"),
    ("UPDATE authors SET email_key = 'same'", "email_key"),
]


@pytest.mark.parametrize(("statement", "named"), FORBIDDEN, ids=[statement for statement, _ in FORBIDDEN])
def test_the_database_refuses(session, engine, statement, named):
    for _ in range(2):
        make_book(session), make_post(session), make_tag(session)
    with engine.connect() as connection:
        with pytest.raises(IntegrityError) as refused:
            connection.execute(text(statement))
        assert named in str(refused.value.orig)
        connection.rollback()


def test_what_hangs_on_a_record_goes_or_stays_as_the_schema_says(session, engine):
    user = make_user(session)
    make_profile(session, user)
    post = make_post(session, tags=[make_tag(session)])
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM users WHERE id = :id"), {"id": user.id})
        connection.execute(text("DELETE FROM posts WHERE id = :id"), {"id": post.id})
        assert connection.execute(text("SELECT count(*) FROM profiles")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM post_tags")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM tags")).scalar() == 1


# --- keys


@each_entity
def test_keys_follow_their_text(session, stored, resource):
    record = make(session, resource)
    for key, (rule, parts) in resource.model.__keys__.items():
        assert getattr(record, key) == rule(*(getattr(record, part) for part in parts)), key
    label = "username" if resource.entity == "users" else resource.model.__label__
    setattr(record, label, "Zzz")
    session.flush()
    after = stored(resource.model, record.id)
    assert "zzz" in after.search_key
    for key, (rule, parts) in resource.model.__keys__.items():
        assert getattr(after, key) == rule(*(getattr(after, part) for part in parts)), key


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("Ursula K. Le Guin", "Le Guin, Ursula K."),
        ("Ludwig van Beethoven", "van Beethoven, Ludwig"),
        ("Joost van den Vondel", "van den Vondel, Joost"),
        ("Homer", "Homer"),
        ("Zola, Émile", "Zola, Émile"),
        ("Le Guin", "Guin, Le"),
        ("", ""),
    ],
)
def test_a_sort_name_is_guessed(name, guess):
    assert guess_sort_name(name) == guess


def test_a_guess_follows_the_name_and_a_typed_sort_name_stays():
    author = Author(name="Émile Zola")
    assert author.sort_name == "Zola, Émile"
    author.name = "Virginia Woolf"
    assert author.sort_name == "Woolf, Virginia"
    author.sort_name = "VW"
    author.name = "V. Woolf"
    assert author.sort_name == "VW"
    author.sort_name = ""
    assert author.sort_name == "Woolf, V."


# --- versions and times


@each_entity
def test_every_change_has_a_version_and_a_time(session, resource):
    record = make(session, resource)
    before = record.updated_at
    assert (record.version, record.created_at.tzinfo) == (1, UTC)
    setattr(record, "username" if resource.entity == "users" else resource.model.__label__, "changed")
    session.flush()
    session.refresh(record)
    assert record.version == 2
    assert record.updated_at > before
    assert record.created_at <= before


@each_entity
def test_of_two_who_change_a_record_the_second_is_stale(session, site, resource):
    identity = make(session, resource).id
    label = "username" if resource.entity == "users" else resource.model.__label__
    with Session(site.outside) as one, Session(site.outside) as two:
        for value, opened in (("two", two), ("one", one)):
            setattr(opened.get(resource.model, identity), label, value)
        two.flush()
        with pytest.raises(StaleDataError):
            one.flush()


def test_moments_are_aware_and_utc_on_both_databases(session, stored):
    moment = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    post = make_post(session, publish_at=moment)
    read = stored(Post, post.id).publish_at
    assert (read, read.tzinfo, read.hour) == (moment, UTC, 10)
    post.publish_at = datetime(2026, 7, 1)
    with pytest.raises(StatementError, match="time zone"):
        session.flush()


@pytest.mark.parametrize("amount", ["0.00", "0.01", "0.10", "12.50", "1234567.89", "9999999999.99"])
def test_money_is_exact(session, stored, amount):
    book = make_book(session, price=Decimal(amount))
    assert str(stored(Book, book.id).price) == amount


def test_records_are_named_in_sentences(session):
    assert str(make_book(session, title="Nana")) == "Nana"
    assert str(make_user(session, name="Ana Kovač")) == "Ana Kovač"
    assert str(make_user(session, name=None, username="ana")) == "ana"
    assert str(make_profile(session, make_user(session), location=None)).startswith("Profile ")
    assert str(make_author(session, name="Zola")) == "Zola"
    assert str(Tag(name="Poetry")) == "Poetry"


# --- the schema


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__tablename__)
def test_every_constraint_and_index_has_its_name_in_the_database(engine, model):
    table, found = model.__table__, inspect(engine)
    names = {rule["name"] for rule in found.get_unique_constraints(table.name)}
    names |= {rule["name"] for rule in found.get_check_constraints(table.name)}
    names |= {rule["name"] for rule in found.get_foreign_keys(table.name)}
    names |= {rule["name"] for rule in found.get_indexes(table.name)}
    wanted = {str(rule.name) for rule in table.constraints} | {str(index.name) for index in table.indexes}
    if engine.dialect.name == "sqlite":  # which forgets the names of primary keys
        wanted.discard(str(table.primary_key.name))
    else:
        names.add(found.get_pk_constraint(table.name)["name"])
    assert wanted <= names
    assert all(re_named(name, table.name) for name in names), names


def re_named(name: str | None, table: str) -> bool:
    return name is not None and name.split("_", 1)[0] in ("pk", "fk", "uq", "ck", "ix") and table in name


@pytest.mark.parametrize("table", [*(model.__table__ for model in MODELS), post_tags], ids=lambda table: table.name)
def test_every_foreign_key_leads_an_index_and_says_what_happens_on_deletion(table):
    leading = {next(iter(index.columns)).name for index in table.indexes}
    leading |= {next(iter(rule.columns)).name for rule in table.constraints if rule.__visit_name__.startswith("unique")}
    leading.add(next(iter(table.primary_key.columns)).name)
    for key in table.foreign_keys:
        assert key.parent.name in leading, key
        assert key.ondelete in ("CASCADE", "RESTRICT")


@each_entity
def test_every_column_one_filters_by_leads_an_index_with_the_id_next(resource):
    indexes = [[column.name for column in index.columns][:2] for index in resource.model.__table__.indexes]
    for attribute in resource.filterable.values():
        if attribute.column is not None:
            assert [attribute.column.name, "id"] in indexes, attribute.name


def test_every_entity_has_a_factory():
    assert set(MAKE) == set(ENTITIES)
    assert User.__tablename__ in MAKE
