"""Deleting a user with posts and a tag that posts bear, the picker without a script, and taking it all back."""

import pytest
from sqlalchemy import select

from admin.cascade import CAP
from models.author import Author
from models.book import Book
from models.change import Change, ChangeSet
from models.post import Post
from models.tag import post_tags
from models.user import Profile, Role, User
from tests.browsers import IN_EVERY_LOOK, WITH_AND_WITHOUT_SCRIPT, violations
from tests.factories import make_author, make_book, make_post, make_profile, make_tag, make_user
from tests.forms import follow, read, send, submit


@pytest.fixture
def writer(session):
    """A user with a profile and three posts."""
    user = make_user(session, name="Tom Aldous", role=Role.CONTRIBUTOR)
    make_profile(session, user)
    for number in range(3):
        make_post(session, author=user, title=f"Post {number}")
    return user


def last_set(session):
    session.expire_all()
    return session.scalars(select(ChangeSet).order_by(ChangeSet.id.desc()).limit(1)).one()


def undo(client, session):
    """Take back what was written last, as the toast does."""
    written = last_set(session)
    page = client.get(f"/changes/{written.id}")
    return submit_undo(client, written.id, page)


def submit_undo(client, set_id, page):
    token = read(page).form("csrf_token").value("csrf_token")
    return client.post(f"/changes/{set_id}/undo", data={"csrf_token": token})


# --- a user and the posts


def test_a_user_with_posts_has_three_ways_out(client, writer):
    page = client.get(f"/users/{writer.id}/delete").text
    assert "Deactivate instead" in page
    assert "Move the 3 posts to another user, then delete" in page
    assert "Delete Tom Aldous and 3 posts" in page
    assert "a password and a role do not come back" in page


@pytest.mark.parametrize("typed", ["", "Tom", "Tom Aldous Junior", "\x00"])
def test_posts_go_along_only_when_the_name_is_typed(client, session, writer, typed):
    answer = submit(client, f"/users/{writer.id}/delete", {"choice": "delete", "confirm": typed})
    assert answer.status_code == 422
    assert read(answer).errors["confirm"] == "Type Tom Aldous to delete all of this."
    assert 'href="#confirm"' in answer.text
    assert session.scalars(select(Post.author_id)).all() == [writer.id] * 3


def test_the_posts_can_go_along(client, session, writer):
    answer = submit(client, f"/users/{writer.id}/delete", {"choice": "delete", "confirm": "tom  ALDOUS "})
    assert answer.status_code == 303
    assert "Deleted Tom Aldous and 3 posts" in follow(client, answer).text
    for model in (Post, Profile):
        assert session.scalars(select(model.id)).all() == []
    written = last_set(session)
    assert (written.kind, written.sentence) == ("deletion", "deleted the user Tom Aldous and 3 posts")


def test_one_undo_brings_the_user_back_with_posts_and_profile(client, session, writer):
    tag = make_tag(session)
    post = session.scalars(select(Post)).first()
    post.tags = [tag]
    session.flush()
    user_id, posts = writer.id, session.execute(select(Post.id, Post.title, Post.slug, Post.author_id)).all()
    links = session.execute(select(post_tags)).all()
    submit(client, f"/users/{writer.id}/delete", {"choice": "delete", "confirm": "Tom Aldous"})
    assert undo(client, session).status_code == 303
    assert session.execute(select(Post.id, Post.title, Post.slug, Post.author_id)).all() == posts
    assert session.execute(select(post_tags)).all() == links
    columns = (User.name, User.role, User.password_hash)
    assert session.execute(select(*columns).where(User.id == user_id)).one() == ("Tom Aldous", Role.VIEWER, None)
    assert session.scalars(select(Profile.user_id)).all() == [user_id]


def test_the_posts_can_be_given_to_another(client, session, writer):
    heir, user_id = make_user(session, name="Ana Kovač"), writer.id
    answer = submit(client, f"/users/{user_id}/delete", {"choice": "reassign", "to": heir.id})
    assert answer.status_code == 303
    session.expire_all()
    assert set(session.scalars(select(Post.author_id))) == {heir.id}
    assert session.scalar(select(User.id).where(User.id == user_id)) is None
    assert last_set(session).sentence == "deleted the user Tom Aldous and moved 3 posts to Ana Kovač"


@pytest.mark.parametrize("to", ["", "itself", "999999", "-1", "1; --", "９"])
def test_the_posts_need_somebody_else(client, session, writer, to):
    answer = submit(
        client, f"/users/{writer.id}/delete", {"choice": "reassign", "to": writer.id if to == "itself" else to}
    )
    assert answer.status_code == 422
    assert read(answer).errors["to"] == "Choose another user to move them to."
    assert session.scalars(select(Post.author_id)).all() == [writer.id] * 3


# --- a tag and the posts that bear it


def test_a_tag_says_how_many_posts_lose_it(client, session):
    tag = make_tag(session, name="Poetry")
    posts = [make_post(session, tags=[tag]).id for _ in range(3)]
    page = client.get(f"/tags/{tag.id}/delete")
    assert "Poetry is taken off 3 posts, which stay." in page.text
    assert send(client, page, {"choice": "delete"}).status_code == 303
    assert session.execute(select(post_tags)).all() == []
    assert sorted(session.scalars(select(Post.id))) == posts


def test_an_undo_gives_the_tag_back_to_its_posts(client, session):
    tag = make_tag(session, name="Poetry")
    links = sorted((make_post(session, tags=[tag]).id, tag.id) for _ in range(3))
    submit(client, f"/tags/{tag.id}/delete", {"choice": "delete"})
    assert undo(client, session).status_code == 303
    assert sorted(session.execute(select(post_tags)).all()) == links


def test_a_tag_of_many_posts_asks_for_its_name(client, session, stored):
    tag = make_tag(session, name="Poetry")
    for _ in range(10):
        make_post(session, tags=[tag])
    for choice in ("delete", "reassign"):  # a way that a tag does not have is no way around the question
        answer = submit(client, f"/tags/{tag.id}/delete", {"choice": choice, "confirm": "prose"})
        assert answer.status_code == 422
        assert "confirm" in read(answer).errors
    assert submit(client, f"/tags/{tag.id}/delete", {"choice": "delete", "confirm": "poetry"}).status_code == 303
    assert stored(type(tag), tag.id) is None


def test_a_post_that_got_the_tag_meanwhile_is_noticed(client, session, stored):
    tag = make_tag(session)
    make_post(session, tags=[tag])
    page = client.get(f"/tags/{tag.id}/delete")
    make_post(session, tags=[tag])
    assert send(client, page, {"choice": "delete"}).status_code == 409
    assert stored(type(tag), tag.id) is not None


# --- above the cap


@pytest.fixture
def prolific(session, engine):
    """An author with more books than are counted."""
    author = make_author(session, name="Corín Tellado")
    one = make_book(session, author=author)
    copies = [{c.name: getattr(one, c.key) for c in Book.__table__.columns if c.name != "id"} for _ in range(CAP + 5)]
    with engine.begin() as connection:
        connection.execute(Book.__table__.insert(), copies)
    return author


def test_above_the_cap_too_what_came_since_is_noticed(client, session, prolific):
    page = client.get(f"/authors/{prolific.id}/delete")
    assert "1,000+ books" in page.text
    gone = session.scalars(select(Book).limit(1)).one()
    session.delete(gone)
    session.flush()
    make_book(session, author=prolific)
    answer = send(client, page, {"choice": "delete", "confirm": "Corín Tellado"})
    assert answer.status_code == 409
    assert "Something changed since" in answer.text


def test_above_the_cap_too_what_moved_here_is_noticed(client, session, prolific):
    book = make_book(session)
    page = client.get(f"/authors/{prolific.id}/delete")
    form = client.get(f"/books/{book.id}/edit")
    assert send(client, form, {"author": prolific.id}).status_code == 303
    assert send(client, page, {"choice": "delete", "confirm": "Corín Tellado"}).status_code == 409


def test_above_the_cap_another_change_is_no_alarm_and_the_sentence_is_exact(client, session, prolific):
    book, other = session.scalars(select(Book).limit(1)).one(), make_book(session)
    page = client.get(f"/authors/{prolific.id}/delete")
    for changed in (book, other):
        assert send(client, client.get(f"/books/{changed.id}/edit"), {"pages": 77}).status_code == 303
    answer = send(client, page, {"choice": "delete", "confirm": "Corín Tellado"})
    assert answer.status_code == 303
    assert last_set(session).sentence == "deleted the author Corín Tellado and 1,006 books"
    assert session.scalars(select(Book.id)).all() == [other.id]


@pytest.mark.parametrize("seen", ["", "x", "1", "books:1", "9" * 40 + " books:1", "0 books:1\x00"])
def test_a_broken_count_is_no_count(client, session, stored, seen):
    author = make_author(session)
    make_book(session, author=author)
    answer = submit(client, f"/authors/{author.id}/delete", {"choice": "delete", "seen": seen})
    assert answer.status_code == 409
    assert stored(Author, author.id) is not None


# --- everything is one change set


def test_a_deletion_is_one_change_set(client, session):
    author = make_author(session, name="Émile Zola")
    books = [make_book(session, author=author).id for _ in range(3)]
    author_id = author.id
    submit(client, f"/authors/{author.id}/delete", {"choice": "delete"})
    written = last_set(session)
    assert written.sentence == "deleted the author Émile Zola and 3 books"
    rows = session.execute(select(Change.entity, Change.record_id, Change.action).where(Change.set_id == written.id))
    assert sorted(rows.all()) == [("authors", author_id, "delete"), *(("books", book, "delete") for book in books)]


# --- in a browser


@pytest.mark.parametrize("look", WITH_AND_WITHOUT_SCRIPT, ids=str)
def test_the_books_find_another_author_in_a_browser(page_as, session, stored, look):
    author, heir = make_author(session, name="E. C. Gaskell"), make_author(session, name="Elizabeth Gaskell")
    book = make_book(session, author=author)
    page = page_as("editor")
    page.goto(address_of(author))
    page.check("input[value=reassign]")
    if look.javascript:
        page.fill("#to", "elizabeth")
        page.click("[role=option]")
    else:
        page.click("text=Choose…")
        page.click("button:has-text('Elizabeth Gaskell')")
        assert page.is_checked("input[value=reassign]")
    page.click("button:has-text('Move 1 book and delete')")
    page.wait_for_url("**/authors/")
    assert stored(Book, book.id).author_id == heir.id
    assert stored(Author, author.id) is None


def address_of(author):
    return f"/authors/{author.id}/delete"


@IN_EVERY_LOOK
def test_the_page_is_accessible(page_as, session, writer, faults, look):
    page = page_as("admin")
    faults.expect(422)
    page.goto(f"/users/{writer.id}/delete")
    for way in ("retire", "reassign", "delete"):
        page.check(f"input[value={way}]")
        assert violations(page) == []
    page.fill("#confirm", "x")
    page.click("[data-tone=bad] button.fill")
    page.wait_for_selector("#confirm-error")
    assert violations(page) == []
    assert page.input_value("#confirm") == "x"
    assert page.evaluate("document.documentElement.scrollWidth") <= look.width
