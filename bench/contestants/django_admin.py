"""Django admin: bench/apps/django_admin."""

import os
import subprocess
from urllib.parse import urlencode

from bench import data, servers
from bench.client import Client, Request
from bench.contestant import Contestant, another_price, pages, up_or_down
from bench.data import Facts
from bench.forms import form_with
from bench.operations import PER_PAGE

NAME = PASSWORD = "benchmark"  # noqa: S105  of a server that only this run reaches
BOOKS, POSTS, AUTHORS = (f"/admin/django_admin/{model}/" for model in ("book", "post", "author"))
PRICE = 5  # the place of the column among those one can sort by
TOKEN = "csrfmiddlewaretoken"  # noqa: S105


def environment(url: str, port: int) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "SECRET_KEY": servers.KEY,
        "DJANGO_SETTINGS_MODULE": "bench.apps.django_admin.settings",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }


def sign_in(client: Client, url: str) -> None:
    """Its own tables lie beside Colophon's, and its own users in them."""
    if not data.known_user(url, NAME, table="auth_user"):
        manage(url, "createsuperuser", "--noinput", "--username", NAME, "--email", "benchmark@example.org")
    form = form_with(client.get("/admin/login/").text, "/admin/login/", "password")
    if client.post("/admin/login/", form.filled(username=NAME, password=PASSWORD)).status != 302:
        raise RuntimeError("Django does not let us in.")


def migrate(url: str) -> None:
    manage(url, "migrate", "--verbosity", "0")


def manage(url: str, *words: str) -> None:
    command = [servers.OTHER_PYTHON, "-m", "django", *words]
    subprocess.run(command, cwd=data.ROOT, env={**os.environ, **environment(url, 0)}, check=True)


def listed(**words: object) -> str:
    return BOOKS + "?" + urlencode(words)


def save(client: Client, facts: Facts, number: int) -> list[Request]:
    paths = [f"{BOOKS}{book}/change/" for book in facts.book_ids[:number]]
    forms = [form_with(client.get(path).text, path, "title") for path in paths]
    return [Request(form.action, form.filled(price=another_price())) for form in forms]


def create(client: Client, facts: Facts, number: int) -> list[Request]:
    path = f"{BOOKS}add/"
    form = form_with(client.get(path).text, path, "title")
    values = {"title": data.OWN, "price": "12.50", "author": str(facts.prolific_author), "format": "paperback"}
    return [Request(path, form.filled(**values, status="active"))] * number


def delete(client: Client, facts: Facts, number: int) -> list[Request]:
    fields = ((TOKEN, client.cookies["csrftoken"]), ("post", "yes"))
    return [Request(f"{BOOKS}{book}/delete/", fields) for book in data.spare_books(facts, number)]


def change_prices(client: Client, facts: Facts, number: int) -> list[Request]:
    chosen = tuple(("_selected_action", str(book)) for book in facts.book_ids[:PER_PAGE])
    fields = ((TOKEN, client.cookies["csrftoken"]), ("index", "0"), *chosen)
    return [Request(BOOKS, (*fields, ("action", f"{up_or_down()}_prices"))) for _ in range(number)]


DJANGO = Contestant(
    key="django",
    title="Django admin",
    packages=("django", "psycopg"),
    python=str(servers.OTHER_PYTHON),
    command=lambda port: servers.gunicorn("bench.apps.django_admin.wsgi:application", port, str(servers.OTHER_PYTHON)),
    environment=environment,
    migrate=migrate,
    sign_in=sign_in,
    operations={
        "first": pages(lambda facts: BOOKS),
        "middle": pages(lambda facts: listed(p=facts.books // PER_PAGE // 2)),
        "last": pages(lambda facts: listed(p=-(-facts.books // PER_PAGE))),
        "price": pages(lambda facts: listed(o=PRICE)),
        "few": pages(lambda facts: listed(q=facts.few)),
        "many": pages(lambda facts: listed(q=facts.many)),
        "none": pages(lambda facts: listed(q=facts.none)),
        "status": pages(lambda facts: listed(status__exact=facts.status)),
        "posts": pages(lambda facts: POSTS),
        "edit": pages(lambda facts: f"{BOOKS}{facts.book_ids[0]}/change/"),
        "save": save,
        "create": create,
        "delete": delete,
        "author": pages(lambda facts: f"{AUTHORS}{facts.prolific_author}/delete/"),
        "bulk": change_prices,
    },
    row=b'class="field-title"',
)
