"""Odd texts, odd bodies, and what the database must still be afterwards."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient
from hypothesis import Phase, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, undefer
from werkzeug.test import TestResponse

from admin.resource import Resource
from models.base import Model, Record

Pairs = Sequence[tuple[str, str]]

# What a request may answer, whatever it holds. Never a 5xx.
CALM = {200, 303, 400, 404, 409, 413, 415, 422}

# What each property may cost is its number of examples; explaining a failure would cost as much again.
BUDGET = settings(phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink))

NASTY = (
    *("", " ", "\t", "\u3000", "\u00a0 \u2003", "\ufeff", "\u200b", "\x1f", "\x85"),
    *("\x00", "a\x00b", "\ud800", "a\udfffb", "\ud83d", "\uffff", "\U0010ffff", "e\u0301\u0302\u0303" * 20),
    *("²", "①", "Ⅷ", "१२", "١٢٣", "１２３", "1²", "٠", "-²"),
    *("0", "-0", "-1", "1"),
    *("2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809"),
    *("9" * 26, "9" * 29, "9" * 400, "9" * 5000, "-" + "9" * 5000, "0" * 5000, "1" * 30 + ".5"),
    *("NaN", "nan", "-NaN", "sNaN", "inf", "-Infinity", "1e9999"),
    *("1E+5", "0x10", "1_000", "1e-400", ".5", "5.", "--5", "+5"),
    *("1,234", "1.234", "1.234,50", "1,234.50", "1,234 567", "1.234'567"),
    *("1'234.5", "1,2,3", "1.2.3", "12,50", "1 234,5", "0,001"),
    *("0000-00-00", "0000-01-01", "0001-01-01", "0999-12-31"),
    *("9999-12-31", "10000-01-01", "2023-02-29", "2024-13-01", "2024"),
    *("0001-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *("9999-12-31T23:59", "2024-01-01T24:00", "2024-W01-1"),
    *("2024-01-01T00:00:00.1234567", "20240101", "2024-01-01 10:00Z", "T", "2024-1-1 1:1", "-0001-01-01"),
    *("<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "javascript:alert(1)"),
    *("{{7*7}}", "{% raw %}", "${7*7}"),
    *("{0}", "{name.__class__}", "{", "%s%n", "%"),
    *("_", "\\", "'", "''; DROP TABLE books; --", "'; SELECT pg_sleep(9)", "../../etc/passwd"),
    *("\u202egnp.exe", "שלום", "مرحبا بالعالم", "\u200e", "İ", "ß"),
    *("ŉ", "ﷺ", "ﬃ", "Ǆ", "\u0130" * 50, "Z\u0351\u036b\u0343a\u0336lgo"),
    *("a\r\nb", "a\nb", "a\rb", "a\u2028b", "a\u2029b", "a\x0bb", "a\x0cb", "=1+1", "@SUM(1)", "-", "+", "."),
    *("true", "yes", "on", "none", "any", "null", "None", "undefined"),
    *("[]", "{}", "..", "..5", "5..", "5..1", "1..2..3", "a..b"),
    *("x@y.zz", "x@y", "@", "a@b..c", "a@" + "b." * 90 + "cc"),
    *("http://", "https://[", "http://a.b/\x7f", "http://[::1]", "//a.b", "HTTPS://a.b"),
    *("9780306406157", "0-306-40615-2", "080442957X"),
    *("978030640615X", "ISBN ISBN 9780306406157", "97803064061５7", "x"),
    *("active", "admin", "published", "scheduled", "draft", "EUR", "NL", "en", "hardback", "Active", "ACTIVE"),
    *("a" * 51, "a" * 101, "a" * 201, "a" * 301, "é" * 200),
    *("漢" * 200, "😀" * 200, "ﷺ" * 200, "&" * 200, "a" * 100_000),
    *("a.b/" + "x" * 291, "a" * 90 + " " + "b" * 9, "van der " * 12, ","),
    *(",,,", "a,b," * 40, "a, A,\u00e1,a\u0301", "a," + "b" * 60),
)  # fmt: skip

# One of each kind, for screens where the parsers are not what is tried.
FEW = (
    *(
        "",
        " ",
        "a\x00b",
        "\ud800",
        "²",
        "１２",
        "-1",
        str(2**63),
        "9" * 400,
        "NaN",
        "1e9999",
        "0000-01-01",
        "{x}",
        "%",
        "'",
    ),
    *("<script>alert(1)</script>", "\u202e\u0301", "a\r\nb", "..", "none", "ﷺ" * 200, "a" * 3000),
)

UNITS = ("a", "é", "ﷺ", "😀", " ", "*", "[", "> ", "<b>", "a ")
TIMES = (49, 50, 51, 99, 120, 199, 200, 254, 300, 501, 3000)

texts = st.one_of(
    st.sampled_from(NASTY),
    st.sampled_from(NASTY),
    st.text(st.characters(), max_size=60),
    st.text("0123456789.,'- _eE+²١１\u00a0\u202f:/T", max_size=32),
    st.builds(lambda unit, times: unit * times, st.sampled_from(UNITS), st.sampled_from(TIMES)),
)  # fmt: skip


def encoded(pairs: Pairs) -> bytes:
    """An urlencoded body; halves of surrogate pairs go as the three bytes that careless programs make of them."""
    return b"&".join(f"{escaped(name)}={escaped(text)}".encode() for name, text in pairs)


def escaped(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def multipart(pairs: Pairs, files: bool) -> tuple[bytes, str]:
    """A body of parts, each of them a file if asked."""
    name_of_file = b'; filename="a.txt"' if files else b""
    parts = [
        b'--part\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (escaped(name).encode(), name_of_file, text.encode("utf-8", "surrogatepass"))
        for name, text in pairs
    ]
    return b"".join(parts) + b"--part--\r\n", "multipart/form-data; boundary=part"


FORM = "application/x-www-form-urlencoded"
WAYS = (*[FORM] * 8, "parts", "files", "application/json", "text/plain", "multipart/form-data", "application/xml")
ways = st.sampled_from(WAYS)


def body(pairs: Pairs, way: str) -> tuple[bytes, str]:
    """The bytes of a request and their type."""
    if way in ("parts", "files"):
        return multipart(pairs, files=way == "files")
    if way == "application/json":
        return json.dumps(dict(pairs)).encode(), way
    return encoded(pairs), way


@dataclass
class Sender:
    """A client with a token for its forms. The token goes as a header, so that any body gets past its check."""

    client: FlaskClient
    token: str = ""

    def post(self, path: str, pairs: Pairs, way: str = FORM, **headers: str) -> TestResponse:
        data, content_type = body(pairs, way)
        response = self.client.post(
            path, data=data, content_type=content_type, headers={"X-CSRFToken": self.fresh_token(), **headers}
        )
        assert_cookie_is_small(response)
        return response

    def fresh_token(self) -> str:
        if not self.token:
            self.token = token_of(self.client.get("/account").text)
        return self.token


def token_of(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found, "This page has no form."
    return found[1]


def assert_cookie_is_small(response: TestResponse) -> None:
    """A browser drops a cookie of more than 4,096 bytes, and its person would be signed out."""
    for cookie in response.headers.getlist("Set-Cookie"):
        assert len(cookie) < 4096, f"a cookie of {len(cookie)} bytes"


def tables() -> list[Any]:
    return [table for table in Model.metadata.sorted_tables if "version" in table.c or table.name == "post_tags"]


def state(engine: Engine) -> tuple[int, ...]:
    """Rows and sum of versions of every table that people edit: it moves with every change of a record."""
    parts = []
    for table in tables():
        parts.append(select(func.count()).select_from(table).scalar_subquery())
        if "version" in table.c:
            parts.append(select(func.coalesce(func.sum(table.c.version), 0)).scalar_subquery())
    with engine.connect() as connection:
        return tuple(map(int, connection.execute(select(*parts)).one()))


def columns_of(resource: Resource) -> list[str]:
    """Every mapped attribute of the model, relations too."""
    return [prop.key for prop in resource.model.__mapper__.attrs]


def typed_columns(resource: Resource) -> set[str]:
    """The columns that the form is for."""
    keys = {attribute.name for attribute in resource.fields}
    return keys | {f"{key}_id" for key in keys}


def protected(resource: Resource) -> list[str]:
    """The columns that no form may write: they are the machine's, or secret, or have no field."""
    moving = {"version", "updated_at", "published_at"}
    return [
        column.key
        for column in resource.model.__mapper__.column_attrs
        if column.key not in typed_columns(resource) | moving and not column.columns[0].info.get("derived")
    ]


def values_of(record: Record, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def kept(engine: Engine, model: type[Record], key: int) -> Any:
    """The record as it is in the database now, with every column of it, or None."""
    with Session(engine) as opened:
        return opened.get(model, key, options=[undefer("*")])


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def text_of(html: str) -> str:
    """What a reader sees of a page: its text without the markup."""
    parser = Texts()
    parser.feed(html)
    parser.close()
    return "".join(parser.texts)


def calls_of(work: Callable[[], Any]) -> int:
    """How many functions it calls: the same on every machine, however busy, unlike seconds."""
    found = 0

    def note(_: Any, event: str, __: Any) -> None:
        nonlocal found
        found += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return found


def count_of(engine: Engine, model: type[Record]) -> int:
    with Session(engine) as opened:
        return opened.scalar(select(func.count()).select_from(model)) or 0
