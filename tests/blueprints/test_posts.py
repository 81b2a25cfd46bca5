"""Posts: who writes, who publishes, and how they are shown."""

from datetime import UTC, datetime, timedelta

import pytest

from models.base import now
from models.post import Post, Status
from models.user import Role
from tests.factories import make_post, make_tag, make_user
from tests.forms import read, submit


def test_an_editor_publishes_what_a_contributor_hands_in(session, log_in, log_in_as, stored):
    writer = make_user(session, role=Role.CONTRIBUTOR)
    assert submit(log_in(writer), "/posts/new", {"title": "One", "status": "in review"}).status_code == 303
    [post] = session.query(Post)
    assert submit(log_in_as("editor"), f"/posts/{post.id}/edit", {"status": "published"}).status_code == 303
    after = stored(Post, post.id)
    assert (after.status, after.author_id) == (Status.PUBLISHED, writer.id)
    assert abs(now() - after.published_at) < timedelta(minutes=1)


def test_a_contributor_still_edits_the_text_of_his_published_post_or_is_told_why_not(session, log_in, stored):
    writer = make_user(session, role=Role.CONTRIBUTOR)
    post = make_post(session, author=writer, status=Status.PUBLISHED, published_at=datetime(2026, 1, 1, tzinfo=UTC))
    answer = submit(log_in(writer), f"/posts/{post.id}/edit", {"title": "New"})
    assert answer.status_code == 422
    assert "an editor publishes it" in read(answer).errors["status"]
    assert stored(Post, post.id).title == post.title


def test_a_scheduled_post_needs_its_moment(client, session, stored):
    post = make_post(session)
    answer = submit(client, f"/posts/{post.id}/edit", {"status": "scheduled"})
    assert list(read(answer).errors) == ["publish_at"]
    typed = {"status": "scheduled", "publish_at": "2030-01-01T09:30"}
    assert submit(client, f"/posts/{post.id}/edit", typed).status_code == 303
    assert stored(Post, post.id).publish_at == datetime(2030, 1, 1, 9, 30, tzinfo=UTC)
    assert read(client.get(f"/posts/{post.id}/edit")).form("title").value("publish_at") == "2030-01-01T09:30"


def test_the_newest_change_comes_first_and_tags_are_named(client, session):
    old = make_post(session, updated_at=now() - timedelta(days=1))
    new = make_post(session, tags=[make_tag(session, name="Poetry"), make_tag(session, name="Prose")])
    page = client.get("/posts/")
    assert read(page).rows == [new.id, old.id]
    assert "Poetry" in page.text
    assert "Prose" in page.text


@pytest.mark.parametrize("missing", ["author", "status", "slug", "content"])
def test_a_field_that_is_not_sent_with_a_new_post_is_filled_or_named(client, session, missing):
    answer = submit(client, "/posts/new", {"title": "One", missing: []})
    assert answer.status_code in (303, 422)
    if answer.status_code == 422:
        assert list(read(answer).errors) == [missing]
    else:
        assert session.query(Post).one().author_id is not None
