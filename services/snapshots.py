"""The one form in which history keeps values: in Python for single records, in SQL for many; both write the same JSON.

Text, whole numbers and yes/no as they are; amounts as text with two decimals; days and moments as ISO 8601 in UTC;
tags as a list of ids. Derived columns, secrets and bookkeeping are left out.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Integer, Numeric, Select, cast, func, literal, select
from sqlalchemy import TIMESTAMP as Timestamp
from sqlalchemy import Text as Text_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import RelationshipProperty

from models.base import Money, Record, UTCDateTime

MOMENT = "%Y-%m-%dT%H:%M:%S.%f"
NEVER = ("id", "version", "updated_at")


@cache
def columns(model: type[Record]) -> Mapping[str, Column[Any]]:
    """The columns whose values history keeps."""
    table: Any = model.__table__
    left_out = ("derived", "secret", "bookkeeping")
    kept = (c for c in table.columns if c.name not in NEVER and not any(c.info.get(word) for word in left_out))
    return {column.name: column for column in kept}


@cache
def secrets(model: type[Record]) -> Sequence[str]:
    """The columns of which history says only that they changed."""
    return [column.name for column in model.__table__.columns if column.info.get("secret")]


@cache
def links(model: type[Record]) -> Mapping[str, RelationshipProperty[Any]]:
    """The many-to-many relationships, kept as lists of ids under their names."""
    relations = model.__mapper__.relationships
    return {relation.key: relation for relation in relations if relation.secondary is not None}


# In Python


def encode(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(MOMENT)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value.quantize(Decimal("0.01")))
    return str(value) if isinstance(value, str) else value  # an enum's member is its word


def decode(column: Column[Any], kept: Any) -> Any:
    """The value that `encode` was given, as the column takes it."""
    if kept is None:
        return None
    if isinstance(column.type, UTCDateTime):
        return datetime.strptime(kept, MOMENT).replace(tzinfo=UTC)
    if isinstance(column.type, Date):
        return date.fromisoformat(kept)
    if isinstance(column.type, Money | Numeric):
        return Decimal(kept)
    return kept


def decode_all(model: type[Record], kept: Mapping[str, Any]) -> dict[str, Any]:
    """The column values of a snapshot; the lists of links are left out."""
    known = columns(model)
    return {name: decode(known[name], value) for name, value in kept.items() if name in known}


# In SQL


def written(column: Any, expression: Any, dialect: str) -> Any:
    """The SQL that writes a value of this column as JSON keeps it."""
    kind = column.type
    if isinstance(kind, UTCDateTime):
        return moment(expression, dialect)
    if isinstance(kind, Money):
        return func.printf("%.2f", expression) if dialect == "sqlite" else cast(cast(expression, Numeric(12, 2)), Text_)
    if isinstance(kind, Date):
        return expression if dialect == "sqlite" else func.to_char(expression, "YYYY-MM-DD")
    if isinstance(kind, Boolean) and dialect == "sqlite":
        return func.json(func.iif(expression, "true", "false"))
    return expression


def moment(expression: Any, dialect: str) -> Any:
    if dialect == "sqlite":
        return func.replace(expression, " ", "T")
    return func.to_char(func.timezone("UTC", expression), 'YYYY-MM-DD"T"HH24:MI:SS.US')


def json_object(pairs: Sequence[tuple[str, Any]], dialect: str) -> Any:
    """A JSON object of names and SQL expressions."""
    flat = [part for name, expression in pairs for part in (literal(name, Text_), expression)]
    return func.json_object(*flat, type_=JSON) if dialect == "sqlite" else func.jsonb_build_object(*flat, type_=JSONB)


def image(model: type[Record], names: Sequence[str], values: Mapping[str, Any], dialect: str) -> Any:
    """The JSON of these columns of a row, or of what they are about to become (`values`)."""
    known = columns(model)
    pairs = [(n, null_safe(known[n], values.get(n, known[n]), dialect)) for n in names if n in known]
    pairs += [(n, linked(links(model)[n], dialect)) for n in names if n in links(model)]
    return json_object(pairs, dialect)


def null_safe(column: Any, value: Any, dialect: str) -> Any:
    """`printf` and `iif` would make text of NULL."""
    expression = value if hasattr(value, "compile") else literal(value, column.type)
    shown = written(column, expression, dialect)
    if dialect == "sqlite" and isinstance(column.type, Money | Boolean):
        return func.iif(expression.is_(None), None, shown)
    return shown


def linked(relation: RelationshipProperty[Any], dialect: str) -> Any:
    """The ids at the other end of a many-to-many, as a JSON list in the order of the ids."""
    near = next(link for _, link in relation.synchronize_pairs)
    far = next(link for _, link in relation.secondary_synchronize_pairs or ())
    ids: Select[Any] = select(far.label("id")).where(near == relation.parent.local_table.c.id)
    return list_of(ids.correlate(relation.parent.local_table), dialect)


def list_of(ids: Select[Any], dialect: str) -> Any:
    """What a select of `id` finds, as a JSON list in the order of the ids."""
    listed = ids.order_by("id").subquery()
    collect = func.json_group_array(listed.c.id) if dialect == "sqlite" else func.jsonb_agg(listed.c.id)
    return select(
        func.coalesce(collect, func.json("[]") if dialect == "sqlite" else func.jsonb_build_array())
    ).scalar_subquery()


def as_text(column: Column[Any], dialect: str) -> Any:
    """A column as `kept_text` would read it back from a snapshot."""
    if dialect == "sqlite" and isinstance(column.type, Boolean):
        return cast(cast(column, Integer), Text_)
    if dialect == "sqlite" and isinstance(column.type, Money):
        return func.iif(column.is_(None), None, written(column, column, dialect))
    return cast(written(column, column, dialect), Text_)


def kept_text(snapshot: Any, name: str) -> Any:
    """The text of one value in a snapshot column, in SQL."""
    return cast(snapshot[name].as_string(), Text_)


def read(snapshot: Any, column: Column[Any], dialect: str) -> Any:
    """The value of one column in a snapshot column, in SQL, typed as the column is."""
    text = kept_text(snapshot, column.name)
    if dialect != "sqlite":
        return (
            func.timezone("UTC", cast(text, Timestamp))
            if isinstance(column.type, UTCDateTime)
            else cast(text, bare(column))
        )
    if isinstance(column.type, UTCDateTime):
        return func.replace(text, "T", " ")
    if isinstance(column.type, Money):
        return cast(text, Numeric(12, 2, asdecimal=False))
    if isinstance(column.type, Integer | Boolean):
        return snapshot[column.name].as_integer()
    return text


def bare(column: Column[Any]) -> Any:
    """The column's type without collation or check, for a cast."""
    kind: Any = column.type
    if isinstance(kind, Money):
        return Numeric(12, 2)
    if isinstance(kind, UTCDateTime):
        return Timestamp(timezone=True)
    return kind if isinstance(kind, Integer | Boolean | Date) else Text_


def table_of(model: type[Record]) -> Any:
    return model.__table__
