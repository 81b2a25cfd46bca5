"""A file on its way, and a chunk of it: what the steps of outcome.py hand on to each other."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin.attributes import label_of
from admin.imports import matching
from admin.imports.gather import Gathered, Reading
from admin.imports.ledger import Draft
from admin.imports.matching import Directory, Key, Missing, Unclear
from admin.imports.targets import Target
from models.base import Record
from services import snapshots

Values = list[Any]


@dataclass
class Checking:
    """A file on its way: how it is read, and what has to be remembered from one chunk to the next."""

    session: Session
    reading: Reading
    draft: Draft
    memory: dict[str, Any] = field(default_factory=dict)  # of the resource's own rules
    meanwhile: Callable[[], object] = lambda: None  # begins to read the next chunk

    @property
    def model(self) -> type[Record]:
        return self.reading.resource.model

    @cached_property
    def highest(self) -> int:
        """The highest id before anything is written."""
        table: Any = self.model.__table__
        return self.session.scalar(select(func.max(table.c.id))) or 0

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """The fields that are written."""
        return {name: target for name, target in self.reading.targets.items() if target.written}

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        return matching.unique_keys(self.reading.resource)

    @cached_property
    def directories(self) -> Mapping[str, Directory]:
        choices = self.reading.plan.choices
        linked = {name: one for name, one in self.targets.items() if one.attribute.target is not None}
        return {name: Directory(target, choices.get(name, {})) for name, target in linked.items()}

    @cached_property
    def references(self) -> Sequence[str]:
        """The fields that name one other record, of those that the file fills."""
        return [name for name in self.directories if name in self.columns and name in self.reading.places]

    @cached_property
    def columns(self) -> Mapping[str, Any]:
        """Field → the column of the table it is kept in. Links to many have none."""
        return {name: one.attribute.column for name, one in self.targets.items() if one.attribute.column is not None}

    @cached_property
    def read_columns(self) -> Sequence[Any]:
        """What has to be known of a record that a row matches, by the names of columns."""
        table: Any = self.model.__table__
        plan = {name: self.columns[name] for name in self.reading.places if name in self.columns}
        names = {column.name for column in plan.values()}
        keys = [parts for _, parts in self.model.__keys__.values() if not names.isdisjoint(parts)]
        plan |= {part: table.c[part] for parts in keys for part in parts}
        if self.reading.resource.for_rows or any(target.row_rule for target in self.targets.values()):
            plan |= snapshots.columns(self.model)
        columns = {column.name: column for column in plan.values()}
        return [table.c.id, table.c.version, label_of(self.model).label("label_"), *columns.values()]

    @cached_property
    def beginnings(self) -> Mapping[str, Any]:
        """Column → what a new record has there when nobody says anything."""
        table: Any = self.model.__table__
        found = {c.name: c.default.arg for c in table.c if c.default is not None and c.default.is_scalar}
        return {**{name: found[name] for name in snapshots.columns(self.model) if name in found}, **self.offered}

    @cached_property
    def offered(self) -> Mapping[str, Any]:
        """Those that the resource offers, with references by their ids."""
        given = self.reading.resource.defaults() if self.reading.resource.defaults else {}
        plain = {name: getattr(value, "id", value) for name, value in given.items() if name in self.columns}
        return {self.columns[name].name: value for name, value in plain.items() if value}


@dataclass
class Chunk:
    """A chunk of rows and what becomes of them, by their places in it."""

    read: Gathered
    ids: dict[int, int] = field(default_factory=dict)  # of the records that rows match
    old: dict[int, Any] = field(default_factory=dict)  # those records, as they are
    left: set[int] = field(default_factory=set)  # rows that may not change the record they match
    missing: defaultdict[int, list[Missing]] = field(default_factory=lambda: defaultdict(list))
    unclear: list[tuple[str, Unclear]] = field(default_factory=list)
    changed: defaultdict[int, dict[str, tuple[Any, Any]]] = field(default_factory=lambda: defaultdict(dict))
    outcomes: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.read.numbers)

    @property
    def values(self) -> dict[str, Values]:
        return self.read.values

    def good(self) -> Iterator[int]:
        """The rows against which nothing speaks so far."""
        return (row for row in range(self.size) if row not in self.read.bad)

    def is_bad(self, row: int, name: str) -> bool:
        return row in self.read.bad and any(problem.field == name for problem in self.read.bad[row])

    def places(self, outcome: str) -> list[int]:
        return [row for row, found in enumerate(self.outcomes) if found == outcome]
