"""One POST, one transaction: the only place that commits. What the database refuses becomes a sentence for a field."""

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, TypeVar

from sqlalchemy import CheckConstraint, Connection, ForeignKeyConstraint, UniqueConstraint, event, func, literal_column
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from extensions import db, go_on_writing
from models.base import Model, Record
from services import single

event.listen(Session, "before_flush", single.write_alone, insert=True)


@dataclass(frozen=True)
class Clash:
    """The value that is taken already: `value` in `column` of the table of `model`."""

    model: type[Record]
    column: str
    value: Any


class Refused(Exception):
    """The change was not made. `field` is the attribute the message belongs to, or None for the whole form."""

    def __init__(self, message: str, field: str | None = None, clash: Clash | None = None) -> None:
        super().__init__(message)
        self.message, self.field, self.clash = message, field, clash


class Conflict(Exception):
    """Somebody changed the record between its reading and its writing."""


WRITING = 10  # seconds that a statement may take, waiting for others included
# The same as a column of a statement that comes before (PostgreSQL); then the connection's option `seconds` says it.
TIME_TO_WRITE = func.set_config("statement_timeout", literal_column(f"'{WRITING}s'"), literal_column("true"))


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Yield the session inside one writing transaction; commit at the end, roll back on any exception.

    Raises Refused for what the database's constraints forbid and Conflict for a version that has moved on.
    """
    session: Session = db.session()
    try:
        begin_to_write(session)
        yield session
        session.commit()
    except StaleDataError as error:
        raise Conflict from error
    except IntegrityError as error:
        raise refusal(error) from error
    except DataError as error:
        raise Refused("The database cannot keep one of these values; it is too long or too large.") from error
    finally:
        session.rollback()  # before anybody renders an error page; after a commit there is nothing to take back


def begin_to_write(session: Session) -> None:
    """In the transaction that found out who asks, where that may write: another one takes its time to be set up."""
    connection = session.connection() if session.in_transaction() else None
    if connection is not None and may_write(connection):
        session.expire_all()
    else:
        session.rollback()
        connection = session.connection()
    if connection.get_execution_options().get("seconds") != WRITING:
        go_on_writing(connection, WRITING)


def may_write(connection: Connection) -> bool:
    return not connection.get_execution_options().get("postgresql_readonly")


def takes_time_to_write(connection: Connection) -> bool:
    return may_write(connection) and connection.dialect.name != "sqlite"


RETRIED = ("40P01", "40001")  # deadlock, serialization failure: the database chose a victim, which may try again
TRIES = 3

Answer = TypeVar("Answer")


def retried(work: Callable[..., Answer]) -> Callable[..., Answer]:
    """The same function, called again when the database has broken it off in favour of somebody else's transaction."""

    @wraps(work)
    def call(*args: Any, **options: Any) -> Answer:
        for attempt in range(1, TRIES + 1):
            try:
                return work(*args, **options)
            except OperationalError as error:
                if attempt == TRIES or getattr(error.orig, "sqlstate", None) not in RETRIED:
                    raise
                db.session.rollback()
                time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311 only keeps two from meeting again
        raise AssertionError("the last attempt answers or raises")

    return call


def refusal(error: IntegrityError) -> Refused:
    """The sentence for a violated constraint, found by its name (PostgreSQL) or its columns (SQLite)."""
    if re.search(r"\bDELETE FROM\b", error.statement or ""):
        return Refused("Something that needs this record was added meanwhile. Look again, then decide.")
    if field := missing_field(error):
        return Refused("This must not be empty.", field)
    rule = violated(error)
    if rule is None:
        return Refused("This refers to a record that does not exist any more, or one that others still need.")
    table, column = rule.table.name, first_column(rule)
    model = models_by_table().get(table)
    field = source_of(model, column)
    if isinstance(rule, UniqueConstraint):
        given = error.params if isinstance(error.params, dict) else {}
        value = given.get(column, given.get(f"new_{column}"))
        return Refused("Already taken.", field, Clash(model, column, value) if model and value is not None else None)
    if isinstance(rule, ForeignKeyConstraint):
        return Refused("That record does not exist any more; please choose another.", field.removesuffix("_id"))
    return Refused("This value is not allowed here.", field)


def missing_field(error: IntegrityError) -> str | None:
    """The column that was left empty and must not be."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return diagnosis.column_name if diagnosis.sqlstate == "23502" else None
    found = re.fullmatch(r"NOT NULL constraint failed: \w+\.(\w+)", str(error.orig))
    return found[1] if found else None


Rule = UniqueConstraint | ForeignKeyConstraint | CheckConstraint


def violated(error: IntegrityError) -> Rule | None:
    """The constraint of our tables that this error names."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return rules_by_name().get(diagnosis.constraint_name or "")
    message = str(error.orig)
    if found := re.fullmatch(r"UNIQUE constraint failed: (\w+)\.(\w+).*", message):
        return unique_by_column().get((found[1], found[2]))
    if found := re.fullmatch(r"CHECK constraint failed: (\w+)", message):
        return rules_by_name().get(found[1])
    return None


def first_column(rule: Rule) -> str:
    """The column a constraint speaks of; for a check, the first column its name mentions."""
    if columns := [column.name for column in rule.columns]:
        return columns[0]
    return next((column.name for column in rule.table.columns if column.name in str(rule.name)), "")


def source_of(model: type[Record] | None, column: str) -> str:
    """The attribute people type for a column: «email» for the derived «email_key»."""
    if model and column in model.__keys__:
        return model.__keys__[column][1][0]
    return column


@cache
def models_by_table() -> dict[str, type[Record]]:
    return {m.class_.__tablename__: m.class_ for m in Model.registry.mappers if issubclass(m.class_, Record)}


@cache
def rules_by_name() -> dict[str, Rule]:
    rules = (rule for table in Model.metadata.tables.values() for rule in table.constraints)
    return {str(rule.name): rule for rule in rules if isinstance(rule, Rule)}


@cache
def unique_by_column() -> dict[tuple[str, str], UniqueConstraint]:
    unique = (rule for rule in rules_by_name().values() if isinstance(rule, UniqueConstraint))
    return {(rule.table.name, column.name): rule for rule in unique for column in rule.columns}
