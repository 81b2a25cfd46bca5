"""Migrations go up, down and up again on both databases, empty and with rows, and say the same as the models."""

import pytest
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from app import create_app
from extensions import db
from models.author import Author
from models.base import Model
from models.book import Book
from services import search
from tests.conftest import ROOT, configured
from tests.entities import ENTITIES, make_various
from tests.factories import make_post, make_profile, make_tag, make_user

FOLDER = str(ROOT / "migrations")
names = iter(f"migrations{number}" for number in range(100))


@pytest.fixture
def fresh(kind, new_database):
    """An application over a database of its own that nobody has migrated yet, in its context."""
    app = create_app(configured(new_database(kind, next(names)).url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    found = set(inspect(db.engine).get_table_names())
    return {name for name in found if "_search" not in name} - {"alembic_version"}


def fill() -> dict[str, int]:
    """Rows in the tables that people edit; how many of each there are."""
    with Session(db.engine) as session:
        for resource in ENTITIES.values():
            make_various(session, resource, 6)
        make_profile(session, make_user(session))
        make_post(session, tags=[make_tag(session)])
        session.commit()
    return counts()


def counts() -> dict[str, int]:
    edited = [*(resource.entity for resource in ENTITIES.values()), "profiles", "post_tags"]
    with db.engine.connect() as connection:
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in edited}


def found(term: str) -> set[str]:
    with Session(db.engine) as session:
        (named,) = search.named("word", [term])
        matching = search.matching(search.database_of(session, Author), Author, named)
        return set(session.scalars(select(Author.name).where(matching), search.values("word", [term])))


def test_up_and_down_and_up_again(fresh):
    for _ in range(2):
        upgrade(FOLDER)
        assert tables() == set(Model.metadata.tables)
        downgrade(FOLDER, revision="base")
        assert tables() == set()
        left = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
        assert left == set()


def test_up_and_down_and_up_again_with_rows_in_the_tables(fresh):
    upgrade(FOLDER)
    fill()
    downgrade(FOLDER, revision="base")
    assert tables() == set()
    upgrade(FOLDER)
    assert set(counts().values()) == {0}
    assert fill()["books"] == 6


def test_the_search_goes_and_comes_without_the_rows_being_touched(fresh):
    upgrade(FOLDER)
    before = fill()
    assert "Émile Zola" in found("emile")
    downgrade(FOLDER, revision="0001")
    assert counts() == before
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE authors SET search_key = ' brontosaurus\n' WHERE id = 1"))
    upgrade(FOLDER)
    assert counts() == before
    assert len(found("brontosaurus")) == 1
    assert found("zola") != set()


def test_each_step_goes_down_and_up_with_rows(fresh):
    upgrade(FOLDER)
    before = fill()
    with db.engine.connect() as connection:
        last = int(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    for number in range(last - 1, 0, -1):
        downgrade(FOLDER, revision=f"{number:04}")
        assert counts() == before, number
    upgrade(FOLDER)
    assert counts() == before


def test_the_models_say_the_same_as_the_migrations(fresh):
    upgrade(FOLDER)
    check(FOLDER)  # ends the process with an error when it finds a difference


def test_a_second_upgrade_does_nothing(fresh):
    upgrade(FOLDER)
    before = fill()
    upgrade(FOLDER)
    assert counts() == before


def test_the_index_of_the_search_follows_every_write(fresh):
    upgrade(FOLDER)
    with Session(db.engine) as session:
        author = Author(name="Brontosaurus")
        session.add(author)
        session.commit()
        assert found("brontosaurus") == {"Brontosaurus"}
        author.name = author.sort_name = "Triceratops"
        session.commit()
        assert found("brontosaurus") == set()
        assert found("triceratops") == {"Triceratops"}
        session.delete(author)
        session.commit()
    assert found("triceratops") == set()


def test_what_was_written_before_a_step_is_readable_after_it(fresh):
    upgrade(FOLDER)
    fill()
    with Session(db.engine) as session:
        books = {book.id: (book.title, book.price, book.published_on, book.status) for book in session.query(Book)}
    downgrade(FOLDER, revision="0001")
    upgrade(FOLDER)
    with Session(db.engine) as session:
        again = {book.id: (book.title, book.price, book.published_on, book.status) for book in session.query(Book)}
    assert again == books
