"""Imports whose worker is killed or stopped at random moments: all of the rows or none, each once, the report right.

`make soak` strikes twenty times at imports of ten thousand rows; `make test` twice at a thousand.
"""

import os
import random
import threading

import pytest
from sqlalchemy.orm import Session

from models.job import State
from models.user import Role
from tests.conftest import migrated
from tests.factories import make_author, make_user
from tests.soak import replay
from tests.soak.importing import ask, assert_imported
from tests.soak.workers import until_ended, until_running, working

BLOWS = int(os.environ.get("SOAK_BLOWS", "2"))
ROWS = int(os.environ.get("SOAK_ROWS", "1000"))
LONGEST = ROWS / 5_000  # seconds, about, that the rows take


@pytest.fixture
def own(new_database, kind):
    """The application over a database that only the worker uses, and who asks."""
    site = migrated(new_database(kind, "imports"))
    with Session(site.outside) as session:
        make_author(session, name="Ana Kovač")
        user_id = make_user(session, role=Role.EDITOR, name="Ines Lindqvist").id
    yield site, user_id
    site.close()


def test_an_import_is_all_there_and_once_or_not_at_all_whatever_becomes_of_its_worker(own):
    site, user_id = own
    chance = random.Random(11)
    with working(site) as (worker,):
        for blow in range(BLOWS):
            asked = ask(site, user_id, f"Round {blow:02}", ROWS)
            until_running(site, asked.job_id)
            threading.Event().wait(chance.uniform(0, LONGEST))
            if blow % 2:
                worker.kill()
            else:
                assert worker.stop() == 0
                assert asked.job.state in (State.QUEUED, State.DONE)
            assert asked.there() in (0, ROWS)
            worker.start()
            until_ended(site, [asked.job_id])
            assert_imported(asked)
    with Session(site.outside) as session:
        assert replay.difference(session) == []
