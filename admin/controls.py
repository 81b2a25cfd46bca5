"""The controls of a form in their usual state: drawn once for each column, and filled in for each record."""

import secrets
from copy import copy
from typing import Any

from markupsafe import Markup, escape

from admin.forms import ValueField
from admin.parts import part

TYPED = ("text", "email", "url", "isbn", "slug", "integer", "decimal", "money", "date", "datetime", "textarea")
CHOSEN = {"choice": "selected", "radio": "checked"}
VALUE = f"value-{secrets.token_hex(8)}"  # stands for the value until it is known; nobody can write it into a template


def usual(field: Any, currency: Any = None) -> Markup | str:
    """The control, unless there is more to say of it than its value; then nothing, and the template draws it anew."""
    drawn = [one for one in (field, currency) if one is not None]
    if not all(is_usual(one) for one in drawn):
        return ""
    key = [(one.attribute.attr, one.width, one.readonly) for one in drawn]
    html = part("partials/control.html", *key, field=valueless(field), currency=currency and valueless(currency))
    for one in drawn:
        if one.kind in CHOSEN:
            here = Markup('value="{}"').format(one.data_value)
            html = html.replace(here, here + Markup(f" {CHOSEN[one.kind]}"), 1)  # noqa: S704 one of two words
    return html.replace(VALUE, escape(field.data_value))


def is_usual(field: Any) -> bool:
    known = isinstance(field, ValueField) and (field.kind in TYPED or field.kind in CHOSEN)
    return known and not (field.errors or field.changed or hasattr(field, "similar"))


def valueless(field: ValueField) -> ValueField:
    twin = copy(field)
    twin.raw_data, twin.data = None, VALUE
    return twin
