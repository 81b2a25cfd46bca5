"""How a list is shown: its columns and their order, its density, its page size; by the address and by preference."""

import re

import pytest
from sqlalchemy import func, select

from models.change import ChangeSet
from models.user import Role, User
from tests.entities import ENTITIES, address, each_entity, make, make_various
from tests.factories import make_author, make_book, make_post, make_user
from tests.forms import read, submit


def heads(client, path: str) -> list[str]:
    """What stands above the columns, from left to right."""
    found = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', client.get(path).text, re.DOTALL)
    texts = [re.sub(r"<[^>]+>", "", head).strip() for head in found]
    return [text for text in texts if text not in ("", "Actions")]


# --- by the address


@each_entity
def test_every_column_can_be_asked_for_alone_and_all_of_them_together(client, session, resource):
    make_various(session, resource, 4)
    lead = resource.lead
    for column in resource.choosable.values():
        expected = [lead.heading] if column is lead else [lead.heading, column.heading]
        assert heads(client, address(resource, f"?columns={column.name}")) == expected
    names = list(resource.choosable)[::-1]
    everything = heads(client, address(resource, f"?columns={','.join(names)}"))
    assert everything == [resource.choosable[name].heading for name in names]


def test_what_the_form_knows_can_be_a_column_and_long_texts_and_secrets_cannot():
    assert {"subtitle", "pages", "language", "currency", "created_at"} <= set(ENTITIES["books"].choosable)
    assert "description" not in ENTITIES["books"].choosable
    assert {"password_hash", "bio", "lists", "theme"}.isdisjoint(ENTITIES["users"].choosable)


@each_entity
def test_a_list_is_sorted_by_a_column_that_is_not_shown(client, session, resource):
    ids = make_various(session, resource, 7)
    for word in resource.sorts:
        page = read(client.get(address(resource, f"?columns={resource.lead.name}&sort=-{word}")))
        assert len(page.rows) == len(set(page.rows)), word
        assert set(page.rows) >= set(ids), word


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("columns=colour", "colour"),
        ("columns=title,", "no column"),
        ("columns=title;price", "title;price"),
        ("columns=Title", "Title"),
        ("columns=title_key", "title_key"),
        ("columns=author.name", "author.name"),
        ("columns=description", "description"),
        ("columns=title&columns=price", "2 times"),
        ("density=cosy", "cosy"),
        ("density=compact&density=roomy", "2 times"),
        ("view=x", "view"),
        ("view=-1", "view"),
        ("view=9223372036854775808", "view"),
    ],
)
def test_what_a_list_cannot_show_is_named(client, asked, named):
    answer = client.get(f"/books/?{asked}")
    assert answer.status_code == 400
    assert named in answer.text


@each_entity
def test_no_column_shows_what_the_resource_does_not_offer(client, session, resource):
    make(session, resource)
    hidden = {prop.key for prop in resource.model.__mapper__.attrs} - set(resource.choosable)
    assert hidden
    assert {name: client.get(address(resource, f"?columns={name}")).status_code for name in hidden} == dict.fromkeys(
        hidden, 400
    )


def test_the_address_keeps_what_it_says_of_the_columns_on_every_link(client, session):
    make_book(session)
    page = read(client.get("/books/?columns=title,pages&density=roomy&q=book"))
    sorting = [href for href, text in page.links if text == "Title" and href.startswith("?")]
    assert sorting == ["?q=book&columns=title,pages&density=roomy&sort=-title"]


def test_a_list_is_as_dense_as_the_address_says(client, session):
    make_book(session)
    assert 'data-density="compact"' in client.get("/books/?density=compact").text
    assert "data-density" not in client.get("/books/").text


def test_a_contributor_edits_his_own_posts_in_a_list_without_authors(session, log_in):
    mine = make_user(session, role=Role.CONTRIBUTOR)
    own, other = make_post(session, author=mine), make_post(session)
    links = [href for href, _ in read(log_in(mine).get("/posts/?columns=title")).links]
    assert f"/posts/{own.id}/edit" in links
    assert f"/posts/{other.id}/edit" not in links


def test_columns_cost_no_statements(client, session, queries):
    author = make_author(session)
    for _ in range(12):
        make_book(session, author=author)
    with queries() as usual:
        client.get("/books/")
    with queries() as all_of_them:
        client.get("/books/?columns=" + ",".join(ENTITIES["books"].choosable))
    assert len(all_of_them) == len(usual) <= 3, all_of_them


# --- by preference


def displayed(client, path: str, **changes):
    """Send the Display menu of this list with these changes; where it leads."""
    answer = submit(client, path, {name.replace("at_", "at."): value for name, value in changes.items()})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


@each_entity
def test_columns_stay_chosen_for_this_person_and_this_list(client, log_in_as, session, resource):
    make_various(session, resource, 3)
    other = next(name for name in resource.choosable if name not in {column.name for column in resource.shown})
    path = address(resource)
    assert displayed(client, path, columns=[other]) == path
    assert heads(client, path) == [resource.lead.heading, resource.choosable[other].heading]
    assert heads(log_in_as("admin"), path) == [column.heading for column in resource.shown]
    for entity, stranger in ENTITIES.items():
        if entity != resource.entity:
            assert client.get(address(stranger)).status_code == 200
            assert f'value="{other}" checked' not in client.get(address(stranger)).text or other in stranger.by_name


def test_places_are_numbers_without_a_script(client, session):
    make_book(session)
    assert heads(client, "/books/") == ["Title", "Author", "ISBN", "Format", "Price", "Status", "Published"]
    displayed(client, "/books/", at_price=1)
    assert heads(client, "/books/") == ["Title", "Price", "Author", "ISBN", "Format", "Status", "Published"]
    displayed(client, "/books/", at_price=3, at_author="x", at_isbn=-1)
    assert heads(client, "/books/") == ["Title", "Author", "ISBN", "Price", "Format", "Status", "Published"]


def test_the_address_wins_over_the_preference_and_the_menu_takes_its_words_away(client, session):
    make_book(session)
    displayed(client, "/books/", columns=["price"], density="roomy", per_page=100)
    assert heads(client, "/books/?columns=title,isbn") == ["Title", "ISBN"]
    assert 'data-density="roomy"' in client.get("/books/").text
    assert "data-density" not in client.get("/books/?density=normal").text
    there = displayed(client, "/books/?q=book&sort=-price&columns=isbn&density=compact&per_page=10", density="normal")
    assert there == "/books/?q=book&sort=-price"
    assert heads(client, there) == ["Title", "ISBN"]


def test_a_page_is_as_long_as_one_prefers_unless_the_address_says_it(client, session):
    author = make_author(session)
    for _ in range(30):
        make_book(session, author=author)
    displayed(client, "/books/", per_page=25)
    assert len(read(client.get("/books/")).rows) == 25
    assert len(read(client.get("/books/?per_page=10")).rows) == 10
    assert read(client.get("/books/?per_page=10")).rel["next"].startswith("?per_page=10&")
    assert read(client.get("/books/")).rel["next"].startswith("?after=")


def test_reset_gives_the_usual_list_back(client, session):
    make_book(session)
    displayed(client, "/books/", columns=["price"], density="compact", per_page=25)
    answer = submit(client, "/books/?status=active&columns=isbn", {"columns": ["price"]}, button="reset")
    assert answer.headers["Location"] == "/books/?status=active"
    assert "Published" in heads(client, "/books/")
    assert "data-density" not in client.get("/books/").text


def test_a_preference_is_no_edit_of_the_user(client, session, stored):
    make_book(session)
    me = session.scalars(select(User).order_by(User.id.desc())).first()
    sets = session.scalar(select(func.count()).select_from(ChangeSet))
    displayed(client, "/books/", density="compact")
    after = stored(User, me.id)
    wished = select(User.lists).where(User.id == me.id)
    assert session.scalar(wished) == {"books": {"density": "compact"}}
    assert (after.version, after.updated_at) == (me.version, me.updated_at)
    assert session.scalar(select(func.count()).select_from(ChangeSet)) == sets
    displayed(client, "/books/", density="normal")
    assert session.scalar(wished) is None


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"columns": "theme"}, "theme"),
        ({"density": "cosy"}, "cosy"),
        ({"per_page": "1000"}, "per_page"),
    ],
)
def test_what_the_menu_does_not_offer_is_refused(client, session, sent, named):
    make_book(session)
    answer = submit(client, "/books/", sent)
    assert answer.status_code == 400
    assert named in answer.text


def test_a_column_that_has_gone_is_left_out_of_a_preference(log_in, session):
    make_book(session)
    wish = {"columns": ["gone", "price"], "density": "gone", "per_page": "gone"}
    client = log_in(make_user(session, role=Role.VIEWER, lists={"books": wish}))
    assert heads(client, "/books/") == ["Title", "Price"]
