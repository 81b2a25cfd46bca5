"""Numbers of a list that come after its rows: how many match, how many in each tab, and what the columns add up to."""

from typing import Any

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import counts, totals
from admin.attributes import Attribute
from admin.chips import chips
from admin.counts import Facets
from admin.page import page, vary, wants_fragment
from admin.query import ListQuery
from admin.resource import Resource
from admin.screens import listing
from extensions import db, ran_out_of_time

PANEL = "panel"  # the word that asks for the numbers of the filter panel instead of those of the tabs
MOST_CHOICES = 6  # a longer choice is a menu, in which numbers would be hard to read


def facets(resource: Resource) -> ResponseReturnValue:
    """How many records there are in each tab (or for each choice of the filter panel), and in all."""
    words = MultiDict(request.args)
    wants_panel = bool(words.poplist(PANEL))
    asked = listing.parsed(resource, words)
    attributes = in_panel(resource) if wants_panel else in_tabs(resource)
    found = in_time(db.session(), asked, attributes)
    context = {"query": asked, "found": found, "attributes": attributes, "panel": wants_panel}
    return vary(make_response(render_template("admin/facets.html", **context)))


def in_tabs(resource: Resource) -> list[Attribute]:
    return [] if resource.tabs is None else [resource.filterable[resource.tabs.key]]


def in_panel(resource: Resource) -> list[Attribute]:
    return [a for a in resource.filterable.values() if a.kind == "choice" and len(a.choices) <= MOST_CHOICES]


def in_time(session: Session, asked: ListQuery, attributes: list[Attribute]) -> Facets:
    """The numbers, or none where finding them out would take too long: the list is there without them."""
    try:
        return counts.facets(session, asked, attributes)
    except OperationalError as error:
        if not ran_out_of_time(error):
            raise
        session.rollback()
        return Facets(counts.Total(None), {})


def exact(resource: Resource) -> ResponseReturnValue:
    """How many match, counted to the end."""
    asked = listing.parsed(resource, request.args)
    number = counts.exact(db.session(), asked)
    if wants_fragment():
        return vary(make_response(f"{number:,}"))
    return numbers_page("count", resource, asked, number=number)


def sums(resource: Resource) -> ResponseReturnValue:
    """Number, least, average and most of what can be added up, of everything that matches."""
    asked = listing.parsed(resource, request.args)
    found = totals.of(db.session(), asked)
    if wants_fragment():
        return vary(make_response(render_template("partials/totals.html", totals=found)))
    return numbers_page("totals", resource, asked, totals=found)


def numbers_page(name: str, resource: Resource, asked: ListQuery, **numbers: Any) -> ResponseReturnValue:
    """A page of its own, for whoever has no script."""
    names = listing.names(db.session(), asked)
    return page(name, resource, query=asked, chips=chips(asked, names), names=names, **numbers)
