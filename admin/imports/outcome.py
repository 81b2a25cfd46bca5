"""What becomes of each row of a chunk: new, changed, the same or invalid. The check and the run both ask here.

Every step takes the whole chunk, a field at a time, and a constant number of statements.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from admin.imports import keyless, matching
from admin.imports.chunk import Checking, Chunk, Values
from admin.imports.gather import ABSENT, Gathered, gather
from admin.imports.gather import Row as FileRow
from admin.imports.ledger import RELEASED
from admin.imports.matching import Missing
from admin.imports.references import refer
from admin.imports.rules import obey_model, obey_resource, refuse_taken
from admin.imports.targets import Target
from services import bulk, wiring

LEFT_ALONE = "exists already, left alone"


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
    references = checking.references
    columns = [chunk.values[one] for one in (name, *references)]
    contents = {row: tuple(column[row] for column in columns) for row in chunk.good() if keys[row] is None}
    rows = {row: content for row, content in contents.items() if all(type(part) in (str, int) for part in content)}
    if not rows or not checking.highest:
        return {}
    key, names = checking.keys[plan.match], [checking.columns[one].name for one in references]
    found = keyless.records(
        checking.session, checking.model, key, checking.read_columns, names, rows.values(), checking.highest
    )
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
    for row, record_id in chunk.ids.items():
        value, before = chunk.values[name][row], frozenset(held[record_id])
        if value is not ABSENT and value != before:
            chunk.changed[row][name] = (before, value)


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
    """Count the rows of each name that is missing where nothing else is wrong, of each that is not clear, and of
    each word that cannot be read; but of what no two records share, each is read where it stands."""
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
    checking.draft.note_unread(
        {place: one for place, one in chunk.read.unread.items() if place[0] not in checking.keys}
    )
