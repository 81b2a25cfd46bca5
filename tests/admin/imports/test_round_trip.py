"""What is written is read again: for every field of every entity, as an export writes it and as a form shows it."""

from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admin.attributes import enum_of
from admin.imports.cells import QUICK, Reader, read
from admin.imports.plan import Style
from admin.imports.targets import rule_of, targets
from admin.values import write
from models.text import clean, one_line
from services.formulas import GUARD, RISKY, unguarded
from tests.entities import ENTITIES
from tests.factories import make_isbn
from tests.hostile.odd import texts

FIELDS = [
    pytest.param(target, id=f"{name}.{field}") for name, r in ENTITIES.items() for field, target in targets(r).items()
]
KINDS = {target.values[0].attribute.kind: target.values[0] for target in FIELDS}
STYLES = st.builds(Style, st.sampled_from(["", ".", ","]), st.sampled_from(["", "ymd", "dmy", "mdy"]))
words = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)


def kept(cleaned: Any, longest: int | None, alphabet: Any = None) -> Any:
    """Texts as they stand in a database."""
    lines = st.text(alphabet or st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
    return (
        st.one_of(lines, texts).filter(readable).map(cleaned).filter(lambda text: 0 < len(text) <= (longest or 10**6))
    )


def readable(text: str) -> bool:
    return "\x00" not in text and not any(0xD800 <= ord(character) < 0xE000 for character in text)


def values_of(target: Any) -> Any:
    attribute = target.attribute
    longest = attribute.maxlength
    match attribute.kind:
        case "text" if rule_of(attribute.attr):
            return words
        case "text" | "reference":
            return kept(one_line, longest)
        case "textarea" | "markdown":
            return kept(clean, longest)
        case "slug":
            return st.lists(words, min_size=1, max_size=4).map("-".join)
        case "email":
            return st.builds("{}@{}.org".format, words, words)
        case "url":
            return st.builds("http{}://{}.org/{}".format, st.sampled_from(["", "s"]), words, words)
        case "isbn":
            return st.integers(0, 10**6).map(make_isbn)
        case "money":
            return st.decimals(0, Decimal("9999999999.99"), places=2)
        case "integer":
            info = attribute.info
            return st.integers(info.get("minimum", -(2**31) + 1), info.get("maximum", 2**31 - 1))
        case "id":
            return st.integers(1, 2**63 - 1)
        case "date":
            return st.dates()
        case "datetime":
            return st.datetimes(timezones=st.just(UTC))
        case "boolean":
            return st.booleans()
        case "choice":
            options = enum_of(attribute)
            return st.sampled_from(list(options) if options else list(attribute.choices))
        case "tags":
            names = kept(one_line, 50).map(lambda name: name.translate({ord(mark): "-" for mark in ",;|"}))
            return st.lists(names, min_size=1, max_size=4, unique_by=str.casefold).map(tuple)
    raise AssertionError(f"How does one write {attribute.kind}?")


def exported(value: Any) -> str:
    """As the database writes it into a CSV file; tests/screens/test_export.py proves that it does."""
    if isinstance(value, tuple):
        return guarded(", ".join(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return guarded(str(value))


def guarded(text: str) -> str:
    return GUARD + text if text.lstrip(GUARD)[:1] in RISKY else text


@pytest.mark.parametrize("target", FIELDS)
@settings(max_examples=12, deadline=None)
@given(data=st.data(), style=STYLES)
def test_what_an_export_writes_is_read_as_what_it_was(target, data, style):
    value = data.draw(values_of(target))
    cells = read(target, [exported(value)], style, guarded=True)
    assert (cells.values, cells.problems, cells.repairs) == ([value], {}, {})


@pytest.mark.parametrize(
    "target", [target for target in FIELDS if target.values[0].attribute.kind not in ("reference", "tags", "id")]
)
@settings(max_examples=12, deadline=None)
@given(data=st.data(), style=STYLES)
def test_what_a_form_shows_is_read_as_what_it_was(target, data, style):
    value = data.draw(values_of(target))
    if target.attribute.kind == "datetime":
        value = value.replace(second=0, microsecond=0)
    cells = read(target, [write(target.attribute, value)], style)
    assert (cells.values, cells.problems, cells.repairs) == ([value], {}, {})


LIKELY = st.one_of(
    texts,
    st.from_regex(r"[0-9]{1,12}([.,][0-9]{1,3})?", fullmatch=True),
    st.from_regex(
        r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-6][0-9](:[0-9]{2}(\.[0-9]{6})?)?Z?)?", fullmatch=True
    ),
    st.from_regex(r"97[89][0-9]{10}", fullmatch=True),
    st.integers(0, 10**6).map(make_isbn),
    st.from_regex(r"[a-z, |;.'<>@-]{1,20}", fullmatch=True),
    st.from_regex(r"https?://[a-z./:]{1,20}", fullmatch=True),
)


@pytest.mark.parametrize("kind", QUICK)
@settings(max_examples=60, deadline=None)
@given(data=st.data(), style=STYLES, guarded=st.booleans())
def test_the_quick_way_says_what_the_slow_one_says_or_nothing(kind, data, style, guarded):
    target = KINDS.get(kind, KINDS["money"])
    text = data.draw(st.one_of(LIKELY, values_of(target).map(exported)))
    reader = Reader(target.attribute, style, "all", guarded)
    quick, slow = reader.quick(text) if text else None, reader.slow(text)
    said = (slow.value, type(slow.value), slow.repairs, slow.problem)
    assert quick is None or said == (quick, type(quick), (), None)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("isbn", "9780306406157"), ("money", "12.50"), ("date", "2024-02-29"), ("integer", "32")),
        *(("datetime", "2024-02-29T12:30:00Z"), ("text", "Émile Zola"), ("email", "ana@example.org")),
        *(("tags", "a, b"), ("tags", "a|b"), ("markdown", "*a*\nb"), ("slug", "a-b"), ("url", "https://a.org/")),
    ],
)
def test_what_most_cells_look_like_takes_the_quick_way(kind, text):
    assert Reader(KINDS[kind].attribute, Style(), "all", True).quick(text) is not None


@given(texts)
def test_one_apostrophe_is_taken_off_and_no_more(text):
    assert unguarded(guarded(text)) == text
