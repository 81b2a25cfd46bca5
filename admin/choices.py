"""The options of a choice as HTML. There may be hundreds (countries, currencies), so they are written once."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from markupsafe import Markup

from admin.attributes import describe

BY_LABEL = Markup('<option value="{0}">{1}</option>')
BY_CODE = Markup('<option value="{0}" title="{1}">{0}</option>')


def options(attr: Any, chosen: Iterable[str], empty: bool = False, codes: bool = False) -> Markup:
    """The options of this attribute, those chosen marked. `empty`: none is one too; `codes`: they show the value."""
    html = written(attr, empty, codes)
    for value in chosen:
        here = Markup('value="{}"').format(value)
        html = html.replace(here, here + Markup(" selected"), 1)
    return html


@cache
def written(attr: Any, empty: bool, codes: bool) -> Markup:
    choices = [*([("", "–")] if empty else []), *describe(attr).choices.items()]
    return Markup("").join((BY_CODE if codes else BY_LABEL).format(*choice) for choice in choices)
