"""What a user wishes of lists, written; it is read with the session. No edit of the user: history does not know it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.user import User
from services import bulk


def keep(session: Session, user_id: int, entity: str, **wishes: Any) -> None:
    """Set what this user wishes of this list; an empty wish is taken away. Locks his row until the end."""
    lists = dict(session.scalar(select(User.lists).where(User.id == user_id).with_for_update()) or {})
    kept = {name: wish for name, wish in {**lists.pop(entity, {}), **wishes}.items() if wish}
    bulk.note(session, User, user_id, lists=lists | ({entity: kept} if kept else {}) or None)
