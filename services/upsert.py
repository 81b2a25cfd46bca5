"""INSERT … ON CONFLICT: both databases have it, each with a construct of its own."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from extensions import dialect_of


def inserting(session: Session, table: Any) -> Any:
    """An insert into this table that takes `on_conflict_do_update`, for the session's database."""
    dialect = sqlite if dialect_of(session) == "sqlite" else postgresql
    return dialect.insert(table)
