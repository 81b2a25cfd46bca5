"""What is exported and imported again changes nothing; and a run does, row by row, what the check said."""

from pathlib import Path

import pytest
from flask import g
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import export
from admin.imports import guessing
from admin.imports.plan import Plan
from admin.screens import export as exporting
from models.change import Change, ChangeSet
from models.tag import Tag
from models.user import Role
from services import tabular
from services.unit_of_work import unit_of_work
from services.work import person_of
from tests.admin.imports.files import File
from tests.entities import LABEL, each_entity, make, make_various
from tests.factories import make_tag, make_user

ODD = [
    "=1+1",
    "'=1+1",
    "-x",
    "@SUM(A1)",
    "1984",
    "NA",
    "a, b; c|d",
    "“é” \\ ü",
    "İ",
    "0012",
    "null",
    "1e5",
    "true",
    "–",
]


@pytest.fixture
def signed_in(context, session):
    g.person = person_of(session, make_user(session, role=Role.ADMIN).id)


def exported(session, resource, format, folder) -> Path:
    """Every column of every record, as a file."""
    columns = ",".join(resource.choosable)
    wanted = exporting.read(resource, MultiDict([("columns", columns)]))
    path = folder / "sent"
    with path.open("wb") as file, export.snapshot(session):
        export.FORMATS[format].write(session, wanted, file, lambda done: None)
    return path


@pytest.mark.parametrize("format", ["csv", "xlsx", "json"])
@each_entity
def test_what_is_exported_and_imported_again_changes_nothing(context, session, signed_in, tmp_path, resource, format):
    make_various(session, resource, 24)
    for number, text in enumerate(ODD):
        if resource.entity != "users":
            make(session, resource, **{LABEL[resource.entity]: text, **more(session, resource, number)})
        else:
            make(session, resource, name=text)
    count = session.query(resource.model).count()
    path = exported(context, resource, format, tmp_path)
    shape = tabular.look(path, f"sent.{format}")
    header = tabular.header(path, shape)
    rows = [cells for chunk in tabular.rows(path, shape) for _, cells in chunk]
    places = tuple(guessing.guess(resource, header, rows))
    sent = File.of(path, resource, shape, Plan(places, match="id", style=guessing.styles(resource, places, rows)))
    found = sent.check(context)
    told = [(line.before, {name: line.values[name] for name in line.before}) for line in sent.lines("changed")]
    assert (sent.problems(), told) == ([], [])
    assert found.counts == (0, 0, count, 0)
    assert {place.field for place in places} >= {"id", *(a.name for a in resource.fields if fits(resource, a))}


def fits(resource, attribute):
    return attribute.fits_a_cell and attribute.model is resource.model


def more(session, resource, number):
    return (
        {"tags": [make_tag(session, name=f"tag {number}"), make_tag(session, name=f"@{number}")]}
        if resource.entity == "posts"
        else {}
    )


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
rows = st.lists(st.tuples(st.sampled_from(["", "1", "2", "3", "99", "x"]), names), min_size=1, max_size=12)


@settings(max_examples=25)
@given(rows=rows, last_wins=st.booleans(), mode=st.sampled_from(["both", "create", "update"]))
def test_the_run_does_row_by_row_what_the_check_said(site, tmp_path, rows, last_wins, mode):
    site.empty()
    with site.app.app_context():
        with Session(site.outside) as session:
            for name in ("a", "B", "é"):
                make_tag(session, name=name)
        sent = File(tmp_path, "tags", "id name", *rows).planned(match="id", mode=mode, last_wins=last_wins)
        with unit_of_work() as working:
            found = sent.check(working)
            before = {tag.id: tag.name for tag in working.scalars(select(Tag))}
            if found.new + found.changed:
                sent.write(working, found, partial=True)
        with unit_of_work() as working:
            written = working.execute(
                select(Change.action, Change.record_id, Change.label)
                .join(ChangeSet, ChangeSet.id == Change.set_id)
                .where(ChangeSet.kind == "import")
            ).all()
            after = {tag.id: tag.name for tag in working.scalars(select(Tag))}
        said = {line.record_id: line.values["name"] for line in sent.lines("changed")}
        assert {(row.record_id, row.label) for row in written if row.action == "update"} == set(said.items())
        new = sorted(line.values["name"] for line in sent.lines("new"))
        assert sorted(row.label for row in written if row.action == "insert") == new
        assert sorted(after.values()) == sorted([*(before | said).values(), *new])
