"""About how large a table is: what the database keeps of it, which costs nothing at any size."""

from typing import Any

from sqlalchemy import BigInteger, cast, func, literal_column, select, text

from models.base import Record


def size_of(dialect: str, model: type[Record]) -> Any:
    """About how many rows the table has, as a scalar."""
    if dialect == "sqlite":
        return select(func.max(model.id)).scalar_subquery()
    table = func.to_regclass(literal_column(f"'{model.__tablename__}'"))
    kept = select(cast(literal_column("reltuples"), BigInteger)).select_from(text("pg_class"))
    return kept.where(literal_column("oid") == table).scalar_subquery()
