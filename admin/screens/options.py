"""Choosing a record for a reference: the type-ahead's answers, and the searchable page that does without a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import abort, g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from sqlalchemy.orm import Session

from admin import finding, holding, query
from admin.attributes import describe
from admin.page import page, wants_fragment
from admin.registry import RESOURCES, resource_of
from admin.resource import Column, Resource
from admin.statements import kept
from admin.wanted import Wanted
from extensions import db
from models.base import Record
from policy import may
from services import search

MOST = 20
KEPT_OUT = ("csrf_token", "pick", "pick_q", "picked", "then", "preview")


@dataclass(frozen=True)
class Option:
    """A record to choose, and what tells it from its namesakes."""

    id: int
    label: str
    hint: str


def screen(resource: Resource) -> ResponseReturnValue:
    """At most 20 choices for what was typed: list items for the type-ahead, a page of links for everybody else."""
    typed = typed_search(request.args.get("q", ""))
    found = choices(db.session(), resource, typed)
    if request.args.get("for") and not wants_fragment():
        return filter_page(resource, typed, found)
    return page("options", resource, found=found, q=typed, words=search.terms(typed))


def typed_search(text: str) -> str:
    try:
        return query.search_text(text)
    except query.BadQuery as error:
        abort(400, str(error))


def choices(session: Session, resource: Resource, typed: str, offered: bool = True) -> Sequence[Option]:
    """Those that match what was typed; only those that are offered for new records, or all."""
    texts = search.terms(typed)
    wanted = Wanted(
        resource=resource,
        database=search.database_of(session, *holding.searched_in(resource)),
        filters=(kept(resource.offered),) if offered and resource.offered is not None else (),
        terms=search.named("word", texts),
        order=query.parse_order(resource, resource.sort),
        columns=tuple(Column(attr) for attr in resource.hint),
        is_labelled=True,
        is_plannable=True,  # most are offered
        values=search.values("word", texts),
    )
    found = finding.page(session, wanted, None, MOST)
    return [Option(row.id, str(row.label), hint(resource, row)) for row in found.rows]


def hint(resource: Resource, row: Row[Any]) -> str:
    """«Brontë, Anne · United Kingdom · 4 books»."""
    parts = []
    for attribute in map(describe, resource.hint):
        value = getattr(row, attribute.name)
        if attribute.kind == "many":
            parts.append(f"{value:,} {attribute.name if value != 1 else attribute.name.removesuffix('s')}")
        elif value and str(value) != row.label:
            parts.append(attribute.choices.get(str(value), str(value)))
    return " · ".join(parts)


def picker(
    resource: Resource, field: Any, record: Record | None, target: Resource | None = None
) -> ResponseReturnValue:
    """The page between two looks at a form: search, choose, and go on with everything typed still there.

    `target` is what is chosen among, unless the field's own reference says it.
    """
    target = target or resource_of(field.attribute.target)
    if not may(g.person, "options", target.entity) and not may(g.person, "view", target.entity):
        abort(403, ("options", target.entity))
    typed = typed_search(request.form.get("pick_q", ""))
    itself = record.id if record is not None and target is resource else None
    kept = [(name, text) for name in request.form if name not in KEPT_OUT for text in request.form.getlist(name)]
    return page(
        "picker",
        resource,
        target=target,
        field=field,
        record=record,
        found=[row for row in choices(db.session(), target, typed) if row.id != itself],
        q=typed,
        kept=[(name, text) for name, text in kept if name != field.name],
    )


def filter_page(resource: Resource, typed: str, found: Sequence[Option]) -> ResponseReturnValue:
    """Choose the record that another list is filtered by. `for` is «books.author», `back` the query of that list."""
    entity, _, word = request.args["for"].partition(".")
    other = next((r for r in RESOURCES.values() if r.entity == entity and word in r.filterable), None)
    fits = other is not None and other.filterable[word].target is resource.model
    if other is None or not fits or not may(g.person, "view", other.entity):
        abort(400, "There is no such list to go back to.")
    kept = [
        (n, text)
        for n, text in parse_qsl(request.args.get("back", "").lstrip("?"))
        if n not in (word, "after", "before")
    ]
    home = url_for(f"{other.entity}.listing")
    links = [(f"{home}?{urlencode([*kept, (word, str(row.id))])}", row) for row in found]
    return page("filter_by", resource, other=other, word=word, links=links, q=typed)
