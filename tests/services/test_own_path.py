"""`next` leads to our own pages only, however a browser reads it."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.own_path import own_path

BASE = "https://colophon.example/login"
HOSTILE = "/\\:@?#.%\t\n\r \x00\x0b\x7f\u2028\u3002aehtps1x"


def as_a_browser_reads_it(text):
    """The host a browser would go to: WHATWG's rules that Python's urljoin does not have, then urljoin."""
    text = text.strip("".join(map(chr, range(0x21))))  # C0 controls and blanks around
    text = re.sub(r"[\t\n\r]", "", text)  # dropped wherever they stand
    head, mark, rest = re.match(r"([^?#]*)([?#]?)(.*)", text, re.S).groups()
    return urlsplit(urljoin(BASE, head.replace("\\", "/") + mark + rest)).netloc


@pytest.mark.parametrize(
    "text", ["/", "/books/", "/books/?q=a%20b&sort=-price", "/books/7/edit#title", "/é", "/a?next=http://x//y"]
)
def test_own_paths_pass_unchanged(text):
    assert own_path(text) == text


@pytest.mark.parametrize(
    "text",
    [
        None, "", "books", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/a//b",
        "http://evil.example", "https:evil.example", "javascript:alert(1)", "/\t/evil.example", "/\n\\0", "/ /evil",
        " /books/", "/books\r\nSet-Cookie: a=b", "/\x00", "/\ud800", "/\u2028", "/" + "a" * 2000,
    ],
)  # fmt: skip
def test_everything_else_leads_home(text):
    assert own_path(text) == "/"
    assert own_path(text, "") == ""


@settings(max_examples=2000)
@given(
    st.one_of(
        st.text(alphabet=HOSTILE, max_size=12).map("/".__add__), st.text(alphabet=HOSTILE, max_size=12), st.text()
    )
)
@example("/\n\\0")
@example("/\t/evil")
def test_no_text_leads_to_another_host(text):
    assert as_a_browser_reads_it(own_path(text)) == "colophon.example"
