"""Create and edit: what is written, what is refused and how, and what happens when two people work at once."""

import re
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event

from models.author import Author
from models.book import Book, Format, Status
from models.post import Post
from models.post import Status as PostStatus
from models.tag import Tag
from models.user import Profile, Role, User
from tests.entities import ENTITIES, LABEL, THEN, address, complete, each_entity, make, opened
from tests.factories import make_author, make_book, make_isbn, make_post, make_profile, make_tag, make_user
from tests.forms import follow, read, send, submit


def saved(answer):
    """The id of the record that the answer leads to."""
    assert answer.status_code == 303, (answer.status, read(answer).errors)
    return int(re.search(r"/(\d+)(/edit)?(\?|$)", answer.headers["Location"])[1])


def again(client, response, name: str):
    """Send the form of this page once more as it stands there."""
    return send(client, response, {name: read(response).form(name).value(name)})


def forged(client, path: str, changes, on: str = "version"):
    """Send the form of this page with fields that it does not have."""
    data: dict[str, list[str]] = {}
    for name, value in read(client.get(path)).form(on).filled(changes):
        data.setdefault(name, []).append(value)
    return client.post(path, data=data)


def written(statements, table: str) -> list[str]:
    """The columns that the UPDATE of this table sets; none when there was no UPDATE."""
    updates = [found[1] for sql in statements if (found := re.search(rf"UPDATE {table} SET (.*?) WHERE", sql))]
    assert len(updates) <= 1, statements
    return re.findall(r"(\w+)=", updates[0]) if updates else []


@contextmanager
def meeting(engine, pattern: str):
    """Let two threads meet before each executes its first statement like this; on SQLite the first one just goes on."""
    barrier, met = threading.Barrier(2), threading.local()

    def wait(conn, cursor, statement, parameters, context, executemany):
        if re.search(pattern, statement) and not getattr(met, "yes", False):
            met.yes = True
            with suppress(threading.BrokenBarrierError):
                barrier.wait(timeout=1)

    event.listen(engine, "before_cursor_execute", wait)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", wait)


def both(*work):
    """Run both at once and return their answers."""
    answers = [None] * len(work)

    def run(place):
        answers[place] = work[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return answers


# --- what is written


@each_entity
def test_what_is_typed_is_kept(client, session, resource):
    typed = complete(session, resource)
    answer = submit(client, address(resource, "new"), typed)
    page = follow(client, answer)
    assert page.status_code == 200
    assert typed[LABEL[resource.entity]] in page.text
    form = opened(client, address(resource, f"{saved(answer)}/edit")).form("version")
    expected = {"price": "12.50", "isbn": "9780306406157"}
    for name, value in typed.items():
        if name != "tags-add":
            assert form.value(name) == expected.get(name, str(value)), name


@each_entity
def test_only_the_changed_field_is_written(client, session, queries, resource):
    identity = saved(submit(client, address(resource, "new"), complete(session, resource)))
    label = LABEL[resource.entity]
    with queries() as seen:
        answer = submit(client, address(resource, f"{identity}/edit"), {label: "Changed"})
    assert answer.status_code == 303
    columns = set(written(seen, resource.entity))
    derived = {"sort_name", "slug"} | set(resource.model.__keys__)
    assert label in columns
    assert columns - derived == {label, "version", "updated_at"}


@each_entity
def test_saving_without_a_change_writes_nothing(client, session, queries, resource, stored):
    identity = saved(submit(client, address(resource, "new"), complete(session, resource)))
    before = stored(resource.model, identity)
    with queries() as seen:
        answer = again(client, client.get(address(resource, f"{identity}/edit")), LABEL[resource.entity])
    assert answer.status_code == 303
    assert written(seen, resource.entity) == []
    after = stored(resource.model, identity)
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    assert "Nothing changed" in follow(client, answer).text


def test_moments_amounts_and_texts_survive_a_save_exactly(client, session, stored):
    """A form shows minutes and normal line ends; saving something else does not round what it did not show."""
    post = make_post(session, publish_at=THEN, content="One\n\n  two  \n\tthree")
    submit(client, f"/posts/{post.id}/edit", {"title": "New", "content": "One\r\n\r\n  two  \r\n\tthree"})
    after = stored(Post, post.id)
    assert (after.publish_at, after.content, after.title) == (THEN, "One\n\n  two  \n\tthree", "New")


def test_fields_that_are_not_sent_stay_as_they_are(client, session, stored):
    book = make_book(session, isbn=make_isbn(7), subtitle="Old", pages=3, language="fr")
    fields = [name for name in opened(client, f"/books/{book.id}/edit").form("title").names if name != "version"]
    nothing = {name: [] for name in fields if name != "csrf_token"}
    answer = submit(client, f"/books/{book.id}/edit", nothing | {"title": "New"})
    assert answer.status_code == 303, read(answer).errors
    after = stored(Book, book.id)
    assert (after.title, after.subtitle, after.pages, after.language) == ("New", "Old", 3, "fr")
    assert (after.isbn, after.price, after.author_id) == (book.isbn, book.price, book.author_id)


def test_a_user_keeps_his_activity_when_the_box_is_not_sent(client, session, stored):
    user = make_user(session, is_active=True)
    submit(client, f"/users/{user.id}/edit", {"is_active": [], "name": "Ana"})
    assert stored(User, user.id).is_active
    submit(client, f"/users/{user.id}/edit", {"is_active": "no"})
    assert not stored(User, user.id).is_active


def test_unknown_and_derived_fields_are_not_written(client, session, stored):
    user = make_user(session, username="ana")
    extra = {"id": 99, "password_hash": "x", "username_key": "x", "theme": "dark", "last_login_at": "2020-01-01"}
    assert forged(client, f"/users/{user.id}/edit", extra | {"name": "Ana"}).status_code == 303
    after = stored(User, user.id)
    assert (after.name, after.username_key, after.last_login_at) == ("Ana", "ana", None)
    assert after.theme == "system"


def test_emptied_fields_become_nothing(client, session, stored):
    author = make_author(session, email="a@example.org", country="NL", bio="x", website="https://example.org")
    submit(client, f"/authors/{author.id}/edit", {"email": "", "country": "", "bio": " ", "website": ""})
    after = stored(Author, author.id)
    assert (after.email, after.email_key, after.country, after.bio, after.website) == (None,) * 5


# --- tags and the profile: parts of the record that stand elsewhere


def test_tags_are_added_and_removed_one_by_one(client, session, stored):
    post = make_post(session, tags=[make_tag(session, name="Poetry"), make_tag(session, name="Prose")])
    submit(client, f"/posts/{post.id}/edit", {"tags-remove": [1], "tags-add": "poetry, Drama , drama,, History"})
    session.expire_all()
    names = {tag.name.lower() for tag in session.get(Post, post.id).tags}
    assert names >= {"prose", "drama", "history"}
    assert session.query(Tag).count() == 4
    assert stored(Post, post.id).version == 2


def test_a_known_tag_is_taken_whatever_its_case(client, session):
    make_tag(session, name="Café")
    post = make_post(session)
    submit(client, f"/posts/{post.id}/edit", {"tags-add": "CAFÉ"})
    session.expire_all()
    assert [tag.id for tag in session.get(Post, post.id).tags] == [1]


def test_two_people_who_add_tags_at_once_lose_none(session, log_in_as):
    post = make_post(session)
    one, two = log_in_as("editor"), log_in_as("editor")
    path = f"/posts/{post.id}/edit"
    first, second = one.get(path), two.get(path)
    assert send(one, first, {"tags-add": "poetry"}).status_code == 303
    assert send(two, second, {"tags-add": "prose"}).status_code == 303
    session.expire_all()
    assert {tag.name for tag in session.get(Post, post.id).tags} == {"poetry", "prose"}


def test_two_new_tags_of_one_name_at_the_same_moment_are_one_tag(session, log_in_as, engine):
    paths = [f"/posts/{make_post(session).id}/edit" for _ in range(2)]
    clients = [log_in_as("editor") for _ in range(2)]
    opens = [client.get(path) for client, path in zip(clients, paths, strict=True)]
    with meeting(engine, "INSERT INTO tags"):
        answers = both(
            lambda: send(clients[0], opens[0], {"tags-add": "poetry"}),
            lambda: send(clients[1], opens[1], {"tags-add": "Poetry"}),
        )
    assert {answer.status_code for answer in answers} <= {303, 422}
    for client, answer in zip(clients, answers, strict=True):
        if answer.status_code == 422:  # typed again as it stands there, it finds the tag
            assert again(client, answer, "tags-add").status_code == 303
    session.expire_all()
    assert session.query(Tag).count() == 1
    assert all(len(post.tags) == 1 for post in session.query(Post))


def test_too_long_and_too_many_tags_are_refused_at_the_field(client, session):
    path = f"/posts/{make_post(session).id}/edit"
    for typed in ("x" * 51, ", ".join(map(str, range(31)))):
        answer = submit(client, path, {"tags-add": typed})
        assert answer.status_code == 422
        assert "tags" in read(answer).errors
        assert read(answer).form("tags-add").value("tags-add") == typed


def test_a_profile_is_made_when_first_filled_and_goes_with_the_user(client, session, stored):
    user = make_user(session)
    submit(client, f"/users/{user.id}/edit", {"name": "Ana"})
    assert session.query(Profile).count() == 0
    submit(client, f"/users/{user.id}/edit", {"location": "Split", "website": "example.org"})
    [profile] = session.query(Profile)
    assert (profile.user_id, profile.location, profile.website) == (user.id, "Split", "https://example.org")
    assert stored(User, user.id).version == 3
    submit(client, f"/users/{user.id}/edit", {"bio": "Reads."})
    assert stored(User, user.id).version == 4
    session.expire_all()
    assert session.query(Profile).one().bio == "Reads."
    submit(client, f"/users/{user.id}/delete", {"choice": "delete"})
    assert stored(User, user.id) is None
    assert session.query(Profile).count() == 0


def test_a_stale_form_of_a_profile_is_a_conflict_too(session, log_in_as):
    user = make_user(session)
    one, two = log_in_as("admin"), log_in_as("admin")
    path = f"/users/{user.id}/edit"
    first, second = one.get(path), two.get(path)
    assert send(one, first, {"location": "Split"}).status_code == 303
    answer = send(two, second, {"location": "Zagreb"})
    assert answer.status_code == 409
    assert read(answer).form("location").value("location") == "Zagreb"
    assert "Split" in answer.text


@pytest.mark.parametrize(("typed", "age"), [("", None), ("0", 0), ("150", 150), (" 7 ", 7)])
def test_an_empty_age_is_not_zero(client, session, stored, typed, age):
    user = make_user(session, age=None)
    assert submit(client, f"/users/{user.id}/edit", {"age": typed}).status_code == 303
    assert stored(User, user.id).age == age
    shown = opened(client, f"/users/{user.id}/edit").form("age").value("age")
    assert shown == ("" if age is None else str(age))


# --- where one is afterwards


@each_entity
def test_one_is_back_at_the_same_place_in_the_list_with_the_row_marked(client, session, resource):
    record = make(session, resource)
    list_address = address(resource, "?q=&sort=-created_at&per_page=25").replace("q=&", "")
    form = client.get(address(resource, f"{record.id}/edit"), headers={"Referer": f"http://localhost{list_address}"})
    answer = send(client, form, {LABEL[resource.entity]: "changed"})
    target = urlsplit(answer.headers["Location"])
    assert target.path == address(resource)
    assert parse_qs(target.query) == {"sort": ["-created_at"], "per_page": ["25"], "saved": [str(record.id)]}
    assert f'<tr data-id="{record.id}" class="saved">' in follow(client, answer).text


def test_after_an_error_and_a_second_try_one_is_still_back_in_the_list(client, session):
    book = make_book(session)
    form = client.get(f"/books/{book.id}/edit", headers={"Referer": "http://localhost/books/?status=forthcoming"})
    refused = send(client, form, {"title": ""})
    answer = send(client, refused, {"title": "New"})
    assert answer.headers["Location"] == f"/books/?status=forthcoming&saved={book.id}"


@pytest.mark.parametrize(
    "back", ["https://evil.example/books/", "//evil.example/books/", "/users/", "/books/../users/", "/books/\\x", "x"]
)
def test_the_way_back_leads_nowhere_else(client, session, back):
    book = make_book(session)
    answer = forged(client, f"/books/{book.id}/edit", {"title": "New", "back": back})
    assert answer.headers["Location"] == f"/books/{book.id}"


def test_save_and_continue_save_and_add_another(client, session):
    author = make_author(session)
    typed = {"title": "Nana", "price": "5", "author": author.id}
    answer = submit(client, "/books/new", typed, button="stay")
    path = f"/books/{saved(answer)}/edit"
    assert urlsplit(answer.headers["Location"]).path == path
    assert "Created" in follow(client, answer).text
    answer = submit(client, "/books/new", typed, button="another")
    assert urlsplit(answer.headers["Location"]).path == "/books/new"
    answer = submit(client, path, {"title": "New"}, button="stay")
    assert urlsplit(answer.headers["Location"]).path == path
    answer = submit(client, path, {"title": "Newer"}, button="another")
    assert urlsplit(answer.headers["Location"]).path == "/books/new"
    assert re.fullmatch(r"/books/\d+", submit(client, "/books/new", typed).headers["Location"])


# --- what a new record begins with


def test_the_address_fills_in_a_new_record(client, session, stored):
    author = make_author(session, name="Émile Zola")
    page = client.get(f"/books/new?author={author.id}&title=Nana&price=7,5&format=audio&pages=x&nothing=1&status=red")
    form = read(page).form("title")
    assert (form.value("author"), form.value("title"), form.value("price")) == (str(author.id), "Nana", "7.50")
    assert (form.value("format"), form.value("pages"), form.value("status")) == ("audio", "", "forthcoming")
    assert "Émile Zola" in page.text
    identity = saved(again(client, page, "title"))
    made = stored(Book, identity)
    assert (made.author_id, made.title, made.price, made.format) == (author.id, "Nana", Decimal("7.50"), Format.AUDIO)


@pytest.mark.parametrize("value", ["999", "0", "-1", "x", "²", str(2**63), "9" * 5000])
def test_an_author_in_the_address_who_does_not_exist_is_nobody(client, value):
    page = client.get("/books/new", query_string={"author": value})
    assert page.status_code == 200
    assert read(page).form("title").value("author") == ""


def test_a_new_post_is_mine_and_a_draft(session, log_in, stored):
    me = make_user(session, role=Role.CONTRIBUTOR, name="Ana Kovač")
    answer = submit(log_in(me), "/posts/new", {"title": "Hello"})
    post = stored(Post, saved(answer))
    assert (post.author_id, post.status, post.slug, post.version) == (me.id, PostStatus.DRAFT, "hello", 1)


@each_entity
def test_a_new_form_has_a_control_for_every_field_and_few_options(client, session, resource):
    for _ in range(60):
        make_author(session), make_user(session), make_tag(session)
    form = opened(client, address(resource, "new")).form(LABEL[resource.entity])
    assert {attribute.name for attribute in resource.fields} - form.names <= {"tags"}
    for attribute in resource.fields:
        if attribute.target is not None:
            assert len(form.options.get(attribute.name, [])) <= 50
        elif attribute.kind == "choice":
            assert set(attribute.choices) <= set(form.options.get(attribute.name, [])) or attribute.required


# --- what is refused


@each_entity
def test_missing_values_are_named_at_their_fields_and_in_the_summary(client, session, resource, stored):
    required = [a for a in resource.fields if a.required and a.kind != "choice"]
    answer = submit(client, address(resource, "new"), {attribute.name: "" for attribute in required})
    assert answer.status_code == 422
    page = read(answer)
    for attribute in required:
        assert "missing" in page.errors[attribute.name], attribute.name
        assert f'href="#{attribute.name}"' in answer.text
    assert 'id="errors"' in answer.text
    count = len(page.errors)
    assert ("One field needs" if count == 1 else f"{count} fields need") in answer.text
    assert f"({count} error" in answer.text
    assert session.query(resource.model).count() == (1 if resource.entity == "users" else 0)


@each_entity
def test_an_error_keeps_everything_that_was_typed(client, session, resource):
    typed = complete(session, resource)
    label = LABEL[resource.entity]
    typed |= {label: "x" * 300 if resource.entity != "tags" else "x" * 51}
    answer = submit(client, address(resource, "new"), typed)
    assert answer.status_code == 422
    form = read(answer).form(label)
    for name, value in typed.items():
        assert form.value(name) == str(value), name
    assert list(read(answer).errors) == [label]
    assert "data-dirty" in answer.text


def test_an_error_keeps_even_what_cannot_be_read(client, session):
    book = make_book(session)
    typed = {
        "price": "cheap",
        "published_on": "31/12/2026",
        "pages": "many",
        "isbn": "978-1",
        "description": "  <b>\n*x*",
    }
    answer = submit(client, f"/books/{book.id}/edit", typed)
    assert answer.status_code == 422
    page = read(answer)
    assert set(page.errors) == {"price", "published_on", "pages", "isbn"}
    for name, value in typed.items():
        assert page.form("price").value(name).replace("\r\n", "\n") == value, name


BAD = [
    ("books", {"title": "x" * 201}, "title", "200"),
    ("books", {"isbn": "978-0-306-40615-8"}, "isbn", "last digit should be 7"),
    ("books", {"isbn": "0306406153"}, "isbn", "last digit should be 2"),
    ("books", {"isbn": "12345"}, "isbn", "13 digits"),
    ("books", {"price": "-1"}, "price", "At least 0"),
    ("books", {"price": "1,234"}, "price", "1234 or 1.234"),
    ("books", {"price": "1.234"}, "price", "1234"),
    ("books", {"price": "12.505"}, "price", "decimal"),
    ("books", {"price": "12345678901"}, "price", "too large"),
    ("books", {"price": "9" * 30}, "price", "number"),
    ("books", {"price": "NaN"}, "price", "number"),
    ("books", {"price": "1e5"}, "price", "number"),
    ("books", {"price": "١٢"}, "price", "number"),
    ("books", {"pages": "0"}, "pages", "At least 1"),
    ("books", {"pages": "²"}, "pages", "whole number"),
    ("books", {"pages": str(2**31)}, "pages", "At most"),
    ("books", {"pages": "9" * 6000}, "pages", "whole number"),
    ("books", {"published_on": "2026-02-30"}, "published_on", "no such day"),
    ("books", {"currency": "XXX"}, "currency", "list"),
    ("books", {"status": "sold"}, "status", "list"),
    ("books", {"author": "77"}, "author", "does not exist"),
    ("books", {"author": str(2**63)}, "author", "Choose one"),
    ("books", {"title": "a\x00b"}, "title", "NUL"),
    ("users", {"username": "a b"}, "username", "Only letters"),
    ("users", {"username": "čaj"}, "username", "Only letters"),
    ("users", {"email": "nobody"}, "email", "e-mail"),
    ("users", {"age": "-1"}, "age", "At least 0"),
    ("users", {"age": "151"}, "age", "At most 150"),
    ("users", {"bio": "x" * 501}, "bio", "500"),
    ("users", {"website": "javascript:alert(1)"}, "website", "web address"),
    ("authors", {"email": "a@b"}, "email", "e-mail"),
    ("authors", {"website": "ftp://example.org"}, "website", "web address"),
    ("authors", {"country": "ZZ"}, "country", "list"),
    ("posts", {"slug": "Not plain"}, "slug", "small letters"),
    ("posts", {"status": "scheduled"}, "publish_at", "moment"),
    ("posts", {"publish_at": "tomorrow"}, "publish_at", "date and a time"),
]


@pytest.mark.parametrize(
    ("entity", "typed", "field", "words"), BAD, ids=[f"{field}-{words}"[:40] for _, _, field, words in BAD]
)
def test_a_bad_value_is_refused_at_its_field_with_words_that_help(client, session, entity, typed, field, words):
    resource = ENTITIES[entity]
    answer = submit(client, address(resource, "new"), complete(session, resource) | typed)
    assert answer.status_code == 422
    errors = read(answer).errors
    assert list(errors) == [field]
    assert words in errors[field]
    assert session.query(resource.model).count() == (1 if entity == "users" else 0)


@pytest.mark.parametrize(
    ("typed", "price"),
    [
        ("12,50", "12.50"),
        ("12.5", "12.50"),
        ("12", "12.00"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1 234,5", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1.234.567", "1234567.00"),
        ("0", "0.00"),
        ("0,05", "0.05"),
        ("9999999999.99", "9999999999.99"),
        (" 7 ", "7.00"),
    ],
)
def test_prices_are_understood_as_people_write_them(client, session, stored, typed, price):
    book = make_book(session)
    answer = submit(client, f"/books/{book.id}/edit", {"price": typed})
    assert answer.status_code == 303, read(answer).errors
    assert str(stored(Book, book.id).price) == price


@pytest.mark.parametrize("typed", ["0-306-40615-2", "9780306406157", "978 0 306 40615 7", "ISBN 978-0-306-40615-7"])
def test_an_isbn_is_understood_in_any_usual_way(client, session, stored, typed):
    book = make_book(session)
    assert submit(client, f"/books/{book.id}/edit", {"isbn": typed}).status_code == 303
    assert stored(Book, book.id).isbn == "9780306406157"


# --- duplicates

DUPLICATES = [
    ("books", "isbn", {"isbn": "9780306406157"}, "978-0-306-40615-7"),
    ("authors", "email", {"email": "ana@example.org"}, "ANA@example.org"),
    ("users", "username", {"username": "Ana"}, "aNA"),
    ("users", "email", {"email": "Ana@example.org"}, "ana@EXAMPLE.org"),
    ("posts", "slug", {"slug": "a-history"}, "a-history"),
    ("tags", "name", {"name": "Straße"}, "  STRASSE "),
]
each_duplicate = pytest.mark.parametrize(
    ("entity", "field", "values", "typed"), DUPLICATES, ids=[f"{entity}-{field}" for entity, field, *_ in DUPLICATES]
)


@each_duplicate
def test_a_duplicate_names_the_record_it_clashes_with(client, session, entity, field, values, typed):
    resource = ENTITIES[entity]
    other = make(session, resource, **values)
    answer = submit(client, address(resource, "new"), complete(session, resource) | {field: typed})
    assert answer.status_code == 422
    page = read(answer)
    assert list(page.errors) == [field]
    assert str(other) in page.errors[field]
    assert f'href="/{entity}/{other.id}"' in answer.text
    assert page.form(field).value(field) == typed
    again = make(session, resource)
    answer = submit(client, address(resource, f"{again.id}/edit"), {field: typed})
    assert answer.status_code == 422
    assert str(other) in read(answer).errors[field]


@each_duplicate
def test_of_two_duplicates_at_the_same_moment_one_is_told_the_same(
    session, log_in_as, engine, entity, field, values, typed
):
    resource = ENTITIES[entity]
    clients = [log_in_as("admin"), log_in_as("admin")]
    given = complete(session, resource)
    distinct = {"username": "bea", "email": "bea@example.org"} if entity == "users" else {}
    typed_by = [given | distinct | values, given | {field: typed}]
    if entity == "authors":
        typed_by[0] |= {"name": "Bea"}
    if entity == "books" or entity == "posts":
        typed_by[0] |= {"title": "Another"}
    opens = [client.get(address(resource, "new")) for client in clients]
    with meeting(engine, f"INSERT INTO {entity}"):
        answers = both(lambda: send(clients[0], opens[0], typed_by[0]), lambda: send(clients[1], opens[1], typed_by[1]))
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert list(read(refused).errors) == [field]
    assert "This belongs to" in read(refused).errors[field]


def test_a_duplicate_of_a_record_one_may_not_see_is_not_named(session, log_in_as):
    """A contributor's slug may clash with any post; users are hidden, so nothing of them may show."""
    make_user(session, username="secret")
    post = make_post(session, slug="taken")
    answer = submit(log_in_as("contributor"), "/posts/new", {"title": "x", "slug": "taken"})
    assert answer.status_code == 422
    assert post.title in read(answer).errors["slug"]
    assert "secret" not in answer.text


def test_an_author_who_was_deleted_while_the_form_was_open_is_named_at_the_field(client, session):
    author, kept = make_author(session), make_author(session)
    page = client.get(f"/books/new?author={author.id}")
    session.delete(author)
    session.flush()
    answer = send(client, page, {"title": "Nana", "price": "5"})
    assert answer.status_code == 422
    assert "does not exist any more" in read(answer).errors["author"]
    assert read(answer).form("title").value("title") == "Nana"
    book = make_book(session, author=kept)
    answer = submit(client, f"/books/{book.id}/edit", {"author": author.id})
    assert answer.status_code == 422
    assert "does not exist any more" in read(answer).errors["author"]


# --- slugs


@pytest.mark.parametrize(
    ("title", "slug"),
    [("A short History!", "a-short-history"), ("Łódź & Øre", "lodz-ore"), ("李白", "post"), ("x" * 200, "x" * 80)],
)
def test_an_empty_slug_is_made_of_the_title(client, session, stored, title, slug):
    assert stored(Post, saved(submit(client, "/posts/new", {"title": title}))).slug == slug
    assert stored(Post, saved(submit(client, "/posts/new", {"title": title}))).slug == f"{slug}-2"


def test_a_slug_follows_the_title_until_the_first_publication(client, session, stored):
    identity = saved(submit(client, "/posts/new", {"title": "First"}))
    submit(client, f"/posts/{identity}/edit", {"title": "Second"})
    assert stored(Post, identity).slug == "second"
    submit(client, f"/posts/{identity}/edit", {"status": "published"})
    assert stored(Post, identity).published_at is not None
    submit(client, f"/posts/{identity}/edit", {"title": "Third"})
    assert stored(Post, identity).slug == "second"


def test_a_slug_somebody_typed_stays(client, session, stored):
    identity = saved(submit(client, "/posts/new", {"title": "First", "slug": "mine"}))
    submit(client, f"/posts/{identity}/edit", {"title": "Second"})
    assert stored(Post, identity).slug == "mine"


def test_the_slug_of_a_published_post_is_fixed(client, session, stored):
    post = make_post(session, slug="old", status=PostStatus.PUBLISHED, published_at=datetime(2026, 1, 1, tzinfo=UTC))
    answer = submit(client, f"/posts/{post.id}/edit", {"slug": "new"})
    assert stored(Post, post.id).slug == "old", answer.status


# --- the optimistic lock


@each_entity
def test_a_stale_form_is_a_conflict_with_both_versions_and_everything_typed(session, log_in_as, stored, resource):
    one, two = log_in_as("admin"), log_in_as("admin")
    label = LABEL[resource.entity]
    record = make(session, resource)
    path = address(resource, f"{record.id}/edit")
    first, second = one.get(path), two.get(path)
    assert send(one, first, {label: "theirs"}).status_code == 303
    answer = send(two, second, {label: "mine"})
    assert answer.status_code == 409
    assert "theirs" in answer.text
    assert read(answer).form(label).value(label) == "mine"
    assert getattr(stored(resource.model, record.id), label) == "theirs"
    assert again(two, answer, label).status_code == 303
    after = stored(resource.model, record.id)
    assert (getattr(after, label), after.version) == ("mine", 3)


def test_a_stale_form_keeps_what_others_changed_and_everything_typed_in_other_fields(session, log_in_as, stored):
    """One field clashes: the page of the conflict carries all other typed fields, and nothing of theirs is lost."""
    one, two = log_in_as("editor"), log_in_as("editor")
    book = make_book(session, title="old", subtitle="old", pages=1)
    path = f"/books/{book.id}/edit"
    first, second = one.get(path), two.get(path)
    assert send(one, first, {"title": "theirs", "subtitle": "theirs"}).status_code == 303
    answer = send(two, second, {"title": "mine", "pages": "2", "description": "*mine*"})
    assert answer.status_code == 409
    assert again(two, answer, "title").status_code == 303
    after = stored(Book, book.id)
    assert (after.title, after.subtitle, after.pages, after.description) == ("mine", "theirs", 2, "*mine*")


def test_an_error_in_a_stale_form_loses_nothing_either(session, log_in_as, stored):
    one, two = log_in_as("editor"), log_in_as("editor")
    book = make_book(session, title="old")
    path = f"/books/{book.id}/edit"
    first, second = one.get(path), two.get(path)
    assert send(one, first, {"title": "theirs"}).status_code == 303
    answer = send(two, second, {"subtitle": "mine", "price": "cheap"})
    assert answer.status_code == 422
    assert read(answer).form("price").value("price") == "cheap"
    assert read(answer).form("price").value("subtitle") == "mine"
    assert send(two, answer, {"price": "5"}).status_code == 303
    after = stored(Book, book.id)
    assert (after.title, after.subtitle, str(after.price)) == ("theirs", "mine", "5.00")


@pytest.mark.parametrize("button", ["preview", "pick"])
def test_a_preview_or_a_choice_in_between_does_not_make_a_stale_form_fresh(session, log_in_as, stored, button):
    """Without a script both come back with a form; it is still the form of the version one had opened."""
    one, two = log_in_as("editor"), log_in_as("editor")
    book = make_book(session, title="old")
    path = f"/books/{book.id}/edit"
    first, second = one.get(path), two.get(path)
    assert send(one, first, {"title": "theirs"}).status_code == 303
    page = send(two, second, {"subtitle": "mine"}, button=button)
    if button == "pick":
        page = send(two, page, {"picked": "author"}, button=str(book.author_id))
    assert page.status_code == 200
    assert again(two, page, "subtitle").status_code == 303
    after = stored(Book, book.id)
    assert (after.title, after.subtitle) == ("theirs", "mine")


def test_of_two_saves_of_one_field_at_the_same_moment_one_is_a_conflict(session, log_in_as, engine, stored):
    book = make_book(session)
    clients = [log_in_as("editor"), log_in_as("editor")]
    opens = [client.get(f"/books/{book.id}/edit") for client in clients]
    with meeting(engine, "UPDATE books"):
        answers = both(
            lambda: send(clients[0], opens[0], {"title": "one"}), lambda: send(clients[1], opens[1], {"title": "two"})
        )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert stored(Book, book.id).version == 2


def test_two_saves_of_different_fields_at_the_same_moment_are_both_kept(session, log_in_as, engine, stored):
    book = make_book(session)
    clients = [log_in_as("editor"), log_in_as("editor")]
    opens = [client.get(f"/books/{book.id}/edit") for client in clients]
    with meeting(engine, "UPDATE books"):
        answers = both(
            lambda: send(clients[0], opens[0], {"title": "one"}), lambda: send(clients[1], opens[1], {"pages": "2"})
        )
    assert [answer.status_code for answer in answers] == [303, 303]
    after = stored(Book, book.id)
    assert (after.title, after.pages, after.version) == ("one", 2, 3)


@pytest.mark.parametrize("version", [[], "", "x", "-1", "²", "9" * 5000])
def test_a_form_without_a_readable_version_saves_nothing(client, session, stored, version):
    book = make_book(session, title="Old")
    answer = submit(client, f"/books/{book.id}/edit", {"title": "New", "version": version})
    assert answer.status_code in (400, 409)
    assert stored(Book, book.id).title == "Old"


def test_a_record_deleted_meanwhile_is_a_404(client, session):
    book = make_book(session)
    page = client.get(f"/books/{book.id}/edit")
    session.delete(book)
    session.flush()
    assert send(client, page, {"title": "New"}).status_code == 404


# --- statements and size


def count_save(client, queries, path, changes):
    page = client.get(path)
    with queries() as seen:
        answer = send(client, page, changes)
    assert answer.status_code == 303, read(answer).errors
    return seen


@each_entity
def test_forms_take_few_statements_and_are_small(client, session, queries, resource):
    session_rows = complete(session, resource)
    with queries() as seen:
        page = client.get(address(resource, "new"))
    assert len(seen) <= 4, seen
    assert len(page.data) < 150_000
    identity = saved(submit(client, address(resource, "new"), session_rows))
    for _ in range(60):
        make(session, resource)
    with queries() as seen:
        page = client.get(address(resource, f"{identity}/edit"))
    assert len(seen) <= 5, seen  # with who else is there, and for a post the draft
    assert len(page.data) < 150_000
    seen = count_save(client, queries, address(resource, f"{identity}/edit"), {LABEL[resource.entity]: "changed"})
    # A post's new title looks for a free slug, and its draft on the server goes with the save.
    assert len(seen) <= (7 if resource.entity == "posts" else 6), seen


@each_entity
def test_a_new_record_takes_at_most_six_statements(client, session, queries, resource):
    typed = complete(session, resource)
    typed.pop("tags-add", None)
    typed.pop("bio", None)
    seen = count_save(client, queries, address(resource, "new"), typed)
    assert len(seen) <= 6, seen


def test_saving_tags_takes_as_many_statements_for_many_as_for_few(client, session, queries):
    seen = {}
    for number in (2, 25):
        held, known = ([make_tag(session) for _ in range(number)] for _ in range(2))
        post = make_post(session, tags=held)
        typed = {"tags-remove": [tag.id for tag in held], "tags-add": ", ".join(tag.name for tag in known)}
        seen[number] = count_save(client, queries, f"/posts/{post.id}/edit", typed)
    assert len(seen[2]) == len(seen[25]), seen
    assert len(seen[2]) <= 10, seen  # the links to take away and those to add are one statement each


def test_saving_a_profile_takes_few_statements(client, session, queries):
    user = make_user(session)
    make_profile(session, user)
    seen = count_save(client, queries, f"/users/{user.id}/edit", {"bio": "Reads.", "name": "Ana"})
    assert len(seen) <= 6, seen


# --- rights


@pytest.mark.parametrize("entity", ["authors", "books", "tags"])
@pytest.mark.parametrize("role", ["viewer", "contributor"])
def test_only_editors_change_the_catalogue(session, log_in_as, role, entity):
    record = make(session, ENTITIES[entity])
    client = log_in_as(role)
    for path in (f"/{entity}/new", f"/{entity}/{record.id}/edit"):
        assert client.get(path).status_code == 403
        assert client.post(path).status_code in (400, 403)
    page = client.get(f"/{entity}/{record.id}").text
    assert f'href="/{entity}/{record.id}/edit' not in page
    assert "Needs Editor or Administrator" in page


def test_a_contributor_changes_his_own_posts_only(session, log_in, stored):
    me = make_user(session, role=Role.CONTRIBUTOR)
    own, other = make_post(session, author=me), make_post(session)
    client = log_in(me)
    assert client.get(f"/posts/{other.id}/edit").status_code == 403
    assert submit(client, f"/posts/{own.id}/edit", {"title": "New"}).status_code == 303
    page = client.get(f"/posts/{own.id}/edit")
    stolen = client.post(f"/posts/{other.id}/edit", data=dict(read(page).form("title").filled({"title": "Stolen"})))
    assert stolen.status_code == 403
    assert stored(Post, other.id).title != "Stolen"


@pytest.mark.parametrize(("typed", "field"), [({"status": "published"}, "status"), ({"author": "other"}, "author")])
def test_a_contributor_neither_publishes_nor_gives_posts_away(session, log_in, stored, typed, field):
    me, other = make_user(session, role=Role.CONTRIBUTOR), make_user(session, role=Role.CONTRIBUTOR)
    typed = {name: other.id if value == "other" else value for name, value in typed.items()}
    own = make_post(session, author=me)
    for path in (f"/posts/{own.id}/edit", "/posts/new"):
        answer = submit(log_in(me), path, {"title": "x"} | typed)
        assert answer.status_code == 422
        assert list(read(answer).errors) == [field]
    assert submit(log_in(me), f"/posts/{own.id}/edit", {"status": "in review"}).status_code == 303
    assert (stored(Post, own.id).author_id, stored(Post, own.id).status) == (me.id, PostStatus.IN_REVIEW)


def test_the_preview_shows_clean_markdown_without_saving(client, session, stored):
    book = make_book(session, description="old")
    typed = {"description": "*new* <script>x</script>", "title": "Typed"}
    answer = submit(client, f"/books/{book.id}/edit", typed, button="preview")
    assert answer.status_code == 200
    assert "<em>new</em>" in answer.text
    assert "<script>x" not in answer.text
    assert read(answer).form("title").value("title") == "Typed"
    assert stored(Book, book.id).description == "old"
    token = read(answer).form("title").value("csrf_token")
    part = client.post("/books/preview", data={"csrf_token": token, "description": "# Hi\n[x](javascript:y)"})
    assert part.text.startswith("<h1>Hi</h1>")
    assert "href" not in part.text
    assert client.post("/books/preview", data={"csrf_token": token, "description": "\x00"}).status_code == 422


def test_every_record_keeps_its_enum_and_defaults(client, session, stored):
    author = make_author(session)
    book = stored(Book, saved(submit(client, "/books/new", {"title": "x", "price": "1", "author": author.id})))
    assert (book.status, book.format, book.currency) == (Status.FORTHCOMING, Format.PAPERBACK, "EUR")
