"""From record to record through the list one came from: its search, filters and order, by one bounded statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import url_for
from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import keyset, query
from admin.keyset import Place
from admin.query import ListQuery
from admin.resource import Resource
from models.base import Record
from services.patience import impatiently

MOST = 1_000  # further one does not count
PATIENCE = 0.3  # seconds: a record page waits no longer for its neighbours


@dataclass(frozen=True)
class Walk:
    """The neighbours in the list, as addresses; None is its end. `text` is «4 of 37» where counting is cheap."""

    previous: str | None
    next: str | None
    text: str


def through(session: Session, resource: Resource, record: Record, address: str | None) -> Walk | None:
    """The way through the list of this address; None where there is no list, or it takes too long to find."""
    asked = parsed(resource, address)
    if asked is None:
        return None
    statement = neighbours(session, asked, record)
    found = impatiently(session, PATIENCE, lambda: session.connection().execute(statement).one())
    if found is None:
        return None
    to = [url_for(".detail", id=key, back=address) if key else None for key in (found.previous, found.next)]
    return Walk(to[0], to[1], spoken(found))


def parsed(resource: Resource, address: str | None) -> ListQuery | None:
    words = parse_qsl((address or "").partition("?")[2], keep_blank_values=True)
    try:
        return query.parse(resource, MultiDict(words)) if address else None
    except query.BadQuery:
        return None


def neighbours(session: Session, asked: ListQuery, record: Record) -> Select[Any]:
    """The ids before and after the record, how many come before it and how many there are, in one statement."""
    keys = listed(session, asked)
    here = place_of(asked, record)
    there = Place(here.value, here.id, backwards=True)
    inside = keys.where(asked.resource.model.id == record.id).exists()
    return select(
        first(keys, asked, there).label("previous"),
        first(keys, asked, here).label("next"),
        number([keys]).label("total"),
        number(keyset.parts(keys, asked.order, there)).label("before"),
        inside.label("inside"),
    )


def listed(session: Session, asked: ListQuery) -> Select[Any]:
    """The ids of the list, joined with what it is sorted by."""
    model, by = asked.resource.model, asked.order.by
    statement: Select[Any] = select(model.id).where(*asked.where(session))
    if by.class_ is model:
        return statement
    column = asked.resource.by_name[asked.order.word]
    return statement.join(column.attr, isouter=not column.attribute.required)


def place_of(asked: ListQuery, record: Record) -> Place:
    """Where the record stands in the order; what a reference is sorted by was loaded with it."""
    by = asked.order.by
    holder: Any = record if by.class_ is asked.resource.model else getattr(record, asked.order.word)
    return Place(getattr(holder, by.key, None), record.id)


def first(keys: Select[Any], asked: ListQuery, place: Place) -> Any:
    """The next id after the place in reading direction, or NULL."""
    found = [part.limit(1).scalar_subquery() for part in keyset.parts(keys, asked.order, place)]
    return func.coalesce(*found) if len(found) > 1 else found[0]


def number(statements: Sequence[Select[Any]]) -> Any:
    """How many rows they find together; each is counted no further than one more than the most."""
    few = [each.with_only_columns(literal(1), maintain_column_froms=True).order_by(None) for each in statements]
    counts = [select(func.count()).select_from(one.limit(MOST + 1).subquery()).scalar_subquery() for one in few]
    return sum(counts[1:], counts[0])


def spoken(found: Any) -> str:
    if found.total > MOST:
        return ""
    return f"{found.before + 1:,} of {found.total:,}" if found.inside else "Not in this list any more"
