"""Whole page or fragment, and which template."""

import pytest
from jinja2 import DictLoader, TemplateNotFound

from admin import page
from tests.entities import ENTITIES

ASKS = [
    ({}, False),
    ({"HX-Request": "true"}, True),
    ({"HX-Request": "true", "HX-Request-Type": "partial"}, True),
    ({"HX-Request": "true", "HX-Request-Type": "full"}, False),
    ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ({"HX-Request": "false"}, False),
    ({"HX-Request-Type": "partial"}, False),
]


@pytest.mark.parametrize(("headers", "fragment"), ASKS, ids=[str(headers) for headers, _ in ASKS])
def test_a_fragment_is_for_htmx_alone(app, headers, fragment):
    with app.test_request_context("/books/", headers=headers):
        assert page.wants_fragment() is fragment
        assert page.layout_name() == f"layouts/{'fragment' if fragment else 'page'}.html"


def test_an_entitys_own_template_goes_before_the_common_one(app, monkeypatch):
    templates = {"admin/x.html": "common {{ resource.entity }}", "books/x.html": "own {{ answer }}"}
    monkeypatch.setattr(app.jinja_env, "loader", DictLoader(templates))
    with app.test_request_context("/books/"):
        own = page.page("x", ENTITIES["books"], 422, answer=42)
        assert (own.get_data(as_text=True), own.status_code) == ("own 42", 422)
        assert page.page("x", ENTITIES["tags"]).data == b"common tags"
        assert {"HX-Request", "HX-Request-Type"} <= set(own.vary)
        with pytest.raises(TemplateNotFound):
            page.page("y", ENTITIES["books"])
    app.jinja_env.cache.clear()
