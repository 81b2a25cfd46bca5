"""Files for tests of imports: rows written down, and what a check says of them."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from admin.imports import check, write
from admin.imports.check import Found
from admin.imports.guessing import guess
from admin.imports.ledger import Ledger, Line
from admin.imports.plan import Plan
from admin.resource import Resource
from services import tabular
from services.shape import Shape
from services.unit_of_work import unit_of_work
from tests.entities import ENTITIES


class File:
    """A CSV file, mapped by the names of its columns."""

    def __init__(self, folder: Path, entity: str, header: str, *rows: Sequence[str]) -> None:
        self.path, self.resource = folder / "file.csv", ENTITIES[entity]
        with self.path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header.split(), *rows])
        self.shape = tabular.look(self.path, "file.csv")
        names = tabular.header(self.path, self.shape)
        self.plan = Plan(places=guess(self.resource, names, []))

    @classmethod
    def of(cls, path: Path, resource: Resource, shape: Shape, plan: Plan) -> "File":
        """A file that is there already."""
        self = cls.__new__(cls)
        self.path, self.resource, self.shape, self.plan = path, resource, shape, plan
        return self

    @property
    def ledger(self) -> Path:
        return self.path.with_suffix(".ledger")

    def planned(self, **decided: Any) -> "File":
        self.plan = replace(self.plan, **decided)
        return self

    def check(self, session: Any) -> Found:
        return check.check(session, self.path, self.shape, self.resource, self.plan, lambda done: None, self.ledger)

    def run(self, partial: bool = False) -> str:
        """Check and run, as the job does."""
        with unit_of_work() as session:
            found = self.check(session)
            return self.write(session, found, partial)

    def write(self, session: Any, found: Found, partial: bool = False, report: Any = lambda done: None) -> str:
        return write.run(
            session, self.path, self.shape, self.resource, self.plan, found, partial, report, self.path.name
        )

    def lines(self, outcome: str, after: int = 0, limit: int = 50) -> Sequence[Line]:
        with Ledger.open(self.ledger) as ledger:
            return ledger.page(outcome, after, limit)

    def problems(self) -> list[tuple[int, str, str]]:
        """(row, field, reason) of everything that is wrong."""
        return [(line.number, bad.field, bad.reason) for line in self.lines("invalid") for bad in line.problems]
