"""The record page: everything readable, what belongs to the record beside it, and the same few statements always."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from models.base import now
from models.user import Role
from tests.entities import LABEL, MAKE, THEN, address, each_entity, make, opened, variety
from tests.factories import make_author, make_book, make_post, make_profile, make_tag, make_user
from tests.forms import read


def facts(html: str) -> dict[str, str]:
    """The labels and values of the page, as text."""
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.DOTALL)
    return {label: " ".join(re.sub(r"<[^>]+>", " ", value).split()) for label, value in pairs}


@each_entity
def test_every_field_and_the_record_itself_are_shown(client, session, resource):
    record = make(session, resource, **variety(resource.entity, 1))
    html = client.get(address(resource, str(record.id))).text
    shown = facts(html)
    for attribute in resource.fields:
        assert attribute.name == "currency" or attribute.label in html, attribute.label
    assert shown["Number"] == str(record.id)
    assert shown["Version"] == "1"
    assert f"<title>{getattr(record, resource.model.__label__)} " in html
    assert f'href="/{resource.entity}/{record.id}/edit' in html
    assert f'href="/{resource.entity}/{record.id}/delete' in html


def test_values_are_shown_as_people_read_them(client, session):
    author = make_author(session, name="Émile <Zola>")
    book = make_book(
        session,
        author=author,
        title="Nana & co",
        isbn="9780306406157",
        price=Decimal("1234.50"),
        currency="USD",
        published_on=date(1880, 2, 15),
        language="fr",
        pages=None,
        description="*Paris* <script>alert(1)</script> [x](javascript:alert(1))",
    )
    html = client.get(f"/books/{book.id}").text
    shown = facts(html)
    assert shown["ISBN"] == "978-0-306-40615-7"
    assert shown["Price"] == "1,234.50 USD"
    assert shown["Published"] == "15 Feb 1880"
    assert shown["Language"] == "French"
    assert shown["Pages"] == "–"
    assert shown["Author"] == "Émile &lt;Zola&gt;"
    assert f'href="/authors/{author.id}"' in html
    assert "<em>Paris</em>" in html
    assert "<script>alert" not in html
    assert 'href="javascript' not in html


def test_an_empty_age_is_a_dash_and_zero_is_zero(client, session):
    assert facts(client.get(f"/users/{make_user(session, age=None).id}").text)["Age"] == "–"
    assert facts(client.get(f"/users/{make_user(session, age=0).id}").text)["Age"] == "0"


def test_a_profile_is_a_section_of_its_user(client, session):
    user = make_user(session)
    assert facts(client.get(f"/users/{user.id}").text)["Location"] == "–"
    make_profile(session, user, location="Utrecht", website="https://example.org/x")
    shown = facts(client.get(f"/users/{user.id}").text)
    assert (shown["Location"], shown["Website"]) == ("Utrecht", "example.org/x")


def test_secrets_are_never_shown(client, session):
    user = make_user(session, password_hash="$argon2id$secret")
    for path in (f"/users/{user.id}", f"/users/{user.id}/edit", "/users/", f"/users/{user.id}/delete"):
        assert "argon2id" not in client.get(path).text


def test_moments_are_relative_with_the_exact_one_at_hand(client, session):
    post = make_post(session, publish_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), created_at=now() - timedelta(hours=3))
    html = client.get(f"/posts/{post.id}").text
    assert 'title="2 Jan 2026, 03:04 UTC"' in html
    assert facts(html)["Created"] == "3 h ago"


# --- what belongs to it


def test_an_authors_books_are_a_small_list_with_a_way_to_add_one(client, session):
    author = make_author(session, name="Zola")
    make_book(session, title="Somebody else's")
    for number in range(12):
        make_book(session, author=author, title=f"Book {number:02}")
    page = client.get(f"/authors/{author.id}")
    document = read(page)
    titles = [text for href, text in document.links if re.fullmatch(r"/books/\d+", href)]
    assert titles == [f"Book {number:02}" for number in range(8)]
    links = {text: href for href, text in document.links}
    assert links["Add book"] == f"/books/new?author={author.id}"
    assert links["Show all 12 books"] == f"/books/?author={author.id}"
    assert len(opened(client, links["Show all 12 books"]).rows) == 12
    assert opened(client, links["Add book"]).form("title").value("author") == str(author.id)
    assert "Somebody else" not in page.text


def test_a_users_posts_and_a_tags_posts(client, session):
    writer, tag = make_user(session), make_tag(session, name="Poetry")
    mine = make_post(session, author=writer, tags=[tag], title="Mine")
    make_post(session, title="Not mine")
    for path, filter_by in ((f"/users/{writer.id}", "author"), (f"/tags/{tag.id}", "tags")):
        document = opened(client, path)
        assert [text for href, text in document.links if re.fullmatch(r"/posts/\d+", href)] == ["Mine"]
        every = next(href for href, text in document.links if text == "Open as list")
        assert f"{filter_by}=" in every
        assert opened(client, every).rows == [mine.id]


def test_a_posts_tags_lead_to_the_tags(client, session):
    post = make_post(session, tags=[make_tag(session, name="Poetry"), make_tag(session, name="<b>")])
    links = opened(client, f"/posts/{post.id}").links
    assert ("/tags/1", "Poetry") in links
    assert ("/tags/2", "<b>") in links


def test_nothing_yet_is_said(client, session):
    assert "No books yet" in client.get(f"/authors/{make_author(session).id}").text


# --- statements and size


@pytest.mark.parametrize(("parent", "child", "link"), [("authors", "books", "author"), ("users", "posts", "author")])
def test_few_children_and_many_take_as_many_statements(client, session, queries, parent, child, link):
    seen = []
    for number in (5, 60):
        record = MAKE[parent](session)
        for each in range(number):
            MAKE[child](session, **{link: record}, **variety(child, number * 100 + each))
        with queries() as asked:
            page = client.get(f"/{parent}/{record.id}")
        assert len(asked) <= 8, asked
        assert len(page.data) < 150_000
        seen.append(len(asked))
    assert seen[0] == seen[1]


def test_few_tags_and_many_take_as_many_statements(client, session, queries):
    seen = []
    for number in (5, 60):
        tags = [make_tag(session) for _ in range(number)]
        post = make_post(session, tags=tags)
        for _ in range(number):
            make_post(session, tags=tags[:1])
        for path in (f"/posts/{post.id}", f"/tags/{tags[0].id}"):
            with queries() as asked:
                page = client.get(path)
            assert len(asked) <= 8, asked
            assert len(page.data) < 150_000
            seen.append(len(asked))
    assert seen[:2] == seen[2:]


@each_entity
def test_a_record_page_takes_at_most_eight_statements(client, session, queries, resource):
    record = make(session, resource)
    with queries() as asked:
        assert client.get(address(resource, str(record.id))).status_code == 200
    assert len(asked) <= 8, asked


# --- what is not there, and rights


@each_entity
@pytest.mark.parametrize("number", ["99999", "0", str(2**63), "9" * 40, "-1", "x", "1.0", "²"])
def test_a_record_that_is_not_there_is_a_404(client, resource, number):
    for tail in ("", "/edit", "/delete"):
        assert client.get(address(resource, f"{number}{tail}")).status_code == 404


def test_a_viewer_reads_and_is_told_whom_to_ask(session, log_in_as):
    book = make_book(session)
    page = log_in_as("viewer").get(f"/books/{book.id}").text
    assert "Needs Editor or Administrator; you are Viewer." in page
    assert f'href="/books/{book.id}/edit' not in page
    assert f'href="/books/{book.id}/delete' not in page


def test_a_post_does_not_link_to_a_user_one_may_not_see(session, log_in_as):
    post = make_post(session, author=make_user(session, name="Ana Kovač"), published_at=THEN)
    page = log_in_as("viewer").get(f"/posts/{post.id}").text
    assert "Ana Kovač" in page
    assert f"/users/{post.author_id}" not in page


def test_a_contributor_has_the_buttons_of_his_own_posts_only(session, log_in):
    me = make_user(session, role=Role.CONTRIBUTOR)
    own, other = make_post(session, author=me), make_post(session)
    client = log_in(me)
    assert f'href="/posts/{own.id}/edit' in client.get(f"/posts/{own.id}").text
    page = client.get(f"/posts/{other.id}").text
    assert f'href="/posts/{other.id}/edit' not in page
    assert "Needs Editor or Administrator" in page


@each_entity
def test_the_way_back_leads_to_the_list_one_came_from(client, session, resource):
    record = make(session, resource)
    came_from = address(resource, f"?sort=-created_at&q={getattr(record, LABEL[resource.entity]).split()[0]}")
    response = client.get(address(resource, str(record.id)), headers={"Referer": f"http://localhost{came_from}"})
    assert (came_from, resource.title) in read(response).links
