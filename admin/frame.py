"""What every page has around it: who is signed in, where one can go, where the static files are."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from flask import Flask, current_app, g, request, url_for
from markupsafe import Markup

from admin import preferences, saved
from admin.page import layout_name
from admin.parts import part, token
from admin.registry import RESOURCES, by_entity
from admin.times import ago, day
from models.base import now
from policy import may


def register(app: Flask) -> None:
    """Give all templates the frame's values and the filters for time and numbers."""
    where = f"{app.config['COLOPHON'].app_env.capitalize()} · {database_name(app.config['COLOPHON'].database_url)}"

    @app.context_processor
    def frame() -> dict[str, Any]:
        asset = assets()
        return {
            "me": g.get("person"),
            "sidebar": sidebar,
            "sprite": asset("icons.svg"),
            "asset": asset,
            "csrf_token": token,  # instead of Flask-WTF's, which signs for each form
            "where": where,
            "layout": layout_name() if g.get("person") else "layouts/door.html",
            "request_id": g.get("request_id"),
            "now": now(),
            "may": lambda verb, entity, record=None: may(g.get("person"), verb, entity, record),
        }

    def sidebar() -> Markup:
        """Where one can go, and who one is: the same for a person at the same place."""
        me, pinned = g.get("person"), pinned_here()
        key = (request.script_root, me and (me.id, me.name, me.role, me.theme), request.blueprint, request.path == "/")
        shown = {"me": me, "pinned": pinned, "navigation": navigation, "sprite": assets()("icons.svg"), "where": where}
        return part("partials/sidebar.html", *key, str(pinned), **shown)

    app.jinja_env.globals.update(part=part)
    app.jinja_env.filters.update(ago=ago, day=day)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def assets() -> Callable[[str], str]:
    """Where a static file is, for whoever names several."""
    return partial(asset_of, current_app.static_url_path or "", request.script_root)


@lru_cache(256)  # a page names a dozen of them; the digest in the folder's address changes when any of them does
def asset_of(folder: str, script_root: str, name: str) -> str:
    return url_for("static", filename=name)


def database_name(url: str) -> str:
    return "SQLite" if url.startswith("sqlite") else "PostgreSQL"


def navigation() -> list[dict[str, Any]]:
    """The entities this person may see, by group; home first."""
    if g.get("person") is None:
        return []
    groups: dict[str, list[dict[str, Any]]] = {"": [item("Home", url_for("home.index"), "home", request.path == "/")]}
    for resource in RESOURCES.values():
        if may(g.person, "view", resource.entity):
            url, here = url_for(f"{resource.entity}.listing"), request.blueprint == resource.entity
            groups.setdefault(resource.group, []).append(item(resource.title, url, resource.icon, here))
    if may(g.person, "view", "changes"):
        here = request.blueprint == "changes"
        groups.setdefault("System", []).append(item("Changes", url_for("changes.index"), "history", here))
    jobs = item("Imports and exports", url_for("jobs.index"), "database-import", request.blueprint == "jobs")
    groups.setdefault("System", []).append(jobs)
    return [{"title": title, "items": items} for title, items in groups.items()]


def item(label: str, url: str, icon: str, current: bool) -> dict[str, Any]:
    return {"label": label, "url": url, "icon": icon, "current": current}


def pinned_here() -> dict[str, Any] | None:
    """The pinned views of the list one is in, and where their numbers come from; the mark is on the view one is in."""
    resource = by_entity().get(request.blueprint or "")
    if resource is None or g.get("person") is None:
        return None
    seen = preferences.pinned(g.person.views, preferences.of(resource, g.person))
    if not seen:
        return None
    home, now_in = url_for(f"{resource.entity}.listing"), request.args.get("view")
    views = [
        {"id": view.id, "name": view.name, "url": home + saved.address(view), "current": str(view.id) == now_in}
        for view in seen
    ]
    return {"views": views, "title": resource.title, "counts": url_for("views.counts", list=resource.entity)}
