"""The address table, read once and the same for every entity; the verb each address needs stands beside it."""

from collections.abc import Callable, Collection
from functools import partial, update_wrapper
from typing import Any

from flask import Blueprint

from admin import totals
from admin.export import FORMATS
from admin.guard import allow
from admin.registry import enrol
from admin.resource import Resource
from admin.screens import (
    bulk,
    cell,
    counts,
    delete,
    detail,
    display,
    draft,
    edit,
    export,
    history,
    import_check,
    import_columns,
    import_file,
    import_rows,
    import_run,
    listing,
    merge,
    narrow,
    options,
    presence,
    preview,
    similar,
    suggest,
)
from services.unit_of_work import retried

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
EXPORT = f"/export.<any({','.join(FORMATS)}):format>"


def blueprint_for(resource: Resource, without: Collection[str] = ()) -> Blueprint:
    """The blueprint of an entity with every screen but those named in `without`, which the caller writes as routes."""
    enrol(resource)
    bp = Blueprint(resource.entity, resource.entity, url_prefix=f"/{resource.entity}")
    bp.resource = resource  # type: ignore[attr-defined]

    def route(rule: str, methods: Collection[str], verb: str, endpoint: str, screen: Callable[..., Any]) -> None:
        if endpoint not in without:
            view = allow(verb)(retried(update_wrapper(partial(screen, resource), screen)))
            bp.add_url_rule(rule, endpoint, view, methods=methods)

    # fmt: off
    route("/",                GET,  "view",    "listing", narrow.in_time(listing.screen))
    route("/facets",          GET,  "view",    "facets",  counts.facets)
    route("/count",           GET,  "view",    "count",   narrow.in_time(counts.exact, "too many to count in time"))
    route("/new",             BOTH, "create",  "create",  edit.screen)
    route(EXPORT,             GET,  "export",  "export",  export.screen)
    route("/options",         GET,  "options", "options", options.screen)
    route("/bulk",            POST, "edit",    "bulk",    bulk.screen)
    route("/suggest",         GET,  "view",    "suggest", suggest.screen)
    route("/preview",         POST, "view",    "preview", preview.screen)
    route("/display",         POST, "view",    "display", display.screen)
    route("/<id:id>",         GET,  "view",    "detail",  detail.screen)
    route("/<id:id>/edit",    BOTH, "edit",    "edit",    edit.screen)
    route("/<id:id>/delete",  BOTH, "delete",  "delete",  delete.screen)
    route("/<id:id>/cell/<field>",   BOTH, "edit", "cell", cell.screen)
    drafts(route)
    imports(route)
    route("/<id:id>/presence",       POST, "view",   "presence",    presence.screen)
    route("/<id:id>/history", GET,  "view",    "history", history.screen)
    route("/<id:id>/restore", POST, "edit",    "restore", history.restore)
    if totals.columns(resource):
        route("/totals",          GET,  "view", "totals", narrow.in_time(counts.sums, "Too many to add up in time"))
    if resource.similar is not None:
        route("/similar",         GET,  "view", "similar", similar.screen)
        route("/<id:id>/merge",   BOTH, "edit", "merge",   merge.screen)  # demands «delete» too
    # fmt: on
    return bp


def drafts(route: Callable[..., None]) -> None:
    """What a form keeps while one types, of a new record and of one that is there."""
    # fmt: off
    route("/draft",                  POST, "create", "keep_new",    draft.keep)
    route("/draft/compare",          POST, "create", "compare_new", draft.compare)
    route("/draft/discard",          POST, "create", "discard_new", draft.discard)
    route("/<id:id>/draft",          POST, "edit",   "keep",        draft.keep)
    route("/<id:id>/draft/compare",  POST, "edit",   "compare",     draft.compare)
    route("/<id:id>/draft/discard",  POST, "edit",   "discard",     draft.discard)
    # fmt: on


def imports(route: Callable[..., None]) -> None:
    """A file on its way into the catalogue, step by step. Only the first address takes a large body (limits.py)."""
    # fmt: off
    route("/import",                  BOTH, "import", "upload",         import_file.screen)
    route("/import/<id:id>",          GET,  "import", "import_check",   import_check.screen)
    route("/import/<id:id>/columns",  BOTH, "import", "import_columns", import_columns.screen)
    route("/import/<id:id>/fix",      POST, "import", "import_fix",     import_check.fix)
    route("/import/<id:id>/run",      POST, "import", "import_run",     import_run.screen)
    route("/import/<id:id>/rows.csv", GET,  "import", "import_rows",    import_rows.screen)
    route("/import/<id:id>/discard",  POST, "import", "import_discard", import_file.discard)
    # fmt: on
