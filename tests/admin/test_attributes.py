"""What a mapped attribute says about itself."""

import pytest

from admin import attributes
from admin.attributes import describe
from models.author import Author
from models.book import Book, Format, Status
from models.post import Post
from models.tag import Tag
from models.user import Profile, User

KINDS = [
    (Book.title, "text", True, 200),
    (Book.subtitle, "text", False, 200),
    (Book.isbn, "isbn", False, 13),
    (Book.price, "money", True, None),
    (Book.currency, "choice", True, None),
    (Book.format, "choice", True, None),
    (Book.language, "choice", False, None),
    (Book.published_on, "date", False, None),
    (Book.pages, "integer", False, None),
    (Book.description, "markdown", False, None),
    (Book.author, "reference", True, None),
    (Book.created_at, "datetime", True, None),
    (Author.sort_name, "text", False, 120),
    (Author.books, "many", False, None),
    (Author.email, "email", False, 200),
    (Author.website, "url", False, 300),
    (User.is_active, "boolean", False, None),
    (User.posts, "many", False, None),
    (Post.slug, "slug", False, 100),
    (Post.tags, "tags", False, None),
    (Profile.bio, "textarea", False, 500),
    (Tag.name, "text", True, 50),
]


@pytest.mark.parametrize(("attr", "kind", "required", "maxlength"), KINDS, ids=[str(attr) for attr, *_ in KINDS])
def test_kind_length_and_whether_it_must_be_filled(attr, kind, required, maxlength):
    found = describe(attr)
    assert (found.kind, found.required, found.maxlength, found.name) == (kind, required, maxlength, attr.key)


def test_choices_have_words():
    assert dict(describe(Book.status).choices)["out of stock"] == "Out of stock"
    assert list(describe(Book.format).choices) == [option.value for option in Format]
    assert describe(Author.country).choices["NL"] == "Netherlands"
    assert attributes.enum_of(describe(Book.status)) is Status
    assert attributes.enum_of(describe(Author.country)) is None
    assert attributes.enum_of(describe(Book.title)) is None


def test_labels():
    assert attributes.words("published_on") == "Published on"
    assert attributes.words("") == ""
    assert describe(Book.isbn).label == "ISBN"
    assert describe(Author.bio).label == "Biography"
    assert describe(User.last_login_at).label == "Last sign-in"


def test_the_two_sides_of_a_relationship():
    assert attributes.foreign_key(Book.author) is Book.author_id
    assert attributes.child_key(Author.books) is Book.author_id
    assert attributes.child_key(User.posts) is Post.author_id
    assert describe(Post.tags).target is Tag
    assert describe(Author.books).model is Author


def test_ranges_are_for_what_has_an_order():
    ranged = {attr.key for attr, *_ in KINDS if describe(attr).has_range}
    assert ranged == {"price", "published_on", "pages", "created_at"}
