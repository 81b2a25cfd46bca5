"""Links of a many-to-many, many at a time: which pairs make a difference, and the statements that write them.

The difference is found first and then handed to the database as one JSON parameter for thousands of records: so the
statements are the same whatever the statistics say of rows that were written a moment ago. Used by services/bulk.py.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Select,
    Text,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import RelationshipProperty, Session

from services import snapshots


@dataclass
class Delta:
    """The other ends that a record loses, and those that it gets."""

    record_id: int
    gone: list[int] = field(default_factory=list)
    come: list[int] = field(default_factory=list)


def ends(relation: RelationshipProperty[Any]) -> tuple[Any, Any]:
    """The columns of the link table: of the relationship's own side, and of the other."""
    near = next(link for _, link in relation.synchronize_pairs)
    far = next(link for _, link in relation.secondary_synchronize_pairs or ())
    return near, far


def deltas(
    session: Session,
    relation: RelationshipProperty[Any],
    take: Select[Any],
    give: Select[Any],
    among: Callable[[Session, Any, Sequence[int]], Any],
) -> list[Delta]:
    """What changes, in the order of the records' ids; the records are locked before their links are looked at."""
    table, target = snapshots.table_of(relation.parent.class_), snapshots.table_of(relation.mapper.class_)
    wanted, unwanted = read(session, give), read(session, take)
    there = locked(session, table, {near for near, _ in chain(wanted, unwanted)}, among)
    targets = found(session, target, {far for _, far in wanted}, among)
    changed = {key: Delta(key) for key in sorted(there)}
    for near, far in read(session, kept(relation, take, held=True)):
        if near in there:
            changed[near].gone.append(far)
    for near, far in read(session, kept(relation, give, held=False)):
        if near in there and far in targets:
            changed[near].come.append(far)
    return [ordered(delta) for delta in changed.values() if delta.gone or delta.come]


def read(session: Session, pairs: Select[Any]) -> Sequence[Any]:
    return session.connection().execute(pairs).all()


def kept(relation: RelationshipProperty[Any], pairs: Select[Any], held: bool) -> Select[Any]:
    """Those of the pairs that are linked now, or are not."""
    (near, far), given = ends(relation), pairs.subquery()
    link = near.table.alias()
    linked = exists().where(link.c[near.name] == given.c[0], link.c[far.name] == given.c[1])
    return select(*given.c).where(linked if held else ~linked)


def locked(session: Session, table: Any, ids: set[int], among: Any) -> set[int]:
    statement = select(table.c.id).where(among(session, table.c.id, sorted(ids))).order_by(table.c.id)
    return set(session.connection().execute(statement.with_for_update()).scalars())


def found(session: Session, table: Any, ids: set[int], among: Any) -> set[int]:
    return set(
        session.connection().execute(select(table.c.id).where(among(session, table.c.id, sorted(ids)))).scalars()
    )


def ordered(delta: Delta) -> Delta:
    return Delta(delta.record_id, sorted(delta.gone), sorted(delta.come))


# As a table of one parameter


def listed(given: Sequence[Delta], dialect: str) -> Any:
    """A table of the deltas: id, gone, come."""
    rows = [{"id": delta.record_id, "gone": delta.gone, "come": delta.come} for delta in given]
    if dialect == "sqlite":
        value = each(rows, dialect)
        lists = [func.json_extract(value, f"$.{name}").label(name) for name in ("gone", "come")]
        return select(func.json_extract(value, "$.id").label("id"), *lists).limit(len(rows)).subquery()
    return each(rows, dialect, column("id", BigInteger), column("gone", JSONB), column("come", JSONB))


def image(relation: RelationshipProperty[Any], ids: Any, dialect: str) -> Any:
    """The snapshot of a change of links: a list of ids under the relationship's name."""
    return snapshots.json_object([(relation.key, func.json(ids) if dialect == "sqlite" else ids)], dialect)


def each(rows: Any, dialect: str, *columns: Any) -> Any:
    given = bindparam("given", json.dumps(rows), Text, unique=True)
    if dialect == "sqlite":
        return func.json_each(given).table_valued("value").c.value
    return func.json_to_recordset(cast(given, JSON)).table_valued(*columns).render_derived(with_types=True)


def pairs_of(pairs: Sequence[tuple[int, int]], dialect: str) -> Select[Any]:
    rows = [{"near": near, "far": far} for near, far in pairs]
    if dialect == "sqlite":
        value = each(rows, dialect)
        return select(func.json_extract(value, "$.near"), func.json_extract(value, "$.far"))
    table = each(rows, dialect, column("near", BigInteger), column("far", BigInteger))
    return select(table.c.near, table.c.far)


def statements(relation: RelationshipProperty[Any], given: Sequence[Delta], dialect: str) -> Iterator[Any]:
    """What takes the links away and puts them in."""
    near, far = ends(relation)
    if gone := [(delta.record_id, other) for delta in given for other in delta.gone]:
        yield delete(near.table).where(tuple_(near, far).in_(pairs_of(gone, dialect)))
    if come := [(delta.record_id, other) for delta in given for other in delta.come]:
        yield insert(near.table).from_select([near.name, far.name], pairs_of(come, dialect))
