"""Reading history, newest first and a page at a time: of the whole catalogue, of one change set, of one record.

Every statement is bounded, however long history is: it walks one index in the order of ids, and where filters have no
common index it looks through no more than SCANNED entries before it says how far it came.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from models.base import Record
from models.change import Change, ChangeSet
from models.user import User
from services import snapshots

SCANNED = 10_000
MANY = 1_000  # the records of one set are counted no further
SHOWN = 3  # of the records of a set, on a page of sets
PEOPLE = 50
SKEW = timedelta(hours=1)  # ids follow the clock no closer than this
NOBODY = 0  # «by nobody»: what no user did, but a command

SETS: Any = ChangeSet.__table__
CHANGES: Any = Change.__table__


@dataclass(frozen=True)
class Wanted:
    """What one wants to see of history. `entities`: only these (None: all). `until` is exclusive."""

    by: int | None = None
    kinds: Sequence[str] = ()
    entity: str | None = None
    entities: Sequence[str] | None = None
    field: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Place:
    """Where a page begins: older than `after`, or newer than `before` (0: the oldest there are)."""

    after: int | None = None
    before: int | None = None


@dataclass(frozen=True)
class Page:
    """`newer` and `older` are the ids from which the neighbouring pages begin, or None at the ends."""

    rows: Sequence[Any]
    newer: int | None = None
    older: int | None = None


@dataclass(frozen=True)
class Brief:
    """The first changes of a set, and how many there are (MANY + 1: more than are counted)."""

    changes: Sequence[Any]
    count: int


# Change sets


def sets(session: Session, wanted: Wanted, place: Place, size: int) -> Page:
    """A page of change sets."""
    rows, end = some_sets(session, wanted, place, size + 1)
    backwards = place.before is not None
    more = rows[size:] or end is not None
    rows = rows[:size]
    edge = end if len(rows) < size and end is not None else rows[-1].id if rows else None
    if backwards and not more and len(rows) < size and place.before:
        return sets(session, wanted, Place(), size)  # the newest page, filled
    if backwards:
        rows = rows[::-1]
        return Page(rows, edge if more else None, rows[-1].id if rows and place.before else None)
    return Page(rows, (rows[0].id if rows else None) if place.after else None, edge if more else None)


def some_sets(session: Session, wanted: Wanted, place: Place, limit: int) -> tuple[list[Any], int | None]:
    """The next rows in reading direction, and the id up to which was looked when that was not far enough."""
    keyed, rest = conditions(wanted)
    backwards = place.before is not None
    walk = select(SETS).where(*(test(SETS.c) for test in keyed), *bounds(wanted), *beyond(place))
    walk = walk.order_by(SETS.c.id.asc() if backwards else SETS.c.id.desc())
    if not rest:
        return list(session.execute(walk.limit(limit))), None
    looked = walk.limit(SCANNED).subquery()
    matching = select(looked).where(*(test(looked.c) for test in rest))
    ordered = matching.order_by(looked.c.id.asc() if backwards else looked.c.id.desc())
    rows = list(session.execute(ordered.limit(limit)))
    if len(rows) == limit:
        return rows, None
    last = walk.with_only_columns(SETS.c.id).offset(SCANNED - 1).limit(1)
    return rows, session.scalar(last)


Test = Callable[[Any], Any]


def conditions(wanted: Wanted) -> tuple[list[Test], list[Test]]:
    """The one filter whose index is walked, and the rest."""
    tests: list[Test] = []
    if wanted.by is not None:
        tests.append(lambda c: c.actor_id.is_(None) if wanted.by == NOBODY else c.actor_id == wanted.by)
    if len(wanted.kinds) == 1:
        tests.append(lambda c: c.kind == wanted.kinds[0])
    if wanted.entity is not None:
        tests.append(lambda c: c.entity == wanted.entity)
    keyed, rest = tests[:1], tests[1:]
    if len(wanted.kinds) > 1:
        rest.append(lambda c: c.kind.in_(wanted.kinds))
    if wanted.entities is not None:
        rest.append(lambda c: c.entity.in_(wanted.entities))
    if wanted.since is not None:
        rest.append(lambda c: c.at >= wanted.since)
    if wanted.until is not None:
        rest.append(lambda c: c.at < wanted.until)
    return keyed, rest


def bounds(wanted: Wanted) -> list[Any]:
    """Between which ids a span of time lies; generously, so that the times themselves decide."""
    first = select(SETS.c.id).order_by(SETS.c.at, SETS.c.id).limit(1)
    found = []
    if wanted.since is not None:
        found.append(SETS.c.id >= first.where(SETS.c.at >= wanted.since - SKEW).scalar_subquery())
    if wanted.until is not None:
        start = first.where(SETS.c.at >= wanted.until + SKEW).scalar_subquery()
        found.append(SETS.c.id < func.coalesce(start, literal(2**62)))
    return found


def beyond(place: Place) -> list[Any]:
    if place.before is not None:
        return [SETS.c.id > place.before] if place.before else []
    return [SETS.c.id < place.after] if place.after is not None else []


def number_of_sets(session: Session, wanted: Wanted) -> tuple[int, bool]:
    """How many sets match among the newest SCANNED, and whether there are more to look through."""
    keyed, rest = conditions(wanted)
    walk = select(SETS).where(*(test(SETS.c) for test in keyed), *bounds(wanted)).order_by(SETS.c.id.desc())
    looked = walk.limit(SCANNED + 1).subquery()
    matching = func.count().filter(*(test(looked.c) for test in rest)) if rest else func.count()
    total, seen = session.execute(select(matching, func.count()).select_from(looked)).one()
    return min(total, SCANNED), seen > SCANNED


def people(session: Session) -> list[tuple[int, str]]:
    """(id, name) of the first people who wrote anything, in the order of their names; found by hops over an index."""
    lowest = select(func.min(SETS.c.actor_id))
    hops = select(lowest.scalar_subquery().label("id"), literal(1).label("hop")).cte("hops", recursive=True)
    following = lowest.where(SETS.c.actor_id > hops.c.id).scalar_subquery()
    hops = hops.union_all(select(following, hops.c.hop + 1).where(hops.c.id.is_not(None), hops.c.hop < PEOPLE))
    last = select(SETS.c.actor).where(SETS.c.actor_id == hops.c.id).order_by(SETS.c.id.desc()).limit(1)
    name = func.coalesce(User.display_name, last.scalar_subquery())
    statement = select(hops.c.id, name).join(User, User.id == hops.c.id, isouter=True).where(hops.c.id.is_not(None))
    return sorted(((row[0], row[1]) for row in session.execute(statement)), key=lambda one: one[1].casefold())


# What belongs to a set


def briefs(session: Session, set_ids: Sequence[int], entities: Sequence[str] | None) -> dict[int, Brief]:
    """Set id → its first changes and their number, in two statements for any number of sets."""
    if not set_ids:
        return {}
    mine = [CHANGES.c.set_id == SETS.c.id, *visible(entities)]
    ordered = select(CHANGES.c.id).where(*mine).order_by(CHANGES.c.step, CHANGES.c.entity, CHANGES.c.record_id)
    first = [ordered.offset(place).limit(1).correlate(SETS).scalar_subquery() for place in range(SHOWN)]
    few = select(literal(1)).where(*mine).limit(MANY + 1).correlate(SETS).subquery()
    number = select(func.count()).select_from(few).scalar_subquery()
    rows = session.execute(select(SETS.c.id, number, *first).where(SETS.c.id.in_(set_ids))).all()
    ids = [change_id for row in rows for change_id in row[2:] if change_id is not None]
    found = {row.id: row for row in session.execute(select(CHANGES).where(CHANGES.c.id.in_(ids)))}
    return {row[0]: Brief([found[one] for one in row[2:] if one is not None], row[1]) for row in rows}


def visible(entities: Sequence[str] | None) -> list[Any]:
    return [] if entities is None else [CHANGES.c.entity.in_(entities)]


def of_set(
    session: Session, set_id: int, entities: Sequence[str] | None, after: int | None, size: int
) -> tuple[Sequence[Any], int | None]:
    """A page of the changes of a set in the order of writing, and the id after which the next begins."""
    order = (CHANGES.c.step, CHANGES.c.entity, CHANGES.c.record_id)
    statement = select(CHANGES).where(CHANGES.c.set_id == set_id, *visible(entities)).order_by(*order)
    if after is not None:
        here = session.execute(select(*order).where(CHANGES.c.id == after, CHANGES.c.set_id == set_id)).one_or_none()
        if here is not None:
            statement = statement.where(tuple_(*order) > tuple_(*(literal(value) for value in here)))
    rows = session.execute(statement.limit(size + 1)).all()
    return rows[:size], rows[size - 1].id if len(rows) > size else None


# One record


def of_record(
    session: Session, parts: Sequence[tuple[str, int]], wanted: Wanted, after: int | None, size: int
) -> tuple[Sequence[Any], int | None]:
    """A page of a record's changes with their sets, newest first, and the id after which older ones begin.

    `parts`: (entity, id) of the record, and of what belongs to it alone.
    """
    statement = select(CHANGES, *named_set()).join(SETS, SETS.c.id == CHANGES.c.set_id).where(belongs_to(parts))
    if wanted.by is not None:
        statement = statement.where(SETS.c.actor_id.is_(None) if wanted.by == NOBODY else SETS.c.actor_id == wanted.by)
    if wanted.field is not None:
        statement = statement.where(mentions(wanted.field))
    if wanted.since is not None:
        statement = statement.where(SETS.c.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(SETS.c.at < wanted.until)
    if after is not None:
        statement = statement.where(CHANGES.c.id < after)
    rows = session.execute(statement.order_by(CHANGES.c.id.desc()).limit(size + 1)).all()
    return rows[:size], rows[size - 1].id if len(rows) > size else None


def named_set() -> list[Any]:
    columns = ("at", "actor_id", "actor", "kind", "sentence", "undoes_id", "request_id")
    return [SETS.c[name] for name in columns]


def belongs_to(parts: Sequence[tuple[str, int]]) -> Any:
    return or_(*(and_(CHANGES.c.entity == entity, CHANGES.c.record_id == record_id) for entity, record_id in parts))


def mentions(field: str) -> Any:
    """Whether the list of names «a,b» holds this one."""
    listed = literal(",") + CHANGES.c.fields + literal(",")
    return listed.contains(f",{field},", autoescape=True)


def number_of_changes(session: Session, parts: Sequence[tuple[str, int]]) -> int:
    few = select(literal(1)).select_from(CHANGES).where(belongs_to(parts)).limit(MANY + 1).subquery()
    return int(session.scalar(select(func.count()).select_from(few)) or 0)


def people_of(session: Session, parts: Sequence[tuple[str, int]]) -> list[tuple[int, str]]:
    """(id, name) of who changed this record; of several names of one person, any."""
    statement = select(SETS.c.actor_id, func.max(SETS.c.actor)).join(CHANGES, SETS.c.id == CHANGES.c.set_id)
    rows = session.execute(statement.where(belongs_to(parts)).group_by(SETS.c.actor_id).limit(PEOPLE)).all()
    found = [(row[0], row[1]) for row in rows if row[0] is not None]
    nobody = [(NOBODY, "Command line")] if any(row[0] is None for row in rows) else []
    return [*sorted(found, key=lambda one: one[1].casefold()), *nobody]


def after_change(session: Session, entity: str, record_id: int, change_id: int) -> dict[str, Any]:
    """Field → value right after this change, of the fields of the record (or its part) that have changed since.

    Values are in the form of services/snapshots.py; for links they are steps, which `links_after` walks.
    """
    found: dict[str, Any] = {}
    for row in since(session, entity, record_id, change_id):
        for name, value in (row.before or {}).items():
            found.setdefault(name, value)
    return found


def since(session: Session, entity: str, record_id: int, change_id: int) -> Sequence[Any]:
    """The later changes of a record, the oldest first."""
    columns = (CHANGES.c.id, CHANGES.c.action, CHANGES.c.before, CHANGES.c.after)
    same = (CHANGES.c.entity == entity) & (CHANGES.c.record_id == record_id)
    return session.execute(select(*columns).where(same, CHANGES.c.id > change_id).order_by(CHANGES.c.id)).all()


def links_after(session: Session, change: Any, name: str, held: Iterable[int]) -> set[int]:
    """The ids a record was linked to right after this change; `held` are those it is linked to now."""
    ids = set(held)
    for row in reversed(since(session, change.entity, change.record_id, change.id)):
        if row.action == "update" and name in (row.before or {}):
            ids = ids - set(row.after[name]) | set(row.before[name])
        elif row.action == "delete":
            ids = set((row.before or {}).get(name, ()))
    return ids


KEY = ("entity", "record_id")


def last_labels(session: Session, wanted: Mapping[str, Iterable[int]]) -> dict[tuple[str, int], str]:
    """(entity, id) → the last name in history of records that are gone, in one statement."""
    pairs = [(entity, list(ids)) for entity, ids in wanted.items() if ids]
    if not pairs:
        return {}
    gone = or_(*(and_(CHANGES.c.entity == entity, CHANGES.c.record_id.in_(ids)) for entity, ids in pairs))
    last = (
        select(func.max(CHANGES.c.id)).where(gone, CHANGES.c.action == "delete").group_by(*(CHANGES.c[n] for n in KEY))
    )
    rows = session.execute(select(CHANGES.c.entity, CHANGES.c.record_id, CHANGES.c.label).where(CHANGES.c.id.in_(last)))
    return {(row.entity, row.record_id): row.label for row in rows}


# Deletions


def main_record(session: Session, set_ids: Sequence[int]) -> dict[int, Any]:
    """Set id → the deleted record that its sentence speaks of: of the set's own entity, the last to go."""
    if not set_ids:
        return {}
    mine = [CHANGES.c.set_id == SETS.c.id, CHANGES.c.entity == SETS.c.entity, CHANGES.c.action == "delete"]
    last = select(CHANGES.c.id).where(*mine).order_by(CHANGES.c.step.desc(), CHANGES.c.record_id).limit(1)
    ids = select(last.correlate(SETS).scalar_subquery()).where(SETS.c.id.in_(set_ids))
    columns = (CHANGES.c.id, CHANGES.c.set_id, CHANGES.c.entity, CHANGES.c.record_id, CHANGES.c.label)
    return {row.set_id: row for row in session.execute(select(*columns).where(CHANGES.c.id.in_(ids)))}


def existing(session: Session, model: type[Record], ids: Iterable[int]) -> set[int]:
    """Which of these records are there."""
    table = snapshots.table_of(model)
    wanted = list(ids)
    return set(session.execute(select(table.c.id).where(table.c.id.in_(wanted))).scalars()) if wanted else set()
