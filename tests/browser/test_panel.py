"""The list as a desk: values changed where they stand, records opened beside it, the place never lost."""

import pytest
from playwright.sync_api import Page, expect

from models.book import Book, Status
from tests.browsers import Look, violations
from tests.factories import make_author, make_book

PHONE = pytest.mark.parametrize("look", [Look(width=390)], ids=str)


@pytest.fixture
def books(session):
    author = make_author(session, name="Jane Austen")
    titles = ("Emma", "Mansfield Park", "Persuasion")
    made = [make_book(session, author=author, title=title, price=9, status="active") for title in titles]
    session.commit()
    return made


def row(page: Page, title: str):
    return page.locator("tbody tr").filter(has_text=title)


# --- edit in the list


def test_a_value_is_changed_where_it_stands_and_taken_back(page_as, books, stored):
    page = page_as("editor")
    page.goto("/books/")
    row(page, "Emma").locator("td.money").click()
    editor = page.get_by_role("dialog", name="Price of Emma")
    expect(editor.get_by_label("Price")).to_be_focused()
    assert violations(page) == []
    editor.get_by_label("Price").fill("12,50")
    page.keyboard.press("Enter")
    expect(row(page, "Emma")).to_contain_text("12.50")
    expect(page.get_by_role("status").filter(has_text="Price of Emma saved")).to_be_visible()
    assert str(stored(Book, books[0].id).price) == "12.50"
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Emma")).to_contain_text("9.00")
    assert str(stored(Book, books[0].id).price) == "9.00"


def test_keys_alone_go_from_value_to_value(page_as, books, stored, faults):
    faults.expect(422)
    page = page_as("editor")
    page.goto("/books/?status=active")
    for key in ("j", "j", "F2"):
        page.keyboard.press(key)
    page.get_by_role("dialog").get_by_label("Title", exact=True).fill(" ")
    page.keyboard.press("Enter")
    expect(page.locator("#title-error")).to_have_text("Title is missing.")
    page.keyboard.press("Escape")
    expect(row(page, "Mansfield Park").locator("th a")).to_be_focused()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.get_by_role("dialog", name="Status of Mansfield Park").get_by_label("Status").select_option("cancelled")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="does not match this list any more")).to_be_visible()
    expect(row(page, "Mansfield Park")).to_contain_text("Cancelled")
    expect(row(page, "Mansfield Park").locator("td.state")).to_be_focused()
    assert stored(Book, books[1].id).status == Status.CANCELLED


def test_a_cell_that_somebody_else_changed_leaves_the_choice(page_as, session, books, stored, faults):
    faults.expect(409)
    page = page_as("editor")
    page.goto("/books/")
    row(page, "Emma").locator("td.money").click()
    price = page.get_by_role("dialog").get_by_label("Price")
    price.fill("12,50")
    books[0].price = 13
    session.commit()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("changed this to 13.00")
    expect(price).to_have_value("12,50")
    page.get_by_role("link", name="Keep theirs").click()
    expect(row(page, "Emma")).to_contain_text("13.00")
    assert stored(Book, books[0].id).price == 13


@PHONE
def test_on_a_phone_a_value_is_changed_in_a_sheet(page_as, books, stored):
    page = page_as("editor")
    page.goto("/books/")
    row(page, "Persuasion").locator("td.state").tap()
    page.get_by_role("dialog").get_by_label("Status").select_option("out of print")
    expect(row(page, "Persuasion")).to_contain_text("Out of print")
    assert stored(Book, books[2].id).status == Status.OUT_OF_PRINT


def test_who_may_only_read_changes_nothing(page_as, books):
    page = page_as("viewer")
    page.goto("/books/")
    row(page, "Emma").locator("td.money").click()
    row(page, "Emma").locator("th a").focus()
    page.keyboard.press("F2")
    expect(page.get_by_role("dialog")).to_have_count(0)


# --- beside the list


def test_space_opens_the_row_beside_the_list_and_the_place_is_kept(page_as, books):
    page = page_as("editor")
    page.goto("/books/?status=active")
    for key in ("j", "Space"):
        page.keyboard.press(key)
    beside = page.get_by_role("complementary", name="Emma")
    expect(beside).to_contain_text("1 of 3")
    expect(row(page, "Emma").locator("th a")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("j")
    expect(page.get_by_role("complementary", name="Mansfield Park")).to_contain_text("2 of 3")
    expect(page).to_have_url(f"{page.url.partition('?')[0]}?status=active&open={books[1].id}")
    page.reload()
    expect(page.get_by_role("complementary", name="Mansfield Park")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_have_count(0)
    expect(row(page, "Mansfield Park").locator("th a")).to_be_focused()
    assert "open=" not in page.url


def test_what_is_saved_beside_the_list_is_seen_in_it(page_as, books, stored, faults):
    faults.expect(422)
    page = page_as("editor")
    page.goto("/books/?status=active")
    for key in ("j", "Space"):
        page.keyboard.press(key)
    expect(page.locator("#panel .facts").first).to_be_visible()
    page.keyboard.press("e")
    beside = page.get_by_role("complementary", name="Edit Emma")
    expect(beside.get_by_label("Title", exact=True)).to_be_focused()
    beside.get_by_label("Price").fill("free")
    page.keyboard.press("Escape")  # what is not saved is not left by a key
    expect(beside.get_by_role("link", name="Discard")).to_be_focused()
    page.keyboard.press("Control+s")
    expect(beside.locator("#price-error")).to_contain_text("Write a number")
    assert violations(page) == []
    beside.get_by_label("Price").fill("12,50")
    beside.get_by_label("Status").select_option("cancelled")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("complementary", name="Emma", exact=True)).to_contain_text("12.50")
    expect(row(page, "Emma")).to_contain_text("Cancelled")
    expect(row(page, "Emma").locator("th a")).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="does not match this list any more")).to_be_visible()
    assert stored(Book, books[0].id).status == Status.CANCELLED
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('draft')).length") == 0


def test_two_people_choose_beside_the_list(page_as, session, books, stored, faults):
    faults.expect(409)
    page = page_as("editor")
    page.goto(f"/books/?open={books[2].id}")
    page.locator("#panel").get_by_role("link", name="Edit").click()
    price = page.locator("#panel").get_by_label("Price")
    price.fill("12,50")
    books[2].price = 13
    session.commit()
    page.keyboard.press("Control+s")
    page.locator("#panel").get_by_role("button", name="Save the merge").click()
    expect(row(page, "Persuasion")).to_contain_text("12.50")
    assert str(stored(Book, books[2].id).price) == "12.50"


def test_j_goes_over_the_end_of_a_page_and_says_where_the_list_ends(page_as, session):
    author = make_author(session)
    for number in range(11):
        make_book(session, author=author, title=f"Book {number:02}")
    session.commit()
    page = page_as("viewer")
    page.goto("/books/?per_page=10")
    row(page, "Book 09").locator("td.money").click()  # who may not change it looks at it
    expect(page.get_by_role("complementary", name="Book 09")).to_be_visible()
    page.locator("#panel").get_by_role("button", name="Next row").click()
    expect(page.get_by_role("complementary", name="Book 10")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("status").filter(has_text="That was the last row.")).to_be_visible()
    expect(page.get_by_role("complementary", name="Book 10")).to_be_visible()


@PHONE
def test_on_a_phone_the_panel_is_a_sheet_and_back_closes_it(page_as, books):
    page = page_as("editor")
    page.goto("/books/")
    row(page, "Emma").locator("th").tap(position={"x": 200, "y": 8})
    expect(page.get_by_role("complementary", name="Emma")).to_be_visible()
    page.get_by_role("button", name="Next row").tap()
    expect(page.get_by_role("complementary", name="Mansfield Park")).to_be_visible()
    assert violations(page) == []
    page.go_back()
    expect(page.locator("#panel")).to_have_count(0)
    expect(row(page, "Mansfield Park").locator("th a")).to_be_focused()
    assert page.url.endswith("/books/")


def test_alt_and_an_arrow_lead_to_the_next_record_of_the_list(page_as, books):
    page = page_as("viewer")
    page.goto("/books/?sort=-title")
    page.get_by_role("link", name="Persuasion", exact=True).click()
    expect(page.get_by_role("navigation", name="In this list")).to_contain_text("1 of 3")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mansfield Park")
    expect(page.get_by_role("navigation", name="In this list")).to_contain_text("2 of 3")
