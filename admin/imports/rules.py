"""Rules that look at a whole row: those of the model, and those of the resource."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import inspect

from admin.attributes import label_of
from admin.imports import matching
from admin.imports.chunk import Checking, Chunk, Values
from admin.imports.gather import ABSENT
from services import snapshots
from services.rules import Row


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
