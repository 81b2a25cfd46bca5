"""The options of a choice as HTML."""

from admin import choices
from models.book import Book


def test_the_chosen_options_are_marked_and_no_others() -> None:
    html = choices.options(Book.status, ["active", "out of print"])
    assert html.count(" selected") == 2
    assert '<option value="active" selected>Active</option>' in html
    assert '<option value="out of print" selected>Out of print</option>' in html


def test_none_can_be_an_option_and_can_be_chosen() -> None:
    assert choices.options(Book.language, [""], empty=True).startswith('<option value="" selected>–</option>')
    assert "–" not in choices.options(Book.language, [])


def test_a_code_bears_its_name_as_a_title() -> None:
    html = choices.options(Book.currency, ["EUR"], codes=True)
    assert '<option value="EUR" selected title="Euro">EUR</option>' in html


def test_what_was_typed_marks_nothing_and_stays_outside() -> None:
    html = choices.options(Book.status, ['"><script>'])
    assert "script" not in html
    assert " selected" not in html
