"""What runs outside of requests: jobs end as they should whatever happens, posts are published by the clock, and a real
worker survives kill -9 and ends on SIGTERM."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask_migrate import upgrade
from sqlalchemy import create_engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import jobs
from app import create_app
from extensions import db
from models.base import now
from models.change import Change, ChangeSet
from models.job import Job, State
from models.post import Status as PostStatus
from models.tag import Tag
from models.user import Role
from services import queue, signals, work
from services.unit_of_work import Conflict, Refused, unit_of_work
from tests.conftest import ROOT, SECRET, configured
from tests.factories import make_post, make_tag, make_user
from tests.test_policy import person


@pytest.fixture
def ask(context):
    """A function: what the job does → the job after it was done."""

    def run(does, monkeypatch, attempt=1):
        monkeypatch.setattr(jobs, "KINDS", {"export": does})
        if context.get(Job, 1) is None:
            with unit_of_work() as session:
                user = make_user(session, role=Role.EDITOR, name="Ines Lindqvist")
                queue.enqueue(session, "export", "Export 3 books", person(Role.EDITOR, id=user.id), "books")
        jobs.perform(1, attempt)
        return context.get(Job, 1, populate_existing=True)

    return run


def writing(end):
    """A job that writes a tag and then comes to this end."""

    def does(job):
        with unit_of_work() as session:
            make_tag(session, name="Half")
            end(job, session)

    return does


def raising(error):
    def end(job, session):
        raise error

    return writing(end)


def test_a_job_that_goes_well_is_done_by_whoever_asked(ask, monkeypatch, context):
    job = ask(writing(lambda job, session: job.finish(session, "One tag.")), monkeypatch)
    assert (job.state, job.message) == (State.DONE, "One tag.")
    written = context.scalars(select(ChangeSet).where(ChangeSet.id == job.change_set_id)).one()
    assert (written.actor, written.request_id) == ("Ines Lindqvist", "job-1")


@pytest.mark.parametrize(
    "end",
    [writing(lambda job, session: job.finish(session, "One tag.")), raising(Refused("No."))],
    ids=["done", "failed"],
)
def test_what_a_job_says_beside_the_database_ends_with_it(ask, monkeypatch, end):
    folders = []

    def does(job):
        folders.append(job.folder)
        signals.say(job.folder, job.job_id, 1, 2)
        end(job)

    ask(does, monkeypatch)
    assert signals.heard(folders[0], 1) is None


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (Refused("The price cannot be negative."), State.FAILED, "The price cannot be negative."),
        (Conflict(), State.FAILED, "Somebody changed these records meanwhile; nothing was done."),
        (
            OSError(28, "No space left on device"),
            State.FAILED,
            "The file could not be written: No space left on device.",
        ),
        (work.Cancelled(), State.CANCELLED, "Cancelled. Nothing of it was kept."),
        (work.Stopped(), State.QUEUED, None),
        (work.Superseded(), State.RUNNING, None),
        (OperationalError("SELECT", {}, Exception("away")), State.QUEUED, None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_job_that_ends_early_leaves_nothing_and_says_why(ask, monkeypatch, context, error, state, message):
    job = ask(raising(error), monkeypatch)
    assert (job.state, job.message) == (state, message)
    assert context.scalars(select(Tag)).all() == []


def test_a_fault_of_ours_is_logged_and_not_shown(ask, monkeypatch, context):
    with pytest.raises(ZeroDivisionError):
        ask(raising(ZeroDivisionError("secret")), monkeypatch)
    job = context.get(Job, 1, populate_existing=True)
    assert (job.state, job.message) == (State.FAILED, "This is our fault; it is noted in the log as job 1.")


def test_a_database_in_trouble_is_tried_again_but_not_for_ever(ask, monkeypatch):
    trouble = raising(OperationalError("SELECT", {}, Exception("away")))
    attempts = [ask(trouble, monkeypatch, attempt).attempt for attempt in (1, 2, 3)]
    job = ask(trouble, monkeypatch, 3)
    assert (attempts, job.state) == ([2, 3, 3], State.FAILED)
    assert job.message.endswith("It was tried 3 times.")


def test_a_job_of_a_database_put_back_from_a_copy_is_another_than_that_of_the_same_number_before():
    was, again = (jobs.called(7, 1, now() - timedelta(days=days)) for days in (2, 1))
    assert was != again


# By the clock


def test_a_post_is_published_when_its_moment_has_come_and_once(context, session):
    past, future = now() - timedelta(minutes=1), now() + timedelta(minutes=1)
    due = make_post(session, status=PostStatus.SCHEDULED, publish_at=past)
    kept = [
        make_post(session, status=PostStatus.SCHEDULED, publish_at=future),
        make_post(session, status=PostStatus.DRAFT, publish_at=past),
    ]
    session.commit()
    jobs.publish()
    jobs.publish()
    session.expire_all()
    assert (due.status, due.version) == (PostStatus.PUBLISHED, 2)
    assert past < due.published_at <= now()
    assert [post.status for post in kept] == [PostStatus.SCHEDULED, PostStatus.DRAFT]
    [change] = session.scalars(select(Change).where(Change.entity == "posts", Change.action == "update")).all()
    assert (change.record_id, change.change_set.actor, change.change_set.actor_id) == (due.id, "Colophon", None)
    assert change.change_set.sentence == "published what was scheduled"


def test_the_hourly_sweep_takes_what_has_expired(context, session, app):
    session.add(Job(kind="export", title="Old", actor="Ines", state=State.DONE, finished_at=now() - timedelta(days=91)))
    session.flush()
    jobs.sweep()
    session.expire_all()
    assert session.scalars(select(Job)).all() == []


# A real worker


@pytest.fixture
def own_database(kind, new_database):
    """The address of a migrated database that nothing but the worker uses."""
    url = new_database(kind, "worker").url
    app = create_app(configured(url))
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        db.session.remove()
        db.engine.dispose()
    return url


class Process:
    """A worker of tests/working.py."""

    def __init__(self, url: str, results: Path, *how: str) -> None:
        environment = {"DATABASE_URL": url, "RESULTS_DIR": str(results), "SECRET_KEY": SECRET, "LOG_LEVEL": "ERROR"}
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.working", *how],
            cwd=ROOT,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def says(self) -> str:
        return self.process.stdout.readline().strip()

    def tell(self) -> None:
        self.process.stdin.write("go on\n")
        self.process.stdin.flush()

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        with self.process:
            return self.process.wait(timeout=10)


@pytest.fixture
def waiting(own_database):
    """The engine of the worker's database, in which a job waits."""
    engine = create_engine(own_database)
    with Session(engine) as session, session.begin():
        user = make_user(session, role=Role.EDITOR)
        queue.enqueue(session, "export", "Export 3 books", person(Role.EDITOR, id=user.id), "books")
    yield engine
    engine.dispose()


def test_a_killed_worker_goes_on_and_a_stopped_one_puts_back_and_all_is_done_once(own_database, waiting, tmp_path):
    worker = Process(own_database, tmp_path)
    assert worker.says() == "begun"
    assert worker.end(signal.SIGKILL) == -signal.SIGKILL
    worker = Process(own_database, tmp_path)
    assert worker.says() == "begun"
    assert worker.end(signal.SIGTERM) == 0
    with Session(waiting) as session:
        job = session.get(Job, 1)
        assert (job.state, job.attempt) == (State.QUEUED, 2)
        assert session.scalars(select(Tag)).all() == []
    worker = Process(own_database, tmp_path)
    assert worker.says() == "begun"
    worker.tell()
    assert worker.says() == "finished"
    assert worker.end(signal.SIGTERM) == 0
    with Session(waiting) as session:
        job = session.get(Job, 1)
        assert [sentence for _, sentence in job.log] == [
            "Asked for.",
            "Begun.",
            "Begun again: the worker had ended.",
            "The worker was stopped. Put back into the queue.",
            "Begun.",
            "One tag.",
        ]
        assert [tag.name for tag in session.scalars(select(Tag))] == ["Job 1"]


@pytest.mark.parametrize("kind", ["sqlite"], scope="session")
def test_a_worker_that_waits_for_its_database_is_stopped_all_the_same(own_database, tmp_path):
    worker = Process(own_database, tmp_path, "stuck")
    assert worker.says() == "looking"
    assert worker.end(signal.SIGTERM) == 0
