"""The second step of an import: how the file is read, where its columns go, and by what records are found."""

from dataclasses import asdict, replace
from typing import Any

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin.imports import columns, guessing, plan_form, reading
from admin.imports.plan import Plan
from admin.imports.plan_form import Asked, Form
from admin.imports.reading import Reading
from admin.imports.targets import targets
from admin.page import page
from admin.resource import Resource
from admin.screens import import_check, import_job, imports
from extensions import db
from models.upload import Upload
from services import allowance, tabular, uploads
from services.shape import Shape, Unreadable
from services.unit_of_work import Refused, unit_of_work


def screen(resource: Resource, id: int) -> ResponseReturnValue:
    imports.only()
    upload = imports.demanded(resource, id)
    if not imports.is_read(upload):
        again = request.method == "POST"
        return read_again(resource, upload, imports.shape_of(upload)) if again else wait(resource, upload)
    try:
        return decide(resource, upload, request.form) if request.method == "POST" else propose(resource, upload)
    except reading.Unfinished:  # somebody has looked at another sheet of the workbook meanwhile
        return wait(resource, upload)


# A file that is not read yet


def wait(resource: Resource, upload: Upload, status: int = 200, problem: str | None = None) -> ResponseReturnValue:
    about, job = imports.about(resource, upload, "Columns"), imports.job_of(upload)
    return page("import_wait", resource, status, **about, job=job, step="read", problem=problem)


def read_again(resource: Resource, upload: Upload, shape: Shape) -> ResponseReturnValue:
    """Ask for the job that reads it like this."""
    try:
        return read_by_job(upload, shape)
    except Refused as refusal:
        return wait(resource, upload, 422, refusal.message)


def read_by_job(upload: Upload, shape: Shape) -> ResponseReturnValue:
    """What was decided spoke of other columns. Raises Refused."""
    key = upload.id
    with unit_of_work() as session:
        upload = session.get_one(Upload, key, populate_existing=True)
        if imports.open_job(upload) is None:
            allowance.spend(session, g.person, imports.KIND)
            upload.shape, upload.layout, upload.plan, upload.found = asdict(shape), "", None, None
            import_job.enqueue(session, upload, "read")
    return redirect(url_for(".import_columns", id=key), 303)


# What is proposed


def propose(resource: Resource, upload: Upload) -> ResponseReturnValue:
    read = reading.read_briefly(imports.path_of(upload), imports.shape_of(upload))
    plan, remembered = begun(resource, upload, read)
    return show(resource, upload, read, Asked(plan), remembered=remembered)


def begun(resource: Resource, upload: Upload, read: Reading) -> tuple[Plan, Upload | None]:
    """What was decided already; else what was for the last file with the same columns; else a guess."""
    if (plan := imports.plan_of(upload)) is not None:
        return plan, None
    alike = uploads.before(db.session(), resource.entity, upload.layout)
    for earlier in sorted(alike, key=lambda one: not was_imported(one, upload)):
        found = imports.plan_of(earlier)
        if found is not None and is_possible(found, resource):
            # What words mean counts for every such file, the single cells that were mended for the same one.
            return found if was_imported(earlier, upload) else replace(found, fixes={}, choices={}), earlier
    return guessed(resource, read), None


def was_imported(earlier: Upload, upload: Upload) -> bool:
    """Whether it was imported, and is the same file byte by byte."""
    return earlier.digest == upload.digest and earlier.change_set_id is not None and earlier.id != upload.id


def is_possible(plan: Plan, resource: Resource) -> bool:
    """Whether its fields are still there."""
    return {place.field for place in plan.places} | plan.fixed.keys() <= targets(resource).keys()


def guessed(resource: Resource, read: Reading) -> Plan:
    places = guessing.guess(resource, read.header, read.samples)
    plan = guessing.completed(resource, read.header, read.samples, places)
    return replace(plan, create=tuple(imports.creatable(resource)))


# What was decided


def decide(resource: Resource, upload: Upload, form: Form) -> ResponseReturnValue:
    path, before = imports.path_of(upload), imports.shape_of(upload)
    shape = plan_form.shape_of(form, before, [sheet.name for sheet in tabular.sheets(path)])
    try:
        read = reading.read_briefly(path, shape)
        layout = reading.layout_of(read.header)
    except reading.Unfinished:
        return read_again(resource, upload, shape)
    except Unreadable as reason:
        read = reading.read_briefly(path, before)
        plan = plan_form.plan_of(form, resource, read, begun(resource, upload, read)[0])
        return show(resource, upload, read, Asked(plan), 422, unreadable=str(reason))
    if form.get("layout") != layout:  # other columns than the page showed: what was chosen speaks of those
        return show(resource, upload, read, Asked(guessed(resource, read)))
    asked = plan_form.ask(resource, read, plan_form.plan_of(form, resource, read, begun(resource, upload, read)[0]))
    if "look" in form:
        return show(resource, upload, read, Asked(asked.plan))
    if asked.problems:
        return show(resource, upload, read, asked, 422)
    imports.demand_rights(resource, asked.plan)
    try:
        return import_check.begin(resource, upload, asked.plan, shape, layout)
    except Refused as refusal:
        asked.problems.append(("", "", refusal.message))
        return show(resource, upload, read, asked, 422)


# The page


def show(
    resource: Resource,
    upload: Upload,
    read: Reading,
    asked: Asked,
    status: int = 200,
    unreadable: str | None = None,
    remembered: Upload | None = None,
) -> ResponseReturnValue:
    return page(
        "import_columns",
        resource,
        status,
        **imports.about(resource, upload, "Columns", len(read.rows) if read.is_all else None, read.shape),
        **controls(resource, asked),
        read=read,
        mark=reading.layout_of(read.header),
        asked=asked,
        plan=asked.plan,
        unreadable=unreadable,
        remembered=remembered,
        earlier=imported_before(upload),
        lines=columns.lines(resource, read, asked.plan),
        shape_controls=columns.shape_controls(read.shape, tabular.sheets(imports.path_of(upload))),
    )


def controls(resource: Resource, asked: Asked) -> dict[str, Any]:
    """What can be chosen, whatever the file."""
    fields = targets(resource)
    placed = {place.field for place in asked.plan.places}
    needed = plan_form.needed(resource, fields).keys()
    return {
        "fields": [("", "Skip"), *((name, target.label) for name, target in fields.items())],
        "takes": list(plan_form.TAKES.items()),
        "style_controls": columns.style_controls(asked.plan),
        "needed": columns.fixed_controls(resource, asked, needed - placed),
        "others": columns.fixed_controls(resource, asked, fields.keys() - needed - placed),
        "keys": [*plan_form.keys(resource).items(), ("", f"nothing: every row is a new {resource.singular}")],
        "modes": list(plan_form.MODES.items()),
        "creatable": {name: target for name, target in imports.creatable(resource).items() if name in placed},
    }


def imported_before(upload: Upload) -> Upload | None:
    """The same file, when it was imported before."""
    alike = uploads.before(db.session(), upload.entity, upload.layout)
    return next((one for one in alike if was_imported(one, upload)), None)
