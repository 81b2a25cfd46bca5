"""The check of a file, which changes nothing: what would become of every row, counted, and kept in a ledger.

`chunks` is the check and the run alike; the run (write.py) additionally writes what it is handed.
"""

import gc
import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.attributes import label_of
from admin.imports import alike, meant, outcome
from admin.imports.ahead import ahead
from admin.imports.chunk import Checking, Chunk
from admin.imports.gather import Reading, gather, shown
from admin.imports.ledger import OUTCOMES, Details, Draft
from admin.imports.matching import Missing
from admin.imports.plan import Plan
from admin.imports.reasons import general
from admin.resource import Resource
from extensions import allow_pauses
from services import bulk, tabular
from services.tabular import Shape

Report = Callable[[int], None]  # how many rows are done
COLLECTED = 20  # chunks between two looks for cycles
MOST_REASONS, KEPT_REASONS = 1_000, 200  # different ones that are counted, and told


@dataclass(frozen=True)
class Found:
    """What a check found. Plain values, kept in `Upload.found`."""

    rows: int
    new: int
    changed: int
    same: int
    invalid: int
    stamp: str  # of the records that rows match, and their versions
    fields: Mapping[str, int] = field(default_factory=dict)  # changed field → in how many rows
    repairs: Sequence[tuple[str, str, int]] = ()  # field, what was done, number of cells
    reasons: Sequence[tuple[str, str, int]] = ()  # field, what is wrong, number of rows
    missing: Mapping[str, int] = field(default_factory=dict)  # reference → how many names lead to no record
    ambiguous: Mapping[str, int] = field(default_factory=dict)  # … and to several
    unread: Mapping[str, int] = field(default_factory=dict)  # field → how many words cannot be read

    @property
    def counts(self) -> tuple[int, ...]:
        return self.new, self.changed, self.same, self.invalid

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Found":
        triples = {name: [tuple(one) for one in kept[name]] for name in ("repairs", "reasons")}
        return cls(**{**kept, **triples})


@dataclass
class Tally:
    """The counts of a check while it is under way."""

    outcomes: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    repairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)  # field, what is wrong in general
    said: dict[tuple[str, str], str] = field(default_factory=dict)  # the same in the words of the row, if all agree
    matched: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))

    def count(self, chunk: Chunk) -> None:
        self.outcomes.update(chunk.outcomes)
        for changed in (chunk.changed[row] for row in chunk.places("changed")):
            self.fields.update(changed.keys())
        for repairs in chunk.read.repairs.values():
            self.repairs.update(repairs)
        for problems in chunk.read.bad.values():
            for key, reason in {(one.field, general(one.reason)): one.reason for one in problems}.items():
                self.reasons[key] += 1
                if self.said.setdefault(key, reason) != reason:
                    self.said[key] = key[1]
        if len(self.reasons) > MOST_REASONS:
            self.reasons = Counter(dict(self.reasons.most_common(MOST_REASONS // 2)))
            self.said = {key: self.said[key] for key in self.reasons}
        good = (chunk.old[row] for row in chunk.old if chunk.outcomes[row] != "invalid")
        seen = [number for old in good for number in (old.id, old.version)]
        self.matched.update(array("q", seen).tobytes())

    def found(self, draft: Draft) -> Found:
        numbers = {name: self.outcomes[name] for name in OUTCOMES}
        return Found(
            rows=sum(numbers.values()),
            **numbers,
            stamp=self.matched.hexdigest(),
            fields=dict(self.fields.most_common()),
            repairs=[(*what, number) for what, number in self.repairs.most_common()],
            reasons=[(what[0], self.said[what], n) for what, n in self.reasons.most_common(KEPT_REASONS)],
            missing=draft.count_names("missing"),
            ambiguous=draft.count_names("ambiguous"),
            unread=draft.count_names("unread"),
        )


def reading(path: Path, shape: Shape, resource: Resource, plan: Plan) -> Reading:
    """How this file becomes rows of this resource."""
    return Reading(resource, plan, tabular.header(path, shape), shape.kind == "csv")


def chunks(checking: Checking, path: Path, shape: Shape, report: Report) -> Generator[Chunk]:
    """The rows of the file, thousands at a time, with what becomes of each. Close it when you leave off."""
    allow_pauses(checking.session.connection())
    if checking.reading.plan.last_wins:
        for rows in tabular.rows(path, shape):
            outcome.find_last(checking, rows)
            report(0)
    done = 0
    read = (gather(checking.reading, rows) for rows in tabular.rows(path, shape))
    with uncollected() as collect, ahead(read) as chunks_read:
        checking.meanwhile = chunks_read.begin
        for gathered in chunks_read:
            yield outcome.outcome(checking, gathered)
            done += len(gathered.numbers)
            report(done)
            collect()


@contextmanager
def uncollected() -> Iterator[Callable[[], object]]:
    """Without looking for cycles among the many objects of a chunk, which takes a quarter of the time. Call what it
    yields after each chunk: now and then it looks."""
    was, number = gc.isenabled(), count(1)
    gc.disable()
    try:
        yield lambda: gc.collect(1) if next(number) % COLLECTED == 0 else None
    finally:
        if was:
            gc.enable()


def check(
    session: Session, path: Path, shape: Shape, resource: Resource, plan: Plan, report: Report, ledger: Path
) -> Found:
    """Look at every row and write down what would become of it. The ledger appears when it is whole."""
    how, tally = reading(path, shape, resource, plan), Tally()
    with Draft(ledger) as draft:
        checking = Checking(session, how, draft)
        with closing(chunks(checking, path, shape, report)) as found_chunks:
            for chunk in found_chunks:
                tally.count(chunk)
                draft.write(chunk.read.numbers, chunk.read.cells, entries(checking, chunk))
        draft.forget_single(name for name, one in how.targets.items() if one.attribute.kind in meant.CLOSED)
        found = tally.found(draft)
        alike.propose(checking, found.missing)
        draft.keep(how)
    return found


def entries(checking: Checking, chunk: Chunk) -> Iterable[tuple[int, int, int | None, str | None]]:
    """A chunk as the ledger keeps it."""
    codes = {name: code for code, name in enumerate(OUTCOMES)}
    names = labels(checking, chunk)
    for row, (number, found) in enumerate(zip(chunk.read.numbers, chunk.outcomes, strict=True)):
        told = None
        if found != "same" or row in chunk.read.repairs:
            told = details(checking, chunk, row, names).as_json()
        yield number, codes[found], chunk.ids.get(row), told


def details(checking: Checking, chunk: Chunk, row: int, names: Mapping[tuple[str, int], str]) -> Details:
    changed = {}
    for name, sides in chunk.changed[row].items() if row in chunk.changed else ():
        changed[name] = told(checking, name, sides[0], names), told(checking, name, sides[1], names)
    label = str(chunk.old[row].label_ or "") if row in chunk.old else ""
    return Details(label, changed, chunk.read.bad.get(row, ()), chunk.read.repairs.get(row, ()))


def told(checking: Checking, name: str, value: Any, names: Mapping[tuple[str, int], str]) -> str:
    """A value as it is shown; records by their names."""
    if isinstance(value, frozenset):
        return ", ".join(sorted(told(checking, name, one, names) for one in value))
    if isinstance(value, Missing):
        return value.text
    if name in checking.directories:
        return names.get((name, value), "")
    return shown(checking.targets[name], value) if name in checking.targets else str(value or "")


def labels(checking: Checking, chunk: Chunk) -> dict[tuple[str, int], str]:
    """The names of the records that changed references lead to, before and after."""
    found: dict[tuple[str, int], str] = {}
    for name, directory in checking.directories.items():
        sides = [side for fields in chunk.changed.values() if name in fields for side in fields[name]]
        ids = {one for side in sides for one in (side if isinstance(side, frozenset) else [side])}
        wanted = sorted(one for one in ids if isinstance(one, int))
        if wanted:
            asked = select(directory.model.id, label_of(directory.model))
            asked = asked.where(bulk.among(checking.session, directory.model.id, wanted))
            found |= {(name, key): str(label) for key, label in checking.session.connection().execute(asked)}
    return found
