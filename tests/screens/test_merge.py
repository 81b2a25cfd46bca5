"""Merging two authors or tags on the screen, the radar while one types, and what others may do to both meanwhile."""

import re
import threading

import pytest
from sqlalchemy import select

from models.author import Author
from models.book import Book
from models.change import ChangeSet
from models.post import Post
from models.tag import Tag, post_tags
from tests.browsers import IN_EVERY_LOOK, WITH_AND_WITHOUT_SCRIPT, violations
from tests.factories import make_author, make_book, make_post, make_tag
from tests.forms import follow, read, send, submit


@pytest.fixture
def pair(session):
    """Two authors who are one, the first with more filled in, the second with a book."""
    keep = make_author(session, name="Elizabeth Gaskell", email="e@example.org", country="GB")
    lose = make_author(session, name="E. C. Gaskell", email="EC@example.org", website="https://example.org")
    make_book(session, author=lose, title="Ruth")
    return keep, lose


def path(keep, lose=None):
    return f"/{keep.__tablename__}/{keep.id}/merge" + (f"?with={lose.id}" if lose else "")


def merged(client, keep, lose, **sides):
    return submit(
        client, path(keep, lose), {"with": lose.id, **{f"{name}__side": side for name, side in sides.items()}}
    )


# --- with whom


def test_similar_ones_are_offered(client, pair):
    keep, lose = pair
    page = client.get(path(keep))
    assert (path(keep, lose), "E. C. Gaskell no. " + str(lose.id)) in [
        (target, re.sub(r"(?<=l)no", " no", text)) for target, text in read(page).links
    ]


def test_choosing_leads_to_the_comparison(client, pair):
    keep, lose = pair
    answer = submit(client, path(keep), {"with": lose.id})
    assert (answer.status_code, answer.headers["Location"]) == (303, path(keep, lose))


def test_it_works_without_a_script(client, pair):
    keep, lose = pair
    picker = submit(client, path(keep), {"with": ""}, button="pick")
    assert "E. C. Gaskell" in picker.text
    assert f'value="{keep.id}"' not in picker.text, "nobody is merged with himself"
    form = read(picker).form("picked")
    answer = client.post(path(keep), data=dict(form.filled({"with": lose.id})))
    assert answer.headers["Location"] == path(keep, lose)


@pytest.mark.parametrize("wrong", ["", "itself", "999999", "x", "-1", "9" * 30])
def test_another_one_has_to_be_chosen(client, pair, wrong):
    keep, _ = pair
    given = keep.id if wrong == "itself" else wrong
    answer = submit(client, path(keep), {"with": given})
    assert answer.status_code == 422
    assert read(answer).errors["with"] == "Choose another author."
    answer = client.get(f"{path(keep)}?with={given}")
    assert answer.status_code == (422 if wrong else 200)


def test_what_is_not_there_is_not_merged(client, pair):
    assert client.get("/authors/999999/merge").status_code == 404
    assert client.get("/books/1/merge").status_code == 404


# --- field by field


def test_only_what_differs_is_asked(client, pair):
    html = client.get(path(*pair)).text
    asked = re.findall(r'name="(\w+)__side" value="\w+"( checked)?', html)
    assert [name for name, _ in asked[::2]] == ["name", "sort_name", "email", "website", "country"]


def test_the_filled_side_is_chosen_else_the_older_one(client, pair):
    html = client.get(path(*pair)).text
    chosen = dict(re.findall(r'name="(\w+)__side" value="(\w+)" checked', html))
    assert chosen == {"name": "this", "sort_name": "this", "email": "this", "website": "other", "country": "this"}
    turned = dict(re.findall(r'name="(\w+)__side" value="(\w+)" checked', client.get(path(*pair[::-1])).text))
    assert turned["name"] == "other", "the older record's"


def test_the_button_says_it_all(client, pair):
    assert "Merge: keep Elizabeth Gaskell, delete E. C. Gaskell and move 1 book" in client.get(path(*pair)).text


def test_two_become_one(client, session, stored, pair):
    keep, lose = pair
    answer = merged(client, keep, lose, name="this", email="other")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/authors/{keep.id}")
    assert "Merged E. C. Gaskell into Elizabeth Gaskell and moved 1 book" in follow(client, answer).text
    now = stored(Author, keep.id)
    assert (now.name, now.email, now.website, now.country) == (
        "Elizabeth Gaskell",
        "EC@example.org",
        "https://example.org",
        "GB",
    )
    assert stored(Author, lose.id) is None
    assert session.scalars(select(Book.author_id)).all() == [keep.id]


def test_one_undo_brings_both_back(client, session, stored, pair):
    keep, lose = pair
    columns = [c for c in Author.__table__.c if c.name not in ("version", "updated_at")]
    before = session.execute(select(*columns).order_by(Author.id)).all()
    page = follow(client, merged(client, keep, lose, email="other", name="other"))
    undo = next(form for form in read(page).forms if form.action.endswith("/undo"))
    answer = client.post(undo.action, data=dict(undo.fields))
    assert answer.status_code == 303
    assert session.execute(select(*columns).order_by(Author.id)).all() == before
    assert session.scalars(select(Book.author_id)).all() == [lose.id]


def test_the_sort_name_that_was_chosen_stays(client, stored, pair):
    keep, lose = pair
    merged(client, keep, lose, name="other", sort_name="this")
    now = stored(Author, keep.id)
    assert (now.name, now.sort_name) == ("E. C. Gaskell", "Gaskell, Elizabeth")


def test_tags_become_one(client, session):
    keep, lose = make_tag(session, name="Science fiction"), make_tag(session, name="sci-fi")
    posts = [make_post(session, tags=tags).id for tags in ([lose], [keep, lose], [keep])]
    answer = merged(client, keep, lose, name="other")
    assert answer.status_code == 303
    assert sorted(session.execute(select(post_tags)).all()) == [(post, keep.id) for post in posts]
    assert session.scalars(select(Tag.name)).all() == ["sci-fi"]
    session.expire_all()
    assert session.scalars(select(ChangeSet.sentence).order_by(ChangeSet.id.desc())).first() == (
        "merged the tag sci-fi into Science fiction and moved 2 posts"
    )


# --- who, and what happened meanwhile


@pytest.mark.parametrize("role", ["viewer", "contributor"])
def test_merging_needs_the_right_to_change_and_to_delete(log_in_as, pair, role):
    client = log_in_as(role)
    assert client.get(path(*pair)).status_code == 403
    assert "Merge…" not in client.get(f"/authors/{pair[0].id}").text


@pytest.mark.parametrize("changed", [0, 1])
def test_a_version_that_moved_on_is_noticed(client, session, stored, pair, changed):
    page = client.get(path(*pair))
    edit = client.get(f"/authors/{pair[changed].id}/edit")
    assert send(client, edit, {"country": "FR"}).status_code == 303
    answer = send(client, page, {"with": pair[1].id, "name__side": "other"})
    assert answer.status_code == 409
    assert "Something changed since" in answer.text
    assert 'name="name__side" value="other" checked' in answer.text, "what was chosen is kept"
    assert "France" in answer.text
    assert stored(Author, pair[1].id) is not None


def test_a_book_that_came_meanwhile_is_noticed(client, session, stored, pair):
    keep, lose = pair
    page = client.get(path(keep, lose))
    make_book(session, author=lose)
    answer = send(client, page, {"with": lose.id})
    assert answer.status_code == 409
    assert "move 2 books" in answer.text
    assert send(client, answer, {"with": lose.id}).status_code == 303
    assert set(session.scalars(select(Book.author_id))) == {keep.id}


def test_the_other_is_gone_meanwhile(client, session, pair):
    keep, lose = pair
    page = client.get(path(keep, lose))
    assert submit(client, f"/authors/{lose.id}/delete", {"choice": "delete"}).status_code == 303
    answer = send(client, page, {"with": lose.id})
    assert answer.status_code == 422
    assert "does not exist any more" in answer.text


@pytest.mark.parametrize("broken", ["version", "with_version"])
def test_without_its_versions_nothing_is_merged(client, session, stored, pair, broken):
    answer = submit(client, path(*pair), {"with": pair[1].id, broken: "x"})
    assert answer.status_code == 400
    assert stored(Author, pair[1].id) is not None


def test_of_two_merges_at_once_one_happens(app, log_in_as, session, pair):
    """A into B and B into A, sent together: one record is left, with the book."""
    keep, lose = pair
    jobs = []
    for first, second in ((keep, lose), (lose, keep)):
        client = log_in_as("editor")
        form = read(client.get(path(first, second))).form("with_version")
        jobs.append((client, path(first), dict(form.filled({}))))
    answers, start = [], threading.Barrier(2)

    def post(client, address, data):
        start.wait()
        answers.append(client.post(address, data=data).status_code)

    threads = [threading.Thread(target=post, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(303) == 1
    assert set(answers) <= {303, 404, 409, 422}
    left = session.scalars(select(Author.id)).all()
    assert len(left) == 1
    assert session.scalars(select(Book.author_id)).all() == left


# --- the radar


def test_the_radar_names_at_most_five(client, session):
    for number in range(7):
        make_author(session, name="Jane Austen", email=f"{number}@example.org")
    answer = client.get("/authors/similar?name=jane+austin")
    assert answer.status_code == 200
    assert answer.text.startswith("more than 5 similar: ")
    assert len(read(answer).links) == 5


@pytest.mark.parametrize(
    "query", ["", "?name=", "?name=%00", "?name=%ED%A0%80", "?name=x&except=x", "?name=" + "a" * 900]
)
def test_the_radar_is_silent_about_what_it_cannot_read(client, pair, query):
    answer = client.get(f"/authors/similar{query}")
    assert (answer.status_code, answer.text.strip()) == (200, "")


def test_the_radar_escapes_names(client, session):
    make_tag(session, name="<b>bold</b> & more")
    assert "<b>" not in client.get("/tags/similar?name=b+bold+b+more").text


def test_a_form_with_an_error_names_who_is_similar(client, pair):
    answer = submit(client, "/authors/new", {"name": "Elizabeth Gaskel", "email": "no address"})
    assert answer.status_code == 422
    assert "2 similar: " in answer.text
    untouched = client.get("/authors/new")
    assert "similar: " not in untouched.text


def test_saving_is_never_hindered_and_says_afterwards_who_is_similar(client, session, pair):
    answer = submit(client, "/authors/new", {"name": "Elizabeth Gaskell"})
    assert answer.status_code == 303
    page = follow(client, answer)
    assert "2 similar: " in page.text
    assert (answer.headers["Location"] + "/merge", "Merge…") in read(page).links


def test_the_record_itself_is_not_similar(client, pair):
    form = submit(client, f"/authors/{pair[0].id}/edit", {"email": "no address"})
    assert "1 similar: " in form.text


@IN_EVERY_LOOK
def test_names_are_compared_while_one_types(page_as, pair, look):
    page = page_as("editor")
    page.goto("/authors/new")
    page.locator("#name").press_sequentially("Elizabeth Gaskel")
    page.wait_for_selector("#name-similar a")
    assert page.inner_text("#name-similar") == "2 similar: Elizabeth Gaskell, E. C. Gaskell"
    assert page.get_attribute("#name-similar", "role") == "status"
    assert violations(page) == []
    page.fill("#name", "William Thackeray")
    page.wait_for_selector("#name-similar a", state="detached")


@pytest.mark.parametrize("look", WITH_AND_WITHOUT_SCRIPT, ids=str)
def test_merging_in_a_browser(page_as, stored, pair, look):
    keep, lose = pair
    page = page_as("editor")
    page.goto(f"/authors/{keep.id}")
    page.click("text=Merge…")
    page.click("text=E. C. Gaskell")
    page.check("input[name=email__side][value=other]")
    page.click("button:has-text('Merge: keep Elizabeth Gaskell, delete E. C. Gaskell')")
    page.wait_for_url(f"**/authors/{keep.id}")
    assert stored(Author, keep.id).email == "EC@example.org"
    assert stored(Author, lose.id) is None


@IN_EVERY_LOOK
def test_the_pages_are_accessible(page_as, pair, look):
    page = page_as("editor")
    for address in (path(pair[0]), path(*pair)):
        page.goto(address)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= look.width


def test_counts_and_examples_are_bounded(client, session, queries, pair):
    keep, lose = pair
    for number in range(8):
        make_book(session, author=lose, title=f"Book {number}")
    with queries() as seen:
        page = client.get(path(keep, lose))
    assert "and 4 more" in page.text
    assert len(seen) <= 8, seen


def test_posts_are_not_loaded(client, session, queries):
    keep, lose = make_tag(session), make_tag(session)
    for _ in range(30):
        make_post(session, tags=[lose])
    page = client.get(path(keep, lose))
    with queries() as seen:
        assert send(client, page, {"with": lose.id}).status_code == 303
    assert len(seen) <= 32, seen
    assert session.scalars(select(Post.version)).all() == [2] * 30
