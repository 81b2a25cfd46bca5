"""The duplicate radar: which names are close, and that looking for them is bounded work."""

import pytest

from models.author import Author
from models.tag import Tag
from services.similar import MOST, closeness, distance, similar, words_of
from tests.factories import make_author, make_tag


def close(first, second):
    forth = closeness(words_of(first), words_of(second))
    assert forth == closeness(words_of(second), words_of(first)), "closeness goes both ways"
    return forth


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Elizabeth Gaskell", "elizabeth  GASKELL"),
        ("Emily Brontë", "Emily Bronte"),
        ("Gaskell, Elizabeth", "Elizabeth Gaskell"),
        ("E. C. Gaskell", "Elizabeth Gaskell"),
        ("E. Gaskell", "Elizabeth Cleghorn Gaskell"),
        ("Elizabeth Gaskell", "Elizabeth Cleghorn Gaskell"),
        ("Elizabeth Gaskel", "Elizabeth Gaskell"),
        ("Elisabeth Gaskell", "Elizabeth Gaskell"),
        ("Fyodor Dostoevsky", "Fyodor Dostoyevsky"),
        ("Jane Austin", "Jane Austen"),
        ("J.R.R. Tolkien", "John Ronald Reuel Tolkien"),
        ("Ursula Le Guin", "Le Guin, Ursula K."),
        ("McDonald", "Mc Donald"),
        ("science-fiction", "Science Fiction"),
        ("poetry", "poerty"),
        ("books", "book"),
        ("李白", "李白"),
    ],
)
def test_close_names(first, second):
    assert close(first, second) > 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Elizabeth Gaskell", "Elizabeth Bowen"),
        ("Elizabeth Gaskell", "William Gaskell"),
        ("Charlotte Brontë", "Charles Brontë"),
        ("Thomas Mann", "Thomas Manning"),
        ("Gaskell", "Elizabeth Gaskell"),
        ("Elizabeth", "Elizabeth Gaskell"),
        ("E. M.", "E. M. Forster"),
        ("poetry", "pottery"),
        ("war", "art"),
        ("", "Elizabeth Gaskell"),
        ("…", "—"),
        ("李白", "杜甫"),
    ],
)
def test_different_names(first, second):
    assert close(first, second) == 0


def test_the_closer_the_more():
    same, swapped, slip, initials, other = (
        close("Elizabeth Gaskell", name)
        for name in ("Elizabeth Gaskell", "Gaskell, Elizabeth", "Elizabet Gaskell", "E. Gaskell", "William Gaskell")
    )
    assert same > swapped > slip > initials > other


@pytest.mark.parametrize(
    ("first", "second", "slips"),
    [("abc", "abc", 0), ("abc", "abd", 1), ("abcd", "acbd", 1), ("abc", "ab", 1), ("abcd", "badc", 2), ("", "ab", 2)],
)
def test_slips_are_counted(first, second, slips):
    assert distance(first, second, 2) == slips


def test_what_is_too_far_is_not_counted_out():
    assert distance("abcdef", "uvwxyz", 2) > 2
    assert distance("a", "abcdef", 2) > 2


@pytest.fixture
def gaskells(session):
    names = ("Elizabeth Gaskell", "Elizabeth Cleghorn Gaskell", "E. C. Gaskell", "William Gaskell", "Jane Austen")
    return {name: make_author(session, name=name).id for name in names}


def found(context, model, label, typed, **options):
    return [name for _, name in similar(context(), model, label, typed, **options).rows]


@pytest.mark.parametrize("typed", ["Elizabeth Gaskell", "gaskell elizabeth", "Elizabeth Gaskel", "ELISABETH GASKELL"])
def test_authors_are_found(context, gaskells, typed):
    assert found(context, Author, Author.name, typed) == [
        "Elizabeth Gaskell",
        "Elizabeth Cleghorn Gaskell",
        "E. C. Gaskell",
    ]


def test_the_record_itself_is_not_similar(context, gaskells):
    mine = found(context, Author, Author.name, "E. C. Gaskell", except_id=gaskells["E. C. Gaskell"])
    assert mine == ["Elizabeth Cleghorn Gaskell", "Elizabeth Gaskell"]


@pytest.mark.parametrize(
    "typed", ["", " ", "E", "E.", "?!", "%", "_", '"', "' OR 1", "x" * 5_000, "\\", "a b c d e f g"]
)
def test_nothing_is_found_for_what_says_nothing(context, gaskells, typed):
    assert found(context, Author, Author.name, typed) == []


def test_tags_are_found(context, session):
    for name in ("Poetry", "Poerty", "Pottery", "Prose"):
        make_tag(session, name=name)
    assert found(context, Tag, Tag.name, "poetry") == ["Poetry", "Poerty"]


def test_at_most_five_are_named(context, session):
    for number in range(MOST + 2):
        make_author(session, name="Jane Austen", email=f"{number}@example.org")
    answer = similar(context(), Author, Author.name, "Jane Austen")
    assert len(answer.rows) == MOST
    assert answer.more


def test_one_statement_is_asked(context, session, gaskells, queries):
    with queries() as seen:
        similar(context(), Author, Author.name, "Elizabeth Gaskell")
    assert len(seen) == 1, seen
    with queries() as seen:
        similar(context(), Author, Author.name, "E")
    assert not seen


def test_the_transaction_goes_on_as_it_was(context, session, gaskells, kind):
    # SQLite has no limit for one statement; there the transaction itself must still stand.
    setting = "SHOW statement_timeout" if kind == "postgresql" else "PRAGMA foreign_keys"
    before = context.connection().exec_driver_sql(setting).scalar()
    similar(context(), Author, Author.name, "Elizabeth Gaskell")
    assert context.connection().exec_driver_sql(setting).scalar() == before
