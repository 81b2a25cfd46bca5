"""More records than a request takes become a job: all of them change, or none, and one may leave meanwhile."""

import pytest
from flask import g
from sqlalchemy import func, select

import jobs
from admin.screens import bulk, bulk_job
from extensions import db
from models.base import now
from models.book import Book, Status
from models.change import ChangeSet
from models.job import Job, State
from models.user import Role, User
from services import changes, work
from services.unit_of_work import Conflict, Refused
from tests.factories import make_author, make_book, make_post, make_tag
from tests.screens.test_bulk import ask, confirm, undo, values


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """More than three records are many, and a part of the work is two of them."""
    monkeypatch.setattr(bulk, "LIMIT", 3)
    monkeypatch.setattr(bulk_job, "PART", 2)


@pytest.fixture
def shelf(session):
    author = make_author(session)
    return [make_book(session, author=author, price=10).id for _ in range(7)]


def perform(app, job_id, stopping=lambda: False):
    """What the worker does with a job of this kind."""
    with app.app_context():
        given = work.take(job_id, 1, stopping)
        g.person = given.person
        changes.attribute(db.session(), changes.Author(given.person.id, given.person.name))
        bulk_job.run(given)


def enqueued(client, session, action="price", entity="books", query="", **typed):
    typed = typed or {"percent": "50", "ending": "none"}
    page = ask(client, entity, action, query=query, **typed)
    assert "this becomes a job" in page.text
    answer = confirm(client, page, **typed)
    assert answer.status_code == 303
    session.expire_all()
    job = session.scalars(select(Job)).one()
    assert answer.location == f"/jobs/{job.id}"
    return job


def test_it_is_asked_for_by_the_page_and_done_by_the_worker(app, client, session, shelf):
    job = enqueued(client, session)
    assert (job.kind, job.title, job.total) == ("bulk", "Change the price of 7 books by +50%", 7)
    assert set(values(session, Book.price)) == {10}
    perform(app, job.id)
    assert set(values(session, Book.price)) == {15}
    job = session.get(Job, job.id)
    written = session.get(ChangeSet, job.change_set_id)
    assert (job.state, job.message) == (State.DONE, "Changed the price of 7 books by +50%.")
    assert (written.kind, written.sentence) == ("bulk", "changed the price of 7 books by +50%")
    assert undo(client, session).status_code == 303
    assert set(values(session, Book.price)) == {10}


def test_what_changes_leaves_the_query_and_is_done_nevertheless(app, client, session, shelf):
    make_book(session, status=Status.CANCELLED)
    job = enqueued(client, session, "status", query="status=forthcoming", **{"set-status": "active"})
    perform(app, job.id)
    assert values(session, Book.status) == [Status.ACTIVE] * 7 + [Status.CANCELLED]


def test_tags_that_are_new_are_made_once(app, client, session):
    tag = make_tag(session, name="Old")
    for _ in range(5):
        make_post(session, tags=[tag])
    perform(app, enqueued(client, session, "tags", "posts", add="New", take="Old").id)
    session.expire_all()
    posts = session.scalars(select(ChangeSet).where(ChangeSet.kind == "bulk")).all()
    assert [one.sentence for one in posts] == ["tagged 5 posts: added New, took away Old"]


def test_whoever_ends_it_midway_leaves_everything_as_it_was(app, client, session, shelf):
    job, looks = enqueued(client, session), []

    def stopping():
        looks.append(1)
        return len(looks) > 2

    with pytest.raises(work.Stopped):
        perform(app, job.id, stopping)
    assert set(values(session, Book.price)) == {10}
    assert session.scalar(select(func.count()).where(ChangeSet.kind == "bulk")) == 0


def test_it_is_given_up_when_the_records_are_others_by_then(app, client, session, shelf):
    job = enqueued(client, session)
    session.get(Book, shelf[0]).price = 12
    session.flush()
    with pytest.raises(Conflict):
        perform(app, job.id)
    assert sorted(values(session, Book.price)) == [10] * 6 + [12]


def test_rights_are_those_of_the_moment_it_runs(app, client, session, shelf):
    job = enqueued(client, session)
    session.get(User, job.actor_id).role = Role.VIEWER
    session.get(User, job.actor_id).updated_at = now()
    session.flush()
    with pytest.raises(Refused, match="may not edit books any more"):
        perform(app, job.id)
    assert set(values(session, Book.price)) == {10}


def test_the_worker_knows_it(app, client, session, shelf):
    job = enqueued(client, session)
    with app.app_context():
        jobs.perform(job.id, 1)
    assert set(values(session, Book.price)) == {15}
