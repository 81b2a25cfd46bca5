"""Reading history: pages of sets under every filter, and what a record was like after a change."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import insert, select

from models.author import Author
from models.change import Change, ChangeSet
from models.post import Post
from models.tag import Tag
from services import bulk, changes, timeline
from services.timeline import Place, Wanted
from services.unit_of_work import unit_of_work
from tests.factories import make_author, make_post, make_tag, make_user

START = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.fixture
def many(context):
    """Sixty change sets, one a day, by three people and nobody, of every kind and entity."""
    kinds, entities = ("save", "bulk", "deletion", "undo"), ("books", "authors", "users")
    rows = [
        {
            "at": START + timedelta(days=number),
            "actor_id": number % 4 or None,
            "actor": f"Person {number % 4}",
            "kind": kinds[number % 4 if number % 3 else 0],
            "entity": entities[number % 3],
            "sentence": f"no. {number}",
        }
        for number in range(60)
    ]
    with unit_of_work() as session:
        session.connection().execute(insert(ChangeSet.__table__), rows)
    return context()


def matches(row, wanted: Wanted) -> bool:
    return (
        (wanted.by is None or row.actor_id == (wanted.by or None))
        and (not wanted.kinds or row.kind in wanted.kinds)
        and (wanted.entity is None or row.entity == wanted.entity)
        and (wanted.entities is None or row.entity in wanted.entities)
        and (wanted.since is None or row.at >= wanted.since)
        and (wanted.until is None or row.at < wanted.until)
    )


def walked(session, wanted: Wanted, size: int) -> list[int]:
    """The ids of all pages, following «older»."""
    found, place = [], Place()
    for _ in range(100):
        page = timeline.sets(session, wanted, place, size)
        found += [row.id for row in page.rows]
        if page.older is None:
            return found
        place = Place(after=page.older)
    raise AssertionError("The pages do not end.")


SPANS = [(None, None), (START + timedelta(days=20), None), (START + timedelta(days=10), START + timedelta(days=35))]


@pytest.mark.parametrize(("since", "until"), SPANS)
@pytest.mark.parametrize("scanned", [timeline.SCANNED, 7])
def test_every_combination_of_filters(many, monkeypatch, since, until, scanned):
    monkeypatch.setattr(timeline, "SCANNED", scanned)
    rows = many.scalars(select(ChangeSet).order_by(ChangeSet.id.desc())).all()
    choices = product((None, 0, 2), ((), ("bulk",), ("save", "undo")), (None, "books"), (None, ("books", "authors")))
    for by, kinds, entity, entities in choices:
        wanted = Wanted(by=by, kinds=kinds, entity=entity, entities=entities, since=since, until=until)
        expected = [row.id for row in rows if matches(row, wanted)]
        assert walked(many, wanted, 5) == expected, wanted
        if scanned == timeline.SCANNED and scanned > 60:
            assert timeline.number_of_sets(many, wanted) == (len(expected), False)


def test_pages_lead_back(many):
    everything = Wanted()
    first = timeline.sets(many, everything, Place(), 20)
    second = timeline.sets(many, everything, Place(after=first.older), 20)
    assert first.newer is None
    back = timeline.sets(many, everything, Place(before=second.newer), 20)
    assert [row.id for row in back.rows] == [row.id for row in first.rows]
    last = timeline.sets(many, everything, Place(before=0), 20)
    assert last.older is None
    assert [row.id for row in last.rows] == walked(many, everything, 20)[-20:]
    assert [row.id for row in timeline.sets(many, everything, Place(before=last.newer), 20).rows] == [
        row.id for row in second.rows
    ]


def test_a_page_before_the_newest_is_the_newest(many):
    newest = timeline.sets(many, Wanted(), Place(), 20)
    assert timeline.sets(many, Wanted(), Place(before=newest.rows[5].id), 20).rows == newest.rows


def test_people_are_found_by_hops(many):
    assert timeline.people(many) == [(1, "Person 1"), (2, "Person 2"), (3, "Person 3")]


def test_counts_stop_at_the_cap(many, monkeypatch):
    monkeypatch.setattr(timeline, "SCANNED", 10)
    assert timeline.number_of_sets(many, Wanted()) == (10, True)


def test_a_set_shows_its_first_changes_and_their_number(context):
    with unit_of_work() as session:
        bulk.add(session, Author, ({"name": f"A {n}", "sort_name": f"A {n}"} for n in range(7)))
    with unit_of_work() as session:
        make_tag(session)
    ids = context.scalars(select(ChangeSet.id).order_by(ChangeSet.id)).all()
    found = timeline.briefs(context(), ids, None)
    assert [change.label for change in found[ids[0]].changes] == ["A 0", "A 1", "A 2"]
    assert [found[one].count for one in ids] == [7, 1]
    assert timeline.briefs(context(), ids, ["tags"])[ids[0]].changes == []


def test_the_changes_of_a_set_are_paged_in_their_order(context):
    with unit_of_work() as session:
        bulk.add(session, Author, ({"name": f"A {n}", "sort_name": f"A {n}"} for n in range(7)))
        bulk.change(session, Author, Author.id > 0, {"country": "NL"})
    set_id = context.scalar(select(ChangeSet.id))
    seen, after = [], None
    while True:
        rows, after = timeline.of_set(context(), set_id, None, after, 4)
        seen += [(row.step, row.label) for row in rows]
        if after is None:
            break
    assert seen == [(step, f"A {n}") for step in (1, 2) for n in range(7)]


def edit(**values):
    with unit_of_work() as session:
        author = session.scalars(select(Author)).one()
        for name, value in values.items():
            setattr(author, name, value)


@pytest.fixture
def author(context):
    with unit_of_work() as session:
        author_id = make_author(session, name="Jane", country="NL").id
    edit(country="FR")
    edit(name="Joan", bio="x")
    edit(country="GB")
    return author_id


def test_a_record_as_it_was_after_each_change(context, author):
    rows = context.scalars(select(Change).order_by(Change.id)).all()
    states = [timeline.after_change(context(), "authors", author, row.id) for row in rows]
    assert [state.get("country", "GB") for state in states] == ["NL", "FR", "FR", "GB"]
    assert [state.get("name", "Joan") for state in states] == ["Jane", "Jane", "Joan", "Joan"]


def test_tags_as_they_were_after_each_change(context):
    with unit_of_work() as session:
        tags = [make_tag(session).id for _ in range(3)]
        post_id = make_post(session, tags=[session.get(Tag, tags[0])]).id
    for held in (tags, tags[1:], []):
        with unit_of_work() as session:
            session.get(Post, post_id).tags = [session.get(Tag, one) for one in held]
    rows = context.scalars(select(Change).where(Change.entity == "posts").order_by(Change.id)).all()
    assert [timeline.links_after(context(), row, "tags", []) for row in rows] == [
        {tags[0]}, set(tags), set(tags[1:]), set()
    ]  # fmt: skip


def test_a_record_is_filtered_by_field_person_and_time(context, author):
    session, parts = context(), [("authors", author)]
    fields = [row.fields for row in timeline.of_record(session, parts, Wanted(field="country"), None, 10)[0]]
    assert [text for text in fields if "name" not in text] == ["country", "country"]
    assert len(timeline.of_record(session, parts, Wanted(field="bio"), None, 10)[0]) == 2
    assert not timeline.of_record(session, parts, Wanted(field="io"), None, 10)[0]
    assert not timeline.of_record(session, parts, Wanted(by=5), None, 10)[0]
    assert len(timeline.of_record(session, parts, Wanted(by=timeline.NOBODY), None, 10)[0]) == 4
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert not timeline.of_record(session, parts, Wanted(since=tomorrow), None, 10)[0]
    assert len(timeline.of_record(session, parts, Wanted(until=tomorrow), None, 10)[0]) == 4
    assert timeline.number_of_changes(session, parts) == 4
    assert timeline.people_of(session, parts) == [(0, "Command line")]


def test_a_record_is_paged(context, author):
    rows, after = timeline.of_record(context(), [("authors", author)], Wanted(), None, 3)
    more, end = timeline.of_record(context(), [("authors", author)], Wanted(), after, 3)
    assert (len(rows), len(more), end) == (3, 1, None)


def test_the_last_name_of_what_is_gone(context):
    with unit_of_work() as session:
        tag = make_tag(session, name="old")
    with unit_of_work() as session:
        session.get(Tag, tag.id).name = "new"
    with unit_of_work() as session:
        session.delete(session.get(Tag, tag.id))
    assert timeline.last_labels(context(), {"tags": [tag.id, 99], "books": []}) == {("tags", tag.id): "new"}


def test_the_deleted_record_that_a_sentence_speaks_of(context):
    with unit_of_work() as session:
        user = make_user(session)
        post_id = make_post(session, author=user, title="News").id
    with unit_of_work() as session:
        changes.describe(session, "deletion", "deleted the post News", "posts")
        session.delete(session.get(Post, post_id))
    set_id = context.scalar(select(ChangeSet.id).where(ChangeSet.kind == "deletion"))
    assert timeline.main_record(context(), [set_id])[set_id].record_id == post_id
