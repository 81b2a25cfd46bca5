"""Changes: what was written, by whom; taking it back; what stands against it; and what was deleted."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select

from demo.generate import generate
from models.author import Author
from models.base import now
from models.book import Book
from models.change import Change, ChangeSet
from models.post import Post
from models.tag import Tag
from models.user import Role, User
from services import bulk, changes, history_search, sign_in
from services.throttle import Origin
from services.unit_of_work import unit_of_work
from tests.browsers import IN_EVERY_LOOK, violations
from tests.factories import make_author, make_book, make_isbn, make_post, make_tag, make_user
from tests.forms import follow, read, submit

QUERY = [
    "x=1",
    "q=emma&before=end",
    "q=a%00b",
    "by=ana",
    "kind=all",
    "entity=sessions",
    "since=soon",
    "until=9999-12-31",
    "after=x",
    "after=1&before=2",
]


@pytest.fixture
def write(session):
    """A function: work, and how it is described → the id of its change set."""

    def run(work, author=None, **described):
        session.commit()
        if author is not None:
            changes.attribute(session, changes.Author(author.id, str(author), "abc123"))
        if described:
            changes.describe(session, **described)
        work(session)
        session.flush()
        set_id = changes.plan_of(session).set_id
        session.commit()
        session.info.pop("author", None)
        return set_id

    return run


def take_back(client, set_id, **data):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/changes/").text)[1]
    return client.post(f"/changes/{set_id}/undo", data={"csrf_token": token} | data)


def make_prices(session, write, number=3, author=None):
    """(author of the books, the set that doubles their prices)."""
    writer = make_author(session, name="Jane Austen")
    for place in range(number):
        make_book(session, author=writer, title=f"Emma {place}", price=10, isbn=make_isbn())
    sentence = f"doubled the price of {number} books"
    work = lambda s: bulk.change(s, Book, Book.author_id == writer.id, {"price": 20})  # noqa: E731
    return writer, write(work, author, kind="bulk", sentence=sentence, entity="books")


def delete_author(session, write, writer, author=None):
    def work(s):
        bulk.remove(s, Book, Book.author_id == writer.id)
        s.delete(s.get(Author, writer.id))

    name = str(writer)
    return write(work, author, kind="deletion", sentence=f"deleted the author {name} and 3 books", entity="authors")


# The page


def test_everything_that_was_written(client, session, write):
    ana = make_user(session, name="Ana Kovač")
    make_prices(session, write, author=ana)
    page = client.get("/changes/")
    assert page.status_code == 200
    assert "<b>Ana Kovač</b> doubled the price of" in page.text
    assert "<del>10.00</del> <ins>20.00</ins> EUR" in page.text
    assert ">AK<" in page.text
    assert "Today" in page.text


def test_only_the_first_records_of_a_set_are_shown(client, session, write):
    _, doubled = make_prices(session, write, number=8)
    page = client.get("/changes/?kind=bulk")
    assert len(re.findall("<del>10.00</del>", page.text)) == 3
    assert "and 5 more" in page.text
    assert len(re.findall("<del>10.00</del>", client.get(f"/changes/{doubled}").text)) == 8


def test_the_filters(client, session, write):
    ana = make_user(session, name="Ana Kovač")
    _, doubled = make_prices(session, write, author=ana)
    tag = write(lambda s: make_tag(s, name="misc"))

    def shown(query):
        return set(re.findall(r'<li data-id="(\d+)"', client.get(f"/changes/?{query}").text))

    assert {str(doubled), str(tag)} <= shown("")
    assert shown(f"by={ana.id}") == {str(doubled)}
    assert str(tag) in shown("by=0")
    assert shown("kind=bulk") == {str(doubled)}
    assert shown("entity=tags") == {str(tag)}
    assert shown(f"by={ana.id}&entity=tags&kind=bulk") == set()
    today = datetime.now(UTC).date()
    assert str(tag) in shown(f"since={today}&until={today}")
    assert shown("since=2100-01-01") == set()
    assert shown("until=2000-01-01") == set()
    assert shown("by=&entity=&since=&until=") == shown("")


def test_words_find_what_was_done_and_to_which_records(client, session, write):
    ana = make_user(session, name="Ana Kovač")
    writer, doubled = make_prices(session, write, number=5, author=ana)
    gone = delete_author(session, write, writer, author=ana)
    tag = write(lambda s: make_tag(s, name="Émigré"))

    def shown(query):
        return set(re.findall(r'<li data-id="(\d+)"', client.get(f"/changes/?{query}").text))

    assert shown("q=doubled") == {str(doubled)}
    assert shown('q="the price"+DOUBLED') == {str(doubled)}
    assert {str(doubled), str(gone)} <= shown("q=emma+4"), "a record that no sentence names"
    assert str(tag) not in shown("q=emma+4")
    assert shown("q=emigre") == shown("q=em+tag") == {str(tag)}
    assert shown(f"q=jane&kind=deletion&by={ana.id}") == {str(gone)}
    assert {str(doubled), str(gone)} <= shown("q=abc123"), "the request that a log or an error page names"
    assert "Nothing matches" in client.get("/changes/?q=ouzo").text
    assert 'value="ouzo"' in client.get("/changes/?q=ouzo").text


def test_words_do_not_find_what_one_may_not_see(session, write, log_in_as):
    def work(s):
        make_user(s, name="Secret Person")
        make_tag(s, name="misc")

    write(work, kind="bulk", sentence="made both", entity="tags")
    found = ["made both" in log_in_as(role).get("/changes/?q=secret").text for role in ("viewer", "admin")]
    assert found == [False, True]


def test_a_search_goes_through_history_a_stretch_at_a_time(client, session, monkeypatch, queries):
    monkeypatch.setattr(history_search, "AT_ONCE", 10)
    monkeypatch.setattr(history_search, "SCANNED", 40)
    rows = [{"at": now(), "actor": "Ana", "kind": "save", "sentence": f"no. {n % 50}"} for n in range(150)]
    session.execute(insert(ChangeSet.__table__), rows)
    session.commit()
    found, path = [], '/changes/?q="no.+7"'
    while path:
        with queries() as seen:
            page = client.get(path)
        assert len(seen) <= 15, seen
        found += re.findall(r'<li data-id="(\d+)"', page.text)
        path = read(page).rel.get("next")
    wanted = select(ChangeSet.id).where(ChangeSet.sentence == "no. 7").order_by(ChangeSet.id.desc())
    assert found == [str(key) for key in session.scalars(wanted)]
    assert "Look further back" in client.get("/changes/?q=nowhere").text


@pytest.mark.parametrize("query", QUERY)
def test_what_the_address_cannot_mean_is_a_400(client, query):
    assert client.get(f"/changes/?{query}").status_code == 400


@pytest.mark.parametrize("query", ["x=1", "entity=sessions", "after=x"])
def test_nor_of_the_deletions(client, query):
    assert client.get(f"/changes/deleted?{query}").status_code == 400


def test_the_pages_lead_on_and_back(client, session):
    rows = [{"at": datetime.now(UTC), "actor": "Ana", "kind": "save", "sentence": f"no. {n}"} for n in range(120)]
    session.execute(insert(ChangeSet.__table__), rows)
    session.commit()

    def ids(page):
        return [int(found) for found in re.findall(r'<li data-id="(\d+)"', page.text)]

    first = client.get("/changes/")
    second = client.get(read(first).rel["next"])
    third = client.get(read(second).rel["next"])
    everything = session.scalars(select(ChangeSet.id).order_by(ChangeSet.id.desc())).all()
    assert ids(first) + ids(second) + ids(third) == everything
    assert "next" not in read(third).rel
    assert ids(client.get(read(third).rel["prev"])) == ids(second)
    assert ids(client.get(read(first).rel["last"])) == everything[-50:]


@pytest.mark.parametrize("path", ["/changes/", "/changes/deleted"])
def test_a_constant_number_of_statements(client, session, write, queries, path):
    counts = []
    for _ in range(2):
        for _ in range(4):
            writer, _ = make_prices(session, write)
            write(lambda s: make_post(s, tags=[make_tag(s)]))
            delete_author(session, write, writer)
        with queries() as seen:
            assert client.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 9, seen


# Who may see what


@pytest.mark.parametrize("role", ["viewer", "contributor", "editor"])
def test_changes_of_users_are_for_administrators(session, write, log_in_as, role):
    user = write(lambda s: make_user(s, name="Secret Person"))
    tag = write(lambda s: make_tag(s, name="misc"))
    person = log_in_as(role)
    page = person.get("/changes/").text
    assert "misc" in page
    assert "Secret Person" not in page
    assert person.get(f"/changes/{user}").status_code == 404
    assert person.get(f"/changes/{tag}").status_code == 200
    assert person.get("/changes/?entity=users").status_code == 400
    assert take_back(person, user).status_code == 404


def test_whoever_is_not_signed_in_sees_nothing(anonymous):
    assert anonymous.get("/changes/").status_code == 303


def test_a_viewer_takes_nothing_back(session, write, log_in_as):
    tag = write(lambda s: make_tag(s, name="misc"))
    viewer = log_in_as("viewer")
    assert "/undo" not in viewer.get("/changes/").text
    assert take_back(viewer, tag).status_code == 403
    assert session.scalar(select(Tag.name)) == "misc"


def test_what_was_generated_is_not_taken_back(client, session, app):
    with app.app_context(), unit_of_work() as work:
        generate(work, 12)
    made = session.scalars(select(ChangeSet).order_by(ChangeSet.id.desc())).first()
    assert re.fullmatch("generated 12 books, 1 author, [0-9]+ users?, [0-9]+ posts? and [0-9]+ tags", made.sentence)
    assert (made.kind, made.actor_id) == ("command", None)
    page = client.get("/changes/").text
    assert "12 books" in page
    assert f"/changes/{made.id}/undo" not in page
    assert "keeps none of them one by one" in client.get(f"/changes/{made.id}").text
    answer = take_back(client, made.id)
    assert answer.status_code == 409
    assert "keeps none of them one by one" in answer.text
    assert session.scalar(select(func.count()).select_from(Book)) == 12


def test_a_contributor_takes_back_what_he_did_himself(session, write, log_in):
    me, other = make_user(session, role=Role.CONTRIBUTOR), make_user(session, role=Role.EDITOR)
    post = make_post(session, author=me, title="Mine")
    mine = write(lambda s: setattr(s.get(Post, post.id), "title", "Mine too"), author=me)
    person = log_in(me)
    assert take_back(person, mine).status_code == 303
    theirs = write(lambda s: setattr(s.get(Post, post.id), "title", "Edited"), author=other)
    assert take_back(person, theirs).status_code == 403
    assert session.get(Post, post.id, populate_existing=True).title == "Edited"


def test_a_contributor_leaves_alone_what_is_published_by_now(session, write, log_in):
    me = make_user(session, role=Role.CONTRIBUTOR)
    post = make_post(session, author=me, title="Mine")
    mine = write(lambda s: setattr(s.get(Post, post.id), "title", "Mine too"), author=me)
    write(lambda s: setattr(s.get(Post, post.id), "status", "published"))
    assert take_back(log_in(me), mine).status_code == 409
    assert session.get(Post, post.id, populate_existing=True).title == "Mine too"


def test_a_contributor_leaves_alone_what_is_anothers_by_now(session, write, log_in):
    me, other = make_user(session, role=Role.CONTRIBUTOR), make_user(session)
    post = make_post(session, author=me, title="Mine")
    mine = write(lambda s: setattr(s.get(Post, post.id), "title", "Mine too"), author=me)
    write(lambda s: setattr(s.get(Post, post.id), "author_id", other.id))
    assert take_back(log_in(me), mine).status_code == 403


# Taking back


def test_an_undo_leads_back_and_offers_its_own(client, session, write):
    _, doubled = make_prices(session, write)
    answer = take_back(client, doubled, back="/books/?status=forthcoming")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/books/?status=forthcoming")
    assert set(session.scalars(select(Book.price))) == {Decimal(10)}
    page = follow(client, answer)
    assert "Took back: doubled the price of 3 books" in page.text
    form = next(form for form in read(page).forms if form.action.endswith("/undo"))
    assert client.post(form.action, data=dict(form.fields)).status_code == 303
    assert set(session.scalars(select(Book.price))) == {Decimal(20)}


def test_only_own_addresses_lead_back(client, session, write):
    tag = write(lambda s: make_tag(s))
    assert take_back(client, tag, back="https://example.org/").headers["Location"] == "/changes/"


def test_a_page_that_went_with_the_undo_is_not_where_it_leads(client, session):
    made = submit(client, "/tags/new", {"name": "misc"})
    page = follow(client, made)
    form = next(form for form in read(page).forms if form.action.endswith("/undo"))
    answer = client.post(form.action, data=dict(form.fields))
    assert answer.headers["Location"] == "/tags/"
    assert session.scalar(select(Tag.id)) is None


def test_what_was_taken_back_says_by_whom(client, session, write, log_in):
    ana = make_user(session, name="Ana Kovač", role=Role.EDITOR)
    tag = write(lambda s: make_tag(s))
    take_back(log_in(ana), tag)
    assert "undone by Ana Kovač" in client.get("/changes/").text
    assert "undone by you" in log_in(ana).get("/changes/").text
    assert take_back(client, tag).status_code == 409
    assert "taken back already" in take_back(client, tag).text


def test_what_stands_against_it_is_shown_before_anything_is_done(client, session, write):
    _, doubled = make_prices(session, write)
    write(lambda s: setattr(s.scalars(select(Book).where(Book.title == "Emma 1")).one(), "price", 5))
    answer = take_back(client, doubled, back="/books/")
    assert answer.status_code == 409
    assert "Emma 1" in answer.text
    assert "changed since" in answer.text
    assert "Take back the other 2" in answer.text
    assert "Leave everything" in answer.text
    assert sorted(session.scalars(select(Book.price))) == [5, 20, 20]
    form = next(form for form in read(answer).forms if ("skip", "1") in form.buttons)
    done = client.post(form.action, data=dict(form.filled({}, "skip")))
    assert (done.status_code, done.headers["Location"]) == (303, "/books/")
    assert sorted(session.scalars(select(Book.price))) == [5, 10, 10]
    assert "1 left alone" in follow(client, done).text


def test_roles_are_not_offered(client, session, write):
    user = make_user(session, role=Role.VIEWER)
    role = write(lambda s: setattr(s.get(User, user.id), "role", Role.EDITOR))
    page = client.get("/changes/").text
    assert "roles and secrets are not undone from here" in page
    assert f"/changes/{role}/undo" not in page
    answer = take_back(client, role)
    assert answer.status_code == 409
    assert "Take back the other" not in answer.text


def test_a_set_that_is_not_there(client):
    assert client.get("/changes/999999").status_code == 404
    assert take_back(client, 999999).status_code == 404


def test_without_a_token_nothing_is_taken_back(client, session, write):
    tag = write(lambda s: make_tag(s))
    assert client.post(f"/changes/{tag}/undo").status_code == 400
    assert client.get(f"/changes/{tag}/undo").status_code == 405


def test_the_changes_of_a_set_are_paged(client, session, write):
    rows = ({"name": f"Author {n:03}", "sort_name": f"Author {n:03}"} for n in range(120))
    made = write(lambda s: bulk.add(s, Author, rows))
    first = client.get(f"/changes/{made}")
    second = client.get(read(first).rel["next"])
    assert "Author 049" in first.text
    assert "Author 050" not in first.text
    assert "Author 050" in second.text


# Recently deleted


def test_what_is_gone_can_be_restored(client, session, write):
    writer, _ = make_prices(session, write)
    gone = delete_author(session, write, writer)
    page = client.get("/changes/deleted")
    assert "deleted the author Jane Austen and 3 books" in re.sub(r"<[^>]+>", "", page.text)
    assert "4 records" in page.text
    form = next(form for form in read(page).forms if form.action == f"/changes/{gone}/undo")
    answer = client.post(form.action, data=dict(form.fields))
    assert answer.headers["Location"] == "/changes/deleted"
    assert len(session.scalars(select(Book.id)).all()) == 3
    assert f"/changes/{gone}/undo" not in follow(client, answer).text.split("toasts")[0]


def test_deletions_are_shown_by_entity(client, session, write):
    writer, _ = make_prices(session, write)
    delete_author(session, write, writer)
    tag = make_tag(session, name="misc")
    work = lambda s: s.delete(s.get(Tag, tag.id))  # noqa: E731
    write(work, kind="deletion", sentence="deleted the tag misc", entity="tags")
    page = client.get("/changes/deleted?entity=tags").text
    assert "misc" in page
    assert "Jane Austen" not in page


def test_an_old_deletion_is_no_longer_offered(session, write, another_app):
    tag = make_tag(session, name="misc")
    session.commit()
    app = another_app(history_days=30)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    values = {"at": long_ago, "actor": "Ana", "kind": "deletion", "entity": "tags", "sentence": "deleted the tag old"}
    old = session.execute(insert(ChangeSet.__table__).values(values)).inserted_primary_key[0]
    row = {"set_id": old, "step": 1, "entity": "tags", "record_id": 9, "label": "old", "action": "delete", "version": 1}
    session.execute(insert(Change.__table__).values(**row, fields="name", before={"name": "old"}))
    session.commit()
    assert tag.id != 9
    client = signed_in(app, session)
    assert "deleted the tag" not in client.get("/changes/deleted").text
    assert f"/changes/{old}/undo" not in client.get("/changes/").text
    answer = take_back(client, old)
    assert answer.status_code == 409
    assert "30 days" in answer.text


def signed_in(app, session):
    from_here = make_user(session, role=Role.ADMIN)
    session.commit()
    token = begin(session, from_here.id, app)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["sid"] = token
    return client


def begin(session, user_id, app):
    token = sign_in.begin(session, user_id, Origin("127.0.0.1", "tests"), now(), app.config["COLOPHON"])
    session.commit()
    return token


# In a browser


@IN_EVERY_LOOK
def test_the_pages_are_accessible(page_as, session, write, faults):
    faults.expect(409)
    writer, doubled = make_prices(session, write)
    write(lambda s: setattr(s.scalars(select(Book).where(Book.title == "Emma 1")).one(), "price", 5))
    delete_author(session, write, make_author(session, name="Gone"))
    page = page_as("admin")
    for path in ("/changes/", f"/changes/{doubled}", "/changes/deleted", f"/authors/{writer.id}", "/"):
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(f"/changes/{doubled}")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name="Not all of it can be taken back").wait_for()
    assert violations(page) == []
