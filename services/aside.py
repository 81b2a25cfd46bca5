"""SQLite: what is put aside while a table grows or shrinks a lot, and built again at the end, by the same statements.

Building an index once is several times faster than keeping it in order row by row. All of it is in the caller's
transaction, schema included: others go on reading what was there before, and who is interrupted has changed nothing.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extensions import allow_time, dialect_of
from models.base import Record

LARGE = 10_000  # rows of a table that is not just deleted from
PIECE = 20_000  # rows
PIECES = {"hashsize": 16 << 20, "automerge": 0, "crisismerge": 500}
USUAL = {"hashsize": 1 << 20, "automerge": 4, "crisismerge": 16}  # of SQLite
CACHE = -28_000  # KiB, and as much for sorting; with the 2 MB that SQLite takes by itself, large indexes crawl


@dataclass(frozen=True)
class Stays:
    """What is still asked of the table meanwhile: its records up to an id by these columns."""

    columns: Sequence[str]
    highest: int


Written = Callable[[Sequence[int], Callable[[], object]], None]


@contextmanager
def growing(
    session: Session, model: type[Record], number: int, report: Callable[[], None], stays: Stays
) -> Iterator[Written]:
    """For writing so many new records. What it yields is called with the ids of each few thousand of them, and with
    what can be begun while the database is at work.

    PostgreSQL keeps its indexes: without them nobody could read meanwhile.
    """
    if dialect_of(session) != "sqlite":
        yield lambda ids, meanwhile: None
        return
    with roomy(session) as raw:
        doubles = number > rows_in(session, model.__table__, number)
        indexes = [*drop(raw, model.__tablename__, "index"), part(raw, model.__tablename__, stays)] if doubles else []
        triggers = drop(raw, model.__tablename__, "trigger", f"{model.__tablename__}_search_insert")
        search = Searchable(raw, model.__tablename__) if triggers else None
        yield search.written if search else lambda ids, meanwhile: None
        if search:
            search.finish()
        allow_time(session.connection(), 0)
        for statement in (*triggers, *indexes):
            raw.execute(statement)
            report()


@contextmanager
def shrinking(session: Session, model: type[Record], count: Callable[[], int]) -> Iterator[None]:
    """For deleting so many records. When they are half of a large table, what is left is put into its indexes anew.

    Those by references stay: whoever deletes what is referred to asks them.
    """
    table: Any = model.__table__
    if dialect_of(session) != "sqlite" or rows_in(session, table, LARGE) < LARGE:
        yield
        return
    number = count()
    with roomy(session) as raw:
        halves = number > 0 and rows_in(session, table, 2 * number + 1) <= 2 * number
        references = [column.name for column in table.columns if column.foreign_keys]
        statements = put_aside(raw, model.__tablename__, references) if halves else []
        yield
        for statement in statements:
            raw.execute(statement)


@contextmanager
def roomy(session: Session) -> Iterator[Any]:
    """The driver's own connection, with a larger cache."""
    raw: Any = session.connection().connection.driver_connection
    (cache,) = raw.execute("PRAGMA cache_size").fetchone()
    raw.execute(f"PRAGMA cache_size = {CACHE}")
    try:
        yield raw
    finally:
        raw.execute(f"PRAGMA cache_size = {cache}")


class Searchable:
    """What a trigger would do for each new row, for thousands by one statement: other threads have their turn.

    A full-text index is written in pieces that are put together later, again and again. So the pieces are large here,
    and are left as they are: that is for the writes that come after.
    """

    def __init__(self, raw: sqlite3.Connection, table: str) -> None:
        self.raw, self.table, self.search = raw, table, f"{table}_search"
        self.waiting: list[int] = []  # the first and the last id of rows that are not in the index yet
        self.configure(PIECES)

    def configure(self, settings: Mapping[str, int]) -> None:
        statement = f"INSERT INTO {self.search} ({self.search}, rank) VALUES (?, ?)"  # noqa: S608
        self.raw.executemany(statement, settings.items())

    def written(self, ids: Sequence[int], meanwhile: Callable[[], object]) -> None:
        meanwhile()
        self.waiting = [*self.waiting[:1], ids[0], ids[-1]]
        if self.waiting[-1] - self.waiting[0] >= PIECE:
            self.put()

    def put(self) -> None:
        if self.waiting:
            self.raw.execute(
                f"INSERT INTO {self.search} (rowid, search_key) "  # noqa: S608
                f"SELECT id, search_key FROM {self.table} WHERE id BETWEEN ? AND ?",
                (self.waiting[0], self.waiting[-1]),
            )
            self.waiting = []

    def finish(self) -> None:
        self.put()
        self.configure(USUAL)


def drop(raw: sqlite3.Connection, table: str, kind: str, like: str = "%", but: Sequence[str] = ()) -> list[str]:
    """Remove what hangs on a table. Returns the statements that bring it back. `but`: columns whose indexes stay."""
    found = raw.execute(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND type = ? AND name LIKE ? AND sql IS NOT NULL",
        [table, kind, like],
    ).fetchall()
    gone = [(name, sql) for name, sql in found if not any(f"({column}," in sql for column in but)]
    for name, _ in gone:
        raw.execute(f'DROP {kind} "{name}"')
    return [definition for _, definition in gone]


def part(raw: sqlite3.Connection, table: str, stays: Stays) -> str:
    """An index of the records that are there: new ones are beyond it, so it costs nothing. Returns how it goes."""
    columns = ", ".join(f'"{name}"' for name in stays.columns)
    raw.execute(f'CREATE INDEX stays ON "{table}" ({columns}) WHERE id <= {stays.highest}')
    return "DROP INDEX stays"


def put_aside(raw: sqlite3.Connection, table: str, but: Sequence[str] = ()) -> list[str]:
    """Remove the indexes and the search triggers of this table. Returns the statements that bring them back."""
    search = f"{table}_search"
    indexes, triggers = drop(raw, table, "index", but=but), drop(raw, table, "trigger", f"{search}%")
    rebuild = f"INSERT INTO {search} ({search}) VALUES ('rebuild')"  # noqa: S608
    return [*indexes, *triggers, rebuild] if triggers else indexes


def rows_in(session: Session, table: Any, most: int) -> int:
    """How many rows the table has, counted no further than `most`."""
    some = select(1).select_from(table).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
