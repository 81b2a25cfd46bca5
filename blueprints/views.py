"""Saved views of lists: /views/. A view is shown by its list; here it is saved, named, shared, pinned and deleted."""

from typing import Any

from flask import Blueprint, abort, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin import allow, preferences, query, saved
from admin import counts as counting
from admin.counts import Total
from admin.guard import demand
from admin.page import vary
from admin.query import BadQuery, ListQuery
from admin.registry import RESOURCES, by_entity
from admin.resource import Resource
from extensions import db
from models.user import Role
from models.view import LONGEST_NAME, View
from policy import ROLE_LABELS, may
from services import views, wishes
from services.unit_of_work import Refused, unit_of_work

bp = Blueprint("views", __name__, url_prefix="/views")


def page(template: str, status: int = 200, **context: Any) -> ResponseReturnValue:
    context = {"roles": ROLE_LABELS, "longest": LONGEST_NAME, "problem": None, **context}
    return vary(make_response(render_template(f"views/{template}.html", **context), status))


def resource_named(entity: str) -> Resource:
    """The list of this name, if the person may see it."""
    found = by_entity().get(entity)
    if found is None:
        abort(400, "The form does not say of which list.")
    demand("view", found.entity, None)
    return found


def begin(view_id: int, verb: str = "view") -> View:
    """The view, if this person may see it and its list, and may do this to it."""
    view = views.find(db.session(), g.person, view_id)
    if view is None or not may(g.person, "view", view.entity):
        abort(404)
    demand(verb, "views", view)
    return view


def leading_to(view: View) -> str:
    return url_for(f"{view.entity}.listing") + saved.address(view)


# The page of all views


@bp.get("/")
@allow("view")
def index() -> ResponseReturnValue:
    found = views.listed(db.session(), g.person)
    names = {view.id: name for view, name in found}
    lists = [(resource, ordered(resource, [view for view, _ in found])) for resource in RESOURCES.values()]
    lists = [(resource, own) for resource, own in lists if own and may(g.person, "view", resource.entity)]
    pinned = {view.id for resource, own in lists for view in pinned_here(resource, own)}
    return page("index", lists=lists, names=names, pinned=pinned, address=saved.address)


def ordered(resource: Resource, found: list[View]) -> list[View]:
    own = [view for view in found if view.entity == resource.entity]
    return preferences.in_order(own, preferences.of(resource, g.person))


def pinned_here(resource: Resource, own: list[View]) -> list[View]:
    return preferences.pinned(own, preferences.of(resource, g.person))


@bp.get("/counts")
@allow("view")
def counts() -> ResponseReturnValue:
    """How many records each pinned view of a list has, no further than the cap. Asked for after the page has come."""
    resource = resource_named(request.args.get("list", ""))
    own = views.of_list(db.session(), g.person, resource.entity)
    asked = {view.id: understood(resource, view) for view in pinned_here(resource, own)}
    numbers = {id: counting.number_alone(db.session(), found) for id, found in asked.items() if found is not None}
    if not numbers:
        return {}
    row = db.session.execute(select(*numbers.values())).one()
    return {str(id): str(Total(number)) for id, number in zip(numbers, row, strict=True)}


def understood(resource: Resource, view: View) -> ListQuery | None:
    try:
        return saved.parsed(resource, view.query)
    except BadQuery:
        return None  # its own page explains it


# Saving what a list shows


@bp.post("/new")
@allow("create")
def create() -> ResponseReturnValue:
    resource = resource_named(request.form.get("list", ""))
    kept = given_state(resource)
    is_shared = wants_to_share()
    try:
        with unit_of_work() as session:
            number = views.create(session, g.person, resource.entity, request.form.get("name", ""), is_shared, **kept)
    except Refused as problem:
        return page("new", 422, resource=resource, kept=kept, problem=problem, name=request.form.get("name", ""))
    view = begin(number)
    flash(f"Saved as «{view.name}».", "success")
    return redirect(leading_to(view), 303)


def given_state(resource: Resource) -> dict[str, str]:
    """Search, filters and order, columns, density, as the list's form sends them; refused like an address."""
    try:
        asked = saved.parsed(resource, request.form.get("state", ""))
        columns = query.parse_columns(resource, request.form.get("columns", ""))
        density = query.parse_density(request.form.get("density", ""))
    except BadQuery as error:
        abort(400, str(error))
    columns = columns or preferences.usual(resource)
    return {"query": saved.state(asked), "columns": ",".join(columns), "density": density or preferences.NORMAL}


def wants_to_share() -> bool:
    wanted = request.form.get("audience") == "everyone"
    if wanted:
        demand("share", "views", None)
    return wanted


@bp.post("/<id:id>/overwrite")
@allow("edit")
def overwrite(id: int) -> ResponseReturnValue:
    """The view keeps its name and holds from now on what the list shows."""
    with unit_of_work() as session:
        view = begin(id, "edit")
        views.overwrite(session, view, **given_state(resource_named(view.entity)))
    view = begin(id)
    flash(f"«{view.name}» now holds what this list shows.", "success")
    return redirect(leading_to(view), 303)


# Name and audience


@bp.route("/<id:id>/edit", methods=["GET", "POST"])
@allow("edit")
def edit(id: int) -> ResponseReturnValue:
    if request.method == "POST":
        return process_edit(id)
    view = begin(id, "edit")
    return page("edit", view=view, name=view.name, is_shared=view.is_shared, opens=view.roles.split())


def process_edit(view_id: int) -> ResponseReturnValue:
    name, view = request.form.get("name", ""), begin(view_id, "edit")
    is_shared = wants_to_share() if may(g.person, "share", "views") else view.is_shared
    opens = given_roles(view)
    try:
        with unit_of_work() as session:
            views.describe(session, view, name, is_shared, opens)
    except Refused as problem:
        return page("edit", 422, view=view, name=name, is_shared=is_shared, opens=opens, problem=problem)
    flash("The view is saved.", "success")
    seen = views.find(db.session(), g.person, view_id)  # an administrator may have left it to its author alone
    return redirect(leading_to(seen) if seen is not None else url_for(".index"), 303)


def given_roles(view: View) -> list[str]:
    """Whose list shall open with this view; only who may assign it changes that."""
    if not may(g.person, "assign", "views"):
        return view.roles.split()
    wanted = request.form.getlist("roles")
    if not set(wanted) <= set(Role):
        abort(400, "There is no such role.")
    return wanted


@bp.route("/<id:id>/delete", methods=["GET", "POST"])
@allow("delete")
def remove(id: int) -> ResponseReturnValue:
    view = begin(id, "delete")
    if request.method == "GET":
        return page("delete", view=view, opens=[ROLE_LABELS[Role(role)] for role in view.roles.split()])
    with unit_of_work() as session:
        views.remove(session, view)
    flash(f"The view «{view.name}» is deleted. The {view.entity} in it are all still there.", "success")
    return redirect(url_for(f"{view.entity}.listing"), 303)


# Each person's own sidebar


@bp.post("/<id:id>/pin")
@allow("view")
def pin(id: int) -> ResponseReturnValue:
    """Into the sidebar, or out of it: everybody's own."""
    view = begin(id)
    away = [number for number in g.person.lists.get(view.entity, {}).get("unpinned", []) if number != id]
    if request.form.get("pin") != "yes":
        away.append(id)
    return wish(view, unpinned=sorted(away))


@bp.post("/<id:id>/move")
@allow("view")
def move(id: int) -> ResponseReturnValue:
    """One place up or down."""
    view = begin(id)
    own = views.of_list(db.session(), g.person, view.entity)
    order = [other.id for other in preferences.in_order(own, g.person.lists.get(view.entity, {}))]
    place = order.index(id)
    order.insert(max(0, place - 1) if request.form.get("way") == "up" else place + 1, order.pop(place))
    return wish(view, order=order)


def wish(view: View, **wanted: list[int]) -> ResponseReturnValue:
    with unit_of_work() as session:
        wishes.keep(session, g.person.id, view.entity, **wanted)
    return redirect(url_for(".index", _anchor=f"view-{view.id}"), 303)
