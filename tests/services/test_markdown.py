"""Markdown becomes HTML that is safe to show, whatever was typed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from services.markdown import ATTRIBUTES, TAGS, render

SAFE = [
    ("*a* **b** `c` ~~d~~", ["<em>a</em>", "<strong>b</strong>", "<code>c</code>", "<s>d</s>"]),
    ("# One\n\n- a\n- b", ["<h1>One</h1>", "<li>a</li>"]),
    ("|a|b|\n|-|-|\n|1|2|", ["<table>", "<td>1</td>"]),
    ("[x](https://example.org 'T')", ['href="https://example.org"', 'title="T"', "noopener", "nofollow"]),
    ("[x](mailto:a@b.org)", ['href="mailto:a@b.org"']),
    ("> q", ["<blockquote>"]),
    ("3. three", ['start="3"']),
    ("1 < 2 & 3", ["1 &lt; 2 &amp; 3"]),
]


@pytest.mark.parametrize(("typed", "parts"), SAFE, ids=[typed[:12] for typed, _ in SAFE])
def test_what_people_write_is_shown(typed, parts):
    html = render(typed)
    assert isinstance(html, Markup)
    for part in parts:
        assert part in html


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "<a href='javascript:x'>x</a>",
    "[x](https://example.org \"onmouseover='alert(1)'\")",
    '[x](<https://e.org/"onclick="x>)',
    "<style>*{}</style><iframe src=x></iframe>",
    "<div class=x id=main style=color:red>",
    "`<script>`",
]


@pytest.mark.parametrize("typed", ATTACKS)
def test_what_could_harm_is_not(typed):
    only_allowed(render(typed))


def only_allowed(html: str) -> None:
    for closing, tag, rest in re.findall(r"<(/?)(\w+)([^>]*)>", html):
        assert tag in TAGS, html
        names = {name for name, _ in re.findall(r'([\w-]+)="([^"]*)"', rest)}
        assert not closing or not rest
        assert names <= ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set()), html
    for target in re.findall(r'href="([^"]*)"', html):
        assert re.match(r"(https?|mailto):|[^:]*$", target), html


@given(st.text(st.sampled_from("ab<>\"'`*_[]()!#:/&;\n\\ =|-~") | st.characters(exclude_categories=("Cs",))))
def test_nothing_that_is_typed_gets_through(typed):
    only_allowed(render(typed))


@pytest.mark.parametrize("typed", [None, ""])
def test_nothing_is_nothing(typed):
    assert render(typed) == ""


def test_deep_nesting_ends():
    only_allowed(render("> " * 5000 + "x"))
    only_allowed(render("[" * 5000 + "x" + "](y)" * 5000))
