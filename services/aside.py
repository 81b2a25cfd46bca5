"""SQLite: what is put aside while a table grows a lot, and built again at the end, by the very same statements.

Building an index once is several times faster than keeping it in order row by row. All of it is in the caller's
transaction, schema included: others go on reading what was there before, and who is interrupted has changed nothing.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from extensions import allow_time
from models.base import Record

CACHE = -64_000  # KiB; with the 2 MB that SQLite takes by itself, large indexes crawl


@contextmanager
def growing(session: Session, model: type[Record], number: int, report: Callable[[], None]) -> Iterator[None]:
    """For writing so many new records. PostgreSQL keeps its indexes: without them nobody could read meanwhile."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    raw: Any = session.connection().connection.driver_connection
    (cache,) = raw.execute("PRAGMA cache_size").fetchone()
    raw.execute(f"PRAGMA cache_size = {CACHE}")
    try:
        aside = put_aside(raw, model.__table__) if number > rows_in(session, model.__table__, number) else []
        yield
        allow_time(session.connection(), 0)
        for statement in aside:
            raw.execute(statement)
            report()
    finally:
        raw.execute(f"PRAGMA cache_size = {cache}")


def put_aside(raw: sqlite3.Connection, table: Table | Any) -> list[str]:
    """Remove the indexes and the search triggers of this table. Returns the statements that bring them back."""
    search = f"{table.name}_search"
    found = raw.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL "
        "AND (type = 'index' OR type = 'trigger' AND name LIKE ?) ORDER BY type, name",
        [table.name, f"{search}%"],
    ).fetchall()
    for kind, name, _ in found:
        raw.execute(f'DROP {kind} "{name}"')
    statements = [definition for *_, definition in found]
    if any(kind == "trigger" for kind, _, _ in found):
        statements.append(f"INSERT INTO {search} ({search}) VALUES ('rebuild')")  # noqa: S608
    return statements


def rows_in(session: Session, table: Any, most: int) -> int:
    """How many rows the table has, counted no further than `most`."""
    some = select(1).select_from(table).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
