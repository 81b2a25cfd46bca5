"""In a real browser: what is typed survives a closed tab and an ended session, and is gone after signing out."""

import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from models.author import Author
from models.book import Book
from models.post import Post
from models.user import Role
from services import passwords, sign_in
from tests.browsers import IN_EVERY_LOOK, Look, violations
from tests.factories import make_author, make_book, make_post, make_user
from tests.forms import submit

PASSWORD = "zebra lantern 42"
HASH = passwords.make_hash(PASSWORD)  # once: it is made to be slow
WITHOUT_SCRIPT = pytest.mark.parametrize("look", [Look(javascript=False)], ids=str)


@pytest.fixture
def ines(session):
    return make_user(session, username="ines", name="Ines Lindqvist", role=Role.EDITOR, password_hash=HASH)


def enter(page: Page, name="ines"):
    page.goto("/login")
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Good")
    return page


@pytest.fixture
def desk(page, ines):
    """The page, signed in with a password."""
    return enter(page)


def kept(page: Page) -> list[dict]:
    """What the browser keeps of drafts."""
    found = page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('colophon:draft:'))")
    return [{"key": key, **json.loads(text)} for key, text in found]


def wait_until_kept(page: Page, text: str = ""):
    wait_until(lambda: any(text in json.dumps(draft, ensure_ascii=False) for draft in kept(page)))


def wait_until(done: Callable[[], bool]):
    """Ask again and again: the policy of the pages forbids what Playwright would do itself."""
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


def type_and_close(page: Page, path: str, label: str, text: str) -> Page:
    """Type, wait until it is kept, and close the tab without a question; then a new tab of the same browser."""
    page.goto(path)
    page.get_by_label(label, exact=True).fill(text)
    wait_until_kept(page)
    context = page.context
    page.close(run_before_unload=False)
    return context.new_page()


def test_typed_closed_opened_again_compared_and_restored(desk, session, stored):
    book = make_book(session, title="Cranford")
    page = type_and_close(desk, f"/books/{book.id}/edit", "Title", "Cranford, revised")
    page.goto(f"/books/{book.id}/edit")
    offer = page.get_by_role("region", name="Unsaved changes")
    expect(offer).to_contain_text("Unsaved changes from")
    expect(page.get_by_label("Title", exact=True)).to_have_value("Cranford")
    offer.get_by_role("button", name="compare").click()
    expect(offer.get_by_role("row", name="Title")).to_contain_text("Cranford, revised")
    assert violations(page) == []
    offer.get_by_role("button", name="restore").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Cranford, revised")
    expect(page.locator(".save-bar")).to_contain_text("1 unsaved change")
    assert stored(Book, book.id).title == "Cranford"
    page.locator(".save-bar .primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cranford, revised")
    assert kept(page) == []
    assert stored(Book, book.id).title == "Cranford, revised"


def test_discarding_is_for_good(desk, session):
    author = make_author(session)
    page = type_and_close(desk, f"/authors/{author.id}/edit", "Name", "Somebody else")
    page.goto(f"/authors/{author.id}/edit")
    page.get_by_role("region", name="Unsaved changes").get_by_role("button", name="discard").click()
    expect(page.get_by_role("region", name="Unsaved changes")).to_have_count(0)
    assert kept(page) == []
    page.reload()
    expect(page.get_by_role("region", name="Unsaved changes")).to_have_count(0)


def test_the_draft_of_a_new_record(desk):
    page = type_and_close(desk, "/authors/new", "Name", "Elizabeth Gaskell")
    page.goto("/authors/new")
    page.get_by_role("region", name="Unsaved changes").get_by_role("button", name="restore").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Elizabeth Gaskell")
    page.locator(".save-bar .primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Elizabeth Gaskell")
    assert kept(page) == []


def test_a_form_with_an_error_stays_kept_in_one_place(desk, faults):
    faults.expect(422)
    desk.goto("/authors/new")
    desk.get_by_label("E-mail").fill("no address")
    wait_until_kept(desk)
    desk.locator(".save-bar .primary").click()
    expect(desk.locator("#errors")).to_be_visible()
    desk.get_by_label("Name", exact=True).fill("Ana")
    wait_until_kept(desk, "Ana")
    assert len(kept(desk)) == 1
    desk.get_by_label("E-mail").fill("")
    desk.locator(".save-bar .primary").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Ana")
    assert kept(desk) == []


def test_what_is_typed_back_is_not_kept(desk, session):
    author = make_author(session, name="Zola")
    desk.goto(f"/authors/{author.id}/edit")
    desk.get_by_label("Name", exact=True).fill("Émile")
    wait_until_kept(desk)
    desk.get_by_label("Name", exact=True).fill("Zola")
    wait_until(lambda: kept(desk) == [])


def test_signing_out_leaves_nothing_behind(desk, session):
    author = make_author(session)
    page = type_and_close(desk, f"/authors/{author.id}/edit", "Name", "Secret plan")
    page.goto("/")
    assert len(kept(page)) == 1
    page.get_by_text("Ines Lindqvist").first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert kept(page) == []


def test_somebody_else_finds_nothing(desk, session, ines):
    author = make_author(session)
    page = type_and_close(desk, f"/authors/{author.id}/edit", "Name", "Secret plan")
    sign_in.end_sessions(session, ines.id)
    make_user(session, username="ana", name="Ana Kovač", role=Role.EDITOR, password_hash=HASH)
    enter(page, "ana")
    assert kept(page) == []
    page.goto(f"/authors/{author.id}/edit")
    expect(page.get_by_role("region", name="Unsaved changes")).to_have_count(0)


def test_an_ended_session_asks_for_the_password_and_saves(desk, session, ines, faults, stored):
    faults.expect(401)
    book = make_book(session, title="Cranford")
    desk.goto(f"/books/{book.id}/edit")
    desk.get_by_label("Title", exact=True).fill("Cranford, revised")
    sign_in.end_sessions(session, ines.id)
    desk.locator(".save-bar .primary").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Sign in and save")
    assert violations(desk) == []
    assert stored(Book, book.id).title == "Cranford"
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in and save").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Cranford, revised")
    assert stored(Book, book.id).title == "Cranford, revised"
    assert kept(desk) == []


@WITHOUT_SCRIPT
def test_an_ended_session_without_a_script(desk, session, ines, faults, stored):
    faults.expect(401)
    author = make_author(session, name="Zola")
    desk.goto(f"/authors/{author.id}/edit")
    desk.get_by_label("Name", exact=True).fill("Émile Zola")
    sign_in.end_sessions(session, ines.id)
    desk.locator(".save-bar .primary").click()
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in and save").click()
    desk.get_by_role("button", name="Save now").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Émile Zola")
    assert stored(Author, author.id).name == "Émile Zola"


def test_a_post_is_kept_on_the_server_too_and_offered_in_another_browser(desk, session, ines, browser, live_server):
    post = make_post(session, title="Saved", author=ines)
    desk.clock.install()
    desk.goto(f"/posts/{post.id}/edit")
    desk.get_by_label("Title", exact=True).fill("Typed here")
    with desk.expect_response("**/draft") as answer:
        desk.clock.run_for(21_000)
    assert answer.value.status == 200
    with browser.new_context(base_url=live_server, java_script_enabled=False) as elsewhere:
        page = enter(elsewhere.new_page())
        page.goto(f"/posts/{post.id}/edit")
        page.get_by_role("link", name="compare").click()
        expect(page.get_by_role("row", name="Title")).to_contain_text("Typed here")
        page.get_by_role("link", name="restore").click()
        expect(page.get_by_label("Title", exact=True)).to_have_value("Typed here")
        page.get_by_role("button", name="discard").click()
        expect(page.get_by_label("Title", exact=True)).to_have_value("Saved")
        expect(page.get_by_role("region", name="Unsaved changes")).to_have_count(0)


def test_a_bar_appears_when_the_record_changes_and_a_dirty_form_stays(desk, session, log_in, stored):
    ana = log_in(make_user(session, name="Ana Kovač", role=Role.EDITOR))
    post = make_post(session, title="Saved", content="Once.")
    desk.clock.install()
    desk.goto(f"/posts/{post.id}/edit")
    submit(ana, f"/posts/{post.id}/edit", {"content": "Theirs."})
    desk.clock.run_for(21_000)
    bar = desk.locator("#overtaken")
    expect(bar).to_contain_text("Ana Kovač changed this post while you were editing.")
    expect(bar.get_by_role("link", name="reload")).to_be_visible()
    desk.get_by_label("Title", exact=True).fill("Mine")
    expect(bar.get_by_role("link", name="reload")).to_be_hidden()
    expect(bar).to_contain_text("Nothing you typed is lost")
    assert violations(desk) == []
    desk.locator(".save-bar .primary").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Mine")
    assert (stored(Post, post.id).title, stored(Post, post.id).content) == ("Mine", "Theirs.")


def test_who_opens_a_page_is_seen_and_who_leaves_is_not(desk, session, browser, live_server):
    make_user(session, username="ana", name="Ana Kovač", role=Role.EDITOR, password_hash=HASH)
    book = make_book(session)
    with browser.new_context(base_url=live_server) as elsewhere:
        other = enter(elsewhere.new_page(), "ana")
        with other.expect_response("**/presence"):
            other.goto(f"/books/{book.id}/edit")
        desk.goto(f"/books/{book.id}")
        expect(desk.locator(".presence")).to_contain_text("Ana Kovač is editing")
        other.goto("/")
        other.wait_for_load_state("networkidle")
    desk.reload()
    expect(desk.locator(".presence")).to_have_count(0)


@IN_EVERY_LOOK
def test_offers_people_and_bars_are_accessible_in_every_look(desk, session, log_in, look):
    ana = log_in(make_user(session, name="Ana Kovač", role=Role.EDITOR))
    book = make_book(session)
    page = type_and_close(desk, f"/books/{book.id}/edit", "Title", "Typed")
    submit(ana, f"/books/{book.id}/edit", {"pages": "300"})
    page.goto(f"/books/{book.id}/edit")
    offer = page.get_by_role("region", name="Unsaved changes")
    expect(offer).to_contain_text("saving merges the two")
    offer.get_by_role("button", name="compare").click()
    expect(offer.get_by_role("table")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
