"""What every table shares: the record's identity, its lock, its times, and keys derived from its text."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Enum, Identity, Index, Integer, Numeric, String, Table, Text, event
from sqlalchemy.orm import Mapped, MappedColumn, Mapper, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from extensions import Base, db

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

BigId = BigInteger().with_variant(Integer(), "sqlite")
# Keys sort by code point on both databases, whatever the locale of the server.
KeyText = Text(collation="C").with_variant(Text(), "sqlite")


def pk(cache: int = 100) -> MappedColumn[int]:
    """The primary key of every table, in one place, so that another engine's identity is one edit.

    `cache` ids are handed to a connection at a time; 1 keeps them in the order of writing.
    """
    identity = Identity(always=False, cache=cache)
    return mapped_column(BigId, identity, primary_key=True, sort_order=-10)


def now() -> datetime:
    return datetime.now(UTC)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: aware on the way in, UTC in the database, aware in UTC on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment needs a time zone.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An amount with two decimals, always a Decimal. SQLite keeps it as a float, exact at this size once rounded."""

    impl = Numeric(12, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(Numeric(12, 2, asdecimal=dialect.name != "sqlite"))

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> Any:
        return float(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


def choice(options: type[StrEnum], name: str) -> Enum:
    """A column of one of these words; the database checks them too."""
    return Enum(
        options,
        native_enum=False,
        create_constraint=True,
        length=20,
        name=name,
        values_callable=lambda members: [member.value for member in members],
    )


Keys = Mapping[str, tuple[Callable[..., str | None], tuple[str, ...]]]


class Record(Model):
    """A row that people edit."""

    __abstract__ = True
    __label__: ClassVar[str] = "name"  # the attribute that names a record in links and sentences
    # Derived columns: key → (rule, the attributes it is made of). See `derive`.
    __keys__: ClassVar[Keys] = {}

    id: Mapped[int] = pk()
    version: Mapped[int] = mapped_column(Integer, nullable=False, sort_order=90)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, sort_order=91, info={"label": "Created"})
    updated_at: Mapped[datetime] = mapped_column(
        UTCDateTime, default=now, onupdate=now, sort_order=92, info={"label": "Updated"}
    )

    @classmethod
    def __table_cls__(cls, *args: Any, **options: Any) -> Table:
        # The id of a deleted record is never given again: a form or a link that still bears it must not meet another.
        return Table(*args, **options, sqlite_autoincrement=True)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    def __str__(self) -> str:
        return str(getattr(self, self.__label__) or f"{type(self).__name__} {self.id}")


def derive(model: type[Record], values: Mapping[str, Any]) -> dict[str, str | None]:
    """The derived columns of a row with these values; what the ORM and every set-based writer put beside them."""
    return {key: rule(*(values.get(part) for part in parts)) for key, (rule, parts) in model.__keys__.items()}


@event.listens_for(Record, "before_insert", propagate=True)
@event.listens_for(Record, "before_update", propagate=True)
def keep_keys(mapper: Mapper[Any], connection: Any, record: Record) -> None:
    """Keys follow their text in the same flush, so that no writer can forget them."""
    parts = {part for _, names in record.__keys__.values() for part in names}
    for key, value in derive(type(record), {part: getattr(record, part) for part in parts}).items():
        if getattr(record, key) != value:
            setattr(record, key, value)


def key_column(*, unique: bool = False, nullable: bool = False) -> MappedColumn[Any]:
    """A column that nobody types: it is derived, and never shown."""
    return mapped_column(KeyText, nullable=nullable, unique=unique, info={"derived": True}, sort_order=80)


def text(length: int, **info: Any) -> MappedColumn[Any]:
    """A line of text of at most `length` characters; `info` is what forms and pages say about it."""
    return mapped_column(String(length), info=info)


TIMES = ("created_at", "updated_at")


def listed(*columns: str, times: tuple[str, ...] = TIMES) -> tuple[Index, ...]:
    """One index per column one may sort or filter by, with the id last: the order of keyset paging."""
    return tuple(Index(None, column, "id") for column in (*columns, *times))


def overview(table: str, order: str, *columns: str) -> Index:
    """The index of a large list's usual order, with what is filtered and searched by inside.

    So the list is read along it for any filter without looking into the table, which lies in another order.
    """
    return Index(f"ix_{table}_overview", order, "id", *columns)
