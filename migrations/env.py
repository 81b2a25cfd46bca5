"""How migrations reach the database: in one transaction, alone, without the time limits of pages."""

from alembic import context
from flask import current_app
from sqlalchemy import JSON, Connection, text

from extensions import take_write_lock
from models.base import Money, UTCDateTime

db = current_app.extensions["migrate"].db
SEARCH = "_search"  # SQLite's full-text tables are made by a migration of their own and are in no model
FILLED = ("uq_books_isbn", "uq_authors_email_key")  # constraints of the models, on PostgreSQL indexes of migration 0013
LOCK = 7_245_011  # any number that nothing else uses; it makes several starting servers wait for one another


def ours(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave out what the models do not describe: the search tables, and some indexes of PostgreSQL."""
    if kind == "table":
        return SEARCH not in (name or "")
    return not (kind == "index" and reflected and (name or "").endswith("_trigram")) and name not in FILLED


def plainly(kind: str, thing: object, autogen_context: object) -> str | bool:
    """Write our own types as what they are in the database, so that old migrations do not depend on today's models."""
    if kind == "type" and isinstance(thing, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, Money):
        return "sa.Numeric(12, 2)"
    if kind == "type" and isinstance(thing, JSON):
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def prepare(connection: Connection) -> None:
    """One migration at a time. SQLite checks foreign keys per statement, which rebuilding a table would break."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
    else:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()


def release(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")
    else:
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.commit()
        connection.invalidate()  # its session settings are not a page's


def run() -> None:
    with db.engine.connect() as connection:
        prepare(connection)
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=ours,
            render_item=plainly,
            transactional_ddl=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            take_write_lock(connection)
            context.run_migrations()
        release(connection)


run()
