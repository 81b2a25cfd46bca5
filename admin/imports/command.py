"""An import without a browser: a file, what is decided about it in words, the check and the run."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from sqlalchemy.orm import Session

from admin.export import snapshot
from admin.imports import check, guessing, matching, reading, write
from admin.imports.check import Found
from admin.imports.ledger import Ledger
from admin.imports.plan import Place, Plan
from admin.imports.targets import targets
from admin.resource import Resource
from extensions import allow_time
from services import tabular
from services.shape import Shape
from services.unit_of_work import unit_of_work

NONE = "none"
Report = Callable[[str, int, int], None]  # what is done, how far, of how many


class Unknown(Exception):
    """A word that names no column or no field; the message lists those there are."""


@dataclass(frozen=True)
class File:
    """A file where its helpers can lie beside it: the same text as rows, and the ledger."""

    path: Path
    name: str
    shape: Shape
    number: int  # of rows

    @property
    def ledger(self) -> Path:
        return self.path.with_suffix(".ledger")


@contextmanager
def opened(source: Path | IO[bytes], encoding: str | None) -> Iterator[File]:
    """The file, or what comes on standard input, in a folder that goes with the command. Raises Unreadable."""
    with TemporaryDirectory(prefix="colophon-import-") as folder:
        path = Path(folder) / "file"
        if isinstance(source, Path):
            path.symlink_to(source.absolute())
            name = source.name
        else:
            name = "standard input"
            with path.open("wb") as copy:
                copy.writelines(iter(lambda: source.read(1 << 20), b""))
        shape = tabular.look(path, name)
        shape = replace(shape, encoding=encoding) if encoding else shape
        yield File(path, name, shape, tabular.count(path, shape))


# What is decided


def plan(resource: Resource, file: File, mapped: Sequence[str], fixed: Sequence[str], decided: Plan) -> Plan:
    """Where the columns go: as their names say, unless `mapped` («column=field») says otherwise. Raises Unknown."""
    read = reading.read(file.path, file.shape)
    said = [place_of(resource, read.header, *pair(words)) for words in mapped]
    guesses = guessing.guess(resource, read.header, read.samples)
    guessed = [place for place in guesses if place.column not in dict(said)]
    taken = {field for _, field in said}
    places = [place for place in guessed if place.field not in taken]
    places += [Place(column, field) for column, field in said if field]
    texts = {known(targets(resource), field, "field"): text for field, text in map(pair, fixed)}
    for name in decided.create:
        known(targets(resource), name, "field")
    found = guessing.completed(resource, read.header, read.samples, places)
    match = match_of(resource, decided.match) if decided.match else found.match
    return replace(decided, places=found.places, fixed={**found.fixed, **texts}, style=found.style, match=match)


def match_of(resource: Resource, said: str) -> str:
    """The field that finds records, or «none»."""
    return "" if said == NONE else known(matching.unique_keys(resource), said, "field that finds one record")


def pair(words: str) -> tuple[str, str]:
    name, sign, value = words.partition("=")
    if not sign:
        raise Unknown(f"«{words}» is not of the form name=value.")
    return name, value


def place_of(resource: Resource, header: Sequence[str], column: str, field: str) -> tuple[int, str]:
    """A column by its name, and its field; no field skips it."""
    return header.index(known(header, column, "column")), known(targets(resource), field, "field") if field else ""


def known(names: object, name: str, what: str) -> str:
    listed = list(names)  # type: ignore[call-overload]
    if name not in listed:
        raise Unknown(f"There is no {what} «{name}»; there are {', '.join(listed)}.")
    return name


# What is done


def look(session: Session, resource: Resource, file: File, plan: Plan, report: Report) -> Found:
    with snapshot(session):
        return check.check(
            *(session, file.path, file.shape, resource, plan),
            lambda done: report("checked", done, file.number),
            file.ledger,
        )


def carry_out(resource: Resource, file: File, plan: Plan, found: Found, partial: bool, report: Report) -> str:
    with unit_of_work() as session:
        allow_time(session.connection(), 0)
        return write.run(
            *(session, file.path, file.shape, resource, plan, found, partial),
            once(lambda done: report("imported", done, file.number)),
            file.name,
        )


def once(report: Callable[[int], None]) -> Callable[[int], None]:
    """A report that says each number once."""
    last = -1

    def say(done: int) -> None:
        nonlocal last
        if done != last:
            last = done
            report(done)

    return say


# What is said


def counts(found: Found) -> str:
    return f"{found.new:,} new, {found.changed:,} changed, {found.same:,} unchanged, {found.invalid:,} bad."


BAD = ("row", "column", "value", "reason", "proposal")


def bad_rows(file: File, block: int = 1_000) -> Iterator[Sequence[str]]:
    """What is wrong: row, column, value, reason, proposal."""
    after = 0
    with Ledger.open(file.ledger) as ledger:
        while lines := ledger.page("invalid", after, block):
            for line in lines:
                for bad in line.problems:
                    yield str(line.number), bad.column or bad.field, bad.text, bad.reason, bad.proposal
            after = lines[-1].number


def write_report(file: File, into: IO[str]) -> None:
    table = csv.writer(into)
    table.writerow(BAD)
    table.writerows(bad_rows(file))
