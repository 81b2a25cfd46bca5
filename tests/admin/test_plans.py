"""At 100,000 books every order and every filter reads a stretch of an index: never the table, never all to sort it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask_migrate import upgrade
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import finding, query
from admin.keyset import Place, decode
from app import create_app
from demo.generate import generate
from extensions import db
from services.unit_of_work import unit_of_work
from tests.conftest import ROOT, configured
from tests.entities import ENTITIES

BOOKS = 100_000
READ = 25_000  # rows that any part of a plan may meet
STEPS = 900_000  # instructions of SQLite, which needs several for each row it meets
LARGE = ("authors", "books", "posts")


@pytest.fixture(scope="module")
def catalogue(kind: str, new_database: Any) -> Iterator[Engine]:
    """The engine of a large catalogue. Nothing writes to it."""
    app = create_app(configured(new_database(kind, "plans").url))
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        with unit_of_work() as session:
            generate(session, BOOKS)
        db.session.remove()
        yield db.engine
        db.engine.dispose()


@contextmanager
def noted(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def met(node: dict[str, Any]) -> float:
    """How many rows a part of a plan has met: those it passed on and those it left out."""
    removed = sum(number for name, number in node.items() if name.startswith("Rows Removed"))
    return (node["Actual Rows"] + removed) * node["Actual Loops"]


def examine(session: Session, words: list[tuple[str, str]], entity: str, place: Place | None = None) -> Any:
    """The page that is asked for, once it is known how the database finds it."""
    asked = query.parse(ENTITIES[entity], MultiDict(words))
    engine: Any = session.get_bind()
    what = f"{entity}: {words} {place or ''}"
    steps = [0]

    def count() -> None:
        steps[0] += 1

    connection = session.connection()
    raw: Any = connection.connection.driver_connection
    if engine.dialect.name == "sqlite":
        raw.set_progress_handler(count, 1_000)
    with noted(engine) as statements:
        found = finding.page(session, asked.wanted(session, asked.resource.shown), place or asked.place, asked.per_page)
    if engine.dialect.name == "sqlite":
        raw.set_progress_handler(None, 0)
        assert steps[0] * 1_000 <= STEPS, f"{what}: {steps[0]},000 steps"
        return asked, found
    for statement, parameters in statements:
        explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters)
        for node in nodes(explained.scalar_one()[0]["Plan"]):
            assert met(node) <= READ, f"{what}: {node['Node Type']} of {met(node):,.0f} rows\n{statement}"
    return asked, found


@pytest.mark.parametrize("entity", LARGE)
def test_every_order_reads_a_stretch_of_an_index_on_every_page(catalogue, entity):
    with Session(catalogue) as session:
        for word in ENTITIES[entity].sorts:
            for sort in (word, f"-{word}"):
                asked, first = examine(session, [("sort", sort)], entity)
                _, last = examine(session, [("sort", sort)], entity, Place(None, None, backwards=True))
                for page, backwards in ((first, False), (last, True)):
                    cursor = page.first if backwards else page.last
                    _, next_one = examine(session, [("sort", sort)], entity, decode(asked.order, cursor, backwards))
                    assert len(next_one.rows) == asked.per_page or entity != "books"


RANGES = {
    "price": ("5..20", "19.90", "0", "9999999"),
    "published_on": ("2019", "2019-05", "1900", "1500"),
    "created_at": ("2020..", "2024-05", "1999", "2999.."),
    "updated_at": ("2020..", "2024-05", "1999", "2999.."),
}


def texts(session: Session, attribute: Any) -> list[str]:
    """What one may ask of a field: each choice, frequent and rare and no values at all, none and any."""
    found = list(attribute.choices)[:6]
    if attribute.has_range:
        found = list(RANGES.get(attribute.name, ("2020..", "2999..")))
    if attribute.target is not None:
        found = [str(session.query(attribute.target).first().id), "999999999"]
    if attribute.kind == "isbn":
        found = ["9780306406157"]
    return [*found, "none", "any"]


@pytest.mark.parametrize("entity", LARGE)
def test_every_filter_and_every_tab_reads_a_stretch_of_an_index(catalogue, entity):
    resource = ENTITIES[entity]
    with Session(catalogue) as session:
        for name, attribute in resource.filterable.items():
            for text in texts(session, attribute):
                examine(session, [(name, text)], entity)
        several = [(resource.tabs.key, value) for value in list(resource.filterable[resource.tabs.key].choices)[:2]]
        examine(session, several, entity)


@pytest.mark.parametrize("typed", ["garden", "zzzqx", "winter garden", "winter zzzqx", "the", "le", "smith", "9798"])
def test_a_search_reads_little_whether_few_match_or_many(catalogue, typed):
    with Session(catalogue) as session:
        examine(session, [("q", typed)], "books")
