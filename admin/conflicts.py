"""A three-way merge of a stale form: what it saw, what is there now, what was typed. Only overlaps need a choice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.form import BaseForm

from admin import forms, values
from admin.attributes import Attribute, foreign_key, label_of
from admin.resource import Resource
from models.base import Record
from models.rules import grouped_isbn
from services import diff, snapshots
from services.stale import Seen, since

SIDE = "__side"
LONG = ("markdown", "textarea")


@dataclass(frozen=True)
class Sides:
    """One field on all sides, as texts of its form field. `base` is None when history does not reach back to it."""

    attribute: Attribute
    base: str | None
    theirs: str
    mine: str


@dataclass
class Merge:
    """How a stale form fits the record: what clashes, what only I changed, what only others changed."""

    seen: Seen | None
    version: int
    clashes: list[Sides] = field(default_factory=list)
    mine: list[Sides] = field(default_factory=list)
    theirs: list[Sides] = field(default_factory=list)


class Clashing(Exception):
    """Some fields were changed on both sides; a person has to choose."""

    def __init__(self, merge: Merge) -> None:
        super().__init__(f"{len(merge.clashes)} fields were changed on both sides.")
        self.merge = merge


def choose_sides(resource: Resource, form: BaseForm, chosen: Any) -> None:
    """Leave out the typed values of fields for which the merge page chose the other side."""
    for attribute in resource.fields:
        if (side := attribute.name + SIDE) in chosen and chosen[side] == "theirs":
            leave_out(form[attribute.name])


def leave_out(typed: Any) -> None:
    typed.ignored = True
    typed.errors = typed.process_errors = []


def merge(session: Session, resource: Resource, record: Record, form: BaseForm, version: int) -> Merge:
    """Compare field by field; fields I did not change are left out of the form, so that theirs stay.

    Raises Clashing when both sides changed a field to different values.
    """
    found = Merge(since(session, record, version), record.version)
    for attribute in resource.fields:
        typed = form[attribute.name]
        if attribute.kind == "tags" or typed.ignored:
            continue  # tags are added and removed one by one, so two sides always fit together
        sort_out(found, sides_of(resource, record, typed, found.seen), typed)
    if found.clashes:
        raise Clashing(found)
    return found


def sort_out(found: Merge, sides: Sides, typed: Any) -> None:
    changed_here, changed_there = sides.mine != sides.base, sides.theirs != sides.base
    if sides.mine != sides.theirs and changed_here and changed_there:
        found.clashes.append(sides)
        return
    if changed_here and sides.mine != sides.theirs:
        found.mine.append(sides)
        return
    leave_out(typed)
    if changed_there:
        found.theirs.append(sides)


def sides_of(resource: Resource, record: Record, typed: Any, seen: Seen | None) -> Sides:
    attribute = typed.attribute
    now = text_now(attribute, forms.owner(resource, record, attribute))
    base = base_text(attribute, seen, now) if seen is not None else None
    mine = typed.typed.replace("\r\n", "\n") if typed.given else base if base is not None else now
    return Sides(attribute, base, now, mine)


def text_now(attribute: Attribute, holder: Record | None) -> str:
    name = key_name(attribute)
    return "" if holder is None else values.write(attribute, getattr(holder, name))


def base_text(attribute: Attribute, seen: Seen, now: str) -> str:
    key = (attribute.model.__tablename__, key_name(attribute))
    if key not in seen.values:
        return now
    column = snapshots.columns(attribute.model)[key[1]]
    return values.write(attribute, snapshots.decode(column, seen.values[key]))


def key_name(attribute: Attribute) -> str:
    return foreign_key(attribute.attr).key if attribute.kind == "reference" else attribute.name


# For the page


@dataclass(frozen=True)
class Shown:
    """One field as the merge page shows it."""

    name: str
    label: str
    is_long: bool
    base: Any
    theirs: Any
    mine: Any
    typed: str


def shown(session: Session, sides: list[Sides]) -> Iterator[Shown]:
    for each in sides:
        attribute, is_long = each.attribute, each.attribute.kind in LONG
        base, theirs, mine = (readable(session, attribute, text) for text in (each.base or "", each.theirs, each.mine))
        if is_long:
            theirs, mine = diff.words(base, theirs), diff.words(base, mine)
        else:
            theirs, mine = (marked(text, base) for text in (theirs, mine))
        yield Shown(attribute.name, attribute.label, is_long, base, theirs, mine, each.mine)


def marked(text: str, base: str) -> Any:
    return Markup("<ins>{}</ins>").format(text or "–") if text != base else text


def readable(session: Session, attribute: Attribute, text: str) -> str:
    """The text of a form field as people read it: names for ids, words for codes."""
    if not text:
        return ""
    if attribute.kind == "reference":
        return name_of(session, attribute, text)
    if attribute.kind == "isbn":
        return grouped_isbn(text) if len(text) == 13 and text.isascii() and text.isdigit() else text
    return str(attribute.choices.get(text, text))


def name_of(session: Session, attribute: Attribute, text: str) -> str:
    target: Any = attribute.target
    try:
        name = session.scalar(select(label_of(target)).where(target.id == values.parse(attribute, text)))
    except ValueError:
        return text  # what was typed is no id
    return name or f"no. {text} (deleted)"
