"""Bulk actions: what would happen is shown first, and what was shown is what happens, or nothing does."""

import hashlib
from typing import Any

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin import actions, back, bulk_form, bulk_task, records, selection
from admin.actions import Action
from admin.bulk_form import Asked
from admin.bulk_task import Numbers, Preview, Task, counted
from admin.export import FORMATS
from admin.guard import demand
from admin.page import page
from admin.query import BadQuery
from admin.resource import Resource
from admin.screens import bulk_job, options
from admin.selection import Selection
from admin.toast import toast
from extensions import allow_time, db
from policy import may
from services.unit_of_work import Conflict, Refused, unit_of_work

LIMIT = 10_000  # rows at once; more become a job
PATIENCE = 10  # seconds for a statement that counts more than that
NOT_PART = ("csrf_token", "confirm", "seen", "back", "pick", "pick_q", "picked", "preview")  # of what is asked for
OVERTAKEN = "Something changed since this page was opened. Look again."
EXPORT = "export"  # the only action that changes nothing


def screen(resource: Resource) -> ResponseReturnValue:
    picked = chosen(resource)
    if request.form.get("action") == EXPORT:
        demand(EXPORT, resource.entity, None)
        return page("bulk_export", resource, **frame(resource, picked), files=files(picked))
    action = chosen_action(resource)
    if action is None:
        return page("bulk", resource, **frame(resource, picked), actions=actions.allowed(resource), action=None)
    if "confirm" in request.form and "pick" not in request.form:
        return process(resource, picked, action)
    return show(resource, picked, action)


def files(picked: Selection) -> list[tuple[str, str]]:
    """Format and address of the selection as a file: a page to open like the list's own, since it changes nothing."""
    ids = {} if picked.is_all else {"ids": [str(key) for key in picked.ids]}
    return [(kind.label, url_for(".export", format=name) + picked.query.url(**ids)) for name, kind in FORMATS.items()]


def chosen(resource: Resource) -> Selection:
    try:
        return selection.chosen(resource, request.args, request.form)
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
    asked = bulk_form.ask(session, resource, action, request.form)
    if to_pick := next((c for c in asked.controls if c.name == request.form.get("pick")), None):
        return options.picker(resource, to_pick, None, target=to_pick.resource)
    about = frame(resource, picked)
    found, stopped = look(session, picked, asked, about["is_job"]) if not about["too_many"] else (None, None)
    return page(
        "bulk",
        resource,
        status,
        **about,
        action=action,
        asked=asked,
        preview=found,
        problem=stopped or problem,
        stopped=stopped,
        seen=seen(found.numbers) if found else "",
    )


def look(session: Session, picked: Selection, asked: Asked, is_many: bool) -> tuple[Preview | None, str | None]:
    """What it would do, as far as is said yet, and what forbids all of it."""
    if asked.effect is None:
        return None, asked.problem
    if is_many:
        allow_time(session.connection(), PATIENCE)
    task = Task(session, picked, asked.effect)
    return bulk_task.preview(task), bulk_task.objection(task)


def frame(resource: Resource, picked: Selection) -> dict[str, Any]:
    """What the page says in any case: how many records it is about, and where it leads back to."""
    total = number_of(db.session(), picked)
    may_wait = may(g.person, bulk_job.KIND, resource.entity)
    return {
        "picked": picked,
        "address": url_for(".bulk") + picked.query.url(),
        "back": way_back(resource, picked),
        "is_job": total > LIMIT and may_wait,
        "too_many": total > LIMIT and not may_wait,
        "limit": LIMIT,
        "total": f"{LIMIT:,}+ {resource.plural}" if total > LIMIT else counted(resource, total),
    }


def way_back(resource: Resource, picked: Selection) -> str:
    return back.to_list(resource, request) or url_for(".listing") + picked.query.url()


def number_of(session: Session, picked: Selection) -> int:
    """How many records are selected, counted no further than a little over the limit."""
    if not picked.is_all:
        return len(picked.ids)
    matching = select(picked.query.resource.model.id).where(*picked.where(session))
    return int(session.scalar(select(records.capped_count(matching))) or 0)


# What the page said is what happens


def seen(numbers: Numbers) -> str:
    """What was asked for, what it would change, and the state of the records it was counted on."""
    return f"{question()} {numbers}"


def question() -> str:
    """The same for the same selection and action, whatever the page."""
    given = [sorted(pairs) for pairs in (request.args.items(multi=True), asked_for())]
    return hashlib.sha256(repr(given).encode()).hexdigest()[:32]


def asked_for() -> list[tuple[str, str]]:
    lists = ((name, texts) for name, texts in request.form.lists() if name not in NOT_PART)
    return [(name, text) for name, texts in lists for text in texts if text]


def process(resource: Resource, picked: Selection, action: Action) -> ResponseReturnValue:
    """Carry it out when the page has shown just this; else show it."""
    shown, _, numbers = request.form.get("seen", "").partition(" ")
    if shown != question():
        return show(resource, picked, action)
    try:
        with unit_of_work() as session:
            task = task_of(session, resource, picked, action)
            if number_of(session, picked) > LIMIT:
                demand(bulk_job.KIND, resource.entity, None)
                job = bulk_job.enqueue(session, task, list(request.args.items(multi=True)), asked_for(), numbers).id
                return redirect(url_for("jobs.detail", id=job), 303)
            done = carry_out(task, numbers)
    except Refused as refusal:
        return show(resource, picked, action, 422, refusal.message)
    except Conflict:
        return show(resource, picked, action, 409, OVERTAKEN)
    toast(db.session(), done)
    return redirect(way_back(resource, picked), 303)


def task_of(session: Session, resource: Resource, picked: Selection, action: Action) -> Task:
    asked = bulk_form.ask(session, resource, action, request.form)
    if asked.effect is None:
        raise Refused(asked.problem or "Some fields need your attention.")
    return Task(session, picked, asked.effect)


def carry_out(task: Task, shown: str) -> str:
    """Count again under lock, compare, change. Raises Conflict when anything is not as it was shown."""
    numbers = bulk_task.numbers_of(task, lock=True)
    if shown != str(numbers):
        raise Conflict
    return bulk_task.carry_out(task, numbers, bulk_task.at_once)
