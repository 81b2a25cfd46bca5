"""How the rows of a list are found when something is asked of them, at the same speed whether few match or many.

Two ways lead to them, and neither is always fast. Reading along the list's order finds a frequent value at once and a
rare one never; the value's own index finds the rare one at once, and of a frequent one far too many rows to sort. No
planner knows which is which when nothing matches. So the database first gathers a bounded number of ids by the other
indexes; when these are all there are, they are sorted, and otherwise the list is read in its order.

For a search, the ids come from the text indexes. PostgreSQL collects a frequent term for seconds; therefore a stretch
of the list is read first, and when that does not fill the page, a sample of the table (admin/sampling.py) says what to
do: gather all that match when these are few, read on as far as the first of them seem to be, or gather and sort
everything by the text indexes or by those of the filters, whichever is sooner done. SQLite gives the first ids at once,
and is asked before. Too many ids tell about how many matches there are, and so how long a stretch is worth reading.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from admin import holding, keyset, records, sampling
from admin.attributes import foreign_key, label_of
from admin.holding import by_reading, within
from admin.keyset import Page, Place, Rows
from admin.statements import fixed, kept
from admin.wanted import Wanted
from services.sizes import size_of

FEW = 1_000  # rows that are sorted rather than met in order
PROBE = 2_000  # ids that the text indexes of SQLite are asked for
RARE = 10_000  # matches that PostgreSQL gathers without further thought
STRETCH = "stretch"

Build = Callable[[Wanted, Place | None, int], Select[Any]]


def page(session: Session, wanted: Wanted, place: Place | None, size: int) -> Page:
    """One page of a list."""
    read = searched if wanted.terms else in_one
    return keyset.paged(partial(read, session, wanted), wanted.order, place, size)


def ask(session: Session, build: Build, wanted: Wanted, place: Place | None, limit: int) -> Sequence[Row[Any]]:
    """Run what `build` puts together for this, without the ORM's preparations: there are no entities among the rows."""
    statement = kept(put_together, build, wanted, keyset.shape_of(place), limit)
    return session.connection().execute(statement, {**wanted.values, **keyset.values_of(place)}).all()


def put_together(build: Build, wanted: Wanted, shape: keyset.Shape | None, limit: int) -> Select[Any]:
    return build(wanted, keyset.place_of(wanted.order, shape), limit)


def in_one(session: Session, wanted: Wanted, place: Place | None, limit: int) -> Rows:
    """The next rows after the place of a list without a search."""
    is_plain = not (wanted.filters or is_foreign(wanted)) or (wanted.is_on_postgresql and wanted.is_plannable)
    found = ask(session, plain if is_plain else filtered, wanted, place, limit)
    return Rows(found, found[0] if found else None)


def plain(wanted: Wanted, place: Place | None, limit: int) -> Select[Any]:
    """Along the order, as the planner sees fit."""
    return keyset.ranged(shown(wanted).where(*wanted.filters), wanted.order, place, limit, wanted.beside)


def filtered(wanted: Wanted, place: Place | None, limit: int) -> Select[Any]:
    """Those of a few, or along the order."""
    few = few_of(wanted)
    sorted_few = [only_if(wanted, part, within(few, FEW), FEW) for part in among(wanted, few, place)]
    along = [only_if(wanted, part, not_(within(few, FEW)), limit) for part in in_order(wanted, place)]
    return rows(wanted, united([*sorted_few, *along]), place, limit).add_columns(*wanted.beside)


def searched(session: Session, wanted: Wanted, place: Place | None, limit: int) -> Rows:
    """The next rows after the place, by one way of looking after the other until one has found all there are."""
    beside, met = None, 0
    said: Any = None
    for build in first_ways(wanted):
        found = ask(session, build, wanted, place, limit)
        beside, said = beside or found[0], found[0] if "matches" in found[0]._fields else said
        some = [row for row in found if row.id is not None]
        if found[0].is_all or len(some) >= limit:
            return Rows(some, beside)
        met = max(met, len(some))
    for stretch in long_stretches(wanted, said, met, limit):
        longer = replace(wanted, values={**wanted.values, STRETCH: stretch})
        found = ask(session, long_look, longer, place, limit)
        if len(found) >= limit:
            return Rows(found, beside)
    return Rows(ask(session, last_way(wanted, said), wanted, place, limit), beside)


def first_ways(wanted: Wanted) -> Sequence[Build]:
    """SQLite has ids of a text index sooner than it has read a stretch."""
    if wanted.is_on_postgresql:
        return first_look, gather_rare
    return (probe, first_look) if all(term.has_trigram for term in wanted.terms) else (first_look, probe)


def last_way(wanted: Wanted, said: Any) -> Build:
    """The text indexes with those of the filters, unless these alone find far less."""
    return through_filters if wanted.is_on_postgresql and said.fitting * 10 < said.found else everything


def short_stretch(wanted: Wanted) -> int:
    """How many rows are read on trial."""
    return 20_000 if reads_fast(wanted) else 2_000


def long_stretches(wanted: Wanted, said: Any, met: int, limit: int) -> list[int]:
    """How many rows to read, first and then, as far as that takes less time than to gather and sort all that match.

    As if the matches lay on as thick as those that a short stretch has met, as if they were spread evenly over the
    table, and to where the first of a sample are.
    """
    last, matches = short_stretch(wanted), max(int(said.matches), 1)
    if not wanted.is_on_postgresql:
        return [stretch for stretch in [min(matches * 3 // 4, 200_000)] if stretch > last]
    likely = [last * limit / met if met else 0, said.size * limit / matches, said.distance or 0]
    most, worth = matches * 15 if reads_fast(wanted) else matches, []
    for stretch in sorted(int(number * 1.5) for number in likely):
        if last < stretch <= most:
            worth.append(stretch)
            last = stretch * 2
    return worth


def reads_fast(wanted: Wanted) -> bool:
    """In the usual order PostgreSQL reads along the overview (models/base.py) alone, which is ten times as fast."""
    return wanted.is_on_postgresql and wanted.order.word == wanted.resource.sort.removeprefix("-")


def first_look(wanted: Wanted, place: Place | None, limit: int) -> Select[Any]:
    """Among a few when these are all there are, else within a short stretch, which may be all of the table."""
    few, tests, stretch = few_of(wanted), by_reading(wanted, wanted.model), short_stretch(wanted)
    are_few = within(few, FEW)
    sorted_few = [only_if(wanted, part.where(*tests), are_few, FEW) for part in among(wanted, few, place)]
    found = united(near(wanted, place, limit, stretch, not_(are_few))).cte().prefix_with("MATERIALIZED")
    every = select(wanted.model.id).limit(fixed(stretch + 1)).cte().prefix_with("MATERIALIZED")
    was_everything = and_(within(found, limit - 1), within(every, stretch))
    keys = [*sorted_few, select(found.c.id)]
    return judged(wanted, keys, place, limit, is_all=or_(are_few, was_everything))


def probe(wanted: Wanted, place: Place | None, limit: int) -> Select[Any]:
    """Among the ids that the text indexes give, when these are all."""
    gathered = holding.first_ids(wanted, PROBE)
    is_all = within(gathered, PROBE)
    keys = [only_if(wanted, part, is_all, PROBE) for part in among(wanted, gathered, place)]
    return judged(wanted, keys, place, limit, is_all=is_all, matches=matches_about(wanted, gathered))


def gather_rare(wanted: Wanted, place: Place | None, limit: int) -> Select[Any]:
    """All matches when a sample has said that there are not many; else what it says of them."""
    sample, share = sampled(wanted, place), sampling.share(wanted.model)
    is_rare = sampling.number(sample, sample.c.is_found) * share <= fixed(RARE)
    gathered = [all_by(wanted, way, RARE + 1, is_rare) for way in holding.ways(wanted)]
    is_all = case((is_rare, and_(*(within(found, RARE) for found in gathered))), else_=False)
    is_match, ordering = and_(sample.c.fits, sample.c.is_found), keyset.reading(wanted.order, place, sample.c)
    distance = case((not_(is_rare), sampling.distance(sample, is_match, ordering) * share))
    keys = [first_of(wanted, found, place, limit) for found in gathered]
    numbers = {"matches": is_match, "found": sample.c.is_found, "fitting": sample.c.fits}
    said = {name: sampling.number(sample, condition) * share for name, condition in numbers.items()}
    size = size_of("postgresql", wanted.model)
    return judged(wanted, keys, place, limit, is_all=is_all, distance=distance, size=size, **said)


def sampled(wanted: Wanted, place: Place | None) -> CTE:
    """Of a sample of the rows after the place: where each stands in the order, whether it is found, the filters fit."""
    columns = (*texts_of(wanted), fits(wanted), sort_value(wanted))
    read = joined(wanted).with_only_columns(*columns, maintain_column_froms=True)
    parts = keyset.parts(read, wanted.order, place)
    row = sampling.sampled(wanted.model, [part.order_by(None) for part in parts]).c
    is_found = and_(*by_reading(wanted, row)).label("is_found")
    return select(row.id, row.sort_value, row.fits, is_found).cte().prefix_with("MATERIALIZED")


def matches_about(wanted: Wanted, gathered: CTE) -> Any:
    """About how many there are of which the first ids were gathered: as many to all rows as these to those before."""
    last = select(func.max(gathered.c.id)).scalar_subquery()
    return fixed(PROBE) * size_of(wanted.database.dialect, wanted.model) / last


def long_look(wanted: Wanted, place: Place | None, limit: int) -> Select[Any]:
    """Within a stretch that is given."""
    keys = united(near(wanted, place, limit, bindparam(STRETCH, type_=Integer)))
    return rows(wanted, keys, place, limit)


def everything(wanted: Wanted, place: Place | None, limit: int) -> Select[Any]:
    """All matches, gathered by the text indexes and sorted: for what is frequent, and far away."""
    gathered = [all_by(wanted, way) for way in holding.ways(wanted)]
    return rows(wanted, united([first_of(wanted, keys, place, limit) for keys in gathered]), place, limit)


def through_filters(wanted: Wanted, place: Place | None, limit: int) -> Select[Any]:
    """All that the filters leave, by their own indexes, read and sorted."""
    keys = joined(wanted).add_columns(sort_value(wanted)).where(*wanted.filters, *by_reading(wanted, wanted.model))
    gathered = keys.cte().prefix_with("MATERIALIZED")
    return rows(wanted, first_of(wanted, gathered, place, limit), place, limit)


def all_by(
    wanted: Wanted, way: holding.Way, most: int | None = None, condition: ColumnElement[bool] | None = None
) -> CTE:
    """All ids that a way of the search leads to, or at most so many, and where they stand in the order."""
    keys = joined(wanted).add_columns(sort_value(wanted)).where(*holding.conditions_of(wanted, *way), *wanted.filters)
    gathered = (keys if condition is None else keys.where(condition)).cte().prefix_with("MATERIALIZED")
    return gathered if most is None else select(gathered).limit(fixed(most)).cte().prefix_with("MATERIALIZED")


def first_of(wanted: Wanted, keys: CTE, place: Place | None, limit: int) -> Select[Any]:
    """The first of these ids after the place."""
    after = keyset.follows(wanted.order, place, keys.c)
    return select(keys.c.id).where(after).order_by(*keyset.reading(wanted.order, place, keys.c)).limit(fixed(limit))


def shown(wanted: Wanted) -> Select[Any]:
    statement = records.rows(wanted.resource, wanted.columns, wanted.order.word)
    return statement.add_columns(label_of(wanted.model).label("label")) if wanted.is_labelled else statement


def rows(wanted: Wanted, keys: Any, place: Place | None, limit: int) -> Select[Any]:
    """The rows with these few ids, in reading direction."""
    statement = shown(wanted).add_columns(sort_value(wanted))
    return statement.where(wanted.model.id.in_(keys)).order_by(*keyset.reading(wanted.order, place)).limit(fixed(limit))


def sort_value(wanted: Wanted) -> Any:
    return wanted.order.by.label("sort_value")


def judged(
    wanted: Wanted, keys: Sequence[Select[Any]], place: Place | None, limit: int, is_all: Any, **said: Any
) -> Select[Any]:
    """The rows with these keys, and even when there are none, whether these are all, and what else is said."""
    asked = rows(wanted, united(keys), place, limit).subquery()
    verdict = select(is_all.label("is_all"), *(value.label(name) for name, value in said.items())).subquery()
    statement = select(asked, *verdict.c, *wanted.beside).select_from(verdict.outerjoin(asked, true()))
    return statement.order_by(*keyset.reading(wanted.order, place, asked.c))


# Keys


def few_of(wanted: Wanted) -> CTE:
    """The ids of what the filters leave, by whatever index; one more than a few when there are more."""
    return select(wanted.model.id).where(*wanted.filters).limit(fixed(FEW + 1)).cte().prefix_with("MATERIALIZED")


def only_if(wanted: Wanted, part: Select[Any], condition: ColumnElement[bool], limit: Any) -> Select[Any]:
    """This part of a union, left out unless the condition holds, which is found out once and beforehand.

    SQLite would ask it again for each row, but not for a limit; PostgreSQL plans badly with a limit it does not know.
    """
    if not wanted.is_on_postgresql:
        return part.limit(case((condition, fixed(limit)), else_=fixed(0)))
    return part.where(condition).limit(fixed(limit))


def among(wanted: Wanted, ids: CTE, place: Place | None) -> list[Select[Any]]:
    """Of these ids the ones after the place that the filters leave, in no order."""
    keys = joined(wanted).where(wanted.model.id.in_(select(ids.c.id)), *wanted.filters)
    return [part.order_by(None) for part in keyset.parts(keys, wanted.order, place)]


def in_order(wanted: Wanted, place: Place | None) -> Sequence[Select[Any]]:
    """The ids of what the filters leave after the place, read along the order."""
    filters = [unindexed(wanted, clause) for clause in wanted.filters]
    return keyset.parts(joined(wanted, is_in_order=True).where(*filters), wanted.order, place)


def is_foreign(wanted: Wanted) -> bool:
    """Whether the list is sorted by a column of what it refers to, such as the author's name."""
    return wanted.order.by.class_ is not wanted.model


def joined(wanted: Wanted, is_in_order: bool = False) -> Select[Any]:
    """Select ids alone, joined with what the list is sorted by; from that, to read along the order."""
    statement: Select[Any] = select(wanted.model.id)
    if not is_foreign(wanted):
        return statement
    attr = wanted.resource.by_name[wanted.order.word].attr
    there = attr.property.mapper.class_
    onclause = there.id == foreign_key(attr)
    if is_in_order:
        onclause = unindexed(wanted, onclause, there)
    return statement.join(there, onclause)


def unindexed(wanted: Wanted, clause: Any, model: Any = None) -> Any:
    """The condition such that SQLite reads along the order and not by an index of this column: «+price = 7».

    It keeps no statistics that would tell it so. PostgreSQL does, and may choose; but not begin with the records that a
    filter names, which it takes for few.
    """
    if wanted.is_on_postgresql:
        return clause.is_(true()) if any(isinstance(part, Select) for part in iterate(clause)) else clause
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
    wanted: Wanted, place: Place | None, limit: int, stretch: Any, condition: ColumnElement[bool] | None = None
) -> list[Select[Any]]:
    """The ids of matches within a stretch of the list, if the condition holds."""
    first, *rest = in_order(unfiltered(wanted), place)
    read = stretch_of(wanted, first, stretch, condition)
    if not rest:
        return [matching(wanted, read.subquery().c, limit)]
    # Where rows without a value follow, they may only when those with one were read to their end.
    (following,), begun = rest, read.cte().prefix_with("MATERIALIZED")
    ids = matching(wanted, begun.c, limit).cte().prefix_with("MATERIALIZED")
    conditions = [within(ids, limit - 1), within(begun, stretch - 1), *([] if condition is None else [condition])]
    read = stretch_of(wanted, following, stretch, and_(*conditions))
    return [select(ids.c.id), matching(wanted, read.subquery().c, limit)]


def stretch_of(wanted: Wanted, part: Select[Any], stretch: Any, condition: ColumnElement[bool] | None) -> Select[Any]:
    """So many rows, as far as is needed to read their texts."""
    read = part.with_only_columns(*texts_of(wanted), fits(wanted), maintain_column_froms=True)
    return read.limit(fixed(stretch)) if condition is None else only_if(wanted, read, condition, stretch)


def texts_of(wanted: Wanted) -> list[Any]:
    """The id, and what is needed to read a row's texts."""
    return [wanted.model.id, wanted.model.search_key, *map(foreign_key, wanted.resource.search_related)]


def unfiltered(wanted: Wanted) -> Wanted:
    """PostgreSQL looks at the filters afterwards: else a stretch of what a filter leaves could be all of the table."""
    return replace(wanted, filters=()) if wanted.is_on_postgresql else wanted


def fits(wanted: Wanted) -> Any:
    """Whether the filters leave a row."""
    return and_(true(), *(wanted.filters if wanted.is_on_postgresql else ())).label("fits")


def matching(wanted: Wanted, row: Any, limit: int) -> Select[Any]:
    return select(row.id).where(row.fits, *by_reading(wanted, row)).limit(fixed(limit))


# Some of all


def some(wanted: Wanted, *columns: Any) -> Select[Any]:
    """The ids (or these columns) of matches: all of them, or one more than the cap."""
    model, most = wanted.model, fixed(records.COUNT_CAP + 1)
    statement: Select[Any] = select(*(columns or (model.id,))).where(*wanted.filters)
    if not wanted.terms:
        return statement.limit(most)
    gathered = holding.first_ids(wanted)
    if not wanted.filters:  # then there is no other way to more than the cap
        return statement.where(model.id.in_(select(gathered.c.id)))
    is_all = within(gathered, records.COUNT_CAP)
    indexed = only_if(wanted, statement.where(model.id.in_(select(gathered.c.id))), is_all, most)
    read = only_if(wanted, statement.where(*by_reading(wanted, model)), not_(is_all), most)
    both = union_all(select(*indexed.subquery().c), select(*read.subquery().c)).subquery()
    return select(*both.c).limit(most)
