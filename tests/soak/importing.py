"""An import of many books that is asked for and waits for a worker."""

import csv
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import g
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin.imports.check import check
from admin.imports.guessing import guess
from admin.imports.plan import Plan
from admin.screens import import_job
from models.base import now
from models.book import Book
from models.change import Change, ChangeSet
from models.job import Job, State
from models.upload import Upload
from models.user import Role
from services import tabular
from services.unit_of_work import unit_of_work
from tests.conftest import Site
from tests.entities import ENTITIES
from tests.factories import make_isbn
from tests.test_policy import person

HEADER = ("title", "isbn", "price", "author")


@dataclass(frozen=True)
class Asked:
    """A job that is to import these books: their titles begin with `word`."""

    site: Site
    job_id: int
    upload_id: int
    word: str
    rows: int
    beside: frozenset[str]  # the files that were there then, also those of other tests: ids begin anew with each

    def look(self, model: Any, key: int) -> Any:
        with Session(self.site.outside) as session:
            return session.get_one(model, key)

    @property
    def job(self) -> Job:
        return self.look(Job, self.job_id)

    def there(self) -> int:
        """How many of its books there are."""
        with Session(self.site.outside) as session:
            return session.scalar(select(func.count()).where(Book.title.startswith(self.word))) or 0


def ask(site: Site, user_id: int, word: str, rows: int) -> Asked:
    """A file of new books by Ana Kovač, looked at, and its import in the queue."""
    resource = ENTITIES["books"]
    with site.app.app_context(), unit_of_work() as session:
        g.person = person(Role.EDITOR, id=user_id)
        upload = Upload(
            entity="books", actor_id=user_id, actor="Ines", name=f"{word}.csv", size=1, digest="", shape={}, layout="",
            expires_at=now() + timedelta(days=1),
        )  # fmt: skip
        session.add(upload)
        session.flush()
        path = site.app.config["COLOPHON"].uploads / str(upload.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(HEADER)
            lines.writerows([f"{word} {n}", make_isbn(), "12.50", "Ana Kovač"] for n in range(rows))
        shape = tabular.look(path, upload.name)
        plan = Plan(places=guess(resource, HEADER, []), match="isbn")
        found = check(session, path, shape, resource, plan, lambda done: None, path.with_suffix(".ledger"))
        assert (found.new, found.rows) == (rows, rows)
        upload.shape, upload.plan, upload.found = shape.__dict__, plan.as_json(), found.as_json()
        upload.digest = hashlib.sha256(path.read_bytes()).hexdigest()
        job = import_job.enqueue(session, upload, "run")
        session.flush()
        return Asked(site, job.id, upload.id, word, rows, beside(site, upload.id))


def beside(site: Site, upload_id: int) -> frozenset[str]:
    """The names of what is kept of a file that was sent: the file itself, and what was found in it."""
    folder = site.app.config["COLOPHON"].uploads
    return frozenset(path.name for path in folder.iterdir() if path.name.partition(".")[0] == str(upload_id))


def assert_imported(asked: Asked) -> None:
    """All of it is there, each book once, by one change set, and the report says so."""
    job, upload = asked.job, asked.look(Upload, asked.upload_id)
    assert (job.state, job.done) == (State.DONE, asked.rows), (job.state, job.message, job.log)
    assert f"{asked.rows:,} new" in job.message
    assert upload.change_set_id == job.change_set_id
    with Session(asked.site.outside) as session:
        titles = session.scalars(select(Book.title).where(Book.title.startswith(asked.word))).all()
        assert sorted(titles) == sorted(f"{asked.word} {n}" for n in range(asked.rows))
        written = session.scalars(select(Change.record_id).where(Change.set_id == job.change_set_id)).all()
        assert len(written) == len(set(written)) == asked.rows
        entities = select(ChangeSet.entity).where(ChangeSet.request_id == f"job-{job.id}")
        assert session.scalars(entities).all() == ["books"]


def assert_untouched(asked: Asked) -> None:
    """Nothing of it is there, and nothing beside the file."""
    assert asked.there() == 0
    with Session(asked.site.outside) as session:
        mine = select(func.count()).select_from(ChangeSet).where(ChangeSet.request_id == f"job-{asked.job_id}")
        assert session.scalar(mine) == 0
    assert beside(asked.site, asked.upload_id) <= asked.beside
