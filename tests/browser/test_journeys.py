"""A day's work in a real browser, with JavaScript and without: the same words, the same result."""

import pytest
from playwright.sync_api import Page, expect

from models.author import Author
from models.book import Book
from tests.browsers import Look
from tests.factories import make_author, make_book, make_isbn

BOTH = pytest.mark.parametrize("look", [Look(), Look(javascript=False)], ids=str)


def save(page: Page) -> None:
    page.locator(".save-bar").get_by_role("button", name="Save", exact=False).last.click()


def choose_author(page: Page, name: str, look: Look) -> None:
    """By typing where there is a script, on a page of its own where there is none."""
    if look.javascript:
        page.get_by_role("combobox", name="Author").fill(name)
        page.get_by_role("option", name=name).click()
        return
    page.get_by_role("button", name="Choose…").click()
    page.get_by_role("searchbox").last.fill(name)
    page.get_by_role("button", name="Search", exact=True).last.click()
    page.get_by_role("button", name=name).click()


@BOTH
def test_a_book_is_added_found_changed_and_deleted(page_as, session, stored, look, faults):
    make_author(session, name="Ursula K. Le Guin")
    session.commit()
    page = page_as("editor")
    page.goto("/books/new")
    page.get_by_label("Title", exact=False).first.fill("The Dispossessed")
    choose_author(page, "Ursula K. Le Guin", look)
    page.get_by_label("Price").fill("12,50")
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("The Dispossessed")
    expect(page.get_by_role("status").filter(has_text="Created")).to_be_visible()

    page.goto("/books/?q=dispossessed")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="The Dispossessed", exact=True).click()
    page.get_by_role("link", name="Edit").first.click()
    page.get_by_label("Price").fill("13")
    save(page)
    expect(page.locator("main")).to_contain_text("13.00")
    assert str(stored(Book, 1).price) == "13.00"

    page.goto("/books/1/delete")
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Delete The Dispossessed").click()
    expect(page.get_by_role("status").filter(has_text="Deleted")).to_be_visible()
    assert stored(Book, 1) is None
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("tbody")).to_contain_text("The Dispossessed")
    assert stored(Book, 1).title == "The Dispossessed"


@BOTH
def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_field(page_as, session, look, faults):
    faults.expect(422)
    book = make_book(session, title="Villette", isbn=make_isbn(7))
    session.commit()
    page = page_as("editor")
    page.goto("/books/new")
    page.get_by_label("Title", exact=False).first.fill("Shirley")
    page.get_by_label("ISBN").fill(book.isbn)
    page.get_by_label("Price").fill("free")
    save(page)
    expect(page.get_by_role("alert").first).to_contain_text("need your attention")
    expect(page.get_by_label("Title", exact=False).first).to_have_value("Shirley")
    expect(page.locator("#price-error")).to_contain_text("number")


@BOTH
def test_two_people_who_change_one_field_choose(page_as, session, stored, look, faults):
    faults.expect(409)
    author = make_author(session, name="Jane Austen")
    session.commit()
    page = page_as("editor")
    page.goto(f"/authors/{author.id}/edit")
    author.name = "Jane A."
    session.commit()
    page.get_by_label("Name", exact=True).fill("J. Austen")
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Two people changed Jane A.")
    expect(page.get_by_role("group", name="Name")).to_contain_text("J. Austen")
    page.get_by_role("button", name="Save the merge").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("J. Austen")
    assert stored(Author, author.id).name == "J. Austen"


@BOTH
def test_a_list_is_sorted_filtered_and_paged_by_links(page_as, session, look):
    author = make_author(session)
    for number in range(30):
        make_book(session, author=author, title=f"Book {number:02}", price=number)
    session.commit()
    page = page_as("viewer")
    page.goto("/books/?per_page=10")
    page.get_by_role("link", name="Price").click()
    expect(page.locator("th[aria-sort]")).to_contain_text("Price")
    expect(page.locator("tbody tr").first).to_contain_text("Book 00")
    page.get_by_role("link", name="Next").click()
    expect(page.locator("tbody tr").first).to_contain_text("Book 10")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Price from").fill("5")
    page.get_by_label("Price to").fill("7")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("link", name="Remove the filter Price").click()
    expect(page.locator("tbody tr")).to_have_count(10)


def test_keys_lead_through_a_list(page_as, session):
    author = make_author(session)
    for title in ("Alpha", "Beta"):
        make_book(session, author=author, title=title)
    session.commit()
    page = page_as("editor")
    page.goto("/books/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Beta")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit Beta")
    page.get_by_label("Title", exact=False).first.fill("Gamma")
    expect(page.locator(".save-bar")).to_contain_text("1 unsaved change")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Books")  # back in the list, with the row marked
    expect(page.locator("tr.saved")).to_contain_text("Gamma")
