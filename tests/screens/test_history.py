"""The timeline of a record: who did what, readable differences, and bringing back a value or a version."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.author import Author
from models.book import Book
from models.change import Change, ChangeSet
from models.post import Post
from models.tag import Tag
from models.user import Profile, Role, User
from tests.browsers import violations
from tests.entities import address, complete, each_entity, make
from tests.factories import make_author, make_book, make_post, make_profile, make_tag, make_user
from tests.forms import follow, read, submit

EDITS = {
    "authors": {"name": "Somebody Else", "country": "FR", "bio": "Wrote *little*."},
    "books": {"title": "Another title", "price": "99,00", "status": "out of print"},
    "posts": {"title": "Another post", "content": "Other words", "tags-add": "Late"},
    "tags": {"name": "Prose"},
    "users": {"name": "Another Name", "age": "44", "location": "Zadar"},
}


@pytest.fixture
def edited(client, session):
    """A function: resource → the id of a record that was made and then edited by forms."""

    def run(resource):
        made = submit(client, address(resource, "new"), complete(session, resource))
        assert made.status_code == 303, read(made).errors
        record_id = int(re.search(r"/(\d+)", made.headers["Location"])[1])
        answer = submit(client, address(resource, f"{record_id}/edit"), EDITS[resource.entity])
        assert answer.status_code == 303, read(answer).errors
        return record_id

    return run


def changes_of(session, entity, record_id):
    session.expire_all()
    same = (Change.entity == entity) & (Change.record_id == record_id)
    return session.scalars(select(Change).where(same).order_by(Change.id)).all()


def version_of(client, path):
    return re.search(r'name="version" value="(\d+)"', client.get(path).text)[1]


def restore(client, path, change, field=None, version=None):
    data = {"change": change.id, "version": version or version_of(client, f"{path}/edit")}
    page = client.get(path)
    data["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    return client.post(f"{path}/restore", data=data | ({"field": field} if field else {}))


@each_entity
def test_what_happened_stands_on_the_page_and_in_the_timeline(client, session, edited, resource):
    record_id = edited(resource)
    record, timeline = (client.get(address(resource, f"{record_id}{tail}")) for tail in ("", "/history"))
    for page in (record, timeline):
        assert page.status_code == 200
        assert f"created this {resource.singular}" in page.text
        assert "<b>You</b>" in page.text
        assert "<ins>" in page.text
    for text in EDITS[resource.entity].values():
        if text not in ("99,00", "FR", "out of print", "Wrote *little*.", "Other words"):
            assert f"<ins>{text}</ins>" in timeline.text or text in timeline.text


@each_entity
def test_the_first_version_comes_back(client, session, edited, resource):
    record_id = edited(resource)
    path = address(resource, str(record_id))
    first, *_ = changes_of(session, resource.entity, record_id)
    answer = restore(client, path, first)
    assert answer.status_code == 303
    page = follow(client, answer)
    assert f"Restored version {first.version}" in page.text
    names = [name for name in first.fields.split(",") if name not in ("tags", "published_at", "slug")]
    record = session.get(resource.model, record_id, populate_existing=True)
    assert {n: getattr(record, n) for n in names if n in ("name", "title", "country", "age")} == {
        n: first.after[n] for n in names if n in ("name", "title", "country", "age")
    }
    last = session.scalars(select(ChangeSet).order_by(ChangeSet.id.desc()).limit(1)).one()
    assert (last.kind, last.sentence) == ("save", f"restored version 1 of {record}")


@each_entity
def test_a_stale_restoring_is_refused(client, session, edited, resource):
    record_id = edited(resource)
    first, *_ = changes_of(session, resource.entity, record_id)
    answer = restore(client, address(resource, str(record_id)), first, version=1)
    assert answer.status_code == 409
    assert "Somebody changed it" in answer.text


@each_entity
def test_without_a_version_nothing_is_restored(client, session, edited, resource):
    path = address(resource, str(edited(resource)))
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[1]
    assert client.post(f"{path}/restore", data={"change": 1, "csrf_token": token}).status_code == 400


@each_entity
@pytest.mark.parametrize(
    "query", ["x=1", "by=me", "by=1&by=2", "field=nothing", "since=soon", "until=9999-12-31", "after=-1"]
)
def test_what_the_address_cannot_mean_is_a_400(client, session, resource, query):
    record = make(session, resource)
    session.commit()
    assert client.get(address(resource, f"{record.id}/history?{query}")).status_code == 400


@each_entity
def test_nobody_sees_a_record_that_is_not_there(client, resource):
    assert client.get(address(resource, "999999/history")).status_code == 404


def test_one_value_comes_back(client, session):
    book = make_book(session, title="Emma", price=9)
    session.commit()
    path = f"/books/{book.id}"
    submit(client, f"{path}/edit", {"title": "Amme", "price": "12"})
    *_, change = changes_of(session, "books", book.id)
    page = follow(client, restore(client, path, change, "title"))
    assert "Restored the title of Emma" in page.text
    assert "Undo" in page.text
    found = session.get(Book, book.id, populate_existing=True)
    assert (found.title, found.price) == ("Emma", 12)
    assert found.title_key == "emma"


def test_the_button_of_the_page_restores(client, session):
    book = make_book(session, title="Emma")
    session.commit()
    submit(client, f"/books/{book.id}/edit", {"title": "Amme"})
    page = client.get(f"/books/{book.id}/history")
    form = next(form for form in read(page).forms if ("field", "title") in form.buttons)
    answer = client.post(form.action, data=dict([*form.fields, ("field", "title")]))
    assert answer.status_code == 303
    assert session.get(Book, book.id, populate_existing=True).title == "Emma"
    again = read(client.get(f"/books/{book.id}/history"))
    assert len([form for form in again.forms if ("field", "title") in form.buttons]) == 1


def test_references_have_names_also_when_they_are_gone(client, session):
    old, new = make_author(session, name="Old Author"), make_author(session, name="New Author")
    book = make_book(session, author=old)
    session.commit()
    submit(client, f"/books/{book.id}/edit", {"author": new.id})
    shown = client.get(f"/books/{book.id}/history").text
    assert "<del>Old Author</del> <ins>New Author</ins>" in shown
    session.delete(session.get(Author, old.id))
    session.commit()
    assert "<del>Old Author</del>" in client.get(f"/books/{book.id}/history").text
    *_, change = [row for row in changes_of(session, "books", book.id) if row.action == "update"]
    answer = restore(client, f"/books/{book.id}", change, "author_id")
    assert answer.status_code == 422
    assert "does not exist any more" in answer.text


def test_values_are_said_as_people_say_them(client, session):
    book = make_book(session, isbn="9780306406157", price=10)
    session.commit()
    changed = {"isbn": "", "price": "12.50", "status": "out of print", "published_on": "2027-03-15"}
    submit(client, f"/books/{book.id}/edit", changed)
    shown = client.get(f"/books/{book.id}/history").text
    assert "<del>978-0-306-40615-7</del>" in shown
    assert "<del>10.00</del> <ins>12.50</ins> EUR" in shown
    assert "<del>Forthcoming</del> <ins>Out of print</ins>" in shown
    assert "<ins>15 Mar 2027</ins>" in shown


def test_tags_are_added_and_removed(client, session):
    news, old = make_tag(session, name="News"), make_tag(session, name="Old")
    post = make_post(session, tags=[old])
    session.commit()
    submit(client, f"/posts/{post.id}/edit", {"tags-add": "News", "tags-remove": old.id})
    assert "<del>Old</del> <ins>News</ins>" in client.get(f"/posts/{post.id}/history").text
    *_, change = changes_of(session, "posts", post.id)
    assert restore(client, f"/posts/{post.id}", change, "tags").status_code == 303
    assert [tag.name for tag in session.get(Post, post.id, populate_existing=True).tags] == ["Old"]
    assert session.get(Tag, news.id) is not None


def test_markup_in_a_value_is_only_text(client, session):
    tag = make_tag(session, name="<b>one</b>")
    session.commit()
    submit(client, f"/tags/{tag.id}/edit", {"name": "<i>two</i>"})
    shown = client.get(f"/tags/{tag.id}/history").text
    assert "<b>one" not in shown
    assert "&lt;i&gt;two&lt;/i&gt;" in shown


def test_a_profile_is_part_of_its_user(client, session):
    user = make_user(session)
    make_profile(session, user, location="Split")
    session.commit()
    submit(client, f"/users/{user.id}/edit", {"location": "Zadar"})
    shown = client.get(f"/users/{user.id}/history").text
    assert "<del>Split</del> <ins>Zadar</ins>" in shown
    change = session.scalars(select(Change).where(Change.entity == "profiles").order_by(Change.id.desc())).first()
    assert restore(client, f"/users/{user.id}", change, "location").status_code == 303
    assert session.scalars(select(Profile), execution_options={"populate_existing": True}).one().location == "Split"


def test_roles_never_come_back(client, session):
    user = make_user(session, role=Role.EDITOR)
    session.commit()
    submit(client, f"/users/{user.id}/edit", {"role": "viewer", "name": "Ana"})
    first, *_, change = changes_of(session, "users", user.id)
    assert restore(client, f"/users/{user.id}", change, "role").status_code == 400
    assert restore(client, f"/users/{user.id}", first).status_code == 303
    found = session.get(User, user.id, populate_existing=True)
    assert (found.role, found.name) == (Role.VIEWER, None)
    page = client.get(f"/users/{user.id}/history")
    assert ("field", "role") not in [button for form in read(page).forms for button in form.buttons]


def test_a_password_is_hidden(client, session):
    user = make_user(session)
    session.commit()
    session.get(User, user.id).password_hash = "$argon2id$secret"
    session.commit()
    shown = client.get(f"/users/{user.id}/history").text
    assert "its value is hidden" in shown
    assert "argon2id" not in shown


def test_the_rules_of_the_entity_hold(session, log_in):
    """A contributor may not bring back what an editor decides."""
    me = make_user(session, role=Role.CONTRIBUTOR)
    post = make_post(session, author=me, title="Mine", status="published")
    session.commit()
    session.get(Post, post.id).status = "draft"
    session.commit()
    *_, change = changes_of(session, "posts", post.id)
    answer = restore(log_in(me), f"/posts/{post.id}", change, "status")
    assert answer.status_code == 422
    assert session.get(Post, post.id, populate_existing=True).status == "draft"


def test_who_may_not_edit_may_not_restore(session, log_in_as):
    book = make_book(session, title="Emma")
    session.commit()
    session.get(Book, book.id).title = "Amme"
    session.commit()
    viewer = log_in_as("viewer")
    page = viewer.get(f"/books/{book.id}/history")
    assert page.status_code == 200
    assert "/restore" not in page.text
    *_, change = changes_of(session, "books", book.id)
    assert restore(viewer, f"/books/{book.id}", change, "title", version=2).status_code == 403


def test_a_change_of_another_record_is_not_found(client, session):
    one, other = make_tag(session, name="one"), make_tag(session, name="other")
    session.commit()
    [change] = changes_of(session, "tags", other.id)
    assert restore(client, f"/tags/{one.id}", change).status_code == 404


def test_restoring_can_be_taken_back_from_the_toast(client, session):
    tag = make_tag(session, name="one")
    session.commit()
    submit(client, f"/tags/{tag.id}/edit", {"name": "two"})
    *_, change = changes_of(session, "tags", tag.id)
    page = follow(client, restore(client, f"/tags/{tag.id}", change, "name"))
    form = next(form for form in read(page).forms if form.action.endswith("/undo"))
    assert client.post(form.action, data=dict(form.fields)).headers["Location"] == f"/tags/{tag.id}"
    assert session.get(Tag, tag.id, populate_existing=True).name == "two"


def test_the_timeline_is_filtered_and_paged(client, session):
    session.commit()  # the client's own user is another change set
    tag = make_tag(session, name="name 0")
    session.commit()
    for number in range(1, 31):
        session.get(Tag, tag.id).name = f"name {number}"
        session.commit()
    first = read(client.get(f"/tags/{tag.id}/history"))
    assert "next" in first.rel
    second = client.get(first.rel["next"])
    assert "created this tag" in second.text
    assert "created this tag" not in client.get(f"/tags/{tag.id}/history?since=2100-01-01").text
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    assert "name 30" in client.get(f"/tags/{tag.id}/history?until={tomorrow}&by=0&field=name").text


def test_a_timeline_needs_a_constant_number_of_statements(client, session, queries):
    book = make_book(session)
    session.commit()
    counts = []
    for _ in range(2):
        for _ in range(6):
            session.get(Book, book.id).author_id = make_author(session).id
            session.commit()
        with queries() as seen:
            assert client.get(f"/books/{book.id}/history").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8, seen


def test_the_timeline_in_a_browser(page_as, session):
    author = make_author(session, name="Jane", bio="Her novels observe the gentry with irony.")
    session.commit()
    session.get(Author, author.id).bio = "Her novels observe the gentry with irony and affection."
    session.commit()
    page = page_as("editor")
    page.goto(f"/authors/{author.id}/history")
    assert violations(page) == []
    page.get_by_role("button", name="Restore this value of Biography").click()
    page.locator(".toast", has_text="Restored the biography of Jane").wait_for()
    assert violations(page) == []
    page.locator(".toast").get_by_role("button", name="Undo").click()
    page.locator(".toast", has_text="Took back: restored the biography").wait_for()
    assert session.get(Author, author.id, populate_existing=True).bio.endswith("affection.")
