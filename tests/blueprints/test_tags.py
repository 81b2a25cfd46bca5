"""Tags: names that are the same in any spelling, and how many posts bear them."""

import re

import pytest

from models.post import Post
from models.tag import Tag
from tests.factories import make_post, make_tag, make_user
from tests.forms import read, submit


@pytest.mark.parametrize("typed", ["poetry", " POETRY ", "Poetry"])
def test_a_name_exists_once_in_any_spelling(client, session, typed):
    make_tag(session, name="Poetry")
    answer = submit(client, "/tags/new", {"name": typed})
    assert answer.status_code == 422
    assert "Poetry" in read(answer).errors["name"]
    assert session.query(Tag).count() == 1


def test_a_tag_may_change_its_own_spelling(client, session, stored):
    tag = make_tag(session, name="poetry")
    assert submit(client, f"/tags/{tag.id}/edit", {"name": "Poetry"}).status_code == 303
    assert stored(Tag, tag.id).name == "Poetry"


def test_a_renamed_tag_keeps_its_posts(client, session):
    tag = make_tag(session, name="poetry")
    post = make_post(session, tags=[tag])
    submit(client, f"/tags/{tag.id}/edit", {"name": "Verse"})
    assert "Verse" in client.get(f"/posts/{post.id}").text
    assert read(client.get(f"/posts/?tags={tag.id}")).rows == [post.id]


def test_the_list_counts_each_tags_posts(client, session):
    one, two = make_tag(session, name="one"), make_tag(session, name="two")
    for number in range(3):
        make_post(session, tags=[one, two] if number else [one])
    html = client.get("/tags/").text
    assert re.findall(r'<td class="soft num[^"]*">(\d+)</td>', html) == ["3", "2"]
    assert one.id < two.id


def test_a_tag_of_many_posts_keeps_the_list_small(client, session):
    writer, tag = make_user(session), make_tag(session, name="poetry")
    title = "A title as long as titles are " * 6
    session.add_all(Post(title=title, slug=f"post-{n}", author_id=writer.id, tags=[tag]) for n in range(900))
    session.flush()
    assert len(client.get("/tags/").data) < 150_000
    assert len(client.get(f"/tags/{tag.id}").data) < 150_000
