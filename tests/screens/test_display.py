"""How a list is shown: its columns and their order, its density, its page size; by the address and by preference."""

import re

import pytest

from models.user import Role
from tests.entities import ENTITIES, address, each_entity, make, make_various
from tests.factories import make_author, make_book, make_post, make_user
from tests.forms import read


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
