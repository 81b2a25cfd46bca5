"""Slugs and the moments of publishing."""

from datetime import UTC, datetime

import pytest

from models.post import Post, Status
from services import publishing
from services.unit_of_work import Refused
from tests.factories import make_post, make_user

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def prepared(session, post):
    with session.no_autoflush:
        session.add(post)
        publishing.prepare(session, post)
    session.flush()
    return post


def new(session, **values):
    return prepared(session, Post(author=make_user(session), **values))


def test_namesakes_are_numbered(session):
    assert [new(session, title="A history").slug for _ in range(3)] == ["a-history", "a-history-2", "a-history-3"]
    assert new(session, title="A history 2").slug == "a-history-2-2"


def test_a_gap_in_the_numbers_is_filled(session):
    make_post(session, slug="a")
    make_post(session, slug="a-3")
    make_post(session, slug="a-b")
    assert new(session, title="A").slug == "a-2"


def test_wildcards_in_a_title_are_no_wildcards(session):
    make_post(session, slug="100-percent")
    assert new(session, title="100%").slug == "100"
    assert new(session, title="_").slug == "post"


def test_a_long_title_has_a_slug_that_fits(session):
    slugs = [new(session, title="word " * 40).slug for _ in range(12)]
    assert len(set(slugs)) == 12
    assert max(map(len, slugs)) <= 100


def test_the_slug_follows_the_title_until_published(session):
    post = new(session, title="One")
    post.title = "Two"
    assert prepared(session, post).slug == "two"
    post.status = Status.PUBLISHED
    assert prepared(session, post).published_at is not None
    post.title = "Three"
    assert prepared(session, post).slug == "two"


def test_a_numbered_slug_follows_too_and_a_typed_one_does_not(session):
    new(session, title="One")
    numbered, typed = new(session, title="One"), new(session, title="One", slug="mine")
    numbered.title = typed.title = "Two"
    assert prepared(session, numbered).slug == "two"
    assert prepared(session, typed).slug == "mine"


def test_a_scheduled_post_needs_its_moment(session):
    with pytest.raises(Refused) as refused:
        new(session, title="One", slug="one", status=Status.SCHEDULED)
    assert refused.value.field == "publish_at"
    session.rollback()
    assert new(session, title="One", status=Status.SCHEDULED, publish_at=MOMENT).published_at is None


def test_the_moment_of_the_first_publication_stays(session):
    post = new(session, title="One", status=Status.PUBLISHED)
    first = post.published_at
    post.status = Status.ARCHIVED
    prepared(session, post)
    post.status = Status.PUBLISHED
    assert prepared(session, post).published_at == first
