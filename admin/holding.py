"""Which rows hold the terms of a search, in their own text or in that of what they refer to: found out by reading
rows, or by the text indexes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, case, exists, func, not_, or_, select, union

from admin import records
from admin.attributes import foreign_key
from admin.resource import Resource
from admin.statements import fixed, kept
from admin.wanted import Wanted
from services import search
from services.search import Database, Term

NAMED = 10_000  # references holding a term that PostgreSQL gathers beforehand
DRIVING = 3  # terms that the text indexes are asked for; those beyond are looked for in what these find

Shares = Mapping[Any, Sequence[Term]]
Way = tuple[Shares, Sequence[Term]]


def searched_in(resource: Resource) -> list[Any]:
    """The models whose texts are searched."""
    return [resource.model, *(attr.property.mapper.class_ for attr in resource.search_related)]


def within(ids: CTE, most: int) -> ColumnElement[bool]:
    """Whether these are all that there are."""
    number = select(func.count()).select_from(ids).scalar_subquery()
    is_within: ColumnElement[bool] = number <= fixed(most)
    return is_within


# By reading


def by_reading(wanted: Wanted, row: Any) -> list[ColumnElement[bool]]:
    """Conditions on a row: each term is in its own search text or in that of one of its references."""
    if not wanted.is_on_postgresql:
        return [holds(wanted.resource, term, row) for term in wanted.terms]
    places = wanted.resource.search_related
    return [
        or_(search.holds(row, term), *(is_named(wanted, row, attr, term) for attr in places)) for term in wanted.terms
    ]


def is_named(wanted: Wanted, row: Any, attr: Any, term: Term) -> ColumnElement[bool]:
    """Whether what the row refers to holds the term: it is among the few that do, or else looked at for each row.

    PostgreSQL by itself would gather those that do even when it takes longer than to read the page.
    """
    model, here = attr.property.mapper.class_, getattr(row, foreign_key(attr).key)
    few = kept(few_named, wanted.database, model, term)
    table = model.__table__.alias().c
    looked_at = select(search.holds(table, term)).where(table.id == here).scalar_subquery()
    return case((within(few, NAMED), here.in_(select(few.c.id))), else_=looked_at)


def few_named(database: Database, model: Any, term: Term) -> CTE:
    """The records of which a text holds the term, or one more than a few; once for all who ask in a statement."""
    return select(kept(named, database, model, (term,)).c.id).limit(fixed(NAMED + 1)).cte().prefix_with("MATERIALIZED")


def named(database: Database, model: Any, terms: tuple[Term, ...]) -> CTE:
    return search.ids(database, model, terms).cte().prefix_with("MATERIALIZED")


def holds(resource: Resource, term: Term, row: Any = None) -> ColumnElement[bool]:
    row = resource.model if row is None else row
    return or_(search.holds(row, term), *referring(resource, row, term))


def lacks(resource: Resource, term: Term) -> ColumnElement[bool]:
    return not_(holds(resource, term))


def referring(resource: Resource, row: Any, term: Term) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for attr in resource.search_related:
        target = attr.property.mapper.class_.__table__.alias().c
        here = getattr(row, foreign_key(attr).key)
        found.append(exists().where(target.id == here, search.holds(target, term)))
    return found


# By the text indexes


def first_ids(wanted: Wanted, most: int = records.COUNT_CAP) -> CTE:
    """All ids in which the terms are found, or one more than the most; gathered before anything else is done."""
    if wanted.gathered is not None:
        return wanted.gathered
    return by_index(wanted, most + 1).cte().prefix_with("MATERIALIZED")


def by_index(wanted: Wanted, limit: int | None = None) -> Select[Any]:
    """The ids of the rows in which every term is found; at most `limit`."""
    branches = [limited(wanted, branch, limit) for branch in kept(branches_of, searching(wanted))]
    if len(branches) == 1:
        return branches[0]
    both = union(*(select(part.subquery().c.id) for part in branches)).subquery()
    return select(both.c.id).limit(fixed(limit))


def searching(wanted: Wanted) -> Wanted:
    """The search alone."""
    return replace(wanted, filters=(), columns=(), is_labelled=False, is_plannable=False, gathered=None, beside=())


Branch = tuple[Select[Any], CTE]  # the ids, and the same as PostgreSQL gathers them once for all who ask in a statement


def branches_of(wanted: Wanted) -> Sequence[Branch]:
    """What each way of the search leads to."""
    ids = [ids_of_branch(wanted, *dealt) for dealt in ways(wanted)]
    return [(branch, branch.cte().prefix_with("MATERIALIZED")) for branch in ids]


def limited(wanted: Wanted, branch: Branch, limit: int | None) -> Select[Any]:
    """At most so many of a branch. PostgreSQL must not know: for a limit that it takes for small it reads the table."""
    ids, gathered = branch
    if limit is None or not wanted.is_on_postgresql:
        return ids.limit(fixed(limit))
    return select(gathered.c.id).limit(fixed(limit))


def ways(wanted: Wanted) -> Iterator[Way]:
    """Each term may be in the record or in one of its references: every way of dealing them out is a branch of a union,
    so that each can be answered by the indexes of one text.

    A way is the terms of each place (None is the record itself), and those that are looked for in what these find.
    """
    driving, others = wanted.terms[:DRIVING], wanted.terms[DRIVING:]
    places = (None, *wanted.resource.search_related)
    for dealt in product(places, repeat=len(driving)):
        yield {at: [term for term, chosen in zip(driving, dealt, strict=True) if chosen is at] for at in places}, others


def ids_of_branch(wanted: Wanted, shares: Shares, others: Sequence[Term]) -> Select[Any]:
    if not others and not any(terms for place, terms in shares.items() if place is not None):
        return search.ids(wanted.database, wanted.model, shares[None])
    return select(wanted.model.id.label("id")).where(*conditions_of(wanted, shares, others))


def conditions_of(wanted: Wanted, shares: Shares, others: Sequence[Term]) -> list[ColumnElement[bool]]:
    referring = [
        foreign_key(attr).in_(ids_there(wanted, attr.property.mapper.class_, terms))
        for attr, terms in shares.items()
        if attr is not None and terms
    ]
    # SQLite would gather all that a text index finds, before anything else.
    by_text = bool(referring) and not wanted.is_on_postgresql
    own = [
        search.holds(wanted.model, term) if by_text else search.matching(wanted.database, wanted.model, term)
        for term in shares[None]
    ]
    return [*referring, *own, *(holds(wanted.resource, term) for term in others)]


def ids_there(wanted: Wanted, model: Any, terms: Sequence[Term]) -> Select[Any]:
    """The ids of a reference. PostgreSQL takes a record to be referred to more often than it is, and then reads all."""
    if not wanted.is_on_postgresql:
        return search.ids(wanted.database, model, terms)
    return select(kept(named, wanted.database, model, tuple(terms)).c.id)


def condition(wanted: Wanted) -> list[ColumnElement[bool]]:
    """The search as a condition of any statement, for whoever wants all of the rows."""
    return [wanted.model.id.in_(by_index(wanted))] if wanted.terms else []
