"""Jobs as rows: asked for once, taken by one attempt, finished in the transaction of what they write, or not at all."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models.base import now
from models.job import Job, State, Usage
from models.tag import Tag
from models.user import Role, User
from services import queue, signals, work
from services.unit_of_work import Refused, unit_of_work
from tests.factories import make_tag, make_user
from tests.test_policy import person


@pytest.fixture
def ines(context):
    """Somebody who asks for jobs."""
    with unit_of_work() as session:
        user = make_user(session, role=Role.EDITOR, name="Ines Lindqvist")
        return person(Role.EDITOR, id=user.id)


@pytest.fixture
def ask(ines):
    """A function: title and more → the id of a job that waits."""

    def enqueue(title="Export 3 books", **more):
        with unit_of_work() as session:
            return queue.enqueue(session, "export", title, ines, "books", **more).id

    return enqueue


@pytest.fixture
def job(context):
    """A function: id → the job as it is now."""
    return lambda key: context.get(Job, key, populate_existing=True)


def log_of(job):
    return [sentence for _, sentence in job.log]


def test_a_job_is_there_when_the_decision_is(context, ines):
    with unit_of_work() as session:
        queue.enqueue(session, "export", "Export 3 books", ines)
        session.rollback()
    assert context.scalars(select(Job)).all() == []


def test_what_is_asked_twice_is_one_job_while_it_is_open(ask, context):
    first = ask(parameters={"format": "csv"})
    assert ask(parameters={"format": "csv"}) == first
    assert ask(parameters={"format": "json"}) != first
    with unit_of_work() as session:
        queue.cancel(session, first)
    assert ask(parameters={"format": "csv"}) != first


def test_nobody_fills_the_queue(ask):
    for number in range(queue.MOST_OPEN):
        ask(f"Export {number} books")
    with pytest.raises(Refused, match="You have 5 jobs under way"):
        ask()


def test_a_job_is_taken_with_the_rights_of_that_moment(ask, job, context, ines):
    key = ask(parameters={"format": "csv"}, total=3)
    taken = work.take(key, 1)
    assert (taken.person.role, taken.entity, taken.parameters) == (Role.EDITOR, "books", {"format": "csv"})
    assert job(key).state == State.RUNNING
    assert log_of(job(key)) == ["Asked for.", "Begun."]


def test_whoever_may_not_sign_in_any_more_gets_nothing_done(ask, job, session, ines):
    key = ask()
    session.get(User, ines.id).is_active = False
    session.flush()
    assert work.take(key, 1) is None
    assert (job(key).state, job(key).message) == (
        State.FAILED,
        "Ines Lindqvist may not sign in any more, so nothing was done.",
    )


def finish(taken, name):
    """What a job does: write something, and finish in the same transaction."""
    with unit_of_work() as session:
        make_tag(session, name=name)
        taken.finish(session, "One tag made.", done=1)


def test_a_job_is_done_exactly_when_what_it_writes_is_there(ask, job, context):
    key = ask()
    finish(work.take(key, 1), "Poetry")
    done = job(key)
    assert (done.state, done.message, done.done) == (State.DONE, "One tag made.", 1)
    assert done.change_set_id is not None
    assert done.expires_at - done.finished_at == queue.KEPT
    assert work.take(key, 1) is None


def test_of_a_job_that_was_begun_twice_one_counts(ask, job, context):
    key = ask()
    first, again = work.take(key, 1), work.take(key, 1)
    finish(again, "Poetry")
    with pytest.raises(work.Superseded):
        finish(first, "Prose")
    assert context.scalars(select(Tag.name)).all() == ["Poetry"]
    assert log_of(job(key)) == ["Asked for.", "Begun.", "Begun again: the worker had ended.", "One tag made."]


def test_what_waits_is_cancelled_at_once(ask, job, context):
    key = ask()
    with unit_of_work() as session:
        queue.cancel(session, key)
    assert job(key).state == State.CANCELLED
    assert work.take(key, 1) is None
    with unit_of_work() as session:
        queue.cancel(session, key)  # once more, and nothing to say
    assert log_of(job(key)) == ["Asked for.", "Cancelled before it began."]


def test_what_is_done_cannot_be_cancelled(ask, context):
    key = ask()
    finish(work.take(key, 1), "Poetry")
    with unit_of_work() as session, pytest.raises(Refused, match="done already"):
        queue.cancel(session, key)


def test_what_runs_ends_at_its_next_step_and_leaves_nothing(ask, job, context):
    key = ask()
    taken = work.take(key, 1)
    with unit_of_work() as session:
        queue.cancel(session, key)
    with pytest.raises(work.Cancelled):
        taken.report(1)
    with pytest.raises(work.Cancelled):
        finish(taken, "Poetry")
    assert context.scalars(select(Tag)).all() == []
    work.give_up(taken, State.CANCELLED, "Cancelled.")
    assert job(key).state == State.CANCELLED


def test_progress_is_seen_while_it_runs(ask, job, context, session):
    key = ask()
    taken = work.take(key, 1)
    taken.report(20, 100)
    taken.report(21)  # too soon to be written down
    seen = session.get(Job, key)
    assert (seen.done, seen.total) == (20, 100)


def test_a_job_that_is_writing_itself_reports_without_waiting(ask, job, context):
    """SQLite has one writer, which is the job."""
    key = ask()
    taken = work.take(key, 1)
    with unit_of_work() as session:
        make_tag(session)
        taken.report(1, 2)
        taken.finish(session, "Made.")
    assert job(key).state == State.DONE


def test_sqlite_s_one_writer_speaks_and_hears_by_files(ask, context, tmp_path, monkeypatch):
    def busy(_):
        raise work.WriterIsBusy

    key = ask()
    signals.ask_to_end(tmp_path, key)  # said to an attempt before
    taken = work.take(key, 1, folder=tmp_path)
    monkeypatch.setattr(work, "beside", busy)
    monkeypatch.setattr(work, "PACE", 0)
    taken.report(20, 100)
    assert signals.heard(tmp_path, key) == (20, 100)
    signals.ask_to_end(tmp_path, key)
    with pytest.raises(work.Cancelled):
        taken.report(40, 100)


def test_a_worker_that_is_stopped_puts_its_job_back(ask, job, context):
    key = ask()
    taken = work.take(key, 1, stopping=lambda: True)
    with pytest.raises(work.Stopped):
        taken.report(1)
    work.put_back(taken)
    assert (job(key).state, job(key).attempt) == (State.QUEUED, 2)
    assert [one[:2] for one in work.waiting(context())] == [(key, 2)]
    with pytest.raises(work.Superseded):
        finish(taken, "Poetry")


def test_the_job_of_a_silent_worker_is_put_back(ask, job, context, session):
    key = ask()
    taken = work.take(key, 1)
    with unit_of_work() as opened:
        assert work.requeue_lost(opened) == 0
    session.execute(update(Job).values(seen_at=now() - timedelta(minutes=2)))
    with unit_of_work() as opened:
        work.keep_alive(opened, [key])
        assert work.requeue_lost(opened) == 0
    session.execute(update(Job).values(seen_at=now() - timedelta(minutes=2)))
    with unit_of_work() as opened:
        assert work.requeue_lost(opened) == 1
    with pytest.raises(work.Superseded):
        taken.report(1)


def test_what_failed_can_be_tried_again(ask, job, context):
    key = ask()
    work.give_up(work.take(key, 1), State.FAILED, "The disk is full.")
    with unit_of_work() as session:
        queue.retry(session, key)
    again = job(key)
    assert (again.state, again.attempt, again.message) == (State.QUEUED, 2, None)
    with unit_of_work() as session, pytest.raises(Refused, match="This job is queued"):
        queue.retry(session, key)


def test_old_results_go_and_files_of_nobody(ask, job, context, session, tmp_path):
    keys = [ask(title) for title in ("Old", "New", "Running")]
    for key in keys[:2]:
        taken = work.take(key, 1)
        with unit_of_work() as opened:
            taken.finish(opened, "Done.", result=f"{key}.csv", result_name="books.csv")
    work.take(keys[2], 1)
    for name in (*(f"{key}.csv" for key in keys), "999.csv"):
        (tmp_path / name).touch()
    session.execute(update(Job).where(Job.id == keys[0]).values(expires_at=now() - timedelta(seconds=1)))
    session.add(Usage(user_id=job(keys[0]).actor_id, action="export", at=now() - timedelta(days=2)))
    session.flush()
    with unit_of_work() as opened:
        work.sweep(opened, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{keys[1]}.csv", f"{keys[2]}.csv"}
    assert job(keys[0]).result is None
    assert session.scalars(select(Usage)).all() == []
    session.execute(update(Job).where(Job.id == keys[0]).values(finished_at=now() - timedelta(days=91)))
    with unit_of_work() as opened:
        work.sweep(opened, tmp_path)
    assert job(keys[0]) is None
    assert job(keys[1]) is not None
