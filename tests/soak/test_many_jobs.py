"""Two workers at many jobs, killed and started again all the while: each job is done, and once.

`make soak` has a thousand jobs (a fifth of that on SQLite, where one worker works at a time) and fifty kills.
"""

import os
from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.change import ChangeSet
from models.job import Job, State
from models.tag import Tag
from tests.conftest import migrated
from tests.factories import make_user
from tests.soak.servers import until
from tests.soak.workers import until_ended, working

JOBS = int(os.environ.get("SOAK_JOBS", "6"))
KILLS = int(os.environ.get("SOAK_JOB_KILLS", "1"))


@pytest.fixture
def own(new_database, kind):
    """The application over a database that only the workers use."""
    site = migrated(new_database(kind, "many_jobs"))
    yield site
    site.close()


def test_each_of_many_jobs_is_done_once_whoever_is_killed(own, kind):
    number = JOBS if kind == "postgresql" else max(JOBS // 5, 3)
    ids = asked(own, number)
    with working(own, "tests.working", "quick", number=2) as workers:
        for kill in range(KILLS):
            until(lambda least=number * kill // KILLS: done(own) > least)
            workers[kill % 2].kill()
            workers[kill % 2].start()
        until_ended(own, ids)
    with Session(own.outside) as session:
        assert Counter(session.scalars(select(Job.state))) == {State.DONE: number}
        assert sorted(session.scalars(select(Tag.name))) == sorted(f"Job {key}" for key in ids)
        sets = session.scalars(select(Job.change_set_id)).all()
        assert len(set(sets)) == number
        assert session.scalar(select(func.count()).select_from(ChangeSet).where(ChangeSet.id.in_(sets))) == number


def asked(site, number):
    """So many jobs that wait; their ids."""
    with Session(site.outside) as session:
        actor = make_user(session, role="editor")
        jobs = [
            Job(kind="export", title=f"Job {n}", actor_id=actor.id, actor="Ines", entity="books") for n in range(number)
        ]
        session.add_all(jobs)
        session.flush()
        return [job.id for job in jobs]


def done(site):
    with Session(site.outside) as session:
        return session.scalar(select(func.count()).select_from(Job).where(Job.state == State.DONE))
