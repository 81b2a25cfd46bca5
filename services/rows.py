"""Many rows, each with values of its own, column by column: COPY on PostgreSQL, executemany on SQLite.

History is written beside them, its images made here. Used by services/bulk.py, which is who keeps the rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from types import SimpleNamespace
from typing import Any

from psycopg import sql
from sqlalchemy import ARRAY, JSON, Table, and_, cast, func, inspect, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from extensions import dialect_of
from models.base import Record, now
from models.change import Change
from services import changes, snapshots, wiring
from services.unit_of_work import Conflict

Columns = Mapping[str, Sequence[Any]]
NULL = r"\N"  # as COPY reads it
MARKS = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
ESCAPED = str.maketrans(MARKS)
OFTEN = 10_000  # different values of a column whose text is remembered


def insert(session: Session, table: Any, columns: Columns) -> None:
    """Insert the rows that stand in these columns."""
    if not next(iter(columns.values()), ()):
        return
    with translated(session):
        if dialect_of(session) == "sqlite":
            execute_many(session, table, columns)
        else:
            copy(session, table, columns)


def copy(session: Session, table: Table, columns: Columns) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
    written = [as_copied(values) for values in columns.values()]
    raw: Any = session.connection().connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(statement) as stream:
        stream.write("\n".join(map("\t".join, zip(*written, strict=True))) + "\n")


def execute_many(session: Session, table: Table, columns: Columns) -> None:
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608  names of our own tables
    bound = [as_bound(session, table.c[name], values) for name, values in columns.items()]
    raw: Any = session.connection().connection.driver_connection
    raw.executemany(statement, zip(*bound, strict=True))


@contextmanager
def translated(session: Session) -> Iterator[None]:
    """What the driver raises, as the engine would raise it: so a unit of work finds words for it."""
    driver: Any = session.get_bind().dialect.dbapi
    try:
        yield
    except driver.Error as error:
        raise DBAPIError.instance(None, None, error, driver.Error, hide_parameters=True) from error


# How a value is written


def as_copied(values: Sequence[Any]) -> Sequence[str]:
    """Texts as COPY reads them."""
    kind = next((type(value) for value in values if value is not None), str)
    if issubclass(kind, str) and not issubclass(kind, Enum):
        return escaped(values)
    write = as_text if kind is not int else str
    return [NULL if value is None else write(value) for value in values]


def escaped(values: Sequence[str | None]) -> Sequence[str]:
    everything = "".join([value for value in values if value is not None])
    if any(mark in everything for mark in MARKS):
        return [NULL if value is None else value.translate(ESCAPED) for value in values]
    return [NULL if value is None else value for value in values]


@lru_cache(OFTEN, typed=True)  # prices, days and words come again and again
def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, date):
        return value.isoformat()
    return str(value.value if isinstance(value, Enum) else value)


def as_bound(session: Session, column: Any, values: Sequence[Any]) -> Sequence[Any]:
    """Values as SQLite's driver takes them."""
    if isinstance(column.type, JSON):
        return values  # images of history are JSON already
    engine = session.get_bind().dialect
    bind = column.type.dialect_impl(engine).bind_processor(engine)
    if bind is None:
        return values
    quick = lru_cache(OFTEN)(bind)
    return [None if value is None else quick(value) for value in values]


def as_json(values: Sequence[Any]) -> Sequence[str]:
    """JSON of each value, as history keeps it; see snapshots.encode."""
    kind = next((type(value) for value in values if value is not None), str)
    if kind is str:
        return ["null" if value is None else quoted(value) for value in values]
    if kind is list:
        return [f"[{', '.join(map(str, value))}]" for value in values]
    if kind is int:
        return ["null" if value is None else str(value) for value in values]
    return [json_of(value) for value in values]


@lru_cache(OFTEN, typed=True)
def json_of(value: Any) -> str:
    kept = snapshots.encode(value)
    if kept is None or isinstance(kept, bool):
        return {None: "null", True: "true", False: "false"}[kept]
    return quoted(kept) if isinstance(kept, str) else str(kept)


def images(columns: Columns) -> Sequence[str]:
    """The JSON objects of history for rows that stand in these columns."""
    pattern = ",".join(f'"{name}":%s' for name in columns)
    return [f"{{{pattern}}}" % row for row in zip(*map(as_json, columns.values()), strict=True)]


# New records


def insert_records(
    session: Session, model: type[Record], columns: Columns, links: Mapping[str, Sequence[list[int]]], sentence: str
) -> list[int]:
    """Insert records whose values stand in these columns, with their history; returns their ids.

    Keys, versions, times and defaults are put beside them. `links`: many-to-many → the sorted ids at the other end.
    """
    number = len(next(iter(columns.values())))
    whole = {**beginnings(model, number), **columns}
    ids = whole["id"] = list(columns.get("id", ())) or new_ids(session, model, number)
    insert(session, model.__table__, {**whole, **keys(model, whole)})
    for name, others in links.items():
        tie(session, snapshots.links(model)[name], ids, others)
    nothing: list[Any] = [None] * number
    after = {name: whole.get(name, nothing) for name in snapshots.columns(model)} | dict(links)
    remember(session, model, "insert", Written(ids, labels(model, whole), whole["version"]), None, after, sentence)
    return ids


def beginnings(model: type[Record], number: int) -> dict[str, Any]:
    """What a new record has in columns of which nothing is said."""
    moment = now()
    defaults = {c.name: c.default.arg for c in model.__table__.columns if c.default is not None and c.default.is_scalar}
    values = {"version": 1, "created_at": moment, "updated_at": moment, **defaults}
    return {name: [value] * number for name, value in values.items()}


def keys(model: type[Record], columns: Columns) -> dict[str, Sequence[Any]]:
    """The derived columns; see models.base.derive."""
    number = len(next(iter(columns.values())))
    nothing: list[Any] = [None] * number
    return {
        key: list(map(rule, *(columns.get(part, nothing) for part in parts)))
        for key, (rule, parts) in model.__keys__.items()
    }


def new_ids(session: Session, model: type[Record], number: int) -> list[int]:
    """As many new ids, never one that was given before. SQLite's writer is alone."""
    if dialect_of(session) == "sqlite":
        given = text("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :table")
        highest = session.connection().execute(given, {"table": model.__tablename__}).scalar_one()
        return list(range(highest + 1, highest + 1 + number))
    sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
    new = select(func.nextval(sequence)).select_from(func.generate_series(1, number).table_valued())
    return list(session.connection().execute(new).scalars())


def labels(model: type[Record], columns: Columns) -> Sequence[Any]:
    """The names of the records."""
    if model.__label__ in columns:
        return columns[model.__label__]
    name: Any = inspect(model).all_orm_descriptors[model.__label__]
    nothing: list[Any] = [None] * len(next(iter(columns.values())))
    told = {column.name: columns.get(column.name, nothing) for column in model.__table__.columns}
    return [name.fget(SimpleNamespace(**dict(zip(told, row, strict=True)))) for row in zip(*told.values(), strict=True)]


def tie(session: Session, relation: Any, ids: Sequence[int], others: Sequence[Sequence[int]]) -> None:
    near, far = wiring.ends(relation)
    pairs = [(one, other) for one, linked in zip(ids, others, strict=True) for other in linked]
    insert(session, near.table, {near.name: [one for one, _ in pairs], far.name: [other for _, other in pairs]})


# Changed records


@dataclass(frozen=True)
class Edit:
    """A record that gets other values. `before` holds at least the changed columns and what keys are made of."""

    id: int
    version: int  # as it was seen
    label: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def change_records(session: Session, model: type[Record], edits: Sequence[Edit], sentence: str) -> None:
    """Change each record as its edit says, with exact history. Raises Conflict when one is not as it was seen."""
    alike: dict[tuple[str, ...], list[Edit]] = {}
    for edit in edits:
        alike.setdefault(tuple(sorted(edit.after)), []).append(edit)
    for names, group in alike.items():
        before, after = ({name: [getattr(edit, side)[name] for edit in group] for name in names} for side in SIDES)
        update_records(session, model, group, {**after, **stale_keys(model, names, group)})
        label = model.__label__
        written = Written(
            [edit.id for edit in group],
            [edit.after.get(label) or edit.label for edit in group],
            [edit.version + 1 for edit in group],
        )
        remember(session, model, "update", written, before, after, sentence)
    session.expire_all()


SIDES = ("before", "after")


def stale_keys(model: type[Record], names: Sequence[str], edits: Sequence[Edit]) -> dict[str, Sequence[Any]]:
    """The keys that are made of one of these columns."""
    stale = {key: made for key, made in model.__keys__.items() if not set(made[1]).isdisjoint(names)}
    return {
        key: [rule(*(edit.after.get(part, edit.before.get(part)) for part in parts)) for edit in edits]
        for key, (rule, parts) in stale.items()
    }


def update_records(session: Session, model: type[Record], edits: Sequence[Edit], columns: Columns) -> None:
    table: Any = model.__table__
    seen = {"id": [edit.id for edit in edits], "version": [edit.version for edit in edits]}
    if dialect_of(session) == "sqlite":
        number = update_one_by_one(session, table, seen, columns)
    else:
        given = as_table({"row_id": table.c.id, "seen": table.c.version}, table, [*seen.values()], columns)
        changed = {name: given.c[name] for name in columns}
        moved = {"version": table.c.version + 1, "updated_at": now()}
        same = and_(table.c.id == given.c.row_id, table.c.version == given.c.seen)
        number = session.connection().execute(update(table).where(same).values({**changed, **moved})).rowcount
    if number != len(edits):
        raise Conflict


def update_one_by_one(session: Session, table: Table, seen: Columns, columns: Columns) -> int:
    """SQLite does that as fast as any other way."""
    given = {**columns, "updated_at": [now()] * len(seen["id"])}
    settings = ", ".join(f'"{name}" = ?' for name in given)
    statement = f'UPDATE "{table.name}" SET {settings}, version = version + 1 WHERE id = ? AND version = ?'  # noqa: S608
    bound = [as_bound(session, table.c[name], values) for name, values in (*given.items(), *seen.items())]
    raw: Any = session.connection().connection.driver_connection
    with translated(session):
        return int(raw.executemany(statement, zip(*bound, strict=True)).rowcount)


def as_table(seen: Mapping[str, Any], table: Table, values: Sequence[Sequence[Any]], columns: Columns) -> Any:
    """Columns of values as a table of PostgreSQL: one array each."""
    kinds = {**seen, **{name: table.c[name] for name in columns}}
    arrays = [
        cast([plain(value) for value in given], ARRAY(snapshots.bare(kinds[name])))
        for name, given in zip(kinds, [*values, *columns.values()], strict=True)
    ]
    return func.unnest(*arrays).table_valued(*kinds).render_derived()


def plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


# History


@dataclass(frozen=True)
class Written:
    """Records as they were left."""

    ids: Sequence[int]
    labels: Sequence[Any]
    versions: Sequence[int]


def remember(
    session: Session,
    model: type[Record],
    action: str,
    written: Written,
    before: Columns | None,
    after: Columns,
    sentence: str,
) -> None:
    """Write the change rows of records that were written in one step."""
    number = len(written.ids)
    place = zip(changes.PLACE, changes.place_of(session, model, sentence), strict=True)
    columns: dict[str, Sequence[Any]] = {name: [value] * number for name, value in place}
    columns |= {"action": [action] * number, "record_id": written.ids, "label": written.labels}
    columns |= {"version": written.versions, "fields": [",".join(sorted(after))] * number}
    columns |= {name: images(side) for name, side in zip(SIDES, (before, after), strict=True) if side is not None}
    insert(session, Change.__table__, columns)
