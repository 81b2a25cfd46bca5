"""A bulk action and the records it is for: what would happen to each, shown before, compared and carried out after."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Select, and_, func, select, true
from sqlalchemy.orm import Session

from admin import diffs, effects
from admin.attributes import label_of
from admin.effects import Effect
from admin.entries import Line, line
from admin.resource import Resource
from admin.selection import Selection
from services import changes
from services.unit_of_work import Conflict, Refused

NAMED = 10  # rows that a preview names, of those that change and of those that cannot
CHANGES, IS_SO = 0, -1


@dataclass(frozen=True)
class Task:
    session: Session
    picked: Selection
    effect: Effect

    @property
    def resource(self) -> Resource:
        return self.picked.query.resource

    @property
    def model(self) -> Any:
        return self.resource.model

    @property
    def chosen(self) -> Any:
        """All records that were selected."""
        return and_(true(), *self.picked.where(self.session))

    @property
    def changing(self) -> Any:
        """Those of them that change."""
        return and_(self.chosen, effects.state_of(self.effect) == CHANGES)

    @property
    def ids(self) -> Select[Any]:
        ids: Select[Any] = select(self.model.id).where(self.changing)
        return ids


@dataclass(frozen=True)
class Numbers:
    """How many records change, are so already or cannot, and the stamp of their versions."""

    counts: Mapping[int, int] = field(default_factory=dict)
    stamp: int = 0

    @property
    def changing(self) -> int:
        return self.counts.get(CHANGES, 0)

    @property
    def already(self) -> int:
        return self.counts.get(IS_SO, 0)

    @property
    def hindered(self) -> int:
        return sum(number for state, number in self.counts.items() if state > 0)

    def __str__(self) -> str:
        return f"{self.changing} {self.hindered} {self.already} {self.stamp}"


@dataclass(frozen=True)
class Preview:
    """The numbers, how many are gone, the first of those that change and of those that cannot: id, label, reason."""

    numbers: Numbers
    gone: int
    lines: Sequence[Line]
    stopped: Sequence[tuple[int, str, str]]


def counted(resource: Resource, number: int) -> str:
    return f"{number:,} {resource.singular if number == 1 else resource.plural}"


# Before


def preview(task: Task) -> Preview:
    """Three statements, however many records: the numbers, the first that change, the first that cannot."""
    numbers, asked_for = numbers_of(task), len(task.picked.ids)
    gone = asked_for - sum(numbers.counts.values()) if asked_for else 0
    return Preview(numbers, gone, first_changes(task), first_stopped(task))


def numbers_of(task: Task, lock: bool = False) -> Numbers:
    """With `lock` the records stay as they are until the end."""
    table: Any = task.model.__table__
    state = effects.state_of(task.effect).label("state")
    rows = select(table.c.id, table.c.version, state).where(task.chosen).order_by(table.c.id)
    found = (rows.with_for_update(of=table) if lock else rows).subquery()
    statement = select(found.c.state, func.count(), effects.fingerprint(found.c)).group_by(found.c.state)
    groups = task.session.execute(statement).all()
    return Numbers({group[0]: group[1] for group in groups}, int(sum(group[2] for group in groups)))


def first_changes(task: Task) -> list[Line]:
    """As history would tell it, were it done."""
    columns = [image.label(name) for image, name in zip(task.effect.images, ("before", "after"), strict=True)]
    told = {"id": 0, "entity": task.resource.entity, "action": "update", "version": 0}
    fields = ",".join(task.effect.fields)
    found = task.session.execute(first(task, *columns).where(effects.state_of(task.effect) == CHANGES))
    rows = [SimpleNamespace(**told, fields=fields, **row._asdict()) for row in found]
    names = diffs.names(task.session, rows)
    return [line(row, names) for row in rows]


def first_stopped(task: Task) -> list[tuple[int, str, str]]:
    reasons = [hindrance.reason for hindrance in task.effect.all_hindrances]
    if not reasons:
        return []
    state = effects.state_of(task.effect)
    rows = task.session.execute(first(task, state.label("state")).where(state > 0))
    return [(row.record_id, row.label, reasons[row.state - 1]) for row in rows]


def first(task: Task, *columns: Any) -> Select[Any]:
    rows = select(task.model.id.label("record_id"), label_of(task.model).label("label"), *columns)
    return rows.where(task.chosen).order_by(task.model.id).limit(NAMED)


def objection(task: Task) -> str | None:
    """What a rule says against all of it together."""
    try:
        task.effect.rules.check(task.session, task.ids)
    except Refused as refusal:
        return refusal.message
    return None


# After


def carry_out(task: Task, numbers: Numbers, parts: Callable[[Task], Iterator[Any]]) -> str:
    """Change just as many records as were counted, part by part, and say what was done. Else raises Conflict."""
    if not numbers.changing:
        raise Refused("Nothing is left to change.")
    done = task.effect.done.replace("{}", counted(task.resource, numbers.changing), 1)
    changes.describe(task.session, "bulk", done, task.resource.entity)
    task.effect.rules.check(task.session, task.ids)
    task.effect.rules.carry_out(task.session, task.ids)
    if sum(task.effect.run(task.session, part) for part in parts(task)) != numbers.changing:
        raise Conflict
    return done[:1].upper() + done[1:]


def at_once(task: Task) -> Iterator[Any]:
    yield task.changing
