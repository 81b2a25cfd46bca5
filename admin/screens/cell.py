"""Edit in the list: one field of one record by the rules of the form, history included. Without a script, a page."""

from typing import Any

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms.form import BaseForm

from admin import back, conflicts, forms
from admin.conflicts import Clashing, Merge
from admin.page import page, wants_fragment
from admin.resource import Resource
from admin.screens import edit
from admin.toast import toast
from extensions import db
from models.base import Record
from services import changes
from services.unit_of_work import Conflict, Refused, unit_of_work


def screen(resource: Resource, id: int, field: str) -> ResponseReturnValue:
    if request.method == "POST":
        return process(resource, id, field)
    record = begin(db.session(), resource, id, field)
    return render(resource, record, forms.build(resource, record, None, {}), field)


def begin(session: Session, resource: Resource, record_id: int, field: str) -> Record:
    """The record, if the person may edit it; 404 for a field that is not edited in the list."""
    record = edit.begin(session, resource, record_id, others=False)
    if record is None or field not in resource.editable:
        abort(404, resource)
    return record


def render(
    resource: Resource, record: Record, form: BaseForm, name: str, status: int = 200, **more: Any
) -> ResponseReturnValue:
    """The cell as a form: of the record's version, unless `more` says which one the person has seen."""
    currency = form[name].attribute.info.get("currency")
    context = {"notice": None, "clash": None, "merge": None, "version": record.version} | more
    return page(
        "cell",
        resource,
        status,
        record=record,
        field=form[name],
        unit=getattr(record, currency) if currency else "",
        back=back.to_list(resource, request),
        **context,
    )


# Processing


def process(resource: Resource, record_id: int, name: str) -> ResponseReturnValue:
    form: BaseForm | None = None
    merged: Merge | None = None
    try:
        with unit_of_work() as session:
            changes.describe(session, "cell")
            record = begin(session, resource, record_id, name)
            form = forms.build(resource, record, typed(name), {})
            form.validate()
            if edit.given_version() != record.version:
                merged = conflicts.merge(session, resource, record, form, edit.given_version())
            saved, changed = edit.save(session, resource, form, record)
            session.flush()
            record_name = str(saved)
    except Clashing as clash:
        return conflict(resource, record_id, name, clash.merge)
    except Refused as refusal:
        return refused(resource, record_id, name, form, refusal)
    except Conflict:
        return process(resource, record_id, name)  # overtaken between reading and writing: now it can be seen
    return done(resource, record_id, name, record_name, changed, merged)


def typed(name: str) -> MultiDict[str, str]:
    """What was sent for this field. Whatever else a form may bring is no business of a cell."""
    return MultiDict([(name, text) for text in request.form.getlist(name)])


def done(
    resource: Resource, record_id: int, name: str, record_name: str, changed: list[str], merged: Merge | None
) -> ResponseReturnValue:
    """Back to the list: a script takes the row alone, everybody else the whole page with the row marked."""
    url = url_for(".detail", id=record_id)
    if changed:
        label = resource.editable[name].heading
        link = Markup('<a class="link" href="{}">{}</a>').format(url, record_name)
        toast(db.session(), Markup("{} of {} saved{}").format(label, link, edit.told(merged)))
    came_from = back.to_list(resource, request)
    if came_from is None:
        return redirect(url, 303)
    return redirect(back.alone(came_from, record_id) if wants_fragment() else back.marked(came_from, record_id), 303)


# What went wrong


def refused(
    resource: Resource, record_id: int, name: str, form: BaseForm | None, refusal: Refused
) -> ResponseReturnValue:
    """The cell again with what is wrong with it in words, and what was typed."""
    session = db.session()
    record = begin(session, resource, record_id, name)
    if form is None:
        form = forms.build(resource, record, typed(name), {})
    message: Any = edit.explained(session, refusal)
    if refusal.field == name:
        form[name].errors = [*form[name].errors, message]
    elif refusal.field in form:
        message = Markup("{}: {}").format(form[refusal.field].label.text, message)
    notice = None if form[name].errors else message
    return render(resource, record, form, name, 422, notice=notice, version=edit.given_version())


def conflict(resource: Resource, record_id: int, name: str, merge: Merge) -> ResponseReturnValue:
    """Somebody else changed the same value: theirs in words, mine still in the field, and one choice."""
    session = db.session()
    record = begin(session, resource, record_id, name)
    form = forms.build(resource, record, typed(name), {})
    clash = next(conflicts.shown(session, merge.clashes), None)
    return render(resource, record, form, name, 409, clash=clash, merge=merge, version=merge.version)
