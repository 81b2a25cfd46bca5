"""The language of the search box: every term as the address says it, and every mistake explained at its term."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from admin import query, relative
from tests.entities import ENTITIES, each_entity

BOOKS, POSTS, USERS, AUTHORS = (ENTITIES[name] for name in ("books", "posts", "users", "authors"))


def asked(resource, typed, **given_filters):
    return query.read(resource, MultiDict([("q", typed), *given_filters.items()]))


def address(resource, typed, **given_filters):
    """The canonical parameters of what was typed, as one reads them."""
    return [f"{name}={text}" for name, text in parse_qsl(asked(resource, typed, **given_filters).url()[1:])]


MEANINGS = [
    ("emma", ["q=emma"]),
    ("emma -sea", ["q=emma -sea"]),
    ("price:12.5", ["price=12.5"]),
    ("price:>20 emma", ["q=emma", "price=>20"]),
    ("price:>=20", ["price=20.."]),
    ("price:<=20", ["price=..20"]),
    ("price:<5", ["price=<5"]),
    ("price:10..20", ["price=10..20"]),
    ("price:>5 price:<20", ["price=>5 <20"]),
    ("price:>=5 price:<=20", ["price=5..20"]),
    ("price:<5,>20", ["price=<5", "price=>20"]),
    ('price:"12,50"', ["price=12,50"]),
    ("PRICE:0", ["price=0"]),
    ("-price:5..10", ["price=!5..10"]),
    ("published_on:2020..", ["published_on=2020.."]),
    ("published:2020-02", ["published_on=2020-02"]),
    ("updated_at:<30d", ["updated_at=<30d"]),
    ("updated:>1Y", ["updated_at=>1y"]),
    ("updated:<30d updated:>7d", ["updated_at=<30d >7d"]),
    ("published:today..90d", ["published_on=today..90d"]),
    ("created:yesterday", ["created_at=yesterday"]),
    ("created:>=2026-01-01T09:00", ["created_at=2026-01-01T09:00.."]),
    ("status:active,forthcoming", ["status=active", "status=forthcoming"]),
    ("status:active status:forthcoming", ["status=active", "status=forthcoming"]),
    ("status:Active -status:active", ["status=active", "status=!active"]),
    ('status:"out of print",Out-of_stock', ["status=out of print", "status=out of stock"]),
    ("-status:cancelled", ["status=!cancelled"]),
    ("language:french", ["language=fr"]),
    ("language:fr,empty", ["language=fr", "language=none"]),
    ("is:cancelled", ["status=cancelled"]),
    ("-is:hardback", ["format=!hardback"]),
    ("isbn:none", ["isbn=none"]),
    ("isbn:empty", ["isbn=none"]),
    ("-isbn:empty", ["isbn=any"]),
    ("has:isbn", ["isbn=any"]),
    ("-has:isbn", ["isbn=none"]),
    ("no:published", ["published_on=none"]),
    ('author:"le guin"', ["author=~le guin"]),
    ("author:woolf,zola", ["author=~woolf", "author=~zola"]),
    ("-author:zola", ["author=!~zola"]),
    ('author:"none"', ["author=~none"]),
    ("author:none", ["author=none"]),
    ("author:“le guin”", ["author=~le guin"]),
    ("Dune: Messiah", ["q=Dune: Messiah"]),
    ('"price:>20"', ['q="price:>20"']),
]


@pytest.mark.parametrize(("typed", "parameters"), MEANINGS, ids=[typed for typed, _ in MEANINGS])
def test_a_term_is_a_parameter(typed, parameters):
    found = asked(BOOKS, typed)
    assert found.mistakes == []
    assert sorted(address(BOOKS, typed)) == sorted(parameters)
    assert found.rewritten == any(not text.startswith("q=") for text in parameters)


@pytest.mark.parametrize(("typed", "parameters"), MEANINGS, ids=[typed for typed, _ in MEANINGS])
def test_the_address_is_canonical_and_reads_itself_back(typed, parameters):
    url = asked(BOOKS, typed).url()
    again = query.parse(BOOKS, MultiDict(parse_qsl(url[1:])))
    assert again.url() == url
    assert not again.rewritten


@pytest.mark.parametrize(
    ("resource", "typed", "parameters"),
    [
        (POSTS, "tag:poetry", ["tags=~poetry"]),
        (POSTS, "-tags:poetry", ["tags=!~poetry"]),
        (POSTS, "-has:tags", ["tags=none"]),
        (POSTS, "publish:any", ["publish_at=any"]),
        (POSTS, "published:any", ["published_at=any"]),
        (POSTS, "is:in-review", ["status=in review"]),
        (USERS, "is:active", ["is_active=yes"]),
        (USERS, "-is:active", ["is_active=!yes"]),
        (USERS, "active:no", ["is_active=no"]),
        (USERS, "last-sign-in:<7d", ["last_login_at=<7d"]),
        (AUTHORS, "e-mail:none", ["email=none"]),
    ],
)
def test_fields_have_their_label_and_shorter_names(resource, typed, parameters):
    assert address(resource, typed) == parameters


@pytest.mark.parametrize(
    ("typed", "present", "parameters"),
    [
        ("price:<20", {"price": ">5"}, ["price=>5 <20"]),
        ("price:<=20", {"price": "5.."}, ["price=5..20"]),
        ("price:<20", {"price": "none"}, ["price=none", "price=<20"]),
        ("price:7", {"price": "1..2"}, ["price=1..2", "price=7"]),
        ("status:cancelled", {"status": "active"}, ["status=active", "status=cancelled"]),
        ("status:active", {"status": "active"}, ["status=active"]),
    ],
)
def test_a_term_adds_to_the_filter_that_is_there(typed, present, parameters):
    assert address(BOOKS, typed, **present) == parameters


MISTAKES = [
    ("price:abc", "price:abc", "write a number, for example 12.50"),
    ("emma price:>", "price:>", "write something after >"),
    ("price:", "price:", "write something after the colon"),
    ("price:12,50", "price:12,50", "is this 12.50, or 12 and 50?"),
    ("price:5..x", "price:5..x", "write a number"),
    ("price:-1", "price:-1", "at least 0"),
    ("updated:30d..x", "updated:30d..x", "write a date"),
    ("updated:9999y", "updated:9999y", "the calendar does not reach that far"),
    (
        "status:actve",
        "status:actve",
        "no such status. Write forthcoming, active, out-of-stock, out-of-print or cancelled",
    ),
    ("language:frensh", "language:frensh", "no such language. Write French"),
    ("isbn:978", "isbn:978", ""),
    ("colour:red", "colour:red", "no field “colour”"),
    ("pric:5", "pric:5", "no field “pric”"),
    ("author.name:x", "author.name:x", "no field “author.name”"),
    ("has:colour", "has:colour", "no field “colour”"),
    ("is:empty", "is:empty", "say which field is empty: status:empty"),
    ("is:blue", "is:blue", "for example status:forthcoming"),
    ("-has:", "-has:", "write something after the colon"),
    ('author:""', 'author:""', "write a name"),
    ('price:">1 >2 >3 >4 >5"', 'price:">1 >2 >3 >4 >5"', "at most 4 comparisons"),
    (" ".join("abcdefghijklmnopq"), "q", "at most 16 words"),
]


@pytest.mark.parametrize(("typed", "term", "why"), MISTAKES, ids=[typed[:30] for typed, *_ in MISTAKES])
def test_a_mistake_is_explained_at_its_term(typed, term, why):
    found = asked(BOOKS, typed)
    [mistake] = found.mistakes
    assert mistake.term == term
    assert why in mistake.message
    assert term in found.left
    with pytest.raises(query.BadQuery, match=re.escape(term)):
        query.parse(BOOKS, MultiDict([("q", typed)]))


def test_what_is_understood_beside_a_mistake_is_asked_and_the_rest_stays_in_the_box():
    found = asked(BOOKS, "emma price:abc status:active -sea")
    assert found.left == "emma price:abc -sea"
    assert found.q == "emma -sea"
    assert [c.attribute.name for c in found.conditions] == ["status"]


def test_a_mistaken_parameter_comes_back_as_the_term_one_would_type():
    found = query.read(BOOKS, MultiDict([("price", "!cheap"), ("status", "in print"), ("q", "emma")]))
    assert found.left == 'emma status:"in print" -price:cheap'
    assert {mistake.term for mistake in found.mistakes} == {"-price:cheap", 'status:"in print"'}


@pytest.mark.parametrize(
    ("typed", "instead"),
    [("pric:5", "price:5"), ("-statsu:active", "-status:active"), ("Re:Zero", '"Re:Zero"')],
)
def test_what_was_perhaps_meant_is_offered(typed, instead):
    [mistake] = asked(BOOKS, typed).mistakes
    assert mistake.instead == instead
    assert asked(BOOKS, instead).mistakes == []


@each_entity
def test_no_field_is_known_that_the_list_does_not_filter_by(resource):
    """A name that is no filter gets the same words, whether the model has it or not."""
    columns = {column.key for column in resource.model.__table__.columns} - set(resource.names)
    for name in {*columns, "password_hash", "search_key"} - set(resource.names):
        [mistake] = asked(resource, f"{name}:true").mistakes
        [other] = asked(resource, f"{name}:false").mistakes
        assert mistake.message == other.message
        assert f"no field “{name}”" in mistake.message


NOW = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-03-31"),
        ("yesterday", "2026-03-30"),
        ("tomorrow", "2026-04-01"),
        ("-30d", "2026-03-01"),
        ("2w", "2026-04-14"),
        ("-1m", "2026-02-28"),
        ("+1m", "2026-04-30"),
        ("-25m", "2024-02-29"),
        ("-1y", "2025-03-31"),
        ("0d", "2026-03-31"),
    ],
)
def test_relative_days(monkeypatch, text, day):
    monkeypatch.setattr(relative, "now", lambda: NOW)
    assert relative.is_relative(text)
    assert relative.day(text).isoformat() == day


ODD = st.text(st.characters(), max_size=40)
EDGES = (
    *("9" * 30, str(2**63), "²", "\x00", "\ud800", "..", "1..2..3", "9999y", "-9999y", "0d", "none", '"', "today"),
    *("0000", "9999-12-31..", "5", "active", "<30d >", "~", "!!", ",", "a,b"),
)
SIGNS = st.sampled_from(("", ">", "<=", "~", "!", '"', ">>"))
FIELDS = st.sampled_from([f"{sign}{name}" for name in (*BOOKS.names, "is", "has", "no") for sign in ("", "-")])
TYPED = st.one_of(ODD, st.builds("{}:{}{}".format, FIELDS, SIGNS, st.one_of(st.sampled_from(EDGES), ODD)))


@settings(max_examples=200)
@given(st.lists(TYPED, max_size=4).map(" ".join))
def test_anything_typed_is_read_or_explained(typed):
    found = query.read(BOOKS, MultiDict([("q", typed)]))
    again = query.read(BOOKS, MultiDict(parse_qsl(found.url()[1:], keep_blank_values=True, errors="surrogatepass")))
    assert not again.mistakes
    assert again.url() == found.url()
