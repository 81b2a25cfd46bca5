"""Duplicate radar: who is named alike, below the field while one types; without a script when the form comes back."""

from typing import Any

from flask import flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from admin import values
from admin.resource import Resource
from extensions import db
from models.base import Record
from models.text import one_line
from policy import may
from services import similar
from services.similar import Similar


def screen(resource: Resource) -> ResponseReturnValue:
    """«2 similar: …» for the name typed so far; nothing when nobody is."""
    itself = request.args.get("except", "")
    except_id = int(itself) if values.NUMBER.fullmatch(itself) else None
    found = look(db.session(), resource, request.args.get(key(resource), ""), except_id)
    return render_template("partials/similar.html", found=found, resource=resource)


def key(resource: Resource) -> str:
    return str(resource.similar.key) if resource.similar is not None else ""


def look(session: Session, resource: Resource, typed: str, except_id: int | None = None) -> Similar:
    try:
        name = one_line(typed)
    except ValueError:
        return Similar()  # a broken character is the form's to complain of
    return similar.similar(session, resource.model, resource.similar, name, except_id)


def attend(session: Session, resource: Resource, record: Record | None, form: Any) -> None:
    """Give the form's field the place where similar names are told; they are told at once when the form comes back."""
    if resource.similar is None:
        return
    field, except_id = form[key(resource)], record.id if record is not None else None
    found = look(session, resource, field.typed, except_id) if request.method == "POST" else Similar()
    query: dict[str, Any] = {"except": except_id}
    address = url_for(".similar", **query)
    html = render_template("partials/similar.html", found=found, resource=resource, address=address, name=field.name)
    field.similar = Markup(html)  # noqa: S704, the template has escaped it


def mention(session: Session, resource: Resource, record_id: int, name: str) -> None:
    """After something new was saved: whom it resembles, with the way to merge the two."""
    if resource.similar is None:
        return
    found = look(session, resource, name, record_id)
    if found.rows:
        merge = url_for(".merge", id=record_id) if may_merge(resource) else None
        html = render_template("partials/similar.html", found=found, resource=resource, merge=merge)
        flash(Markup(html), "info")  # noqa: S704


def may_merge(resource: Resource, record: Record | None = None) -> bool:
    return resource.similar is not None and all(
        may(g.person, verb, resource.entity, record) for verb in ("edit", "delete")
    )
