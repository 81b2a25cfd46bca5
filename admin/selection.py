"""Which records a bulk action is about: those that were ticked, or all that the list's query finds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import query
from admin.query import BadQuery, ListQuery
from admin.resource import Resource
from services import bulk

MOST_IDS = 500  # that travel one by one; the query stands for more
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Selection:
    """`ids` were ticked; without them it is everything that `query` finds. The query says the way back in any case."""

    query: ListQuery
    ids: Sequence[int] = ()

    @property
    def is_all(self) -> bool:
        return not self.ids

    def where(self, session: Session) -> list[ColumnElement[bool]]:
        model: Any = self.query.resource.model
        return self.query.where(session) if self.is_all else [bulk.among(session, model.id, self.ids)]

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What a form carries along; the query stands in its address."""
        return [("all", "1")] if self.is_all else [("ids", str(key)) for key in self.ids]


Words = MultiDict[str, str]


def chosen(resource: Resource, args: Words, form: Words) -> Selection:
    """Read the selection of a request. Raises BadQuery. The list's own words may stand in the address or the body."""
    words = MultiDict(args)
    for name, texts in form.lists():
        if name in resource.filterable or name in query.OWN_WORDS:
            words.setlist(name, [*words.getlist(name), *texts])
    asked = query.parse(resource, words)
    if form.get("all") == "1":
        refuse_view_alone(words)
        return Selection(asked)
    ids = read_ids(resource, form.getlist("ids"))
    if not ids:
        raise BadQuery(f"No {resource.singular} is selected: tick some, or take all that match.")
    return Selection(asked, ids)


def refuse_view_alone(words: Words) -> None:
    """Raises BadQuery: «?view=7» leads a list to its whole address; for what takes all rows it is too little."""
    if list(words) == ["view"]:
        raise BadQuery("«view» alone does not say which rows are meant: send the whole address of the list.")


def read_ids(resource: Resource, texts: Sequence[str]) -> list[int]:
    for text in texts:
        if not re.fullmatch(r"[1-9][0-9]{0,18}", text) or int(text) > LARGEST_ID:
            raise BadQuery(f"«ids» are the numbers of {resource.plural}.")
    ids = sorted({int(text) for text in texts})
    if len(ids) > MOST_IDS:
        raise BadQuery(f"At most {MOST_IDS} {resource.plural} one by one; for more, take all that match.")
    return ids
