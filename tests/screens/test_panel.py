"""What the panel beside a list asks for: the ordinary pages without their frame, and a way back to it."""

from urllib.parse import quote, unquote

from tests.entities import address, complete, each_entity, make
from tests.factories import make_book
from tests.forms import read, send

PANEL = {"HX-Request": "true", "HX-Target": "panel"}


@each_entity
def test_a_record_and_its_form_come_without_a_frame_and_with_the_panel_s_bar(client, session, resource):
    record = make(session, resource)
    session.commit()
    for tail in ("", "/edit"):
        page = client.get(address(resource, f"{record.id}{tail}"), headers=PANEL)
        assert page.status_code == 200
        assert "data-close-panel" in page.text
        assert "<html" not in page.text
        assert "<h1" not in page.text  # the list's heading is the page's
        assert "HX-Target" in page.headers["Vary"]


@each_entity
def test_saving_beside_the_list_leads_back_to_the_record_beside_it(client, session, resource):
    typed = complete(session, resource)
    record = make(session, resource)
    session.commit()
    listed = address(resource, "?sort=created_at")
    form = read(client.get(address(resource, f"{record.id}/edit?back={quote(listed)}"), headers=PANEL)).form("version")
    name = next(iter(typed))
    answer = client.post(form.action, data=dict(form.filled({name: typed[name]})), headers=PANEL)
    assert answer.status_code == 303
    assert unquote(answer.location) == address(resource, f"{record.id}?back={listed}")
    page = client.get(answer.location, headers=PANEL)
    assert "Saved" in page.text
    assert read(page).form("back").value("back") == listed  # undoing leads to the list


def test_without_the_panel_saving_leads_to_the_list(client, session):
    book = make_book(session)
    session.commit()
    page = client.get(f"/books/{book.id}/edit?back=/books/")
    assert send(client, page, {"price": "11"}).location == f"/books/?saved={book.id}"


def test_what_is_gone_is_said_in_the_panel_s_frame(client):
    page = client.get("/books/77", headers=PANEL)
    assert page.status_code == 404
    assert "data-close-panel" in page.text
