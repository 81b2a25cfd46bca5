"""Reading records: one for its page or form, many as rows of columns."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from flask import abort
from sqlalchemy import Select, bindparam, func, literal, select
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from admin.attributes import Attr, Attribute, child_key, describe, foreign_key, label_of
from admin.resource import Column, Resource
from models.base import Record

COUNT_CAP = 10_000
FEW_CAP = 1_000  # for counts inside a row


def load(session: Session, resource: Resource, record_id: int, others: bool = True, lock: bool = False) -> Record:
    """The record with everything its page and form name, and nothing else; 404 when there is none.

    Without `others` its tags and the records it refers to stay unread: who saves a form needs their ids alone.
    With `lock` it is held until the end: from here on nothing new can refer to it. SQLite has one writer anyway.
    """
    statement = one_of(resource.model, tuple(attribute.attr for attribute in resource.fields), others, lock)
    record: Record | None = session.scalars(statement, {"record_id": record_id}).one_or_none()
    if record is None:
        abort(404, resource)
    return record


@lru_cache(256)
def one_of(model: type[Record], fields: tuple[Attr, ...], others: bool, lock: bool) -> Select[Any]:
    options = (*needed(model, fields, others), raiseload("*"))
    statement = select(model).where(model.id == bindparam("record_id")).options(*options)
    return statement.with_for_update(of=model) if lock else statement


def needed(model: type[Record], fields: Sequence[Attr], others: bool) -> Iterator[Any]:
    attributes = [describe(attr) for attr in fields]
    for attribute in attributes:
        if attribute.kind == "tags" and others:
            yield selectinload(attribute.attr)
        elif attribute.kind == "reference" and others:
            yield joinedload(attribute.attr)
    for relationship in model.__mapper__.relationships:
        if not relationship.uselist and any(a.model is relationship.mapper.class_ for a in attributes):
            yield joinedload(relationship.class_attribute).raiseload("*")


def rows(resource: Resource, columns: Sequence[Column], sort: str = "") -> Select[Any]:
    """Select these columns of the list, not entities: nothing can be loaded by accident.

    `sort` is the word of a column by which the caller orders, shown or not.
    """
    return rows_of(resource.model, tuple(columns), resource.by_name[sort] if sort else None)


@lru_cache(256)  # a statement never changes: what is put together once serves everybody
def rows_of(model: Any, columns: tuple[Column, ...], sort: Column | None) -> Select[Any]:
    statement: Select[Any] = select(model.id, model.version)
    joined = {column.name: column for column in columns if column.kind == "reference"}
    if sort is not None and sort.kind == "reference":
        joined.setdefault(sort.name, sort)
    for column in columns:
        statement = statement.add_columns(*cells(column))
    if hasattr(model, "author_id") and not any(column.name == "author" for column in columns):
        statement = statement.add_columns(model.author_id)  # the rights to a row ask whose it is
    for column in joined.values():
        statement = statement.join(column.attr, isouter=not column.attribute.required)
    return statement


def cells(column: Column) -> Iterator[Any]:
    """The selected expressions of one column, named after it."""
    attribute, name = column.attribute, column.name
    if attribute.kind == "reference":
        yield label_of(attribute.target).label(name)  # type: ignore[arg-type]
        yield foreign_key(attribute.attr).label(f"{name}_id")
    elif attribute.kind == "tags":
        yield names_of(attribute).label(name)
    elif attribute.kind == "many":
        yield number_of(attribute).label(name)
    else:
        yield column.attr.label(name)
    if "currency" in attribute.info:
        yield getattr(attribute.model, attribute.info["currency"]).label(f"{name}_currency")
    if column.beside is not None:
        yield column.beside.label(f"{name}_beside")


@lru_cache(256)
def names(columns: tuple[Column, ...]) -> list[str]:
    """What `rows` selects for these columns, in its order."""
    return ["id", "version", *(expression.name for column in columns for expression in cells(column))]


def names_of(attribute: Attribute) -> Any:
    """The names of a row's tags, one per line, in the same statement."""
    target, prop = attribute.target, attribute.attr.property
    names = select(func.aggregate_strings(label_of(target), "\n")).join(prop.secondary, prop.secondaryjoin)  # type: ignore[arg-type]
    return names.where(prop.primaryjoin).correlate(attribute.model).scalar_subquery()


def number_of(attribute: Attribute) -> Any:
    """How many children a row has, counted no further than the cap."""
    prop = attribute.attr.property
    if prop.secondary is not None:
        few = select(literal(1)).select_from(prop.secondary).where(prop.primaryjoin)
    else:
        few = select(literal(1)).where(child_key(attribute.attr) == attribute.model.id)
    few = few.limit(FEW_CAP + 1)
    return select(func.count()).select_from(few.correlate(attribute.model).subquery()).scalar_subquery()


def capped_count(statement: Select[Any]) -> Any:
    """How many rows a statement finds, as a scalar; COUNT_CAP + 1 means more than the cap."""
    few = statement.with_only_columns(1, maintain_column_froms=True).order_by(None).limit(COUNT_CAP + 1)
    return select(func.count()).select_from(few.subquery()).scalar_subquery()


def label_by_id(model: type[Record], record_id: Any) -> Any:
    return select(label_of(model)).where(model.id == record_id).scalar_subquery()


def sort_expression(resource: Resource) -> Sequence[Any]:
    """The list's own order, for small lists that are not paged."""
    by = resource.sorts[resource.sort.removeprefix("-")]
    down = resource.sort.startswith("-")
    return [by.desc().nulls_last() if down else by.asc().nulls_last(), resource.model.id]
