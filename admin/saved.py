"""Saved views and the address: what a view keeps of a list, the address it leads to, whether the list has left it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from admin import preferences, query
from admin.query import LOOKS, ListQuery
from admin.resource import Column, Resource
from models.view import View
from policy import Person


@dataclass(frozen=True)
class Standing:
    """The list as a view would keep it, the view one is in, and whether there is something to save."""

    view: View | None
    state: str
    columns: str
    density: str
    differs: bool


def standing(
    resource: Resource, asked: ListQuery, columns: Sequence[Column], density: str, person: Person | None
) -> Standing:
    view, names, text = preferences.view_of(person, asked.view), tuple(column.name for column in columns), state(asked)
    if view is not None:
        kept = (words(view.query), preferences.known(resource, view.column_names), view.density)
        differs = (words(text), names, density) != kept
    else:
        usual = (words(f"sort={resource.sort}"), preferences.usual(resource), preferences.NORMAL)
        differs = (words(text), names, density) != usual
    return Standing(view, text, ",".join(names), density, differs and not asked.mistakes)


def state(asked: ListQuery) -> str:
    """What the list holds: search, filters, order. Neither how it is shown nor where in it one is."""
    held = {**asked.words, "sort": [asked.order.text]}
    pairs = [(name, text) for name, texts in held.items() if name not in (*LOOKS, "view") for text in texts]
    return urlencode(pairs, safe=",")


@lru_cache(512)
def words(text: str) -> Sequence[tuple[str, str]]:
    """So that two states that ask the same are the same."""
    return sorted(parse_qsl(text))


def address(view: View) -> str:
    """The whole view as an address of its list, which goes on working when the view is no more."""
    return f"?{view.query}&view={view.id}"


def parsed(resource: Resource, text: str) -> ListQuery:
    """The list that a state asks for. Raises BadQuery: a filter may have gone since."""
    return query.parse(resource, MultiDict(parse_qsl(text)))


def way_in(args: MultiDict[str, str], person: Person | None) -> View | None:
    """The view that this address stands for: «?view=7» alone, or no word at all where the list opens with a view."""
    if not args:
        return preferences.opening(person)
    return preferences.view_of(person, query.parse_id(args["view"])) if list(args) == ["view"] else None
