"""Drafts on the form: kept by the browser's request, offered on return, compared, restored, discarded; never saved."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from models.base import now
from models.change import Change
from models.draft import Draft
from models.post import Post
from models.user import Role
from tests.factories import make_book, make_post, make_tag, make_user
from tests.forms import read, send, submit


def token(client, path="/account"):
    return re.search(r'name="csrf-token" content="([^"]+)"', client.get(path).text)[1]


def post(client, path, **data):
    return client.post(path, data=data, headers={"X-CSRFToken": token(client)})


def keep(client, record, **typed):
    answer = post(client, f"/posts/{record.id}/draft", version=record.version, **typed)
    assert answer.status_code == 200, answer.text
    return answer


def offered(answer):
    """The page as people see it: without the template of what only the browser has."""
    return re.sub(r"<template.*?</template>", "", answer.text, flags=re.DOTALL)


@pytest.fixture
def writer(session):
    return make_user(session, role=Role.CONTRIBUTOR)


@pytest.fixture
def mine(session, log_in, writer):
    """The client of a contributor."""
    return log_in(writer)


@pytest.fixture
def article(session, writer):
    return make_post(session, author=writer, title="Saved", content="It begins somewhere.")


def drafts(session):
    session.expire_all()
    return session.scalars(select(Draft).order_by(Draft.id)).all()


# --- keeping


def test_only_the_fields_of_the_form_are_kept(mine, article, session):
    keep(mine, article, title="Typed", password="zebra", then="list", back="/posts/", **{"tags-add": "a", "id": "9"})
    (draft,) = drafts(session)
    assert draft.data == {"title": ["Typed"], "tags-add": ["a"]}
    assert (draft.entity, draft.record_id, draft.version) == ("posts", article.id, 1)


def test_keeping_saves_nothing_and_leaves_no_history(mine, article, session, stored):
    before = session.scalar(select(func.count()).select_from(Change))
    keep(mine, article, title="Typed", content="a\x00b\r\nc")
    assert stored(Post, article.id).title == "Saved"
    assert stored(Post, article.id).version == 1
    assert session.scalar(select(func.count()).select_from(Change)) == before
    assert drafts(session)[0].data["content"] == ["ab\nc"]


def test_too_often_and_too_large_are_refused(mine, article, session):
    keep(mine, article, title="one")
    answer = post(mine, f"/posts/{article.id}/draft", version=1, title="two")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    with time_machine.travel(now() + timedelta(seconds=20)):
        assert post(mine, f"/posts/{article.id}/draft", version=1, content="x" * 200_001).status_code == 413
        keep(mine, article, title="three")
    assert drafts(session)[0].data == {"title": ["three"]}


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 18, "9" * 5000])
def test_a_draft_needs_the_version_it_was_typed_over(mine, article, version):
    assert post(mine, f"/posts/{article.id}/draft", version=version, title="x").status_code == 400


def test_the_server_keeps_drafts_of_posts_only(client, session):
    book = make_book(session)
    assert post(client, f"/books/{book.id}/draft", version=1, title="x").status_code == 404
    assert post(client, "/books/draft", title="x").status_code == 404
    assert 'data-keep="' not in client.get(f"/books/{book.id}/edit").text
    assert 'data-keep="/posts/draft"' in client.get("/posts/new").text


def test_a_contributor_keeps_drafts_of_his_own_posts_only(mine, session, article):
    other = make_post(session)
    for tail in ("draft", "draft/discard", "draft/compare"):
        assert post(mine, f"/posts/{other.id}/{tail}", version=1, title="x").status_code == 403
        assert post(mine, f"/posts/99999/{tail}", version=1, title="x").status_code == 404
    assert drafts(session) == []
    assert post(mine, "/posts/draft", title="x").status_code == 200


def test_a_viewer_keeps_none(log_in_as, article):
    viewer = log_in_as("viewer")
    for path in (f"/posts/{article.id}/draft", "/posts/draft", f"/posts/{article.id}/draft/compare"):
        assert post(viewer, path, version=1, title="x").status_code == 403


# --- offering


def test_a_draft_is_offered_to_its_owner_and_to_nobody_else(mine, article, log_in_as):
    assert "Unsaved changes from" not in offered(mine.get(f"/posts/{article.id}/edit"))
    keep(mine, article, title="Typed")
    assert "Unsaved changes from" in offered(mine.get(f"/posts/{article.id}/edit"))
    for way in ("", "?draft=restore", "?draft=compare"):
        page = offered(log_in_as("editor").get(f"/posts/{article.id}/edit{way}"))
        assert "Unsaved changes from" not in page
        assert "Typed" not in page


def test_opening_the_form_fills_it_with_what_is_saved(mine, article):
    keep(mine, article, title="Typed")
    page = mine.get(f"/posts/{article.id}/edit")
    assert read(page).form("title").value("title") == "Saved"


def test_a_draft_that_says_what_is_saved_is_not_offered(mine, article):
    keep(mine, article, title="Saved", status="draft", publish_at="", author=article.author_id)
    assert "Unsaved changes from" not in offered(mine.get(f"/posts/{article.id}/edit"))


def test_comparing_shows_field_by_field_and_word_by_word(mine, article, session, writer):
    history, novel = make_tag(session, name="History"), make_tag(session, name="Novel")
    tagged = make_post(session, author=writer, title="Tagged", content="It begins somewhere.", tags=[history, novel])
    typed = {"tags-add": "Essay", "tags-remove": history.id}
    keep(mine, tagged, title="Typed <b>", content="It ends somewhere.", status="in review", **typed)
    page = mine.get(f"/posts/{tagged.id}/edit?draft=compare").text
    assert "<ins>Typed &lt;b&gt;</ins>" in page
    assert "<del>begins</del> <ins>ends</ins>" in page
    assert "<ins>In review</ins>" in page
    assert "<del>History</del> <ins>Essay</ins>" in page
    assert read(mine.get(f"/posts/{tagged.id}/edit?draft=compare")).form("title").value("title") == "Tagged"


def test_restoring_fills_the_form_and_saves_nothing(mine, article, session, stored):
    keep(mine, article, title="Typed", content="More.", **{"tags-add": "Essay"})
    page = mine.get(f"/posts/{article.id}/edit?draft=restore")
    form = read(page).form("title")
    assert (form.value("title"), form.value("content"), form.value("tags-add")) == ("Typed", "More.", "Essay")
    assert form.value("version") == "1"
    assert "data-dirty" in page.text
    assert "not saved yet" in page.text
    assert stored(Post, article.id).title == "Saved"
    assert len(drafts(session)) == 1


def test_saving_takes_the_draft_away(mine, article, session, stored):
    keep(mine, article, title="Typed")
    page = mine.get(f"/posts/{article.id}/edit?draft=restore")
    assert send(mine, page, {"title": "Typed more"}).status_code == 303
    assert stored(Post, article.id).title == "Typed more"
    assert drafts(session) == []


def test_a_save_that_fails_keeps_the_draft(mine, article, session):
    keep(mine, article, title="Typed")
    assert submit(mine, f"/posts/{article.id}/edit", {"title": ""}).status_code == 422
    assert len(drafts(session)) == 1


def test_discarding_takes_it_away_and_shows_the_form(mine, article, session):
    keep(mine, article, title="Typed")
    page = mine.get(f"/posts/{article.id}/edit")
    form = next(form for form in read(page).forms if form.action.endswith("/draft/discard"))
    answer = mine.post(form.action, data=dict(form.fields))
    assert (answer.status_code, answer.location) == (303, f"/posts/{article.id}/edit")
    assert drafts(session) == []
    assert "Unsaved changes" not in offered(mine.get(answer.location))


@pytest.mark.parametrize("value", ["restore", "compare", "", "x", "restore&draft=compare"])
def test_asking_for_a_draft_that_is_not_there_shows_the_form(mine, article, value):
    page = mine.get(f"/posts/{article.id}/edit?draft={value}")
    assert page.status_code == 200
    assert read(page).form("title").value("title") == "Saved"


def test_odd_drafts_are_shown_and_not_crashed_on(mine, article):
    keep(mine, article, author="x", status="no such", publish_at="never", **{"tags-remove": "²"})
    for way in ("compare", "restore"):
        assert mine.get(f"/posts/{article.id}/edit?draft={way}").status_code == 200
    with time_machine.travel(now() + timedelta(seconds=20)):
        keep(mine, article, author="99999999999999999999", title="x" * 5000)
        for way in ("compare", "restore"):
            assert mine.get(f"/posts/{article.id}/edit?draft={way}").status_code == 200


def test_a_draft_of_an_older_version_says_so_and_is_merged(mine, article, log_in_as, session, stored):
    keep(mine, article, title="Typed")
    assert submit(log_in_as("editor"), f"/posts/{article.id}/edit", {"content": "Theirs."}).status_code == 303
    page = mine.get(f"/posts/{article.id}/edit")
    assert "was changed since then; saving merges the two" in offered(page)
    page = mine.get(f"/posts/{article.id}/edit?draft=restore")
    assert read(page).form("title").value("version") == "1"
    assert send(mine, page, {"title": "Typed"}).status_code == 303
    after = stored(Post, article.id)
    assert (after.title, after.content) == ("Typed", "Theirs.")


def test_an_overlap_with_a_newer_version_is_a_choice(mine, article, log_in_as, stored):
    keep(mine, article, title="Typed")
    submit(log_in_as("editor"), f"/posts/{article.id}/edit", {"title": "Theirs"})
    page = mine.get(f"/posts/{article.id}/edit?draft=restore")
    assert send(mine, page, {"title": "Typed"}).status_code == 409
    assert stored(Post, article.id).title == "Theirs"


def test_a_draft_of_before_the_record_is_somebody_else_s_number(mine, article, session):
    keep(mine, article, title="Typed")
    draft = drafts(session)[0]
    draft.saved_at = article.created_at - timedelta(seconds=1)
    session.flush()
    assert "Unsaved changes from" not in offered(mine.get(f"/posts/{article.id}/edit"))


# --- new records


def test_a_new_post_has_a_draft_too(mine, session, writer):
    post(mine, "/posts/draft", title="Typed", content="Once.", author=writer.id)
    page = mine.get("/posts/new")
    assert "Unsaved changes from" in offered(page)
    compared = mine.get("/posts/new?draft=compare").text
    assert "<ins>Typed</ins>" in compared
    page = mine.get("/posts/new?draft=restore")
    assert read(page).form("title").value("content") == "Once."
    assert send(mine, page, {"title": "Done"}).status_code == 303
    assert drafts(session) == []


def test_discarding_the_draft_of_a_new_post(mine, session):
    post(mine, "/posts/draft", title="Typed")
    assert post(mine, "/posts/draft/discard").location == "/posts/new"
    assert drafts(session) == []


# --- what only the browser has


def test_comparing_what_the_browser_kept(client, session):
    book = make_book(session, title="Cranford")
    answer = post(
        client, f"/books/{book.id}/draft/compare", version=1, title="Cranford, revised", author=book.author_id
    )
    assert answer.status_code == 200
    assert "<ins>Cranford, revised</ins>" in answer.text
    assert "Author" not in answer.text
    assert "<html" not in answer.text
    assert "Both say the same" in post(client, f"/books/{book.id}/draft/compare", title="Cranford").text
    assert "<ins>New</ins>" in post(client, "/books/draft/compare", title="New").text


def test_a_reference_is_compared_by_name(client, session):
    book, other = make_book(session), make_book(session)
    answer = post(client, f"/books/{book.id}/draft/compare", author=other.author_id)
    assert str(book.author) in answer.text
    assert f"<ins>{other.author}</ins>" in answer.text


def test_restoring_what_the_browser_kept_shows_the_form_and_saves_nothing(client, session, stored):
    book = make_book(session, title="Cranford")
    submit(client, f"/books/{book.id}/edit", {"pages": "300"})
    page = post(client, f"/books/{book.id}/edit", restore="1", version="1", title="Typed")
    form = read(page).form("title")
    assert (form.value("title"), form.value("pages"), form.value("version")) == ("Typed", "300", "1")
    assert page.text.count('data-changed="server"') == 1
    assert stored(type(book), book.id).title == "Cranford"
