"""The Flask extensions, made once and bound in create_app, and how each database is spoken to."""

import select
import sqlite3
import time
from typing import Any

import psycopg
from flask_compress import Compress
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate(directory="migrations", render_as_batch=True, compare_type=True)
csrf = CSRFProtect()
compress = Compress()

# Of PostgreSQL, for each sort and each set of rows. With its own 4 MB it forgets which rows of a page an index has
# found as soon as these are some hundred thousand, and reads all of them.
WORK_MEMORY = "32MB"
COMPILED = 200  # statements whose SQL is kept; one of a list takes some 0.2 MB with all that belongs to it


def dialect_of(session: Session) -> str:
    """«postgresql» or «sqlite»."""
    return session.get_bind().dialect.name


def engine_options(url: str) -> dict[str, Any]:
    """What the engine of this address needs. Errors and logs do not quote values: they may be anybody's secrets."""
    common = {"hide_parameters": True, "query_cache_size": COMPILED}
    if url.startswith("sqlite"):
        return {**common, "connect_args": {"timeout": 15}, "paramstyle": "named"}
    # No server-side prepared statements: behind PgBouncer in transaction mode they belong to another's connection.
    # The TCP settings end a wait for a database that has gone silent.
    return {
        **common,
        "pool_recycle": 1800,
        "pool_timeout": 5,
        "connect_args": {
            "prepare_threshold": None,
            "connect_timeout": 5,
            "tcp_user_timeout": 5000,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "application_name": "colophon",
            "cursor_factory": Cursor,
        },
    }


class Cursor(psycopg.Cursor[Any]):
    """psycopg's own looks up the type of each column of each answer; SQLAlchemy wants to know no more than this."""

    @property
    def description(self) -> Any:
        found = self.pgresult
        if found is None or not found.nfields:
            return None
        return [(found.fname(at).decode(), found.ftype(at)) for at in range(found.nfields)]  # type: ignore[union-attr]


def listen(engine: Engine, statement_timeout: int) -> None:
    """Prepare each new connection and the beginning of each transaction of this engine.

    Events of the pool alone: one of its connections would make SQLAlchemy look for listeners at every step.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", prepare_sqlite)
        engine.dialect.do_begin = begin_sqlite  # type: ignore[assignment,method-assign]
    else:
        event.listen(engine, "checkout", ask_whether_it_lives)
        event.listen(engine, "connect", lambda raw, _: prepare_postgresql(raw, statement_timeout))


def prepare_sqlite(raw: sqlite3.Connection, _: Any) -> None:
    raw.isolation_level = None  # the driver's own BEGIN comes too late and loses updates; begin_sqlite says it
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000"):
        raw.execute(f"PRAGMA {pragma}")


def begin_sqlite(connection: Any) -> None:
    """Without a limit of time, which the connection may have from the transaction before."""
    connection.driver_connection.set_progress_handler(None, STEP)
    connection.driver_connection.execute("BEGIN")


def prepare_postgresql(raw: Any, statement_timeout: int) -> None:
    with raw.cursor() as cursor:
        cursor.execute(
            f"SET statement_timeout = '{int(statement_timeout)}s'; SET lock_timeout = '5s'; "
            f"SET idle_in_transaction_session_timeout = '30s'; SET timezone = 'UTC'; SET work_mem = '{WORK_MEMORY}'"
        )
    raw.commit()


def ask_whether_it_lives(raw: Any, _: Any, __: Any) -> None:
    """Raise DisconnectionError, upon which the pool gives another, when the server has closed this connection.

    A server that hangs up is heard on the socket. Only then is it asked, since asking each time costs a round trip.
    """
    try:
        if is_said(raw.fileno()):
            raw.execute("")
            raw.rollback()
    except psycopg.Error:
        raise DisconnectionError from None


def is_said(socket: int) -> bool:
    """Whether the other end has sent something, or hung up."""
    listening = select.poll()
    listening.register(socket, select.POLLIN)
    return bool(listening.poll(0))


STEP = 50_000  # instructions of SQLite between two looks at the clock: about a millisecond


def allow_time(connection: Connection, seconds: float) -> None:
    """For the rest of this transaction: how long a statement may take (SQLite: all of them together). 0 is for ever."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        return
    deadline = time.monotonic() + seconds
    raw_of(connection).set_progress_handler((lambda: time.monotonic() > deadline) if seconds else None, STEP)


def go_on_writing(connection: Connection, seconds: float) -> None:
    """The transaction that is there writes from here on, and what waits for others may take so long."""
    if connection.dialect.name == "sqlite":
        take_write_lock(connection)
    else:
        allow_time(connection, seconds)


def take_write_lock(connection: Connection) -> None:
    """SQLite has one writer, and what it changes has to be what it has read: so it locks before it reads.

    A transaction that was begun without the lock is begun anew, and may take as long as it takes: it has waited.
    """
    if connection.dialect.name == "sqlite":
        raw = raw_of(connection)
        raw.rollback()
        raw.set_progress_handler(None, STEP)
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def raw_of(connection: Connection) -> Any:
    """The driver's own connection."""
    return connection.connection.driver_connection


def allow_pauses(connection: Connection) -> None:
    """For the rest of this transaction: whoever is in it may do something else between two statements."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def ran_out_of_time(error: DBAPIError) -> bool:
    """Whether the database broke the statement off because of its time limit."""
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
        return True
    return getattr(error.orig, "sqlstate", None) == "57014"


def ran_out_of_room(error: DBAPIError) -> bool:
    """Whether the disk of the database is full."""
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return True
    return getattr(error.orig, "sqlstate", None) == "53100"
