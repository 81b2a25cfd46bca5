"""The run of an import: the check again, chunk by chunk, and each chunk is written. One change set, so one undo.

It counts what it does; when that is not what the check showed, somebody changed the catalogue meanwhile and nothing of
it stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from admin.imports import keyless, matching
from admin.imports.check import Found, Report, Tally, chunks, reading
from admin.imports.chunk import Checking, Chunk
from admin.imports.gather import ABSENT
from admin.imports.ledger import Draft
from admin.imports.matching import Missing
from admin.imports.plan import Plan
from admin.imports.rules import row_of
from admin.resource import Resource
from extensions import dialect_of
from services import bulk, changes, snapshots, wiring
from services.aside import Stays, growing
from services.rows import Edit
from services.tabular import Shape
from services.unit_of_work import Conflict, Refused

OVERTAKEN = "The catalogue changed since the check, so nothing was imported. Check the file again."
Sets = dict[int, tuple[frozenset[int], frozenset[int]]]  # record id → its links before and after


def run(
    session: Session,
    path: Path,
    shape: Shape,
    resource: Resource,
    plan: Plan,
    found: Found,
    partial: bool,
    report: Report,
    name: str,
) -> str:
    """Write what the check found, in the caller's unit of work; says what was done. `name` is the file's.

    With `partial` the rows that are wrong are left out; else there may be none. Raises Conflict when something else
    came of it than was found.
    """
    if found.invalid and not partial:
        raise Refused(f"{rows_are(found.invalid)} wrong. Mend them, or import the others only.")
    if not found.new + found.changed:
        return nothing_to_change(resource, found)
    said = sentence(resource, plan, found, name)
    changes.describe(session, "import", said, resource.entity)
    tally = Tally()
    with Draft(path.with_name(f"{path.name}.run")) as draft:
        checking = Checking(session, reading(path, shape, resource, plan), draft)
        with (
            growing(session, resource.model, found.new, lambda: report(found.rows), found_by(checking)) as written,
            closing(chunks(checking, path, shape, report)) as read,
        ):
            for chunk in read:
                tally.count(chunk)
                if ids := write(checking, chunk):
                    written(ids, checking.meanwhile)
        done = tally.found(draft)
    if (done.counts, done.stamp, done.missing) != (found.counts, found.stamp, found.missing):
        raise Conflict(OVERTAKEN)
    return f"{said[:1].upper()}{said[1:]}."


def found_by(checking: Checking) -> Stays:
    """How records that lack the key are found while the indexes are aside."""
    references = [checking.columns[name].name for name in checking.references]
    return Stays([column.name for column in keyless.columns_of(checking.model, references)], checking.highest)


def prove(session: Session, resource: Resource, found: Found) -> None:
    """For the request that starts the run: raise NotFresh when it is for somebody who has just signed in."""
    if resource.for_rows is not None:
        resource.for_rows.prove(session, found.new > 0, found.fields.keys())


# What is said


def sentence(resource: Resource, plan: Plan, found: Found, name: str) -> str:
    """«imported 1,158 books from autumn-list.xlsx: 846 new, 312 changed, 3 new authors»."""
    number = found.new + found.changed
    counted = f"{number:,} {resource.singular if number == 1 else resource.plural}"
    parts = [f"{number:,} {word}" for number, word in ((found.new, "new"), (found.changed, "changed")) if number]
    for field, count in found.missing.items():
        if field in plan.create:
            parts.append(f"{count:,} new {noun(resource, field, count)}")
    return f"imported {counted} from {name}: {', '.join(parts)}"


def noun(resource: Resource, field: str, number: int) -> str:
    target: Any = next(one.target for one in resource.fields if one.name == field)
    return changes.counted(number, target.__tablename__).split(" ", 1)[1]


def nothing_to_change(resource: Resource, found: Found) -> str:
    same = f"{found.same:,} {resource.singular if found.same == 1 else resource.plural}"
    left_out = f" {rows_are(found.invalid)} wrong and left out." if found.invalid else ""
    return f"Nothing to change: {same} in the file, as they are in the catalogue.{left_out}"


def rows_are(number: int) -> str:
    return "1 row is" if number == 1 else f"{number:,} rows are"


# What is written


def write(checking: Checking, chunk: Chunk) -> Sequence[int]:
    """Write one chunk: records that names stand for, new records, changed ones, links. Returns the ids of the new."""
    if dialect_of(checking.session) != "sqlite":  # whose rows go one by one, and between two another thread had a turn
        checking.meanwhile()
    new, changed = chunk.places("new"), chunk.places("changed")
    create_missing(checking, chunk, sorted((*new, *changed)))
    ids = insert(checking, chunk, new)
    change(checking, chunk, changed)
    rules = checking.reading.resource.for_rows
    if rules is not None:
        rules.written(checking.session, [row_of(checking, chunk, place) for place in (*new, *changed)])
    return ids


def create_missing(checking: Checking, chunk: Chunk, places: Iterable[int]) -> None:
    """A name that leads nowhere becomes a record, for all rows that bear it."""
    wanted: dict[str, dict[Missing, None]] = {}
    for place in places:
        for one in chunk.missing.get(place, ()):
            wanted.setdefault(one.name, {})[one] = None
    for name, missing in wanted.items():
        directory = checking.directories[name]
        ids = matching.create(checking.session, directory.model, [one.text for one in missing])
        made = dict(zip(missing, ids, strict=True))
        matching.learn(directory, made)
        chunk.values[name] = [followed(value, made) for value in chunk.values[name]]
        for fields in chunk.changed.values():
            if name in fields:
                before, after = fields[name]
                fields[name] = before, followed(after, made)


def followed(value: Any, made: Mapping[Missing, int]) -> Any:
    """A value without the names that have become records."""
    if isinstance(value, frozenset):
        return frozenset(followed(one, made) for one in value)
    return made.get(value, value) if isinstance(value, Missing) else value


def insert(checking: Checking, chunk: Chunk, places: Sequence[int]) -> Sequence[int]:
    if not places:
        return []
    columns: dict[str, list[Any]] = {}
    links: dict[str, list[list[int]]] = {}
    for name, said in chunk.values.items():
        mine = [said[place] for place in places]
        if name in checking.columns or name not in checking.targets:
            column = checking.columns[name].name if name in checking.columns else name
            begins = checking.beginnings.get(column)
            columns[column] = [begins if value is ABSENT else value for value in mine]
        elif name in checking.directories:
            links[name] = [[] if value is ABSENT else sorted(value) for value in mine]
    columns.pop("id", None)
    for column, value in checking.beginnings.items():
        columns.setdefault(column, [value] * len(places))
    for name in snapshots.links(checking.model):
        links.setdefault(name, [[] for _ in places])
    return bulk.add_columns(checking.session, checking.model, columns, links)


def change(checking: Checking, chunk: Chunk, places: Sequence[int]) -> None:
    edits: list[Edit] = []
    sets: dict[str, Sets] = {name: {} for name in checking.directories if name not in checking.columns}
    for place in places:
        old, sides = chunk.old[place], chunk.changed[place]
        for name in sides.keys() & sets.keys():
            sets[name][old.id] = sides[name]
        after = {column_of(checking, name): side[1] for name, side in sides.items() if name not in sets}
        if after:
            edits.append(Edit(old.id, old.version, old.label_ or "", old._mapping, after))
    if edits:
        bulk.change_rows(checking.session, checking.model, edits)
    for name, pairs in sets.items():
        relink(checking, name, pairs)


def column_of(checking: Checking, name: str) -> str:
    return str(checking.columns[name].name) if name in checking.columns else name


def relink(checking: Checking, name: str, sets: Sets) -> None:
    """Give each record the links that the file says, and no others."""
    if not sets:
        return
    take = [(key, other) for key, (before, after) in sets.items() for other in before - after]
    give = [(key, other) for key, (before, after) in sets.items() for other in after - before]
    relation, dialect = snapshots.links(checking.model)[name], dialect_of(checking.session)
    gone, come = (wiring.pairs_of(sorted(pairs), dialect) for pairs in (take, give))
    if bulk.rewire(checking.session, relation, gone, come) != len(sets):
        raise Conflict(OVERTAKEN)
