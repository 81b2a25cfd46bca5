"""Drafts: what somebody has typed and not saved, kept on the server until it is saved, discarded or old.

A draft is its user's alone: every function takes the place, and the place names the user. It is no record, so history
knows nothing of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from models.draft import Draft
from services.upsert import inserting

LARGEST = 200_000  # bytes
PAUSE = timedelta(seconds=5)  # the least time between two keepings of the same draft
KEPT = timedelta(days=90)
MOST = 50  # drafts of one person; the oldest go
NEW = 0  # stands for the id of a record that is not there yet

TABLE: Any = Draft.__table__
Texts = Mapping[str, Sequence[str]]  # field of the form → the texts it would send


@dataclass(frozen=True)
class Place:
    """Whose draft it is, and of which record."""

    user_id: int
    entity: str
    record_id: int = NEW

    @property
    def here(self) -> ColumnElement[bool]:
        mine: ColumnElement[bool] = and_(TABLE.c.user_id == self.user_id, TABLE.c.entity == self.entity)
        return and_(mine, TABLE.c.record_id == self.record_id)


@dataclass(frozen=True)
class Kept:
    """What was typed, over which version of the record, and when."""

    version: int
    texts: Texts
    saved_at: datetime


class TooLarge(Exception):
    """The draft is larger than LARGEST."""


def keep(session: Session, place: Place, version: int, texts: Texts, moment: datetime) -> bool:
    """Keep the draft in place of the one before. False when that one was kept only a moment ago.

    Raises TooLarge.
    """
    if len(json.dumps(texts, ensure_ascii=False).encode()) > LARGEST:
        raise TooLarge
    row = {"version": version, "data": {name: list(given) for name, given in texts.items()}, "saved_at": moment}
    new = inserting(session, TABLE).values(user_id=place.user_id, entity=place.entity, record_id=place.record_id, **row)
    written = new.on_conflict_do_update(
        index_elements=["user_id", "entity", "record_id"], set_=row, where=TABLE.c.saved_at <= moment - PAUSE
    )
    if session.execute(written.returning(TABLE.c.id)).scalar() is None:
        return False
    sweep(session, place.user_id, moment)
    return True


def find(session: Session, place: Place) -> Kept | None:
    """The draft kept for this place."""
    row = session.execute(select(TABLE.c.version, TABLE.c.data, TABLE.c.saved_at).where(place.here)).one_or_none()
    return Kept(row.version, row.data, row.saved_at) if row is not None else None


def forget(session: Session, place: Place) -> None:
    """Take the draft away: it was saved, or discarded."""
    session.execute(delete(TABLE).where(place.here))


def sweep(session: Session, user_id: int, moment: datetime) -> None:
    """Take away what nobody came back for, and of one person's drafts all but the newest."""
    newest = select(TABLE.c.id).where(TABLE.c.user_id == user_id).order_by(TABLE.c.saved_at.desc(), TABLE.c.id.desc())
    session.execute(delete(TABLE).where(or_(TABLE.c.saved_at < moment - KEPT, TABLE.c.id.in_(newest.offset(MOST)))))
