"""Colophon, started by its own command, in production."""

import secrets
import subprocess
import sys
from urllib.parse import urlencode, urlsplit

from admin import keyset
from bench import data
from bench.client import Client
from bench.contestant import Contestant, pages
from bench.data import Facts
from bench.forms import only_form
from models import load_all
from models.book import Book

NAME = "benchmark"
KEY = secrets.token_hex(32)


def environment(url: str, port: int) -> dict[str, str]:
    return {
        "APP_ENV": "production",
        "DATABASE_URL": url,
        "SECRET_KEY": KEY,
        "TRUSTED_HOSTS": "127.0.0.1",
        "WEB_CONCURRENCY": "2",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }


def sign_in(client: Client, url: str) -> None:
    """As an administrator, by a link from the command line, as one does without a password."""
    try:
        link = data.flask(url, "users", "link", NAME)
    except subprocess.CalledProcessError:
        data.flask(url, "users", "create", NAME, "--email", "benchmark@example.org", "--role", "admin")
        link = data.flask(url, "users", "link", NAME)
    path = urlsplit(link.split()[-1]).path
    form = only_form(client.get(path).text, path)
    if client.post(form.action, form.fields).status != 303:
        raise RuntimeError("Colophon does not let us in.")


def middle(facts: Facts) -> str:
    load_all()
    order = keyset.order_of(Book, "title", Book.title_key, descending=False)
    return "/books/?" + urlencode({"after": keyset.encode(order, facts.middle_key, facts.middle_id)})


def listed(**words: str) -> str:
    return "/books/?" + urlencode(words)


COLOPHON = Contestant(
    key="colophon",
    title="Colophon",
    command=lambda port: [sys.executable, "-m", "flask", "--app", "app", "serve"],
    environment=environment,
    sign_in=sign_in,
    operations={
        "first": pages(lambda facts: "/books/"),
        "middle": pages(middle),
        "last": pages(lambda facts: listed(before="end")),
        "price": pages(lambda facts: listed(sort="price")),
        "few": pages(lambda facts: listed(q=facts.few)),
        "many": pages(lambda facts: listed(q=facts.many)),
        "none": pages(lambda facts: listed(q=facts.none)),
        "status": pages(lambda facts: listed(status=facts.status)),
        "posts": pages(lambda facts: "/posts/"),
        "compressed": pages(lambda facts: "/books/", ("Accept-Encoding", "gzip, br")),
        "edit": pages(lambda facts: f"/books/{facts.book_ids[0]}/edit"),
    },
    row=b"<tr data-id=",
)
