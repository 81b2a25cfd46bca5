"""The first step of an import: a file comes in, by choice, drag or paste. What cannot be read is refused at once."""

from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import IO

from flask import current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.imports import reading
from admin.page import page
from admin.resource import Resource
from admin.screens import import_job, imports
from extensions import db
from models.base import now
from models.upload import Upload
from services import allowance, uploads
from services.shape import Shape, Unreadable
from services.sniffing import kind_of
from services.unit_of_work import Refused, unit_of_work

LISTED = 20
KEPT_DAYS = uploads.KEPT.days


def screen(resource: Resource) -> ResponseReturnValue:
    imports.only()
    return receive(resource) if request.method == "POST" else show(resource)


def show(resource: Resource, status: int = 200, problem: str | None = None) -> ResponseReturnValue:
    return page(
        "import",
        resource,
        status,
        steps=imports.steps(None, "File"),
        problem=problem,
        pasted=request.form.get("text", ""),
        most=current_app.config["COLOPHON"].max_upload,
        unfinished=unfinished(db.session(), resource),
        kept_days=KEPT_DAYS,
    )


def unfinished(session: Session, resource: Resource) -> list[Upload]:
    """One's own files that are there and were not imported yet, the newest first."""
    mine = select(Upload).where(Upload.actor_id == g.person.id, Upload.entity == resource.entity)
    waiting = mine.where(Upload.change_set_id.is_(None), Upload.expires_at > now())
    return list(session.scalars(waiting.order_by(Upload.id.desc()).limit(LISTED)))


def receive(resource: Resource) -> ResponseReturnValue:
    file, name = sent()
    if file is None:
        return show(resource, 422, "Choose a file, or paste rows with their column names.")
    allowance.check(db.session(), g.person, "import")
    with uploads.incoming(file, imports.folder()) as kept:
        try:
            shape, layout = look(resource, kept.path, name)
        except Unreadable as reason:
            with unit_of_work() as session:
                allowance.spend(session, g.person, "import")
            return show(resource, 422, str(reason))
        try:
            key = keep(resource, kept, name, shape, layout)
        except Refused as refusal:
            return show(resource, 422, refusal.message)
    return redirect(url_for(".import_columns", id=key), 303)


def look(resource: Resource, path: Path, name: str) -> tuple[Shape, str]:
    """How it is read, and the mark of its column names; no mark when it takes a job to read it. Raises Unreadable."""
    kind = kind_of(path, name)
    try:
        return reading.look(path, name, reading.briefly, imports.earlier(db.session(), resource, kind))
    except reading.Unfinished:
        return Shape(kind), ""


def keep(resource: Resource, kept: uploads.Incoming, name: str, shape: Shape, layout: str) -> int:
    """Its number from now on. Raises Refused when it takes a job and one has too many."""
    with unit_of_work() as session:
        allowance.spend(session, g.person, "import")
        upload = noted(resource, kept, name, shape, layout)
        session.add(upload)
        session.flush()
        if not layout:
            import_job.enqueue(session, upload, "read")
        uploads.settle(kept, imports.folder(), upload.id)
        return upload.id


def sent() -> tuple[IO[bytes] | None, str]:
    """The file, else what was pasted."""
    file = request.files.get("file")
    if file is not None and file.filename:
        return file.stream, uploads.plain_name(file.filename)
    text = request.form.get("text", "")
    return (BytesIO(text.encode("utf-8", "replace")), "Pasted rows") if text.strip() else (None, "")


def noted(resource: Resource, kept: uploads.Incoming, name: str, shape: Shape, layout: str) -> Upload:
    return Upload(
        entity=resource.entity,
        actor_id=g.person.id,
        actor=g.person.name[:100],
        name=name,
        size=kept.size,
        digest=kept.digest,
        shape=asdict(shape),
        layout=layout,
        expires_at=now() + uploads.KEPT,
    )


def discard(resource: Resource, id: int) -> ResponseReturnValue:
    """Take the file away before its time; what was imported from it stays."""
    upload = imports.demanded(resource, id)
    name = upload.name
    if imports.open_job(upload) is not None:
        flash(f"«{name}» is at work. Cancel its job first.", "warning")
        return redirect(url_for(".upload"), 303)
    with unit_of_work() as session:
        session.delete(session.get_one(Upload, id))
    uploads.discard(imports.folder(), id)
    flash(f"«{name}» was taken away.", "success")
    return redirect(url_for(".upload"), 303)
