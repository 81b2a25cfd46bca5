"""Checks of files that nobody of us wrote: the report says what was counted by other means."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask import g

from admin.imports import guessing
from admin.imports.check import Found
from admin.imports.plan import Plan
from models.user import Role
from services import tabular
from services.unit_of_work import unit_of_work
from services.work import person_of
from tests.admin.imports.files import File
from tests.entities import ENTITIES
from tests.factories import make_user


@pytest.fixture(autouse=True)
def signed_in(context, session):
    g.person = person_of(session, make_user(session, role=Role.ADMIN).id)


def guessed(path: Path, entity: str, match: str, skipped: tuple[str, ...] = (), **decided) -> File:
    resource, shape = ENTITIES[entity], tabular.look(path, path.name)
    header = tabular.header(path, shape)
    rows = [cells for _, cells in next(tabular.rows(path, shape))][:500]
    places = tuple(p for p in guessing.guess(resource, header, rows) if header[p.column] not in skipped)
    plan = Plan(places, match=match, style=guessing.styles(resource, places, rows), **decided)
    return File.of(path, resource, shape, plan)


def test_the_goodbooks_catalogue(context, shared_data, tmp_path):
    path = tmp_path / "goodbooks.csv"
    path.symlink_to(shared_data / "books" / "goodbooks_books.csv")
    sent = guessed(path, "books", "isbn", fixed={"price": "9.90"}, create=["author"])
    found = sent.check(context)
    assert (found.rows, found.new, found.invalid) == (10_000, 9_810, 190)
    repairs = {(field, words): number for field, words, number in found.repairs}
    assert repairs[("isbn", "lost leading zeros put back, ISBN-10 made an ISBN-13")] == 6_587
    assert repairs[("isbn", "ISBN-10 made an ISBN-13")] == 2_690
    assert sum(number for (field, words), number in repairs.items() if "first of several" in words) == 2_079
    reasons = {(field, words): number for field, words, number in found.reasons}
    lost = reasons.pop(("isbn", "A spreadsheet rounded this number; its last digits are lost."))
    assert (lost, sum(n for (field, _), n in reasons.items() if field == "isbn")) == (135, 23)
    assert reasons[("published_on", "Before the year 1, with which the calendar here begins.")] == 31


def test_a_generated_catalogue_with_known_dirt(context, session, shared_data, tmp_path):
    generate = [sys.executable, shared_data / "generate.py", "all", "--rows", "700", "--dirt", "0.1"]
    subprocess.run([*generate, "--report", "x", "--out-dir", tmp_path], check=True, capture_output=True)
    authors = guessed(tmp_path / "authors.csv", "authors", "email", ("status", "created_at"))
    with unit_of_work() as working:
        found = authors.check(working)
        assert (found.new, found.invalid) == (found.rows, 0)
        authors.write(working, found)
    books = guessed(tmp_path / "books.csv", "books", "isbn", ("status", "tags", "stock", "publisher", "created_at"))
    found = books.check(context)
    by_kind = json.loads((tmp_path / "books.dirt.json").read_text())["summary"]["by_kind"]
    good = ("formula_text", "padded_with_spaces", "date_other_order", "pages_not_a_number", "status_unknown")  # mended
    assert (found.rows, found.invalid) == (700, sum(number for kind, number in by_kind.items() if kind not in good))
    assert counted(found, "Title is missing.") == by_kind["title_missing"]
    assert counted(found, "There is no such day in the calendar") == by_kind["date_impossible"]
    assert counted(found, "There is no author") == by_kind["author_unknown"] + by_kind["author_not_an_email"]
    assert counted(found, "has the same ISBN.") == by_kind["duplicate_key"]
    assert replace(found, stamp="") == replace(books.planned(last_wins=False).check(context), stamp="")


def counted(found: Found, words: str) -> int:
    return sum(number for _, reason, number in found.reasons if words in reason)
