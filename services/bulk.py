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
    any_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, RelationshipProperty, Session

from models.base import Money, Record, derive, now
from services import changes, snapshots

Attr = InstrumentedAttribute[Any]
KEPT = {changes.ALLOWED: True}
CHUNK = 5_000


def change(
    session: Session, model: type[Record], where: ColumnElement[bool], values: Mapping[str, Any], sentence: str = ""
) -> int:
    """Set the columns of `values` (values or SQL) in every row that matches and differs. Returns how many changed."""
    table = snapshots.table_of(model)
    exact = {name: exactly(session, table.c[name], value) for name, value in values.items()}
    differs = or_(*(table.c[name].is_distinct_from(value) for name, value in exact.items()))

    def rows(source: Any) -> Any:
        return locked(session, source.where(where, differs).order_by(table.c.id), table)

    chosen = changes.write_many(session, model, "update", list(exact), rows, exact, sentence)
    moved = {**exact, "version": table.c.version + 1, "updated_at": now()}
    result = execute(session, update(table).where(table.c.id.in_(chosen)).values(moved))
    rekey(session, model, chosen, exact)
    session.expire_all()
    return int(result.rowcount)


def remove(session: Session, model: type[Record], where: ColumnElement[bool], sentence: str = "") -> int:
    """Delete every row that matches, keeping it whole in history. Returns how many went."""
    table = snapshots.table_of(model)
    names = [*snapshots.columns(model), *snapshots.links(model)]

    def rows(source: Any) -> Any:
        return locked(session, source.where(where).order_by(table.c.id), table)

    chosen = changes.write_many(session, model, "delete", names, rows, sentence=sentence)
    result = execute(session, delete(table).where(table.c.id.in_(chosen)))
    session.expire_all()
    return int(result.rowcount)


def add(session: Session, model: type[Record], rows: Iterable[Mapping[str, Any]], sentence: str = "") -> int:
    """Insert rows given as column values; keys, versions and times are put beside them. Returns how many."""
    table = snapshots.table_of(model)
    names = [*snapshots.columns(model), *snapshots.links(model)]
    total = 0
    for chunk in chunks(complete(model, rows), CHUNK):
        ids = given_ids(session, table, chunk)
        session.connection().execute(insert(table), [{**row, "id": key} for row, key in zip(chunk, ids, strict=True)])
        changes.write_many(session, model, "insert", names, chosen_by(session, table, ids), sentence=sentence)
        total += len(ids)
    return total


def given_ids(session: Session, table: Any, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The rows' own ids, or as many new ones, never one that was given before. SQLite's writer is alone."""
    if "id" in rows[0]:
        return [row["id"] for row in rows]
    if dialect(session) == "sqlite":
        given = text("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :table")
        highest = session.connection().execute(given, {"table": table.name}).scalar_one()
        return list(range(highest + 1, highest + 1 + len(rows)))
    sequence = func.pg_get_serial_sequence(table.name, "id")
    new = select(func.nextval(sequence)).select_from(func.generate_series(1, len(rows)).table_valued())
    return list(session.connection().execute(new).scalars())


def chosen_by(session: Session, table: Any, ids: Sequence[int]) -> Callable[[Any], Any]:
    return lambda source: source.where(among(session, table.c.id, ids)).order_by(table.c.id)


def among(session: Session, column: Any, ids: Sequence[int]) -> Any:
    """`column IN ids` with one parameter, however many there are."""
    if dialect(session) == "sqlite":
        listed = func.json_each(json.dumps(list(ids))).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(cast(list(ids), ARRAY(BigInteger)))


def complete(model: type[Record], rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows with what nobody types: derived keys, the version, the times, and the defaults of columns left out."""
    moment = now()
    defaults = {c.name: c.default.arg for c in model.__table__.columns if c.default is not None and c.default.is_scalar}
    for row in rows:
        yield {"version": 1, "created_at": moment, "updated_at": moment, **defaults, **row, **derive(model, row)}


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
    model: Any = relation.parent.class_
    table, wires = snapshots.table_of(model), Wires(relation, take.subquery(), give.subquery())
    concerned = or_(exists(wires.gone(table)), exists(wires.come(table)))
    hold(session, select(table.c.id).where(concerned).order_by(table.c.id), table)
    images = (image_of(session, relation, wires.gone(table)), image_of(session, relation, wires.come(table)))
    chosen = changes.write_many(
        session,
        model,
        "update",
        [relation.key],
        lambda source: source.where(concerned),
        images=images,
        sentence=sentence,
    )
    pairs = wires.to_add().where(wires.give.c[0].in_(chosen))
    execute(session, insert(wires.link).from_select([wires.near.name, wires.far.name], pairs))
    surplus = tuple_(wires.near, wires.far).in_(select(*wires.take.c))
    execute(session, delete(wires.link).where(surplus, wires.near.in_(chosen)))
    moved = {"version": table.c.version + 1, "updated_at": now()}
    result = execute(session, update(table).where(table.c.id.in_(chosen)).values(moved))
    session.expire_all()
    return int(result.rowcount)


def note(session: Session, model: type[Record], record_id: int, **values: Any) -> None:
    """Write bookkeeping columns (a time of last use, a theme): no edit, so neither history nor version know of it."""
    table = snapshots.table_of(model)
    foreign = [name for name in values if not any(table.c[name].info.get(word) for word in ("bookkeeping", "secret"))]
    if foreign:
        raise changes.Unrecorded(f"{', '.join(foreign)} of {table.name} is no bookkeeping.")
    execute(session, update(table).where(table.c.id == record_id).values(**values, updated_at=table.c.updated_at))


# How


def exactly(session: Session, column_: Any, value: Any) -> Any:
    """The value as the column will hold it, so that history says the same; SQLite does not round by itself."""
    given = value if hasattr(value, "compile") else literal(value, column_.type)
    if dialect(session) == "sqlite":
        return func.round(given, 2) if isinstance(column_.type, Money) else given
    return cast(given, snapshots.bare(column_))


def locked(session: Session, statement: Any, table: Any) -> Any:
    """Lock rows in the order of their ids, so that two bulk writers cannot wait for each other. SQLite has one."""
    return statement if dialect(session) == "sqlite" else statement.with_for_update(of=table)


def execute(session: Session, statement: Any, parameters: Any = None) -> Any:
    return session.execute(statement, parameters, execution_options={**KEPT, "synchronize_session": False})


def dialect(session: Session) -> str:
    return session.get_bind().dialect.name


# Links of a many-to-many


class Wires:
    """The pairs to take away from a link table and to put into it, and which of them make a difference."""

    def __init__(self, relation: RelationshipProperty[Any], take: Any, give: Any) -> None:
        self.near: Any = next(link for _, link in relation.synchronize_pairs)
        self.far: Any = next(link for _, link in relation.secondary_synchronize_pairs or ())
        self.link, self.target = self.near.table, snapshots.table_of(relation.mapper.class_)
        self.take, self.give = take, give

    def gone(self, table: Any) -> Select[Any]:
        """The other ends that a row of `table`, in the statement around this one, loses."""
        near, far = self.take.c
        return select(far.label("id")).where(near == table.c.id, self.held(near, far)).correlate(table)

    def come(self, table: Any) -> Select[Any]:
        """The other ends that it gets."""
        near, far = self.give.c
        return select(far.label("id")).where(near == table.c.id, self.is_new(near, far)).correlate(table)

    def to_add(self) -> Select[Any]:
        near, far = self.give.c
        return select(near, far).where(self.is_new(near, far))

    def held(self, near: Any, far: Any) -> Any:
        link = self.link.alias()
        return exists().where(link.c[self.near.name] == near, link.c[self.far.name] == far)

    def is_new(self, near: Any, far: Any) -> Any:
        target = self.target.alias()
        return ~self.held(near, far) & exists().where(target.c.id == far)


def hold(session: Session, statement: Any, table: Any) -> None:
    """Lock rows before looking at what hangs on them: a lock that had to wait shows the rest as it was before."""
    if dialect(session) != "sqlite":
        session.connection().execute(statement.with_for_update(of=table))


def image_of(session: Session, relation: RelationshipProperty[Any], ids: Select[Any]) -> Any:
    """The JSON of a change of links: the ids, in their order, under the name of the relationship."""
    listed = snapshots.list_of(ids, dialect(session))
    return snapshots.json_object([(relation.key, listed)], dialect(session))


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
