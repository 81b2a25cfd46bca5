"""The database crashes and starts again under load: only «come again» in between, no acknowledged write lost.

`make soak` crashes it ten times; `make test` once.
"""

import os
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy.orm import Session

from tests import databases
from tests.conftest import migrated
from tests.factories import make_author, make_user
from tests.soak.servers import OwnPostgreSQL, Person, Server, Writer, cookie_of, until
from tests.soak.test_killed import assert_kept

CRASHES = int(os.environ.get("SOAK_CRASHES", "1"))
WRITERS = 8


@pytest.fixture
def own():
    """A PostgreSQL for this test alone, and the application over it."""
    with TemporaryDirectory(prefix="colophon-pg-") as folder:  # pytest's own folders are closed to other users
        postgresql = OwnPostgreSQL(Path(folder))
        site = migrated(databases.Database("postgresql", databases.create(postgresql.start(), "colophon")))
        yield postgresql, site
        site.close()
        postgresql.stop()


def test_the_database_restarts_under_load(own):
    postgresql, site = own
    with Session(site.outside) as session:
        author_id, editor_id = make_author(session).id, make_user(session, role="editor").id
    server = Server(site.database.url)
    server.start()
    cookie = cookie_of(site.app, site.engine, editor_id)
    site.engine.dispose()
    site.outside.dispose()
    writers = [Writer(Person(server, cookie), author_id, f"Writer {number}") for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for _ in range(CRASHES):
        go_on_writing(writers)
        postgresql.crash()
        threading.Event().wait(0.3)  # long enough for each to meet a database that is not there
        postgresql.start()
        go_on_writing(writers)  # by themselves: nobody restarted the server
    for writer in writers:
        writer.end()
    server.kill()
    assert_kept(site.engine, writers)
    people = [writer.person for writer in writers]
    assert {code for person in people for code in person.answers} == {200, 303, 503}
    assert sum(person.without_retry_after for person in people) == 0
    assert sum(writer.unanswered for writer in writers) == 0


def go_on_writing(writers):
    """Wait until each has written once more."""
    before = [len(writer.acknowledged) for writer in writers]
    until(lambda: all(len(writer.acknowledged) > was for writer, was in zip(writers, before, strict=True)))
