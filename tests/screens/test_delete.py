"""Delete: what goes along is said before, nothing else goes, and the ways out that lose less."""

import re
import threading

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.author import Author, Status
from models.book import Book
from models.post import Post
from models.post import Status as PostStatus
from models.tag import Tag
from models.user import Role, User
from tests.entities import ENTITIES, address, each_entity, make
from tests.factories import make_author, make_book, make_post, make_tag, make_user
from tests.forms import follow, read, send

BUTTONS = re.compile(r'<button class="btn (?:danger fill|primary)">(.*?)</button>', re.DOTALL)


def buttons(html: str) -> list[str]:
    return [" ".join(re.sub(r"<[^>]+>", " ", text).split()) for text in BUTTONS.findall(html)]


def delete(client, path: str, **changes):
    """Open the page and send it with these changes; «choice» picks the way."""
    return send(client, client.get(path), {"choice": "delete"} | changes)


@each_entity
def test_a_record_on_which_nothing_hangs_goes(client, session, stored, resource):
    record, kept = make(session, resource), make(session, resource)
    path = address(resource, f"{record.id}/delete")
    page = client.get(path)
    assert f"Delete {record}" in buttons(page.text)
    assert 'class="cascade"' not in page.text
    answer = send(client, page, {"choice": "delete"})
    assert (answer.status_code, answer.headers["Location"]) == (303, address(resource))
    assert f"Deleted {record}" in follow(client, answer).text
    assert stored(resource.model, record.id) is None
    assert stored(resource.model, kept.id) is not None
    assert client.get(path).status_code == 404


def test_what_goes_along_is_counted_with_five_examples(client, session):
    author = make_author(session, name="Émile Zola")
    for number in range(7):
        make_book(session, author=author, title=f"Book {number}")
    make_book(session, title="Somebody else's")
    html = client.get(f"/authors/{author.id}/delete").text
    assert "<b>7</b>" in html
    titles = re.findall(r'href="/books/\d+">([^<]*)<', html)
    assert titles == [f"Book {number}" for number in range(5)]
    assert "and 2 more" in html
    assert "Somebody else" not in html
    assert "Delete Émile Zola and 7 books" in buttons(html)
    assert "Move 7 books and delete Émile Zola" in buttons(html)
    assert "Set inactive: Émile Zola" in buttons(html)


def test_the_numbers_are_capped_and_take_bounded_queries(client, session, queries, engine):
    author = make_author(session)
    one = make_book(session, author=author)
    seen = []
    for more in (0, 1100):
        copies = [{c.name: getattr(one, c.key) for c in Book.__table__.columns if c.name != "id"} for _ in range(more)]
        if copies:
            with engine.begin() as connection:
                connection.execute(Book.__table__.insert(), copies)
        with queries() as asked:
            page = client.get(f"/authors/{author.id}/delete")
        assert page.status_code == 200
        assert len(asked) <= 6, asked
        seen.append(len(asked))
    assert seen[0] == seen[1]
    assert "1,000+ books" in page.text


def test_an_author_goes_with_all_books_and_nobody_elses(client, session, stored):
    author = make_author(session)
    mine = [make_book(session, author=author).id for _ in range(3)]
    other = make_book(session).id
    answer = delete(client, f"/authors/{author.id}/delete")
    assert answer.status_code == 303
    assert "and 3 books" in follow(client, answer).text
    assert stored(Author, author.id) is None
    assert [stored(Book, key) for key in mine] == [None] * 3
    assert stored(Book, other) is not None


def test_many_books_go_only_when_the_name_is_typed(client, session, stored):
    author = make_author(session, name="Émile Zola")
    for _ in range(10):
        make_book(session, author=author)
    path = f"/authors/{author.id}/delete"
    for wrong in ("", "Emile", "Zola", "\x00"):
        answer = delete(client, path, confirm=wrong)
        assert answer.status_code == 422
        assert "confirm" in read(answer).errors
        assert stored(Author, author.id) is not None
    answer = delete(client, path, confirm=" émile ZOLA ")
    assert answer.status_code == 303
    assert session.query(Book).count() == 0


# --- what changed since the page was opened


def test_a_book_added_meanwhile_is_not_lost(client, session, stored):
    author = make_author(session)
    make_book(session, author=author)
    page = client.get(f"/authors/{author.id}/delete")
    added = make_book(session, author=author)
    for choice in ("delete", "reassign"):
        answer = send(client, page, {"choice": choice, "to": make_author(session).id})
        assert answer.status_code == 409
        assert "changed since" in answer.text
        assert stored(Author, author.id) is not None
        assert stored(Book, added.id).author_id == author.id
    assert "2 books" in answer.text
    assert send(client, answer, {"choice": "delete"}).status_code == 303


def test_a_first_book_added_meanwhile_is_not_lost_either(client, session, stored):
    author = make_author(session)
    page = client.get(f"/authors/{author.id}/delete")
    added = make_book(session, author=author)
    assert send(client, page, {"choice": "delete"}).status_code == 409
    assert stored(Book, added.id) is not None


def test_as_many_books_but_other_ones_are_seen(client, session, stored):
    author = make_author(session)
    old = make_book(session, author=author)
    page = client.get(f"/authors/{author.id}/delete")
    form = client.get(f"/books/new?author={author.id}")
    assert send(client, form, {"title": "New", "price": "5"}).status_code == 303
    session.delete(old)
    session.flush()
    assert send(client, page, {"choice": "delete"}).status_code == 409
    assert session.query(Book).count() == 1


def test_a_book_added_while_the_author_is_being_deleted_is_not_lost(client, session, engine, site, stored):
    """Another connection adds a book between the count and the DELETE: it waits, is refused, or stops the deletion."""
    author = make_author(session)
    make_book(session, author=author)
    page = client.get(f"/authors/{author.id}/delete")
    added, started = [], threading.Event()

    def add():
        with Session(site.outside) as other:
            try:
                added.append(make_book(other, author_id=author.id, title="Late").id)
            except Exception:
                added.append(None)

    thread = threading.Thread(target=add)

    def meanwhile(conn, cursor, statement, parameters, context, executemany):
        if "DELETE FROM books" in statement and not started.is_set():
            started.set()
            thread.start()
            thread.join(timeout=1)

    event.listen(engine, "before_cursor_execute", meanwhile)
    try:
        answer = send(client, page, {"choice": "delete"})
    finally:
        event.remove(engine, "before_cursor_execute", meanwhile)
        thread.join(timeout=30)
    assert answer.status_code in (303, 409, 422)
    late = [key for key in added if key is not None and stored(Book, key) is not None]
    if answer.status_code == 303:
        assert late == [], "a book without its author"
        assert added == [None], "the book was taken along unseen"
    else:
        assert stored(Author, author.id) is not None


@each_entity
def test_a_record_changed_meanwhile_is_not_deleted(client, session, stored, resource):
    record = make(session, resource)
    page = client.get(address(resource, f"{record.id}/delete"))
    setattr(record, resource.model.__label__ if resource.entity != "users" else "username", "changed")
    session.flush()
    answer = send(client, page, {"choice": "delete"})
    assert answer.status_code == 409
    assert stored(resource.model, record.id) is not None
    assert send(client, answer, {"choice": "delete"}).status_code == 303


@pytest.mark.parametrize("version", [[], "", "x", "²", "9" * 5000])
def test_without_a_version_nothing_is_deleted(client, session, stored, version):
    book = make_book(session)
    answer = delete(client, f"/books/{book.id}/delete", version=version)
    assert answer.status_code in (400, 409)
    assert stored(Book, book.id) is not None


# --- the other ways


def test_books_are_moved_to_another_author(client, session, stored):
    author, other = make_author(session, name="Zola"), make_author(session, name="{0} & {name}")
    mine = [make_book(session, author=author).id for _ in range(12)]
    answer = delete(client, f"/authors/{author.id}/delete", choice="reassign", to=other.id)
    assert answer.status_code == 303, read(answer).errors
    assert "Moved 12 books to {0} &amp; {name}" in follow(client, answer).text
    assert stored(Author, author.id) is None
    assert {(stored(Book, key).author_id, stored(Book, key).version) for key in mine} == {(other.id, 2)}


@pytest.mark.parametrize("to", ["", "self", "99999", "x", "²", "-1", str(2**63), "9" * 5000])
def test_books_are_moved_to_nobody_else(client, session, stored, to):
    author = make_author(session)
    book = make_book(session, author=author)
    to = str(author.id) if to == "self" else to
    answer = delete(client, f"/authors/{author.id}/delete", choice="reassign", to=to)
    assert answer.status_code == 422
    assert "Choose another author" in answer.text
    assert stored(Book, book.id).author_id == author.id


def test_the_new_author_is_chosen_on_a_page_without_a_script(client, session, stored):
    author, other = make_author(session), make_author(session, name="Virginia Woolf")
    book = make_book(session, author=author)
    picker = send(client, client.get(f"/authors/{author.id}/delete"), {"choice": "reassign"}, button="pick")
    assert picker.status_code == 200
    assert "Virginia Woolf" in picker.text
    page = send(client, picker, {"picked": "to"}, button=str(other.id))
    assert page.status_code == 200
    assert stored(Author, author.id) is not None
    form = read(page).form("to")
    assert (form.value("to"), form.value("choice")) == (str(other.id), "reassign")
    assert send(client, page, {"to": other.id}).status_code == 303
    assert stored(Book, book.id).author_id == other.id


def test_a_user_with_posts_does_not_go_silently(client, session, stored):
    user = make_user(session, name="Ana Kovač")
    post = make_post(session, author=user)
    path = f"/users/{user.id}/delete"
    page = client.get(path)
    assert "Deactivate: Ana Kovač" in buttons(page.text)
    assert "Move 1 post and delete Ana Kovač" in buttons(page.text)
    assert read(page).form("choice").value("choice") == "retire"
    assert send(client, page, {"choice": "delete"}).status_code == 422
    assert stored(User, user.id) is not None
    assert stored(Post, post.id) is not None


def test_a_users_posts_are_moved_to_another_user(client, session, stored):
    user, other = make_user(session), make_user(session)
    posts = [make_post(session, author=user, tags=[make_tag(session)]) for _ in range(2)]
    assert delete(client, f"/users/{user.id}/delete", choice="reassign", to=other.id).status_code == 303
    assert stored(User, user.id) is None
    assert {stored(Post, post.id).author_id for post in posts} == {other.id}
    assert session.query(Tag).count() == 2


@pytest.mark.parametrize(
    ("entity", "values", "attr", "value"),
    [
        ("users", {}, "is_active", False),
        ("authors", {}, "status", Status.INACTIVE),
        ("posts", {}, "status", PostStatus.ARCHIVED),
    ],
)
def test_instead_of_deleting_a_record_is_taken_out_of_use(client, session, stored, entity, values, attr, value):
    resource = ENTITIES[entity]
    record = make(session, resource, **values)
    answer = delete(client, address(resource, f"{record.id}/delete"), choice="retire")
    assert answer.status_code == 303
    assert f'href="/{entity}/{record.id}"' in follow(client, answer).text
    after = stored(resource.model, record.id)
    assert (getattr(after, attr), after.version) == (value, 2)


def test_a_tag_is_taken_off_its_posts_which_stay(client, session, stored):
    tag = make_tag(session, name="Poetry")
    posts = [make_post(session, tags=[tag]) for _ in range(3)]
    html = client.get(f"/tags/{tag.id}/delete").text
    assert "Poetry is taken off 3 posts, which stay" in html
    assert buttons(html) == ["Delete Poetry"]
    assert delete(client, f"/tags/{tag.id}/delete").status_code == 303
    session.expire_all()
    assert [post.tags for post in session.query(Post)] == [[]] * 3
    assert all(stored(Post, post.id) for post in posts)


def test_a_choice_that_does_not_exist_is_refused(client, session, stored):
    tag, book = make_tag(session), make_book(session)
    for path, choice in ((f"/tags/{tag.id}/delete", "retire"), (f"/books/{book.id}/delete", "burn")):
        assert delete(client, path, choice=choice).status_code == 400
    assert stored(Tag, tag.id) is not None
    assert stored(Book, book.id) is not None


# --- rights


def test_the_last_administrator_stays(session, log_in, stored):
    me = make_user(session, role=Role.ADMIN)
    client = log_in(me)
    for choice in ("delete", "retire"):
        answer = delete(client, f"/users/{me.id}/delete", choice=choice)
        assert answer.status_code == 422
        assert "last active administrator" in answer.text
    assert stored(User, me.id).is_active
    second = make_user(session, role=Role.ADMIN)
    assert delete(client, f"/users/{second.id}/delete").status_code == 303


@pytest.mark.parametrize(("role", "allowed"), [("viewer", False), ("contributor", False), ("editor", True)])
def test_only_editors_delete_from_the_catalogue(session, log_in_as, stored, role, allowed):
    book = make_book(session)
    client = log_in_as(role)
    assert (client.get(f"/books/{book.id}/delete").status_code == 200) is allowed
    if not allowed:
        assert client.post(f"/books/{book.id}/delete", data={"version": 1}).status_code in (400, 403)
        assert stored(Book, book.id) is not None


def test_a_contributor_deletes_his_own_posts_only(session, log_in, stored):
    me = make_user(session, role=Role.CONTRIBUTOR)
    own, other = make_post(session, author=me), make_post(session)
    client = log_in(me)
    assert client.get(f"/posts/{other.id}/delete").status_code == 403
    token = read(client.get(f"/posts/{own.id}/delete")).form("choice").value("csrf_token")
    stolen = {"csrf_token": token, "version": 1, "choice": "delete"}
    assert client.post(f"/posts/{other.id}/delete", data=stolen).status_code == 403
    assert delete(client, f"/posts/{own.id}/delete").status_code == 303
    assert stored(Post, own.id) is None
    assert stored(Post, other.id) is not None


def test_the_way_back_is_the_list_one_came_from(client, session):
    book = make_book(session)
    came_from = {"Referer": "http://localhost/books/?status=forthcoming"}
    page = client.get(f"/books/{book.id}/delete", headers=came_from)
    answer = send(client, page, {"choice": "delete"})
    assert answer.headers["Location"] == "/books/?status=forthcoming"
