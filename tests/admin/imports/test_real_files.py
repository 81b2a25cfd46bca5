"""Files that nobody of us wrote, from the shared data: what is in them was counted by other means."""

import json
import shutil
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from admin.imports.cells import combine, read
from admin.imports.guessing import fixed, guess, styles
from admin.imports.repairs import Repair
from admin.imports.targets import targets
from services import tabular
from tests.conftest import SHARED
from tests.entities import ENTITIES

pytestmark = pytest.mark.usefixtures("shared_data")  # which says so when they are not there

KNOWN = SHARED / "messy" / "expected.json"
EXPECTED = json.loads(KNOWN.read_text()) if KNOWN.exists() else {}
PRICED = [name for name, found in EXPECTED.items() if "as_books" in found and name.endswith(".csv")]


class Sheet:
    """A file with its columns guessed and read."""

    def __init__(self, path: Path, entity: str) -> None:
        shape = tabular.look(path, path.name)
        self.resource, self.header = ENTITIES[entity], tabular.header(path, shape)
        rows = [row for chunk in tabular.rows(path, shape) for row in chunk]
        self.rows = [cells for _, cells in rows]
        samples = self.rows[:500]
        self.places = guess(self.resource, self.header, samples)
        self.style = styles(self.resource, self.places, samples)
        self.fields: dict[str, list] = {}
        for place in self.places:
            texts = [row[place.column] for row in self.rows]
            cells = read(targets(self.resource)[place.field], texts, self.style, place.take, guarded=True)
            self.fields.setdefault(place.field, []).append(cells)

    def column(self, name):
        """What became of one column."""
        place = next(place for place in self.places if self.header[place.column] == name)
        return self.fields[place.field][[p for p in self.places if p.field == place.field].index(place)]

    def field(self, name):
        return combine(targets(self.resource)[name], self.fields[name])

    def mapped(self):
        return {self.header[place.column].strip(): place.field for place in self.places}

    def filled(self, name):
        return sum(value is not None for value in self.field(name).values)


@cache
def sheet(name, entity):
    return Sheet(SHARED / name, entity)


def test_goodbooks_finds_its_fields():
    books = sheet("books/goodbooks_books.csv", "books")
    assert books.mapped() == {
        "isbn": "isbn",
        "isbn13": "isbn",
        "authors": "author",
        "original_publication_year": "published_on",
        "title": "title",
        "language_code": "language",
    }


def test_goodbooks_isbns_are_damaged_in_four_ways():
    books = sheet("books/goodbooks_books.csv", "books")
    texts = [row[books.header.index("isbn")] for row in books.rows]
    ten = books.column("isbn")
    assert Counter(ten.repairs.values()) == {Repair.TEN: 2690, f"{Repair.ZEROS}, {Repair.TEN}": 6587}
    assert (texts.count(""), len(ten.problems), sum(text.endswith("X") for text in texts)) == (700, 23, 814)
    assert len({value for value in ten.values if value}) == 9277
    rows = [texts[row] for row in sorted(ten.problems)]
    assert rows[:4] == ["812971060", "152061548", "9380658797", "385535144"]
    assert sorted(ten.problems)[:3] == [915, 1094, 1442]
    thirteen = books.column("isbn13")
    lost = [problem for problem in thirteen.problems.values() if "digits are lost" in problem.reason]
    empty = sum(row[books.header.index("isbn13")] == "" for row in books.rows)
    assert (len(lost), empty, len(thirteen.problems) - len(lost)) == (9410, 585, 4)
    both = books.field("isbn")
    assert sum(value is None and row not in both.problems for row, value in enumerate(both.values)) == 565
    assert books.filled("isbn") == 9277


def test_goodbooks_years_languages_authors_titles():
    books = sheet("books/goodbooks_books.csv", "books")
    years = books.field("published_on")
    assert sum("Before the year 1" in problem.reason for problem in years.problems.values()) == 31
    assert (len(years.problems), years.values.count(None)) == (31, 52)
    language = books.header.index("language_code")
    spellings = {row[language] for row in books.rows} - {""}
    assert len(spellings) == 25
    known = books.field("language")
    assert [books.rows[row][language] for row in known.problems] == ["mul"]
    assert known.values.count(None) == 1084 + 1
    authors = books.field("author")
    assert (sum(Repair.FIRST in said for said in authors.repairs.values()), authors.problems) == (2079, {})
    assert sum(Repair.BLANKS_INSIDE in said for said in authors.repairs.values()) == 168
    titles = books.field("title")
    assert sum(Repair.BLANKS_OUTSIDE in said for said in titles.repairs.values()) == 38
    assert (titles.problems, len(set(titles.values))) == ({}, 9964)


@pytest.mark.parametrize("name", PRICED)
def test_price_lists_of_universities_give_the_counts_that_others_found(name):
    books, expected = sheet(f"messy/{name}", "books"), EXPECTED[name]["as_books"]
    assert {"title", "isbn", "price", "published_on"} <= books.fields.keys()
    assert fixed(books.resource, books.header, books.places) == {"currency": "EUR"}
    for column, counts in expected["isbn"].items():
        if isinstance(counts, dict):
            cells = books.column(column)
            assert [row + 1 for row in cells.problems] == [row for row, _ in counts.get("wrong_values", [])]
            assert sum(value is None for value in cells.values) == counts.get("missing", 0) + counts.get("wrong", 0)
    assert books.field("price").problems == {}
    titles = books.field("title")
    assert [row + 1 for row, title in enumerate(titles.values) if title is None] == expected["title"]["missing"]
    bad = {row + 1 for field in ("isbn", "price", "title") for row in books.field(field).problems}
    assert sorted(bad | set(expected["title"]["missing"])) == expected["lenient"]["bad_rows"]
    assert len(books.rows) - len(bad | set(expected["title"]["missing"])) == expected["lenient"]["good"]


def test_columns_that_hold_something_else_than_their_names_say_are_not_guessed(tmp_path):
    path = Path(shutil.copy(SHARED / "messy" / "openapc" / "fwf_BPC_2020.xlsx", tmp_path / "file.xlsx"))
    books = Sheet(path, "books")
    assert books.mapped() == {"euro": "price", "book_title": "title", "isbn": "isbn", "isbn_print": "isbn"}
    isbn, expected = books.column("isbn"), EXPECTED["openapc/fwf_BPC_2020.xlsx"]["as_books"]["isbn"]["isbn"]
    assert [row + 1 for row in isbn.problems] == [row for row, _ in expected["wrong_values"]]
    assert isbn.values.count(None) == expected["missing"] + expected["wrong"]
    assert books.field("price").problems == books.field("title").problems == {}


def test_the_point_that_parts_thousands_is_read_so():
    books = sheet("messy/openapc/2023_OAPC_THKoeln_BPC.csv", "books")
    assert [books.field("price").values[row] for row in (0, 1, 10)] == [2500, 3350, 1220]
    assert list(books.field("price").repairs.values()) == [Repair.GROUPS] * 2


def test_artists_have_their_names_turned_round_and_sort_as_they_stand():
    artists = sheet("people/tate_artists.csv", "authors")
    assert [(artists.header[p.column], p.field, p.take) for p in artists.places] == [
        ("name", "name", "flip"),
        ("url", "website", "all"),
        ("name", "sort_name", "all"),
    ]
    names, sorted_names = artists.field("name"), artists.field("sort_name")
    assert (names.values[1], sorted_names.values[1]) == ("Edwin Austin Abbey", "Abbey, Edwin Austin")
    assert {problem.reason for problem in names.problems.values()} == {"At most 100 characters; this has 120."}
    assert (len(names.problems), artists.filled("website")) == (2, 3532)


@pytest.mark.parametrize(("name", "rows"), [("customers", 59), ("employees", 8)])
def test_people_of_a_shop(name, rows):
    people = sheet(f"people/chinook_{name}.csv", "users")
    assert people.mapped() == {"FirstName": "name", "LastName": "name", "Email": "email"}
    assert [people.header[place.column] for place in people.places if place.field == "name"] == [
        "FirstName",
        "LastName",
    ]
    assert people.filled("name") == people.filled("email") == rows
    authors = sheet(f"people/chinook_{name}.csv", "authors")
    assert authors.filled("country") == rows


def test_posts_of_a_blog():
    posts = sheet("posts/posts_18f.csv", "posts")
    assert posts.mapped() == {
        "slug": "slug",
        "title": "title",
        "date": "publish_at",
        "authors": "author",
        "tags": "tags",
        "body_markdown": "content",
    }
    assert Counter(posts.field("author").repairs.values()) == {Repair.FIRST: 232}
    assert Counter(posts.field("title").repairs.values())[Repair.BLANKS_OUTSIDE] == 18
    assert posts.field("publish_at").values.count(None) == 87
    assert len({tag for tags in posts.field("tags").values for tag in tags or ()}) == 142
    slugs = posts.field("slug")
    assert Counter(slugs.repairs.values()) == {Repair.SMALL: 23}
    assert sorted({problem.reason for problem in slugs.problems.values()}) == [
        "At most 100 characters; this has 103.",
        "Only small letters from a to z, digits and single hyphens.",
    ]
    assert posts.field("content").problems == {}
