"""Bulk actions: ticked rows or all that match, what changes is shown first, and what was shown is what happens."""

from decimal import Decimal
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from admin.actions import actions_of
from admin.screens import bulk
from models.author import Author
from models.base import now
from models.book import Book, Status
from models.change import Change, ChangeSet
from models.post import Post
from models.post import Status as PostStatus
from models.session import UserSession
from models.tag import Tag
from models.user import Profile, Role, User
from tests.entities import address, each_entity, make, make_various
from tests.factories import make_author, make_book, make_post, make_profile, make_tag, make_user
from tests.forms import follow, read, send

CSRF = "csrf_token"


def ask(client, entity, action, ids=(), query="", **fields):
    """The page of an action, as the list's bar opens it, with what is typed there."""
    listing = client.get(f"/{entity}/")
    sent = {CSRF: read(listing).form(CSRF).value(CSRF), "action": action, **fields}
    sent |= {"ids": [str(key) for key in ids]} if ids else {"all": "1"}
    return client.post(f"/{entity}/bulk?{query}", data=sent)


def confirm(client, page, **changes):
    """Press the button that names the consequence."""
    return send(client, page, {"seen": read(page).form("seen").value("seen"), **changes}, button="confirm")


def do(client, entity, action, ids=(), query="", **fields):
    page = ask(client, entity, action, ids, query, **fields)
    assert page.status_code == 200, page.text
    typed = {name: value for name, value in fields.items() if name not in ("all",)}
    return confirm(client, page, **typed)


def undo(client, session):
    latest = session.scalar(select(func.max(ChangeSet.id)))
    token = read(client.get(f"/changes/{latest}")).form(CSRF).value(CSRF)
    return client.post(f"/changes/{latest}/undo", data={CSRF: token})


def sets(session):
    """What bulk actions wrote."""
    session.expire_all()
    return session.scalars(select(ChangeSet).where(ChangeSet.kind == "bulk").order_by(ChangeSet.id)).all()


def values(session, column):
    session.expire_all()
    return session.scalars(select(column).order_by(column.class_.id)).all()


@pytest.fixture
def shelf(session):
    """Five books: prices 10, 10.50, 12.34, 0 and, in yen, 1050."""
    author = make_author(session, name="Émile Zola")
    prices = [("10", "EUR"), ("10.50", "EUR"), ("12.34", "EUR"), ("0", "EUR"), ("1050", "JPY")]
    return [
        make_book(session, author=author, price=Decimal(p), currency=c, title=f"Book {n}").id
        for n, (p, c) in enumerate(prices)
    ]


# --- every entity


@each_entity
def test_rows_can_be_ticked_and_the_bar_names_the_actions(client, session, resource):
    record = make(session, resource)
    page = client.get(address(resource))
    form = read(page).form("ids")
    assert form.action.startswith(address(resource, "bulk"))
    assert [value for name, value in form.buttons if name == "action"] == [*actions_of(resource), "export"]
    assert f'name="ids" form="bulk" value="{record.id}"' in page.text


@each_entity
def test_without_an_action_the_page_offers_them(client, session, resource):
    ids = make_various(session, resource, 3)
    token = read(client.get(address(resource))).form(CSRF).value(CSRF)
    page = client.post(address(resource, "bulk"), data={CSRF: token, "ids": [str(key) for key in ids]})
    assert page.status_code == 200
    form = read(page).form("ids")
    assert [value for name, value in form.buttons if name == "action"] == list(actions_of(resource))
    assert [value for name, value in form.fields if name == "ids"] == [str(key) for key in ids]


@each_entity
def test_many_are_deleted_as_one_change_and_come_back_by_one_undo(client, session, resource):
    make_various(session, resource, 4)
    ids = [make(session, resource).id for _ in range(3)]
    before = session.execute(select(resource.model.__table__).where(resource.model.id.in_(ids))).all()
    page = ask(client, resource.entity, "delete", ids)
    assert f"Delete 3 {resource.plural}" in page.text
    answer = confirm(client, page)
    assert answer.status_code == 303
    assert f"Deleted 3 {resource.plural}" in follow(client, answer).text
    assert session.scalars(select(resource.model.id).where(resource.model.id.in_(ids))).all() == []
    assert [(one.kind, one.sentence) for one in sets(session)] == [("bulk", f"deleted 3 {resource.plural}")]
    assert undo(client, session).status_code == 303
    after = session.execute(select(resource.model.__table__).where(resource.model.id.in_(ids))).all()
    bookkept = {"version", "updated_at", "password_hash", "role"}
    assert [kept(row, bookkept) for row in after] == [kept(row, bookkept) for row in before]


def kept(row, left_out):
    return {name: value for name, value in row._asdict().items() if name not in left_out}


@each_entity
def test_the_fields_that_can_be_set_are_neither_unique_nor_the_name(client, session, resource):
    unique = {"isbn", "slug", "email", "username", "name", "title"}
    offered = {a.name for action in actions_of(resource).values() if action.kind == "set" for a in action.fields}
    assert not offered & (unique - {"name"} if resource.entity == "users" else unique)
    assert offered or resource.entity == "tags"


@each_entity
def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(client, session, resource, queries):
    ids = make_various(session, resource, 12)
    counted = []
    for some in (ids[:2], ids[2:]):
        with queries() as seen:
            page = ask(client, resource.entity, "delete", some)
        with queries() as seen_too:
            confirm(client, page)
        counted.append((len(seen), len(seen_too)))
    assert counted[0] == counted[1], (seen, seen_too)


# --- rights


@pytest.mark.parametrize("entity", ["books", "authors", "tags", "posts"])
def test_who_only_reads_neither_sees_boxes_nor_acts(log_in_as, session, shelf, entity):
    viewer = log_in_as("viewer")
    page = viewer.get(f"/{entity}/")
    assert 'name="ids"' not in page.text
    token = read(page).form(CSRF).value(CSRF)
    answer = viewer.post(f"/{entity}/bulk", data={CSRF: token, "action": "delete", "ids": "1"})
    assert answer.status_code == 403


def test_contributors_change_their_own_posts_alone(log_in, session):
    me, other = (make_user(session, role=Role.CONTRIBUTOR) for _ in range(2))
    mine, theirs = make_post(session, author=me), make_post(session, author=other)
    client = log_in(me)
    page = ask(client, "posts", "status", [mine.id, theirs.id], **{"set-status": "in review"})
    assert "belongs to somebody else" in page.text
    assert "Set the status of 1 post to In review" in page.text
    assert confirm(client, page, **{"set-status": "in review"}).status_code == 303
    assert values(session, Post.status) == [PostStatus.IN_REVIEW, PostStatus.DRAFT]
    assert do(client, "posts", "delete", [mine.id, theirs.id]).status_code == 303
    assert values(session, Post.id) == [theirs.id]


def test_contributors_neither_publish_nor_give_posts_away(log_in, session):
    me = make_user(session, role=Role.CONTRIBUTOR)
    post = make_post(session, author=me)
    client = log_in(me)
    page = ask(client, "posts", "status", [post.id], **{"set-status": "published"})
    assert "an editor publishes it" in read(page).errors["set-status"]
    page = ask(client, "posts", "author", [post.id], **{"set-author": make_user(session).id})
    assert "ask an editor" in read(page).errors["set-author"]
    published = make_post(session, author=me, status=PostStatus.PUBLISHED, published_at=now())
    page = ask(client, "posts", "tags", [published.id], add="x")
    assert "is out of your hands" in page.text
    assert values(session, Tag.id) == []


# --- prices


@pytest.mark.parametrize(
    ("percent", "ending", "expected"),
    [
        ("5", "none", ["10.50", "11.02", "12.96", "0.00", "1102.00"]),  # 11.025 and 1102.5 to the even side
        ("-5", "99", ["9.99", "9.99", "11.99", "0.00", "998.00"]),
        ("+10,5 %", "95", ["10.95", "11.95", "13.95", "0.00", "1160.00"]),
        ("0", "whole", ["10.00", "10.00", "12.00", "0.00", "1050.00"]),
        ("−100", "90", ["0.00", "0.00", "0.00", "0.00", "0.00"]),
    ],
)
def test_prices_change_by_a_percentage_and_are_rounded(client, session, shelf, percent, ending, expected):
    answer = do(client, "books", "price", shelf, percent=percent, ending=ending)
    assert answer.status_code == 303
    assert [str(price) for price in values(session, Book.price)] == expected


def test_the_preview_shows_before_and_after_and_the_consequence_stands_in_the_button(client, session, shelf):
    page = ask(client, "books", "price", shelf, percent="5", ending="none")
    assert "<del>12.34</del> <ins>12.96</ins> EUR" in page.text
    assert "Change the price of 4 books by +5%" in page.text
    assert "1 book stays as it is" in page.text
    assert sets(session) == []
    answer = confirm(client, page, percent="5", ending="none")
    assert "Changed the price of 4 books by +5%" in follow(client, answer).text
    [written] = sets(session)
    assert (written.kind, written.entity, written.sentence) == ("bulk", "books", "changed the price of 4 books by +5%")
    assert session.scalar(select(func.count()).where(Change.set_id == written.id)) == 4
    assert values(session, Book.version) == [2, 2, 2, 1, 2]
    assert undo(client, session).status_code == 303
    assert [str(price) for price in values(session, Book.price)] == ["10.00", "10.50", "12.34", "0.00", "1050.00"]


def test_amounts_are_written_as_everywhere(client, session):
    book = make_book(session, price=Decimal("4200"), currency="JPY")
    page = ask(client, "books", "price", [book.id], percent="5", ending="none")
    assert "<del>4,200</del> <ins>4,410</ins> JPY" in page.text


def test_a_price_too_large_is_named_and_left_alone(client, session, shelf):
    dear = make_book(session, price=Decimal("9999999999.99"), title="Gold")
    page = ask(client, "books", "price", [*shelf, dear.id], percent="1", ending="none")
    assert "would cost more than a price can be" in page.text
    assert confirm(client, page, percent="1", ending="none").status_code == 303
    assert values(session, Book.price)[-1] == Decimal("9999999999.99")


@pytest.mark.parametrize("percent", ["a lot", "1e5", "-100.01", "1000.01", "1.234", "5,5,5", "٥", "0", "\x00"])
def test_a_percentage_that_is_none_is_said_beside_the_field(client, session, shelf, percent):
    page = ask(client, "books", "price", shelf, percent=percent, ending="none")
    assert read(page).errors["percent"]
    assert 'name="confirm"' not in page.text


# --- fields, tags, references


def test_fields_are_set_or_emptied_and_others_left_unchanged(client, session, shelf):
    make_book(session, subtitle="A novel", pages=3)
    typed = {"set-language": "fr", "clear-subtitle": "1", "set-format": "audio"}
    page = ask(client, "books", "edit", **typed)
    assert "Change the subtitle, format and language of 6 books" in page.text
    assert confirm(client, page, **typed).status_code == 303
    assert set(values(session, Book.language)) == {"fr"}
    assert set(values(session, Book.subtitle)) == {None}
    assert values(session, Book.pages)[-1] == 3


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"set-pages": "-1"}, "set-pages"),
        ({"set-price": "1,234"}, "set-price"),
        ({"set-language": "xx"}, "set-language"),
        ({"set-author": "999999"}, "set-author"),
        ({"set-author": str(2**63)}, "set-author"),
        ({"set-subtitle": "x" * 201}, "set-subtitle"),
        ({"set-subtitle": "x", "clear-subtitle": "1"}, "set-subtitle"),
    ],
)
def test_what_a_field_does_not_take_is_said_beside_it(client, session, shelf, typed, field):
    page = ask(client, "books", "edit", shelf, **typed)
    assert page.status_code == 200
    assert read(page).errors[field]
    assert read(page).form("seen").value("seen") == ""


def test_fields_that_are_not_offered_are_not_set(client, session, shelf):
    forged = {
        "set-title": "Mine",
        "set-isbn": "9780306406157",
        "set-version": "9",
        "clear-title": "1",
        "clear-price": "1",
    }
    page = ask(client, "books", "edit", shelf, **forged)
    assert 'name="confirm"' not in page.text
    page = ask(client, "books", "edit", shelf, **forged, **{"set-pages": "7"})
    token = read(page).form("seen").value("seen")
    given = {CSRF: read(page).form(CSRF).value(CSRF), "seen": token, "confirm": "1", "set-pages": "7", **forged}
    answer = client.post("/books/bulk", data={**given, "action": "edit", "ids": [str(key) for key in shelf]})
    assert answer.status_code == 303
    assert values(session, Book.title) == [f"Book {n}" for n in range(5)]
    assert set(values(session, Book.version)) == {2}


def test_books_get_another_author_chosen_without_a_script(client, session, shelf):
    other = make_author(session, name="Woolf")
    page = ask(client, "books", "author", shelf)
    picker = send(client, page, {"set-author": ""}, button="set-author")
    assert "Choose: Author" in picker.text
    page = send(client, picker, {"picked": "set-author"}, button=str(other.id))
    assert "Set the author of 5 books to Woolf" in page.text
    assert confirm(client, page).status_code == 303
    assert set(values(session, Book.author_id)) == {other.id}


def test_tags_are_added_and_taken_away_and_new_ones_made(client, session):
    history, short = make_tag(session, name="History"), make_tag(session, name="Short")
    posts = [make_post(session, tags=tags) for tags in ([history], [history, short], [short], [])]
    ids = [post.id for post in posts]
    typed = {"add": "new one, history", "take": "SHORT"}
    page = ask(client, "posts", "tags", ids, **typed)
    assert "<del>Short</del>" in page.text
    assert "<ins>new one</ins>" in page.text
    assert confirm(client, page, **typed).status_code == 303
    session.expire_all()
    assert {frozenset(tag.name for tag in post.tags) for post in session.scalars(select(Post))} == {
        frozenset({"History", "new one"})
    }
    assert len(sets(session)) == 1
    assert undo(client, session).status_code == 303
    session.expire_all()
    posts = session.scalars(select(Post).order_by(Post.id)).all()
    assert [sorted(tag.name for tag in post.tags) for post in posts] == [
        ["History"],
        ["History", "Short"],
        ["Short"],
        [],
    ]
    assert values(session, Tag.name) == ["History", "Short"]


def test_tags_that_make_no_difference_change_nothing(client, session):
    tag = make_tag(session, name="History")
    with_it, without = make_post(session, tags=[tag]), make_post(session)
    page = ask(client, "posts", "tags", [with_it.id, without.id], add="history")
    assert "Tag 1 post with history" in page.text
    page = ask(client, "posts", "tags", [without.id], take="unheard of")
    assert read(page).errors["take"] == "No tag is called unheard of."


# --- rules of posts and users


def test_publishing_many_posts_sets_the_moment_once(client, session):
    long_ago = now().replace(year=2020)
    first, again = make_post(session), make_post(session, published_at=long_ago, status=PostStatus.ARCHIVED)
    assert do(client, "posts", "status", [first.id, again.id], **{"set-status": "published"}).status_code == 303
    moments = values(session, Post.published_at)
    assert moments[1] == long_ago
    assert moments[0] > long_ago
    assert set(values(session, Post.status)) == {PostStatus.PUBLISHED}


def test_posts_without_a_moment_are_not_scheduled(client, session):
    planned, unplanned = make_post(session, publish_at=now()), make_post(session)
    typed = {"set-status": "scheduled"}
    page = ask(client, "posts", "status", [planned.id, unplanned.id], **typed)
    assert "has no moment of publication" in page.text
    assert confirm(client, page, **typed).status_code == 303
    assert values(session, Post.status) == [PostStatus.SCHEDULED, PostStatus.DRAFT]
    page = ask(client, "posts", "edit", [planned.id], **{"clear-publish_at": "1"})
    assert "is scheduled, and would lose its moment" in page.text


def test_an_administrator_always_remains(client, session):
    admins = session.scalars(select(User.id).where(User.role == Role.ADMIN)).all()
    other = make_user(session, role=Role.ADMIN)
    ids = [*admins, other.id]
    for action, typed in (("role", {"set-role": "viewer"}), ("edit", {"set-is_active": "no"}), ("delete", {})):
        page = ask(client, "users", action, ids, **typed)
        assert "this is the last active administrator" in page.text
        assert 'name="confirm"' not in page.text
    page = ask(client, "users", "role", [other.id], **{"set-role": "viewer"})
    assert confirm(client, page, **{"set-role": "viewer"}).status_code == 303


def test_whoever_changes_role_is_signed_out_everywhere(client, log_in, session):
    users = [make_user(session, role=Role.VIEWER) for _ in range(2)]
    for user in users:
        log_in(user)
    ids = [user.id for user in users]
    assert do(client, "users", "role", ids, **{"set-role": "editor"}).status_code == 303
    assert session.scalars(select(UserSession.id).where(UserSession.user_id.in_(ids))).all() == []


def test_users_go_with_their_profiles_and_stay_when_they_have_posts(client, session):
    free, writer = make_user(session), make_user(session)
    make_profile(session, free)
    make_post(session, author=writer)
    page = ask(client, "users", "delete", [free.id, writer.id])
    assert "still has posts" in page.text
    assert confirm(client, page).status_code == 303
    assert values(session, Profile.id) == []
    assert undo(client, session).status_code == 303
    assert values(session, Profile.location) == ["Utrecht"]


def test_authors_with_books_stay(client, session, shelf):
    [with_books] = values(session, Author.id)
    page = ask(client, "authors", "delete", [with_books])
    assert "still has books" in page.text
    assert 'name="confirm"' not in page.text


# --- all that match


def test_the_query_travels_and_not_the_ids(client, session, shelf):
    make_book(session, title="Apart", status=Status.CANCELLED)
    query = urlencode({"status": "forthcoming", "q": "Book"})
    page = ask(client, "books", "status", query=query, **{"set-status": "active"})
    assert "Set the status of 5 books to Active" in page.text
    form = read(page).form("all")
    assert "ids" not in form.names
    answer = confirm(client, page, **{"set-status": "active"})
    assert answer.status_code == 303
    assert "status=forthcoming" in answer.location
    assert values(session, Book.status) == [Status.ACTIVE] * 5 + [Status.CANCELLED]


def test_the_query_may_stand_in_the_body(client, session, shelf):
    make_book(session, status=Status.CANCELLED)
    page = ask(client, "books", "delete", status="cancelled")
    assert "Delete 1 book" in page.text


def test_whoever_may_not_start_a_job_is_told_the_limit(log_in, session, monkeypatch):
    monkeypatch.setattr(bulk, "LIMIT", 1)
    me = make_user(session, role=Role.CONTRIBUTOR)
    for _ in range(2):
        make_post(session, author=me)
    page = ask(log_in(me), "posts", "delete")
    assert "More than 1 posts match" in page.text
    assert 'name="confirm"' not in page.text


# --- what was shown is what happens


def test_a_record_that_changed_since_makes_a_409_with_a_fresh_preview(client, session, shelf):
    typed = {"percent": "10", "ending": "none"}
    page = ask(client, "books", "price", shelf, **typed)
    session.get(Book, shelf[0]).price = Decimal("20")
    session.flush()
    answer = confirm(client, page, **typed)
    assert answer.status_code == 409
    assert "Something changed since this page was opened" in answer.text
    assert "<del>20.00</del> <ins>22.00</ins>" in answer.text
    assert values(session, Book.price)[1] == Decimal("10.50")
    assert confirm(client, answer, **typed).status_code == 303
    assert values(session, Book.price)[0] == Decimal("22")


def test_a_record_that_came_or_went_since_makes_a_409(client, session, shelf):
    page = ask(client, "books", "status", query="status=forthcoming", **{"set-status": "active"})
    make_book(session)
    answer = confirm(client, page, **{"set-status": "active"})
    assert answer.status_code == 409
    assert "Set the status of 6 books to Active" in answer.text


def test_the_same_confirmation_twice_is_carried_out_once(client, session, shelf):
    typed = {"percent": "10", "ending": "none"}
    page = ask(client, "books", "price", shelf[:1], **typed)
    assert [confirm(client, page, **typed).status_code for _ in range(2)] == [303, 409]
    assert values(session, Book.price)[0] == Decimal("11")
    assert len(sets(session)) == 1


@pytest.mark.parametrize("seen", ["", "x", "0 0 0 0 0", "9" * 500])
def test_a_confirmation_of_something_never_shown_only_shows_it(client, session, shelf, seen):
    page = ask(client, "books", "delete", shelf)
    assert confirm(client, page, seen=seen).status_code == 200
    page = ask(client, "books", "price", shelf, percent="5", ending="none")
    assert confirm(client, page, percent="50", ending="none").status_code == 200
    assert sets(session) == []


# --- hostile input


@pytest.mark.parametrize("ids", ["x", "0", "-1", "1.5", str(2**63), "9" * 400, "1 OR 1=1", "", "１"])
def test_ids_that_are_none_are_400(client, session, shelf, ids):
    answer = ask(client, "books", "delete", [ids])
    assert answer.status_code == 400


def test_odd_questions_are_400_and_change_nothing(client, session, shelf):
    assert ask(client, "books", "no-such-action", shelf).status_code == 400
    assert ask(client, "books", "delete", query="nonsense=1").status_code == 400
    assert ask(client, "books", "delete", query="view=7").status_code == 400
    assert ask(client, "books", "delete", range(1, 502)).status_code == 400
    token = read(client.get("/books/")).form(CSRF).value(CSRF)
    assert client.post("/books/bulk", data={CSRF: token, "action": "delete"}).status_code == 400
    assert client.post("/books/bulk", data={"action": "delete", "ids": "1"}).status_code == 400
    assert client.get("/books/bulk").status_code == 405
    assert sets(session) == []


def test_ids_that_are_not_there_are_said_and_left_out(client, session, shelf):
    page = ask(client, "books", "delete", [shelf[0], 2**63 - 1])
    assert "1 book is no longer there" in page.text
    assert confirm(client, page).status_code == 303
    assert len(values(session, Book.id)) == 4
