"""The recipe of the README: a model, a blueprint and a migration are a whole entity. Tried on a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.conftest import ROOT, SECRET

FILES = re.compile(r"`((?:models|blueprints)/\w+\.py)`\n\n( *)```python\n(.*?)\n *```\n", re.DOTALL)

# These run in the copy: the fifth entity is in nobody else's tables.
START = """
import os
from flask_migrate import check, downgrade, migrate, upgrade
from app import create_app
from config import Config

config = Config(database_url=os.environ["DATABASE_URL"], secret_key=os.environ["SECRET_KEY"], testing=True)
app = create_app(config)
"""
MIGRATE = """
with app.app_context():
    upgrade()
    migrate(message="publishers")
"""
TRY = """
with app.app_context():
    upgrade()
    check()
{visit}
with app.app_context():
    downgrade()
    upgrade()
"""
VISIT = """
import re
from sqlalchemy.orm import Session
from extensions import db
from models.base import now
from services import sign_in
from services.throttle import Origin
from tests.factories import make_user
from tests.forms import follow, read, send, submit

with app.app_context(), Session(db.engine) as session:
    user = make_user(session, role="admin")
    token = sign_in.begin(session, user.id, Origin("127.0.0.1", "tests"), now(), config)
    session.commit()
client = app.test_client()
with client.session_transaction() as cookie:
    cookie["sid"] = token

assert "No publishers yet" in client.get("/publishers/").text
typed = {"name": "Éditions Gallimard", "country": "FR", "website": "gallimard.fr"}
made = submit(client, "/publishers/new", typed)
assert made.status_code == 303, read(made).errors
page = follow(client, made)
assert "https://gallimard.fr" in page.text and "France" in page.text
number = re.search(r"/publishers/(\\d+)", made.headers["Location"])[1]
assert submit(client, "/publishers/new", {"name": "Penguin"}).status_code == 303
assert read(submit(client, "/publishers/new", {"name": ""})).errors["name"] == "Name is missing."
assert "web address" in read(submit(client, "/publishers/new", {"name": "x", "website": "x"})).errors["website"]

def rows(query=""):
    page = client.get(f"/publishers/{query}")
    assert page.status_code == 200, page.status
    return len(read(page).rows)

assert [rows(), rows("?q=editions"), rows("?q=ga"), rows("?country=FR"), rows("?country=none")] == [2, 1, 1, 1, 1]
assert [rows("?sort=-country"), rows("?sort=name&per_page=10")] == [2, 2]
assert "Publishers" in client.get("/").text
assert "Gallimard" in client.get("/publishers/options?q=gall", headers={"HX-Request": "true"}).text

form, stale = (client.get(f"/publishers/{number}/edit") for _ in range(2))
assert send(client, form, {"name": "Gallimard"}).status_code == 303
assert send(client, stale, {"name": "Editions"}).status_code == 409
assert submit(client, f"/publishers/{number}/delete", {"choice": "delete"}).status_code == 303
assert client.get(f"/publishers/{number}").status_code == 404
assert rows() == 1
"""

COPIED = ("admin", "blueprints", "demo", "migrations", "models", "services", "static", "templates", "tests")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.glob("*.py"):
        shutil.copy(path, tmp_path)
    for name, code in recipe().items():
        (tmp_path / name).write_text(code)
    return tmp_path


def recipe() -> dict[str, str]:
    """The files that the README tells to write, by their names."""
    section = (ROOT / "README.md").read_text().partition("## A fifth entity")[2].partition("\n## ")[0]
    return {name: dedent(code) + "\n" for name, _, code in FILES.findall(section)}


def test_the_recipe_is_a_model_and_a_blueprint_of_at_most_forty_lines():
    files = recipe()
    assert sorted(files) == ["blueprints/publishers.py", "models/publisher.py"]
    assert len(files["blueprints/publishers.py"].splitlines()) <= 40


def run(folder: Path, url: str, program: str) -> None:
    """Run Python in the copy, and only there."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "COVERAGE"))}
    environ |= {"DATABASE_URL": url, "SECRET_KEY": SECRET, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-W", "ignore", "-c", START + program]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_model_a_blueprint_and_a_migration_are_a_whole_entity(copy, kind, new_database):
    url = new_database(kind, "fifth").url
    run(copy, url, MIGRATE)
    [revision] = set((copy / "migrations" / "versions").glob("*.py")) - {
        copy / "migrations" / "versions" / path.name for path in (ROOT / "migrations" / "versions").glob("*.py")
    }
    generated = revision.read_text()
    assert "publishers" in generated
    assert not [line for line in generated.splitlines() if "table(" in line and "publishers" not in line], generated
    run(copy, url, TRY.format(visit=VISIT))
