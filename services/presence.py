"""Presence: who has a record open, and whether it has moved on meanwhile. Nothing is locked by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, delete, select
from sqlalchemy.orm import Session, aliased

from models.base import Record
from models.change import Change, ChangeSet
from models.draft import Presence
from models.user import User
from services.upsert import inserting

LASTS = timedelta(seconds=60)  # after the last sign of life
MOST = 20  # people who are counted at all

TABLE: Any = Presence.__table__


@dataclass(frozen=True)
class Someone:
    """Another person at the record."""

    id: int
    name: str
    editing: bool
    since: datetime

    @property
    def initials(self) -> str:
        words = self.name.split() or ["?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@dataclass(frozen=True)
class Look:
    """What one sees of a record from its page: its version now (None when it is gone), and who else is there."""

    version: int | None
    others: Sequence[Someone] = ()


@dataclass(frozen=True)
class News:
    """Who changed a record last, and how."""

    actor_id: int | None
    actor: str
    action: str


def look(session: Session, model: type[Record], record_id: int, user_id: int, moment: datetime) -> Look:
    """One statement: the record's version beside each of the others who are there. Who edits comes first."""
    given = {"record_id": record_id, "me": user_id, "oldest": moment - LASTS}
    found = session.execute(looking(model), given).all()
    people = {key: Someone(key, name, editing, since) for _, key, name, editing, since in reversed(found) if key}
    others = sorted(people.values(), key=lambda one: (not one.editing, one.since))
    return Look(found[0][0] if found else None, others[:MOST])


@cache  # every page of a record asks it
def looking(model: type[Record]) -> Select[Any]:
    person = aliased(User)  # the record itself may be a user
    fresh = and_(at(model, model.id), TABLE.c.seen_at > bindparam("oldest"), TABLE.c.user_id != bindparam("me"))
    return (
        select(model.version, person.id, person.display_name, TABLE.c.editing, TABLE.c.started_at)
        .select_from(model)
        .outerjoin(TABLE, fresh)
        .outerjoin(person, person.id == TABLE.c.user_id)
        .where(model.id == bindparam("record_id"))
        .order_by(TABLE.c.editing.desc(), TABLE.c.started_at, TABLE.c.id)
        .limit(2 * MOST)
    )


def at(model: type[Record], record_id: Any) -> ColumnElement[bool]:
    return and_(TABLE.c.entity == model.__tablename__, TABLE.c.record_id == record_id)


def come(session: Session, model: type[Record], record_id: int, user_id: int, editing: bool, moment: datetime) -> None:
    """Give a sign of life. Who was away for more than a minute comes anew; then what has run out is taken away too."""
    row = {"user_id": user_id, "entity": model.__tablename__, "record_id": record_id, "editing": editing}
    new = inserting(session, TABLE).values(**row, started_at=moment, seen_at=moment)
    still_here = TABLE.c.seen_at > moment - LASTS
    written = new.on_conflict_do_update(
        index_elements=["entity", "record_id", "user_id", "editing"],
        set_={"seen_at": moment, "started_at": case((still_here, TABLE.c.started_at), else_=moment)},
    )
    if session.execute(written.returning(TABLE.c.started_at)).scalar_one() == moment:
        sweep(session, moment)


def leave(session: Session, model: type[Record], record_id: int, user_id: int, editing: bool) -> None:
    """The page was closed."""
    mine = and_(at(model, record_id), TABLE.c.user_id == user_id, TABLE.c.editing == editing)
    session.execute(delete(TABLE).where(mine))


def sweep(session: Session, moment: datetime) -> None:
    session.execute(delete(TABLE).where(TABLE.c.seen_at < moment - LASTS))


def news(session: Session, model: type[Record], record_id: int) -> News | None:
    """Who changed the record last, as history has it."""
    row = session.execute(
        select(ChangeSet.actor_id, ChangeSet.actor, Change.action)
        .join(Change, Change.set_id == ChangeSet.id)
        .where(Change.entity == model.__tablename__, Change.record_id == record_id)
        .order_by(Change.id.desc())
        .limit(1)
    ).one_or_none()
    return News(*row) if row is not None else None
