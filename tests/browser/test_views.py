"""Columns, density and saved views by mouse, keyboard and touch, and without a script."""

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Look, violations
from tests.factories import make_author, make_book

BOTH = pytest.mark.parametrize("look", [Look(), Look(javascript=False)], ids=str)


@pytest.fixture
def shelf(session):
    author = make_author(session, name="Jane Austen")
    for price in range(1, 9):
        make_book(session, author=author, title=f"Book {price}", price=price, pages=100 * price)
    session.commit()


def heads(page: Page) -> list[str]:
    texts = [text.strip() for text in page.locator("thead th").all_inner_texts()]
    return [text for text in texts if text not in ("", "Actions")]


def open_display(page: Page) -> None:
    page.locator("#display > summary").click()


@BOTH
def test_columns_are_chosen_put_in_order_and_reset(page_as, shelf, look):
    page = page_as("viewer")
    page.goto("/books/")
    open_display(page)
    if look.javascript:
        page.get_by_role("searchbox", name="Find a column").fill("pag")
        expect(page.locator(".columns-list li:visible")).to_have_count(1)
        page.get_by_role("checkbox", name="Pages").check()
        page.get_by_role("searchbox", name="Find a column").fill("")
        grip = page.get_by_role("button", name="Move Price")
        grip.focus()
        for _ in range(3):
            page.keyboard.press("ArrowUp")
        expect(page.locator("[data-moved]")).to_have_text("Price: place 1 of 12")
    else:
        page.get_by_role("checkbox", name="Pages").check()
        page.get_by_label("Place of Price").fill("1")
    page.get_by_role("checkbox", name="ISBN").uncheck()
    page.get_by_label("Density").select_option("Compact")
    page.get_by_role("button", name="Apply").last.click()
    expect(page.locator("thead")).to_contain_text("Pages")
    assert heads(page) == ["Title", "Price", "Author", "Format", "Status", "Published", "Pages"]
    assert page.locator("tbody tr").first.bounding_box()["height"] <= 34
    open_display(page)
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("thead")).to_contain_text("ISBN")


def test_a_column_is_dragged(page_as, shelf):
    page = page_as("viewer")
    page.goto("/books/")
    open_display(page)
    grip, target = page.get_by_role("button", name="Move Status"), page.get_by_role("button", name="Move Author")
    expect(grip).to_be_visible()
    place, there = grip.bounding_box(), target.bounding_box()
    page.mouse.move(place["x"] + 5, place["y"] + 5)
    page.mouse.down()
    page.mouse.move(there["x"] + 5, there["y"] + 10, steps=12)
    page.mouse.up()
    page.get_by_role("button", name="Apply").last.click()
    expect(page.locator("thead th").nth(1)).to_have_text("Status")


@BOTH
def test_a_list_is_saved_under_a_name_changed_and_found_in_the_sidebar(page_as, shelf, look):
    page = page_as("editor")
    page.goto("/books/?price=5..")
    page.locator("#save-view > summary").click()
    page.get_by_label("Name of the view").fill("Dear")
    page.get_by_label("Everyone").check()
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dear")
    link = page.get_by_role("list", name="Views of books").get_by_role("link", name="Dear")
    expect(link).to_have_attribute("aria-current", "page")
    expect(link).to_have_text("Dear4" if look.javascript else "Dear")
    page.get_by_role("link", name="Price", exact=True).click()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("button", name="Save changes")).to_have_count(0)
    expect(page.locator("th[aria-sort]")).to_contain_text("Price")
    page.get_by_role("link", name="Clear", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Books")
    expect(link).not_to_have_attribute("aria-current", "page")
    link.click()
    expect(page.locator("tbody tr")).to_have_count(4)


@pytest.mark.parametrize("look", [Look(), Look(scheme="dark", width=390)], ids=str)
def test_its_screens_are_accessible_and_fit(page_as, shelf, session, look):
    page = page_as("admin")
    found = []

    def check(what: str) -> None:
        found.extend(f"{what}: {fault}" for fault in violations(page))
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{what} is wider than the window"

    page.goto("/books/?q=book&columns=title,author,isbn,price,status,pages,language,subtitle,created_at,updated_at")
    check("many columns")
    open_display(page)
    expect(page.get_by_role("searchbox", name="Find a column")).to_be_visible()
    check("Display")
    page.keyboard.press("Escape")
    page.locator("#save-view > summary").click()
    check("Save view")
    page.get_by_label("Name of the view").fill("Books")
    page.get_by_role("button", name="Save view").click()
    page.goto(page.url + "&density=roomy")
    page.locator("#this-view > summary").click()
    check("a view")
    for address in ("/views/", "/views/1/edit", "/views/1/delete"):
        page.goto(address)
        check(address)
    assert found == []
