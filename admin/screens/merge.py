"""Merge: two records that mean the same become one. Field by field a person says which value stays; nothing is lost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from admin import back, cascade, conflicts, records
from admin.attributes import Attribute, foreign_key
from admin.cascade import Dependants
from admin.guard import demand, demand_all
from admin.page import page
from admin.registry import known
from admin.resource import Resource
from admin.screens import options, similar
from admin.screens.delete import phrases
from admin.screens.edit import check_version
from admin.screens.target import TargetField, find
from admin.toast import toast
from extensions import db
from models.base import Record
from services import merging
from services.unit_of_work import Conflict, Refused, unit_of_work

WITH = "with"
FATES = {"deleted": "move", "needed": "move", "unlinked": "move, each once"}


@dataclass(frozen=True)
class Sides:
    """One field in which the two differ, as people read it, and the side that is chosen: «this» or «other»."""

    name: str
    label: str
    this: str
    other: str
    chosen: str


def screen(resource: Resource, id: int) -> ResponseReturnValue:
    picking = any(name in request.form for name in ("pick", "picked"))
    if request.method == "POST" and "with_version" in request.form and not picking:
        return process(resource, id)
    return show(resource, id)


# Showing


def show(resource: Resource, record_id: int, status: int = 200, problem: Refused | None = None) -> ResponseReturnValue:
    """First the page that asks with whom; then both, field by field."""
    session = db.session()
    record = begin(session, resource, record_id)
    to = TargetField(resource, WITH, f"Merge with this {resource.singular}")
    chosen = to.choose(session, request.values.get(WITH, ""), record)
    if request.form.get("pick") == WITH:
        return options.picker(resource, to, record, target=resource)
    if chosen is None:
        return ask(session, resource, record, to, problem)
    if request.method == "POST" and problem is None:
        there: dict[str, Any] = {"id": record.id, WITH: chosen.id}
        return redirect(url_for(".merge", **there), 303)
    return compare(session, resource, record, begin(session, resource, chosen.id), status, problem)


def begin(session: Session, resource: Resource, record_id: int) -> Record:
    """A record that the person may change and delete: which of the two goes is chosen later."""
    record = records.load(session, resource, record_id)
    for verb in ("edit", "delete"):
        demand(verb, resource.entity, record)
    return record


def ask(
    session: Session, resource: Resource, record: Record, to: TargetField, problem: Refused | None
) -> ResponseReturnValue:
    if request.method == "POST" and "picked" not in request.form and not to.errors:
        to.errors = [f"Choose another {resource.singular}."]
    return page(
        "merge_with",
        resource,
        422 if to.errors or problem else 200,
        record=record,
        to=to,
        problem=problem,
        found=similar.look(session, resource, str(record), record.id),
        back=back.to_list(resource, request),
    )


def compare(
    session: Session, resource: Resource, record: Record, other: Record, status: int, problem: Refused | None
) -> ResponseReturnValue:
    along = cascade.summary(session, resource, other)
    return page(
        "merge",
        resource,
        status,
        record=record,
        other=other,
        sides=list(sides_of(session, resource, record, other)),
        along=along,
        moving=phrases(along),
        seen=cascade.seen(session, along),
        fates=FATES,
        known=known,
        problem=problem,
        back=back.to_list(resource, request),
    )


def mergeable(resource: Resource) -> Iterator[Attribute]:
    """The fields that one value can win; lists move by themselves."""
    return (a for a in resource.fields if a.column is not None and a.model is resource.model)


def sides_of(session: Session, resource: Resource, record: Record, other: Record) -> Iterator[Sides]:
    """The fields in which the two differ."""
    for attribute in mergeable(resource):
        texts = [conflicts.text_now(attribute, each) for each in (record, other)]
        if texts[0] != texts[1]:
            this, that = (conflicts.readable(session, attribute, text) for text in texts)
            yield Sides(attribute.name, attribute.label, this, that, chosen_side(attribute, record, other, texts))


def chosen_side(attribute: Attribute, record: Record, other: Record, texts: Sequence[str]) -> str:
    """What was chosen already; else the side that has a value, else the older record's."""
    given = request.form.get(attribute.name + conflicts.SIDE)
    if given in ("this", "other"):
        return given
    if not all(texts):
        return "this" if texts[0] else "other"
    return "this" if (record.created_at, record.id) < (other.created_at, other.id) else "other"


# Processing


def process(resource: Resource, record_id: int) -> ResponseReturnValue:
    try:
        with unit_of_work() as session:
            record, other = both(session, resource, record_id)
            along = [cascade.counted(session, entry, other) for entry in compared(session, resource, record, other)]
            told = f"Merged {other} into {record}{' and moved ' + phrases(along) if along else ''}"
            carry_out(session, resource, record, other, along)
    except Refused as refusal:
        return show(resource, record_id, 422, refusal)
    except Conflict:
        return show(resource, record_id, 409, Refused("Something changed since this page was opened. Look again."))
    toast(db.session(), told)
    return redirect(url_for(".detail", id=record_id), 303)


def both(session: Session, resource: Resource, record_id: int) -> tuple[Record, Record]:
    """The record to keep and the one to delete, held until the end."""
    found = find(session, resource, request.form.get(WITH))
    if found is None or found.id == record_id:
        raise Refused(f"Choose another {resource.singular}; this one does not exist any more.", WITH)
    cascade.lock(session, resource.model, [record_id, found.id])
    session.expire_all()
    return begin(session, resource, record_id), begin(session, resource, found.id)


def compared(session: Session, resource: Resource, record: Record, other: Record) -> list[Dependants]:
    """What moves. Raises Conflict unless both are as the page showed them."""
    check_version(record)
    check_version(other, "with_version")
    along = cascade.summary(session, resource, other)
    cascade.check_seen(session, along, other, request.form.get("seen"))
    return along


def carry_out(session: Session, resource: Resource, record: Record, other: Record, along: Sequence[Dependants]) -> None:
    for entry in along:
        demand_all("edit", entry.plural)
    if resource.before_delete is not None:
        resource.before_delete(session, other)
    merging.merge(session, record, other, dict(values_of(resource, record, other)))
    if resource.before_save is not None:
        resource.before_save(session, record)


def values_of(resource: Resource, record: Record, other: Record) -> Iterator[tuple[str, Any]]:
    """Attribute → value of the chosen side, of every field in which the two differ."""
    for attribute in mergeable(resource):
        texts = [conflicts.text_now(attribute, each) for each in (record, other)]
        if texts[0] != texts[1]:
            side = record if chosen_side(attribute, record, other, texts) == "this" else other
            name = foreign_key(attribute.attr).key if attribute.kind == "reference" else attribute.name
            yield name, getattr(side, name)
