"""One page of a list after (or before) a place in it: the same speed on every page, and right while rows come and go.

The order is (NULLs last, value, id), ascending or descending; NULLs are last both ways. Rows with a value and rows
without are two ranges of the same index, so each is asked for by itself and never sorted.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from admin import values
from admin.attributes import describe
from admin.statements import fixed
from models.base import Record

Attr = InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Order:
    """A sort: the word of the address, its mapped column, the direction, and the id that breaks ties."""

    word: str
    by: Attr
    id: Attr
    descending: bool

    @property
    def text(self) -> str:
        return f"-{self.word}" if self.descending else self.word

    @property
    def nullable(self) -> bool:
        return bool(self.by.property.columns[0].nullable)


@dataclass(frozen=True)
class Place:
    """Where a page begins (`backwards`: where it ends): after this value and id. The end of the list has no id."""

    value: Any
    id: int | None
    backwards: bool = False


@dataclass(frozen=True)
class Page:
    rows: Sequence[Row[Any]]
    has_previous: bool
    has_next: bool
    first: str | None  # the cursors of the page's ends
    last: str | None
    beside: Row[Any] | None = None  # see Rows


class BadCursor(ValueError):
    """The cursor is broken, or belongs to another order."""


def encode(order: Order, value: Any, record_id: int) -> str:
    packed = json.dumps([order.text, values.to_cursor(value), record_id], ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode(order: Order, cursor: str, backwards: bool) -> Place:
    """Read a cursor of ours back. Raises BadCursor for any other text."""
    if backwards and cursor == "end":
        return Place(None, None, backwards)
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        word, text, record_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if word != order.text or not isinstance(text, str | None) or not 0 < int(record_id) <= values.LARGEST_ID:
            raise BadCursor
        value = values.from_cursor(describe(order.by), text)
    except (ValueError, TypeError, binascii.Error, RecursionError, OverflowError):
        raise BadCursor("This link into the list is broken.") from None
    if value is None and not order.nullable:
        raise BadCursor("This link into the list is broken.")
    return Place(value, int(record_id), backwards)


@dataclass(frozen=True)
class Rows:
    """Some rows, and scalars that were found out along with them, if they were."""

    rows: Sequence[Row[Any]]
    beside: Row[Any] | None = None


Read = Callable[[Place | None, int], Rows]


def paged(read: Read, order: Order, place: Place | None, size: int) -> Page:
    """One page of what `read` gives: at most so many rows after a place, in reading direction.

    A page that has become empty or short because rows were deleted is filled from the nearer end of the list.
    """
    found = read(place, size + 1)
    rows = found.rows
    if place is None:
        return page(order, rows[:size], found.beside, has_previous=False, has_next=len(rows) > size)
    if place.backwards:
        if len(rows) <= size and place.id is not None:
            return paged(read, order, None, size)
        is_last = place.id is None
        return page(order, rows[:size][::-1], found.beside, has_previous=len(rows) > size, has_next=not is_last)
    if not rows:
        return paged(read, order, Place(None, None, backwards=True), size)
    return page(order, rows[:size], found.beside, has_previous=True, has_next=len(rows) > size)


def page(order: Order, rows: Sequence[Row[Any]], beside: Row[Any] | None, has_previous: bool, has_next: bool) -> Page:
    first, last = [encode(order, row.sort_value, row.id) for row in (rows[0], rows[-1])] if rows else (None, None)
    return Page(rows, has_previous, has_next, first, last, beside)


VALUE, ID = "place_value", "place_id"
Shape = tuple[bool, bool, bool]  # a place without its values: backwards, whether it has a value, and an id


def shape_of(place: Place | None) -> Shape | None:
    return None if place is None else (place.backwards, place.value is not None, place.id is not None)


def values_of(place: Place | None) -> dict[str, Any]:
    given = {} if place is None else {VALUE: place.value, ID: place.id}
    return {name: value for name, value in given.items() if value is not None}


def place_of(order: Order, shape: Shape | None) -> Place | None:
    """A place whose values are given when the statement runs."""
    if shape is None:
        return None
    backwards, has_value, has_id = shape
    value: Any = bindparam(VALUE, type_=order.by.type) if has_value else None
    key: Any = bindparam(ID, type_=order.id.type) if has_id else None
    return Place(value, key, backwards)


def ranged(
    statement: Select[Any], order: Order, place: Place | None, limit: int, beside: Sequence[ColumnElement[Any]] = ()
) -> Select[Any]:
    """The next rows of the statement, which must not be ordered, after the place, in reading direction."""
    statement = statement.add_columns(order.by.label("sort_value"))
    selected = [part.limit(fixed(limit)) for part in parts(statement, order, place)]
    if len(selected) == 1:
        return selected[0].add_columns(*beside)
    numbered = [part.add_columns(fixed(number).label("part")).subquery() for number, part in enumerate(selected)]
    both = union_all(*(select(part) for part in numbered)).subquery()
    down = downwards(order, place)
    ordering = [both.c.part, direction(both.c.sort_value, down), direction(both.c.id, down)]
    return select(both, *beside).order_by(*ordering).limit(fixed(limit))


def parts(statement: Select[Any], order: Order, place: Place | None) -> Sequence[Select[Any]]:
    """The one or two index ranges that hold the page, in reading order."""
    down, backwards = downwards(order, place), place is not None and place.backwards
    key = statement.order_by(direction(order.by, down), direction(order.id, down))
    if not order.nullable:
        return [key if place is None or place.id is None else key.where(beyond(order, place, down))]
    filled = key.where(order.by.is_not(None))
    # Sorted by what is NULL, too: so PostgreSQL sees that it is the index's own order.
    empty = statement.where(order.by.is_(None)).order_by(direction(order.by, down), direction(order.id, down))
    if place is None or place.id is None:
        return [empty, filled] if backwards else [filled, empty]
    if place.value is None:
        rest = empty.where(order.id < place.id if down else order.id > place.id)
        return [rest, filled] if backwards else [rest]
    rest = filled.where(beyond(order, place, down))
    return [rest] if backwards else [rest, empty]


def downwards(order: Order, place: Place | None) -> bool:
    return order.descending != (place is not None and place.backwards)


def reading(order: Order, place: Place | None, columns: Any = None) -> Sequence[ColumnElement[Any]]:
    """What to sort a few rows by that were found in any order, to have them in reading direction.

    `columns` are those of a subquery that selected the rows.
    """
    down, backwards = downwards(order, place), place is not None and place.backwards
    by, key = (order.by, order.id) if columns is None else (columns.sort_value, columns.id)
    ordering = [direction(by, down), direction(key, down)]
    return [direction(by.is_(None), backwards), *ordering] if order.nullable else ordering


def follows(order: Order, place: Place | None, columns: Any) -> ColumnElement[bool]:
    """Whether a row of a subquery (see `reading`) comes after the place."""
    if place is None or place.id is None:
        return true()
    down, key = downwards(order, place), bound(place.id, order.id)
    if place.value is None:
        after = columns.id < key if down else columns.id > key
        is_empty = columns.sort_value.is_(None)
        return or_(not_(is_empty), after) if place.backwards else and_(is_empty, after)
    here, there = tuple_(bound(place.value, order.by), key), tuple_(columns.sort_value, columns.id)
    after = there < here if down else there > here
    return or_(after, columns.sort_value.is_(None)) if order.nullable and not place.backwards else after


def beyond(order: Order, place: Place, down: bool) -> ColumnElement[bool]:
    here = tuple_(bound(place.value, order.by), bound(place.id, order.id))
    key = tuple_(order.by, order.id)
    after = key < here if down else key > here
    if order.by.class_ is order.id.class_:
        return after
    return and_(order.by <= place.value if down else order.by >= place.value, after)  # no index spans two tables


def bound(value: Any, attr: Attr) -> ColumnElement[Any]:
    return value if isinstance(value, BindParameter) else literal(value, attr.type)


def direction(column: Any, down: bool) -> Any:
    return column.desc() if down else column.asc()


def order_of(model: type[Record], word: str, by: Attr, descending: bool) -> Order:
    return Order(word, by, model.id, descending)
