"""Correcting a word once for all its rows, in a real browser: with and without a script, by keyboard, on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models.upload import Upload
from tests.browser.test_imports import check
from tests.browsers import IN_EVERY_LOOK, WITH_AND_WITHOUT_SCRIPT, Look, violations
from tests.factories import make_author

HEAD = "title,author,price,format\n"
FREE = "".join(f"Book {n},Jane Austin,{'free' if n % 2 else '9'},{'Slipcase' if n % 3 else 'Pulp'}\n" for n in range(9))
NAMES = "".join(f"Story {n},{name},1,e-book\n" for n, name in enumerate(["Le Guin", "Jane Austin", "Jane Austin"]))

no_database = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # has a part in it


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "autumn list.csv"
    path.write_text(HEAD + FREE + NAMES)
    return path


@pytest.fixture(autouse=True)
def there(session):
    make_author(session, name="Jane Austen")
    make_author(session, name="Ursula K. Le Guin")
    session.commit()


def meaning(page: Page, word: str):
    return page.get_by_label(f"what «{word}» means")


def kept(session) -> dict[str, dict[str, str]]:
    session.expire_all()
    upload = session.scalars(select(Upload)).one()
    return upload.plan["words"]


@pytest.mark.parametrize("look", WITH_AND_WITHOUT_SCRIPT, ids=str)
def test_a_word_is_corrected_once_for_all_its_rows(page_as, session, file, look: Look):
    page = page_as("editor")
    check(page, file)
    figures = page.get_by_role("navigation", name="Rows by result")
    expect(figures).to_contain_text("Invalid9")
    meaning(page, "Slipcase").select_option("Hardback")
    meaning(page, "Pulp").select_option("Paperback")
    meaning(page, "free").fill("0")
    page.get_by_role("button", name="Check again").first.click()
    expect(figures).to_contain_text("Invalid0")
    meaning(page, "Jane Austin").fill("Jane Austen")
    if look.javascript:
        meaning(page, "Le Guin").press("ArrowDown")
        page.get_by_role("option", name="Ursula K. Le Guin").click()
    else:
        meaning(page, "Le Guin").fill("Ursula K. Le Guin")
    page.get_by_role("button", name="Check again").first.click()
    expect(page.get_by_role("heading", name="Words you corrected")).to_contain_text("5")
    expect(figures).to_contain_text("New12")
    assert kept(session)["author"] == {"Jane Austin": "Jane Austen", "Le Guin": "Ursula K. Le Guin"}


@IN_EVERY_LOOK
def test_the_words_are_accessible_and_fit(page_as, file, look: Look):
    page = page_as("editor")
    check(page, file)
    for step in ("unread", "said"):
        assert violations(page) == [], step
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{step} is wider than the window"
        meaning(page, "Slipcase").select_option("Hardback")
        meaning(page, "Pulp").select_option("Paperback")
        page.get_by_role("button", name="Check again").first.click()
        expect(page.get_by_role("heading", name="Words you corrected")).to_be_visible()


@no_database
def test_who_is_called_alike_is_taken_by_keyboard(page_as, file):
    page = page_as("editor")
    file.write_text(HEAD + NAMES)
    check(page, file)
    alike = page.get_by_role("button", name="Jane Austen")
    expect(alike).to_be_enabled()  # by the script; a key does not wait for that as a click does
    alike.press("Enter")
    expect(meaning(page, "Jane Austin")).to_have_value("Jane Austen")
    expect(meaning(page, "Jane Austin")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Words you corrected")).to_contain_text("1")
