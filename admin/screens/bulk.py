"""Bulk actions: what would happen is shown first, and what was shown is what happens, or nothing does."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from admin import actions, back, bulk_form, diffs, effects, records, selection
from admin.actions import Action
from admin.attributes import label_of
from admin.effects import Effect
from admin.entries import Line, line
from admin.guard import demand
from admin.page import page
from admin.query import BadQuery
from admin.resource import Resource
from admin.screens import options
from admin.selection import Selection
from admin.toast import toast
from extensions import db
from services import changes
from services.unit_of_work import Conflict, Refused, unit_of_work

LIMIT = 10_000  # rows at once
NAMED = 10  # rows that a preview names, of those that change and of those that cannot
CHANGES, IS_SO = 0, -1
NOT_PART = (
    "csrf_token",
    "confirm",
    "seen",
    "back",
    "pick",
    "pick_q",
    "picked",
    "preview",
)  # of what is being asked for


@dataclass(frozen=True)
class Preview:
    """How many records change, are so already, cannot, or are gone; the first of those that change and that cannot."""

    counts: Mapping[int, int] = field(default_factory=dict)
    stamp: int = 0
    gone: int = 0
    lines: Sequence[Line] = ()
    stopped: Sequence[tuple[int, str, str]] = ()  # id, label, reason

    @property
    def changing(self) -> int:
        return self.counts.get(CHANGES, 0)

    @property
    def already(self) -> int:
        return self.counts.get(IS_SO, 0)

    @property
    def hindered(self) -> int:
        return sum(number for state, number in self.counts.items() if state > 0)


def screen(resource: Resource) -> ResponseReturnValue:
    picked = chosen(resource)
    action = chosen_action(resource)
    if action is None:
        return page("bulk", resource, **frame(resource, picked), actions=actions.allowed(resource), action=None)
    if "confirm" in request.form and "pick" not in request.form:
        return process(resource, picked, action)
    return show(resource, picked, action)


def chosen(resource: Resource) -> Selection:
    try:
        return selection.chosen(resource, request)
    except BadQuery as error:
        abort(400, str(error))


def chosen_action(resource: Resource) -> Action | None:
    """The action that was asked for. 400 for an unknown one, 403 for one that this person may not take."""
    name = request.form.get("action")
    if name is None:
        return None
    action = actions.actions_of(resource).get(name)
    if action is None:
        abort(400, f"There is no action «{name[:40]}» for {resource.plural}.")
    demand(action.verb, resource.entity, None)
    return action


# Showing


def show(
    resource: Resource, picked: Selection, action: Action, status: int = 200, problem: str | None = None
) -> ResponseReturnValue:
    session = db.session()
    asked = bulk_form.ask(session, resource, action)
    if to_pick := next((c for c in asked.controls if c.name == request.form.get("pick")), None):
        return options.picker(resource, to_pick, None, target=to_pick.resource)
    found, stopped = None, asked.problem
    if asked.effect is not None and not too_many(session, picked):
        found = preview(session, resource, picked, asked.effect)
        stopped = objection(session, resource, picked, asked.effect)
    return page(
        "bulk",
        resource,
        status,
        **frame(resource, picked),
        action=action,
        asked=asked,
        preview=found,
        problem=stopped or problem,
        stopped=stopped,
        seen=seen(picked, found) if found else "",
    )


def frame(resource: Resource, picked: Selection) -> dict[str, Any]:
    """What the page says in any case: how many records it is about, and where it leads back to."""
    total = number_of(db.session(), picked)
    return {
        "picked": picked,
        "address": url_for(".bulk") + picked.query.url(),
        "back": back.to_list(resource, request) or url_for(".listing") + picked.query.url(),
        "too_many": total > LIMIT,
        "limit": LIMIT,
        "total": f"{LIMIT:,}+ {resource.plural}" if total > LIMIT else counted(resource, total),
    }


def number_of(session: Session, picked: Selection) -> int:
    """How many records are selected, counted no further than a little over the limit."""
    if not picked.is_all:
        return len(picked.ids)
    matching = select(picked.query.resource.model.id).where(*picked.where(session))
    return int(session.scalar(select(records.capped_count(matching))) or 0)


def too_many(session: Session, picked: Selection) -> bool:
    return picked.is_all and number_of(session, picked) > LIMIT


def counted(resource: Resource, number: int) -> str:
    return f"{number:,} {resource.singular if number == 1 else resource.plural}"


def preview(session: Session, resource: Resource, picked: Selection, effect: Effect) -> Preview:
    """Three statements, however many records: the numbers, the first that change, the first that cannot."""
    counts, stamp = count(session, resource, picked, effect)
    return Preview(
        counts,
        stamp,
        len(picked.ids) - sum(counts.values()) if picked.ids else 0,
        first_changes(session, resource, picked, effect),
        first_stopped(session, resource, picked, effect),
    )


def count(
    session: Session, resource: Resource, picked: Selection, effect: Effect, lock: bool = False
) -> tuple[dict[int, int], int]:
    """State → how many records are in it, and the stamp of all. With `lock` they stay so until the end."""
    table: Any = resource.model.__table__
    state = effects.state_of(effect).label("state")
    chosen = select(table.c.id, table.c.version, state).where(*picked.where(session)).order_by(table.c.id)
    found = (chosen.with_for_update(of=table) if lock else chosen).subquery()
    statement = select(found.c.state, func.count(), effects.fingerprint(found.c)).group_by(found.c.state)
    rows = session.execute(statement).all()
    return {row[0]: row[1] for row in rows}, int(sum(row[2] for row in rows))


def in_state(resource: Resource, picked: Selection, effect: Effect, session: Session, *columns: Any) -> Select[Any]:
    model: Any = resource.model
    rows = select(model.id.label("record_id"), label_of(model).label("label"), *columns)
    return rows.where(*picked.where(session)).order_by(model.id).limit(NAMED)


def first_changes(session: Session, resource: Resource, picked: Selection, effect: Effect) -> list[Line]:
    """As history would tell it, were it done."""
    columns = [image.label(name) for image, name in zip(effect.images, ("before", "after"), strict=True)]
    statement = in_state(resource, picked, effect, session, *columns).where(effects.state_of(effect) == CHANGES)
    told = {
        "id": 0,
        "entity": resource.entity,
        "action": "update",
        "fields": ",".join(effect.fields),
        "version": 0,
    }
    rows = [SimpleNamespace(**told, **row._asdict()) for row in session.execute(statement)]
    found = diffs.names(session, rows)
    return [line(row, found) for row in rows]


def first_stopped(
    session: Session, resource: Resource, picked: Selection, effect: Effect
) -> list[tuple[int, str, str]]:
    if not effect.all_hindrances:
        return []
    state = effects.state_of(effect)
    statement = in_state(resource, picked, effect, session, state.label("state")).where(state > 0)
    reasons = [hindrance.reason for hindrance in effect.all_hindrances]
    return [(row.record_id, row.label, reasons[row.state - 1]) for row in session.execute(statement)]


def objection(session: Session, resource: Resource, picked: Selection, effect: Effect) -> str | None:
    """What a rule says against all of it together."""
    try:
        effect.rules.check(session, ids_of(session, resource, picked, effect))
    except Refused as refusal:
        return refusal.message
    return None


def ids_of(session: Session, resource: Resource, picked: Selection, effect: Effect) -> Any:
    return select(resource.model.id).where(changing(session, picked, effect))


def changing(session: Session, picked: Selection, effect: Effect) -> Any:
    return and_(*picked.where(session), effects.state_of(effect) == CHANGES)


# What the page said is what happens


def seen(picked: Selection, found: Preview) -> str:
    """What was asked for, what it would change, and the state of the records it was counted on."""
    return f"{question()} {found.changing} {found.hindered} {found.already} {found.stamp}"


def question() -> str:
    """The same for the same selection and action, whatever the page."""
    lists = ((name, texts) for name, texts in request.form.lists() if name not in NOT_PART)
    given = sorted((name, text) for name, texts in lists for text in texts if text)
    return hashlib.sha256(repr((sorted(request.args.items(multi=True)), given)).encode()).hexdigest()[:32]


def process(resource: Resource, picked: Selection, action: Action) -> ResponseReturnValue:
    """Carry it out when the page has shown just this; else show it."""
    if request.form.get("seen", "").partition(" ")[0] != question():
        return show(resource, picked, action)
    try:
        with unit_of_work() as session:
            asked = bulk_form.ask(session, resource, action)
            if asked.effect is None or too_many(session, picked):
                raise Refused(asked.problem or "Some fields need your attention.")
            done = carry_out(session, resource, picked, asked.effect)
    except Refused as refusal:
        return show(resource, picked, action, 422, refusal.message)
    except Conflict:
        return show(resource, picked, action, 409, "Something changed since this page was opened. Look again.")
    toast(db.session(), done[:1].upper() + done[1:])
    return redirect(back.to_list(resource, request) or url_for(".listing") + picked.query.url(), 303)


def carry_out(session: Session, resource: Resource, picked: Selection, effect: Effect) -> str:
    """Count again under lock, compare, change. Raises Conflict when anything is not as it was shown."""
    counts, stamp = count(session, resource, picked, effect, lock=True)
    if request.form["seen"] != seen(picked, Preview(counts, stamp)):
        raise Conflict
    number = counts.get(CHANGES, 0)
    if not number:
        raise Refused("Nothing is left to change.")
    done = effect.done.replace("{}", counted(resource, number), 1)
    changes.describe(session, "bulk", done, resource.entity)
    ids = ids_of(session, resource, picked, effect)
    effect.rules.check(session, ids)
    effect.rules.carry_out(session, ids)
    if effect.run(session, changing(session, picked, effect)) != number:
        raise Conflict
    return done
