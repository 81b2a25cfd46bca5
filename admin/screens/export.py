"""The list as a file: at once, or as a job when it is long. Both write what the list shows at one moment."""

import logging
import os
from contextlib import ExitStack
from io import BytesIO
from tempfile import TemporaryFile

from flask import Response, abort, current_app, g, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import export, preferences, query
from admin.export import FORMATS, MOST_SHEET_ROWS, Export
from admin.registry import by_entity
from admin.resource import Resource
from admin.selection import read_ids, refuse_view_alone
from extensions import db
from models.base import now
from models.job import Job
from policy import Person
from services import allowance, bulk, queue
from services.unit_of_work import unit_of_work
from services.work import Work

log = logging.getLogger("colophon.export")

AT_ONCE = 100_000  # rows; more become a job
IN_MEMORY = 1_000_000  # bytes; a larger file stays on disk while it is sent


def screen(resource: Resource, format: str) -> ResponseReturnValue:
    wanted = parsed(resource, request.args)
    with export.snapshot(db.session()):
        number = count(db.session(), wanted, MOST_SHEET_ROWS if format == "xlsx" else AT_ONCE)
    if format == "xlsx" and number > MOST_SHEET_ROWS:
        abort(400, f"A sheet holds {MOST_SHEET_ROWS:,} rows and this list has more. Take CSV or JSON, or narrow it.")
    if request.method == "HEAD":
        return Response(mimetype=FORMATS[format].mimetype)
    with unit_of_work() as session:
        allowance.spend(session, g.person, "export")
        job = enqueue(session, wanted, format, number).id if number > AT_ONCE else None
    if job is not None:
        return redirect(url_for("jobs.detail", id=job), 303)
    return download(wanted, format)


def parsed(resource: Resource, args: MultiDict[str, str]) -> Export:
    """What an address asks for: a list's own words, and `ids` for a selection. 400 for anything else."""
    try:
        return read(resource, args, g.person)
    except query.BadQuery as error:
        abort(400, str(error))


def read(resource: Resource, args: MultiDict[str, str], person: Person | None = None) -> Export:
    """Raises BadQuery, which names the parameter."""
    words = MultiDict([(name, text) for name, text in args.items(multi=True) if name != "ids"])
    asked = query.parse(resource, words)
    refuse_view_alone(words)
    ids = read_ids(resource, [*args.getlist("ids"), *([str(asked.only)] if asked.only is not None else [])])
    return Export(asked, preferences.chosen_columns(resource, asked, person), ids)


def count(session: Session, wanted: Export, limit: int | None = None) -> int:
    """How many rows there are; one more than the limit means more than that."""
    model = wanted.asked.resource.model
    matching = select(model.id).where(*wanted.asked.where(session)).limit(None if limit is None else limit + 1)
    if wanted.ids:
        matching = matching.where(bulk.among(session, model.id, wanted.ids))
    return session.scalar(select(func.count()).select_from(matching.subquery())) or 0


def download(wanted: Export, format: str) -> Response:
    """Written to a nameless file first: the database is free again whatever the line is like, and what cannot be
    written to its end is an error and not half a file."""
    with ExitStack() as opened:
        file = opened.enter_context(TemporaryFile())
        with export.snapshot(db.session()):
            number = FORMATS[format].write(db.session(), wanted, file, unreported)
        note(wanted, format, number)
        length = file.tell()
        file.seek(0)
        body = BytesIO(file.read()) if length <= IN_MEMORY else file
        if body is file:
            opened.pop_all()  # the server closes it when it is sent
    name = file_name(wanted.asked.resource, format)
    return send_file(body, FORMATS[format].mimetype, as_attachment=True, download_name=name, max_age=0)


def unreported(number: int) -> None:
    """Whoever waits for a short file is told nothing in between."""


def note(wanted: Export, format: str, number: int) -> None:
    facts = {"entity": wanted.asked.resource.entity, "format": format, "rows": number, "user": g.person.id}
    log.info("exported", extra=facts)


def file_name(resource: Resource, format: str) -> str:
    return f"{resource.entity}-{now():%Y-%m-%d}.{format}"


# As a job


def enqueue(session: Session, wanted: Export, format: str, number: int) -> Job:
    """With the columns as they are chosen now."""
    resource = wanted.asked.resource
    many = f"{number:,}" if format == "xlsx" else f"more than {AT_ONCE:,}"
    title = f"Export {many} {resource.plural} as {FORMATS[format].label}"
    words = {**dict(request.args.lists()), "columns": [",".join(column.name for column in wanted.columns)]}
    return queue.enqueue(session, "export", title, g.person, resource.entity, {"format": format, "words": words})


def run(work: Work) -> None:
    """The job: the file appears under its name when it is whole."""
    resource = by_entity()[work.entity]
    format, words = work.parameters["format"], MultiDict(work.parameters["words"])
    wanted, session = read(resource, words), db.session()
    folder = current_app.config["COLOPHON"].results
    path = folder / f"{work.job_id}.{format}"
    part = path.with_suffix(f".{work.attempt}.part")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with open(part, "wb", opener=private) as file, export.snapshot(session):
            total = (
                session.scalar(select(func.count()).select_from(resource.model)) if not wanted.asked.filtered else None
            )
            number = FORMATS[format].write(session, wanted, file, lambda done: work.report(done, total))
            file.flush()
            os.fsync(file.fileno())
        with unit_of_work() as writing:
            message = f"{number:,} {resource.plural}, {size(part.stat().st_size)}."
            work.finish(writing, message, result=path.name, result_name=file_name(resource, format), done=number)
            part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    note(wanted, format, number)


def private(path: str, flags: int) -> int:
    """Only this account reads what somebody exported."""
    return os.open(path, flags, 0o600)


def size(number: int) -> str:
    return f"{number / 1_000_000:,.1f} MB" if number >= 1_000_000 else f"{max(number // 1000, 1):,} KB"
