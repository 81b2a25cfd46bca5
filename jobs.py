"""What is done outside of requests, and by whom: DBOS keeps the queue going and rings the clock, our rows decide.

A screen only writes a row (services/queue.py). The worker hands rows that wait to DBOS as workflows, which survive a
killed worker: when it is back they go on, and services/work.py sees to it that each counts once.
"""

import fcntl
import logging
import os
import socket
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any, TextIO

from dbos import DBOS, DBOSConfig, SetWorkflowID
from flask import Flask, current_app, g
from sqlalchemy import make_url
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from admin.screens import bulk_job, export, import_job, imports
from config import Config
from extensions import db, ran_out_of_room
from models.base import now
from models.job import State
from policy import may
from services import changes, publishing, signals, uploads, work
from services.unit_of_work import Conflict, Refused, unit_of_work
from services.work import Cancelled, Demoted, Stopped, Superseded, Work

log = logging.getLogger("colophon.jobs")

# What runs for each kind. The kind is also the verb that the person needs, again, when it runs.
KINDS: Mapping[str, Callable[[Work], None]] = {
    "export": export.run,
    bulk_job.KIND: bulk_job.run,
    imports.KIND: import_job.run,
}

VERSION = "1"  # DBOS goes on only with workflows of the same version; ours are all one call, so it never changes
QUEUE = "jobs"
TICK = 1.0  # seconds between two looks for work
HEARTBEAT = 10  # ticks between two signs of life
PATIENCE = 8  # seconds that a job has to put itself back when the worker is stopped
REMEMBERED = timedelta(days=1)  # what DBOS knows of workflows that have ended
NO_ROOM = "The disk of the database is full. Nothing of this was kept; try it again when there is room."
PUBLISHER = changes.Author(None, "Colophon")


# A job


def perform(job_id: int, attempt: int, stopping: Callable[[], bool] = lambda: False) -> None:
    """Do this attempt of a job as the person who asked for it, if there is anything to do any more."""
    folder = current_app.config["COLOPHON"].results
    job = work.take(job_id, attempt, stopping, folder)
    if job is None:
        return
    g.person = job.person
    changes.attribute(db.session(), changes.Author(job.person.id, job.person.name, f"job-{job_id}"))
    try:
        do(job)
    except Stopped:
        work.put_back(job)
    except Cancelled:
        work.give_up(job, State.CANCELLED, "Cancelled. Nothing of it was kept.")
    except Demoted:
        work.try_again(job, f"The rights of {job.person.name} were changed meanwhile.")
    except Superseded:
        log.warning("a job was done by another meanwhile", extra={"job": job_id, "attempt": attempt})
    except (Refused, Conflict) as refusal:
        work.give_up(job, State.FAILED, str(refusal) or "Somebody changed these records meanwhile; nothing was done.")
    except (OperationalError, InterfaceError) as trouble:
        if ran_out_of_room(trouble):
            return work.give_up(job, State.FAILED, NO_ROOM)
        work.try_again(job, f"The database was in trouble ({type(trouble).__name__}).")
    except OSError as trouble:
        work.give_up(job, State.FAILED, f"The file could not be written: {trouble.strerror or trouble}.")
    except Exception:  # whatever it is goes on up, but nobody shall wait for ever for a row that says «running»
        work.give_up(job, State.FAILED, f"This is our fault; it is noted in the log as job {job_id}.")
        raise
    finally:
        signals.forget(folder, job_id)


def do(job: Work) -> None:
    if job.stopping():
        raise Stopped
    if not may(job.person, job.kind, job.entity):
        raise Refused(f"{job.person.name} may not {job.kind} {job.entity} any more, so nothing was done.")
    KINDS[job.kind](job)


# By the clock


def publish() -> None:
    with unit_of_work() as session:
        changes.attribute(session, PUBLISHER)
        if published := publishing.publish_due(session, now()):
            log.info("published", extra={"posts": published})


def sweep() -> None:
    with unit_of_work() as session:
        config: Config = current_app.config["COLOPHON"]
        work.sweep(session, config.results)
        uploads.sweep(session, config.uploads)


def forget() -> None:
    """What DBOS keeps of workflows that have ended."""
    ended = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
    until = (now() - REMEMBERED).isoformat()
    old = DBOS.list_workflows(status=ended, end_time=until, limit=1000, load_input=False, load_output=False)
    DBOS.delete_workflows([workflow.workflow_id for workflow in old])


# The worker


class Worker:
    """A process that does jobs until it is told to stop."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.config: Config = app.config["COLOPHON"]
        self.stop = Event()
        self.busy: set[int] = set()
        self.register()

    def register(self) -> None:
        """Tell DBOS what there is to do, under names that stay when functions move."""

        @DBOS.workflow(name="job", max_recovery_attempts=work.MOST_ATTEMPTS)
        def job(job_id: int, attempt: int) -> None:
            self.perform(job_id, attempt)

        @DBOS.workflow(name="publish")
        def on_the_minute(at: datetime, context: Any) -> None:
            self.inside(publish)

        @DBOS.workflow(name="sweep")
        def on_the_hour(at: datetime, context: Any) -> None:
            self.inside(sweep)
            forget()

        self.job, self.clock = job, {"publish": (on_the_minute, "* * * * *"), "sweep": (on_the_hour, "17 * * * *")}

    def perform(self, job_id: int, attempt: int) -> None:
        self.busy.add(job_id)
        try:
            self.inside(lambda: perform(job_id, attempt, self.stop.is_set))
        finally:
            self.busy.discard(job_id)

    def inside(self, what: Callable[[], Any]) -> None:
        with self.app.app_context():
            what()

    def run(self, ended: Callable[[], bool] = lambda: False) -> None:
        """Work until `stop` is set or `ended` says so; what runs then puts itself back within PATIENCE seconds.

        This thread only waits: a signal reaches it at once, even while a statement of ours waits for a lock.
        """
        name, held = place(self.config, self.stop)
        if held is None:
            return
        with held:
            self.launch(name)
            log.info("ready for jobs", extra={"worker": name})
            looking = Thread(target=self.look_about, daemon=True)
            looking.start()
            while looking.is_alive() and not self.stop.wait(TICK) and not ended():
                pass
            self.stop.set()
            self.end()

    def end(self) -> None:
        """When what runs has put itself back. One long statement cannot, and ends with its connection."""
        enough = Timer(PATIENCE, os._exit, (0,))
        enough.daemon = True
        enough.start()
        DBOS.destroy(workflow_completion_timeout_sec=PATIENCE)

    def look_about(self) -> None:
        for tick in count():
            if self.stop.wait(TICK):
                return
            self.look(tick)

    def launch(self, name: str) -> None:
        logging.getLogger("dbos").addHandler(logging.NullHandler())  # or it would print beside our log
        DBOS(config=settings(self.config, name))
        DBOS.launch()
        concurrency = 1 if sqlite(self.config) else 2
        DBOS.register_queue(QUEUE, worker_concurrency=concurrency, polling_interval_sec=TICK)
        DBOS.apply_schedules(
            [
                {"schedule_name": name, "workflow_fn": workflow, "schedule": when, "context": None}
                for name, (workflow, when) in self.clock.items()
            ]
        )

    def look(self, tick: int) -> None:
        """Hand on what waits, and say that we live. A database that is away for a moment is not our end."""
        try:
            self.inside(hand_on(self.job))
            if tick % HEARTBEAT == 0:
                self.inside(self.beat)
        except SQLAlchemyError as trouble:
            log.warning("no look at the queue", extra={"reason": type(trouble).__name__})

    def beat(self) -> None:
        with unit_of_work() as session:
            work.keep_alive(session, sorted(self.busy))
            work.requeue_lost(session)


def hand_on(workflow: Callable[[int, int], None]) -> Callable[[], None]:
    """What gives the jobs that wait to DBOS; the same attempt twice is once."""

    def hand() -> None:
        names = {called(*one): one[:2] for one in work.waiting(db.session())}
        if not names:
            return
        known = DBOS.list_workflows(workflow_ids=list(names), load_input=False, load_output=False)
        over = {one.workflow_id for one in known if one.status not in ("PENDING", "ENQUEUED", "DELAYED")}
        for name in names.keys() - {one.workflow_id for one in known}:
            with SetWorkflowID(name):
                DBOS.enqueue_workflow(QUEUE, workflow, *names[name])
        if over:  # it ended before it could take the job: the database was away
            with unit_of_work() as session:
                work.renew(session, [names[name] for name in over])

    return hand


def called(job_id: int, attempt: int, asked_at: datetime) -> str:
    """What DBOS calls it. A database that was put back from a copy gives numbers again; the moment tells them apart."""
    return f"job-{job_id}-{attempt}-{asked_at:%Y%m%d%H%M%S}"


def settings(config: Config, name: str) -> DBOSConfig:
    """DBOS's tables: a file beside SQLite's, a schema of their own in PostgreSQL."""
    url = make_url(config.database_url)
    if sqlite(config):
        url = url.set(database=str(Path(url.database or "colophon.db").with_suffix(".jobs.db")))
    return {
        "name": "colophon",
        "system_database_url": url.render_as_string(hide_password=False),
        "dbos_system_schema": "dbos",
        "executor_id": name,
        "application_version": VERSION,
        "use_listen_notify": False,  # needs a connection of its own, which a pooler does not give
        "sys_db_pool_size": 4,
        "max_executor_threads": 4,
        "log_level": "WARNING",
    }


def sqlite(config: Config) -> bool:
    return config.database_url.startswith("sqlite")


def place(config: Config, stop: Event) -> tuple[str, TextIO | None]:
    """A name that is the same after a restart, and nobody else's: DBOS gives unfinished work back to its name.

    It is a locked file in the folder of results. SQLite has one worker: the second waits until the first has gone.
    """
    folder = config.results
    folder.mkdir(parents=True, exist_ok=True)
    for number in count():
        slot = 0 if sqlite(config) else number
        file = (folder / f".worker-{slot}").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return f"{socket.gethostname()}-{slot}", file
        except BlockingIOError:
            file.close()
            if sqlite(config) and stop.wait(TICK):
                return "", None
    raise AssertionError("counting has no end")
