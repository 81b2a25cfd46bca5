"""What the screens of an import share: whose file it is, how it is read, what was decided, and where one goes next."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import abort, current_app, g, request, url_for
from sqlalchemy.orm import Session

from admin.guard import demand, demand_all
from admin.imports import plan_form
from admin.imports.check import Found
from admin.imports.matching import can_create
from admin.imports.plan import Plan
from admin.imports.reading import Earlier
from admin.imports.targets import Target, targets
from admin.resource import Resource
from admin.screens.export import size
from extensions import db
from models.job import Job
from models.upload import Upload
from policy import may_all
from services import uploads
from services.shape import Shape

STEPS = ("File", "Columns", "Check", "Run")
GONE = "The file was taken away on {:%-d %B}, a week after it was sent. Send it again; its columns are remembered."
KIND = "import"  # of its jobs, and the verb that the person needs, beside those of what is written
VERBS = {"both": ("create", "edit"), "create": ("create",), "update": ("edit",)}


def folder() -> Path:
    found: Path = current_app.config["COLOPHON"].uploads
    return found


def demanded(resource: Resource, id: int) -> Upload:
    """The file, when there is one, it is one's own (or one may see all), and it is still there."""
    upload = db.session.get(Upload, id)
    if upload is None or upload.entity != resource.entity:
        abort(404)
    demand(KIND, "uploads", upload)
    if not path_of(upload).is_file():
        abort(410, GONE.format(upload.expires_at))
    return upload


def path_of(upload: Upload) -> Path:
    return uploads.path_of(folder(), upload.id)


def ledger_of(upload: Upload) -> Path:
    return folder() / f"{upload.id}.ledger"


def shape_of(upload: Upload) -> Shape:
    return Shape(**upload.shape)


def is_read(upload: Upload) -> bool:
    """Whether its columns are known; of a large workbook they are when a job has unpacked it."""
    return bool(upload.layout)


def earlier(session: Session, resource: Resource, kind: str) -> list[Earlier]:
    """How files of this kind were read before, for whoever looks at another."""
    return [Earlier(one.name, shape_of(one), one.layout) for one in uploads.ways(session, resource.entity, kind)]


def plan_of(upload: Upload) -> Plan | None:
    return Plan.from_json(upload.plan) if upload.plan is not None else None


def found_of(upload: Upload) -> Found | None:
    return Found.from_json(upload.found) if upload.found is not None else None


def demand_rights(resource: Resource, plan: Plan) -> None:
    """403 unless the person may write what this plan writes, of this entity and of those it refers to."""
    for verb, entity in rights(resource, plan):
        demand_all(verb, entity)


def rights(resource: Resource, plan: Plan) -> Iterator[tuple[str, str]]:
    """The verbs that a plan needs, each with its entity."""
    yield from ((verb, resource.entity) for verb in (KIND, *VERBS[plan.mode]))
    yield from (("create", entity_of(targets(resource)[name])) for name in plan.create)


def creatable(resource: Resource) -> Mapping[str, Target]:
    """References whose missing records can be made of a name, by this person."""
    found = plan_form.references(targets(resource))
    return {
        name: target
        for name, target in found.items()
        if can_create(target.attribute.target) and may_all(g.person, "create", entity_of(target))
    }


def entity_of(target: Target) -> str:
    """The entity that a reference leads to."""
    return str(target.attribute.target.__tablename__)  # type: ignore[union-attr]


def job_of(upload: Upload) -> Job | None:
    return db.session.get(Job, upload.job_id) if upload.job_id is not None else None


def open_job(upload: Upload) -> Job | None:
    """The job that checks or runs it just now."""
    job = job_of(upload)
    return job if job is not None and job.is_open else None


def only(names: Collection[str] = ()) -> None:
    """400 for an address with a parameter that is none of these, or with one of them twice."""
    for name, texts in request.args.lists():
        if name not in names:
            abort(400, f"An import knows no «{name[:40]}».")
        if len(texts) > 1:
            abort(400, f"«{name}» is given {len(texts)} times.")


def steps(upload: Upload | None, at: str) -> list[dict[str, Any]]:
    """The four steps; those behind one are links."""
    addresses = links(upload) if upload is not None else ("", "", "", "")
    place = STEPS.index(at)
    return [
        {"label": label, "url": url if number < place else "", "is_done": number < place, "is_here": number == place}
        for number, (label, url) in enumerate(zip(STEPS, addresses, strict=True))
    ]


def links(upload: Upload) -> Sequence[str]:
    entity = upload.entity
    return (
        url_for(f"{entity}.upload"),
        url_for(f"{entity}.import_columns", id=upload.id),
        url_for(f"{entity}.import_check", id=upload.id),
        "",
    )


def about(
    resource: Resource, upload: Upload, at: str, number: int | None = None, shape: Shape | None = None
) -> dict[str, Any]:
    """What every page of this file says of it, as it is read (in `shape`, where that is not decided yet)."""
    shape = shape or shape_of(upload)
    rows = f"{number:,} {'row' if number == 1 else 'rows'}" if number is not None else None
    sheet = f"{'sheet' if shape.kind == 'xlsx' else 'list'} «{shape.sheet}»" if shape.sheet else None
    by = f"sent by {upload.actor}" if upload.actor_id != g.person.id else None
    return {
        "upload": upload,
        "steps": steps(upload, at),
        "told": ", ".join(part for part in (upload.name, sheet, rows or size(upload.size), by) if part),
    }
