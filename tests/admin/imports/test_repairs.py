"""What is repaired without asking, and in which words; and what is only proposed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from admin.imports.cells import read
from admin.imports.plan import Style
from admin.imports.repairs import Repair
from admin.imports.targets import targets
from models.book import Format, Status
from models.user import Role
from tests.entities import ENTITIES

UNKNOWN, COMMA, POINT = Style(), Style(decimal=","), Style(decimal=".")
DMY, MDY = Style(dates="dmy"), Style(dates="mdy")
NUMBER = "9780306406157"


def the(field):
    entity, _, name = field.partition(".")
    return targets(ENTITIES[entity])[name]


REPAIRED = [
    ("books.title", " Emma", "Emma", Repair.BLANKS_OUTSIDE),
    ("books.title", "Jane  Eyre", "Jane Eyre", Repair.BLANKS_INSIDE),
    ("books.title", "Jane\nEyre", "Jane Eyre", Repair.LINES_JOINED),
    ("books.title", "The Lean Startup\u200e", "The Lean Startup", Repair.MARKS),
    ("books.title", "Cafe\u0301", "Café", Repair.COMPOSED),
    ("books.pages", "３２０", 320, Repair.DIGITS),
    ("books.isbn", "'" + NUMBER, NUMBER, Repair.TEXT_MARK),
    ("books.isbn", f'="{NUMBER}"', NUMBER, Repair.FORMULA),
    ("books.isbn", "978-0-306-40615-7", NUMBER, Repair.HYPHENS),
    ("books.isbn", "978 0306406157", NUMBER, Repair.HYPHENS),
    ("books.isbn", f"ISBN: {NUMBER}", NUMBER, Repair.WORD),
    ("books.isbn", "0306406152", NUMBER, Repair.TEN),
    ("books.isbn", "0-306-40615-2", NUMBER, "hyphens taken out of the ISBN, ISBN-10 made an ISBN-13"),
    ("books.isbn", "306406152", NUMBER, "lost leading zeros put back, ISBN-10 made an ISBN-13"),
    ("books.isbn", "www.isbn.de/978-3-89445-601-6", "9783894456016", Repair.LINK),
    ("books.isbn", "https://doi.org/10.1007/978-3-031-63697-4", "9783031636974", Repair.LINK),
    ("books.isbn", "https://shop.example/dp/0306406152?x=1", NUMBER, Repair.LINK),
    ("books.isbn", f"{NUMBER} (pbk.)", NUMBER, Repair.AROUND),
    ("books.isbn", f"{NUMBER}.0", NUMBER, Repair.POINT_ZERO),
    ("books.isbn", "9.780306406157E+12", NUMBER, Repair.POWER),
    ("books.price", "12,50 €", "12.50", Repair.SIGN),
    ("books.price", "£12.50", "12.50", Repair.SIGN),
    ("books.price", "USD 12.5", "12.50", Repair.SIGN),
    ("books.price", "9.500,00 ", "9500.00", Repair.GROUPS),
    ("books.price", "1'234.50", "1234.50", Repair.GROUPS),
    ("books.price", "2.500", "2500.00", Repair.GROUPS),
    ("books.price", "1,250", "1250.00", Repair.GROUPS),
    ("books.price", "1.234.567", "1234567.00", Repair.GROUPS),
    ("books.price", "9.500,00 €", "9500.00", "currency sign left out, thousands separators left out"),
    ("books.price", "1.25E+3", "1250.00", Repair.POWER),
    ("books.price", "19.989999999999998", "19.99", Repair.ROUNDING),
    ("books.pages", "544 S.", 544, Repair.UNIT),
    ("books.pages", "213pp", 213, Repair.UNIT),
    ("books.pages", "544.0", 544, Repair.POINT_ZERO),
    ("books.pages", "1,284", 1284, Repair.GROUPS),
    ("books.pages", "5.44E+2", 544, Repair.POWER),
    ("books.id", "12.0", 12, Repair.POINT_ZERO),
    ("books.published_on", "2008.0", date(2008, 1, 1), Repair.POINT_ZERO),
    ("books.published_on", "43831", date(2020, 1, 1), Repair.SERIAL),
    ("books.published_on", "31/12/2015", date(2015, 12, 31), Repair.DAY_FIRST),
    ("books.published_on", "12/31/2015", date(2015, 12, 31), Repair.MONTH_FIRST),
    ("books.published_on", "31.12.98", date(1998, 12, 31), Repair.CENTURY),
    ("books.published_on", "2014-03-12T10:11:00-04:00", date(2014, 3, 12), Repair.TIME),
    ("books.format", "geb.", Format.HARDBACK, Repair.TRANSLATED),
    ("books.format", "kart.", Format.PAPERBACK, Repair.TRANSLATED),
    ("books.format", "Hörbuch", Format.AUDIO, Repair.TRANSLATED),
    ("books.status", "vergriffen", Status.OUT_OF_PRINT, Repair.TRANSLATED),
    ("books.language", "eng", "en", Repair.TRANSLATED),
    ("books.language", "ger", "de", Repair.TRANSLATED),
    ("books.language", "Deutsch", "de", Repair.TRANSLATED),
    ("books.language", "svenska", "sv", Repair.TRANSLATED),
    ("books.language", "Farsi", "fa", Repair.TRANSLATED),
    ("books.language", "en-US", "en", Repair.REGION),
    ("books.currency", "€", "EUR", Repair.TRANSLATED),
    ("books.currency", "$", "USD", Repair.TRANSLATED),
    ("authors.country", "DEU", "DE", Repair.TRANSLATED),
    ("authors.country", "Österreich", "AT", Repair.TRANSLATED),
    ("authors.country", "England", "GB", Repair.TRANSLATED),
    ("users.role", "Redakteurin", Role.EDITOR, Repair.TRANSLATED),
    ("users.is_active", "ja", True, Repair.TRANSLATED),
    ("users.is_active", "FALSCH", False, Repair.TRANSLATED),
    ("posts.tags", "a, b, A", ("a", "b"), Repair.REPEATED),
    ("posts.slug", "We-Are-Hiring", "we-are-hiring", Repair.SMALL),
    ("posts.slug", "-don-t--stop", "don-t-stop", Repair.SINGLE),
    ("authors.website", "example.org", "https://example.org", Repair.HTTPS),
    ("authors.email", "Ana Kovač <ana@example.org>", "ana@example.org", Repair.AROUND),
]


@pytest.mark.parametrize(("field", "text", "value", "said"), REPAIRED, ids=[f"{f} {t!r}" for f, t, *_ in REPAIRED])
def test_a_certain_repair_is_made_and_said(field, text, value, said):
    cells = read(the(field), [text], UNKNOWN)
    assert not cells.problems, cells.problems
    assert cells.values == [Decimal(value) if field == "books.price" else value]
    assert cells.repairs == {0: str(said)}


def test_every_repair_there_is_has_an_example():
    said = {part for *_, words in REPAIRED for part in str(words).split(", ")}
    assert said | {Repair.FIRST} == set(map(str, Repair))


UNDERSTOOD = [
    ("books.isbn", "080442957x", "9780804429573"),
    ("books.price", "12,5", Decimal("12.50")),
    ("books.price", " 7395.20", Decimal("7395.20")),
    ("books.price", "12,–", Decimal("12.00")),
    ("books.price", "0", Decimal("0.00")),
    ("books.published_on", "1853", date(1853, 1, 1)),
    ("books.published_on", "8", date(8, 1, 1)),
    ("books.published_on", "07/1868", date(1868, 7, 1)),
    ("books.published_on", "1868-07", date(1868, 7, 1)),
    ("books.published_on", "01.06.1866", date(1866, 6, 1)),
    ("books.published_on", "1. Juni 1866", date(1866, 6, 1)),
    ("books.published_on", "1er juin 1866", date(1866, 6, 1)),
    ("books.published_on", "1 de junio de 1866", date(1866, 6, 1)),
    ("books.published_on", "June 1st, 1866", date(1866, 6, 1)),
    ("books.published_on", "1 giugno 1866", date(1866, 6, 1)),
    ("books.published_on", "Fri, 01 Jun 1866", date(1866, 6, 1)),
    ("books.published_on", "01-Jun-1866", date(1866, 6, 1)),
    ("books.published_on", "Juni 1866", date(1866, 6, 1)),
    ("books.published_on", "18660601", date(1866, 6, 1)),
    ("books.published_on", "1866/6/1", date(1866, 6, 1)),
    ("books.published_on", "1962-02-18T00:00:00", date(1962, 2, 18)),
    ("posts.publish_at", "2014-03-12T10:11:00-04:00", datetime(2014, 3, 12, 14, 11, tzinfo=UTC)),
    ("posts.publish_at", "12.03.2014 10:11", datetime(2014, 3, 12, 10, 11, tzinfo=UTC)),
    ("posts.publish_at", "12 March 2014, 4:05 pm", datetime(2014, 3, 12, 16, 5, tzinfo=UTC)),
    ("posts.publish_at", "2014", datetime(2014, 1, 1, tzinfo=UTC)),
    ("books.format", "HARDBACK", Format.HARDBACK),
    ("books.format", "E Book", Format.E_BOOK),
    ("books.status", "out_of_print", Status.OUT_OF_PRINT),
    ("books.language", "German", "de"),
    ("authors.country", "Namibia", "NA"),
    ("authors.country", "NA", "NA"),
    ("books.language", "NA", None),
    ("books.language", "und", None),
    ("books.currency", "eur", "EUR"),
    ("users.is_active", "TRUE", True),
    ("users.is_active", "Active", True),
    ("posts.tags", "how we work; events", ("how we work", "events")),
    ("posts.tags", "tony-hill|breast", ("tony-hill", "breast")),
    ("authors.name", "None", "None"),
]


@pytest.mark.parametrize(("field", "text", "value"), UNDERSTOOD, ids=[f"{f} {t!r}" for f, t, _ in UNDERSTOOD])
def test_what_is_understood_needs_no_words(field, text, value):
    cells = read(the(field), [text], UNKNOWN)
    assert (cells.values, cells.problems) == ([value], {})
    assert "left out" not in cells.repairs.get(0, "")


REFUSED = [
    ("books.isbn", "9.78014E+12", "digits are lost", ""),
    ("books.isbn", "9.78043902348e+12", "digits are lost", ""),
    ("books.isbn", "978-1-4028-9462-8", "6 would be right", "978-1-4028-9462-6"),
    ("books.isbn", "9380658797", "6 would be right", "9380658796"),
    ("books.isbn", "78-3-11-071481-4", "first digit", "978-3-11-071481-4"),
    ("books.isbn", "978030640615", "last digit", NUMBER),
    ("books.isbn", "978O3O64O6157", "Letters", NUMBER),
    ("books.isbn", "812971060", "this has 9", ""),
    ("books.isbn", "https://www.socialnet.de/materialien/29851.php", "no ISBN in this link", ""),
    ("books.isbn", "978-3-515-12871-1 8", "left over", "978-3-515-12871-1"),
    ("books.isbn", f"{NUMBER}; 9783031636974", "Two ISBNs", NUMBER),
    ("books.isbn", "no", "no ISBN", ""),
    ("books.price", "free", "Not a number", ""),
    ("books.price", "0 E0", "Not a number", ""),
    ("books.price", "9" * 40, "too large", ""),
    ("books.price", "-4.50", "At least 0", ""),
    ("books.price", "12.5055", "2 decimals", "12.51"),
    ("books.price", "12.50 each", "Not a number", "12.50"),
    ("books.pages", "many", "whole number", ""),
    ("books.pages", "xii, 320", "whole number", "320"),
    ("books.published_on", "31/02/1886", "no such day", "1886"),
    ("books.published_on", "2023-02-30", "no such day", "2023"),
    ("books.published_on", "-720.0", "Before the year 1", ""),
    ("books.published_on", "44 BC", "Before the year 1", ""),
    ("books.published_on", "0000-00-00", "Before the year 1", ""),
    ("books.published_on", "01/06/1866", "day or the month", ""),
    ("books.published_on", "01.06.50", "century", ""),
    ("books.published_on", "c. 1852", "year alone", "1852"),
    ("books.published_on", "[1995]", "year alone", "1995"),
    ("books.published_on", "FALSE", "year-month-day", ""),
    ("books.published_on", "#REF!", "could not compute", ""),
    ("books.status", "pulped", "none of the choices", ""),
    ("books.language", "mul", "several languages", ""),
    ("books.language", "en, fr", "Several of them", "en"),
    ("users.is_active", "maybe", "Neither yes nor no", ""),
    ("users.email", "ana at example.org", "e-mail", "ana@example.org"),
    ("users.email", "ana@example,org", "e-mail", "ana@example.org"),
    ("authors.website", "ttps://e-book.fwf.ac.at/o:1704", "web address", "https://e-book.fwf.ac.at/o:1704"),
    ("posts.slug", "analytics.usa.gov", "small letters", "analytics-usa-gov"),
    ("books.title", "a\x00b", "NUL", "ab"),
    ("books.title", "x" * 201, "At most 200", ""),
    ("books.id", "x", "whole number", ""),
]


@pytest.mark.parametrize(
    ("field", "text", "reason", "proposal"), REFUSED, ids=[f"{f} {t[:30]!r}" for f, t, *_ in REFUSED]
)
def test_what_is_not_certain_is_a_problem_with_a_proposal_where_there_is_one(field, text, reason, proposal):
    cells = read(the(field), [text], UNKNOWN)
    assert (cells.values, cells.repairs) == ([None], {})
    assert reason in cells.problems[0].reason
    assert cells.problems[0].proposal == proposal
    if proposal:
        assert not read(the(field), [proposal], UNKNOWN).problems


def test_the_style_of_the_column_decides_what_could_mean_two_things():
    def price(text, style):
        cells = read(the("books.price"), [text], style)
        return cells.values[0] if not cells.problems else cells.problems[0].reason

    assert [price("2.500", style) for style in (UNKNOWN, COMMA, POINT)] == [2500, 2500, Decimal("2.50")]
    assert [price("2,500", style) for style in (UNKNOWN, COMMA, POINT)] == [2500, Decimal("2.50"), 2500]
    assert [price("12,50", style) for style in (UNKNOWN, COMMA, POINT)] == [Decimal("12.50")] * 3
    assert price("2.345", POINT) == "At most 2 decimals."

    def day(text, style):
        return read(the("books.published_on"), [text], style)

    assert day("01/06/1866", DMY).values == [date(1866, 6, 1)]
    assert day("01/06/1866", MDY).values == [date(1866, 1, 6)]
    assert not day("31/12/1866", DMY).repairs
    assert day("31/12/1866", MDY).repairs == {0: Repair.DAY_FIRST}


def test_a_part_of_a_cell():
    def author(text, take):
        cells = read(the("books.author"), [text], UNKNOWN, take)
        return cells.values[0], cells.repairs.get(0, "")

    assert author("J.K. Rowling, Mary GrandPré", "first") == ("J.K. Rowling", Repair.FIRST)
    assert author("robert; mhz", "first") == ("robert", Repair.FIRST)
    assert author("Jane Austen", "first") == ("Jane Austen", "")
    assert author("Brontë, Charlotte", "flip") == ("Charlotte Brontë", "")
    assert author("King, Martin Luther, Jr.", "flip") == ("Martin Luther King, Jr.", "")
    assert author("Brontë, Anne; Brontë, Emily", "flip") == ("Anne Brontë", Repair.FIRST)
    assert author("Absalon", "flip") == ("Absalon", "")
    group = "Art & Language (Michael Baldwin, born 1945; Mel Ramsden, born 1944)"
    assert author(group, "flip") == author(group, "first") == (group, "")
    assert [read(the("books.currency"), ["£12.50", "12.50", ""], UNKNOWN, "sign").values] == [["GBP", None, None]]
