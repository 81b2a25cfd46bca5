"""Every parameter of every list, and what a list must not tell by its answers."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from admin import keyset
from admin.attributes import Attribute
from admin.conditions import BadCondition, parse_condition
from admin.resource import Resource
from tests.entities import each_entity, make_various
from tests.factories import make_user
from tests.forms import read
from tests.hostile import odd
from tests.hostile.odd import BUDGET, NASTY

OWN_WORDS = ("q", "sort", "after", "before", "per_page", "saved", "columns", "density", "view")
ANSWERS = {200, 303, 400, 404, 414}  # 404: a saved view that is not there


def names(resource: Resource) -> st.SearchStrategy[str]:
    filters = list(resource.filterable)
    decorated = [f"{name}{tail}" for name in filters for tail in (".from", ".to", "[]", "[0]", "__gt", ".", " ")]
    return st.one_of(
        st.sampled_from((*OWN_WORDS, *filters)),
        st.sampled_from((*OWN_WORDS, *filters)),
        st.sampled_from(decorated),
        st.sampled_from(odd.columns_of(resource)),
        st.text(st.characters(), max_size=8),
    )


def values(resource: Resource) -> st.SearchStrategy[str]:
    ends = st.one_of(odd.texts, st.sampled_from(("1", "2024", "2024-02", "9999-12-31", "none", "any", "active", "0")))
    ranges = st.builds("{}..{}".format, ends, ends)
    orders = st.builds("{}{}".format, st.sampled_from(("", "-", "--", "+", " ")), st.sampled_from(list(resource.sorts)))
    return st.one_of(ends, ranges, orders, cursors()).map(lambda text: text[:1500])


def cursors() -> st.SearchStrategy[str]:
    """JSON in base64 as cursors are, holding anything."""
    scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), odd.texts.map(lambda text: text[:40]))
    things = st.one_of(st.lists(scalars, min_size=3, max_size=3), st.dictionaries(st.text(), scalars), scalars)
    return things.map(lambda thing: packed(repr(thing) if isinstance(thing, dict) else json.dumps(thing)))


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def asked(client: FlaskClient, resource: Resource, pairs: odd.Pairs) -> int:
    response = client.get(f"/{resource.entity}/?{odd.encoded(pairs).decode()}")
    odd.assert_cookie_is_small(response)
    return response.status_code


@each_entity
def test_any_parameters(resource: Resource, client: FlaskClient, session: Session) -> None:
    make_various(session, resource, 12)

    @settings(BUDGET, max_examples=60)
    @given(st.lists(st.tuples(names(resource), values(resource)), min_size=1, max_size=5))
    def look(pairs: odd.Pairs) -> None:
        assert asked(client, resource, pairs) in ANSWERS

    look()


@each_entity
def test_every_odd_text_in_some_parameter(resource: Resource, client: FlaskClient, session: Session) -> None:
    make_various(session, resource, 3)
    words = ["q", *OWN_WORDS, *resource.filterable]
    for place, text in enumerate(NASTY):
        if len(text) <= 2000:
            assert (
                asked(client, resource, [("q", text)] if place % 2 else [(words[place % len(words)], text)]) in ANSWERS
            )


@each_entity
def test_every_odd_text_in_every_filter_by_its_parser(resource: Resource, client: FlaskClient) -> None:
    """The parsers alone are quick: each filter with each text, and each range of two of them."""
    with client.application.test_request_context():
        for attribute in resource.filterable.values():
            for text in NASTY:
                for asked_for in (
                    text,
                    f"{text}..",
                    f"..{text}",
                    f"{text}..{text}",
                    f"!{text}",
                    f"~{text}",
                    f">{text}",
                    f">={text} <{text}",
                ):
                    refused_in_one_way(attribute, asked_for)


def refused_in_one_way(attribute: Attribute, text: str) -> None:
    try:
        parse_condition(attribute, [text])
    except BadCondition:
        return


@each_entity
def test_too_much_of_everything(resource: Resource, client: FlaskClient, session: Session) -> None:
    make_various(session, resource, 3)
    filters = list(resource.filterable)
    for pairs in (
        [(name, "none") for name in filters],
        [(name, "none") for name in filters] * 20,
        [(filters[0], str(number)) for number in range(60)],
        [(filters[0], "none")] * 500,
        [("q", " ".join("abcdefghijklmnopqrstuvwxyz"))],
        [("q", '"' * 200)],
        [("q", "%" * 200)],
        [("q", "ﷺ" * 200)],
        [("q", "a OR b NOT c NEAR(d) * ^ : -")],
        [("sort", "-"), ("sort", "-")],
        [("after", "x"), ("before", "end")],
        [("per_page", "²")],
        [("saved", "9" * 18)],
        [(str(number), "") for number in range(300)],
    ):
        assert asked(client, resource, pairs) in ANSWERS, pairs[:3]


def accepted(resource: Resource, order: str, cursors: Iterable[str]) -> list[tuple[str, str]]:
    """(word, cursor) of those that the reader of cursors takes for ours; it refuses all others in one way."""
    by = keyset.order_of(resource.model, order, resource.sorts[order], descending=False)
    found = []
    for cursor in cursors:
        for word in ("after", "before"):
            try:
                keyset.decode(by, cursor, backwards=word == "before")
            except keyset.BadCursor:
                continue
            found.append((word, cursor))
    return found


def altered(cursor: str) -> Iterator[str]:
    for place in range(len(cursor)):
        for new in "Aa0_-=é":
            yield cursor[:place] + new + cursor[place + 1 :]
    yield from (cursor[:-1], cursor + "A", cursor + "====", cursor[1:], cursor * 2, cursor[::-1], "")


@each_entity
def test_a_cursor_altered_by_a_byte(resource: Resource, client: FlaskClient, session: Session) -> None:
    """It is read or refused; what is read is a place of the list. Every byte is altered, in every order of the list."""
    make_various(session, resource, 30)
    for order in resource.sorts:
        rel = read(client.get(f"/{resource.entity}/?per_page=10&sort={order}")).rel
        cursor = re.search(r"after=([\w-]+)", rel["next"])[1]
        for word, broken in accepted(resource, order, altered(cursor))[::10]:
            assert asked(client, resource, [("sort", order), (word, broken), ("per_page", "10")]) in {200, 400}
        assert asked(client, resource, [("sort", order), ("after", cursor[1:])]) == 400
        other = next(word for word in (*resource.sorts, "") if word != order)
        assert asked(client, resource, [("sort", other), ("after", cursor)]) == 400


FORGED_VALUES = (
    *("", "a\x00", "\ud800", "9" * 15, "9" * 25, "1e99", "NaN", "9" * 10 + ".00", "-1", "True", None, "active", "NL"),
    *("0001-01-01", "9999-12-31", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999+00:00", "0001-01-01T00:00+14:00"),
)
FORGED_IDS = (0, 1, -1, 2**63 - 1, 2**63, "1", "²", None, True, [1], 1.5, float("inf"), {}, "9" * 5000)


@each_entity
def test_forged_cursors(resource: Resource, client: FlaskClient, session: Session) -> None:
    """Whoever knows how cursors are made can name any place, and gets a page or a refusal."""
    make_various(session, resource, 5)
    for order in resource.sorts:
        forged = [packed(json.dumps([order, text, key])) for text in FORGED_VALUES for key in FORGED_IDS]
        for word, cursor in accepted(resource, order, forged)[::3]:
            assert asked(client, resource, [("sort", order), (word, cursor)]) in {200, 400}


# What a list must not tell


def hidden(resource: Resource) -> list[str]:
    """Columns and relations that the list declares neither as a filter nor as an order."""
    known = {*resource.filterable, *resource.sorts, *OWN_WORDS}
    columns = {column.key for column in resource.model.__table__.columns}
    dotted = {f"{relation.key}.{column.key}" for relation in resource.model.__mapper__.relationships
              for column in relation.mapper.class_.__table__.columns}  # fmt: skip
    underscored = {name.replace(".", "__") for name in dotted} | {f"{name}__startswith" for name in columns}
    return sorted((set(odd.columns_of(resource)) | columns | dotted | underscored) - known)


@each_entity
def test_hidden_columns_are_no_filter_and_no_order(resource: Resource, client: FlaskClient, session: Session) -> None:
    make_various(session, resource, 3)
    for name in hidden(resource):
        for text in ("none", "$argon2id%"):
            assert asked(client, resource, [(name, text)]) == 400, name
        if name in resource.sorts:
            continue
        for order in (name, f"-{name}", f"{name},id"):
            assert asked(client, resource, [("sort", order)]) == 400, order


def without_chance(html: str) -> str:
    """A page without what differs each time: the request's id and the form's token."""
    html = re.sub(r'(name="csrf_token" value=|name="csrf-token" content=)"[^"]*"', "", html)
    return re.sub(r"<code>[0-9A-Za-z-]+</code>", "", html)


@pytest.mark.parametrize("name", ["password_hash", "username_key", "email_key", "search_key", "profile.bio", "theme"])
@pytest.mark.parametrize("role", ["viewer", "contributor", "editor", "admin"])
def test_a_true_and_a_false_guess_are_answered_alike(
    name: str, role: str, log_in_as: Callable[[str], FlaskClient], session: Session
) -> None:
    make_user(session, username="ana", password_hash="$argon2id$v=19$canary")
    session.commit()
    client = log_in_as(role)
    for entity in ("users", "posts", "authors"):
        for true, false in (("$argon2id$v=19$canary", "$argon2id$v=19$falsey"), ("ana", "eve")):
            answers = [client.get(f"/{entity}/?{name}={odd.escaped(guess)}") for guess in (true, false)]
            assert answers[0].status_code == answers[1].status_code in (400, 403)
            assert without_chance(answers[0].text) == without_chance(answers[1].text)


@pytest.mark.parametrize("role", ["contributor", "editor"])
def test_search_finds_nothing_by_secrets(role: str, log_in_as: Callable[[str], FlaskClient], session: Session) -> None:
    """Neither the list nor the type-ahead finds a user by his password's hash."""
    make_user(session, username="ana", password_hash="$argon2id$v=19$canary")
    session.commit()
    client, admin = log_in_as(role), log_in_as("admin")
    for page in (
        client.get("/users/options?q=canary"),
        admin.get("/users/?q=canary"),
        admin.get("/users/options?q=argon2id"),
    ):
        assert page.status_code == 200
        assert "ana" not in odd.text_of(page.text).split()
