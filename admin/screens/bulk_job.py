"""A bulk action on more records than a request takes: a job that says how far it is; all of it counts, or nothing."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import g
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import actions, bulk_form, bulk_task, selection
from admin.bulk_task import Task, counted
from admin.registry import by_entity
from extensions import allow_time
from models.job import Job
from policy import may
from services import queue
from services.unit_of_work import Conflict, Refused, unit_of_work
from services.work import Work

KIND = "bulk"  # also the verb that the person needs, beside the action's own
PART = 10_000  # records between two reports
PATIENCE = 600  # seconds for the statement that counts them all

Pairs = Sequence[tuple[str, str]]


def enqueue(session: Session, task: Task, words: Pairs, form: Pairs, shown: str) -> Job:
    """`words` of the list and `form` of the action, as they were sent; `shown` are the numbers that the page said."""
    resource, number = task.resource, int(shown.split()[0])
    title = task.effect.do.replace("{}", counted(resource, number), 1)
    given = {"words": [list(pair) for pair in words], "form": [list(pair) for pair in form], "shown": shown}
    return queue.enqueue(session, KIND, title, g.person, resource.entity, given, total=number)


def run(work: Work) -> None:
    """One unit of work: whoever cancels it, or fails, leaves everything as it was."""
    with unit_of_work() as session:
        allow_time(session.connection(), PATIENCE)
        task = task_of(session, work)
        numbers = bulk_task.numbers_of(task)
        if str(numbers) != work.parameters["shown"]:
            raise Conflict
        done = bulk_task.carry_out(task, numbers, lambda given: parts(given, work, numbers.changing))
        work.finish(session, f"{done}.", done=numbers.changing)


def task_of(session: Session, work: Work) -> Task:
    """As it was asked for; the person's rights are those of now."""
    resource = by_entity()[work.entity]
    words, form = sent(work, "words"), sent(work, "form")
    picked = selection.chosen(resource, words, form)
    action = actions.actions_of(resource)[form["action"]]
    if not may(work.person, action.verb, resource.entity):
        raise Refused(f"{work.person} may not {action.verb} {resource.plural} any more.")
    asked = bulk_form.ask(session, resource, action, form)
    if asked.effect is None:
        raise Refused(asked.problem or "What was asked for is not possible any more.")
    return Task(session, picked, asked.effect)


def sent(work: Work, name: str) -> MultiDict[str, str]:
    return MultiDict([(word, text) for word, text in work.parameters[name]])


def parts(task: Task, work: Work, total: int) -> Iterator[Any]:
    """What changes, by ranges of ids, each reported when the next is asked for."""
    done, last = 0, 0
    while True:
        few = task.ids.where(task.model.id > last).order_by(task.model.id).limit(PART).subquery()
        number, highest = task.session.execute(select(func.count(), func.max(few.c.id)).select_from(few)).one()
        if not number:
            return
        yield and_(task.changing, task.model.id > last, task.model.id <= highest)
        done, last = done + number, highest
        work.report(done, total)
