"""What a list holds as a file: the same rows in the same order, the chosen columns, and the id.

Values are written by the database as the file has them: numbers plain, days and moments as ISO 8601 in UTC, a reference
as its name and its id, an amount beside its currency. So a file says exactly what is stored, and can be read back.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Any

from sqlalchemy import Select, Text, case, cast, func, literal, select, text, type_coerce
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from admin import keyset
from admin.attributes import Attribute, child_key, enum_of, foreign_key, label_of
from admin.query import ListQuery
from admin.resource import Column
from extensions import allow_time, dialect_of
from services import bulk, snapshots
from services.formulas import guarded_sql
from services.unit_of_work import Refused

BLOCK = 2_000  # rows that are read at a time
MOST_SHEET_ROWS = 1_048_575  # below the row of names
LONGEST_CELL = 32_767
SEPARATOR = ", "
# A million rows are sorted in the database's memory and not on its disk; compiling the statement would cost more.
SETTINGS = "SET LOCAL work_mem = '128MB'; SET LOCAL jit = off"
LONGEST = 600  # seconds


@dataclass(frozen=True)
class Field:
    """One column of the file. `kind` is text, plain (text that is never a formula), number, yes or list."""

    name: str
    value: Any
    kind: str


@dataclass(frozen=True)
class Export:
    """What is to be written: a list as its address says it, these columns, and only these ids if there are any."""

    asked: ListQuery
    columns: Sequence[Column]
    ids: Sequence[int] = ()


Report = Callable[[int], None]


@contextmanager
def snapshot(session: Session) -> Iterator[None]:
    """Everything that is read in here is of one moment, whatever others write meanwhile, and may take its time."""
    session.rollback()
    if dialect_of(session) == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        allow_time(session.connection(execution_options=options), LONGEST)
        session.execute(text(SETTINGS))
    try:
        yield
    finally:
        session.rollback()


# The columns of the file


def fields(export: Export, dialect: str) -> Sequence[Field]:
    """Each once: the id, then what the list shows."""
    found = [Field("id", export.asked.resource.model.id, "number")]
    found += [field for column in export.columns for field in parts(column, dialect)]
    unique: dict[str, Field] = {}
    for field in found:
        unique.setdefault(field.name, field)
    return list(unique.values())


def parts(column: Column, dialect: str) -> Iterator[Field]:
    """What one column of a list becomes: the value, and what stands beside it there."""
    attribute, name = column.attribute, column.name
    if attribute.kind == "reference":
        yield Field(name, label_of(attribute.target), "text")  # type: ignore[arg-type]
        yield Field(f"{name}_id", foreign_key(attribute.attr), "number")
    elif attribute.kind == "tags":
        yield Field(name, tags_of(attribute), "list")
    elif attribute.kind == "many":
        yield Field(name, number_of(attribute), "number")
    else:
        yield own(attribute, dialect)
    if "currency" in attribute.info:
        yield Field(attribute.info["currency"], getattr(attribute.model, attribute.info["currency"]), "text")
    if column.beside is not None:
        yield Field(column.beside.key, column.beside, "text")


def own(attribute: Attribute, dialect: str) -> Field:
    """A column of the record itself."""
    name, value = attribute.name, attribute.attr
    match attribute.kind:
        case "boolean":
            return Field(name, value, "yes")
        case "datetime":
            return Field(name, snapshots.moment(type_coerce(value, Text), dialect) + literal("Z"), "plain")
        case "date":
            return Field(name, snapshots.written(attribute.column, value, dialect), "plain")
        case "money" if dialect == "sqlite":
            return Field(name, snapshots.null_safe(attribute.column, value, dialect), "number")
        case "integer" | "decimal" | "money":
            return Field(name, value, "number")
        case "choice" if enum_of(attribute):  # one of our own words: the database lets nothing else in
            return Field(name, value, "plain")
        case _:
            return Field(name, value, "text")


def tags_of(attribute: Attribute) -> Any:
    """The names of a record's tags, with their places in the order of the alphabet."""
    target: Any = attribute.target
    prop = attribute.attr.property
    place = func.row_number().over(order_by=prop.order_by or [target.id]).label("place")
    names = select(label_of(target).label("name"), place).join(prop.secondary, prop.secondaryjoin)
    return names.where(prop.primaryjoin).correlate(attribute.model).order_by(place).subquery()


def number_of(attribute: Attribute) -> Any:
    """How many children a row has, counted to the end."""
    prop = attribute.attr.property
    if prop.secondary is not None:
        count = select(func.count()).select_from(prop.secondary).where(prop.primaryjoin)
    else:
        count = select(func.count()).where(child_key(attribute.attr) == attribute.model.id)
    return count.correlate(attribute.model).scalar_subquery()


# How a value is written


def as_text(field: Field, dialect: str) -> Any:
    """The text of a cell; NULL is an empty one."""
    if field.kind == "yes":
        return case((field.value.is_(True), "yes"), (field.value.is_(False), "no"))
    if field.kind == "list":
        names = field.value.c.name
        if dialect == "sqlite":
            return select(func.group_concat(names, SEPARATOR)).scalar_subquery()
        return select(
            func.string_agg(names, aggregate_order_by(literal(SEPARATOR), field.value.c.place))
        ).scalar_subquery()
    return type_coerce(field.value, Text)  # as it comes: nothing is made of it in Python


def as_cell(field: Field, dialect: str) -> Any:
    """The text of a cell that no spreadsheet takes for a formula."""
    written = as_text(field, dialect)
    return guarded_sql(written, dialect) if field.kind in ("text", "list") else written


def as_json(field: Field, dialect: str) -> Any:
    """The value in a JSON object."""
    if field.kind == "list":
        names = field.value.c.name
        if dialect == "sqlite":
            return select(func.json_group_array(names)).scalar_subquery()
        listed = func.json_agg(aggregate_order_by(names, field.value.c.place))
        return select(func.coalesce(listed, func.json_build_array())).scalar_subquery()
    if dialect == "sqlite" and field.kind == "yes":
        return func.json(case((field.value.is_(True), "true"), (field.value.is_(False), "false")))
    if dialect == "sqlite" and field.kind == "number":
        return func.json(field.value)  # the amount's own digits, not a float's
    return field.value


# What is asked of the database


def statements(session: Session, export: Export, values: Sequence[Any]) -> Sequence[Select[Any]]:
    """One or two, to be run one after the other: the rows in the list's order, those without a value last."""
    asked = export.asked
    model, order = asked.resource.model, asked.order
    statement: Select[Any] = select(*values).select_from(model).where(*asked.where(session))
    if export.ids:
        statement = statement.where(bulk.among(session, model.id, export.ids))
    joined = {column.name: column for column in export.columns if column.kind == "reference"}
    if order.by.class_ is not model:
        joined.setdefault(order.word, asked.resource.by_name[order.word])
    for column in joined.values():
        statement = statement.join(column.attr, isouter=not column.attribute.required)
    return keyset.parts(statement, order, None)


def rows(session: Session, export: Export, values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The rows, a block at a time, so that no more than a block is ever held."""
    for statement in statements(session, export, values):
        options = {"stream_results": True, "yield_per": BLOCK}
        yield from session.execute(statement, execution_options=options).partitions()


# The formats. Each writes to a binary file and returns how many rows it wrote.


def write_csv(session: Session, export: Export, file: IO[bytes], report: Report) -> int:
    """UTF-8, commas, a row of names."""
    dialect = dialect_of(session)
    chosen = fields(export, dialect)
    values = [as_cell(field, dialect) for field in chosen]
    file.write(lines([[field.name for field in chosen]]))
    if dialect == "postgresql":
        return sum(copy(session, one, file, report) for one in statements(session, export, values))
    number = 0
    for block in rows(session, export, values):
        file.write(lines(block))
        number += len(block)
        report(number)
    return number


def lines(block: Sequence[Sequence[Any]]) -> bytes:
    """Lines of CSV. Python leaves a carriage return outside of quotes, so where there is one everything is quoted."""
    written = delimited(block, csv.QUOTE_MINIMAL)
    return (delimited(block, csv.QUOTE_ALL) if "\r" in written else written).encode()


def delimited(block: Sequence[Sequence[Any]], quoting: Any) -> str:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n", quoting=quoting).writerows(block)
    return written.getvalue()


def copy(session: Session, statement: Select[Any], file: IO[bytes], report: Report) -> int:
    """PostgreSQL writes the lines itself; we only pass them on. Returns how many."""
    connection = session.connection()
    state = statement.compile(dialect=connection.dialect).construct_expanded_state()
    bound = {name: state.processors.get(name, same)(value) for name, value in state.parameters.items()}
    raw: Any = connection.connection
    number = 0
    asked = f"COPY ({state.statement}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')"
    with raw.cursor() as cursor, cursor.copy(asked, bound) as sent:
        for number, line in enumerate(sent, 1):
            file.write(line)
            if not number % BLOCK:
                report(number)
    return number


def same(value: Any) -> Any:
    return value


def write_json(session: Session, export: Export, file: IO[bytes], report: Report) -> int:
    """An array, one object a line. The database makes the objects."""
    dialect = dialect_of(session)
    flat = [part for field in fields(export, dialect) for part in (literal(field.name, Text), as_json(field, dialect))]
    build = func.json_object if dialect == "sqlite" else func.json_build_object
    number = 0
    file.write(b"[")
    for block in rows(session, export, [cast(build(*flat), Text)]):
        file.write(b",\n" if number else b"\n")
        file.write(",\n".join([row[0] for row in block]).encode())
        number += len(block)
        report(number)
    file.write(b"\n]\n")
    return number


def write_xlsx(session: Session, export: Export, file: IO[bytes], report: Report) -> int:
    """One sheet; numbers are numbers and everything else is text, whatever it looks like."""
    dialect = dialect_of(session)
    chosen = fields(export, dialect)
    kinds = [field.kind for field in chosen]
    writer: Any = import_module("xlsxwriter")  # most servers never write a workbook
    book = writer.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(export.asked.resource.title)
    sheet.write_row(0, 0, [field.name for field in chosen], book.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    number = 0
    for block in rows(session, export, [as_text(field, dialect) for field in chosen]):
        if number + len(block) > MOST_SHEET_ROWS:
            raise Refused(
                f"A sheet holds {MOST_SHEET_ROWS:,} rows and this list has more. Take CSV or JSON, or narrow it."
            )
        for place, row in enumerate(block, number + 1):
            write_row(sheet, place, kinds, row)
        number += len(block)
        report(number)
    book.close()
    return number


def write_row(sheet: Any, number: int, kinds: Sequence[str], row: Sequence[Any]) -> None:
    for place, (kind, value) in enumerate(zip(kinds, row, strict=True)):
        if value is None:
            continue
        if kind == "number":
            sheet.write_number(number, place, float(value))
        elif sheet.write_string(number, place, value):
            raise Refused(
                f"A cell holds {LONGEST_CELL:,} characters and one of these texts is longer. Take CSV or JSON."
            )


@dataclass(frozen=True)
class Format:
    label: str
    mimetype: str
    write: Callable[[Session, Export, IO[bytes], Report], int]


FORMATS = {
    "csv": Format("CSV", "text/csv", write_csv),
    "xlsx": Format("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "json": Format("JSON", "application/json", write_json),
}
