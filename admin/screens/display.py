"""The Display menu: which columns, how dense, how many rows. What it posts becomes the person's preference.

Columns and density of a saved view are the view's: there they go into the address, until they are saved with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin import back, preferences, query
from admin.query import LOOKS, BadQuery
from admin.resource import Resource
from models.view import View
from services import wishes
from services.unit_of_work import unit_of_work

PASSING = ("after", "before", "saved", "only", "open")


@dataclass(frozen=True)
class Looks:
    """What the menu sends. Nothing means the usual."""

    columns: tuple[str, ...] = ()
    density: str = ""
    per_page: int = 0


def screen(resource: Resource) -> ResponseReturnValue:
    """Back to the same list, whose address no longer says what the menu has said."""
    words = came_from(resource)
    view = preferences.view_of(g.person, query.parse_id(dict(words).get("view", "")))
    looks = Looks() if "reset" in request.form else asked(resource)
    if view is not None:
        words += beyond(view, looks)
    with unit_of_work() as session:
        wishes.keep(session, g.person.id, resource.entity, **kept(resource, looks, view))
    return redirect(url_for(".listing") + (f"?{urlencode(words, safe=',')}" if words else ""), 303)


def kept(resource: Resource, looks: Looks, view: View | None) -> dict[str, Any]:
    """The preferences; what is as usual is none."""
    rows = {"per_page": looks.per_page if looks.per_page != query.PER_PAGE else None}
    if view is not None:
        return rows
    columns = list(looks.columns) if looks.columns != preferences.usual(resource) else None
    return rows | {"columns": columns, "density": looks.density if looks.density != preferences.NORMAL else None}


def came_from(resource: Resource) -> list[tuple[str, str]]:
    """The words of the list's address but for its looks and its place."""
    _, _, text = (back.to_list(resource, request) or "").partition("?")
    return [pair for pair in parse_qsl(text) if pair[0] not in (*LOOKS, *PASSING)]


def asked(resource: Resource) -> Looks:
    names = [name for name in in_place(resource) if name in request.form.getlist("columns")]
    foreign = [name for name in request.form.getlist("columns") if name not in names]
    try:
        columns = query.parse_columns(resource, ",".join([*names, *foreign]) or resource.lead.name)
        density = query.parse_density(request.form.get("density", ""))
        per_page = query.parse_per_page(request.form.get("per_page", ""), query.PER_PAGE)
    except BadQuery as error:
        abort(400, str(error))
    return Looks(tuple(columns), density, per_page)


def in_place(resource: Resource) -> list[str]:
    """The columns in the order that the menu showed, and each that was given another number moved to that place."""
    names = [name for name in dict.fromkeys(request.form.get("order", "").split(",")) if name in resource.choosable]
    return sorted(names, key=lambda name: wanted_place(name, names.index(name) + 1))


def wanted_place(name: str, place: int) -> tuple[float, int]:
    text = request.form.get(f"at.{name}", "")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else place
    return wanted + (0.5 if wanted > place else -0.5 if wanted < place else 0), wanted


def beyond(view: View, looks: Looks) -> Iterator[tuple[str, str]]:
    """The words for what is not as the view has it."""
    if looks.columns and looks.columns != view.column_names:
        yield "columns", ",".join(looks.columns)
    if looks.density and looks.density != view.density:
        yield "density", looks.density
