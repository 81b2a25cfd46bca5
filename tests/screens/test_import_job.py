"""A long import is a job: it counts as a whole or not at all, for somebody who still may do it."""

import sqlite3
from pathlib import Path

import pytest
from flask import g
from sqlalchemy import select

import jobs
from admin.imports.check import Found
from admin.imports.guessing import guess
from admin.imports.plan import Plan
from admin.screens import import_job, imports
from blueprints.users import users
from extensions import db
from models.author import Author
from models.base import now
from models.book import Book
from models.change import ChangeSet
from models.job import Job, State
from models.upload import Upload
from models.user import Role, User
from services import sign_in, tabular, work
from services.unit_of_work import unit_of_work
from tests.entities import ENTITIES
from tests.factories import make_author, make_user

ROWS = "title,price,author\n" + "".join(f"Book {number},9.50,Jane Austen\n" for number in range(6))


@pytest.fixture
def editor(session):
    make_author(session, name="Jane Austen")
    return make_user(session, role=Role.EDITOR, username="eddie").id


@pytest.fixture
def sent(app, session, editor):
    """A function: the file's text, what is decided → the id of its row; both are there."""

    def send(text=ROWS, entity="books", **decided):
        with app.app_context():
            folder = app.config["COLOPHON"].uploads
        folder.mkdir(parents=True, exist_ok=True)
        upload = Upload(entity=entity, actor_id=editor, actor="Eddie", name="autumn.csv", size=1, digest="", layout="")
        upload.shape, upload.expires_at = {}, now()
        session.add(upload)
        session.flush()
        path = folder / str(upload.id)
        path.write_text(text)
        shape = tabular.look(path, "autumn.csv")
        places = guess(ENTITIES[entity], tabular.header(path, shape), [])
        upload.shape, upload.plan = vars(shape), Plan(places, **decided).as_json()
        session.flush()
        return upload.id

    return send


def done(app, session, upload_id, do, partial=False, before=lambda: None):
    """The job, as it was left by the worker."""
    session.expire_all()
    with app.app_context():
        with unit_of_work() as writing:
            upload = writing.get_one(Upload, upload_id)
            g.person = work.person_of(writing, upload.actor_id)
            job_id = import_job.enqueue(writing, upload, do, partial).id
        before()
        jobs.perform(job_id, 1)
        db.session.remove()
    session.expire_all()
    return session.get_one(Job, job_id)


def test_a_file_is_checked_and_then_run(app, session, sent):
    upload_id = sent()
    job = done(app, session, upload_id, "check")
    assert (job.state, job.title, job.message) == (
        State.DONE,
        "Check autumn.csv before its import",
        "6 rows looked at.",
    )
    upload = session.get_one(Upload, upload_id)
    assert Found.from_json(upload.found).counts == (6, 0, 0, 0)
    job = done(app, session, upload_id, "run")
    assert (job.state, job.message) == (State.DONE, "Imported 6 books from autumn.csv: 6 new.")
    assert (job.title, job.done, job.total) == ("Import autumn.csv", 6, 6)
    session.expire_all()
    written = session.get_one(ChangeSet, job.change_set_id)
    assert (written.kind, written.actor, upload.change_set_id) == ("import", "eddie", written.id)
    assert session.query(Book).count() == 6


def test_whoever_was_demoted_imports_nothing(app, session, sent, editor):
    upload_id = sent()
    done(app, session, upload_id, "check")
    demote(session, editor)
    job = done_as(app, session, upload_id, editor)
    assert (job.state, session.query(Book).count()) == (State.FAILED, 0)
    assert "may not import books any more" in job.message


def done_as(app, session, upload_id, user_id):
    with app.app_context():
        with unit_of_work() as writing:
            upload = writing.get_one(Upload, upload_id)
            g.person = work.person_of(writing, user_id)
            job_id = import_job.enqueue(writing, upload, "run").id
        jobs.perform(job_id, 1)
    session.expire_all()
    return session.get_one(Job, job_id)


def demote(session, user_id):
    session.get_one(User, user_id).role = Role.VIEWER
    session.flush()


def test_demotion_in_the_middle_stops_it(app, session, sent, editor, monkeypatch):
    """While SQLite's one writer runs nobody else can write, so there it is the check that is stopped."""
    upload_id = sent(match="")
    found = done(app, session, upload_id, "check").state
    do = "check" if session.get_bind().dialect.name == "sqlite" else "run"
    monkeypatch.setattr(import_job, "PACE", 0)
    asked = []

    def still(connection, user_id):
        if not asked:
            demote(session, editor)
        asked.append(user_id)
        return work.person_of(connection, user_id)

    monkeypatch.setattr(import_job, "person_of", still)
    job = done(app, session, upload_id, do)
    assert (found, job.state, session.query(Book).count()) == (State.DONE, State.FAILED, 0)
    assert "may not import books any more" in job.message


def test_rights_to_create_what_is_missing_are_needed(app, session, sent):
    upload_id = sent(ROWS.replace("Jane Austen", "Nobody Yet"), create=["author"], mode="create")
    resource = ENTITIES["books"]
    plan = Plan.from_json(session.get_one(Upload, upload_id).plan)
    assert list(imports.rights(resource, plan)) == [("import", "books"), ("create", "books"), ("create", "authors")]
    done(app, session, upload_id, "check")
    assert done(app, session, upload_id, "run").message == "Imported 6 books from autumn.csv: 6 new, 1 new author."
    assert session.query(Author).count() == 2


def test_a_run_that_is_stopped_goes_back_into_the_queue_and_leaves_nothing(app, session, sent):
    upload_id = sent()
    done(app, session, upload_id, "check")
    looks = []

    def stopping():
        looks.append(1)
        return len(looks) > 1

    with app.app_context():
        with unit_of_work() as writing:
            upload = writing.get_one(Upload, upload_id)
            g.person = work.person_of(writing, upload.actor_id)
            job_id = import_job.enqueue(writing, upload, "run").id
        jobs.perform(job_id, 1, stopping)
        session.expire_all()
        assert (session.get_one(Job, job_id).state, session.query(Book).count()) == (State.QUEUED, 0)
        jobs.perform(job_id, 2)
    session.expire_all()
    assert (session.get_one(Job, job_id).state, session.query(Book).count()) == (State.DONE, 6)


def test_a_change_since_the_check_is_said(app, session, sent):
    upload_id = sent()
    done(app, session, upload_id, "check")
    job = done(app, session, upload_id, "run", before=lambda: make_author(session, name="Jane Austen"))
    assert (job.state, session.query(Book).count()) == (State.FAILED, 0)
    assert job.message == import_job.write.OVERTAKEN


def test_a_file_that_is_gone_is_said(app, session, sent):
    upload_id = sent()
    with app.app_context():
        Path(imports.path_of(session.get_one(Upload, upload_id))).unlink()
    assert done(app, session, upload_id, "check").message == import_job.GONE


def test_a_full_disk_ends_it_in_words(app, session, sent, monkeypatch):
    def full(*_, **__):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    class Full:
        total_changes = 0
        execute = executemany = full

        def executescript(self, script):
            """The tables are made."""

        def close(self):
            """Nothing is kept."""

    upload_id = sent()
    with monkeypatch.context() as patched:
        patched.setattr("admin.imports.ledger.sqlite3.connect", lambda *_, **__: Full())
        job = done(app, session, upload_id, "check")
    assert job.state == State.FAILED
    assert "There is no room left on the disk" in job.message
    assert session.get_one(Upload, upload_id).found is None


def test_new_users_need_somebody_who_has_just_signed_in(app, session, sent):
    admin = make_user(session, role=Role.ADMIN).id
    upload_id = sent("username,email\nana,ana@example.org\n", "users")
    session.get_one(Upload, upload_id).actor_id = admin
    session.flush()
    assert done(app, session, upload_id, "check").state == State.DONE
    with pytest.raises(sign_in.NotFresh):
        done(app, session, upload_id, "run")
    assert users.for_rows is not None
    assert session.scalars(select(User).where(User.username == "ana")).all() == []
