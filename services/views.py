"""Saved views: made, overwritten, described anew, deleted. Who may do it is asked by the caller."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from models.base import now
from models.text import one_line
from models.user import User
from models.view import LONGEST_NAME, READ, SavedView, View
from policy import Person
from services.unit_of_work import Refused

TABLE: Any = SavedView.__table__


def seen_by(person: Person) -> ColumnElement[bool]:
    """His own and the shared ones."""
    return or_(TABLE.c.author_id == person.id, TABLE.c.is_shared)


def find(session: Session, person: Person, view_id: int) -> View | None:
    row = session.execute(select(*READ).where(TABLE.c.id == view_id, seen_by(person))).one_or_none()
    return View(*row) if row is not None else None


def of_list(session: Session, person: Person, entity: str) -> list[View]:
    """The views of one list that this person may see."""
    return [View(*row) for row in session.execute(select(*READ).where(TABLE.c.entity == entity, seen_by(person)))]


def listed(session: Session, person: Person) -> list[tuple[View, str | None]]:
    """All views that this person may see, each with the name of who made it."""
    made_by = select(*READ, User.display_name).outerjoin(User, User.id == TABLE.c.author_id)
    rows = session.execute(made_by.where(seen_by(person)).order_by(TABLE.c.id))
    return [(View(*row[:-1]), row[-1]) for row in rows]


def create(session: Session, person: Person, entity: str, name: str, is_shared: bool, **state: str) -> int:
    """A new view of this person. `state` is query, columns and density. Raises Refused."""
    sweep(session)
    name = tidy(session, person.id, entity, name)
    row = {"author_id": person.id, "entity": entity, "name": name, "is_shared": is_shared, "roles": "", **state}
    moment = now()
    made: Any = session.execute(insert(TABLE).values(**row, created_at=moment, updated_at=moment))
    return int(made.inserted_primary_key[0])


def overwrite(session: Session, view: View, **state: str) -> None:
    """The view keeps its name and asks for something else from now on."""
    session.execute(update(TABLE).where(TABLE.c.id == view.id).values(**state, updated_at=now()))


def describe(session: Session, view: View, name: str, is_shared: bool, roles: Collection[str]) -> None:
    """Another name, another audience. Whose list opens with this view opens with no other. Raises Refused."""
    name = tidy(session, view.author_id, view.entity, name, view.id)
    others = select(TABLE.c.id, TABLE.c.roles).where(TABLE.c.entity == view.entity, TABLE.c.id != view.id)
    for other, theirs in session.execute(others.where(TABLE.c.roles != "")).all():
        left = " ".join(role for role in theirs.split() if role not in roles)
        session.execute(update(TABLE).where(TABLE.c.id == other).values(roles=left))
    values = {"name": name, "is_shared": is_shared or bool(roles), "roles": " ".join(sorted(roles))}
    session.execute(update(TABLE).where(TABLE.c.id == view.id).values(**values, updated_at=now()))


def remove(session: Session, view: View) -> None:
    session.execute(delete(TABLE).where(TABLE.c.id == view.id))


def sweep(session: Session) -> None:
    """Nobody sees a view that was never shared and whose author is gone."""
    session.execute(delete(TABLE).where(TABLE.c.author_id.is_(None), ~TABLE.c.is_shared))


def tidy(session: Session, author_id: int | None, entity: str, name: str, view_id: int = 0) -> str:
    """The name as it is kept. Raises Refused for none, for one that is too long, and for one its author has already."""
    try:
        name = one_line(name)
    except ValueError as error:
        raise Refused(str(error), "name") from None
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused(f"Type a name of at most {LONGEST_NAME} characters.", "name")
    same = (TABLE.c.name == name) & (TABLE.c.entity == entity) & (TABLE.c.author_id == author_id)
    if session.scalar(select(exists().where(same, TABLE.c.id != view_id))):
        raise Refused(f"There is a view of the name «{name}» already.", "name")
    return name
