"""The last step of an import: the job that writes is asked for, when it would write what the page has shown."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin.imports import write
from admin.imports.check import Found
from admin.imports.summary import mark
from admin.resource import Resource
from admin.screens import import_check, import_job, imports
from models.upload import Upload
from services.unit_of_work import Refused, unit_of_work

OVERTAKEN = "The file was checked again meanwhile. Look at what it would change now."


def screen(resource: Resource, id: int) -> ResponseReturnValue:
    """Ask for the job that writes, when what it would write is what the page has shown."""
    imports.only()
    upload = imports.demanded(resource, id)
    plan, found, partial = imports.plan_of(upload), imports.found_of(upload), "partial" in request.form
    if plan is None or found is None or request.form.get("seen") != mark(found):
        flash(OVERTAKEN, "warning")
        return redirect(url_for(".import_check", id=id), 303)
    imports.demand_rights(resource, plan)
    try:
        refuse_empty(found, partial)
        if imports.open_job(upload) is not None:
            raise Refused("A job is at work on this file already.")
        with unit_of_work() as session:
            job = import_job.enqueue(session, session.get_one(Upload, id), "run", partial).id
    except Refused as refusal:
        return import_check.show(resource, imports.demanded(resource, id), 422, refusal.message)
    return redirect(url_for("jobs.detail", id=job), 303)


def refuse_empty(found: Found, partial: bool) -> None:
    if not found.new + found.changed:
        raise Refused("There is nothing to import.")
    if found.invalid and not partial:
        raise Refused(f"{write.rows_are(found.invalid)} invalid. Correct them, or tick that they are left out.")
