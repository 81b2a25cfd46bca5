"""Jobs: what runs longer than a request, how far it is, and what became of it. /jobs/."""

from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from admin import allow, entries, period
from admin.entries import Entry
from admin.guard import demand
from admin.page import vary
from admin.registry import RESOURCES, by_entity
from extensions import db
from models.base import now
from models.change import ChangeSet
from models.job import Job, State
from policy import may, may_all
from services import queue, signals
from services.unit_of_work import Refused, unit_of_work

bp = Blueprint("jobs", __name__, url_prefix="/jobs")

PAGE = 50
TONES = {
    State.QUEUED: "calm",
    State.RUNNING: "info",
    State.DONE: "good",
    State.FAILED: "bad",
    State.CANCELLED: "calm",
}
LABELS = {
    State.QUEUED: "Waiting",
    State.RUNNING: "Running",
    State.DONE: "Done",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
}


def page(name: str, **context: Any) -> ResponseReturnValue:
    return vary(make_response(render_template(f"jobs/{name}.html", tones=TONES, labels=LABELS, **context)))


@bp.get("/")
@allow("view")
def index() -> ResponseReturnValue:
    given = period.only(request.args, ("after",))
    after = period.number(given, "after")
    found = visible(db.session(), after)
    return page(
        "index",
        jobs=found[:PAGE],
        everybody=may_all(g.person, "view", "jobs"),
        importable=[one for one in RESOURCES.values() if may(g.person, "import", one.entity)],
        first=url_for(".index") if after else None,
        older=url_for(".index", after=found[PAGE - 1].id) if len(found) > PAGE else None,
    )


def visible(session: Session, after: int | None) -> list[Job]:
    """One's own jobs, newest first; administrators see everybody's."""
    jobs = select(Job).order_by(Job.id.desc()).limit(PAGE + 1)
    if not may_all(g.person, "view", "jobs"):
        jobs = jobs.where(Job.actor_id == g.person.id)
    return list(session.scalars(jobs if after is None else jobs.where(Job.id < after)))


@bp.get("/<id:id>")
@allow("view")
def detail(id: int) -> ResponseReturnValue:
    job = demanded("view", id)
    hear(job)
    resource = by_entity().get(job.entity or "")
    about = {"written": written(job), "check": check_of(job), "pace": pace(job)}
    return page("detail", job=job, resource=resource, **about)


def hear(job: Job) -> None:
    """How far it is, when it is SQLite's one writer and cannot write that down."""
    said = signals.heard(results(), job.id) if job.state == State.RUNNING else None
    if said is not None:
        set_committed_value(job, "done", said[0])
        set_committed_value(job, "total", said[1] or job.total)


def results() -> Path:
    found: Path = current_app.config["COLOPHON"].results
    return found


def written(job: Job) -> Entry | None:
    """What it changed, as history tells it."""
    change_set = db.session.get(ChangeSet, job.change_set_id) if job.change_set_id else None
    return entries.of_sets(db.session(), [change_set])[0] if change_set is not None else None


def check_of(job: Job) -> str | None:
    """Where the file of an import is looked at row by row, for those who may."""
    upload = job.parameters.get("upload")
    if job.kind != "import" or not job.entity or not may(g.person, "import", job.entity):
        return None
    return url_for(f"{job.entity}.import_check", id=upload) if isinstance(upload, int) else None


def pace(job: Job) -> str | None:
    """At the pace so far: «11,000 a second, about 20 s left», «3 min»; nothing before there is a pace."""
    if not (job.is_open and job.started_at and job.total and job.done):
        return None
    per_second = job.done / max((now() - job.started_at).total_seconds(), 0.001)
    seconds = max(job.total - job.done, 0) / per_second
    left = f"{round(seconds)} s" if seconds < 90 else f"{round(seconds / 60)} min"
    rate = f"{per_second:,.0f} a second, " if per_second >= 2 else ""
    return f"{rate}about {left} left"


def demanded(verb: str, id: int) -> Job:
    """The job, when there is one and it is one's own (or one may see all)."""
    job = db.session.get(Job, id)
    if job is None:
        abort(404)
    demand(verb, "jobs", job)
    return job


@bp.get("/<id:id>/result")
@allow("view")
def result(id: int) -> ResponseReturnValue:
    """The file that the job made; whoever asked for it must still be allowed to."""
    job = demanded("view", id)
    if not job.entity or not may(g.person, job.kind, job.entity):
        abort(403, (job.kind, job.entity))
    path = results() / (job.result or "")
    if job.result is None or not path.is_file():
        abort(404)
    return send_file(path, as_attachment=True, download_name=job.result_name, max_age=0)


@bp.post("/<id:id>/cancel")
@allow("cancel")
def cancel(id: int) -> ResponseReturnValue:
    job = demanded("cancel", id)
    if job.state == State.RUNNING and db.engine.dialect.name == "sqlite":
        signals.ask_to_end(results(), id)  # it may hold what this request is about to wait for
    return changed(id, queue.cancel)


@bp.post("/<id:id>/retry")
@allow("retry")
def retry(id: int) -> ResponseReturnValue:
    demanded("retry", id)
    return changed(id, queue.retry)


def changed(id: int, change: Any) -> ResponseReturnValue:
    """Back to the job, which shows what became of it; or why it cannot be."""
    try:
        with unit_of_work() as session:
            change(session, id)
    except Refused as refusal:
        flash(refusal.message, "warning")
    return redirect(url_for(".detail", id=id), 303)
