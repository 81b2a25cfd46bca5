"""Numbers of a list: exact in a small table, about in a large one, and whatever is dear comes later and in time."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import event, text

from admin import counts, records
from admin.statements import kept
from extensions import db
from models.book import Status
from tests.entities import address, each_entity, make_various
from tests.factories import make_author, make_book, make_user

FRAGMENT = {"HX-Request": "true"}
SIX = {Status.ACTIVE: 3, Status.CANCELLED: 2, Status.FORTHCOMING: 1}


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def shelf(session):
    """Six books: three are active, two cancelled, one forthcoming; four in EUR, two in JPY."""
    author = make_author(session, name="Émile Zola")
    statuses = [status for status, number in SIX.items() for _ in range(number)]
    for number, status in enumerate(statuses):
        currency = "JPY" if number > 3 else "EUR"
        make_book(
            session, author=author, title=f"Nana {number}", status=status, price=Decimal(number), currency=currency
        )
    return author


@pytest.fixture
def large(session, shelf, monkeypatch):
    """The same six books, as if that were more than one counts at once."""
    monkeypatch.setattr(records, "COUNT_CAP", 3)
    kept.cache_clear()  # statements have the cap in them that they were put together with
    session.execute(text("ANALYZE"))
    session.commit()
    yield
    kept.cache_clear()


def test_a_small_table_is_counted_with_the_rows(client, shelf):
    assert "6 books" in words(client.get("/books/").text)
    assert "3 books" in words(client.get("/books/?status=active").text)
    html = client.get("/books/?q=nana&per_page=10").text
    assert "Books, 6 found, sorted by title" in html


def test_a_large_table_says_about_how_many_and_leaves_the_rest_for_later(client, large, session):
    for number in range(10):
        make_book(session, author=make_author(session), title=f"More {number}", status=Status.ACTIVE)
    session.execute(text("ANALYZE"))
    session.commit()
    everything = words(client.get("/books/?per_page=10").text)
    assert "of about 16 count exactly" in everything
    asked = client.get("/books/?status=active&per_page=10").text
    assert "of many" in words(asked)
    assert 'href="/books/count?status=active&amp;per_page=10"' in asked
    later = re.search(r'hx-get="([^"]+)" hx-trigger="load"', asked)[1].replace("&amp;", "&")
    assert "3+ count exactly" in words(client.get(later, headers=FRAGMENT).text)
    assert "13 books" in words(client.get("/books/count?status=active&per_page=10").text)


def test_what_fits_on_one_page_of_a_large_table_is_counted_by_looking(client, large):
    assert "2 books" in words(client.get("/books/?status=cancelled").text)


@pytest.mark.parametrize(
    ("number", "said"),
    [(12_345, "12,000"), (99_999, "100,000"), (1_234_567, "1.2 million"), (10_000_000, "10 million"), (16, "16")],
)
def test_an_estimate_has_two_figures(number, said):
    assert str(counts.Total(number, is_estimate=True)) == f"about {said}"


def later(client, query: str, panel: str = "") -> dict[str, str]:
    """Id of an element → what comes into it."""
    html = client.get(f"/books/facets{query}{panel}", headers=FRAGMENT).text
    found = re.findall(r'id="(?:tab|choice)-\w+?-([^"]*)" hx-swap-oob="innerHTML">([^<]*)<', html)
    return dict(found)


def test_each_tab_says_how_many_it_shows(client, shelf):
    numbers = ["6", "1", "3", "0", "0", "2"]
    assert list(later(client, "").values()) == numbers
    assert list(later(client, "?status=cancelled").values()) == numbers, "the number of the other tabs"
    assert list(later(client, "?price=0..1").values()) == ["2", "0", "2", "0", "0", "0"]
    assert list(later(client, "?q=zola+3").values()) == ["1", "0", "0", "0", "0", "1"]


def test_the_tabs_of_a_large_table_are_counted_up_to_the_cap(client, large, session):
    make_book(session, author=make_author(session), status=Status.ACTIVE)
    assert list(later(client, "").values()) == ["3+", "1", "3+", "0", "0", "2"]


def test_the_filter_panel_says_how_many_each_choice_would_show(client, shelf):
    found = later(client, "?status=active", "&panel=1")
    assert {name: number for name, number in found.items() if name.startswith("status")} == {
        f"status-{place}": number for place, number in enumerate(["1", "3", "0", "0", "2"], 1)
    }
    assert sum(int(number) for name, number in found.items() if name.startswith("format")) == SIX[Status.ACTIVE]


@each_entity
def test_the_numbers_of_every_list_take_one_statement(client, session, queries, resource):
    make_various(session, resource, 12)
    for tail in ("facets", "facets?panel=1", f"facets?q=a&{resource.filters[0].key}=any"):
        with queries() as asked:
            response = client.get(address(resource, tail), headers=FRAGMENT)
        assert response.status_code == 200, tail
        assert len(asked) == 2, asked  # the session, and all of the numbers
    assert client.get(address(resource, "count")).status_code == 200


def test_totals_are_by_currency_and_of_what_is_shown(client, shelf):
    everything = words(client.get("/books/totals", headers=FRAGMENT).text)
    assert everything == (
        "EUR 4 : lowest 0.00 · average 1.50 · highest 3.00 JPY 2 : lowest 4 · average 4.50 · highest 5"
    )
    assert "lowest 0.00 · average 1.00 · highest 2.00" in words(
        client.get("/books/totals?status=active", headers=FRAGMENT).text
    )
    page = words(client.get("/books/totals?q=zola").text)
    assert "Books with “zola”" in page
    assert "Price EUR 4 0.00 1.50 3.00" in page
    assert "Nothing to add up" in client.get("/books/totals?q=xxx", headers=FRAGMENT).text


def test_people_have_an_average_age(client, session):
    for age in (20, 25, None):
        make_user(session, age=age)
    assert "Age: lowest 20 · average 22.5 · highest 25" in words(
        client.get("/users/totals?age=any", headers=FRAGMENT).text
    )


@pytest.mark.parametrize("path", ["facets", "count", "totals", "facets?panel=1"])
def test_a_mistake_in_the_address_is_named(client, path):
    response = client.get(f"/books/{path}{'&' if '?' in path else '?'}colour=red")
    assert response.status_code == 400
    assert "colour" in response.text


# --- the end of patience


@pytest.fixture
def endless(site, engine):
    """Every question about books takes for ever; an application with a second of patience."""
    waiting = WAITING[engine.dialect.name]

    def slow_down(conn, cursor, statement, parameters, context, executemany):
        if "FROM books" in statement:
            statement = f"SELECT asked.* FROM ({statement}) AS asked, (SELECT {waiting} AS waited) AS slow"
        return statement, parameters

    return slow_down


WAITING = {
    "postgresql": "pg_sleep(60)",
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n)",
}


@pytest.fixture
def impatient(another_app, client, endless):
    """The client, at an application in which looking for books never ends and may take a second."""
    app = another_app(statement_timeout=1)
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", endless, retval=True)
    signed_in = app.test_client()
    signed_in.set_cookie("colophon", client.get_cookie("colophon").value)
    return signed_in


def test_a_list_that_takes_too_long_says_in_words_what_to_narrow(impatient, shelf):
    response = impatient.get(f"/books/?q=nana&author={shelf.id}&price=1..2&sort=-price")
    assert response.status_code == 400
    said = words(response.text)
    assert "This takes too long to look through" in said
    assert "“nana” and author Émile Zola and price from 1 to 2, sorted by price" in said
    for way_on in ("Sort by title", "Clear the search", "Clear «Author»", "Clear «Price»", "Clear all"):
        assert way_on in said
    assert 'value="nana"' in response.text, "the search can be changed where it stands"


def test_numbers_that_take_too_long_are_left_out_and_hurt_nothing(impatient):
    assert impatient.get("/books/facets", headers=FRAGMENT).text.strip() == ""
    assert "takes too long" in impatient.get("/books/count").text
    assert impatient.get("/tags/").status_code == 200
