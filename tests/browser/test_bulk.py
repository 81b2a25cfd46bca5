"""Selecting rows and changing them together in a real browser, with the mouse, the keyboard, and without a script."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models.book import Book, Status
from tests.browsers import IN_EVERY_LOOK, Look, violations
from tests.factories import make_author, make_book


@pytest.fixture
def shelf(session):
    """Twelve books of 10.00, on two pages of ten."""
    author = make_author(session, name="Zola")
    return [make_book(session, author=author, title=f"Book {n:02}", price=Decimal(10)).id for n in range(12)]


def ticked(page: Page) -> list[str]:
    return page.locator("tbody .check :checked").evaluate_all(
        "boxes => boxes.map(box => box.getAttribute('aria-label'))"
    )


def prices(session):
    session.expire_all()
    return [int(price) for price in session.scalars(select(Book.price).order_by(Book.title_key))]


def change_prices(page: Page) -> None:
    page.get_by_role("button", name="Change price").click()
    page.get_by_label("Change by").fill("50")


def test_a_range_and_other_pages_are_selected_and_changed_together(page_as, session, shelf):
    page = page_as("editor")
    page.goto("/books/?per_page=10")
    status = page.locator("[data-selected]")
    expect(status).not_to_be_visible()
    page.get_by_label("Select Book 01").click()
    page.get_by_label("Select Book 03").click(modifiers=["Shift"])
    expect(status).to_have_text("3 selected")
    assert ticked(page) == [f"Select Book {n:02}" for n in (1, 2, 3)]
    page.get_by_role("link", name="Next").click()
    page.get_by_label("Select Book 11").click()
    expect(status).to_have_text("4 selected")
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_label("Select Book 02")).to_be_checked()
    change_prices(page)
    page.get_by_role("button", name="Change the price of 4 books by +50%").click()
    expect(page.get_by_role("status").filter(has_text="Changed the price of 4 books")).to_be_visible()
    assert prices(session) == [10, 15, 15, 15, 10, 10, 10, 10, 10, 10, 10, 15]
    expect(status).not_to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="took back")).to_be_visible()
    assert prices(session) == [10] * 12


def test_rows_are_selected_by_keyboard_alone(page_as, shelf):
    page = page_as("editor")
    page.goto("/books/?per_page=10")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator("[data-selected]")).to_have_text("3 selected")
    assert ticked(page) == [f"Select Book {n:02}" for n in range(3)]
    page.keyboard.press("x")
    assert ticked(page) == ["Select Book 00", "Select Book 01"]
    page.get_by_role("button", name="Clear the selection").click()
    assert ticked(page) == []


def test_the_whole_page_and_all_that_match(page_as, session, shelf):
    page = page_as("editor")
    page.goto("/books/?per_page=10")
    whole = page.get_by_label("Select this page")
    whole.click()
    expect(page.locator("[data-selected]")).to_have_text("10 selected")
    page.get_by_label("Select Book 00").click()
    expect(page.locator("[data-selected]")).to_have_text("9 selected")
    assert whole.evaluate("box => [box.checked, box.indeterminate]") == [False, True]
    page.get_by_role("button", name="Select all 12").click()
    expect(page.locator("[data-selected]")).to_have_text("All 12 selected")
    page.get_by_role("button", name="Set status").click()
    page.get_by_label("Out of stock").check()
    page.get_by_role("button", name="Set the status of 12 books to Out of stock").click()
    expect(page.get_by_role("status").filter(has_text="Set the status of 12 books")).to_be_visible()
    session.expire_all()
    assert set(session.scalars(select(Book.status))) == {Status.OUT_OF_STOCK}


def test_another_search_begins_a_new_selection(page_as, shelf):
    page = page_as("editor")
    page.goto("/books/")
    page.get_by_label("Select Book 01").click()
    expect(page.locator("[data-selected]")).to_have_text("1 selected")  # the script has come, and noted it
    page.goto("/books/?sort=-price")
    expect(page.locator("[data-selected]")).to_have_text("1 selected")
    page.goto("/books/?q=Book")
    expect(page.locator("[data-selected]")).not_to_be_visible()


@pytest.mark.parametrize("look", [Look(javascript=False)], ids=str)
def test_all_of_it_works_without_a_script(page_as, session, shelf, look):
    page = page_as("editor")
    page.goto("/books/?per_page=10")
    expect(page.get_by_role("button", name="Change price")).not_to_be_visible()
    page.get_by_label("Select Book 01").click()
    page.get_by_label("Select Book 02").click()
    change_prices(page)
    page.get_by_role("button", name="Show what changes").click()
    page.get_by_role("button", name="Change the price of 2 books by +50%").click()
    expect(page.get_by_role("status").filter(has_text="Changed the price of 2 books")).to_be_visible()
    assert prices(session)[:4] == [10, 15, 15, 10]
    page.get_by_label("Select Book 01").click()
    page.get_by_role("button", name="Select all 12").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 12 books").click()
    expect(page.get_by_role("status").filter(has_text="Deleted 12 books")).to_be_visible()


@IN_EVERY_LOOK
def test_the_bar_and_the_page_of_an_action_are_accessible_in_every_look(page_as, shelf, look):
    page = page_as("editor")
    page.goto("/books/?per_page=10")
    page.get_by_label("Select Book 01").click()
    assert violations(page) == []
    change_prices(page)
    expect(page.get_by_role("button", name="Change the price of 1 book")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
