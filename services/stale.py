"""What a form saw that was opened some versions ago: the base of a three-way merge, read from history."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Record
from models.change import Change, ChangeSet


@dataclass(frozen=True)
class Seen:
    """`values`: (table, field) → value then, in the form of snapshots, of what changed since. Who changed it last."""

    values: dict[tuple[str, str], Any] = field(default_factory=dict)
    actor_id: int | None = None
    actor: str = ""
    at: datetime | None = None


def since(session: Session, record: Record, version: int) -> Seen | None:
    """What a form of `version` saw of `record` and its one-to-one parts. None when history does not reach that far."""
    if version >= record.version:
        return None  # a version that is still to come: nobody has seen it
    own = (Change.entity == record.__tablename__) & (Change.record_id == record.id) & (Change.version > version)
    sets = select(Change.set_id).where(own)
    parts = [(part.__tablename__, part.id) for part in parts_of(record)]
    rows = session.execute(
        select(Change.entity, Change.record_id, Change.version, Change.before, Change.after)
        .add_columns(ChangeSet.actor_id, ChangeSet.actor, ChangeSet.at)
        .join(Change.change_set)
        .where(Change.set_id.in_(sets), Change.entity.in_([record.__tablename__, *(name for name, _ in parts)]))
        .order_by(Change.id)
    ).all()
    mine = [row for row in rows if (row.entity, row.record_id) in {(record.__tablename__, record.id), *parts}]
    versions = {row.version for row in mine if row.entity == record.__tablename__}
    if versions != set(range(version + 1, record.version + 1)):
        return None
    values: dict[tuple[str, str], Any] = {}
    for row in mine:
        for name in row.before or row.after or {}:
            values.setdefault((row.entity, name), (row.before or {}).get(name))  # of a part made since: nothing
    last = mine[-1]
    return Seen(values, last.actor_id, last.actor, last.at)


def parts_of(record: Record) -> list[Record]:
    """The one-to-one records that are edited with this one, as far as they are loaded."""
    relations = record.__mapper__.relationships
    loaded = (record.__dict__.get(r.key) for r in relations if not r.uselist and r.direction.name == "ONETOMANY")
    return [part for part in loaded if part is not None]
