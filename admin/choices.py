"""The options of a choice as HTML. There may be hundreds (countries, currencies), so they are written once."""

from collections.abc import Iterable
from functools import lru_cache

from markupsafe import Markup

Pairs = Iterable[tuple[str, str]]  # value, label

BY_LABEL = Markup('<option value="{0}">{1}</option>')
BY_CODE = Markup('<option value="{0}" title="{1}">{0}</option>')


def options(pairs: Pairs, chosen: Iterable[str], codes: bool = False) -> Markup:
    """The options, those chosen marked. `codes`: they show their value, and the label as a title."""
    html = written(tuple(pairs), codes)
    for value in chosen:
        here = Markup('value="{}"').format(value)
        html = html.replace(here, here + Markup(" selected"), 1)
    return html


@lru_cache(256)
def written(pairs: tuple[tuple[str, str], ...], codes: bool) -> Markup:
    return Markup("").join((BY_CODE if codes else BY_LABEL).format(*pair) for pair in pairs)
