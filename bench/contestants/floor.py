"""The floor: bench/apps/floor.py."""

import sys
from urllib.parse import urlencode

from bench import servers
from bench.client import Client, Request
from bench.contestant import Contestant, another_price, pages
from bench.data import Facts


def after_the_middle(facts: Facts) -> str:
    return "/books/list/middle?" + urlencode({"key": facts.middle_key, "id": facts.middle_id})


def searched(term: str) -> str:
    return "/books/list/search?" + urlencode({"q": term})


def save(client: Client, facts: Facts, number: int) -> list[Request]:
    return [Request(f"/books/{book}/edit", (("price", another_price()),)) for book in facts.book_ids[:number]]


FLOOR = Contestant(
    key="floor",
    title="floor",
    packages=("flask", "sqlalchemy", "psycopg"),
    python=sys.executable,
    command=lambda port: servers.gunicorn("bench.apps.floor:app", port),
    environment=lambda url, port: {"DATABASE_URL": url},
    sign_in=lambda client, url: None,
    operations={
        "first": pages(lambda facts: "/books/list/first"),
        "middle": pages(after_the_middle),
        "last": pages(lambda facts: "/books/list/last"),
        "price": pages(lambda facts: "/books/list/price"),
        "few": pages(lambda facts: searched(facts.few)),
        "many": pages(lambda facts: searched(facts.many)),
        "none": pages(lambda facts: searched(facts.none)),
        "status": pages(lambda facts: "/books/list/status?" + urlencode({"status": facts.status})),
        "posts": pages(lambda facts: "/posts"),
        "edit": pages(lambda facts: f"/books/{facts.book_ids[0]}/edit"),
        "save": save,
        "export": pages(lambda facts: "/books/export?" + urlencode({"status": facts.status})),
    },
    row=b"data-id=",
)
