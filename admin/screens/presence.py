"""Presence: «I am here», answered with who else is, and with a bar when the record has moved on meanwhile."""

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from admin import values
from admin.resource import Resource
from extensions import db
from models.base import Record, now
from policy import may
from services import presence
from services.presence import Look
from services.unit_of_work import unit_of_work


def screen(resource: Resource, id: int) -> ResponseReturnValue:
    """Called by every open page of the record three times a minute, and once more when it is left."""
    model, moment, editing = resource.model, now(), wants_to_edit(resource)
    with unit_of_work() as session:
        if "leaving" in request.form:
            presence.leave(session, model, id, g.person.id, editing)
            return "", 204
        seen = presence.look(session, model, id, g.person.id, moment)
        if seen.version is not None:
            presence.come(session, model, id, g.person.id, editing, moment)
        overtaken = seen.version != given_version()
        news = presence.news(session, model, id) if overtaken else None
    return render_template(
        "partials/presence.html",
        resource=resource,
        record_id=id,
        look=seen,
        overtaken=overtaken,
        news=news,
        mine=news is not None and news.actor_id == g.person.id,
        editing=editing,
    )


def wants_to_edit(resource: Resource) -> bool:
    return request.form.get("editing") == "yes" and may(g.person, "edit", resource.entity)


def given_version() -> int | None:
    """The version that the page shows."""
    given = request.form.get("version", "")
    return int(given) if values.NUMBER.fullmatch(given) else None


def here(resource: Resource, record: Record | None) -> Look:
    """Who else is at the record now, for the page of it."""
    if record is None:
        return Look(None)
    return presence.look(db.session(), resource.model, record.id, g.person.id, now())
