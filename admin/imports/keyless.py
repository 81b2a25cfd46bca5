"""Rows that lack the key by which records are found. One with the name and the references of a record that lacks it too
is that record, so that the same file again changes nothing.

Such records are given to such rows in the order of both. When none is left the row is new, and so are all later ones
like it: they do not find what the run has just written.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.imports import matching
from admin.imports.ledger import Draft
from admin.imports.matching import Key
from models.base import Record
from services import bulk

GIVEN, USED_UP = "the record of a row", "no record is left"  # beside the names of fields in the draft

Content = tuple[Any, ...]  # the name, then the ids that the references lead to


def columns_of(model: type[Record], references: Sequence[str]) -> list[Any]:
    """By what such records are found: the key of the name, and the references."""
    table: Any = model.__table__
    return [matching.keys_of(model)[-1].column, *(table.c[name] for name in references)]


def records(
    session: Session,
    model: type[Record],
    key: Key,
    columns: Sequence[Any],
    references: Sequence[str],
    wanted: Iterable[Content],
    highest: int,
) -> dict[str, list[Any]]:
    """Name → the records of that name that have nothing in the key, the oldest first; none above the highest id.

    They are found by name and references alone: where many records lack the key, a database that looks for what is
    empty there looks at all of them.
    """
    name = matching.keys_of(model)[-1]
    asked = sorted({(name.of(content[0]), *content[1:]) for content in wanted})
    table: Any = model.__table__
    statement = select(table.c[name.field].label("name_"), key.column.label("key_"), *columns)
    there = bulk.among_rows(session, columns_of(model, references), asked)
    found: dict[str, list[Any]] = {}
    ordered = statement.where(there, bulk.up_to(table.c.id, highest)).order_by(table.c.id)
    for old in session.connection().execute(ordered):
        if old.key_ is None:
            found.setdefault(old.name_, []).append(old)
    return found


def match(
    draft: Draft, rows: Mapping[int, Content], found: Mapping[str, Sequence[Any]], references: Sequence[str]
) -> dict[int, Any]:
    """Row number → its record, for those that have one. `references` are the columns of what follows the name."""
    given = draft.owners(GIVEN, [old.id for olds in found.values() for old in olds])
    used_up = draft.owners(USED_UP, map(mark, rows.values())).keys()
    left = {
        content: [old for old in found.get(content[0], ()) if old.id not in given and content == of(old, references)]
        for content in rows.values()
        if mark(content) not in used_up
    }
    mine = {number: left[content].pop(0) for number, content in rows.items() if left.get(content)}
    draft.claim(GIVEN, {old.id: number for number, old in mine.items()})
    draft.claim(USED_UP, {mark(rows[number]): number for number in rows.keys() - mine.keys()})
    return mine


def of(old: Any, references: Sequence[str]) -> Content:
    return (old.name_, *(getattr(old, name) for name in references))


def mark(content: Content) -> str:
    return json.dumps(content)
