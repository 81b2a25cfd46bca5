"""Many rows at once, at the speed of the database: COPY on PostgreSQL, executemany on SQLite.

A table that at least doubles loses its indexes and search triggers while it is filled and gets the very same ones back:
building an index once is several times faster than keeping it in order row by row. All of this happens in the caller's
transaction, schema included: whoever is interrupted has written nothing.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import psycopg
from psycopg import sql
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from extensions import dialect_of
from services.aside import put_aside

Row = tuple[Any, ...]
Item = TypeVar("Item")
Report = Callable[[str, int, int], None]  # what is being done, how far, of how many

STEP = 2_000  # rows between two reports, and rows in one executemany
# Of PostgreSQL, for the one transaction: the limits of a page do not fit a load.
SETTINGS = ("statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "maintenance_work_mem = '256MB'")
CACHE = -300_000  # KiB that SQLite may use meanwhile; its default of 2 MB makes big indexes crawl


class Store(Protocol):
    """What a database has to do for a bulk load."""

    def reserve(self, table: Table, count: int) -> int:
        """The first of `count` ids that nobody else gets."""

    def put_aside(self, table: Table) -> None:
        """Remove what slows down the filling of this table."""

    def write(self, table: Table, columns: Sequence[str], rows: Iterator[Row], count: int, report: Report) -> int:
        """Write the rows; how many there were. `count` is about as many as will come."""

    def put_back(self, report: Report) -> None:
        """Build again what was put aside."""


def store_for(session: Session) -> Store:
    """The store behind this session, inside its transaction."""
    dialect = dialect_of(session)
    return SQLite(session) if dialect == "sqlite" else PostgreSQL(session)


def highest(session: Session, table: Table) -> int:
    return session.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0


def prepared(session: Session, table: Table, columns: Sequence[str], rows: Iterator[Row]) -> Iterator[Row]:
    """The rows as the driver takes them: each value bound by the type of its column, as the ORM would."""
    dialect = session.get_bind().dialect
    binders = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns]
    # Prices, dates and words return again and again; looking one up is several times faster than converting it.
    places = [(place, lru_cache(10_000)(bind)) for place, bind in enumerate(binders) if bind]
    for row in rows:
        values = list(row)
        for place, bind in places:
            values[place] = bind(values[place])
        yield tuple(values)


def counted(items: Iterator[Item], what: str, count: int, step: int, report: Report) -> Iterator[Item]:
    """The items, reporting before every `step` of them and at the end."""
    done = 0
    for item in items:
        if done % step == 0 and done < count:
            report(what, done, count)
        done += 1
        yield item
    if done:
        report(what, done, done)


class PostgreSQL:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.raw: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
        self.aside: list[str] = []
        self.filled: list[Table] = []
        for setting in SETTINGS:
            self.raw.execute(f"SET LOCAL {setting}")

    def reserve(self, table: Table, count: int) -> int:
        # Nobody inserts until we commit, so that neither ids nor what is made of them can meet. Reading goes on.
        name = sql.Identifier(table.name)
        self.raw.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(name))
        sequence = self.one("SELECT pg_get_serial_sequence(%s, 'id')", table.name)
        # Other connections hold numbers of the sequence in advance: what it has given out may be above every row.
        given = self.one(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608
        first = max(highest(self.session, table), given) + 1
        if count:
            self.one("SELECT setval(%s, %s)", sequence, first + count - 1)
        return int(first)

    def one(self, statement: str, *values: Any) -> Any:
        row = self.raw.execute(statement, values).fetchone()
        return row[0] if row else None

    def put_aside(self, table: Table) -> None:
        indexes = self.raw.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = %s::regclass AND indexrelid NOT IN (SELECT conindid FROM pg_constraint) ORDER BY 1",
            [table.name],
        )
        references = self.raw.execute(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY 2",
            [table.name],
        )
        for name, definition in indexes.fetchall():
            self.raw.execute(f"DROP INDEX {name}")
            self.aside.append(definition)
        for owner, name, definition in references.fetchall():  # checked for all rows at once when it comes back
            self.raw.execute(f"ALTER TABLE {owner} DROP CONSTRAINT {name}")
            self.aside.append(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {definition}")

    def write(self, table: Table, columns: Sequence[str], rows: Iterator[Row], count: int, report: Report) -> int:
        self.filled.append(table)
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
        with self.raw.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for row in counted(prepared(self.session, table, columns, rows), table.name, count, STEP, report):
                    copy.write_row(row)
            return cursor.rowcount

    def put_back(self, report: Report) -> None:
        for definition in counted(iter(self.aside), "indexes", len(self.aside), 1, report):
            self.raw.execute(definition)
        for table in self.filled:
            self.raw.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table.name)))


class SQLite:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.raw: sqlite3.Connection = session.connection().connection.driver_connection  # type: ignore[assignment]
        self.aside: list[str] = []
        (self.cache,) = self.raw.execute("PRAGMA cache_size").fetchone()
        self.raw.execute(f"PRAGMA cache_size = {CACHE}")

    def reserve(self, table: Table, count: int) -> int:
        return highest(self.session, table) + 1  # the unit of work holds the only right to write

    def put_aside(self, table: Table) -> None:
        self.aside += put_aside(self.raw, table.name)

    def write(self, table: Table, columns: Sequence[str], rows: Iterator[Row], count: int, report: Report) -> int:
        names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608
        stream = counted(prepared(self.session, table, columns, rows), table.name, count, STEP, report)
        return self.raw.executemany(statement, stream).rowcount

    def put_back(self, report: Report) -> None:
        for definition in counted(iter(self.aside), "indexes", len(self.aside), 1, report):
            self.raw.execute(definition)
        self.raw.execute(f"PRAGMA cache_size = {self.cache}")
