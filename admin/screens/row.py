"""One row of a list, as it is now: what a script asks for after it has changed one of the rows that it shows."""

from collections.abc import Sequence

from flask import flash
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin import records
from admin.keyset import Page
from admin.query import ListQuery
from admin.resource import Column, Resource


def alone(session: Session, resource: Resource, columns: Sequence[Column], record_id: int) -> Page:
    """The row, whether the list would still have it or not."""
    rows = session.execute(records.rows(resource, columns).where(resource.model.id == record_id)).all()
    return Page(rows, False, False, None, None)


def say_where(session: Session, resource: Resource, asked: ListQuery) -> None:
    """What was changed may not be what the list asks for any more; then the next reload is without it."""
    fits = select(resource.model.id).where(*asked.where(session)).exists()
    name, is_there = session.execute(select(records.label_by_id(resource.model, asked.only or 0), fits)).one()
    if name is not None and not is_there:
        flash(f"«{name}» does not match this list any more.", "info")
