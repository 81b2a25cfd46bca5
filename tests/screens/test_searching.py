"""The search box: what is typed becomes chips and parameters, finds the rows it says, and explains what it cannot."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, parse_qsl, urljoin, urlsplit

import pytest

from models.base import now
from models.book import Format, Status
from tests.entities import address, each_entity, make_various
from tests.factories import make_author, make_book, make_isbn, make_post, make_tag, make_user
from tests.forms import follow, read
from tests.hostile.test_lists import without_chance
from tests.screens.test_listing import chips

TODAY = now().date()


@pytest.fixture
def shelf(session):
    """Six books; the places in this list are how the tests name them."""
    guin = make_author(session, name="Ursula K. Le Guin")
    zola, other = make_author(session, name="Émile Zola"), make_author(session, name="Denise Le Blond-Zola")
    rows = [
        (guin, "20.00", TODAY, Status.ACTIVE, "en", "The Dispossessed", 0),
        (guin, "20.01", TODAY - timedelta(days=30), Status.ACTIVE, "en", "Rocannon: a world", 1),
        (zola, "5.00", TODAY - timedelta(days=31), Status.CANCELLED, "fr", "Germinal", 40),
        (zola, "10.00", date(1880, 2, 15), Status.OUT_OF_PRINT, None, "Nana", 400),
        (other, "0.00", None, Status.FORTHCOMING, "fr", "Zola par sa fille", 400),
        (other, "30.00", TODAY + timedelta(days=20), Status.FORTHCOMING, None, "Dune world", 0),
    ]
    names = ("author", "price", "published_on", "status", "language", "title")
    made = []
    for number, values in enumerate(rows):
        given = dict(zip(names, values, strict=False)) | {"price": Decimal(values[1])}
        given["updated_at"] = now() - timedelta(days=values[-1])
        isbn = make_isbn(number) if number % 2 else None
        made.append(make_book(session, isbn=isbn, format=Format.AUDIO, **given).id)
    return made


def search(client, typed, path="/books/", **more):
    return client.get(path, query_string={"q": typed, **more})


FOUND = [
    ("zola", {2, 3, 4, 5}),
    ("zola -fille", {2, 3, 5}),
    ("-zola", {0, 1}),
    ('-"sa fille" -germinal', {0, 1, 3, 5}),
    ("-ou", {0, 1, 2, 3, 4, 5}),
    ("world -Rocannon", {5}),
    ("Rocannon: world", {1}),
    ("price:>20", {1, 5}),
    ("price:>=20", {0, 1, 5}),
    ("price:<5", {4}),
    ("price:5..20", {0, 2, 3}),
    ("price:>5 price:<20", {3}),
    ("-price:5..20", {1, 4, 5}),
    ("published_on:2000..", {0, 1, 2, 5}),
    ("published:1880", {3}),
    ("published:>1880", {0, 1, 2, 5}),
    ("-published:1880", {0, 1, 2, 4, 5}),
    ("published:<30d", {0, 1}),
    ("published:>30d", {2, 3}),
    ("published:tomorrow..3w", {5}),
    ("published:today", {0}),
    ("updated:<30d", {0, 1, 5}),
    ("updated:>1y", {3, 4}),
    ("updated_at:yesterday", {1}),
    ("updated:<3m updated:>7d", {2}),
    ("status:active,cancelled", {0, 1, 2}),
    ("-status:active -status:cancelled", {3, 4, 5}),
    ("is:out-of-print", {3}),
    ("language:french", {2, 4}),
    ("-language:fr", {0, 1, 3, 5}),
    ("language:none", {3, 5}),
    ("has:isbn", {1, 3, 5}),
    ("-has:isbn", {0, 2, 4}),
    ('author:"le guin"', {0, 1}),
    ('author:"ursula k. LE GUIN"', {0, 1}),
    ('author:"emile zola"', {2, 3}),
    ("author:zola", {2, 3, 4, 5}),
    ("-author:zola", {0, 1}),
    ('-author:"émile zola" -has:isbn', {0, 4}),
    ("author:nobody", set()),
    ("author:2", {2, 3}),
    ("author:none", set()),
    ("price:>5 zola has:isbn -status:forthcoming", {3}),
]


def test_what_is_typed_finds_these_books(client, shelf):
    found = {}
    for typed, _ in FOUND:
        response = client.get("/books/", query_string={"q": typed}, follow_redirects=True)
        assert response.status_code == 200, typed
        found[typed] = {shelf.index(book) for book in read(response).rows}
    assert found == dict(FOUND)


def test_terms_become_parameters_and_words_stay_in_the_box(client, shelf):
    response = search(client, "price:>=20 world -status:cancelled", sort="-price", after="", status="active")
    while response.status_code == 303:
        target = response.location
        response = client.get(target)
    assert urlsplit(target).path == "/books/"
    assert parse_qs(urlsplit(target).query) == {
        "q": ["world"],
        "price": ["20.."],
        "status": ["active", "!cancelled"],
        "sort": ["-price"],
    }
    assert chips(client, target) == ["Status Active", "Status not Cancelled", "Price from 20"]
    assert 'name="q" value="world"' in response.text
    for name, value in (("price", "20.."), ("status", "!cancelled")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in response.text


SENTENCES = [
    ("price=>20", "Price more than 20"),
    ("price=>5+<20", "Price more than 5 and less than 20"),
    ("price=!5..10", "Price not from 5 to 10"),
    ("updated_at=<30d", "Updated in the last 30 days"),
    ("updated_at=>1y", "Updated more than 1 year ago"),
    ("published_on=>2020", "Published after 2020"),
    ("published_on=today..90d", "Published from today to in 90 days"),
    ("status=!cancelled", "Status not Cancelled"),
    ("author=~le+guin", "Author matching “le guin”"),
    ("author=!1", "Author not Ursula K. Le Guin"),
    ("isbn=!none", "ISBN is not empty"),
]


def test_a_chip_is_a_sentence_and_can_be_taken_away(client, shelf):
    for asked, sentence in SENTENCES:
        html = client.get(f"/books/?{asked}&format=audio").text
        removed = dict(re.findall(r'<a href="([^"]*)" aria-label="Remove the filter ([^"]*)"', html))
        assert removed.pop("/books/?format=audio") == sentence
        assert list(removed.values()) == ["Format Audio"]


def test_a_name_becomes_an_id_when_it_is_somebody_s(client, shelf):
    assert search(client, 'author:"Émile Zola"').location == "/books/?author=2"
    assert search(client, "-author:2").location == "/books/?author=%212"
    assert parse_qsl(urlsplit(search(client, "author:zola").location).query) == [("author", "~zola")]


def test_namesakes_are_all_meant(client, session):
    books = [make_book(session, author=make_author(session, name="John Smith")).id for _ in range(2)]
    make_book(session, author=make_author(session, name="John Smithson"))
    assert set(read(client.get("/books/?author=~john+smith")).rows) == set(books)
    assert search(client, 'author:"John Smith"').location == "/books/?author=1&author=2"


def test_tags_are_found_by_their_name(client, session):
    poetry, year = make_tag(session, name="Poetry"), make_tag(session, name="1")
    posts = [make_post(session, tags=tags).id for tags in ([poetry, year], [poetry], [])]
    for typed, places in {
        "tag:poetry": {0, 1},
        "tags:poet": {0, 1},
        "-tag:poetry": {2},
        "tag:poetry -tag:2": {1},
        "tag:1": {0},  # a name, although another tag has this number
        "-tag:poet": {2},
        "no:tags": {2},
    }.items():
        response = follow(client, search(client, typed, "/posts/"))
        assert set(read(response).rows) == {posts[place] for place in places}, typed


def test_an_e_mail_is_the_same_in_any_spelling(client, session):
    author = make_author(session, email="Ursula@Example.org")
    make_author(session, email="other@example.org")
    assert read(client.get("/authors/?email=ursula@example.org")).rows == [author.id]


# --- mistakes


def test_a_mistake_is_explained_beside_the_box_and_the_list_is_shown_without_it(client, shelf):
    response = search(client, "price:abc zola status:forthcoming")
    assert response.status_code == 400
    page = read(response)
    assert set(page.rows) == {shelf[4], shelf[5]}
    assert page.errors["q"].startswith("price:abc — write a number, for example 12.50.")
    assert 'name="q" value="price:abc zola" placeholder' not in response.text
    assert 'value="price:abc zola"' in response.text
    assert 'aria-invalid="true" aria-describedby="q-error"' in response.text


def test_a_mistaken_parameter_is_shown_as_a_term_to_be_mended(client, shelf):
    response = client.get("/books/?price=cheap&status=active")
    assert response.status_code == 400
    assert set(read(response).rows) == {shelf[0], shelf[1]}
    assert 'value="price:cheap"' in response.text


def test_what_was_perhaps_meant_is_a_link(client, shelf):
    [link] = re.findall(r'href="([^"]*)">Search for <code>price:&gt;20', search(client, "pric:>20").text)
    assert client.get(urljoin("/books/", unescape(link))).location == "/books/?price=%3E20"


def test_an_undeclared_field_is_answered_alike_whatever_is_guessed(client, session):
    make_user(session, username="ana", password_hash="$argon2id$canary", email="ana@example.org")
    make_post(session)
    for path in ("/users/", "/posts/"):
        for name in ("password_hash", "email_key", "title", "author.email", "search_key", "id", "nothing"):
            true, false = (search(client, f"{name}:{guess}", path) for guess in ("ana@example.org", "eve@example.org"))
            assert true.status_code == false.status_code == 400
            assert without_chance(true.text) == without_chance(re.sub("eve(@|%40)", r"ana\1", false.text))


# --- how it is answered


@each_entity
def test_the_language_costs_no_statement_more_than_the_parameters(client, session, queries, resource):
    make_various(session, resource, 5)
    for tail in ("?updated_at=<30d", "?created_at=!2020", "?q=a -b", "?q=nonsense:1"):
        with queries() as seen:
            client.get(address(resource, tail))
        assert len(seen) <= 4, seen


def test_a_name_costs_one_statement_more(client, shelf, queries):
    with queries() as seen:
        client.get("/books/?author=~zola")
    assert len(seen) <= 5, seen


def test_the_panel_keeps_what_it_has_no_fields_for(client, shelf):
    html = client.get("/books/?price=>5+<20&status=!active&author=~zola&language=fr&language=!en").text
    for name, value, label in (
        ("price", "&gt;5 &lt;20", "more than 5 and less than 20"),
        ("status", "!active", "not Active"),
        ("author", "~zola", "matching “zola”"),
        ("language", "!en", "not English"),
    ):
        assert f'<input type="checkbox" name="{name}" value="{value}" checked>{label}' in html
    assert '<option value="fr" selected>' in html


def test_htmx_gets_the_list_of_what_was_typed(client, shelf):
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    response = client.get("/books/?q=price:>20", headers=headers, follow_redirects=True)
    assert response.status_code == 200
    assert "<html" not in response.text
    assert set(read(response).rows) == {shelf[1], shelf[5]}
