"""What every page has around it: who is signed in, where one can go, where the static files are."""

from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, request, url_for

from admin import preferences, saved
from admin.page import layout_name
from admin.parts import part
from admin.registry import RESOURCES
from admin.resource import Resource
from admin.times import ago, day
from models.base import now
from policy import may


def register(app: Flask) -> None:
    """Give all templates the frame's values and the filters for time and numbers."""
    where = f"{app.config['COLOPHON'].app_env.capitalize()} · {database_name(app.config['COLOPHON'].database_url)}"

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "me": g.get("person"),
            "navigation": navigation(),
            "sprite": asset("icons.svg"),
            "asset": asset,
            "where": where,
            "layout": layout_name() if g.get("person") else "layouts/door.html",
            "request_id": g.get("request_id"),
            "now": now(),
            "may": lambda verb, entity, record=None: may(g.get("person"), verb, entity, record),
        }

    app.jinja_env.globals.update(part=part)
    app.jinja_env.filters.update(ago=ago, day=day)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def asset(name: str) -> str:
    return asset_of(current_app.static_url_path or "", request.script_root, name)


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
            url = url_for(f"{resource.entity}.listing")
            here = request.blueprint == resource.entity
            entry = item(resource.title, url, resource.icon, here)
            groups.setdefault(resource.group, []).append(with_views(entry, resource) if here else entry)
    if may(g.person, "view", "changes"):
        here = request.blueprint == "changes"
        groups.setdefault("System", []).append(item("Changes", url_for("changes.index"), "history", here))
    jobs = item("Jobs", url_for("jobs.index"), "database-import", request.blueprint == "jobs")
    groups.setdefault("System", []).append(jobs)
    return [{"title": title, "items": items} for title, items in groups.items()]


def item(label: str, url: str, icon: str, current: bool) -> dict[str, Any]:
    return {"label": label, "url": url, "icon": icon, "current": current}


def with_views(entry: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """The list one is in with its pinned views; the mark is on the view when one is in it."""
    seen = preferences.pinned(g.person.views, preferences.of(resource, g.person))
    if not seen:
        return entry
    now_in = request.args.get("view")
    views = [
        {"id": view.id, "name": view.name, "url": entry["url"] + saved.address(view), "current": str(view.id) == now_in}
        for view in seen
    ]
    in_view = any(view["current"] for view in views)
    return entry | {"views": views, "counts": url_for("views.counts", list=resource.entity), "current": not in_view}
