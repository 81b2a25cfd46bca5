"""A control that is drawn once and filled in looks like one that is drawn anew."""

import pytest
from flask import render_template_string

from admin import controls, forms
from models.book import Book
from tests.entities import ENTITIES, each_entity, make_various

ANEW = '{% import "macros/fields.html" as fields with context %}{{ fields.field(field, currency) }}'


def both(field, currency=None):
    return str(controls.usual(field, currency)), render_template_string(ANEW, field=field, currency=currency)


@each_entity
def test_filled_in_is_as_drawn_anew(app, session, resource):
    records = [*(session.get(resource.model, key) for key in make_various(session, resource, 3)), resource.model()]
    with app.test_request_context("/"):
        for form in [forms.build(resource, record, None, {}) for record in records]:
            pairs = [both(f, form["currency"] if f.kind == "money" else None) for f in form]
    assert [filled for filled, anew in pairs if filled and filled != anew] == []
    assert any(filled for filled, _ in pairs)


@pytest.mark.parametrize(
    "text", ['"><script>', controls.VALUE, "<b>&amp;</b>", " \n two"], ids=["tag", "marker", "entity", "blanks"]
)
def test_a_value_is_always_text(app, text):
    with app.test_request_context("/"):
        form = forms.build(ENTITIES["books"], Book(title=text), None, {})
        filled, anew = both(form["title"])
    assert filled == anew != ""


def test_what_there_is_more_to_say_of_is_drawn_anew(app):
    with app.test_request_context("/"):
        form = forms.build(ENTITIES["books"], None, None, {})
        form["title"].errors, form["isbn"].changed = ["Title is missing."], True
        assert [controls.usual(form[name]) for name in ("title", "isbn", "author", "description")] == [""] * 4
