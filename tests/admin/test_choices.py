"""The options of a choice as HTML."""

from admin import choices

STATUS = [("active", "Active"), ("out of print", "Out of print")]


def test_the_chosen_options_are_marked_and_no_others() -> None:
    html = choices.options([*STATUS, ("cancelled", "Cancelled")], ["active", "out of print"])
    assert html.count(" selected") == 2
    assert '<option value="active" selected>Active</option>' in html
    assert '<option value="out of print" selected>Out of print</option>' in html


def test_none_can_be_chosen() -> None:
    assert choices.options([("", "–"), *STATUS], [""]).startswith('<option value="" selected>–</option>')


def test_a_code_bears_its_name_as_a_title() -> None:
    assert choices.options([("EUR", "Euro")], [], codes=True) == '<option value="EUR" title="Euro">EUR</option>'


def test_what_was_typed_and_what_is_shown_cannot_break_out() -> None:
    html = choices.options([("a", "<b>")], ['"><script>'])
    assert html == '<option value="a">&lt;b&gt;</option>'
