"""How a list is shown to one person: which columns, how dense, how many rows.

The address says it; what it does not say, the person's own preference does, and then the resource. Preferences are kept
with the user and read with the session, so they cost a list no statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from admin import query
from admin.query import ListQuery
from admin.resource import Column, Resource
from policy import Person

NORMAL = "normal"


def chosen_columns(resource: Resource, asked: ListQuery, person: Person | None) -> Sequence[Column]:
    """The columns of this list in their order: those of the address, else those the person prefers, else the usual."""
    return arranged(resource, asked.columns or preferred_columns(resource, person))


def density(resource: Resource, asked: ListQuery, person: Person | None) -> str:
    given = asked.density or of(resource, person).get("density")
    return given if given in query.DENSITIES else NORMAL


def per_page(resource: Resource, person: Person | None) -> int:
    """How many rows a page has when the address does not say it."""
    given = of(resource, person).get("per_page")
    return given if isinstance(given, int) and 10 <= given <= 200 else query.PER_PAGE


def of(resource: Resource, person: Person | None) -> Mapping[str, Any]:
    """What this person has set for this list."""
    return person.lists.get(resource.entity, {}) if person is not None else {}


def preferred_columns(resource: Resource, person: Person | None) -> Sequence[str]:
    """Their names; a column that has gone since is left out."""
    names = [name for name in of(resource, person).get("columns", ()) if name in resource.choosable]
    return query.with_lead(resource, names) if names else ()


def usual(resource: Resource) -> Sequence[str]:
    return tuple(column.name for column in resource.shown)


def arranged(resource: Resource, names: Sequence[str]) -> Sequence[Column]:
    """Columns that somebody chose stay in a narrow window too; the usual ones leave in the order of their worth."""
    if not names or tuple(names) == usual(resource):
        return resource.shown
    return [lasting(resource.choosable[name]) for name in names]


@lru_cache(512)
def lasting(column: Column) -> Column:
    return replace(column, worth=1)
