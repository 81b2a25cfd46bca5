"""The way back to the list: an own address, or none."""

import pytest
from flask import request

from admin import back
from tests.entities import ENTITIES

BOOKS = ENTITIES["books"]


def way_back(app, path="/books/7/edit", **options):
    with app.test_request_context(path, base_url="http://localhost", **options):
        return back.to_list(BOOKS, request)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("http://localhost/books/?q=x&sort=-price", "/books/?q=x&sort=-price"),
        ("http://localhost/books/", "/books/"),
        ("http://localhost/books/7", None),
        ("http://localhost/authors/", None),
        ("http://evil.example/books/", None),
        ("http://localhost:81/books/", None),
        ("http://[", None),
        ("", None),
        ("/books/", None),
    ],
)
def test_the_page_before_counts_when_it_was_the_list(app, before, expected):
    assert way_back(app, headers={"Referer": before}) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/books/?q=x", "/books/?q=x"),
        ("//evil.example/books/", None),
        ("http://localhost/books/", None),
        ("/books/\\evil", None),
        ("/books/?q=a\nb", None),
        ("/books/?" + "x" * 3000, None),
        ("/users/", None),
        ("/books", None),
        ("javascript:alert(1)", None),
    ],
)
def test_what_is_carried_along_counts_before_it(app, given, expected):
    headers = {"Referer": "http://localhost/books/?other=1"}
    assert way_back(app, query_string={"back": given}, headers=headers) == expected
    assert way_back(app, method="POST", data={"back": given}, headers=headers) == expected


def test_the_row_to_mark_is_added_once():
    assert back.marked("/books/?q=a+b&status=x&status=y&saved=3", 7) == "/books/?q=a+b&status=x&status=y&saved=7"
    assert back.marked("/books/", 7) == "/books/?saved=7"
