"""How the rows of a list are found when something is asked of them, at the same speed whether few match or many.

Two ways lead to them, and neither is always fast. Reading along the list's order finds a frequent value at once and a
rare one never; the value's own index finds the rare one at once, and of a frequent one far too many rows to sort. No
planner knows which is which when nothing matches. So the database first gathers a bounded number of ids by the other
indexes; when these are all there are, they are sorted, and otherwise the list is read in its order.

For a search, the ids come from the text indexes, which collect a frequent term for seconds. Therefore a stretch of the
list is read first, and they are asked only when that does not fill the page; when they have too many, a longer stretch
is read, and only a frequent term that this does not meet (all of it is far away in the order) has all its rows sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Row,
    Select,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.visitors import replacement_traverse

from admin import keyset, records
from admin.attributes import foreign_key
from admin.keyset import Order, Page, Place
from admin.resource import Column, Resource
from services import search

FEW = 1_000  # rows that are sorted rather than met in order
PROBE = 2_000  # ids that the text indexes are asked for
DRIVING = 3  # terms that the text indexes are asked for; those beyond are looked for in what these find


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for: conditions on its rows, terms to search for, and the order."""

    resource: Resource
    filters: Sequence[ColumnElement[bool]]
    terms: Sequence[str]
    order: Order
    columns: Sequence[Column] = ()
    is_plannable: bool = False  # the filters are choices: PostgreSQL keeps statistics of each of their values
    gathered: CTE | None = None  # what the text indexes find, when several questions of one statement share it

    @property
    def model(self) -> Any:
        return self.resource.model


def page(
    session: Session, wanted: Wanted, place: Place | None, size: int, beside: tuple[ColumnElement[Any], ...] = ()
) -> Page:
    """One page of a list. `beside` are scalars that a list of everything has in each of its rows."""
    if wanted.terms:
        return keyset.paged(partial(searched, session, wanted), wanted.order, place, size)
    is_plain = not (wanted.filters or is_foreign(wanted)) or (is_postgresql(session) and wanted.is_plannable)
    if not is_plain:
        return keyset.paged(partial(filtered, session, wanted), wanted.order, place, size)
    if wanted.filters:
        statement = shown(wanted).where(*wanted.filters)
        once = partial(keyset.ranged, session, statement, wanted.order, is_kept=False)
        return keyset.paged(once, wanted.order, place, size)
    return keyset.fetch(session, shown(wanted), wanted.order, place, size, beside)


def filtered(session: Session, wanted: Wanted, place: Place | None, limit: int) -> Sequence[Row[Any]]:
    """The next rows after the place: those of a few, or along the order."""
    few = few_of(wanted)
    sorted_few = [only_if(session, part, within(few, FEW), FEW) for part in among(wanted, few, place)]
    along = [only_if(session, part, not_(within(few, FEW)), limit) for part in in_order(session, wanted, place)]
    return all_of(session, rows(wanted, united([*sorted_few, *along]), place, limit))


def searched(session: Session, wanted: Wanted, place: Place | None, limit: int) -> Sequence[Row[Any]]:
    """The next rows after the place: within a short stretch, else among a few ids, else within a long stretch, else all
    that match are sorted."""
    short, long = stretches(session, wanted)
    few, tests = few_of(wanted), by_reading(wanted, wanted.model)
    sorted_few = [only_if(session, part.where(*tests), within(few, FEW), FEW) for part in among(wanted, few, place)]
    keys = [*sorted_few, *near(session, wanted, place, limit, short, not_(within(few, FEW)))]
    number, found = numbered(session, wanted, few, keys, place, limit)
    if len(found) >= limit or number <= FEW:
        return found
    number, found = probed(session, wanted, place, limit)
    if number <= PROBE:
        return found
    found = all_of(session, rows(wanted, united(near(session, wanted, place, limit, long)), place, limit))
    if len(found) >= limit:
        return found
    return all_of(session, rows(wanted, united(everything(session, wanted, place, limit)), place, limit))


def stretches(session: Session, wanted: Wanted) -> tuple[int, int]:
    """How many rows are read on trial, before the text indexes are asked and after.

    In the usual order PostgreSQL reads along the overview (models/base.py) alone, which is ten times as fast.
    """
    is_usual = wanted.order.word == wanted.resource.sort.removeprefix("-")
    return (20_000, 400_000) if is_usual and is_postgresql(session) else (2_000, 40_000)


def is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def probed(session: Session, wanted: Wanted, place: Place | None, limit: int) -> tuple[int, Sequence[Row[Any]]]:
    """How many ids the text indexes give and, when these are all, the next rows among them."""
    if is_postgresql(session):  # which would rather read the table for a limit that it takes for small
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    gathered = first_ids(session, wanted, PROBE)
    keys = [only_if(session, part, within(gathered, PROBE), PROBE) for part in among(wanted, gathered, place)]
    return numbered(session, wanted, gathered, keys, place, limit)


def shown(wanted: Wanted) -> Select[Any]:
    return records.rows(wanted.resource, wanted.columns, wanted.order.word)


def rows(wanted: Wanted, keys: Any, place: Place | None, limit: int) -> Select[Any]:
    """The rows with these few ids, in reading direction."""
    statement = shown(wanted).add_columns(wanted.order.by.label("sort_value"))
    return statement.where(wanted.model.id.in_(keys)).order_by(*keyset.reading(wanted.order, place)).limit(limit)


def all_of(session: Session, statement: Select[Any]) -> Sequence[Row[Any]]:
    """The rows, without the ORM's preparations: there are no entities among them."""
    return session.connection().execute(statement).all()


def numbered(
    session: Session, wanted: Wanted, ids: CTE, keys: Sequence[Select[Any]], place: Place | None, limit: int
) -> tuple[int, Sequence[Row[Any]]]:
    """How many ids were gathered, which comes even when there are no rows, and the rows with these keys."""
    asked = rows(wanted, united(keys), place, limit).subquery()
    number = select(func.count().label("gathered")).select_from(ids).subquery()
    statement = select(asked, number.c.gathered).select_from(number.outerjoin(asked, true()))
    found = all_of(session, statement.order_by(*keyset.reading(wanted.order, place, asked.c)))
    return found[0].gathered, [row for row in found if row.id is not None]


# Keys


def few_of(wanted: Wanted) -> CTE:
    """The ids of what the filters leave, by whatever index; one more than a few when there are more."""
    return select(wanted.model.id).where(*wanted.filters).limit(FEW + 1).cte().prefix_with("MATERIALIZED")


def within(ids: CTE, most: int) -> ColumnElement[bool]:
    """Whether these are all that there are."""
    number = select(func.count()).select_from(ids).scalar_subquery()
    return number <= most


def only_if(session: Session, part: Select[Any], condition: ColumnElement[bool], limit: int) -> Select[Any]:
    """This part of a union, left out unless the condition holds, which is found out once and beforehand.

    SQLite would ask it again for each row, but not for a limit; PostgreSQL plans badly with a limit it does not know.
    """
    if not is_postgresql(session):
        return part.limit(case((condition, limit), else_=0))
    return part.where(condition).limit(limit)


def among(wanted: Wanted, ids: CTE, place: Place | None) -> list[Select[Any]]:
    """Of these ids the ones after the place that the filters leave, in no order."""
    keys = joined(wanted).where(wanted.model.id.in_(select(ids.c.id)), *wanted.filters)
    return [part.order_by(None) for part in keyset.parts(keys, wanted.order, place)]


def in_order(session: Session, wanted: Wanted, place: Place | None) -> Sequence[Select[Any]]:
    """The ids of what the filters leave after the place, read along the order."""
    filters = [unindexed(session, wanted, clause) for clause in wanted.filters]
    return keyset.parts(joined(wanted, session).where(*filters), wanted.order, place)


def is_foreign(wanted: Wanted) -> bool:
    """Whether the list is sorted by a column of what it refers to, such as the author's name."""
    return wanted.order.by.class_ is not wanted.model


def joined(wanted: Wanted, session: Session | None = None) -> Select[Any]:
    """Select ids alone, joined with what the list is sorted by."""
    statement: Select[Any] = select(wanted.model.id)
    if not is_foreign(wanted):
        return statement
    attr = wanted.resource.by_name[wanted.order.word].attr
    there = attr.property.mapper.class_
    onclause = there.id == foreign_key(attr)
    if session is not None:  # along the order, from what it refers to
        onclause = unindexed(session, wanted, onclause, there)
    return statement.join(there, onclause)


def unindexed(session: Session, wanted: Wanted, clause: Any, model: Any = None) -> Any:
    """The condition such that SQLite reads along the order and not by an index of this column: «+price = 7».

    It keeps no statistics that would tell it so. PostgreSQL does, and may choose.
    """
    if is_postgresql(session):
        return clause
    table = (model or wanted.model).__table__

    def plus(part: Any, **_: Any) -> ColumnElement[Any] | None:
        is_column = getattr(part, "table", None) is table
        return UnaryExpression(part, operator=custom_op("+"), type_=part.type) if is_column else None

    return replacement_traverse(clause, {}, plus)  # type: ignore[call-overload]


def united(parts: Sequence[Select[Any]]) -> Any:
    if len(parts) == 1:
        return parts[0]
    return union_all(*(select(part.subquery().c.id) for part in parts))


# Reading texts


def near(
    session: Session,
    wanted: Wanted,
    place: Place | None,
    limit: int,
    stretch: int,
    condition: ColumnElement[bool] | None = None,
) -> list[Select[Any]]:
    """The ids of matches within a stretch of the list, if the condition holds."""
    model = wanted.model
    texts = [model.id, model.search_key, *map(foreign_key, wanted.resource.search_related)]
    found = []
    for part in in_order(session, wanted, place):
        read = part.with_only_columns(*texts, maintain_column_froms=True)
        read = read.limit(stretch) if condition is None else only_if(session, read, condition, stretch)
        row = read.subquery().c
        found.append(select(row.id).where(*by_reading(wanted, row)).limit(limit))
    return found


def by_reading(wanted: Wanted, row: Any) -> list[ColumnElement[bool]]:
    """Conditions on a row: each term is in its own search text or in that of one of its references."""
    return [holds(wanted.resource, term, row) for term in wanted.terms]


def holds(resource: Resource, term: str, row: Any = None) -> ColumnElement[bool]:
    row = resource.model if row is None else row
    return or_(search.holds(row, term), *referring(resource, row, term))


def referring(resource: Resource, row: Any, term: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for attr in resource.search_related:
        target = attr.property.mapper.class_.__table__.alias().c
        here = getattr(row, foreign_key(attr).key)
        found.append(exists().where(target.id == here, search.holds(target, term)))
    return found


# Text indexes


def first_ids(session: Session, wanted: Wanted, most: int = records.COUNT_CAP) -> CTE:
    """All ids in which the terms are found, or one more than the most; gathered before anything else is done."""
    if wanted.gathered is not None:
        return wanted.gathered
    return by_index(session, wanted.resource, wanted.terms, most + 1).cte().prefix_with("MATERIALIZED")


def by_index(session: Session, resource: Resource, terms: Sequence[str], limit: int | None = None) -> Select[Any]:
    """The ids of the rows in which every term is found; at most `limit`."""
    branches = [ids_of_branch(session, resource, *dealt).limit(limit) for dealt in ways(resource, terms)]
    if len(branches) == 1:
        return branches[0]
    both = union(*(select(part.subquery().c.id) for part in branches)).subquery()
    return select(both.c.id).limit(limit)


def ways(resource: Resource, terms: Sequence[str]) -> list[tuple[dict[Any, list[str]], Sequence[str]]]:
    """Each term may be in the record or in one of its references: every way of dealing them out is a branch of a union,
    so that each can be answered by the indexes of one text.

    A way is the terms of each place (None is the record itself), and those that are looked for in what these find.
    """
    terms = sorted(terms, key=len, reverse=True)
    driving, others = terms[:DRIVING], terms[DRIVING:]
    places = (None, *resource.search_related)
    found: list[tuple[dict[Any, list[str]], Sequence[str]]] = []
    for dealt in product(places, repeat=len(driving)):
        shares = {place: [term for term, at in zip(driving, dealt, strict=True) if at is place] for place in places}
        found.append((shares, others))
    return found


def ids_of_branch(
    session: Session, resource: Resource, shares: dict[Any, list[str]], others: Sequence[str]
) -> Select[Any]:
    if not others and not any(terms for place, terms in shares.items() if place is not None):
        return search.ids(session, resource.model, shares[None])
    return select(resource.model.id.label("id")).where(*conditions_of(session, resource, shares, others))


def conditions_of(
    session: Session, resource: Resource, shares: dict[Any, list[str]], others: Sequence[str]
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        foreign_key(attr).in_(search.ids(session, attr.property.mapper.class_, terms))
        for attr, terms in shares.items()
        if attr is not None and terms
    ]
    found += [search.matching(session, resource.model, term) for term in shares[None]]
    return [*found, *(holds(resource, term) for term in others)]


def everything(session: Session, wanted: Wanted, place: Place | None, limit: int) -> list[Select[Any]]:
    """The ids of all matches, gathered by the text indexes and sorted: for what is frequent, and far away."""
    found = []
    for dealt in ways(wanted.resource, wanted.terms):
        keys = joined(wanted).where(*conditions_of(session, wanted.resource, *dealt), *wanted.filters)
        for part in keyset.parts(keys.add_columns(wanted.order.by.label("sort_value")), wanted.order, place):
            all_of_it = part.order_by(None).cte().prefix_with("MATERIALIZED")
            ordering = keyset.reading(wanted.order, place, all_of_it.c)
            found.append(select(all_of_it.c.id).order_by(*ordering).limit(limit))
    return found


def condition(session: Session, resource: Resource, terms: Sequence[str]) -> list[ColumnElement[bool]]:
    """The search as a condition of any statement, for whoever wants all of the rows."""
    return [resource.model.id.in_(by_index(session, resource, terms))] if terms else []


# Some of all


def some(session: Session, wanted: Wanted, *columns: Any) -> Select[Any]:
    """The ids (or these columns) of matches: all of them, or one more than the cap."""
    model, most = wanted.model, records.COUNT_CAP + 1
    statement: Select[Any] = select(*(columns or (model.id,))).where(*wanted.filters)
    if not wanted.terms:
        return statement.limit(most)
    gathered = first_ids(session, wanted)
    if not wanted.filters:  # then there is no other way to more than the cap
        return statement.where(model.id.in_(select(gathered.c.id)))
    is_all = within(gathered, records.COUNT_CAP)
    indexed = only_if(session, statement.where(model.id.in_(select(gathered.c.id))), is_all, most)
    read = only_if(session, statement.where(*by_reading(wanted, model)), not_(is_all), most)
    both = union_all(select(*indexed.subquery().c), select(*read.subquery().c)).subquery()
    return select(*both.c).limit(most)
