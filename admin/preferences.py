"""How a list is shown to one person: which columns, how dense, how many rows.

The address says it; what it does not say, the saved view says or, outside of one, the person's own preference, and then
the resource. Preferences and views are read with the session, so they cost a list no statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from admin import query
from admin.query import ListQuery
from admin.resource import Column, Resource
from models.view import View
from policy import Person

NORMAL = "normal"
MOST_PINNED = 12


def chosen_columns(resource: Resource, asked: ListQuery, person: Person | None) -> Sequence[Column]:
    """The columns of this list in their order: of the address, else of the view, else as the person prefers."""
    view = view_of(person, asked.view)
    wished = view.column_names if view is not None else of(resource, person).get("columns", ())
    return arranged(resource, asked.columns or known(resource, wished))


def density(resource: Resource, asked: ListQuery, person: Person | None) -> str:
    view = view_of(person, asked.view)
    given = asked.density or (view.density if view is not None else of(resource, person).get("density"))
    return given if given in query.DENSITIES else NORMAL


def per_page(resource: Resource, person: Person | None) -> int:
    """How many rows a page has when the address does not say it."""
    given = of(resource, person).get("per_page")
    return given if isinstance(given, int) and 10 <= given <= 200 else query.PER_PAGE


def of(resource: Resource, person: Person | None) -> Mapping[str, Any]:
    """What this person has set for this list."""
    return person.lists.get(resource.entity, {}) if person is not None else {}


def view_of(person: Person | None, number: int | None) -> View | None:
    """The saved view of this number, if this person may see it in the list he is in."""
    views = person.views if person is not None and number else ()
    return next((view for view in views if view.id == number), None)


def opening(person: Person | None) -> View | None:
    """The view with which the list opens for this person's role."""
    views = person.views if person is not None else ()
    return next((view for view in views if person is not None and person.role in view.roles.split()), None)


def in_order(views: Sequence[View], wishes: Mapping[str, Any]) -> list[View]:
    """The views as this person has put them, new ones last."""
    order = wishes.get("order", [])
    return sorted(views, key=lambda view: (order.index(view.id) if view.id in order else len(order), view.id))


def pinned(views: Sequence[View], wishes: Mapping[str, Any]) -> list[View]:
    """Those that stand in the sidebar: all but what this person has taken away."""
    away = wishes.get("unpinned", ())
    return [view for view in in_order(views, wishes) if view.id not in away][:MOST_PINNED]


def known(resource: Resource, names: Sequence[str]) -> Sequence[str]:
    """Without the columns that have gone since."""
    left = [name for name in names if name in resource.choosable]
    return query.with_lead(resource, left) if left else ()


def usual(resource: Resource) -> Sequence[str]:
    return tuple(column.name for column in resource.shown)


def arranged(resource: Resource, names: Sequence[str]) -> Sequence[Column]:
    """Columns that somebody chose stay in a narrow window too; the usual ones leave in the order of their worth."""
    if not names or tuple(names) == usual(resource):
        return resource.shown
    return [lasting(resource.choosable[name]) for name in names]


@lru_cache(512)
def lasting(column: Column) -> Column:
    return replace(column, worth=0)


def chosen(columns: Sequence[Column]) -> bool:
    """Whether somebody chose these columns: then the table may be wider than the window."""
    return not columns[0].worth
