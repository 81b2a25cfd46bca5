"""Authors: sort names, and what becomes of them."""

import re

from models.author import Author, Status
from tests.factories import make_author, make_book
from tests.forms import read, submit


def test_the_sort_name_is_guessed_and_decides_the_order(client, session, stored):
    for name in ("Ursula K. Le Guin", "Zaphod Adams", "Émile Zola"):
        assert submit(client, "/authors/new", {"name": name}).status_code == 303
    assert {author.sort_name for author in session.query(Author)} == {
        "Le Guin, Ursula K.",
        "Adams, Zaphod",
        "Zola, Émile",
    }
    names = [stored(Author, key).name for key in read(client.get("/authors/")).rows]
    assert names == ["Zaphod Adams", "Ursula K. Le Guin", "Émile Zola"]


def test_a_guess_follows_the_name_in_the_form_and_a_typed_one_stays(client, session, stored):
    guessed, typed = make_author(session, name="Ana Kovač"), make_author(session, name="Ana Kovač", sort_name="Ana")
    for author in (guessed, typed):
        submit(client, f"/authors/{author.id}/edit", {"name": "Ana Horvat"})
    assert stored(Author, guessed.id).sort_name == "Horvat, Ana"
    assert stored(Author, typed.id).sort_name == "Ana"


def test_name_and_sort_name_may_change_together(client, session, stored):
    author = make_author(session, name="Ana Kovač")
    submit(client, f"/authors/{author.id}/edit", {"name": "Ana Horvat", "sort_name": "Horvat A."})
    after = stored(Author, author.id)
    assert (after.name, after.sort_name) == ("Ana Horvat", "Horvat A.")


def test_an_inactive_author_keeps_his_books_and_is_offered_no_more(client, session, stored):
    author = make_author(session, name="Brontosaurus")
    book = make_book(session, author=author)
    submit(client, f"/authors/{author.id}/delete", {"choice": "retire"})
    assert stored(Author, author.id).status == Status.INACTIVE
    assert "Brontosaurus" not in client.get("/authors/options?q=bront", headers={"HX-Request": "true"}).text
    form = read(client.get(f"/books/{book.id}/edit")).form("title")
    assert form.value("author") == str(author.id)
    assert submit(client, f"/books/{book.id}/edit", {"title": "New"}).status_code == 303


def test_the_list_counts_each_authors_books(client, session):
    one, two = make_author(session, name="A One"), make_author(session, name="B Two")
    for _ in range(3):
        make_book(session, author=two)
    page = client.get("/authors/?sort=created_at")
    counts = re.findall(r'<td class="soft num[^"]*">(\d+)</td>', page.text)
    assert dict(zip(read(page).rows, counts, strict=True)) == {one.id: "0", two.id: "3"}
