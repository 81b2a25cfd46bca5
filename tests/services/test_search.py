"""Terms of a search and what they find, alike on both databases and as Python would find it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.clauses import filled
from models.tag import Tag
from models.text import fold, search_key
from services import search
from tests.factories import make_tag


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("", []),
        ("  ", []),
        ("Le Guin", ["le", "guin"]),
        ('"Le Guin" earthsea', ["le guin", "earthsea"]),
        ('"Le Guin', ["le guin"]),
        ('""', []),
        ("978-0-306-40615-7", ["9780306406157"]),
        ("0-9752298-0-X", ["097522980"]),
        ("well-known", ["well-known"]),
        ("1-2", ["1-2"]),
        ("ÉMILE", ["emile"]),
        (" ".join("abcdefghij"), list("abcdefgh")),
    ],
)
def test_terms(typed, terms):
    assert search.terms(typed) == terms


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")))
def test_any_text_has_terms(typed):
    terms = search.terms(typed)
    assert len(terms) <= search.MOST_TERMS
    assert all(terms)
    assert all(term == fold(term) for term in terms)


def those_with(session, *texts):
    """The names of the tags that hold these terms: a statement and its values."""
    database, terms = search.database_of(session, Tag), search.named("word", texts)
    matching = [search.matching(database, Tag, term) for term in terms]
    return select(Tag.name).where(*matching), search.values("word", texts)


WORDS = st.text("abé%_\\'\"*- \u00a0(李", min_size=1, max_size=12)


def expected(name: str, term: str) -> bool:
    """A term is anywhere in the key; one or two letters are the beginning of a word."""
    return (term if len(term) > 2 else f" {term}") in search_key(name)


@settings(max_examples=60)
@given(names=st.lists(WORDS.filter(lambda w: w.strip()), min_size=1, max_size=5), typed=WORDS)
def test_what_is_found_is_what_the_key_holds(engine, names, typed):
    with Session(engine) as session:
        unique = {Tag(name=name).name.strip().casefold(): name for name in names}
        for name in {fold(name): name for name in unique.values()}.values():
            make_tag(session, name=name)
        for term in search.terms(typed):
            found = set(session.scalars(*those_with(session, term)))
            assert found == {name for name in session.scalars(select(Tag.name)) if expected(name, term)}
        session.rollback()


@pytest.mark.parametrize(("one", "two", "found"), [("alpha", "beta", 1), ("beta", "alpha", 1), ("alpha", "gamma", 0)])
def test_every_term_counts(session, one, two, found):
    make_tag(session, name="alpha beta")
    make_tag(session, name="beta gamma")
    make_tag(session, name="alpha")
    assert len(session.scalars(*those_with(session, one, two)).all()) == found


@pytest.mark.parametrize("typed", ["978030", "9780306", "9780306406157"])
def test_the_beginning_of_an_isbn_is_all_of_what_is_looked_for(session, typed):
    for name in ("9780306406157", "9790306406157", "0306406157", "no 780306406157"):
        make_tag(session, name=name)
    assert session.scalars(*those_with(session, typed)).all() == ["9780306406157"]


def test_long_terms_are_answered_by_the_index(session, engine):
    if engine.dialect.name == "sqlite":
        statement, values = those_with(session, "poetry")
        plan = session.connection().exec_driver_sql(
            "EXPLAIN QUERY PLAN "
            + str(filled(statement, values).compile(engine, compile_kwargs={"literal_binds": True}))
        )
        assert "tags_search VIRTUAL TABLE" in " ".join(row[3] for row in plan)
    else:
        names = session.connection().exec_driver_sql("SELECT indexname FROM pg_indexes WHERE tablename = 'tags'")
        assert "ix_tags_search_trigram" in names.scalars().all()
