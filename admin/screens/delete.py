"""Delete: what goes along is counted first, and the way out that loses least is offered beside it."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from admin import back, cascade, records, values
from admin.attributes import child_key
from admin.cascade import Dependants
from admin.guard import demand
from admin.page import page
from admin.registry import known
from admin.resource import Resource
from admin.screens import options
from admin.screens.edit import check_version
from extensions import db
from models.base import Record
from services import bulk
from services.unit_of_work import Conflict, Refused, unit_of_work

CHOICES = ("delete", "reassign", "retire")


def screen(resource: Resource, id: int) -> ResponseReturnValue:
    if request.method == "POST" and "pick" not in request.form and "picked" not in request.form:
        return process(resource, id)
    return show(resource, id)


def show(
    resource: Resource, record_id: int, status: int = 200, message: str | Markup | None = None
) -> ResponseReturnValue:
    session = db.session()
    record = begin(session, resource, record_id)
    along = cascade.summary(session, resource, record)
    movable = movable_of(along)
    picked = request.form.get("to", "")
    if movable and request.form.get("pick") == "to":
        return options.picker(resource, target_field(resource, ""), record)
    return page(
        "delete",
        resource,
        status,
        record=record,
        along=along,
        seen=seen(along),
        blocked=any(entry.fate == "needed" for entry in along),
        losses=[entry for entry in along if entry.fate == "deleted"],
        movable=movable,
        to=target_field(resource, picked) if movable else None,
        chosen=request.form.get("choice") or default_choice(resource, movable),
        known=known,
        message=message,
        back=back.to_list(resource, request),
    )


def begin(session: Session, resource: Resource, record_id: int) -> Record:
    record = records.load(session, resource, record_id)
    demand("delete", resource.entity, record)
    return record


def movable_of(along: Sequence[Dependants]) -> list[Dependants]:
    """What could be given to another record: children that point here by one reference."""
    return [entry for entry in along if entry.relation.secondary is None]


def default_choice(resource: Resource, movable: Sequence[Dependants]) -> str:
    if not movable:
        return "delete"
    return "retire" if resource.retire is not None else "reassign"


def seen(along: Sequence[Dependants]) -> str:
    """What the page counted; the deletion goes on only if it is still so."""
    return " ".join(f"{entry.plural}:{entry.count}" for entry in along)


def target_field(resource: Resource, picked: str) -> Any:
    """A picker of this same entity, outside any form of columns: where the children move to."""
    field = TargetField(resource)
    field.choose(db.session(), picked)
    return field


class TargetField:
    """What `fields.reference` needs to draw a picker for «move them to»."""

    name = id = "to"
    kind, width, required, readonly, maxlength, create_url = "reference", "full", True, False, None, None
    description = ""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.label = type("Label", (), {"text": f"Move them to this {resource.singular}"})
        self.errors: list[str] = []
        self.chosen_id: int | None = None
        self.chosen_label = ""

    @property
    def options_url(self) -> str:
        return url_for(f"{self.resource.entity}.options")

    def choose(self, session: Session, text: str) -> None:
        record = (
            session.get(self.resource.model, int(text)) if values.NUMBER.fullmatch(text) and len(text) < 19 else None
        )
        if record is not None:
            self.chosen_id, self.chosen_label = record.id, str(record)
        elif text:
            self.errors = [f"Choose another {self.resource.singular}."]


def process(resource: Resource, record_id: int) -> ResponseReturnValue:
    choice = request.form.get("choice", "delete")
    if choice not in CHOICES or (choice == "retire" and resource.retire is None):
        abort(400, "This choice does not exist.")
    try:
        with unit_of_work() as session:
            record = begin(session, resource, record_id)
            check_version(record)
            along = cascade.summary(session, resource, record)
            check_seen(along)
            sentence = CARRY_OUT[choice](session, resource, record, along)
            session.flush()
    except Refused as refusal:
        return show(resource, record_id, 422, refusal.message)
    except Conflict:
        return show(resource, record_id, 409, "Something changed since this page was opened. Look again, then decide.")
    flash(sentence, "success")
    return redirect(back.to_list(resource, request) or url_for(".listing"), 303)


def check_seen(along: Sequence[Dependants]) -> None:
    """Nothing goes along that the page did not count."""
    if "seen" in request.form and request.form["seen"] != seen(along):
        raise Conflict


def delete(session: Session, resource: Resource, record: Record, along: Sequence[Dependants]) -> str:
    """Delete the record and its children; children that must not go along refuse it."""
    if any(entry.fate == "needed" for entry in along):
        raise Refused("First decide what happens to what belongs here.")
    allowed_to_go(session, resource, record)
    losses = [entry for entry in along if entry.fate == "deleted"]
    for entry in losses:
        bulk.remove(session, entry.model, child_key(entry.relation.class_attribute) == record.id)
    name = str(record)
    remove(session, record)
    return f"Deleted {name}" + "".join(f" and {entry.phrase}" for entry in losses)


def reassign(session: Session, resource: Resource, record: Record, along: Sequence[Dependants]) -> str:
    """Give the children to another record, then delete this one."""
    target = reassign_target(session, resource, record)
    allowed_to_go(session, resource, record)
    moved = movable_of(along)
    for entry in moved:
        bulk.move(session, child_key(entry.relation.class_attribute), record.id, target.id)
    name = str(record)
    remove(session, record)
    phrases = " and ".join(entry.phrase for entry in moved) or "nothing"
    return f"Moved {phrases} to {target} and deleted {name}"


def reassign_target(session: Session, resource: Resource, record: Record) -> Record:
    text = request.form.get("to", "")
    target = session.get(resource.model, int(text)) if values.NUMBER.fullmatch(text) and len(text) < 19 else None
    if target is None or target.id == record.id:
        raise Refused(f"Choose another {resource.singular} to move them to.")
    return target


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
    session.expire(record)
    session.delete(record)


CARRY_OUT = {"delete": delete, "reassign": reassign, "retire": retire}
