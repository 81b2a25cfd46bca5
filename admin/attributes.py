"""What a mapped attribute says about itself: the one reading of columns that lists, forms, filters and pages share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Boolean, Column, Date, Enum, Integer, Numeric, String, Text
from sqlalchemy import inspect as inspect_mapping
from sqlalchemy.orm import InstrumentedAttribute, MapperProperty, RelationshipProperty

from models.base import Record, UTCDateTime
from models.text import caseless

Attr = InstrumentedAttribute[Any]

KINDS_BY_TYPE = (
    (Enum, "choice"),
    (Boolean, "boolean"),
    (UTCDateTime, "datetime"),
    (Date, "date"),
    (Integer, "integer"),
    (Numeric, "decimal"),
    (Text, "textarea"),
    (String, "text"),
)


@dataclass(frozen=True)
class Attribute:
    """One attribute of a model. `kind` names how it is parsed, shown and typed; see `admin/values.py`."""

    attr: Attr
    name: str
    label: str
    kind: str
    required: bool
    column: Column[Any] | None = None  # None for relationships
    target: type[Record] | None = None  # the other side of a relationship
    maxlength: int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)  # value → label
    info: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def model(self) -> Any:
        return self.attr.class_

    @property
    def help(self) -> str:
        return str(self.info.get("help", ""))

    @property
    def has_range(self) -> bool:
        return self.kind in ("integer", "decimal", "money", "date", "datetime")

    @property
    def fits_a_cell(self) -> bool:
        """Whether a column of a list can show it: neither a long text nor a secret."""
        return self.kind not in ("textarea", "markdown") and not self.info.get("secret")


@cache
def describe(attr: Attr) -> Attribute:
    """Read a mapped attribute (`Book.title`, `Book.author`, `Post.tags`)."""
    prop: MapperProperty[Any] = attr.property
    if isinstance(prop, RelationshipProperty):
        return describe_relationship(attr, prop)
    column = prop.columns[0]
    kind = column.info.get("kind") or ("choice" if "choices" in column.info else kind_of_type(column))
    return Attribute(
        attr=attr,
        name=attr.key,
        label=column.info.get("label") or words(attr.key),
        kind=kind,
        required=not column.nullable and not column.info.get("optional") and kind != "boolean",
        column=column,
        maxlength=getattr(column.type, "length", None) if kind != "choice" else None,
        choices=choices_of(column),
        info=column.info,
    )


def describe_relationship(attr: Attr, prop: RelationshipProperty[Any]) -> Attribute:
    local: Any = next(iter(prop.local_columns))
    return Attribute(
        attr=attr,
        name=attr.key,
        label=words(attr.key),
        kind="tags" if is_tagging(prop) else "many" if prop.uselist else "reference",
        required=not prop.uselist and not local.nullable,
        column=local if not prop.uselist else None,
        target=prop.mapper.class_,
        info=prop.info,
    )


def is_tagging(prop: RelationshipProperty[Any]) -> bool:
    """A many-to-many to records that are known by their name alone; from the other side it is a mere number."""
    rules = (rule for rule, parts in prop.mapper.class_.__keys__.values() if parts == (prop.mapper.class_.__label__,))
    return prop.secondary is not None and caseless in rules


def kind_of_type(column: Column[Any]) -> str:
    return next(kind for sql_type, kind in KINDS_BY_TYPE if isinstance(column.type, sql_type))


def choices_of(column: Column[Any]) -> Mapping[str, str]:
    if "choices" in column.info:
        return dict(column.info["choices"]())
    if isinstance(column.type, Enum) and column.type.enum_class:
        return {option.value: words(option.value) for option in column.type.enum_class}
    return {}


def words(name: str) -> str:
    """«published_on» → «Published on», «out of stock» → «Out of stock»."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def label_of(model: type[Record]) -> Any:
    """The SQL expression that names a record of this model."""
    return getattr(model, model.__label__)


@cache
def foreign_key(attr: Attr) -> Attr:
    """`Book.author` → `Book.author_id`."""
    return column_attr(attr.class_, next(iter(attr.property.local_columns)))


def child_key(attr: Attr) -> Attr:
    """`Author.books` → `Book.author_id`: where the other side points back."""
    prop = attr.property
    return column_attr(prop.mapper.class_, next(iter(prop.remote_side)))


def column_attr(model: Any, column: Any) -> Attr:
    prop = inspect_mapping(model).get_property_by_column(column)
    found: Attr = getattr(model, prop.key)
    return found


def enum_of(attribute: Attribute) -> type[StrEnum] | None:
    """The words of a choice as their Python class; None for choices that are plain text (countries, currencies)."""
    options: type[StrEnum] | None = (
        getattr(attribute.column.type, "enum_class", None) if attribute.column is not None else None
    )
    return options
