"""Deleted records come back: whole, with their ids and links, by one statement for thousands of them.

Their values go from history straight into the table, in SQL. Only what keys are made of passes through Python.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Text,
    UniqueConstraint,
    any_,
    bindparam,
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Session

from extensions import dialect_of
from models.base import Record, derive, now
from models.change import Change
from models.user import Role, User
from services import bulk, changes, snapshots

CHUNK = 5_000


def deleted(session: Session, model: type[Record], where: ColumnElement[bool], last: int) -> Sequence[Any]:
    """The next deletions of `where` after the record of this id: the id, the name, and the values that decide."""
    values = [snapshots.kept_text(Change.before, name).label(name) for name in deciding(model)]
    statement = select(Change.record_id, Change.label, *values).where(where, Change.record_id > last)
    return session.execute(statement.order_by(Change.record_id).limit(CHUNK)).all()


def deciding(model: type[Record]) -> list[str]:
    """The columns that keys are made of, that must be unique, or that refer to other records."""
    table = snapshots.table_of(model)
    parts = {part for _, names in model.__keys__.values() for part in names}
    unique = {name for name in unique_columns(model) if name not in model.__keys__}
    return sorted(parts | unique | {c.name for c in table.columns if c.foreign_keys})


def unique_columns(model: type[Record]) -> Iterator[str]:
    for rule in snapshots.table_of(model).constraints:
        if isinstance(rule, UniqueConstraint):
            yield from (part.name for part in rule.columns)


# What keeps them away


def why_not(session: Session, model: type[Record], rows: Sequence[Any]) -> dict[int, str]:
    """Record id → what keeps it from coming back: it is there, its parent is gone, or a unique value is taken."""
    table = snapshots.table_of(model)
    found = dict.fromkeys(existing(session, table.c.id, [row.record_id for row in rows]), "it is there already")
    for name in unique_columns(model):
        given = {row.record_id: unique_value(model, name, row) for row in rows}
        taken = existing(session, table.c[name], given.values())
        reason = f"its {source(model, name)} is used by another record now"
        found = {key: reason for key, value in given.items() if value in taken} | found
    for part in table.columns:
        for key in part.foreign_keys:
            parents = {row.record_id: int(kept) for row in rows if (kept := row._mapping[part.name]) is not None}
            there = existing(session, key.column, parents.values())
            gone = [one for one, parent in parents.items() if parent not in there]
            found |= dict.fromkeys(gone, f"its {part.name.removesuffix('_id')} is gone")
    return found


def unique_value(model: type[Record], name: str, row: Any) -> Any:
    """The value of a unique column: kept as it was, or derived anew."""
    if name in model.__keys__:
        return derive_one(model, name, row)
    kept = row._mapping[name]
    return int(kept) if kept is not None and snapshots.table_of(model).c[name].foreign_keys else kept


def derive_one(model: type[Record], name: str, row: Any) -> str | None:
    rule, parts = model.__keys__[name]
    return rule(*(row._mapping[part] for part in parts))


def source(model: type[Record], name: str) -> str:
    """What people call a unique column: «email» for its key, «user» for the reference."""
    return model.__keys__[name][1][0] if name in model.__keys__ else name.removesuffix("_id")


def existing(session: Session, key: Any, values: Iterable[Any]) -> set[Any]:
    """Which of these values the column holds, by one statement with one parameter."""
    wanted = sorted({value for value in values if value is not None})
    if not wanted:
        return set()
    if dialect_of(session) == "sqlite":
        listed = func.json_each(json.dumps(wanted)).table_valued("value")
        held = key.in_(select(listed.c.value))
    else:
        kind = BigInteger if isinstance(wanted[0], int) else Text
        held = key == any_(cast(wanted, ARRAY(kind)))
    return set(session.connection().execute(select(key).where(held)).scalars())


# Their return


def insert_again(session: Session, model: type[Record], where: ColumnElement[bool], rows: Sequence[Any]) -> int:
    """Insert the deleted records of these rows, write their history and tie their links. Returns how many."""
    if not rows:
        return 0
    table, ids = snapshots.table_of(model), [row.record_id for row in rows]
    keys = keys_of(session, model, rows)
    values = {**columns_of(session, model), **{name: keys.c[name] for name in model.__keys__}}
    again = select(*values.values()).join(keys, keys.c.id == Change.record_id).where(where)
    bulk.execute(session, insert(table).from_select(list(values), again, include_defaults=False))
    names = [*snapshots.columns(model), *snapshots.links(model)]
    relink(session, model, where, ids)
    changes.write_many(session, model, "insert", names, bulk.chosen_by(session, table, ids))
    return len(ids)


def keys_of(session: Session, model: type[Record], rows: Sequence[Any]) -> Any:
    """A table of ids and derived keys, from one JSON parameter."""
    listed = [{"id": row.record_id, **derive(model, row._mapping)} for row in rows]
    given = bindparam("keys", json.dumps(listed), Text, unique=True)
    if dialect_of(session) == "sqlite":
        each = func.json_each(given).table_valued("value")
        parts = [func.json_extract(each.c.value, f"$.{name}").label(name) for name in model.__keys__]
        listed_once = select(func.json_extract(each.c.value, "$.id").label("id"), *parts).limit(CHUNK)
        return listed_once.subquery()  # the limit makes SQLite keep it and index it, instead of reading it for each row
    named: list[Any] = [column("id", BigInteger), *(column(name, Text) for name in model.__keys__)]
    each = func.json_to_recordset(cast(given, JSON)).table_valued(*named)
    return each.render_derived(with_types=True)


def columns_of(session: Session, model: type[Record]) -> dict[str, Any]:
    """Column → its value in SQL, as history kept it; a restored user has the smallest role and no password."""
    dialect = dialect_of(session)
    values = {name: snapshots.read(Change.before, part, dialect) for name, part in snapshots.columns(model).items()}
    if model is User:
        values["role"] = literal(Role.VIEWER.value)
    for part in snapshots.table_of(model).columns:
        if part.info.get("bookkeeping") and part.default is not None:
            values[part.name] = literal(part.default.arg, part.type)
    moved = literal(now(), snapshots.table_of(model).c.updated_at.type)
    return {**values, "id": Change.record_id, "version": Change.version + 1, "updated_at": moved}


def relink(session: Session, model: type[Record], where: ColumnElement[bool], ids: Sequence[int]) -> None:
    """Tie the restored records to what they were linked with, where that still exists."""
    for name, relation in snapshots.links(model).items():
        near = next(link for _, link in relation.synchronize_pairs)
        far = next(link for _, link in relation.secondary_synchronize_pairs or ())
        target = snapshots.table_of(relation.mapper.class_)
        other = kept_links(session, Change.before, name)
        pairs = select(Change.record_id, other).where(where, bulk.among(session, Change.record_id, ids))
        there = exists().where(target.c.id == other)
        bulk.execute(session, insert(near.table).from_select([near.name, far.name], pairs.where(there)))


def kept_links(session: Session, snapshot: Any, name: str) -> Any:
    """The ids in a list of links that a snapshot column keeps, one row each."""
    if dialect_of(session) == "sqlite":
        return func.json_each(snapshot, f"$.{name}").table_valued("value", joins_implicitly=True).c.value
    listed = func.jsonb_array_elements_text(snapshot[name])
    return cast(listed.column_valued(joins_implicitly=True), BigInteger)
