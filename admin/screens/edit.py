"""Create and edit: one form, one unit of work. A stale form is merged; where it overlaps, a person chooses."""

import re
import secrets
from typing import Any

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.form import BaseForm

from admin import back, conflicts, forms, records, values
from admin.attributes import describe, label_of
from admin.conflicts import Clashing, Merge
from admin.forms import ReferenceField, TagsField
from admin.guard import demand
from admin.page import in_panel, page
from admin.registry import known
from admin.resource import Resource
from admin.screens import draft, options, presence, similar
from admin.screens.draft import Offer
from admin.toast import toast
from extensions import db
from models.base import Record
from policy import may
from services import changes
from services.unit_of_work import Clash, Conflict, Refused, unit_of_work


def screen(resource: Resource, id: int | None = None) -> ResponseReturnValue:
    if request.method == "POST" and not wants_form_again():
        return process(resource, id)
    return show(resource, id)


def wants_form_again() -> bool:
    """Choosing a record or looking at a preview without a script, restoring a draft with one: nothing is saved."""
    return not request.form.keys().isdisjoint(("pick", "picked", "preview", "restore"))


# Showing


def show(resource: Resource, record_id: int | None) -> ResponseReturnValue:
    session = db.session()
    record = begin(session, resource, record_id)
    offer = draft.offer(session, resource, record) if request.method == "GET" else None
    typed = request.form if request.method == "POST" else offer.typed if offer else None
    form = forms.build(resource, record, typed, prefill(session, resource))
    name_choices(session, resource, record, form)
    if "pick" in request.form:
        return options.picker(resource, reference(form, request.form["pick"]), record)
    return render(resource, record, form, 200, offer=offer)


def begin(session: Session, resource: Resource, record_id: int | None, others: bool = True) -> Record | None:
    """The record to edit, if the person may edit this one; None for a new one. `others`: with what it is linked to."""
    if record_id is None:
        return None
    record = records.load(session, resource, record_id, others)
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
        if value is not None:
            found[attribute.name] = session.get(attribute.target, value) if attribute.target else value
    return found


def reference(form: BaseForm, name: str) -> ReferenceField:
    if name not in form or not isinstance(form[name], ReferenceField):
        abort(400, "There is nothing to choose for this field.")
    found: ReferenceField = form[name]
    return found


def render(
    resource: Resource,
    record: Record | None,
    form: BaseForm,
    status: int,
    notice: Any = None,
    offer: Offer | None = None,
) -> ResponseReturnValue:
    similar.attend(db.session(), resource, record, form)
    again = request.method == "POST" or (offer is not None and offer.restored)
    if again and record is not None:
        forms.mark_changes(resource, record, form)
    return page(
        "edit",
        resource,
        status,
        record=record,
        form=form,
        sections=[(section.title, [form[attr.key] for attr in section.fields]) for section in resource.form],
        errors=[(field.name, field.label.text, field.errors[0]) for field in form if field.errors],
        notice=notice,
        version=offer.version if offer and offer.restored else shown_version(record),
        form_again=again,
        draft=offer,
        keeps_drafts=draft.on_server(resource),
        look=presence.here(resource, record),
        form_key=secrets.token_urlsafe(18),
        badge=describe(resource.badge) if resource.badge else None,
        back=back.to_list(resource, request),
    )


def shown_version(record: Record | None) -> int | None:
    """A form shown again is still the form of the version one had opened: what came since is merged on saving."""
    given = request.form.get("version", "")
    if record is None:
        return None
    return int(given) if request.method == "POST" and values.NUMBER.fullmatch(given) else record.version


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
    merged: Merge | None = None
    try:
        with unit_of_work() as session:
            changes.plan_of(session).form_key = form_key()
            record = begin(session, resource, record_id, others=touches_lists())
            form = forms.build(resource, record, request.form, {})
            conflicts.choose_sides(resource, form, request.form)
            form.validate()
            if record is not None and given_version() != record.version:
                merged = conflicts.merge(session, resource, record, form, given_version())
            saved, changed = save(session, resource, form, record)
            session.flush()
            draft.saved(session, resource, record_id)
            saved_id, name = saved.id, str(saved)
    except Clashing as clash:
        return repeated(resource, record_id) or conflict(resource, record_id, clash.merge)
    except Refused as refusal:
        return repeated(resource, record_id) or refused(resource, record_id, form, refusal)
    except Conflict:
        return process(resource, record_id)  # overtaken between reading and writing: now it can be seen and merged
    return done(resource, saved_id, name, changed, merged, is_new=record_id is None)


def touches_lists() -> bool:
    """Whether anything is added to or taken from a list of tags; if not, it need not be read."""
    sent = request.form
    return any(text for name in sent if name.endswith(("-add", "-remove")) for text in sent.getlist(name))


def form_key() -> str | None:
    """What makes this form one form, however often it is sent."""
    key = request.form.get("form_key", "")
    return key if re.fullmatch(r"[A-Za-z0-9_-]{16,40}", key) else None


def repeated(resource: Resource, record_id: int | None) -> ResponseReturnValue | None:
    """The answer of the first time, when this very form was sent and saved before."""
    key = form_key()
    found = changes.written_by_form(db.session(), key, g.person.id, resource.entity) if key else None
    return done(resource, *found, ["again"], None, is_new=record_id is None) if found else None


def given_version(name: str = "version") -> int:
    """The version the form was made from. 400 without one."""
    given = request.form.get(name, "")
    if not values.NUMBER.fullmatch(given):
        abort(400, "The form came without its version, so nothing was saved.")
    return int(given)


def check_version(record: Record, name: str = "version") -> None:
    """The first half of the lock, for forms that cannot be merged."""
    if given_version(name) != record.version:
        raise Conflict


def save(session: Session, resource: Resource, form: BaseForm, record: Record | None) -> tuple[Record, list[str]]:
    """Fill the record and put it into the session. The rules that need other rows come last."""
    saved = record if record is not None else resource.model()
    with session.no_autoflush:
        changed = forms.fill(session, resource, form, saved)
        if record is None:
            session.add(saved)
        if resource.before_save is not None:
            resource.before_save(session, saved)
    return saved, changed


def done(
    resource: Resource, record_id: int, name: str, changed: list[str], merged: Merge | None, is_new: bool
) -> ResponseReturnValue:
    url = url_for(".detail", id=record_id)
    link = Markup('<a class="link" href="{}">{}</a>').format(url, name)
    if is_new:
        toast(db.session(), Markup("Created {}").format(link))
        similar.mention(db.session(), resource, record_id, name)
    else:
        said = "Saved" if changed else "Nothing changed in"
        toast(db.session(), said + " " + link + told(merged))
    if in_panel():
        return redirect(url_for(".detail", id=record_id, back=back.to_list(resource, request)), 303)
    match request.form.get("then"):
        case "stay":
            return redirect(url_for(".edit", id=record_id, back=request.form.get("back")), 303)
        case "another":
            return redirect(url_for(".create", back=request.form.get("back")), 303)
        case _:
            came_from = back.to_list(resource, request)
            return redirect(back.marked(came_from, record_id) if came_from and not is_new else url, 303)


def told(merged: Merge | None) -> str:
    """What came from others in a merge."""
    if merged is None or not merged.theirs or merged.seen is None:
        return ""
    fields = ", ".join(sides.attribute.label for sides in merged.theirs)
    return f"; {fields} as {merged.seen.actor} saved meanwhile"


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


def conflict(resource: Resource, record_id: int | None, merge: Merge) -> ResponseReturnValue:
    """Both sides changed the same fields: base, theirs and mine side by side, one choice each, all text kept."""
    session = db.session()
    record = begin(session, resource, record_id)
    return page(
        "conflict",
        resource,
        409,
        record=record,
        merge=merge,
        clashes=list(conflicts.shown(session, merge.clashes)),
        mine=list(conflicts.shown(session, merge.mine)),
        theirs=list(conflicts.shown(session, merge.theirs)),
        kept=kept(resource, merge),
        back=back.to_list(resource, request),
    )


def kept(resource: Resource, merge: Merge) -> list[tuple[str, str]]:
    """What was typed and fits, to be sent again. A field left as it was is not: it would overwrite theirs."""
    mine = {sides.attribute.name for sides in merge.mine}
    tags = {f"{a.name}-{verb}" for a in resource.fields if a.kind == "tags" for verb in ("add", "remove")}
    return [(name, text) for name in request.form if name in mine | tags for text in request.form.getlist(name)]
