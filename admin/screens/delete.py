"""Delete: what goes along is counted first, and the way out that loses least is offered beside it."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from admin import back, cascade, records
from admin.attributes import child_key
from admin.cascade import Dependants
from admin.guard import demand, demand_all
from admin.page import page
from admin.registry import known
from admin.resource import Resource
from admin.screens import options
from admin.screens.edit import check_version
from admin.screens.target import TargetField, find
from admin.toast import toast
from extensions import db
from models.base import Record
from models.text import caseless
from policy import may_all
from services import bulk, changes, snapshots
from services.unit_of_work import Conflict, Refused, unit_of_work

MANY = 10  # dependants from which on the name has to be typed


def screen(resource: Resource, id: int) -> ResponseReturnValue:
    if request.method == "POST" and "pick" not in request.form and "picked" not in request.form:
        return process(resource, id)
    return show(resource, id)


# Showing


def show(resource: Resource, record_id: int, status: int = 200, problem: Refused | None = None) -> ResponseReturnValue:
    session = db.session()
    record = begin(session, resource, record_id)
    along = cascade.summary(session, resource, record)
    movable = movable_of(along)
    to = target_field(session, resource, record, movable, problem)
    if movable and request.form.get("pick") == "to":
        return options.picker(resource, to, record, target=resource)
    return page(
        "delete",
        resource,
        status,
        record=record,
        along=along,
        seen=cascade.seen(session, along),
        losses=losses_of(along),
        movable=movable,
        unlinked=[entry for entry in along if entry.fate == "unlinked"],
        may_lose=all(may_all(g.person, "delete", entry.plural) for entry in losses_of(along)),
        may_move=all(may_all(g.person, "edit", entry.plural) for entry in movable),
        typing=must_type(along),
        to=to,
        chosen=request.form.get("choice") or default_choice(resource, movable),
        problem=problem,
        forgets=bool(snapshots.secrets(resource.model)),
        known=known,
        back=back.to_list(resource, request),
    )


def begin(session: Session, resource: Resource, record_id: int, others: bool = True) -> Record:
    """The record, if the person may delete it: with what it is linked to, for the page; else held until the end."""
    record = records.load(session, resource, record_id, others, lock=not others)
    demand("delete", resource.entity, record)
    return record


def losses_of(along: Sequence[Dependants]) -> list[Dependants]:
    """What is deleted too. Those that are «needed» go only because somebody said so, by typing the name."""
    return [entry for entry in along if entry.fate != "unlinked"]


def movable_of(along: Sequence[Dependants]) -> list[Dependants]:
    """What could be given to another record: children that point here by one reference."""
    return [entry for entry in along if entry.relation.secondary is None]


def must_type(along: Sequence[Dependants]) -> bool:
    return sum(entry.count for entry in along) >= MANY or any(entry.fate == "needed" for entry in along)


def default_choice(resource: Resource, movable: Sequence[Dependants]) -> str:
    if not movable:
        return "delete"
    return "retire" if resource.retire is not None else "reassign"


def target_field(
    session: Session, resource: Resource, record: Record, movable: Sequence[Dependants], problem: Refused | None
) -> TargetField:
    """A picker of this same entity: where the children move to."""
    field = TargetField(resource, "to", f"New {resource.singular} of the {phrases(movable)}")
    field.choose(session, request.form.get("to", ""), record)
    if problem is not None and problem.field == field.name:
        field.errors = [problem.message]
    return field


def phrases(entries: Sequence[Dependants]) -> str:
    return " and ".join(entry.phrase for entry in entries)


# Processing


def process(resource: Resource, record_id: int) -> ResponseReturnValue:
    choice = request.form.get("choice", "delete")
    if choice not in CARRY_OUT or (choice == "retire" and resource.retire is None):
        abort(400, "This choice does not exist.")
    try:
        with unit_of_work() as session:
            record = begin(session, resource, record_id, others=False)
            check_version(record)
            along = cascade.summary(session, resource, record)
            cascade.check_seen(session, along, record, request.form.get("seen"))
            sentence = CARRY_OUT[choice](session, resource, record, along)
            session.flush()
    except Refused as refusal:
        return show(resource, record_id, 422, refusal)
    except Conflict:
        return show(resource, record_id, 409, Refused("Something changed since this page was opened. Look again."))
    toast(db.session(), sentence)
    return redirect(back.to_list(resource, request) or url_for(".listing"), 303)


def delete(session: Session, resource: Resource, record: Record, along: Sequence[Dependants]) -> str:
    """Delete the record and its children. Many of them, or such that could stay, go only when the name was typed."""
    if must_type(along):
        check_typed(record)
    losses = [cascade.counted(session, entry, record) for entry in losses_of(along)]
    for entry in losses:
        demand_all("delete", entry.plural)
    allowed_to_go(session, resource, record)
    told = f"{record}{' and ' if losses else ''}{phrases(losses)}"
    changes.describe(session, "deletion", f"deleted the {resource.singular} {told}", resource.entity)
    for entry in losses:
        bulk.remove(session, entry.model, child_key(entry.relation.class_attribute) == record.id)
    remove(session, record)
    return f"Deleted {told}"


def check_typed(record: Record) -> None:
    """The name, whatever its case and blanks."""
    try:
        typed = caseless(request.form.get("confirm"))
    except ValueError:
        typed = None
    if typed != caseless(str(record)):
        raise Refused(f"Type {record} to delete all of this.", "confirm")


def reassign(session: Session, resource: Resource, record: Record, along: Sequence[Dependants]) -> str:
    """Give the children to another record, then delete this one."""
    if not movable_of(along):
        return delete(session, resource, record, along)
    target = find(session, resource, request.form.get("to"))
    if target is None or target.id == record.id:
        raise Refused(f"Choose another {resource.singular} to move them to.", "to")
    moved = [cascade.counted(session, entry, record) for entry in movable_of(along)]
    for entry in moved:
        demand_all("edit", entry.plural)
    allowed_to_go(session, resource, record)
    what, name = phrases(moved), str(record)
    sentence = f"deleted the {resource.singular} {name} and moved {what} to {target}"
    changes.describe(session, "deletion", sentence, resource.entity)
    for entry in moved:
        bulk.move(session, child_key(entry.relation.class_attribute), record.id, target.id)
    remove(session, record)
    return f"Moved {what} to {target} and deleted {name}"


def retire(session: Session, resource: Resource, record: Record, along: Sequence[Dependants]) -> str:
    """Do not delete: give it the value that takes it out of use."""
    if resource.retire is None:
        abort(400)
    demand("edit", resource.entity, record)
    setattr(record, resource.retire.attr.key, resource.retire.value)
    if resource.before_save is not None:
        resource.before_save(session, record)
    link = Markup('<a class="link" href="{}">{}</a>').format(url_for(".detail", id=record.id), record)
    return Markup("{} is kept, and out of use now").format(link)


def allowed_to_go(session: Session, resource: Resource, record: Record) -> None:
    if resource.before_delete is not None:
        resource.before_delete(session, record)


def remove(session: Session, record: Record) -> None:
    """Delete the row itself. Its children are gone or moved by now; the database refuses if one has come meanwhile."""
    for relation in inspect(type(record)).relationships:
        if relation.uselist:
            session.expire(record, [relation.key])
    session.delete(record)


CARRY_OUT: dict[str, Callable[[Session, Resource, Any, Sequence[Dependants]], str]] = {
    "delete": delete,
    "reassign": reassign,
    "retire": retire,
}
