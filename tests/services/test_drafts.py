"""Drafts in the database: one per person and record, of bounded size and number, and nobody else's."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.base import now
from models.change import Change, ChangeSet
from models.draft import Draft
from services import drafts
from services.drafts import Place
from tests.factories import make_user


@pytest.fixture
def place(session):
    return Place(make_user(session).id, "posts", 7)


def test_a_draft_is_kept_and_found(session, place):
    moment = now()
    assert drafts.keep(session, place, 3, {"title": ["Émile"], "tags-remove": ["1", "2"]}, moment)
    kept = drafts.find(session, place)
    assert (kept.version, kept.saved_at) == (3, moment)
    assert kept.texts == {"title": ["Émile"], "tags-remove": ["1", "2"]}


def test_the_next_one_takes_its_place_but_not_at_once(session, place):
    moment = now()
    drafts.keep(session, place, 3, {"title": ["one"]}, moment)
    assert not drafts.keep(session, place, 3, {"title": ["two"]}, moment + timedelta(seconds=4))
    assert drafts.find(session, place).texts == {"title": ["one"]}
    assert drafts.keep(session, place, 4, {"title": ["three"]}, moment + timedelta(seconds=5))
    kept = drafts.find(session, place)
    assert (kept.version, kept.texts) == (4, {"title": ["three"]})
    assert session.scalar(select(func.count()).select_from(Draft)) == 1


def test_nobody_finds_the_draft_of_somebody_else(session, place):
    drafts.keep(session, place, 1, {"title": ["mine"]}, now())
    other = make_user(session).id
    assert drafts.find(session, Place(other, "posts", 7)) is None
    drafts.forget(session, Place(other, "posts", 7))
    assert drafts.find(session, place) is not None


def test_drafts_of_other_records_and_of_new_ones_are_their_own(session, place):
    new = Place(place.user_id, "posts")
    for each, text in ((place, "seven"), (new, "new"), (Place(place.user_id, "authors", 7), "author")):
        drafts.keep(session, each, 0, {"title": [text]}, now())
    assert drafts.find(session, place).texts == {"title": ["seven"]}
    assert drafts.find(session, new).texts == {"title": ["new"]}
    drafts.forget(session, new)
    assert drafts.find(session, new) is None
    assert drafts.find(session, place) is not None


@pytest.mark.parametrize("letter", ["x", "é", "李"])
def test_a_draft_has_at_most_200_000_bytes(session, place, letter):
    fits = (drafts.LARGEST - 20) // len(letter.encode())
    assert drafts.keep(session, place, 1, {"content": [letter * fits]}, now())
    with pytest.raises(drafts.TooLarge):
        drafts.keep(session, place, 1, {"content": [letter * (drafts.LARGEST // len(letter.encode()) + 1)]}, now())


def test_of_one_person_the_newest_fifty_stay_and_nothing_for_ever(session, place):
    moment = now()
    other = Place(make_user(session).id, "posts", 1)
    drafts.keep(session, other, 1, {"title": ["x"]}, moment - timedelta(days=10))
    for number in range(drafts.MOST + 3):
        drafts.keep(session, Place(place.user_id, "posts", number + 1), 1, {}, moment + timedelta(seconds=number))
    kept = set(session.scalars(select(Draft.record_id).where(Draft.user_id == place.user_id)))
    assert kept == set(range(4, drafts.MOST + 4))
    assert drafts.find(session, other) is not None
    drafts.keep(session, place, 1, {}, moment + drafts.KEPT)
    assert drafts.find(session, other) is None


def test_drafts_leave_no_history_and_go_with_their_user(session, place):
    drafts.keep(session, place, 1, {"title": ["x"]}, now())
    drafts.forget(session, place)
    drafts.keep(session, place, 1, {"title": ["x"]}, now())
    assert session.scalar(select(func.count()).select_from(Change).where(Change.entity == "drafts")) == 0
    assert "drafts" not in set(session.scalars(select(ChangeSet.entity)))
