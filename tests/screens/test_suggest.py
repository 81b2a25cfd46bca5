"""What the search box offers while one types: terms that the list then understands."""

import re
from html import unescape

from werkzeug.datastructures import MultiDict

from admin import query
from tests.entities import address, each_entity, make_various
from tests.factories import make_author, make_post, make_tag, make_user
from tests.hostile import odd


def offered(client, typed, path="/books/"):
    """The texts that would stand in the box, with their notes."""
    response = client.get(f"{path}suggest", query_string={"q": typed})
    assert response.status_code == 200
    found = re.findall(r'data-value="([^"]*)"( data-whole)?><span>.*?</span><small>(.*?)</small>', response.text)
    return {unescape(text): unescape(note) for text, _, note in found}


COMPLETED = [
    ("", "price:", "Price"),
    ("pr", "price:", "Price"),
    ("emma pr", "emma price:", "Price"),
    ("-sta", "-status:", "Status"),
    ("publ", "published_on:", "Published"),
    ("canc", "status:cancelled", "Status Cancelled"),
    ("-canc", "-status:cancelled", "Status not Cancelled"),
    ("status:", "status:out-of-print", "Status Out of print"),
    ("status:pri", "status:out-of-print", "Status Out of print"),
    ("-status:act", "-status:active", "Status not Active"),
    ("status:active,fo", "status:active,forthcoming", "Status Forthcoming"),
    ("language:fren", "language:fr", "Language French"),
    ("language:", "language:none", "Language is empty"),
    ("isbn:", "isbn:any", "ISBN is not empty"),
    ("price:", "price:>", "Price more than…"),
    ("price:20", "price:>20", "Price more than 20"),
    ("price:>20", "price:>20", "Price more than 20"),
    ("published:", "published_on:<30d", "Published in the last 30 days"),
    ("updated:<3", "updated_at:<3m", "Updated in the last 3 months"),
    ("updated:to", "updated_at:today", "Updated today"),
    ("published:2020", "published_on:2020..", "Published from 2020"),
    ("author:gui", 'author:"Ursula K. Le Guin"', "Le Guin, Ursula K. · guin@example.org · 0 books"),
    ('-author:"le gu', '-author:"Ursula K. Le Guin"', "Le Guin, Ursula K. · guin@example.org · 0 books"),
    ("has:is", "has:isbn", "ISBN"),
    ("is:can", "is:cancelled", "Status Cancelled"),
]


def test_the_end_of_what_is_typed_is_completed(client, session):
    make_author(session, name="Ursula K. Le Guin", email="guin@example.org")
    assert [(typed, text, offered(client, typed).get(text)) for typed, text, _ in COMPLETED] == COMPLETED


def test_after_a_blank_everything_can_be_asked_and_after_an_unknown_field_nothing(client):
    assert [text.removeprefix("emma ") for text in offered(client, "emma ")] == list(offered(client, ""))
    assert offered(client, "zzz") == {}
    assert offered(client, "colour:r") == {}


@each_entity
def test_every_suggestion_is_understood_and_costs_two_statements(client, session, queries, resource):
    make_various(session, resource, 3)
    for name in (*resource.filterable, "has", "is"):
        for begun in ("", "2"):
            with queries() as seen:
                texts = offered(client, f"{name}:{begun}", address(resource))
            assert len(texts) <= 20
            assert len(seen) <= 2, seen
            for text in texts:
                mistakes = query.read(resource, MultiDict([("q", text)])).mistakes
                assert not mistakes or re.search("[:<>=]$", text), text


def test_twenty_names_at_most_and_by_any_part(client, session):
    for number in range(25):
        make_tag(session, name=f"tag {number}")
    assert len(offered(client, "tags:", "/posts/")) == 20
    assert list(offered(client, "tags:poetry,24", "/posts/")) == ['tags:poetry,"tag 24"']


def test_names_are_suggested_to_those_who_may_see_or_choose_them(session, log_in_as):
    make_post(session, author=make_user(session, name="Ana Kovač"))
    assert 'author:"Ana Kovač"' in offered(log_in_as("contributor"), "author:kov", "/posts/")
    assert offered(log_in_as("viewer"), "author:kov", "/posts/") == {}


def test_any_text_is_answered(client):
    for text in odd.FEW:
        for typed in (f"price:{text}", f"author:{text}", f"-published:<{text}"):
            asked = {"q": typed.encode("utf-8", "surrogatepass")}
            assert client.get("/books/suggest", query_string=asked).status_code in (200, 400)
    assert client.get("/books/suggest?x=1").status_code == 400
