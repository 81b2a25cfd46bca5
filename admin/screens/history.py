"""The timeline of a record, and bringing back what it was: an ordinary edit with its own rights, rules and lock."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin import back, diffs, entries, forms, period, records, values
from admin.attributes import Attribute, enum_of
from admin.entries import Entry
from admin.forms import owner
from admin.page import page
from admin.resource import Resource
from admin.screens.edit import begin, check_version
from admin.toast import toast
from extensions import db
from models.base import Record, now
from models.change import Change
from policy import may
from services import changes, snapshots, timeline, undo
from services.unit_of_work import Conflict, Refused, unit_of_work

PAGE = 25
FEW = 4
FILTERS = ("by", "field", "since", "until")


def screen(resource: Resource, id: int) -> ResponseReturnValue:
    return show(resource, id)


def show(resource: Resource, record_id: int, status: int = 200, notice: str | None = None) -> ResponseReturnValue:
    given = period.only(request.args, (*FILTERS, "after"))
    session = db.session()
    record = records.load(session, resource, record_id)
    fields = field_names(resource, record)
    wanted = period.wanted(given, field=period.choice(given, "field", fields))
    rows, older = timeline.of_record(session, parts(record), wanted, period.number(given, "after"), PAGE)
    words = {name: text for name, text in given.items() if name in FILTERS}
    return page(
        "history",
        resource,
        status,
        record=record,
        entries=entries.of_record(session, rows, record, restorable(resource, record)),
        may_restore=may(g.person, "edit", resource.entity, record),
        fields=fields,
        people=timeline.people_of(session, parts(record)),
        given=words,
        first=f"{request.path}?{urlencode(words)}" if "after" in given else None,
        older=f"{request.path}?{urlencode({**words, 'after': older})}" if older else None,
        notice=notice,
        back=back.to_list(resource, request),
    )


def latest(session: Session, resource: Resource, record: Record) -> tuple[list[Entry], int]:
    """The last few entries, for the record page, and how many changes there are."""
    rows, older = timeline.of_record(session, parts(record), timeline.Wanted(), None, FEW)
    found = entries.of_record(session, rows, record, restorable(resource, record))
    return found, timeline.number_of_changes(session, parts(record)) if older else len(rows)


# Which fields


def parts(record: Record) -> list[tuple[str, int]]:
    """The record, and its one-to-one parts: a user's profile tells of the user."""
    relations = record.__mapper__.relationships
    single = [r.key for r in relations if not r.uselist and r.direction.name == "ONETOMANY"]
    held = [getattr(record, key) for key in single]
    return [(one.__tablename__, one.id) for one in (record, *held) if one is not None]


def by_field(resource: Resource) -> dict[str, Attribute]:
    """The name a snapshot keeps a field under → the attribute of the form."""
    return {diffs.field_name(attribute): attribute for attribute in resource.fields}


def field_names(resource: Resource, record: Record) -> dict[str, str]:
    """What one may filter by: every field that history keeps, and its label."""
    models = [type(record), *{a.model for a in resource.fields if a.model is not type(record)}]
    found: dict[str, str] = {}
    for model in models:
        names = [*diffs.snapshot_order(model), *snapshots.links(model)]
        described = {name: diffs.attribute_of(model, name) for name in names}
        found |= {n: a.label for n, a in described.items() if a is not None and n not in ("created_at", "user_id")}
    return found


def restorable(resource: Resource, record: Record) -> Callable[[Any], frozenset[str]]:
    """A function: change → the fields whose earlier value is another than today's, and may be brought back."""
    fields = by_field(resource)

    def names(row: Any) -> frozenset[str]:
        if row.action != "update":
            return frozenset()
        given = [name for name in row.before or {} if name in fields and allowed(row.entity, name)]
        return frozenset(name for name in given if not is_so(resource, record, fields[name], row))

    return names


def allowed(entity: str, name: str) -> bool:
    return (entity, name) not in undo.NOT_RESTORED


def is_so(resource: Resource, record: Record, attribute: Attribute, row: Any) -> bool:
    """Whether the record is already as it was before this change."""
    name = diffs.field_name(attribute)
    holder = owner(resource, record, attribute)
    if attribute.kind == "tags":
        held = {other.id for other in getattr(holder, name)}
        return not held & set(row.after[name]) and set(row.before[name]) <= held
    present = snapshots.encode(getattr(holder, name)) if holder is not None else None
    return bool(present == row.before[name])


# Restoring


def restore(resource: Resource, id: int) -> ResponseReturnValue:
    """Bring back one field as it was before a change, or the whole record as it was after it."""
    name = request.form.get("field") or None
    try:
        with unit_of_work() as session:
            record: Any = begin(session, resource, id)
            check_version(record)
            change = change_of(session, record)
            earlier = (
                value_before(resource, record, change, name)
                if name
                else version_after(session, resource, record, change)
            )
            with session.no_autoflush:
                apply(session, resource, record, earlier)
                if resource.before_save is not None:
                    resource.before_save(session, record)
            what = f"the {entries.lowered(by_field(resource)[name].label)}" if name else f"version {change.version}"
            sentence = f"restored {what} of {record}"
            changes.describe(session, "save", sentence, resource.entity)
            session.flush()
    except Refused as refusal:
        return show(resource, id, 422, f"This cannot be restored: {refusal.message}")
    except Conflict:
        return show(resource, id, 409, "Somebody changed it since this page was opened. Look again, then decide.")
    wrote = changes.written(db.session()) is not None
    toast(db.session(), sentence.capitalize()[:1] + sentence[1:] if wrote else f"{record} is so already")
    return redirect(url_for(".detail", id=id), 303)


def change_of(session: Session, record: Record) -> Any:
    """The change that the form names, if it is one of this record; else 400 or 404."""
    text = request.form.get("change", "")
    if not values.NUMBER.fullmatch(text):
        abort(400, "Which change?")
    found = session.get(Change, int(text))
    if found is None or (found.entity, found.record_id) not in parts(record):
        abort(404)
    return found


def value_before(resource: Resource, record: Record, change: Any, name: str) -> dict[str, Any]:
    """The field as it was before the change; of tags, all there were."""
    attribute = by_field(resource).get(name)
    if attribute is None or name not in (change.before or {}) or not allowed(change.entity, name):
        abort(400, "This field cannot be restored from here.")
    if attribute.kind != "tags":
        return {name: change.before[name]}
    session = db.session()
    held = {other.id for other in getattr(record, name)}
    then = timeline.links_after(session, change, name, held)
    return {name: sorted(then - set(change.after[name]) | set(change.before[name]))}


def version_after(session: Session, resource: Resource, record: Record, change: Any) -> dict[str, Any]:
    """All fields of the form as they were right after the change, where they have changed since."""
    if change.entity != record.__tablename__ or change.action == "delete":
        abort(400, "This is no version of it.")
    fields = by_field(resource)
    found: dict[str, Any] = {}
    for entity, record_id in parts(record):
        later = timeline.after_change(session, entity, record_id, change.id)
        found |= {name: value for name, value in later.items() if name in fields and allowed(entity, name)}
    for name in found:
        if fields[name].kind == "tags":
            held = {other.id for other in getattr(record, name)}
            found[name] = sorted(timeline.links_after(session, change, name, held))
    return found


def apply(session: Session, resource: Resource, record: Record, earlier: Mapping[str, Any]) -> None:
    """Write the values through the model, whose rules hold for them as for any others."""
    fields = by_field(resource)
    for name, kept in earlier.items():
        attribute = fields[name]
        holder = owner(resource, record, attribute)
        if attribute.kind == "tags":
            setattr(record, name, linked(session, attribute, kept))
            record.updated_at = now()  # the set of tags is part of the record, so its version moves on
            continue
        value = decoded(attribute, kept)
        if holder is None and value is None:
            continue
        try:
            setattr(holder or forms.make_part(resource, record, attribute), name, value)
        except ValueError as error:
            raise Refused(f"{attribute.label}: {error}") from error
        if holder is not record:
            record.updated_at = now()


def linked(session: Session, attribute: Attribute, ids: list[int]) -> list[Any]:
    target: Any = attribute.target
    return list(session.scalars(select(target).where(target.id.in_(ids))))


def decoded(attribute: Attribute, kept: Any) -> Any:
    value = snapshots.decode(attribute.column, kept)  # type: ignore[arg-type]
    options = enum_of(attribute)
    return options(value) if options is not None and value is not None else value
