"""Saved views: what they keep, for whom they work, how they are named, shared, pinned and deleted."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from models import book
from models.user import Role
from models.view import SavedView
from tests.entities import ENTITIES, address, each_entity, make, make_various
from tests.factories import make_author, make_book, make_user
from tests.forms import follow, read, send, submit

LIST = "/books/?status=active&price=8..&sort=-price"


def save(client, path: str, name: str = "Dear", **more) -> str:
    """Save this list as a view; the address it has from then on."""
    answer = send(client, client.get(path), {"name": name, **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def number(location: str) -> int:
    return int(parse_qs(urlsplit(location).query)["view"][0])


def heading(client, path: str) -> str:
    html = follow(client, client.get(path)).text
    return re.search(r"<h1>(.*?)</h1>", html)[1]


def sidebar(client, path: str) -> list[str]:
    """The names of the pinned views that the sidebar of this page has."""
    return re.findall(r'data-view="\d+"[^>]*><span>(.*?)</span>', client.get(path).text)


@pytest.fixture
def shelf(session):
    author = make_author(session)
    for price in range(4, 12):
        make_book(
            session, author=author, price=price, status=book.Status.ACTIVE if price % 2 else book.Status.CANCELLED
        )


# --- saving


def test_there_is_something_to_save_only_when_the_list_is_not_as_usual(client, shelf):
    assert "Save view" not in client.get("/books/").text
    assert "Save view" not in client.get("/books/?sort=title&per_page=10").text
    for asked in ("q=le", "status=active", "sort=-title", "columns=title", "density=compact"):
        assert "Save view" in client.get(f"/books/?{asked}").text, asked
    assert "Save view" not in client.get("/books/?price=cheap").text


def test_a_view_is_the_list_under_a_name(client, shelf):
    there = save(client, LIST + "&columns=title,price&density=compact&per_page=10", "  Dear   ones ")
    assert there == "/books/?status=active&price=8..&sort=-price&view=1"
    page = client.get(there)
    assert "<h1>Dear ones</h1>" in page.text
    assert "<title>Dear ones · Books · Colophon</title>" in page.text
    assert "Your view" in page.text
    assert 'data-density="compact"' in page.text
    assert len(re.findall(r'<th scope="col"', page.text)) == len(
        re.findall(r'<th scope="col"', client.get("/books/?columns=title,price").text)
    )
    assert read(page).rows == read(client.get(LIST)).rows
    assert client.get("/books/?view=1").headers["Location"] == there


@each_entity
def test_every_list_can_be_saved(client, session, resource):
    make_various(session, resource, 3)
    there = save(client, address(resource, "?q=a"), "With an a")
    assert heading(client, address(resource, f"?view={number(there)}")) == "With an a"
    assert sidebar(client, address(resource)) == ["With an a"]


def test_what_one_changes_in_a_view_is_saved_with_it_or_as_another(client, shelf):
    there = save(client, LIST)
    assert "Save changes" not in client.get(there).text
    changed = there.replace("price=8..", "price=9..")
    page = client.get(changed)
    assert "<h1>Dear</h1>" in page.text
    assert "Save changes" in page.text
    form = next(form for form in read(page).forms if form.action.endswith("/overwrite"))
    kept = client.post(form.action, data=dict(form.fields))
    assert kept.headers["Location"] == changed
    assert "Save changes" not in client.get(changed).text
    another = save(client, changed + "&density=roomy", "Dearer")
    assert number(another) == 2
    assert sidebar(client, "/books/") == ["Dear", "Dearer"]


def test_the_display_menu_of_a_view_changes_the_view_and_not_the_preference(client, shelf):
    there = save(client, LIST)
    changed = submit(client, there, {"density": "compact", "columns": ["price"]}).headers["Location"]
    assert changed == there.replace("&view=1", "&view=1&columns=title,price&density=compact")
    assert "Save changes" in client.get(changed).text
    assert "data-density" not in client.get("/books/").text
    reset = submit(client, changed, {"density": "roomy"}, button="reset").headers["Location"]
    assert reset == there


def test_the_last_filter_of_a_view_can_be_taken_away(client, shelf):
    there = save(client, "/books/?status=active")
    assert there == "/books/?status=active&sort=title&view=1"
    plain = next(href for href, _ in read(client.get(there)).links if href.endswith("?sort=title&view=1"))
    assert len(read(client.get("/books/" + plain)).rows) == 8
    assert "/books/?view=all" in [href for href, text in read(client.get(there)).links if text == "Clear"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "Type a name"), ("   ", "Type a name"), ("x" * 61, "60 characters"), ("Dear", "«Dear» already")],
)
def test_a_view_needs_a_name_of_its_own_and_nothing_is_lost_over_it(client, shelf, name, said):
    save(client, LIST)
    answer = send(client, client.get("/books/?q=book&density=compact"), {"name": name})
    assert answer.status_code == 422
    assert said in read(answer).errors["name"]
    assert send(client, answer, {"name": "Other"}).headers["Location"] == "/books/?q=book&sort=title&view=2"
    assert 'data-density="compact"' in client.get("/books/?q=book&sort=title&view=2").text


@pytest.mark.parametrize(
    "sent",
    [{"list": "colours"}, {"list": ""}, {"state": "colour=red"}, {"columns": "theme"}, {"density": "cosy"}],
)
def test_what_no_list_has_cannot_be_saved(client, shelf, sent):
    assert send(client, client.get(LIST), {"name": "Dear", **sent}).status_code == 400


# --- who sees what


def test_a_private_view_is_its_author_s_alone(log_in_as, shelf):
    there = save(log_in_as("viewer"), LIST)
    for role in ("editor", "admin"):
        other = log_in_as(role)
        assert sidebar(other, "/books/") == []
        assert other.get("/books/?view=1").status_code == 404
        assert "Dear" not in other.get("/views/").text
        for path in ("/views/1/edit", "/views/1/delete"):
            assert other.get(path).status_code == 404
        page = other.get(there)
        assert page.status_code == 200
        assert "<h1>Books</h1>" in page.text


def test_a_shared_view_works_for_everybody_and_only_its_author_and_administrators_change_it(log_in_as, session, shelf):
    editor = log_in_as("editor")
    there = save(editor, LIST, audience="everyone")
    for role, allowed in {"viewer": False, "contributor": False, "editor": False, "admin": True}.items():
        other = log_in_as(role)
        assert sidebar(other, "/books/") == ["Dear"]
        page = other.get(there)
        assert "Shared view" in page.text
        assert read(page).rows == read(editor.get(there)).rows
        for path in ("/views/1/edit", "/views/1/delete"):
            assert other.get(path).status_code == (200 if allowed else 403), role
        changed = other.get(there + "&density=compact").text
        assert ("Save changes" in changed) is allowed
        assert "Save as new" in changed
    assert submit(log_in_as("admin"), "/views/1/edit", {"name": "Dear to all"}).status_code == 303
    assert heading(editor, "/books/?view=1") == "Dear to all"


def test_only_editors_and_administrators_share(log_in_as, shelf):
    for role, allowed in {"viewer": False, "contributor": False, "editor": True, "admin": True}.items():
        client = log_in_as(role)
        page = client.get(LIST)
        assert ('value="everyone"' in page.text) is allowed
        form = read(page).form("name", "state")
        answer = client.post(form.action, data=dict(form.filled({"name": role, "audience": "everyone"})))
        assert answer.status_code == (303 if allowed else 403)


def test_a_view_of_a_list_one_may_not_see_is_not_there(log_in_as, client):
    there = save(client, "/users/?role=admin", "Admins", audience="everyone")
    editor = log_in_as("editor")
    assert editor.get(there).status_code == 403
    assert "Admins" not in editor.get("/views/").text
    assert editor.get("/views/counts?list=users").status_code == 403
    for path in ("/views/1/edit", "/views/1/delete"):
        assert editor.get(path).status_code == 404
    token = read(editor.get("/views/")).forms[0].value("csrf_token")
    for path in ("/views/1/pin", "/views/1/move"):
        assert editor.post(path, data={"csrf_token": token}).status_code == 404


def test_a_shared_view_outlives_its_author(log_in, client, session, shelf):
    leaving = make_user(session, role=Role.EDITOR)
    author = log_in(leaving)
    save(author, LIST, audience="everyone")
    save(author, LIST, "Own")
    session.delete(leaving)
    session.flush()
    assert heading(client, "/books/?view=1") == "Dear"
    assert client.get("/views/1/edit").status_code == 200
    save(client, LIST, "New")
    assert session.scalars(select(SavedView.name).order_by(SavedView.id)).all() == ["Dear", "New"]


# --- the view with which a role's list opens


def test_a_list_opens_with_the_view_of_the_role_and_everything_is_a_click_away(client, log_in_as, shelf):
    there = save(client, LIST)
    submit(client, "/views/1/edit", {"name": "Dear", "roles": ["viewer", "contributor"]})
    viewer = log_in_as("viewer")
    assert viewer.get("/books/").headers["Location"] == there
    assert heading(viewer, "/books/") == "Dear"
    assert [href for href, text in read(viewer.get(there)).links if text == "Clear"] == ["/books/?view=all"]
    everything = viewer.get("/books/?view=all")
    assert len(read(everything).rows) == 8
    assert "<h1>Books</h1>" in everything.text
    sorting = next(href for href, text in read(everything).links if text == "Price" and "sort" in href)
    assert len(read(viewer.get("/books/" + sorting)).rows) == 8
    assert client.get("/books/").status_code == log_in_as("editor").get("/books/").status_code == 200
    assert viewer.get("/books/?q=book").status_code == 200


def test_a_role_s_list_opens_with_one_view(client, log_in_as, session, shelf):
    save(client, LIST)
    save(client, LIST, "Other")
    submit(client, "/views/1/edit", {"name": "Dear", "roles": ["viewer", "editor"]})
    submit(client, "/views/2/edit", {"name": "Other", "roles": ["viewer"]})
    assert session.execute(select(SavedView.roles, SavedView.is_shared).order_by(SavedView.id)).all() == [
        ("editor", True),
        ("viewer", True),
    ]
    assert heading(log_in_as("viewer"), "/books/") == "Other"


def test_only_administrators_say_with_what_a_list_opens(log_in_as, session, shelf):
    editor = log_in_as("editor")
    save(editor, LIST)
    assert 'name="roles"' not in editor.get("/views/1/edit").text
    form = read(editor.get("/views/1/edit")).form("name")
    assert editor.post(form.action, data=dict(form.filled({"roles": "viewer"}))).status_code == 303
    assert session.scalar(select(SavedView.roles)) == ""
    admin = log_in_as("admin")
    save(admin, LIST)
    assert submit(admin, "/views/2/edit", {"name": "Dear", "roles": ["emperor"]}).status_code == 400


# --- the sidebar


def test_views_are_pinned_and_put_in_order_by_each_for_himself(client, log_in_as, shelf):
    for name in ("A", "B", "C"):
        save(client, LIST, name, audience="everyone")
    other = log_in_as("viewer")
    page = client.get("/views/")
    token = read(page).forms[0].value("csrf_token")

    def press(path, **data):
        assert client.post(path, data={"csrf_token": token, **data}).status_code == 303

    press("/views/3/move", way="up")
    assert sidebar(client, "/books/") == ["A", "C", "B"]
    press("/views/1/move", way="down")
    assert sidebar(client, "/books/") == ["C", "A", "B"]
    press("/views/3/move", way="up")
    press("/views/2/move", way="down")
    assert sidebar(client, "/books/") == ["C", "A", "B"]
    press("/views/1/pin", pin="no")
    assert sidebar(client, "/books/") == ["C", "B"]
    assert sidebar(other, "/books/") == ["A", "B", "C"]
    press("/views/1/pin", pin="yes")
    assert sidebar(client, "/books/1") == ["C", "A", "B"]
    assert sidebar(client, "/authors/") == []


def test_the_view_one_is_in_is_marked_in_the_sidebar(client, shelf):
    there = save(client, LIST)
    assert 'data-view="1" aria-current="page"' in client.get(there).text
    assert 'data-view="1" aria-current="page"' not in client.get("/books/").text


def test_counts_come_after_the_page_and_in_one_statement(client, log_in_as, shelf, queries):
    save(client, LIST)
    save(client, "/books/?status=cancelled", "Cancelled")
    with queries() as seen:
        page = client.get("/books/")
    assert len(seen) <= 3, seen
    assert 'data-counts="/views/counts?list=books"' in page.text
    with queries() as seen:
        counts = client.get("/views/counts?list=books")
    assert counts.json == {"1": "2", "2": "4"}
    assert len(seen) == 3, seen
    assert log_in_as("viewer").get("/views/counts?list=books").json == {}
    assert client.get("/views/counts?list=colours").status_code == 400


def test_views_cost_a_list_no_statement(client, shelf, queries):
    with queries() as without:
        client.get(LIST)
    there = save(client, LIST)
    for number in range(5):
        save(client, LIST, f"View {number}")
    with queries() as within:
        client.get(there)
    assert len(within) == len(without), within


# --- what has gone


def test_a_view_that_asks_for_what_the_list_has_no_more_explains_itself(client, session, shelf):
    save(client, LIST)
    view = session.scalars(select(SavedView)).one()
    view.query, view.columns = "colour=red&sort=title", "gone,title,price"
    session.flush()
    page = follow(client, client.get("/books/?view=1"))
    assert page.status_code == 400
    assert "<h1>Dear</h1>" in page.text
    assert "has no filter «colour»" in page.text
    assert "/views/1/delete" in [href for href, _ in read(page).links]
    assert client.get("/views/counts?list=books").json == {}
    view.query = "sort=title"
    session.flush()
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', follow(client, client.get("/books/?view=1")).text)
    assert len([head for head in heads if "Title" in head or "Price" in head]) == 2


def test_deleting_a_view_is_confirmed_by_a_page_that_names_it(client, log_in_as, session, shelf):
    there = save(client, LIST, audience="everyone")
    page = client.get("/views/1/delete")
    assert "Delete the view «Dear»?" in page.text
    assert "it goes for everyone" in page.text
    form = next(form for form in read(page).forms if form.action == "/views/1/delete")
    answer = client.post("/views/1/delete", data=dict(form.fields))
    assert answer.headers["Location"] == "/books/"
    assert "«Dear» is deleted" in client.get("/books/").text
    assert session.scalar(select(SavedView.id)) is None
    assert client.get("/books/?view=1").status_code == 404
    assert client.get(there).status_code == 200
    assert number(save(client, LIST)) == 2


def test_the_page_of_views_says_whose_they_are(client, log_in, session):
    assert "No saved views yet" in client.get("/views/").text
    ana = make_user(session, role=Role.EDITOR, name="Ana Kovač")
    for resource in ENTITIES.values():
        make(session, resource)
        if resource.entity != "users":
            save(log_in(ana), address(resource, "?q=a"), f"Of {resource.entity}", audience="everyone")
    page = client.get("/views/").text
    assert page.count("by Ana Kovač") == len(ENTITIES) - 1
    assert all(f"Of {entity}" in page for entity in ENTITIES if entity != "users")
