"""The other end of the queue, for whoever does the jobs: take one, say how far it is, finish it, once.

The row decides. A job is finished in the transaction of what it writes, and only by the attempt that the row speaks of:
so of a job that was begun twice (killed, put back, taken up by another) one is finished and the other leaves nothing.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from extensions import db, take_write_lock
from models.base import now
from models.job import Job, State, Usage
from models.user import Role, User
from policy import Person
from services import changes, queue, signals
from services.sign_in import PERSON
from services.unit_of_work import unit_of_work

log = logging.getLogger("colophon.jobs")

PACE = 1.0  # seconds between two reports that are written down
LOST = timedelta(seconds=60)  # without a sign of life: whoever ran it is gone
MOST_ATTEMPTS = 3
BUSY = 5  # SQLite's code for a database that somebody is writing to
JOBS: Any = Job.__table__


class Interrupted(Exception):
    """The job ends here and nothing of it counts."""


class Cancelled(Interrupted):
    """Somebody asked for that."""


class Superseded(Interrupted):
    """Another attempt has taken it up, or finished it."""


class Demoted(Interrupted):
    """The person has other rights now than when it began; it is begun again, and they are looked at again."""


class Stopped(Interrupted):
    """The worker is being stopped; the job goes back into the queue."""


class WriterIsBusy(Exception):
    """SQLite has one writer, and somebody is writing."""


@dataclass
class Work:
    """A job under way, as those see it who do it."""

    job_id: int
    attempt: int
    kind: str
    entity: str
    parameters: dict[str, Any]
    person: Person
    stopping: Callable[[], bool] = lambda: False
    folder: Path | None = None  # of results; see services/signals.py
    reported: float = field(default=float("-inf"))

    def report(self, done: int, total: int | None = None) -> None:
        """Say how far it is. Cheap, so say it often. Raises Interrupted when the job is to end here."""
        if self.stopping():
            raise Stopped
        if time.monotonic() - self.reported < PACE:
            return
        self.reported = time.monotonic()
        values = {"done": done, "seen_at": now(), **({"total": total} if total is not None else {})}
        try:
            asked_to_end = beside(lambda connection: connection.execute(self.own(values)).scalar_one_or_none())
        except WriterIsBusy:
            asked_to_end = self.signal(done, total)
        if asked_to_end is None:
            raise Superseded
        if asked_to_end:
            raise Cancelled

    def signal(self, done: int, total: int | None) -> bool:
        """The same without the database. Returns whether the job is to be cancelled."""
        if self.folder is None:
            return False
        signals.say(self.folder, self.job_id, done, total)
        return signals.is_asked_to_end(self.folder, self.job_id)

    def finish(self, session: Session, message: str, **values: Any) -> None:
        """Finish in the transaction of what was written. Raises Interrupted when this attempt does not count any more.

        `values` are columns of the job: result and result_name of a file, done and total.
        """
        job = queue.locked(session, self.job_id)
        if job.attempt != self.attempt or job.state != State.RUNNING:
            raise Superseded
        if job.cancel_requested:
            raise Cancelled
        if role_of(session, self.person.id) != self.person.role:
            raise Demoted
        for name, value in values.items():
            setattr(job, name, value)
        job.change_set_id = changes.plan_of(session).set_id
        queue.end(job, State.DONE, message)

    def own(self, values: dict[str, Any]) -> Any:
        """The update of this attempt's row, if it is still this attempt's. Returns whether it is to be cancelled."""
        mine = (JOBS.c.id == self.job_id) & (JOBS.c.attempt == self.attempt) & (JOBS.c.state == State.RUNNING)
        return update(JOBS).where(mine).values(values).returning(JOBS.c.cancel_requested)


def beside(ask: Callable[[Connection], Any]) -> Any:
    """Run this in a transaction of its own, so that it is seen before the job ends.

    SQLite has one writer, and that may be the job itself: then nothing waits. Raises WriterIsBusy.
    """
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        raw: Any = connection.connection
        try:
            if sqlite:
                raw.execute("PRAGMA busy_timeout = 0")
            with connection.begin():
                take_write_lock(connection)
                return ask(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) != BUSY:
                raise
            raise WriterIsBusy from None
        finally:
            if sqlite:
                raw.execute("PRAGMA busy_timeout = 15000")


# From the queue and back


def take(
    job_id: int, attempt: int, stopping: Callable[[], bool] = lambda: False, folder: Path | None = None
) -> Work | None:
    """Begin this attempt of the job, or go on with it after a crash; None when there is nothing to do any more."""
    with unit_of_work() as session:
        job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
        if job is None or job.attempt != attempt or not job.is_open:
            return None
        person = person_of(session, job.actor_id)
        if job.cancel_requested:
            queue.end(job, State.CANCELLED, "Cancelled.")
        elif person is None:
            queue.end(job, State.FAILED, f"{job.actor} may not sign in any more, so nothing was done.")
        else:
            queue.note(job, "Begun." if job.state == State.QUEUED else "Begun again: the worker had ended.")
            job.state, job.seen_at, job.done = State.RUNNING, now(), 0
            job.started_at = job.started_at or job.seen_at
            if folder is not None:
                signals.forget(folder, job.id)
            return Work(job.id, attempt, job.kind, job.entity or "", job.parameters, person, stopping, folder)
    return None


def put_back(work: Work) -> None:
    with unit_of_work() as session:
        job = queue.locked(session, work.job_id)
        if job.attempt == work.attempt and job.state == State.RUNNING:
            queue.requeue(job, "The worker was stopped. Put back into the queue.")


def try_again(work: Work, sentence: str) -> None:
    """The job met with trouble that may pass."""
    with unit_of_work() as session:
        job = queue.locked(session, work.job_id)
        if job.attempt == work.attempt and job.state == State.RUNNING:
            again(job, sentence)


def give_up(work: Work, state: State, message: str) -> None:
    """The job ends without a result: failed or cancelled."""
    with unit_of_work() as session:
        job = queue.locked(session, work.job_id)
        if job.attempt == work.attempt and job.is_open:
            queue.end(job, state, message)


def person_of(session: Session | Connection, user_id: int | None) -> Person | None:
    """Who asked, with the rights of this moment; None when he may not sign in any more."""
    row = session.execute(select(*PERSON).where(User.id == user_id, User.is_active)).one_or_none()
    if row is None:
        return None
    key, username, name, role, theme, lists = row
    return Person(key, 0, username, name, role, theme, lists or {})


def role_of(session: Session, user_id: int) -> Role | None:
    """The role that this user has, and keeps until this transaction ends; None when he may not sign in any more."""
    asked = select(User.role).where(User.id == user_id, User.is_active).with_for_update(read=True)
    return session.execute(asked).scalar_one_or_none()


# What the worker does between jobs


def waiting(session: Session) -> Sequence[tuple[int, int, datetime]]:
    """(id, attempt, when it was asked for) of the jobs to be done, oldest first."""
    queued = select(Job.id, Job.attempt, Job.created_at).where(Job.state == State.QUEUED)
    return [(row.id, row.attempt, row.created_at) for row in session.execute(queued.order_by(Job.id).limit(100))]


def keep_alive(session: Session, job_ids: Sequence[int]) -> None:
    """The worker lives, even while one statement of a job takes minutes."""
    session.execute(update(JOBS).where(JOBS.c.id.in_(job_ids), JOBS.c.state == State.RUNNING).values(seen_at=now()))


def requeue_lost(session: Session) -> int:
    """Put back the jobs of workers that have been silent for a minute. Returns how many."""
    silent = select(Job).where(Job.state == State.RUNNING, Job.seen_at < now() - LOST).order_by(Job.id)
    lost = session.scalars(silent.with_for_update(skip_locked=True)).all()
    for job in lost:
        log.warning("a job was lost", extra={"job": job.id, "attempt": job.attempt})
        again(job, "The worker was not heard of for a minute.")
    return len(lost)


def renew(session: Session, attempts: Sequence[tuple[int, int]]) -> None:
    """New attempts for jobs that still wait although theirs is over."""
    for job_id, attempt in attempts:
        job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
        if job is not None and job.state == State.QUEUED and job.attempt == attempt:
            again(job, "It could not be begun.")


def again(job: Job, sentence: str) -> None:
    """Once more, but not for ever."""
    if job.attempt < MOST_ATTEMPTS:
        queue.requeue(job, f"{sentence} Put back into the queue.")
    else:
        queue.end(job, State.FAILED, f"{sentence} It was tried {job.attempt} times.")


def sweep(session: Session, folder: Path) -> None:
    """Take away results that are too old, the reports of long ago, files of no job, and uses that count no more."""
    moment = now()
    session.execute(update(JOBS).where(JOBS.c.expires_at < moment).values(result=None, result_name=None))
    old = (JOBS.c.finished_at < moment - queue.REMEMBERED) & JOBS.c.state.not_in([State.QUEUED, State.RUNNING])
    session.execute(delete(JOBS).where(old))
    session.execute(delete(Usage).where(Usage.at < moment - timedelta(days=1)))
    open_jobs = session.scalars(select(Job.id).where(Job.state == State.RUNNING)).all()
    kept = {*session.scalars(select(Job.result).where(Job.result.is_not(None))), *map(str, open_jobs)}
    for path in folder.glob("[!.]*") if folder.is_dir() else ():
        if path.is_file() and path.name not in kept and path.name.split(".")[0] not in kept:
            path.unlink(missing_ok=True)
