"""Undo: take back one change set, exactly, as a new change set. What was changed since is named and left alone.

The set's steps are taken back in reverse. Updates go set-based, by the same bulk statements as any change; deleted
records come back with their ids, their links and their children; created ones go, unless somebody has used them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, inspect, join, literal, select
from sqlalchemy.orm import Session, aliased

from extensions import dialect_of
from models.base import Model, Record
from models.change import Change, ChangeSet
from models.user import Role, User
from services import aside, bulk, changes, returning, snapshots
from services.unit_of_work import Refused, models_by_table

NAMED = 50  # how many records left alone are named
NOT_RESTORED = {("users", "role")}


@dataclass(frozen=True)
class Left:
    """A record that an undo leaves alone, and why."""

    entity: str
    record_id: int
    label: str
    reason: str


@dataclass
class Outcome:
    done: int = 0
    left: list[Left] = field(default_factory=list)
    left_count: int = 0

    def leave(self, rows: Iterable[tuple[str, int, str]], reason: str, count: int | None = None) -> None:
        named = [Left(entity, record_id, label, reason) for entity, record_id, label in rows]
        self.left_count += len(named) if count is None else count
        self.left = [*self.left, *named][:NAMED]


class Hindered(Exception):
    """Something changed since, and nobody has said yet that it may be skipped."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.left_count} records changed since.")
        self.outcome = outcome


@dataclass(frozen=True)
class Group:
    """The changes of one step that are alike: same table, same action, same fields."""

    set_id: int
    step: int
    entity: str
    action: str
    fields: str
    count: int

    @property
    def model(self) -> type[Record]:
        return models_by_table()[self.entity]

    @property
    def names(self) -> list[str]:
        return self.fields.split(",") if self.fields else []

    @property
    def where(self) -> ColumnElement[bool]:
        same = (Change.set_id == self.set_id) & (Change.step == self.step) & (Change.entity == self.entity)
        return same & (Change.action == self.action) & (Change.fields == self.fields)


def undo(session: Session, change_set: ChangeSet, skip: bool, permit: Callable[[str, str], None]) -> Outcome:
    """Take the change set back. `permit(verb, entity)` raises when the person may not.

    Raises Hindered when records were changed since and `skip` is False; Refused when it was taken back already.
    """
    if taken_back(session, change_set.id):
        raise Refused("This was taken back already.")
    changes.describe(session, "undo", sentence(change_set), change_set.entity, change_set.id)
    outcome = Outcome()
    found = groups(session, change_set.id)
    if not found:
        raise Refused("These records were generated: history counts them and keeps none of them one by one.")
    for group in found:
        permit(VERBS[group.action], group.entity)
    with shrinking(session, found):
        for group in found:
            TAKE_BACK[group.action](session, group, outcome)
    if outcome.left_count and not skip:
        raise Hindered(outcome)
    if any(group.model is User for group in found):
        keep_an_admin(session)
    return outcome


@contextmanager
def shrinking(session: Session, found: Sequence[Group]) -> Iterator[None]:
    """A set of many steps may have created most of a table: it shrinks once, and not at every step."""
    created = Counter[type[Record]]()
    for group in found:
        created[group.model] += group.count if group.action == "insert" else 0
    with ExitStack() as stack:
        for model, number in created.items():
            if number >= aside.LARGE:
                stack.enter_context(aside.shrinking(session, model, partial(int, number)))
        yield


BACK, AGAIN = "took back: ", "did again: "


def sentence(change_set: ChangeSet) -> str:
    """«took back: …»; of an undo that is undone «did again: …», however often."""
    said = change_set.sentence
    if said.startswith(BACK):
        return AGAIN + said.removeprefix(BACK)
    return BACK + said.removeprefix(AGAIN)


VERBS = {"insert": "delete", "update": "edit", "delete": "create"}


def taken_back(session: Session, set_id: int) -> bool:
    """Whether an undo of this set stands, that is, has not been taken back itself."""
    return standing_undos(session, [set_id])[set_id] is not None


def standing_undos(session: Session, set_ids: Sequence[int]) -> dict[int, Any]:
    """Set id → the undo of it that stands (id, undoes_id, actor_id, actor), or None."""
    columns = (ChangeSet.id, ChangeSet.undoes_id, ChangeSet.actor_id, ChangeSet.actor)
    chain = select(*columns).where(ChangeSet.undoes_id.in_(set_ids)).cte("chain", recursive=True)
    chain = chain.union_all(select(*columns).join(chain, ChangeSet.undoes_id == chain.c.id))
    last = {row.undoes_id: row for row in session.execute(select(chain).order_by(chain.c.id))}
    return {set_id: last[set_id] if is_undone(set_id, last) else None for set_id in set_ids}


def is_undone(set_id: int, last: Mapping[int, Any]) -> bool:
    """Each undo takes back the one before it, so an odd number of them leaves the set undone."""
    number = 0
    while set_id in last:
        set_id, number = last[set_id].id, number + 1
    return number % 2 == 1


def groups(session: Session, set_id: int) -> list[Group]:
    """Last step first; within a step records return before others point to them, and go after nobody does."""
    columns = (Change.step, Change.entity, Change.action, Change.fields)
    rows = session.execute(select(*columns, func.count()).where(Change.set_id == set_id).group_by(*columns)).all()
    found = [Group(set_id, *row) for row in rows]
    return sorted(found, key=lambda group: (-group.step, *place(group)))


def place(group: Group) -> tuple[int, int]:
    order = [table.name for table in Model.metadata.sorted_tables].index(group.entity)
    return {"delete": (0, order), "update": (1, order), "insert": (2, -order)}[group.action]


def keep_an_admin(session: Session) -> None:
    if not session.scalar(select(exists().where(User.role == Role.ADMIN, User.is_active))):
        raise Refused("Somebody has to be left who administers.")


# Updates


def take_back_updates(session: Session, group: Group, outcome: Outcome) -> None:
    if not group.names:
        return  # only its part changed, which has its own rows
    model = group.model
    columns = [name for name in group.names if restorable(group.entity, model, name)]
    lists = [name for name in group.names if name in snapshots.links(model)]
    if not columns and not lists:
        outcome.leave(some(session, group, Change.id > 0), "this is never restored by an undo", group.count)
        return
    table, dialect = snapshots.table_of(model), dialect_of(session)
    standing = still_so(session, group, columns)
    leave(session, group, outcome, ~exists(select(table.c.id).where(standing)), "changed since")
    if lists and not columns:
        outcome.done += max(restore_list(session, group, name) for name in lists)
    elif lists:
        outcome.done += restore_links(session, group, standing, columns, lists)
    else:
        earlier = {name: snapshots.read(Change.before, table.c[name], dialect) for name in columns}
        outcome.done += bulk.change(session, model, and_(group.where, standing), earlier)


def restorable(entity: str, model: type[Record], name: str) -> bool:
    return name in snapshots.columns(model) and (entity, name) not in NOT_RESTORED


def still_so(session: Session, group: Group, columns: Sequence[str]) -> ColumnElement[bool]:
    """Whether the record of a change is there, and its changed fields hold what the change gave them."""
    table, dialect = snapshots.table_of(group.model), dialect_of(session)
    same = [
        snapshots.kept_text(Change.after, name).is_not_distinct_from(
            snapshots.as_text(table.c[name], dialect)  # written alike by Python and by SQL
        )
        for name in columns
    ]
    return and_(table.c.id == Change.record_id, *same)


def restore_list(session: Session, group: Group, name: str) -> int:
    """Records of which only links changed: what was added is taken away, what was taken away is added, set-based."""
    take, give = (linked(session, group, snapshot, name) for snapshot in (Change.after, Change.before))
    return bulk.rewire(session, snapshots.links(group.model)[name], take, give)


def linked(session: Session, group: Group, snapshot: Any, name: str) -> Any:
    """Select (record id, other id) of a list of links that the group's changes keep."""
    other = returning.kept_links(session, snapshot, name)
    return select(Change.record_id, other.label("other")).where(group.where)


def restore_links(session: Session, group: Group, standing: Any, columns: Sequence[str], lists: Sequence[str]) -> int:
    """Records with lists of links go one by one: what was added is taken away, what was taken away is added."""
    rows = session.execute(
        select(Change.record_id, Change.before, Change.after).where(
            group.where, exists(select(snapshots.table_of(group.model).c.id).where(standing))
        )
    )
    found = rows.all()
    for record_id, before, after in found:
        record = session.get_one(group.model, record_id)
        for name, value in snapshots.decode_all(group.model, {n: before[n] for n in columns}).items():
            setattr(record, name, value)
        for name in lists:
            target = inspect(group.model).relationships[name].mapper.class_
            held = [other for other in getattr(record, name) if other.id not in after[name]]
            wanted = session.scalars(select(target).where(target.id.in_(before[name]))).all()
            setattr(record, name, [*held, *(other for other in wanted if other not in held)])
    session.flush()
    return len(found)


# Creations


def take_back_inserts(session: Session, group: Group, outcome: Outcome) -> None:
    """Delete what was created, if it is as it was and nothing leans on it. What is gone already is left out."""
    table = snapshots.table_of(group.model)
    there = exists().where(table.c.id == Change.record_id)
    changed = there & touched_since(session, group)
    leave(session, group, outcome, changed, "changed since")
    leaning = or_all([Change.record_id.in_(owners) for owners in owners_of_others(session, group)])
    used = there & ~touched_since(session, group) & leaning
    leave(session, group, outcome, used, "others belong to it by now")
    free = select(Change.record_id).where(group.where, there, ~touched_since(session, group), ~leaning)
    outcome.done += bulk.remove(session, group.model, table.c.id.in_(free.scalar_subquery()))


def touched_since(session: Session, group: Group) -> Any:
    """Whether another set than the one taken back, and this taking back itself, changed the record afterwards."""
    later, own = aliased(Change), [group.set_id, changes.plan_of(session).set_id or 0]
    same = (later.entity == Change.entity) & (later.record_id == Change.record_id)
    return exists().where(same, later.id > Change.id, later.set_id.not_in(own))


def owners_of_others(session: Session, group: Group) -> Iterator[Any]:
    """For each relationship to children or linked records: the ids, among the group's, that have some by now."""
    mine = select(Change.record_id).where(group.where)
    for relation in inspect(group.model).relationships:
        if relation.secondary is not None:
            # A post's own tags are part of it; a tag is used by posts that bear it, unless it came with them.
            if relation.mapper.class_.__tablename__ != "tags":
                yield linked_since(session, group, relation)
        elif relation.uselist:
            key = next(iter(relation.remote_side))
            yield select(key).where(key.in_(mine))


def linked_since(session: Session, group: Group, relation: Any) -> Any:
    """The group's records with a link that they did not have when they were created."""
    near = next(link for _, link in relation.synchronize_pairs)
    far = next(link for _, link in relation.secondary_synchronize_pairs)
    kept = returning.kept_links(session, Change.after, relation.key)
    had = exists(select(literal(1)).where(kept == far).correlate(Change.__table__, near.table))
    return select(near).select_from(join(near.table, Change, Change.record_id == near)).where(group.where, ~had)


def or_all(conditions: Sequence[Any]) -> Any:
    found: Any = Change.id < 0
    for condition in conditions:
        found = found | condition
    return found


# Deletions


def take_back_deletes(session: Session, group: Group, outcome: Outcome) -> None:
    """Insert the records again, whole, thousands at a time."""
    last = 0
    while rows := returning.deleted(session, group.model, group.where, last):
        last = rows[-1].record_id
        hindrances = returning.why_not(session, group.model, rows)
        for row in rows:
            if row.record_id in hindrances:
                outcome.leave([(group.entity, row.record_id, row.label)], hindrances[row.record_id])
        free = [row for row in rows if row.record_id not in hindrances]
        outcome.done += returning.insert_again(session, group.model, group.where, free)


# Words


def leave(session: Session, group: Group, outcome: Outcome, where: Any, reason: str) -> None:
    """Count what is left alone, and name the first of it."""
    count = number(session, group, where)
    if count:
        outcome.leave(some(session, group, where), reason, count)


def some(session: Session, group: Group, where: Any) -> list[tuple[str, int, str]]:
    statement = select(Change.record_id, Change.label).where(group.where, where).order_by(Change.id).limit(NAMED)
    return [(group.entity, record_id, label) for record_id, label in session.execute(statement)]


def number(session: Session, group: Group, where: Any) -> int:
    return int(session.scalar(select(func.count()).select_from(Change).where(group.where, where)) or 0)


TAKE_BACK: Mapping[str, Callable[[Session, Group, Outcome], None]] = {
    "insert": take_back_inserts,
    "update": take_back_updates,
    "delete": take_back_deletes,
}
