"""Keyset paging: every row once and in order, whatever is NULL or equal, and while rows come and go."""

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Session

from admin import keyset, records
from admin.keyset import BadCursor, Place
from admin.resource import Resource
from models.author import Author
from models.base import now
from models.book import Book, Format, Status
from models.user import Role, User
from tests.entities import ENTITIES, make, variety
from tests.factories import make_author, make_user

VALUES = st.lists(st.none() | st.integers(1, 4), max_size=14)
books = Book.__table__


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session with a transaction that can be taken back, one for each example."""
    with Session(engine) as opened:
        yield opened


def order_by(attr: Any, descending: bool) -> keyset.Order:
    return keyset.order_of(Book, "x", attr, descending)


def add(session: Session, author_id: int, pages: int | None) -> int:
    """A book of which only the number of pages matters, by the shortest way."""
    row = {"title": "t", "price": Decimal(1), "currency": "EUR", "author_id": author_id, "pages": pages}
    row |= {"format": Format.AUDIO, "status": Status.ACTIVE, "title_key": "t", "search_key": " t\n", "version": 1}
    return (
        session.connection()
        .execute(insert(books).values(**row, created_at=now(), updated_at=now()))
        .inserted_primary_key[0]
    )


def some_author(session: Session) -> int:
    """An author in an empty database: what an example before this one left is taken back, even when that one failed."""
    session.rollback()
    return make_author(session).id


def key(row: Any, descending: bool) -> tuple[bool, int, int]:
    """What the order compares: greater means later in the list."""
    sign = -1 if descending else 1
    return (row.pages is None, sign * (row.pages or 0), sign * row.id)


def place_of(order: keyset.Order, cursor: str | None, backwards: bool = False) -> Place | None:
    return keyset.decode(order, cursor, backwards) if cursor else None


STATEMENT = select(Book.id, Book.pages)


def fetch(
    session: Session, order: keyset.Order, place: Place | None, size: int, statement: Any = STATEMENT
) -> keyset.Page:
    def read(place: Place | None, limit: int) -> keyset.Rows:
        return keyset.Rows(session.execute(keyset.ranged(statement, order, place, limit)).all())

    return keyset.paged(read, order, place, size)


@settings(max_examples=40)
@given(values=VALUES, descending=st.booleans(), size=st.integers(1, 5))
@example(values=[None, None, None], descending=True, size=1)
@example(values=[2, None, 2, None, 1], descending=False, size=2)
def test_forwards_and_backwards_show_every_row_once(session, values, descending, size):
    author_id = some_author(session)
    for value in values:
        add(session, author_id, value)
    everything = sorted(session.execute(STATEMENT).all(), key=lambda row: key(row, descending))
    order = order_by(Book.pages, descending)
    forwards = [fetch(session, order, None, size)]
    while forwards[-1].has_next:
        forwards.append(fetch(session, order, place_of(order, forwards[-1].last), size))
    assert [row.id for page in forwards for row in page.rows] == [row.id for row in everything]
    backwards = [fetch(session, order, Place(None, None, backwards=True), size)]
    while backwards[-1].has_previous:
        backwards.append(fetch(session, order, place_of(order, backwards[-1].first, True), size))
    # The first page is always a full one, so the last step back may show rows again.
    seen = dict.fromkeys(row.id for page in reversed(backwards) for row in page.rows)
    assert list(seen) == [row.id for row in everything]
    assert all(len(page.rows) == min(size, len(everything)) for page in backwards)
    assert not forwards[0].has_previous
    assert not backwards[0].has_next


ORDERS = [(resource, word) for resource in ENTITIES.values() for word in resource.sorts]
NUMBERS = st.integers(0, 60)


class Shelf:
    """Records of one entity in all variety; the values of a number are always the same."""

    def __init__(self, session: Session, resource: Resource) -> None:
        session.rollback()
        self.session, self.resource, self.ids = session, resource, {}
        others = {"books": make_author, "posts": make_user}.get(resource.entity)
        self.others = [others(session, name=name) for name in ("b", "B", "ä")] if others else []

    def add(self, number: int) -> None:
        if number in self.ids:
            return
        shared = {"author": self.others[number % 3]} if self.others else {}
        values = variety(self.resource.entity, number) | shared
        self.ids[number] = make(self.session, self.resource, **values).id

    def remove(self, number: int) -> None:
        table = self.resource.model.__table__
        self.session.connection().execute(delete(table).where(table.c.id == self.ids.get(number)))


def ordered(rows: Sequence[Any], descending: bool) -> list[Any]:
    """As a list shows them: what has no value last, what is equal by its id."""
    filled = sorted((row for row in rows if row.sort_value is not None), key=lambda row: (row.sort_value, row.id))
    empty = sorted((row for row in rows if row.sort_value is None), key=lambda row: row.id)
    return [*reversed(filled), *reversed(empty)] if descending else [*filled, *empty]


@settings(max_examples=40)
@given(
    which=st.sampled_from(ORDERS),
    numbers=st.sets(NUMBERS, min_size=4, max_size=12),
    edits=st.lists(st.lists(st.tuples(st.booleans(), NUMBERS), max_size=3), max_size=6),
    descending=st.booleans(),
    backwards=st.booleans(),
    size=st.integers(1, 4),
)
def test_no_row_is_lost_in_any_order_while_others_come_and_go(
    session, which, numbers, edits, descending, backwards, size
):
    """Between two pages records are added (True and a number) and deleted (False)."""
    resource, word = which
    shelf = Shelf(session, resource)
    for number in numbers:
        shelf.add(number)
    order = keyset.order_of(resource.model, word, resource.sorts[word], descending)
    statement = records.rows(resource, resource.shown, word)
    always, seen, edits = set(numbers), set(), iter(edits)
    place, edge = Place(None, None, True) if backwards else None, []
    for _ in range(100):
        page = fetch(session, order, place, size, statement)
        rows = list(page.rows)
        more = page.has_previous if backwards else page.has_next
        assert rows == ordered(rows, descending)
        if edge and more:
            both = [*rows, *edge] if backwards else [*edge, *rows]
            assert both == ordered(both, descending), "a page in the middle repeats rows"
        seen |= {row.id for row in rows}
        if not more:
            break
        edge = rows[:1] if backwards else rows[-1:]
        place = place_of(order, page.first if backwards else page.last, backwards)
        for comes, number in next(edits, ()):
            if comes:
                shelf.add(number)
            else:
                shelf.remove(number)
                always.discard(number)
    else:
        pytest.fail("The list does not end.")
    assert {shelf.ids[number] for number in always} <= seen


def test_a_page_that_has_become_empty_is_the_last_one(session):
    author_id = some_author(session)
    ids = [add(session, author_id, number) for number in range(1, 6)]
    order = order_by(Book.pages, False)
    page = fetch(session, order, None, 3)
    session.connection().execute(delete(books).where(books.c.id.in_(ids[3:])))
    page = fetch(session, order, place_of(order, page.last), 2)
    assert [row.id for row in page.rows] == ids[1:3]
    assert (page.has_previous, page.has_next) == (True, False)


def test_a_page_before_that_has_become_short_is_the_first_one(session):
    author_id = some_author(session)
    ids = [add(session, author_id, number) for number in range(1, 7)]
    order = order_by(Book.pages, False)
    second = fetch(session, order, place_of(order, keyset.encode(order, 3, ids[2])), 3)
    session.connection().execute(delete(books).where(books.c.id.in_(ids[:2])))
    page = fetch(session, order, place_of(order, second.first, True), 3)
    assert [row.id for row in page.rows] == ids[2:5]
    assert (page.has_previous, page.has_next) == (False, True)


def test_an_empty_table_is_one_empty_page(session):
    for place in (None, Place(None, None, True), Place(3, 4), Place(None, 4), Place(3, 4, True), Place(None, 4, True)):
        page = fetch(session, order_by(Book.pages, False), place, 3)
        assert (list(page.rows), page.has_previous, page.has_next) == ([], False, False), place


CURSOR_VALUES = [
    (Book.title_key, "李白 ' \" \n"),
    (Book.price, Decimal("1234567890.12")),
    (Book.published_on, date(1, 1, 1)),
    (Book.published_on, None),
    (Book.updated_at, datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC)),
    (Book.status, Status.OUT_OF_PRINT),
    (Book.isbn, None),
    (User.is_active, False),
    (User.age, 0),
    (User.role, Role.ADMIN),
    (Author.sort_key, ""),
]


@pytest.mark.parametrize(("attr", "value"), CURSOR_VALUES, ids=lambda part: str(part))
def test_a_cursor_is_exact(attr, value):
    order = keyset.order_of(attr.class_, "word", attr, True)
    cursor = keyset.encode(order, value, 2**63 - 1)
    place = keyset.decode(order, cursor, backwards=False)
    assert place == Place(value, 2**63 - 1)
    assert type(place.value) is type(value)


def packed(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


BROKEN = {
    "no base64": "{}",
    "no JSON": base64.urlsafe_b64encode(b"hello").decode(),
    "not ASCII": "ä",
    "no list": packed(7),
    "too short": packed(["x", "1"]),
    "too long": packed(["x", "1", 1, 1]),
    "another order": packed(["-x", "1", 1]),
    "no id": packed(["x", "1", None]),
    "id 0": packed(["x", "1", 0]),
    "id too large": packed(["x", "1", 2**63]),
    "id infinite": packed(["x", "1", float("inf")]),
    "value is a number": packed(["x", 1, 1]),
    "value of another kind": packed(["x", "one", 1]),
    "value is a list": packed(["x", ["1"], 1]),
    "nested": base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    "id with 5000 digits": base64.urlsafe_b64encode(b'["x", "1", ' + b"9" * 5000 + b"]").decode(),
    "end of the other end": "end",
    "empty": "",
}


@pytest.mark.parametrize("cursor", BROKEN.values(), ids=BROKEN)
def test_a_broken_cursor_is_refused(cursor):
    with pytest.raises(BadCursor):
        keyset.decode(order_by(Book.pages, False), cursor, backwards=False)


def test_a_column_that_is_never_empty_has_no_empty_cursor():
    with pytest.raises(BadCursor):
        keyset.decode(order_by(Book.price, False), packed(["x", None, 1]), backwards=False)


@pytest.mark.parametrize(("resource", "word"), ORDERS, ids=lambda part: getattr(part, "entity", part))
def test_every_order_reads_along_an_index(resource, word):
    """The column one sorts by leads an index in which the id is the next, in the table that holds it."""
    by = resource.sorts[word]
    indexes = [[column.name for column in index.columns][:2] for index in by.class_.__table__.indexes]
    assert [by.key, "id"] in indexes
