"""Writing many rows by one statement: with their history, their versions and their keys, locked in the order of ids.

The only place that does; a bulk statement on records anywhere else is refused. Everything runs in the caller's unit of
work and is part of its change set, so a bulk change is undone like any other.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    column,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, RelationshipProperty, Session

from extensions import dialect_of
from models.base import Money, Record, derive, now
from services import aside, changes, rows, snapshots, wiring

Attr = InstrumentedAttribute[Any]
KEPT = {changes.ALLOWED: True}
CHUNK = 5_000


def change(
    session: Session, model: type[Record], where: ColumnElement[bool], values: Mapping[str, Any], sentence: str = ""
) -> int:
    """Set the columns of `values` (values or SQL) in every row that matches and differs. Returns how many changed.

    Both may speak of another table that `where` joins one to one.
    """
    exact = exactly_all(session, model, values)
    change_all = change_in_two if dialect_of(session) == "sqlite" else change_in_one
    number, chosen = change_all(session, model, and_(where, differing(model, exact)), exact, sentence)
    rekey(session, model, chosen, exact)
    session.expire_all()
    return number


def change_in_two(
    session: Session, model: type[Record], where: Any, exact: Mapping[str, Any], sentence: str
) -> tuple[int, Any]:
    """History first, from what the rows hold and what they will; then the rows."""
    table = snapshots.table_of(model)
    chosen = changes.write_many(
        session, model, "update", list(exact), lambda source: source.where(where), dict(exact), sentence
    )
    moved = {**exact, "version": table.c.version + 1, "updated_at": now()}
    result = execute(session, update(table).where(where, table.c.id.in_(chosen)).values(moved))
    return int(result.rowcount), chosen


def change_in_one(
    session: Session, model: type[Record], where: Any, exact: Mapping[str, Any], sentence: str
) -> tuple[int, Any]:
    """Lock and read the rows, change them and write their history in one statement, which passes each row on."""
    table = snapshots.table_of(model)
    label = getattr(model, model.__label__).label("label")
    before = [table.c[name].label(f"old_{name}") for name in exact]
    after = [value.label(f"new_{name}") for name, value in exact.items()]
    rows = locked(session, select(table.c.id, label, *before, *after).where(where).order_by(table.c.id), table)
    old = rows.cte("old")
    moved = {name: old.c[f"new_{name}"] for name in exact} | {"version": table.c.version + 1, "updated_at": now()}
    given = [column for column in old.c if column.name != "id"]
    done = update(table).where(table.c.id == old.c.id).values(moved).returning(table.c.id, table.c.version, *given)
    return changes.write_changed(session, model, list(exact), done.cte("done"), sentence)


def remove(session: Session, model: type[Record], where: ColumnElement[bool], sentence: str = "") -> int:
    """Delete every row that matches, keeping it whole in history. Returns how many went."""
    table = snapshots.table_of(model)
    names = [*snapshots.columns(model), *snapshots.links(model)]

    def rows(source: Any) -> Any:
        return locked(session, source.where(where).order_by(table.c.id), table)

    chosen = changes.write_many(session, model, "delete", names, rows, sentence=sentence)
    counted = select(func.count()).where(table.c.id.in_(chosen))
    with aside.shrinking(session, model, lambda: session.scalar(counted) or 0):
        result = execute(session, delete(table).where(table.c.id.in_(chosen)))
    session.expire_all()
    return int(result.rowcount)


def add(session: Session, model: type[Record], rows: Iterable[Mapping[str, Any]], sentence: str = "") -> int:
    """Insert rows given as column values; keys, versions and times are put beside them. Returns how many."""
    return len(added(session, model, rows, sentence))


def added(session: Session, model: type[Record], rows: Iterable[Mapping[str, Any]], sentence: str = "") -> list[int]:
    """The same; returns the ids, in the order of the rows."""
    return [key for chunk in chunks(rows, CHUNK) for key in add_columns(session, model, turned(chunk), {}, sentence)]


def turned(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows as columns. All have the same."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def add_columns(
    session: Session,
    model: type[Record],
    columns: Mapping[str, Sequence[Any]],
    links: Mapping[str, Sequence[list[int]]],
    sentence: str = "",
) -> list[int]:
    """The same for rows that stand in columns, some thousands of them, with what each is linked to (sorted ids)."""
    changes.take_time(session)
    return rows.insert_records(session, model, columns, links, sentence)


def change_rows(session: Session, model: type[Record], edits: Sequence[rows.Edit], sentence: str = "") -> None:
    """Change some thousands of records, each to values of its own. Raises Conflict when one is not as it was seen."""
    changes.take_time(session)
    rows.change_records(session, model, edits, sentence)


def chosen_by(session: Session, table: Any, ids: Sequence[int]) -> Callable[[Any], Any]:
    return lambda source: source.where(among(session, table.c.id, ids)).order_by(table.c.id)


def among(session: Session, column: Any, values: Sequence[Any]) -> Any:
    """`column IN values`, ids or texts, with one parameter, however many there are."""
    if dialect_of(session) == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    kind = Text if values and isinstance(values[0], str) else BigInteger
    return column == any_(cast(list(values), ARRAY(kind)))


def among_rows(session: Session, columns: Sequence[Any], rows: Sequence[Sequence[Any]]) -> Any:
    """`(columns) IN rows`, texts and ids, with a parameter or two, however many there are."""
    if dialect_of(session) == "sqlite":
        value = func.json_each(json.dumps(list(rows))).table_valued("value").c.value
        return tuple_(*columns).in_(select(*(func.json_extract(value, f"$[{place}]") for place in range(len(columns)))))
    given = list(zip(*rows, strict=True))
    kinds = [Text if isinstance(values[0], str) else BigInteger for values in given]
    arrays = [cast(list(values), ARRAY(kind)) for values, kind in zip(given, kinds, strict=True)]
    named = [column(f"c{place}", kind) for place, kind in enumerate(kinds)]
    wanted = func.unnest(*arrays).table_valued(*named).render_derived()
    # The first alone is for the index; of the whole the planner has no idea how many there are.
    return and_(columns[0] == any_(arrays[0]), tuple_(*columns).in_(select(*wanted.c)))


def up_to(column: Any, number: int) -> Any:
    """`column <= number`, written out, so that SQLite sees that a partial index is of just these rows (aside.py)."""
    return column <= literal_column(str(number))


def move(session: Session, key: Attr, old_id: int, new_id: int, sentence: str = "") -> int:
    """Point every row whose reference `key` is `old_id` to `new_id`. Returns how many rows moved."""
    model: Any = key.class_
    return change(session, model, key == old_id, {key.key: new_id}, sentence)


def rewire(
    session: Session, relation: RelationshipProperty[Any], take: Select[Any], give: Select[Any], sentence: str = ""
) -> int:
    """Change the links of a many-to-many: without the pairs of `take`, with those of `give`.

    Both select the id of the relationship's own side, then the other's. What is as wanted already, or leads nowhere, is
    left alone. Returns how many records of the relationship's own side changed.
    """
    deltas = wiring.deltas(session, relation, take, give, among)
    for chunk in chunks(deltas, CHUNK):
        rewire_some(session, relation, chunk, sentence)
    session.expire_all()
    return len(deltas)


def rewire_some(
    session: Session, relation: RelationshipProperty[Any], deltas: Sequence[wiring.Delta], sentence: str
) -> None:
    model: Any = relation.parent.class_
    table, given = snapshots.table_of(model), wiring.listed(deltas, dialect_of(session))
    before, after = (wiring.image(relation, ids, dialect_of(session)) for ids in (given.c.gone, given.c.come))
    changes.write_many(
        session, model, "update", [relation.key],
        lambda source: source.join(given, given.c.id == table.c.id).order_by(table.c.id),
        images=(before, after), sentence=sentence,
    )  # fmt: skip
    for statement in wiring.statements(relation, deltas, dialect_of(session)):
        execute(session, statement)
    moved = {"version": table.c.version + 1, "updated_at": now()}
    ids = [delta.record_id for delta in deltas]
    execute(session, update(table).where(among(session, table.c.id, ids)).values(moved))


def note(session: Session, model: type[Record], record_id: int, **values: Any) -> None:
    """Write bookkeeping columns (a time of last use, a theme): no edit, so neither history nor version know of it."""
    table = snapshots.table_of(model)
    foreign = [name for name in values if not any(table.c[name].info.get(word) for word in ("bookkeeping", "secret"))]
    if foreign:
        raise changes.Unrecorded(f"{', '.join(foreign)} of {table.name} is no bookkeeping.")
    execute(session, update(table).where(table.c.id == record_id).values(**values, updated_at=table.c.updated_at))


# How


def exactly_all(session: Session, model: type[Record], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: exactly(session, snapshots.table_of(model).c[name], value) for name, value in values.items()}


def differing(model: type[Record], exact: Mapping[str, Any]) -> ColumnElement[bool]:
    """Whether a row holds anything else than these exact values."""
    table = snapshots.table_of(model)
    return or_(*(table.c[name].is_distinct_from(value) for name, value in exact.items()))


def exactly(session: Session, column_: Any, value: Any) -> Any:
    """The value as the column will hold it, so that history says the same; SQLite does not round by itself."""
    given = value if hasattr(value, "compile") else literal(value, column_.type)
    if dialect_of(session) == "sqlite":
        return func.round(given, 2) if isinstance(column_.type, Money) else given
    return cast(given, snapshots.bare(column_))


def locked(session: Session, statement: Any, table: Any) -> Any:
    """Lock rows in the order of their ids, so that two bulk writers cannot wait for each other. SQLite has one."""
    return statement if dialect_of(session) == "sqlite" else statement.with_for_update(of=table)


def execute(session: Session, statement: Any, parameters: Any = None) -> Any:
    return session.execute(statement, parameters, execution_options={**KEPT, "synchronize_session": False})


# Keys follow their text, here too


def rekey(session: Session, model: type[Record], chosen: Any, values: Mapping[str, Any]) -> None:
    """Derive anew the keys that are made of a changed column; nothing to do when none is."""
    stale = [key for key, (_, parts) in model.__keys__.items() if any(part in values for part in parts)]
    if not stale:
        return
    table = snapshots.table_of(model)
    parts = sorted({part for key in stale for part in model.__keys__[key][1]})
    wanted = select(table.c.id, *(table.c[part] for part in parts)).where(table.c.id.in_(chosen))
    found = session.connection().execute(wanted)
    for chunk in chunks((keyed(model, stale, dict(row)) for row in found.mappings().all()), CHUNK):
        write_keys(session, table, stale, chunk)


def keyed(model: type[Record], stale: Sequence[str], row: Mapping[str, Any]) -> dict[str, Any]:
    keys = derive(model, row)
    return {"row_id": row["id"], **{f"new_{key}": keys[key] for key in stale}}


def write_keys(session: Session, table: Any, stale: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    values: dict[str, Any] = {key: bindparam(f"new_{key}") for key in stale}
    statement = (
        update(table).where(table.c.id == bindparam("row_id")).values({**values, "updated_at": table.c.updated_at})
    )
    session.connection().execute(statement, list(rows))


def chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk
