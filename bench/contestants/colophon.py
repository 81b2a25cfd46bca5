"""Colophon, started by its own command, in production."""

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from admin import keyset
from bench import data, servers
from bench.client import Client, Request
from bench.contestant import Contestant, another_price, pages, up_or_down
from bench.data import Facts
from bench.forms import Pairs, form_with, only_form
from bench.operations import PER_PAGE
from models import load_all
from models.book import Book

NAME = "benchmark"


def environment(url: str, port: int) -> dict[str, str]:
    return {
        "APP_ENV": "production",
        "DATABASE_URL": url,
        "SECRET_KEY": servers.KEY,
        "TRUSTED_HOSTS": "127.0.0.1",
        "WEB_CONCURRENCY": "2",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }


def sign_in(client: Client, url: str) -> None:
    """As an administrator, by a link from the command line, as one does without a password."""
    if not data.known_user(url, NAME):
        data.flask(url, "users", "create", NAME, "--email", "benchmark@example.org", "--role", "admin")
    path = urlsplit(data.flask(url, "users", "link", NAME).split()[-1]).path
    form = only_form(client.get(path).text, path)
    if client.post(form.action, form.fields).status != 303:
        raise RuntimeError("Colophon does not let us in.")


def middle(facts: Facts) -> str:
    load_all()
    order = keyset.order_of(Book, "title", Book.title_key, descending=False)
    return listed(after=keyset.encode(order, facts.middle_key, facts.middle_id))


def listed(**words: str) -> str:
    return "/books/?" + urlencode(words)


def opened(client: Client, path: str, name: str, **values: str) -> Request:
    """The form of this page that has a field of this name, to be sent with these values."""
    form = form_with(client.get(path).text, path, name)
    return Request(form.action, form.filled(**values))


def save(client: Client, facts: Facts, number: int) -> list[Request]:
    return [opened(client, f"/books/{book}/edit", "title", price=another_price()) for book in facts.book_ids[:number]]


def create(client: Client, facts: Facts, number: int) -> list[Request]:
    values = {"title": data.OWN, "price": "12.50", "author": str(facts.prolific_author)}
    return [opened(client, "/books/new", "title", **values) for _ in range(number)]


def delete(client: Client, facts: Facts, number: int) -> list[Request]:
    return [opened(client, f"/books/{book}/delete", "version") for book in data.spare_books(facts, number)]


def change_prices(client: Client, facts: Facts, number: int) -> list[Request]:
    """What is confirmed is a preview; each is of other books, so that none grows old before it is sent."""
    start = form_with(client.get("/books/").text, "/books/", "csrf_token")
    token = tuple(pair for pair in start.pairs if pair[0] == "csrf_token")
    return [preview(client, token, facts.book_ids[n * PER_PAGE : (n + 1) * PER_PAGE]) for n in range(number)]


def preview(client: Client, token: Pairs, books: Sequence[int]) -> Request:
    chosen = tuple(("ids", str(book)) for book in books)
    percent = {"raise": "1", "lower": "-1"}[up_or_down()]
    asked = (*token, *chosen, ("action", "price"), ("percent", percent), ("ending", "none"), ("preview", "1"))
    answer = client.post("/books/bulk", asked)
    if answer.status == 404:
        return Request("/books/bulk", asked)
    form = form_with(answer.text, "/books/bulk", "seen")
    return Request(form.action, form.filled(confirm="1"))


COLOPHON = Contestant(
    key="colophon",
    title="Colophon",
    packages=("flask", "sqlalchemy", "psycopg"),
    python=str(servers.PRODUCTION_PYTHON),
    command=lambda port: [str(servers.PRODUCTION_PYTHON), "-m", "flask", "--app", "app", "serve"],
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
        "save": save,
        "create": create,
        "delete": delete,
        "author": pages(lambda facts: f"/authors/{facts.prolific_author}/delete"),
        "bulk": change_prices,
        "export": pages(lambda facts: "/books/export.csv?" + urlencode({"status": facts.status})),
    },
    row=b"<tr data-id=",
)
