"""Create and edit: one form, one unit of work. A stale form is a 409 that shows both versions and keeps the text."""

from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.form import BaseForm

from admin import back, forms, records, values
from admin.attributes import Attribute, describe, label_of
from admin.forms import ReferenceField, TagsField
from admin.guard import demand
from admin.page import page
from admin.registry import known
from admin.resource import Resource
from admin.screens import options
from extensions import db
from models.base import Record
from policy import may
from services.unit_of_work import Clash, Conflict, Refused, unit_of_work


def screen(resource: Resource, id: int | None = None) -> ResponseReturnValue:
    if request.method == "POST" and not wants_form_again():
        return process(resource, id)
    return show(resource, id)


def wants_form_again() -> bool:
    """Without a script, choosing a record and looking at a preview are submissions that save nothing."""
    return any(name in request.form for name in ("pick", "picked", "preview"))


# Showing


def show(resource: Resource, record_id: int | None) -> ResponseReturnValue:
    session = db.session()
    record = begin(session, resource, record_id)
    typed = request.form if request.method == "POST" else None
    form = forms.build(resource, record, typed, prefill(session, resource))
    name_choices(session, resource, record, form)
    if "pick" in request.form:
        return options.picker(resource, reference(form, request.form["pick"]), record)
    return render(resource, record, form, 200)


def begin(session: Session, resource: Resource, record_id: int | None) -> Record | None:
    """The record to edit, if the person may edit this one; None for a new one."""
    if record_id is None:
        return None
    record = records.load(session, resource, record_id)
    demand("edit", resource.entity, record)
    return record


def prefill(session: Session, resource: Resource) -> dict[str, Any]:
    """Values of a new record given in the address, such as `?author=4`; what cannot be read is left out."""
    found = {}
    for attribute in resource.fields:
        text = request.args.get(attribute.name)
        if not text or attribute.kind == "tags":
            continue
        try:
            value = values.parse(attribute, text)
        except ValueError:
            continue
        found[attribute.name] = session.get(attribute.target, value) if attribute.target else value
    return found


def reference(form: BaseForm, name: str) -> ReferenceField:
    if name not in form or not isinstance(form[name], ReferenceField):
        abort(400, "There is nothing to choose for this field.")
    found: ReferenceField = form[name]
    return found


def render(
    resource: Resource, record: Record | None, form: BaseForm, status: int, notice: Any = None, theirs: Any = None
) -> ResponseReturnValue:
    return page(
        "edit",
        resource,
        status,
        record=record,
        form=form,
        sections=[(section.title, [form[attr.key] for attr in section.fields]) for section in resource.form],
        errors=[(field.name, field.label.text, field.errors[0]) for field in form if field.errors],
        notice=notice,
        theirs=theirs,
        version=record.version if record is not None else None,
        badge=describe(resource.badge) if resource.badge else None,
        back=back.to_list(resource, request),
    )


def name_choices(session: Session, resource: Resource, record: Record | None, form: BaseForm) -> None:
    """The names behind ids that were typed or chosen; only fields whose choice is not the record's own ask for it."""
    for field in form:
        if isinstance(field, ReferenceField) and field.raw_data:
            field.name_choice(session)
        if isinstance(field, TagsField) and record is not None and not field.current:
            field.current = [(tag.id, str(tag)) for tag in getattr(record, field.name)]


# Processing


def process(resource: Resource, record_id: int | None) -> ResponseReturnValue:
    form: BaseForm | None = None
    try:
        with unit_of_work() as session:
            record = begin(session, resource, record_id)
            form = forms.build(resource, record, request.form, {})
            form.validate()
            check_version(record)
            saved, changed = save(session, resource, form, record)
            session.flush()
            saved_id, name = saved.id, str(saved)
    except Refused as refusal:
        return refused(resource, record_id, form, refusal)
    except Conflict:
        return conflict(resource, record_id)
    return done(resource, saved_id, name, changed, is_new=record_id is None)


def check_version(record: Record | None) -> None:
    """The first half of the lock: the form must come from the version that is there now."""
    if record is None:
        return
    given = request.form.get("version", "")
    if not values.NUMBER.fullmatch(given):
        abort(400, "The form came without its version, so nothing was saved.")
    if int(given) != record.version:
        raise Conflict


def save(session: Session, resource: Resource, form: BaseForm, record: Record | None) -> tuple[Record, list[str]]:
    """Fill the record and put it into the session. The rules that need other rows come last."""
    saved = record if record is not None else resource.model()
    with session.no_autoflush:
        changed = forms.fill(session, resource, form, saved)
        session.add(saved)
        if resource.before_save is not None:
            resource.before_save(session, saved)
    return saved, changed


def done(resource: Resource, record_id: int, name: str, changed: list[str], is_new: bool) -> ResponseReturnValue:
    url = url_for(".detail", id=record_id)
    link = Markup('<a class="link" href="{}">{}</a>').format(url, name)
    if is_new:
        flash(Markup("Created {}").format(link), "success")
    else:
        flash(Markup("Saved {}").format(link) if changed else Markup("Nothing changed in {}").format(link), "success")
    match request.form.get("then"):
        case "stay":
            return redirect(url_for(".edit", id=record_id, back=request.form.get("back")), 303)
        case "another":
            return redirect(url_for(".create", back=request.form.get("back")), 303)
        case _:
            came_from = back.to_list(resource, request)
            return redirect(back.marked(came_from, record_id) if came_from and not is_new else url, 303)


# What went wrong


def refused(resource: Resource, record_id: int | None, form: BaseForm | None, refusal: Refused) -> ResponseReturnValue:
    """The page again with every message at its field and everything typed kept."""
    session = db.session()
    record = begin(session, resource, record_id)
    if form is None:
        form = forms.build(resource, record, request.form, {})
    message: Any = explained(session, refusal)
    if refusal.field is not None and refusal.field in form:
        form[refusal.field].errors = [*form[refusal.field].errors, message]
    name_choices(session, resource, record, form)
    return render(resource, record, form, 422, notice=None if form.errors else message)


def explained(session: Session, refusal: Refused) -> str | Markup:
    """A duplicate names the record it clashes with and links to it, for those who may see it."""
    clash = refusal.clash
    if clash is None or not (known(clash.model) and may(g.person, "view", clash.model.__tablename__)):
        return refusal.message
    owner = clashing(session, clash)
    if owner is None:
        return refusal.message
    url = url_for(f"{clash.model.__tablename__}.detail", id=owner[0])
    return Markup('This belongs to <a href="{}">{}</a>.').format(url, owner[1])


def clashing(session: Session, clash: Clash) -> Any:
    column = getattr(clash.model, clash.column)
    return session.execute(select(clash.model.id, label_of(clash.model)).where(column == clash.value)).first()


def conflict(resource: Resource, record_id: int | None) -> ResponseReturnValue:
    """Somebody was faster: both versions side by side, and the form as it was typed over what is there now."""
    if record_id is None:
        abort(409)
    session = db.session()
    record = begin(session, resource, record_id)
    form = forms.build(resource, record, request.form, {})
    form.validate()
    name_choices(session, resource, record, form)
    return render(resource, record, form, 409, theirs=differences(resource, record, form))


def differences(resource: Resource, record: Any, form: BaseForm) -> list[tuple[str, str, str]]:
    """(label, what is saved now, what was typed) of every field on which the two differ."""
    found = []
    for attribute in resource.fields:
        field, holder = form[attribute.name], forms.owner(resource, record, attribute)
        if forms.differs(field, holder):
            found.append((attribute.label, shown(attribute, holder), typed(field)))
    return found


def shown(attribute: Attribute, holder: Any) -> str:
    value = getattr(holder, attribute.name, None)
    if attribute.kind == "tags":
        return ", ".join(map(str, value or ()))
    text = str(value) if attribute.kind == "reference" and value else values.write(attribute, value)
    return attribute.choices.get(text, text)


def typed(field: Any) -> str:
    if isinstance(field, TagsField):
        removed = [name for tag_id, name in field.current if tag_id in field.removed]
        return ", ".join([*(f"+ {name}" for name in field.names), *(f"− {name}" for name in removed)])
    if isinstance(field, ReferenceField):
        return str(field.chosen_label or field.typed)
    return str(field.attribute.choices.get(field.typed, field.typed))
