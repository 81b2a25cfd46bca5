"""An import in a real browser: from the list to the report and back, with and without a script, and by keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from xlsxwriter import Workbook

import jobs
from admin.imports import reading
from models.book import Book
from models.job import Job
from tests.browsers import IN_EVERY_LOOK, WITH_AND_WITHOUT_SCRIPT, Look, violations
from tests.factories import make_author, make_book

BOOKS = """Titel;ISBN;Autor;Preis
Emma;978-0-306-40615-7;Jane Austen;9,90
Villette;9781402894628;Charlotte Brontë;12,00
Sanditon;;Jane Austen;frei
Persuasion;;Jane Austen;8,00
"""


no_database = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # has a part in it


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "autumn list.csv"
    path.write_text(BOOKS)
    return path


@pytest.fixture
def there(session):
    """One of the books is there, for another price; of one author there are two."""
    make_book(session, title="Emma", isbn="9780306406157", price=5, author=make_author(session, name="Jane Austen"))
    for place in ("Haworth", "Brussels"):
        make_author(session, name="Charlotte Brontë", email=f"{place.lower()}@example.org")
    session.commit()


def columns(page: Page, file: Path) -> None:
    """As far as the page of the columns."""
    page.goto("/books/import")
    page.get_by_label("A file with books").set_input_files(file)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="How it is read")).to_be_visible()


def check(page: Page, file: Path) -> None:
    columns(page, file)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("navigation", name="Rows by result")).to_be_visible()


def perform(app, session) -> None:
    """What the worker does."""
    session.expire_all()
    job = session.scalars(select(Job).order_by(Job.id.desc())).first()
    with app.app_context():
        jobs.perform(job.id, job.attempt)


@pytest.mark.parametrize("look", WITH_AND_WITHOUT_SCRIPT, ids=str)
def test_a_dirty_file_becomes_a_clean_catalogue_and_one_undo_takes_it_back(
    app, page_as, session, there, file, look: Look
):
    page = page_as("editor")
    page.goto("/books/")
    page.get_by_role("link", name="Import", exact=True).click()
    check(page, file)
    figures = page.get_by_role("navigation", name="Rows by result")
    expect(figures).to_contain_text("Invalid2")
    expect(page.get_by_label("ISBN of row 3")).to_have_value("9781402894626")
    page.get_by_label("Price of row 4").fill("7,50")
    page.get_by_label("Who is Charlotte Brontë").select_option(index=2)
    page.get_by_role("button", name="Check again").last.click()
    expect(figures).to_contain_text("New3")
    expect(figures).to_contain_text("Changed1")
    page.get_by_role("button", name="Import 4 rows").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    perform(app, session)
    if not look.javascript:
        page.reload()
    expect(page.get_by_role("heading", name="Report")).to_be_visible()
    assert session.scalar(select(func.count()).select_from(Book)) == 4
    page.get_by_role("link", name="The file, row by row").click()
    expect(page.get_by_text("What stands below was found before that")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone by")).to_be_visible()
    assert session.scalar(select(func.count()).select_from(Book)) == 1


@IN_EVERY_LOOK
def test_every_step_is_accessible_and_fits(page_as, there, file, look: Look):
    page = page_as("editor")
    check(page, file)
    base = page.url
    for address in ("/books/import", f"{base}/columns", *(f"{base}?rows={name}" for name in OUTCOMES)):
        page.goto(address)
        assert violations(page) == [], address
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{address} is wider than the window"


OUTCOMES = ("new", "changed", "same", "invalid")


@no_database
def test_what_is_understood_follows_what_one_chooses(page_as, there, file):
    page = page_as("editor")
    columns(page, file)
    row = page.get_by_role("row", name="Preis 9,90")
    expect(row).to_contain_text("decimal comma")
    row.get_by_label("Field for Preis").select_option("Skip")
    expect(row).to_contain_text("not imported")
    expect(page.get_by_label("Price for every row")).to_be_visible()
    page.get_by_label("Price for every row").fill("3")
    page.get_by_label("Field for Autor").select_option("Subtitle")
    expect(page.get_by_label("Author for every row")).to_be_visible()
    expect(page.get_by_label("Price for every row")).to_have_value("3")


@no_database
def test_a_file_is_dropped_anywhere_on_the_page(page_as, session):
    page = page_as("editor")
    page.goto("/books/import")
    page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
          const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
          document.querySelector("h1").dispatchEvent(drop);
        }""",
        BOOKS,
    )
    expect(page.get_by_text("dropped.csv, 4 rows")).to_be_visible()


@no_database
def test_a_refused_file_says_why_where_it_was_chosen(page_as, tmp_path, faults):
    page = page_as("editor")
    faults.expect(422)
    path = tmp_path / "twice.csv"
    path.write_text("a,a\n1,2\n")
    page.goto("/books/import")
    page.get_by_label("A file with books").set_input_files(path)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#file-error")).to_contain_text("«a» names the columns A and B")
    expect(page.get_by_label("A file with books")).to_be_focused()


@no_database
def test_it_goes_by_keyboard_alone(page_as, session, there):
    page = page_as("editor")
    page.goto("/books/import")
    page.get_by_text("Paste rows instead").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.insert_text("title\tauthor\tprice\nSanditon\tJane Austen\t7,50\n")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="How it is read")).to_be_visible()
    page.get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Import 1 row")).to_be_visible()


@no_database
@pytest.mark.parametrize("look", WITH_AND_WITHOUT_SCRIPT, ids=str)
def test_a_large_workbook_is_unpacked_by_a_job_and_the_page_goes_on(
    app, page_as, session, tmp_path, monkeypatch, look: Look
):
    monkeypatch.setattr(reading, "PATIENCE", -1)
    path = tmp_path / "autumn.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet("List")
        for number, row in enumerate([("title", "author", "price"), ("Emma", "Jane Austen", 9)]):
            sheet.write_row(number, 0, row)
    page = page_as("editor")
    page.goto("/books/import")
    page.get_by_label("A file with books").set_input_files(path)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    perform(app, session)
    if not look.javascript:
        page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name="How it is read")).to_be_visible()
    page.get_by_label("Field for title").select_option("Skip")
    if look.javascript:
        expect(page.get_by_role("row", name="title Emma")).to_contain_text("not imported")
