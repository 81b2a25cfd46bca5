"""The grammar of the search box: which text is which terms, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin import terms
from admin.terms import Term, Value

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
BARE = st.text(st.characters(categories=("L", "N"), include_characters=">=<.~!'\\_%*"), min_size=1, max_size=12)
NAMES = st.from_regex(r"[a-zé][a-z0-9_.-]{0,9}", fullmatch=True)
VALUES = st.one_of(st.builds(Value, BARE), st.builds(Value, TEXTS, st.just(True)))
WORDS = st.builds(lambda value, no: Term((value,), "", no), VALUES, st.booleans())
FIELDS = st.builds(lambda name, values, no: Term(tuple(values), name, no), NAMES, st.lists(VALUES), st.booleans())


def word(text, negated=False, quoted=False):
    return Term((Value(text, quoted),), "", negated)


def field(name, *texts, negated=False):
    return Term(tuple(Value(text.strip('"'), text.startswith('"')) for text in texts), name, negated)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("le guin", [word("le"), word("guin")]),
        ('"le guin" -sea', [word("le guin", quoted=True), word("sea", negated=True)]),
        ('-"le guin"', [word("le guin", negated=True, quoted=True)]),
        ("well-known - 978-0", [word("well-known"), word("-"), word("978-0")]),
        ("price:>20", [field("price", ">20")]),
        ("price:10..20 emma", [field("price", "10..20"), word("emma")]),
        ("-status:active,out-of-print", [field("status", "active", "out-of-print", negated=True)]),
        ('author:"le guin",Woolf', [field("author", '"le guin"', "Woolf")]),
        ('author:"le guin', [field("author", '"le guin')]),
        ('published:>"2020-01-01 09:00"', [field("published", ">2020-01-01 09:00")]),
        ("Dune: Messiah", [field("Dune"), word("Messiah")]),
        ("12:30 :x", [word("12:30"), word(":x")]),
        ("a:b:c", [field("a", "b:c")]),
        ("a:,b,", [field("a", "b")]),
        ('"a""b"', [word("a", quoted=True), word("b", quoted=True)]),
        (r'"5\" disc" a\b', [word('5" disc', quoted=True), word("a\\b")]),
        ('"', [word("", quoted=True)]),
        ("1:x é:1", [word("1:x"), field("é", "1")]),
    ],
)
def test_a_text_is_these_terms(text, expected):
    assert terms.parse(text) == expected


@given(st.lists(st.one_of(WORDS, FIELDS)))
def test_what_is_written_is_read_back(given_terms):
    assert terms.parse(terms.join(given_terms)) == given_terms


@given(st.text())
def test_every_text_has_terms_that_lie_in_it_one_after_the_other(text):
    end = 0
    for term in terms.parse(text):
        assert not text[end : term.start].strip()
        assert end <= term.start < term.end <= len(text)
        end = term.end
    assert not text[end:].strip()


@given(st.text())
def test_writing_what_was_read_changes_nothing_more(text):
    read = terms.parse(text)
    assert [(t.field, t.negated, [v.text for v in t.values]) for t in terms.parse(terms.join(read))] == [
        (t.field, t.negated, [v.text for v in t.values]) for t in read
    ]
