"""Every screen in a real browser, light and dark, wide and on the phone: no console message, nothing axe objects to."""

import pytest

from demo import load
from tests.browsers import IN_EVERY_LOOK, Look, violations

SCREENS = [
    "/",
    *("/authors/", "/books/", "/posts/", "/tags/", "/users/"),
    *("/books/?status=active&price=5..20&q=the", "/books/?q=nothing+of+this+kind", "/users/?age=none"),
    *("/authors/1", "/books/3", "/posts/1", "/tags/1", "/users/1"),
    *("/authors/new", "/books/3/edit", "/posts/1/edit", "/users/1/edit"),
    *("/authors/1/delete", "/users/3/delete", "/tags/1/delete", "/authors/1/merge"),
    *("/books/3/history", "/changes/", "/changes/1", "/changes/deleted", "/account"),
    "/authors/options?for=books.author&q=a",
]


@pytest.fixture
def catalogue(session):
    """The demo catalogue: texts of every length, every status."""
    load.load(session)
    session.commit()


@IN_EVERY_LOOK
def test_every_screen_is_accessible_and_silent(catalogue, page_as, look):
    page = page_as("admin")
    found = []
    for address in SCREENS:
        answer = page.goto(address)
        assert answer.status == 200, address
        found += [f"{address}: {fault}" for fault in violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{address} is wider than the window"
    assert found == []


@IN_EVERY_LOOK
def test_error_pages_are_accessible(page_as, faults, look):
    page = page_as("viewer")
    faults.expect(400, 403, 404)
    for address, status in (("/books/?sort=nonsense", 400), ("/users/", 403), ("/nowhere", 404)):
        answer = page.goto(address)
        assert answer.status == status
        assert violations(page) == []


@IN_EVERY_LOOK
def test_the_sign_in_page_is_accessible(page, look):
    page.goto("/login")
    assert violations(page) == []


def test_the_first_load_of_a_list_is_light(catalogue, page_as):
    page = page_as("admin")
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda r: sizes.update({r.url: sum(r.sizes()[part] for part in PARTS)}))
    page.goto("/books/", wait_until="networkidle")
    assert len(sizes) <= 15, sizes
    assert sum(sizes.values()) <= 100_000, sizes


PARTS = ("responseBodySize", "responseHeadersSize")


@pytest.mark.parametrize("look", [Look(), Look(width=390)], ids=str)
def test_icons_are_drawn(catalogue, page_as, look):
    """An external sprite that fails draws nothing and says nothing."""
    page = page_as("admin")
    page.goto("/books/")
    empty = page.evaluate(
        "[...document.querySelectorAll('main svg.icon')].filter(icon => icon.checkVisibility())"
        ".filter(icon => icon.querySelector('use').getBBox().width < 1).length"
    )
    assert empty == 0
