"""Words of a file: what cannot be read is counted by word, and what somebody says of a word counts in all its rows."""

from functools import partial

import pytest
from flask import g

from admin.imports import alike
from admin.imports.ledger import Ledger
from models.user import Role
from services.work import person_of
from tests.admin.imports.files import File
from tests.factories import make_author, make_tag, make_user


@pytest.fixture
def file(tmp_path, context, session):
    g.person = person_of(session, make_user(session, role=Role.ADMIN).id)
    make_author(session, name="Jane Austen")
    return partial(File, tmp_path, "books", "title author price format")


def rows(*cells):
    return [(f"Book {number}", *row) for number, row in enumerate(cells)]


def words(sent, field, kind="unread"):
    with Ledger.open(sent.ledger) as ledger:
        return [(word.text, word.rows) for word in ledger.names(field, kind, 10)]


AUSTEN = "Jane Austen"


def test_words_that_cannot_be_read_are_counted_those_of_most_rows_first(context, session, file):
    formats = ["Slipcase", "slipcase ", "Pulp", "Hardback", "SLIPCASE"]
    sent = file(*rows(*((AUSTEN, "1", text) for text in formats)))
    found = sent.check(context)
    assert (found.new, found.invalid, found.unread) == (1, 4, {"format": 2})
    assert words(sent, "format") == [("Slipcase", 3), ("Pulp", 1)]


def test_a_word_of_which_there_may_be_any_number_is_one_only_in_several_rows(context, session, file):
    sent = file(*rows((AUSTEN, "free", ""), (AUSTEN, "free", ""), (AUSTEN, "ask", "")))
    assert sent.check(context).unread == {"price": 1}
    assert words(sent, "price") == [("free", 2)]


def test_what_no_two_records_share_is_no_word(context, session, tmp_path, file):
    sent = File(tmp_path, "books", "title isbn author price", *(("Emma", "978", AUSTEN, "1") for _ in range(3)))
    assert sent.check(context).unread == {}


def test_what_a_word_means_counts_in_all_its_rows_and_is_said(context, session, file):
    sent = file(*rows((AUSTEN, "1", "Slipcase"), (AUSTEN, "1", "SLIPCASE"), (AUSTEN, "1", "Pulp")))
    found = sent.planned(words={"format": {"slipcase": "hardback", "Pulp": "-"}}).check(context)
    assert (found.new, found.unread) == (3, {})
    assert [line.values["format"] for line in sent.lines("new")] == ["hardback", "hardback", ""]
    assert ("format", "«Slipcase» read as «Hardback»", 1) in found.repairs


def test_a_meaning_that_cannot_be_read_is_asked_for_again(context, session, file):
    sent = file(*rows((AUSTEN, "free", ""), (AUSTEN, "free", "")))
    found = sent.planned(words={"price": {"free": "nothing at all"}}).check(context)
    assert (found.invalid, found.unread) == (2, {"price": 1})
    assert words(sent, "price") == [("free", 2)]


def test_a_single_correction_wins_over_what_its_word_means(context, session, file):
    make_author(session, name="Anne Brontë")
    sent = file(*rows(("J. Austen", "free", "Slipcase"), ("J. Austen", "free", "Slipcase")))
    meant = {"author": {"J. Austen": AUSTEN}, "price": {"free": "0"}, "format": {"slipcase": "hardback"}}
    single = {"3": {"author": "Anne Brontë", "price": "2.50", "format": "e-book"}}
    assert sent.planned(words=meant, fixes=single).check(context).new == 2
    first, second = (line.values for line in sent.lines("new"))
    assert (first["author"], first["price"], first["format"]) == (AUSTEN, "0.00", "hardback")
    assert (second["author"], second["price"], second["format"]) == ("Anne Brontë", "2.50", "e-book")


def test_a_name_means_somebody_who_is_there_or_somebody_new(context, session, file):
    le_guin = make_author(session, name="Ursula K. Le Guin", email="ursula@example.org")
    names = ["Le Guin, U.", "LE GUIN,  U.", "Le Guin", "UKLG", "Wolf, V."]
    sent = file(*rows(*((name, "1", "") for name in names)))
    assert sent.check(context).missing == {"author": 4}
    assert words(sent, "author", "missing")[0] == ("Le Guin, U.", 2)
    meant = {"Le Guin, U.": "ursula k. le guin", "Le Guin": "ursula@example.org", "UKLG": str(le_guin.id)}
    sent.planned(words={"author": {**meant, "Wolf, V.": "Virginia Woolf"}}, create=["author"])
    found = sent.check(context)
    assert (found.new, found.missing) == (5, {"author": 1})
    assert words(sent, "author", "missing") == [("Virginia Woolf", 1)]
    sent.run()
    assert sorted(len(author.books) for author in session.query(type(le_guin))) == [0, 1, 4]


def test_a_name_that_means_nobody_is_a_word_that_leads_nowhere(context, session, file):
    sent = file(*rows(("nobody@example.org", "1", ""), ("77777", "1", "")))
    assert sent.check(context).unread == {"author": 2}
    assert dict(words(sent, "author")) == {"nobody@example.org": 1, "77777": 1}


def test_a_tag_in_a_list_means_another(context, session, tmp_path, file):
    poetry = make_tag(session, name="Poetry")
    sent = File(tmp_path, "posts", "title slug tags", ("A", "a", "Verse, Prose"), ("B", "b", "verse; Poetry"))
    sent.planned(words={"tags": {"verse": "Poetry"}}, create=["tags"], fixed={"author": str(g.person.id)})
    found = sent.check(context)
    assert (found.new, found.missing) == (2, {"tags": 1}), sent.problems()
    sent.run()
    assert len(poetry.posts) == 2


def test_who_is_called_alike_stands_beside_the_names_of_most_rows(context, session, file, monkeypatch):
    monkeypatch.setattr(alike, "MOST", 1)
    sent = file(*rows(("Jane Austin", "1", ""), ("Jane Austin", "1", ""), ("Jayne Austen", "1", "")))
    sent.check(context)
    with Ledger.open(sent.ledger) as ledger:
        often, seldom = ledger.names("author", "missing", 10)
    assert [label for _, label, _ in often.candidates] == [AUSTEN]
    assert seldom.candidates == []
