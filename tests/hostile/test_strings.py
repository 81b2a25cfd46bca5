"""Strings that nobody here made up go in by a form and come back unchanged; none of them runs in a page."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.book import Book
from models.text import clean, one_line
from models.user import User
from services import markdown
from tests.factories import make_author, make_book, make_post, make_user
from tests.forms import Document, read
from tests.hostile import odd
from tests.hostile.dom import Dom
from tests.hostile.odd import BUDGET, Sender, kept


@pytest.fixture(scope="session")
def naughty(shared_data: Path) -> list[str]:
    return json.loads((shared_data / "strings/blns.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def scripts(shared_data: Path) -> list[str]:
    """Attempts to run a script, and formulas."""
    names = ("xss_rsnake.txt", "xss_intruders.txt", "csv_injection_payloads.txt")
    lines = [line for name in names for line in (shared_data / "strings" / name).read_text("utf-8").splitlines()]
    return [line for line in lines if line.strip()]


@pytest.fixture(scope="session")
def examples(shared_data: Path) -> list[str]:
    found = json.loads((shared_data / "strings/commonmark_examples.json").read_text("utf-8"))
    return [example["markdown"] for example in found]


@pytest.fixture
def sender(client: FlaskClient) -> Sender:
    return Sender(client)


def in_threes(texts: list[str]) -> Iterator[tuple[str, str, str]]:
    padded = [*texts, "", ""]
    return (tuple(padded[place : place + 3]) for place in range(0, len(texts), 3))  # type: ignore[misc]


def fits(text: str, length: int) -> str:
    """As much of the text as a field takes."""
    return text if len(one_line(text)) <= length else one_line(text)[:length]


def test_naughty_strings_come_back_as_they_went_in(
    naughty: list[str], scripts: list[str], examples: list[str], sender: Sender, session: Session, engine: Engine
) -> None:
    """Form → database → form and page. Only what is documented changes: NFC, one kind of line end, outer blanks."""
    book = make_book(session)
    session.commit()
    path = f"/books/{book.id}"
    for title, subtitle, description in in_threes([*naughty, *scripts, *examples[::3]]):
        title, subtitle = fits(title, 200), fits(subtitle, 200)
        fields = [("title", title), ("subtitle", subtitle), ("description", description)]
        version = kept(engine, Book, book.id).version
        response = sender.post(f"{path}/edit", [("version", str(version)), *fields])
        if not one_line(title):
            assert response.status_code == 422
            continue
        assert response.status_code == 303, (read(response).errors, title, subtitle)
        now = kept(engine, Book, book.id)
        assert (now.title, now.subtitle) == (one_line(title), one_line(subtitle) or None)
        assert now.description == (clean(description) or None)
        html = sender.client.get(f"{path}/edit").text
        form = read_form(html)
        assert form["title"] == now.title
        assert form["subtitle"] == (now.subtitle or "")
        assert form["description"] == (now.description or "")
        assert Dom(html).found == []
        page = sender.client.get(path).text
        assert Dom(page).found == []
        assert " ".join(now.title.split()) in " ".join(odd.text_of(page).split())


def read_form(html: str) -> dict[str, str]:
    return dict(Document(html).form("title").fields)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has a part in it
def test_attempts_to_run_a_script_run_nowhere(
    scripts: list[str], naughty: list[str], sender: Sender, session: Session
) -> None:
    """Many records at once, on every page that shows more than one of them."""
    author = make_author(session)
    for text in [*scripts, *naughty]:
        title = fits(text, 200)
        if one_line(title) and "\x00" not in title:
            make_book(session, author=author, title=one_line(title), subtitle=one_line(title), description=text)
            make_post(session, author_id=1, title=one_line(title), content=text)
    session.commit()
    for entity in ("books", "posts"):
        page = f"/{entity}/?per_page=200"
        for _ in range(8):
            html = sender.client.get(page).text
            assert Dom(html).found == []
            following = read_rel(html).get("next")
            if not following:
                break
            page = f"/{entity}/{following}"
    for path in (
        "/",
        f"/authors/{author.id}",
        f"/authors/{author.id}/delete",
        "/books/options?q=script",
        "/posts/options",
    ):
        assert Dom(sender.client.get(path).text).found == [], path


def read_rel(html: str) -> dict[str, str]:
    return Document(html).rel


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has a part in it
def test_every_parameter_that_is_shown_again_is_text(scripts: list[str], naughty: list[str], sender: Sender) -> None:
    """Search, filters, choices, forms with errors, stale tokens: what came in is never markup on the way out."""
    for place, text in enumerate([*scripts, *naughty[::4]]):
        if "\x00" in text:
            continue
        quoted = odd.escaped(text[:190])
        path = (
            f"/books/?q={quoted}",
            f"/books/?status={quoted}",
            f"/books/?{quoted}=1",
            f"/books/?sort={quoted}",
            f"/authors/options?for=books.author&back={quoted}&q={quoted}",
            f"/books/new?title={quoted}&back={quoted}&price={quoted}",
            f"/login?next={quoted}",
            f"/books/{quoted}",
        )[place % 8]
        assert Dom(sender.client.get(path).text).found == [], path
        fields = [
            (name, text) for name in ("title", "price", "isbn", "author", "back", "pick_q", "status", "published_on")
        ]
        if place % 4:
            continue
        more = ([], [("pick", "author")], [("preview", "1")])[place // 4 % 3]
        assert Dom(sender.post("/books/new", [*fields, *more]).text).found == [], text
        stale = sender.client.post("/books/new", data={"title": text, text: text, "csrf_token": "old"})
        assert stale.status_code == 400
        assert Dom(stale.text).found == [], text


def test_markdown_is_clean_and_the_preview_is_the_page(
    examples: list[str], scripts: list[str], naughty: list[str], sender: Sender, session: Session, engine: Engine
) -> None:
    post = make_post(session, author_id=1)
    session.commit()
    for place, text in enumerate([*examples, *scripts, *naughty][::2]):
        preview = sender.post("/posts/preview", [("content", text)])
        assert preview.status_code == 200
        html = preview.text
        assert Dom(html, only_prose=True).found == [], text
        assert html == str(markdown.render(clean(text)))
        if place % 10 == 0 and clean(text):
            version = kept(engine, type(post), post.id).version
            saved = sender.post(f"/posts/{post.id}/edit", [("version", str(version)), ("content", text)])
            assert saved.status_code == 303
            assert html in sender.client.get(f"/posts/{post.id}").text


MARKDOWN = (
    *("[", "](", ")", "<", ">", "!", "`", "*", "_", "\n", "\n\n", "    ", "javascript:", "data:text/html,", "&#106;"),
    *(
        "&colon;",
        "\t",
        "http://",
        '"',
        "'",
        "onerror=",
        "<script",
        "<img src=x ",
        "<!--",
        "-->",
        "<svg/onload=",
        "{",
        "}",
    ),
    *("|", "---", "#", "1.", "~~", "\\", "\x01", "\u2028", "a", "<a href=", "<https://x.y>", "[a]: ", "^", "{", "}"),
)


def test_any_markdown_is_clean() -> None:
    @settings(BUDGET, max_examples=500)
    @given(st.one_of(st.lists(st.sampled_from(MARKDOWN), max_size=30).map("".join), st.text(max_size=80)))
    def check(text: str) -> None:
        html = str(markdown.render(text))
        assert Dom(html, only_prose=True).found == []

    check()


HEAVY = {
    "brackets": "[" * 50_000,
    "links": "[a](" * 25_000,
    "images": "![a](<b" * 14_000,
    "emphasis": "*a_" * 33_000,
    "stars": "a**b" + "c* " * 33_000,
    "quotes": "> " * 50_000,
    "lists": "- " * 50_000,
    "nested lists": "".join(f"{' ' * (2 * depth)}- a\n" for depth in range(300)),
    "ticks": "".join("a" + "`" * length for length in range(440)),
    "comments": "<!--" * 25_000,
    "declarations": "<!A" * 33_000,
    "references": "[a]: u\n" * 14_000,
    "table": "|a" * 300 + "|\n" + "|-" * 300 + "|\n" + ("|b" * 300 + "|\n") * 100,
    "entities": "&amp" * 25_000,
    "strikes": "~~a" * 33_000,
    "autolinks": "<http://a" * 11_000,
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY)
def test_markdown_twice_as_long_is_twice_the_work(text: str) -> None:
    """No text of 100 kB can keep a server busy: the work grows with the length, not with its square."""
    once, twice = (odd.calls_of(partial(markdown.render, text[: len(text) // part])) for part in (4, 2))
    assert 0 < twice < 2.5 * once


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has a part in it
def test_words_of_a_template_are_only_words(sender: Sender, session: Session, engine: Engine) -> None:
    """{{7777*7}} is what stands in the page, in every field that shows text."""
    user = make_user(session)
    session.commit()
    template = "{{7777*7}}{% for x in ().__class__ %}${7777*7}#{7777*7}<%= 7777*7 %>"
    fields = {"name": template, "bio": template, "location": template}
    assert sender.post(f"/users/{user.id}/edit", [("version", "1"), *fields.items()]).status_code == 303
    assert kept(engine, User, user.id).name == template
    for path in (f"/users/{user.id}", f"/users/{user.id}/edit", "/users/", f"/users/{user.id}/delete"):
        assert "54439" not in sender.client.get(path).text
