"""An import as a job: the reading of a large workbook, the check of a long file, or the run, which counts as a whole
or not at all."""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Literal

from flask import g
from sqlalchemy.orm import Session

from admin import export
from admin.imports import check, reading, write
from admin.imports.check import Found
from admin.imports.plan import Plan
from admin.registry import by_entity
from admin.resource import Resource
from admin.screens import imports
from extensions import allow_time, db
from models.job import Job
from models.upload import Upload
from policy import Person, may_all
from services import queue, tabular
from services.shape import Unreadable
from services.unit_of_work import Refused, unit_of_work
from services.work import PACE, Work, person_of

AT_ONCE = 10_000  # rows that are checked within the request; more become a job
TITLES = {"read": "Read {}", "check": "Check {} before its import", "run": "Import {}"}
GONE = "The file is not kept any more. Send it again."


def enqueue(session: Session, upload: Upload, do: Literal["read", "check", "run"], partial: bool = False) -> Job:
    """Ask for the reading of this file, or the check or the run as it is planned. Raises Refused, and NotFresh before
    some runs."""
    if do == "run" and upload.found is not None:
        write.prove(session, by_entity()[upload.entity], Found.from_json(upload.found))
    given = {"upload": upload.id, "do": do, "partial": partial}
    total = upload.found["rows"] if upload.found is not None else None
    job = queue.enqueue(session, imports.KIND, TITLES[do].format(upload.name), g.person, upload.entity, given, total)
    upload.job_id = job.id
    return job


def run(work: Work) -> None:
    with_file = {"read": read_file, "check": check_file, "run": write_file}
    with_file[work.parameters["do"]](work)


def read_file(work: Work) -> None:
    """Another process writes the file as text; then its columns can be shown. What was planned spoke of others."""
    session = db.session()
    upload = found_upload(session, work)
    path, name, shape = imports.path_of(upload), upload.name, imports.shape_of(upload)
    earlier = imports.earlier(session, by_entity()[upload.entity], shape.kind)
    session.rollback()
    try:
        if shape.sheet:
            shape, layout = reading.look_at(path, name, shape.sheet, lambda _: work.report(0))
        else:
            shape, layout = reading.look(path, name, lambda _: work.report(0), earlier)
    except Unreadable as reason:
        raise Refused(str(reason)) from None
    with unit_of_work() as writing:
        upload = found_upload(writing, work)
        upload.shape, upload.layout, upload.plan, upload.found = asdict(shape), layout, None, None
        work.finish(writing, "The file can be looked at.")


def check_file(work: Work) -> None:
    """Everything is looked at as of one moment, while others go on."""
    session = db.session()
    with export.snapshot(session):
        upload = found_upload(session, work)
        resource, plan, shape = by_entity()[upload.entity], planned(upload), imports.shape_of(upload)
        path, ledger = imports.path_of(upload), imports.ledger_of(upload)
        total = tabular.count(path, shape)
        report = watched(work, resource, plan, total)
        found = check.check(session, path, shape, resource, plan, report, ledger)
    with unit_of_work() as writing:
        upload = found_upload(writing, work)
        if planned(upload) != plan:
            raise Refused("What is to be done with the file was changed meanwhile, so this check counts no more.")
        upload.found = found.as_json()
        work.finish(writing, f"{found.rows:,} rows looked at.", done=found.rows, total=found.rows)


def write_file(work: Work) -> None:
    """One unit of work: whoever cancels it, or fails, leaves everything as it was."""
    with unit_of_work() as session:
        allow_time(session.connection(), 0)
        upload = found_upload(session, work)
        resource, plan, found = by_entity()[upload.entity], planned(upload), imports.found_of(upload)
        if found is None:
            raise Refused("The file has not been checked yet.")
        report = watched(work, resource, plan, found.rows)
        said = write.run(
            *(session, imports.path_of(upload), imports.shape_of(upload), resource, plan, found),
            *(work.parameters["partial"], report, upload.name),
        )
        work.finish(session, said, done=found.rows)
        upload = found_upload(session, work)
        upload.change_set_id = session.get_one(Job, work.job_id).change_set_id


def found_upload(session: Session, work: Work) -> Upload:
    upload = session.get(Upload, work.parameters["upload"])
    if upload is None or not imports.path_of(upload).is_file():
        raise Refused(GONE)
    return upload


def planned(upload: Upload) -> Plan:
    plan = imports.plan_of(upload)
    if plan is None:
        raise Refused("Nobody has said yet where the columns of this file go.")
    return plan


# Rights


def demand_rights(person: Person | None, resource: Resource, plan: Plan) -> None:
    """Raise Refused unless this person may do all that the plan does."""
    for verb, entity in imports.rights(resource, plan):
        if not may_all(person, verb, entity):
            raise Refused(f"{person or 'Whoever asked'} may not {verb} {entity} any more, so nothing was done.")


def watched(work: Work, resource: Resource, plan: Plan, total: int) -> Callable[[int], None]:
    """A report that also looks, every second or so, whether the person still may do this."""
    demand_rights(work.person, resource, plan)
    looked = time.monotonic()

    def report(done: int) -> None:
        nonlocal looked
        work.report(done, total)
        if time.monotonic() - looked >= PACE:
            looked = time.monotonic()
            with db.engine.connect() as beside:
                demand_rights(person_of(beside, work.person.id), resource, plan)

    return report
