"""Drafts: keep what is being typed, offer it again, compare it with what is saved, discard it. Nothing is saved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms.form import BaseForm

from admin import conflicts, forms, records, values
from admin.attributes import Attribute
from admin.guard import demand
from admin.resource import Resource
from extensions import db
from models.base import Record, now
from services import diff, drafts
from services.drafts import NEW, Place, Texts
from services.unit_of_work import unit_of_work

WAYS = ("compare", "restore")
MOST_TEXTS = 200  # of one field


@dataclass(frozen=True)
class Difference:
    """One field: what is saved and what was typed, as people read them."""

    label: str
    saved: Any
    typed: Any


@dataclass(frozen=True)
class Offer:
    """A draft that says something else than what is saved. `way` is what the address asks to be done with it."""

    saved_at: datetime
    version: int
    is_stale: bool
    texts: Texts
    differences: list[Difference]
    way: str = ""

    @property
    def typed(self) -> MultiDict[str, str] | None:
        """What the form is filled with: the draft when it is to be restored."""
        return (
            MultiDict((name, text) for name, given in self.texts.items() for text in given) if self.restored else None
        )

    @property
    def restored(self) -> bool:
        return self.way == "restore"


def on_server(resource: Resource) -> bool:
    """Whether drafts are kept here too: where one writes long texts, that is, where the form begins with Markdown."""
    first = resource.form[0].fields
    return any(
        attribute.kind == "markdown" and any(attribute.attr is attr for attr in first) for attribute in resource.fields
    )


# Asked by the browser


def keep(resource: Resource, id: int | None = None) -> ResponseReturnValue:
    """Keep what was typed so far, for this person alone."""
    if not on_server(resource):
        abort(404)
    moment = now()
    with unit_of_work() as session:
        begin(session, resource, id)
        try:
            kept = drafts.keep(session, place(resource, id), given_version(), sent(resource), moment)
        except drafts.TooLarge:
            abort(413, f"A draft has at most {drafts.LARGEST:,} bytes.")
    if not kept:
        return {"saved_at": None}, 429, {"Retry-After": str(drafts.PAUSE.seconds)}
    return {"saved_at": moment.isoformat()}


def discard(resource: Resource, id: int | None = None) -> ResponseReturnValue:
    """Throw the draft away, and show the form as it is saved."""
    with unit_of_work() as session:
        begin(session, resource, id)
        drafts.forget(session, place(resource, id))
    form = url_for(".edit", id=id) if id is not None else url_for(".create")
    return redirect(form, 303)


def compare(resource: Resource, id: int | None = None) -> ResponseReturnValue:
    """What was typed beside what is saved, as a fragment, for drafts that only the browser has."""
    session = db.session()
    record = begin(session, resource, id)
    return render_template(
        "partials/differences.html", differences=differences(session, resource, record, sent(resource))
    )


def begin(session: Session, resource: Resource, record_id: int | None) -> Record | None:
    """The record, if this person may edit it; None for a new one."""
    if record_id is None:
        return None
    record = records.load(session, resource, record_id)
    demand("edit", resource.entity, record)
    return record


def place(resource: Resource, record_id: int | None) -> Place:
    return Place(g.person.id, resource.entity, record_id or NEW)


def given_version() -> int:
    given = request.form.get("version", "0")
    if not values.NUMBER.fullmatch(given) or not 0 <= int(given) <= values.LARGEST:
        abort(400, "The draft came without the version it was typed over.")
    return int(given)


def sent(resource: Resource) -> dict[str, list[str]]:
    """The texts of the form's own fields; whatever else came along is left out, and so is a secret."""
    names = {name for attribute in resource.fields if not attribute.info.get("secret") for name in names_of(attribute)}
    return {name: texts_of(name) for name in request.form if name in names}


def names_of(attribute: Attribute) -> tuple[str, ...]:
    """What the controls of this attribute are called."""
    if attribute.kind == "tags":
        return f"{attribute.name}-add", f"{attribute.name}-remove"
    return (attribute.name,)


def texts_of(name: str) -> list[str]:
    return [text.replace("\x00", "").replace("\r\n", "\n") for text in request.form.getlist(name)[:MOST_TEXTS]]


# For the page of the form


def offer(session: Session, resource: Resource, record: Record | None) -> Offer | None:
    """This person's draft of the record, unless it is from before the record or says what is saved anyway."""
    if not on_server(resource):
        return None
    draft = drafts.find(session, place(resource, record.id if record else None))
    if draft is None or (record is not None and draft.saved_at < record.created_at):
        return None
    found = differences(session, resource, record, draft.texts)
    if not found:
        return None
    is_stale = record is not None and draft.version != record.version
    way = request.args.get("draft", "")
    return Offer(draft.saved_at, draft.version, is_stale, draft.texts, found, way if way in WAYS else "")


def saved(session: Session, resource: Resource, record_id: int | None) -> None:
    """The form was saved: its draft goes in the same transaction."""
    if on_server(resource):
        drafts.forget(session, place(resource, record_id))


def differences(session: Session, resource: Resource, record: Record | None, texts: Texts) -> list[Difference]:
    """Field by field, where what was typed is not what is saved (or what a new record begins with)."""
    form = forms.build(resource, record, None, {})
    return [found for attribute in resource.fields for found in different(session, form, attribute, texts)]


def different(session: Session, form: BaseForm, attribute: Attribute, texts: Texts) -> Iterator[Difference]:
    field = form[attribute.name]
    if attribute.kind == "tags":
        yield from different_tags(field, texts)
        return
    typed = texts.get(attribute.name)
    if not typed or typed[-1] == held(field):
        return
    before = field.chosen_label if attribute.kind == "reference" else named(attribute, held(field))
    after = meant(session, attribute, typed[-1])
    if attribute.kind in conflicts.LONG:
        yield Difference(attribute.label, before, diff.words(before, after, brief=True))
    else:
        yield Difference(attribute.label, before, conflicts.marked(after, before))


def held(field: Any) -> str:
    """What the form's control would send as it is saved."""
    return values.write(field.attribute, field.data)


def different_tags(field: Any, texts: Texts) -> Iterator[Difference]:
    removed = set(texts.get(f"{field.name}-remove", ()))
    gone = [name for key, name in field.current if str(key) in removed]
    new = ", ".join(texts.get(f"{field.name}-add", ())).strip(" ,")
    if gone or new:
        typed = Markup("<del>{}</del> ").format(", ".join(gone)) if gone else Markup()
        typed += Markup("<ins>{}</ins>").format(new) if new else Markup()
        yield Difference(field.label.text, ", ".join(name for _, name in field.current), typed)


def meant(session: Session, attribute: Attribute, text: str) -> str:
    """What was typed, as people read it; what nobody can read stays as it is."""
    if attribute.kind == "reference" and values.NUMBER.fullmatch(text):
        return conflicts.readable(session, attribute, text) if int(text) > 0 else text
    return named(attribute, text)


def named(attribute: Attribute, text: str) -> str:
    return str(attribute.choices.get(text, text))
