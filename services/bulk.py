"""Writing many rows by one statement. The only place that does, so that versions and times move on for every row."""

from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import update as sql_update
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.base import now

Attr = InstrumentedAttribute[Any]


def move(session: Session, key: Attr, old_id: int, new_id: int) -> int:
    """Point every row whose reference `key` is `old_id` to `new_id`. Returns how many rows moved."""
    model: Any = key.class_
    statement = sql_update(model).where(key == old_id)
    values = {key.key: new_id, "version": model.version + 1, "updated_at": now()}
    return rows(session.execute(statement.values(values), execution_options={"synchronize_session": False}))


def delete(session: Session, key: Attr, parent_id: int) -> int:
    """Delete every row whose reference `key` is `parent_id`. Returns how many rows went."""
    statement = sql_delete(key.class_).where(key == parent_id)
    return rows(session.execute(statement, execution_options={"synchronize_session": False}))


def rows(result: Any) -> int:
    return int(result.rowcount)
