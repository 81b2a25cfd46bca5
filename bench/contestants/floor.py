"""The floor: bench/apps/floor.py."""

from urllib.parse import urlencode

from bench import servers
from bench.client import Client, Request
from bench.contestant import Contestant, pages
from bench.data import Facts


def after_the_middle(facts: Facts) -> str:
    return "/books/middle?" + urlencode({"key": facts.middle_key, "id": facts.middle_id})


def searched(term: str) -> str:
    return "/books/search?" + urlencode({"q": term})


def save(client: Client, facts: Facts, count: int) -> list[Request]:
    return [
        Request(f"/books/{book}/edit", (("price", f"{place % 90 + 10}.50"),))
        for place, book in enumerate(facts.book_ids[:count])
    ]


FLOOR = Contestant(
    key="floor",
    title="floor",
    command=lambda port: servers.gunicorn("bench.apps.floor:app", port),
    environment=lambda url, port: {"DATABASE_URL": url},
    sign_in=lambda client, url: None,
    operations={
        "first": pages(lambda facts: "/books/first"),
        "middle": pages(after_the_middle),
        "last": pages(lambda facts: "/books/last"),
        "price": pages(lambda facts: "/books/price"),
        "few": pages(lambda facts: searched(facts.few)),
        "many": pages(lambda facts: searched(facts.many)),
        "none": pages(lambda facts: searched(facts.none)),
        "status": pages(lambda facts: "/books/status?" + urlencode({"status": facts.status})),
        "posts": pages(lambda facts: "/posts"),
        "edit": pages(lambda facts: f"/books/{facts.book_ids[0]}/edit"),
        "save": save,
    },
    row=b"data-id=",
)
