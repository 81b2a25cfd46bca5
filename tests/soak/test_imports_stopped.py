"""What ends an import in the middle: rights that are taken away, a full disk. Nothing of it stays, and it says why."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event, text, update
from sqlalchemy.orm import Session

import jobs
from admin.imports import ledger
from admin.screens import import_job
from models.job import State
from models.user import Role, User
from tests.factories import make_author, make_user
from tests.soak.importing import ask, assert_imported, assert_untouched

ROWS = 1_000
USERS = User.__table__


@pytest.fixture
def asked(site):
    return asked_of(site)


def asked_of(site):
    with Session(site.outside) as session:
        make_author(session, name="Ana Kovač")
        user_id = make_user(session, role=Role.EDITOR, name="Ines Lindqvist").id
    return ask(site, user_id, "Row", ROWS)


def perform(asked):
    """The job after it was done by a worker that takes it up as it is."""
    with asked.site.app.app_context():
        jobs.perform(asked.job_id, asked.job.attempt)
    return asked.job


def demote(asked):
    with asked.site.outside.connect() as connection:
        connection.execute(update(USERS).where(USERS.c.id == asked.job.actor_id).values(role=Role.VIEWER))


@pytest.fixture
def asked_elsewhere(sites):
    """On PostgreSQL: SQLite has one writer, so there nobody is demoted while an import writes."""
    site = sites("postgresql")
    yield asked_of(site)
    site.empty()


def test_who_loses_the_right_while_it_writes_does_not_import(asked_elsewhere, monkeypatch):
    asked, write = asked_elsewhere, import_job.write.run

    def and_then_demote(*given):
        said = write(*given)
        demote(asked)
        return said

    monkeypatch.setattr(import_job.write, "run", and_then_demote)
    job = perform(asked)
    assert job.state == State.QUEUED
    assert job.log[-1][1] == "The rights of Ines Lindqvist were changed meanwhile. Put back into the queue."
    assert_untouched(asked)
    assert perform(asked).state == State.FAILED
    assert_untouched(asked)


def test_a_full_disk_beside_the_file_ends_it_and_it_can_be_tried_again(asked, monkeypatch):
    monkeypatch.setattr(ledger, "TABLES", f"{ledger.TABLES} PRAGMA max_page_count = 8;")
    job = perform(asked)
    assert job.state == State.FAILED
    assert job.message == "There is no room left on the disk for what was found in the file, so it ended here."
    assert_untouched(asked)
    monkeypatch.undo()
    again(asked)
    perform(asked)
    assert_imported(asked)


def test_a_full_disk_of_the_database_ends_it_and_it_can_be_tried_again(asked):
    with full(asked.site):
        job = perform(asked)
    assert (job.state, job.message) == (State.FAILED, jobs.NO_ROOM)
    assert_untouched(asked)
    again(asked)
    perform(asked)
    assert_imported(asked)


def test_a_full_disk_of_the_database_is_said_at_a_terminal_too(asked):
    path = asked.site.app.config["COLOPHON"].uploads / str(asked.upload_id)
    with full(asked.site):
        result = asked.site.app.test_cli_runner().invoke(args=["import", "books", str(path)])
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == "Error: The disk of the database is full. Nothing was imported."
    assert_untouched(asked)


def again(asked):
    with asked.site.app.app_context(), import_job.unit_of_work() as session:
        import_job.queue.retry(session, asked.job_id)


@contextmanager
def full(site):
    """A database that has room for little more than it holds."""
    little = little_on_sqlite if site.database.kind == "sqlite" else none_on_postgresql
    with little(site):
        yield


@contextmanager
def little_on_sqlite(site):
    def limit(raw, *_):
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count = {pages + 10}")

    event.listen(site.engine, "checkout", limit)
    yield
    event.remove(site.engine, "checkout", limit)
    site.engine.dispose()


@contextmanager
def none_on_postgresql(site):
    """It says so when a row is written."""
    with site.outside.connect() as connection:
        connection.execute(text(FULL))
        connection.execute(text("CREATE TRIGGER full_disk BEFORE INSERT ON books EXECUTE FUNCTION full_disk()"))
        yield
        connection.execute(text("DROP TRIGGER full_disk ON books"))
        connection.execute(text("DROP FUNCTION full_disk"))


FULL = """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"""
