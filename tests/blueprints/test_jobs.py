"""The pages of jobs: one's own, how far they are, what became of them, and what one may do about them."""

from datetime import timedelta

import pytest

from models.base import now
from models.job import Job, State
from models.user import Role
from services import queue, signals
from tests.browsers import Look, violations
from tests.factories import make_user
from tests.forms import follow, read


@pytest.fixture
def ines(session):
    return make_user(session, role=Role.EDITOR, name="Ines Lindqvist")


@pytest.fixture
def make_job(session, ines):
    """A function: values → a job of Ines's."""

    def make(**values):
        usual = {"kind": "export", "title": "Export 3 books as CSV", "actor_id": ines.id, "actor": "Ines Lindqvist"}
        job = Job(**(usual | {"entity": "books"} | values))
        queue.note(job, "Asked for.")
        session.add(job)
        session.flush()
        return job

    return make


@pytest.fixture
def results(app):
    folder = app.config["COLOPHON"].results
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_one_sees_one_s_own_jobs_and_an_administrator_all(log_in, log_in_as, make_job, ines):
    job = make_job()
    assert read(log_in(ines).get("/jobs/")).rows == [job.id]
    assert read(log_in_as("admin").get("/jobs/")).rows == [job.id]
    other = log_in_as("editor")
    assert "No jobs yet" in other.get("/jobs/").text
    assert other.get(f"/jobs/{job.id}").status_code == 403
    assert other.get("/jobs/999").status_code == 404


def test_the_list_takes_two_statements_and_goes_on_where_it_ended(client, make_job, queries):
    keys = [make_job().id for _ in range(53)]
    with queries() as seen:
        page = read(client.get("/jobs/"))
    assert len(seen) == 2, seen
    assert page.rows == keys[:2:-1]
    assert read(client.get(page.rel["next"])).rows == keys[2::-1]


@pytest.mark.parametrize("query", ["x=1", "after=x", "after=1&after=2"])
def test_what_the_address_does_not_know_is_named(client, query):
    assert client.get(f"/jobs/?{query}").status_code == 400


def test_a_running_job_says_how_far_it_is_and_asks_for_itself(log_in, make_job, ines):
    begun = now() - timedelta(seconds=30)
    job = make_job(state=State.RUNNING, done=250, total=1000, started_at=begun)
    page = log_in(ines).get(f"/jobs/{job.id}").text
    assert "250 of 1,000" in page
    assert "about 90 s left" in page or "about 2 min left" in page
    assert f'hx-get="/jobs/{job.id}" hx-trigger="every 1s"' in page


def test_a_job_that_ended_rests(log_in, make_job, ines):
    job = make_job(state=State.FAILED, message="The disk is full.", finished_at=now())
    page = log_in(ines).get(f"/jobs/{job.id}").text
    assert "The disk is full." in page
    assert "hx-trigger" not in page


def press(client, job, action, page=None):
    """Press a button on the page of the job (as it is now, or was); the text of the page that follows."""
    forms = read(page or client.get(f"/jobs/{job.id}")).forms
    form = next(form for form in forms if form.action == f"/jobs/{job.id}/{action}")
    return follow(client, client.post(form.action, data=dict(form.filled({})))).text


def test_cancel_and_try_again(log_in, make_job, ines, stored):
    job, client = make_job(), log_in(ines)
    assert "Cancelled before it began." in press(client, job, "cancel")
    assert stored(Job, job.id).state == State.CANCELLED
    assert "Waiting for its turn" in press(client, job, "retry")
    again = stored(Job, job.id)
    assert (again.state, again.attempt, again.cancel_requested) == (State.QUEUED, 2, False)


def test_what_cannot_be_cancelled_any_more_says_so(log_in, make_job, ines, session, stored):
    job, client = make_job(), log_in(ines)
    page = client.get(f"/jobs/{job.id}")
    job.state = State.DONE
    session.flush()
    assert "This job is done already." in press(client, job, "cancel", page)
    assert stored(Job, job.id).cancel_requested is False


def test_the_result_is_for_whoever_asked_and_still_may(log_in, log_in_as, make_job, ines, results, session):
    (results / "1.csv").write_text("id,title\n1,Emma\n")
    values = {"result": "1.csv", "result_name": "books.csv", "state": State.DONE, "finished_at": now()}
    job = make_job(**values, expires_at=now() + queue.KEPT)
    users = make_job(**values, entity="users", expires_at=now() + queue.KEPT)
    client = log_in(ines)
    answer = client.get(f"/jobs/{job.id}/result")
    assert (f"/jobs/{job.id}/result", "Download") in read(client.get(f"/jobs/{job.id}")).links
    assert answer.text == "id,title\n1,Emma\n"
    assert answer.headers["Content-Disposition"] == "attachment; filename=books.csv"
    assert "no-store" in answer.headers["Cache-Control"]
    answer.close()
    assert client.get(f"/jobs/{users.id}/result").status_code == 403
    assert log_in_as("editor").get(f"/jobs/{job.id}/result").status_code == 403
    (results / "1.csv").unlink()
    assert client.get(f"/jobs/{job.id}/result").status_code == 404
    job.result = None
    session.flush()
    assert client.get(f"/jobs/{job.id}/result").status_code == 404
    assert "is gone" in client.get(f"/jobs/{job.id}").text


# In a browser


@pytest.mark.parametrize("look", [Look(), Look(scheme="dark", width=390)], ids=str)
def test_the_page_follows_the_job_until_it_ends(page_as, make_job, session):
    job = make_job(state=State.RUNNING, done=0, total=1000, started_at=now())
    page = page_as("admin")
    for path in ("/jobs/", f"/jobs/{job.id}"):
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    job.done = 500
    session.flush()
    page.get_by_text("500 of 1,000").wait_for()
    queue.end(job, State.DONE, "1,000 books in 88 KB.")
    session.flush()
    page.get_by_text("1,000 books in 88 KB.").first.wait_for()
    assert violations(page) == []


def test_how_far_sqlite_s_one_writer_is_can_be_seen(log_in, make_job, ines, results):
    job = make_job(state=State.RUNNING, total=5_000, started_at=now())
    signals.say(results, job.id, 2_000, None)
    assert "2,000 of 5,000" in log_in(ines).get(f"/jobs/{job.id}").text


def test_sqlite_s_one_writer_hears_that_it_is_to_end(log_in, make_job, ines, results, session):
    job = make_job(state=State.RUNNING)
    assert "Cancelling…" in press(log_in(ines), job, "cancel")
    assert signals.is_asked_to_end(results, job.id) == (session.get_bind().dialect.name == "sqlite")
