"""Flask-Admin: bench/apps/flask_admin_app.py."""

from urllib.parse import urlencode

from bench import data, servers
from bench.client import Client, Request
from bench.contestant import Contestant, another_price, pages, up_or_down
from bench.data import Facts
from bench.forms import Form, form_with
from bench.operations import PER_PAGE

BOOKS, POSTS = "/admin/book/", "/admin/post/"
PRICE = 4  # the place of the column
STATUS = "flt0_0"  # the first condition of the first filter


def sign_in(client: Client, url: str) -> None:
    if client.post("/login", (("key", servers.KEY),)).status != 303:
        raise RuntimeError("Flask-Admin does not let us in.")


def listed(**words: object) -> str:
    return BOOKS + "?" + urlencode(words)


def save(client: Client, facts: Facts, number: int) -> list[Request]:
    paths = [f"{BOOKS}edit/?id={book}" for book in facts.book_ids[:number]]
    forms = [form_with(client.get(path).text, path, "title") for path in paths]
    return [Request(form.action, form.filled(price=another_price())) for form in forms]


def create(client: Client, facts: Facts, number: int) -> list[Request]:
    path = f"{BOOKS}new/"
    form = form_with(client.get(path).text, path, "title")
    values = {"title": data.OWN, "price": "12.50", "author": str(facts.prolific_author)}
    return [Request(path, form.filled(**values))] * number


def delete(client: Client, facts: Facts, number: int) -> list[Request]:
    """There is a button in each row of the list, and no page that asks."""
    form = row_form(client, "id")
    return [Request(f"{BOOKS}delete/", form.filled(id=str(book))) for book in data.spare_books(facts, number)]


def change_prices(client: Client, facts: Facts, number: int) -> list[Request]:
    form = row_form(client, "action")
    chosen = tuple(("rowid", str(book)) for book in facts.book_ids[:PER_PAGE])
    return [Request(f"{BOOKS}action/", (*form.filled(action=f"{up_or_down()}_prices"), *chosen)) for _ in range(number)]


def row_form(client: Client, name: str) -> Form:
    return form_with(client.get(BOOKS).text, BOOKS, name)


FLASK_ADMIN = Contestant(
    key="flask-admin",
    title="Flask-Admin",
    packages=("flask-admin", "flask", "sqlalchemy", "psycopg"),
    python=str(servers.OTHER_PYTHON),
    command=lambda port: servers.gunicorn("bench.apps.flask_admin_app:app", port, str(servers.OTHER_PYTHON)),
    environment=lambda url, port: {"DATABASE_URL": url, "SECRET_KEY": servers.KEY},
    sign_in=sign_in,
    operations={
        "first": pages(lambda facts: BOOKS),
        "middle": pages(lambda facts: listed(page=facts.books // PER_PAGE // 2)),
        "last": pages(lambda facts: listed(page=-(-facts.books // PER_PAGE) - 1)),
        "price": pages(lambda facts: listed(sort=PRICE)),
        "few": pages(lambda facts: listed(search=facts.few)),
        "many": pages(lambda facts: listed(search=facts.many)),
        "none": pages(lambda facts: listed(search=facts.none)),
        "status": pages(lambda facts: listed(**{STATUS: facts.status})),
        "posts": pages(lambda facts: POSTS),
        "edit": pages(lambda facts: f"{BOOKS}edit/?id={facts.book_ids[0]}"),
        "save": save,
        "create": create,
        "delete": delete,
        "export": pages(lambda facts: f"{BOOKS}export/csv/?" + urlencode({STATUS: facts.status})),
        "bulk": change_prices,
    },
    row=b'class="col-title"',
)
