"""What becomes of each row of a chunk: new, changed, the same or invalid. The check and the run both ask here.

Every step takes the whole chunk, a field at a time, and a constant number of statements.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from admin.attributes import label_of
from admin.imports import keyless, matching
from admin.imports.gather import ABSENT, Gathered, Reading, gather
from admin.imports.gather import Row as FileRow
from admin.imports.ledger import RELEASED, Draft
from admin.imports.matching import Directory, Key, Missing, Unclear
from admin.imports.targets import Target
from models.base import Record
from models.text import one_line
from services import bulk, snapshots, wiring
from services.rules import Row

LEFT_ALONE = "exists already, left alone"
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
    tags: dict[str, dict[int, frozenset[int]]] = field(default_factory=dict)  # field → record id → its links
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


def outcome(checking: Checking, read: Gathered) -> Chunk:
    """What becomes of these rows."""
    chunk = Chunk(read)
    refer(checking, chunk)
    keys = claim(checking, chunk)
    match(checking, chunk, keys)
    complete(checking, chunk)
    obey_model(checking, chunk)
    compare(checking, chunk)
    obey_resource(checking, chunk)
    refuse_taken(checking, chunk, keys)
    release(checking, chunk)
    settle(checking, chunk)
    return chunk


# References


def refer(checking: Checking, chunk: Chunk) -> None:
    """Names become the ids of records, or are missing."""
    for name, columns in chunk.read.linked.items():
        directory = checking.directories[name]
        many = directory.target.attribute.kind == "tags"
        if not many and len(columns) == 1:
            chunk.values[name] = link_all(checking, chunk, directory, columns[0])
            continue
        said = [names_of(parts) if many else parts for parts in zip(*columns, strict=True)]
        texts = {text for parts in said for text in parts if text is not None and text is not ABSENT}
        matching.look_up(checking.session, directory, texts)
        for row, parts in enumerate(said):
            found = (
                links(checking, chunk, directory, row, parts) if many else link(checking, chunk, directory, row, parts)
            )
            chunk.values[name][row] = found


def link_all(checking: Checking, chunk: Chunk, directory: Directory, texts: Values) -> Values:
    """One column of names, most of which lead somewhere."""
    names = set(texts) - {None, ABSENT}
    matching.look_up(checking.session, directory, names)
    found = {name: matching.follow(directory, (name,)) for name in names}
    odd = {name for name, one in found.items() if not isinstance(one, int)}
    values = [found.get(text, text) for text in texts]
    for row, text in enumerate(texts) if odd else ():
        if text in odd:
            values[row] = link(checking, chunk, directory, row, (text,))
    return values


def names_of(cells: Iterable[Any]) -> Sequence[Any]:
    """The names in the cells of one row: «a, b»."""
    found: dict[str, None] = {}
    for cell in cells:
        if cell is ABSENT:
            return (ABSENT,)
        names = cell.split(",") if isinstance(cell, str) else cell or ()
        found |= dict.fromkeys(name for name in map(one_line, names) if name)
    return tuple(found)


def link(checking: Checking, chunk: Chunk, directory: Directory, row: int, parts: Sequence[Any]) -> Any:
    said = tuple(dict.fromkeys(text for text in parts if text is not None and text is not ABSENT))
    if not said:
        return ABSENT if parts[0] is ABSENT else None
    found = matching.follow(directory, said)
    if isinstance(found, Missing):
        chunk.missing[row].append(found)
    elif isinstance(found, Unclear):
        chunk.read.refuse(checking.reading, row, directory.target.name, found.reason)
        if found.candidates:
            chunk.unclear.append((directory.target.name, found))
        return None
    return found


def links(checking: Checking, chunk: Chunk, directory: Directory, row: int, names: Sequence[Any]) -> Any:
    if ABSENT in names:
        return ABSENT
    return frozenset(found for name in names if (found := link(checking, chunk, directory, row, (name,))) is not None)


# Keys: what no two records share


def claim(checking: Checking, chunk: Chunk) -> dict[str, Values]:
    """The keys of the rows, by field. A key that another row of the file has already is a problem."""
    found: dict[str, Values] = {}
    for name, key in checking.keys.items():
        if name in chunk.values:
            found[name] = [None if value is None or value is ABSENT else key.of(value) for value in chunk.values[name]]
            refuse_repeated(checking, chunk, name, found[name])
    for row, value in enumerate(chunk.values.get("id", ())):
        if value is not None and value is not ABSENT and found["id"][row] is None:
            chunk.read.refuse(checking.reading, row, "id", "An id is a whole number.")
    return found


def refuse_repeated(checking: Checking, chunk: Chunk, name: str, keys: Values) -> None:
    label = checking.reading.targets[name].label
    mine: dict[Any, int] = {}
    for number, key in zip(chunk.read.numbers, keys, strict=True):
        if key is not None:
            mine.setdefault(key, number)
    last_wins = checking.reading.plan.last_wins
    others = checking.draft.owners(name, mine) if last_wins else checking.draft.claim(name, mine)
    if not others and len(mine) + keys.count(None) == len(keys):
        return
    for row, (number, key) in enumerate(zip(chunk.read.numbers, keys, strict=True)):
        owner = others.get(key, mine.get(key, number))
        if owner == RELEASED:
            chunk.read.refuse(checking.reading, row, name, "Already taken.")
        elif owner != number:
            words = f"Row {owner:,} says it again." if owner > number else f"Row {owner:,} has the same {label}."
            chunk.read.refuse(checking.reading, row, name, words)


def find_last(checking: Checking, rows: Sequence[FileRow]) -> None:
    """Beforehand, when the last of several rows wins: remember which row has each key last."""
    names = [name for name in checking.keys if name in checking.reading.places]
    read = gather(checking.reading.only(names), rows)
    for name in names:
        key, values = checking.keys[name], read.values[name]
        pairs = zip(read.numbers, values, strict=True)
        keys = {key.of(value): number for number, value in pairs if value is not None and value is not ABSENT}
        checking.draft.claim_last(name, {key: number for key, number in keys.items() if key is not None})


# Records that are there


def match(checking: Checking, chunk: Chunk, keys: Mapping[str, Values]) -> None:
    plan = checking.reading.plan
    mine = keys.get(plan.match, [None] * chunk.size)
    found = (
        matching.records(checking.session, checking.keys[plan.match], filter_none(mine), checking.read_columns)
        if plan.match in keys
        else {}
    )
    without = match_keyless(checking, chunk, mine)
    for row, key in enumerate(mine):
        if (old := found.get(key) or without.get(row)) is not None:
            chunk.old[row], chunk.ids[row] = old, old.id
            if plan.mode == "create":
                chunk.left.add(row)
        elif plan.mode == "update" or (plan.match == "id" and key is not None):
            chunk.read.refuse(checking.reading, row, plan.match, nothing_found(checking, key))


def match_keyless(checking: Checking, chunk: Chunk, keys: Values) -> Mapping[int, Any]:
    """The records of rows that lack the key, by their place."""
    plan, name = checking.reading.plan, matching.named_by(checking.model)
    if plan.match in ("", "id", name) or name not in chunk.values:
        return {}
    references = [one for one in checking.directories if one in checking.columns and one in chunk.values]
    columns = [chunk.values[one] for one in (name, *references)]
    contents = {row: tuple(column[row] for column in columns) for row in chunk.good() if keys[row] is None}
    rows = {row: content for row, content in contents.items() if all(type(part) in (str, int) for part in content)}
    if not rows:
        return {}
    key, names = checking.keys[plan.match], [checking.columns[one].name for one in references]
    found = keyless.records(checking.session, checking.model, key, checking.read_columns, rows.values())
    numbers = {chunk.read.numbers[row]: row for row in rows}
    mine = keyless.match(checking.draft, {number: rows[row] for number, row in numbers.items()}, found, names)
    return {numbers[number]: old for number, old in mine.items()}


def filter_none(keys: Iterable[Any]) -> list[Any]:
    return [key for key in keys if key is not None]


def nothing_found(checking: Checking, key: Any) -> str:
    singular, match = checking.reading.resource.singular, checking.reading.plan.match
    label = checking.reading.targets[match].label if match else ""
    return (
        f"There is no {singular} with this {label}."
        if key is not None
        else f"{label} is missing, which finds the {singular}."
    )


def complete(checking: Checking, chunk: Chunk) -> None:
    """What must not be empty is there, or begins with something, or stays as it is."""
    for name, target in checking.targets.items():
        column = checking.columns.get(name)
        begins = column is not None and column.name in checking.beginnings
        if target.required and not begins:
            refuse_empty(checking, chunk, target)
        elif name in chunk.values and column is not None and not column.nullable:
            chunk.values[name] = [ABSENT if value is None else value for value in chunk.values[name]]


def refuse_empty(checking: Checking, chunk: Chunk, target: Target) -> None:
    said = chunk.values.get(target.name)
    if said is not None and {type(None), type(ABSENT)}.isdisjoint(map(type, said)):
        return  # amounts take long to compare, their types do not
    for row, value in enumerate(said or [ABSENT] * chunk.size):
        is_empty = value is None or (value is ABSENT and row not in chunk.old)
        if is_empty and row not in chunk.left and not chunk.is_bad(row, target.name):
            chunk.read.refuse(checking.reading, row, target.name, f"{target.label} is missing.")


# Rules


def obey_model(checking: Checking, chunk: Chunk) -> None:
    """Rules of the model that look at the whole record are asked with its values, and may set others of them."""
    if not any(target.row_rule for target in checking.targets.values()):
        return
    names = list(snapshots.columns(checking.model))
    rules: Any = inspect(checking.model).validators
    for row in list(chunk.good()):
        held = {name: getattr(chunk.old[row], name) if row in chunk.old else None for name in names}
        record = SimpleNamespace(**held)
        for name, target in checking.targets.items():
            value = chunk.values[name][row] if name in chunk.values else ABSENT
            if value is ABSENT or name not in held:
                continue
            try:
                setattr(record, name, rules[name][0](record, name, value) if target.row_rule else value)
            except ValueError as error:
                chunk.read.refuse(checking.reading, row, name, str(error))
        keep(checking, chunk, row, held, vars(record))


def keep(checking: Checking, chunk: Chunk, row: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """What a rule made of a row is said by the row."""
    for name, value in after.items():
        if name in checking.columns or value != before.get(name):
            said = chunk.values.get(name)
            if (said is None or said[row] is ABSENT) and value == before.get(name):
                continue
            chunk.values.setdefault(name, [ABSENT] * chunk.size)[row] = value


def obey_resource(checking: Checking, chunk: Chunk) -> None:
    """The resource's own rules for rows that would be written; see `Resource.for_rows`."""
    rules = checking.reading.resource.for_rows
    if rules is None:
        return
    writing = (place for place in chunk.good() if place not in chunk.old or place in chunk.changed)
    rows = {place: row_of(checking, chunk, place) for place in writing if place not in chunk.left}
    said = {place: dict(row.after) for place, row in rows.items()}
    rules.prepare(
        checking.session, list(rows.values()), lambda name, values: taken(checking, name, values), checking.memory
    )
    for place, row in rows.items():
        for name, reason in row.refusals:
            chunk.read.refuse(checking.reading, place, name, reason)
        for name, value in row.after.items():
            if value != said[place].get(name):
                chunk.values.setdefault(name, [ABSENT] * chunk.size)[place] = value
                if place in chunk.old:
                    chunk.changed[place][name] = (row.before[name], value)
                if name in checking.keys:
                    checking.draft.claim(name, {checking.keys[name].of(value): chunk.read.numbers[place]})


def row_of(checking: Checking, chunk: Chunk, place: int) -> Row:
    """A row as the rules see it."""
    old = chunk.old.get(place)
    names = snapshots.columns(checking.model)
    before = {name: getattr(old, name) for name in names} if old is not None else {}
    beginning = before or {name: checking.beginnings.get(name) for name in names}
    here = {checking.columns[name].name: said[place] for name, said in chunk.values.items() if name in checking.columns}
    said = {name: value for name, value in here.items() if value is not ABSENT}
    return Row(chunk.ids.get(place), before, {**beginning, **said}, said.keys())


def taken(checking: Checking, name: str, values: Sequence[Any]) -> set[Any]:
    """Those of the values that a record or an earlier row has already."""
    key = checking.keys[name]
    by_key = {key.of(value): value for value in values}
    found = {*matching.records(checking.session, key, by_key, []), *checking.draft.owners(name, by_key)}
    return {value for one, value in by_key.items() if one in found}


def refuse_taken(checking: Checking, chunk: Chunk, keys: Mapping[str, Values]) -> None:
    """A key that another record has, although it is not the key by which the row finds its own."""
    columns = [checking.model.id, label_of(checking.model)]
    for name, mine in keys.items():
        if name in ("id", checking.reading.plan.match):
            continue
        rows = [row for row in chunk.good() if mine[row] is not None and row not in chunk.left]
        found = matching.records(checking.session, checking.keys[name], (mine[row] for row in rows), columns)
        for row in rows:
            owner = found.get(mine[row])
            if owner is not None and owner[1] != chunk.ids.get(row):
                chunk.read.refuse(checking.reading, row, name, f"This belongs to {owner[2]}.")


# Before and after


def compare(checking: Checking, chunk: Chunk) -> None:
    """Which fields of matched records would change, and from what."""
    if not chunk.old:
        return
    for name, said in chunk.values.items():
        if name in checking.directories and name not in checking.columns:
            compare_links(checking, chunk, name)
        elif name == "id":
            continue
        else:
            held = checking.columns[name].name if name in checking.columns else name
            for row, old in chunk.old.items():
                value = said[row]
                if value is not ABSENT and value != (was := getattr(old, held)):
                    chunk.changed[row][name] = (was, value)


def compare_links(checking: Checking, chunk: Chunk, name: str) -> None:
    relation: Any = checking.targets[name].attribute.attr.property
    near, far = wiring.ends(relation)
    held: dict[int, set[int]] = {record_id: set() for record_id in chunk.ids.values()}
    asked = select(near, far).where(bulk.among(checking.session, near, sorted(held)))
    for record_id, other in checking.session.connection().execute(asked):
        held[record_id].add(other)
    chunk.tags[name] = {record_id: frozenset(others) for record_id, others in held.items()}
    for row, record_id in chunk.ids.items():
        value = chunk.values[name][row]
        if value is not ABSENT and value != chunk.tags[name][record_id]:
            chunk.changed[row][name] = (chunk.tags[name][record_id], value)


def release(checking: Checking, chunk: Chunk) -> None:
    """A key that a record gives up is not for a later row, whichever way round the rows are written."""
    for name, key in checking.keys.items():
        if name != checking.reading.plan.match and name in chunk.values:
            given_up = [fields[name][0] for fields in chunk.changed.values() if name in fields]
            checking.draft.claim(name, {key.of(value): RELEASED for value in given_up if value is not None})


def settle(checking: Checking, chunk: Chunk) -> None:
    """The outcome of each row. A name that is missing makes a row invalid unless it is to be created."""
    creating = checking.reading.plan.create
    good = set(chunk.good())
    note_names(checking, chunk, good)
    for row, names in chunk.missing.items():
        for name in names:
            if row in good and not (
                name.name in creating and matching.can_create(checking.directories[name.name].model)
            ):
                noun = checking.directories[name.name].noun
                chunk.read.refuse(checking.reading, row, name.name, f"There is no {noun} «{name.text}» yet.")
    for row in range(chunk.size):
        if row in chunk.read.bad:
            found = "invalid"
        elif row in chunk.left:
            found = "same"
            chunk.read.repairs[row].append(("", LEFT_ALONE))
        elif row in chunk.old:
            found = "changed" if row in chunk.changed else "same"
        else:
            found = "new"
        chunk.outcomes.append(found)


def note_names(checking: Checking, chunk: Chunk, good: set[int]) -> None:
    """Count the rows of each name that is missing where nothing else is wrong, and of each that is not clear."""
    missing: dict[Missing, list[Any]] = {}
    for row, names in chunk.missing.items():
        for name in names if row in good else ():
            missing.setdefault(name, [name.text, 0])[1] += 1
    checking.draft.note_names(
        "missing", ((name.name, name.key, text, rows, []) for name, (text, rows) in missing.items())
    )
    unclear: dict[tuple[str, str], list[Any]] = {}
    for field_, one in chunk.unclear:
        unclear.setdefault((field_, one.key), [one, 0])[1] += 1
    checking.draft.note_names(
        "ambiguous",
        (
            (name, key, one.text, rows, [(each.id, each.label, each.hint) for each in one.candidates])
            for (name, key), (one, rows) in unclear.items()
        ),
    )
