"""The search box in a real browser: suggestions by the keyboard, chips, mistakes; and all of it without a script."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from models.book import Status
from tests.browsers import Look, violations
from tests.factories import make_author, make_book


@pytest.fixture
def books(session):
    bronte, verne = make_author(session, name="Charlotte Brontë"), make_author(session, name="Jules Verne")
    make_book(session, author=bronte, title="Villette", price=Decimal("9.00"), status=Status.ACTIVE)
    make_book(session, author=bronte, title="Shirley", price=Decimal("12.00"), status=Status.CANCELLED)
    make_book(session, author=verne, title="Mathias Sandorf", price=Decimal("15.00"), status=Status.ACTIVE)
    session.commit()


def shown(page: Page):
    return page.locator("tbody tr th a")


def chips(page: Page):
    return page.locator(".query .chip")


@pytest.mark.parametrize("look", [Look(), Look(scheme="dark", width=390)], ids=str)
def test_terms_are_suggested_and_become_chips(page_as, books, look, faults):
    page = page_as("viewer")
    page.goto("/books/")
    box = page.locator("#q")
    box.press_sequentially("aut")
    expect(page.get_by_role("option", name="author:")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    assert violations(page) == []
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "q-option-0")
    box.press("Enter")
    expect(box).to_have_value("author:")
    box.press_sequentially("bron")
    page.get_by_role("option", name="Charlotte Brontë").click()
    expect(chips(page)).to_have_text([re.compile("Author Charlotte Brontë")])
    expect(page).to_have_url(re.compile(r"/books/\?author=\d+$"))
    expect(box).to_have_value("")
    expect(box).to_be_focused()

    box.press_sequentially("-status:cancelled vil")  # the blank ends a term
    expect(chips(page)).to_have_count(2)
    expect(box).to_have_value("vil")
    expect(shown(page)).to_have_text(["Villette"])
    expect(page).to_have_url(re.compile(r"q=vil"))
    page.get_by_role("link", name="Remove the filter Status not Cancelled").click()
    expect(chips(page)).to_have_count(1)


def test_escape_closes_the_suggestions_and_enter_asks_what_was_typed(page_as, books, faults):
    faults.expect(400)
    page = page_as("viewer")
    page.goto("/books/?status=active")
    box = page.locator("#q")
    box.press_sequentially("price:abc")
    expect(page.locator("tbody tr")).to_have_count(2)  # a term one is still typing is not asked
    box.press("Enter")
    expect(page.locator("#q-error")).to_contain_text("price:abc — write a number, for example 12.50.")
    expect(box).to_have_value("price:abc")
    expect(shown(page)).to_have_count(2)
    assert violations(page) == []
    box.fill("price:>1")
    expect(page.get_by_role("option").first).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    box.press_sequentially("0")
    box.press("Enter")
    expect(shown(page)).to_have_text(["Mathias Sandorf"])
    expect(page.locator("#q-error")).to_have_count(0)
    page.go_back()
    expect(shown(page)).to_have_count(2)


@pytest.mark.parametrize("look", [Look(javascript=False)], ids=str)
def test_without_a_script_the_language_and_its_help_are_there(page_as, books, look):
    page = page_as("viewer")
    page.goto("/books/")
    page.get_by_label("How to search").click()
    expect(page.get_by_role("heading", name="How to search books")).to_be_visible()
    page.locator("#q").fill('author:"charlotte bronte" price:>9')
    page.locator("#q").press("Enter")
    expect(chips(page)).to_have_text([re.compile("Author Charlotte Brontë"), re.compile("Price more than 9")])
    expect(shown(page)).to_have_text(["Shirley"])
