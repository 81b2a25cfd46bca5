"""The queue of jobs, for those who ask: enqueue, cancel, retry, and what is in it. services/work.py is its other end.

A job is enqueued in the unit of work that decides on it, so it is there exactly when the decision is.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import now
from models.job import Job, State
from policy import Person
from services.unit_of_work import Refused

KEPT = timedelta(days=7)  # results; what became of a job is known longer
REMEMBERED = timedelta(days=90)
MOST_OPEN = 5  # jobs that one person may have waiting or running


def enqueue(
    session: Session,
    kind: str,
    title: str,
    person: Person,
    entity: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    total: int | None = None,
) -> Job:
    """Ask for a job on behalf of this person; its page is /jobs/{id}. Raises Refused when too many are open.

    The same again (double click, reload) is the job that is open already. `jobs.py` says what runs for each kind;
    the person's rights are looked at again when it does. `parameters` are kept as JSON.
    """
    mine = list(opened(session, person.id))
    if same := next((job for job in mine if (job.kind, job.title, job.parameters) == (kind, title, parameters)), None):
        return same
    if len(mine) >= MOST_OPEN:
        raise Refused(f"You have {len(mine)} jobs under way. Wait for one of them, or cancel it.")
    job = Job(
        kind=kind,
        title=title[:200],
        actor_id=person.id,
        actor=person.name[:100],
        entity=entity,
        parameters=dict(parameters or {}),
        total=total,
    )
    note(job, "Asked for.")
    session.add(job)
    session.flush()
    return job


def opened(session: Session, actor_id: int) -> Sequence[Job]:
    waiting = select(Job).where(Job.actor_id == actor_id, Job.state.in_([State.QUEUED, State.RUNNING]))
    return session.scalars(waiting.order_by(Job.id).limit(MOST_OPEN)).all()


def cancel(session: Session, job_id: int) -> Job:
    """Cancel what waits at once; what runs ends at its next step. Raises Refused for what has ended otherwise."""
    job = locked(session, job_id)
    if job.state == State.CANCELLED:
        return job
    if not job.is_open:
        raise Refused(f"This job is {job.state} already.")
    job.cancel_requested = True
    if job.state == State.QUEUED:
        end(job, State.CANCELLED, "Cancelled before it began.")
    return job


def retry(session: Session, job_id: int) -> Job:
    """Put a job that failed or was cancelled into the queue again. Raises Refused for any other."""
    job = locked(session, job_id)
    if job.state not in (State.FAILED, State.CANCELLED):
        raise Refused(f"This job is {job.state}; only one that failed or was cancelled can be tried again.")
    requeue(job, "Asked for again.")
    job.cancel_requested, job.done, job.message = False, 0, None
    job.started_at = job.finished_at = job.expires_at = None
    return job


# What both ends do to a row that they have locked


def locked(session: Session, job_id: int) -> Job:
    return session.get_one(Job, job_id, with_for_update=True, populate_existing=True)


def requeue(job: Job, sentence: str) -> None:
    """As a new attempt: whoever may still be at the old one cannot finish it any more."""
    job.state, job.seen_at, job.attempt = State.QUEUED, None, job.attempt + 1
    note(job, sentence)


def end(job: Job, state: State, message: str) -> None:
    job.state, job.message, job.finished_at = state, message, now()
    job.expires_at = job.finished_at + KEPT
    note(job, message)


def note(job: Job, sentence: str) -> None:
    job.log = [*(job.log or []), [now().isoformat(timespec="seconds"), sentence]]
