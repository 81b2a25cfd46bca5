"""Parts of pages that many requests share: rendered once, and kept as text.

A part is given all that it shows and knows nothing of the request: nobody's page can hold what was meant for another.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

from flask import current_app
from markupsafe import Markup

MOST = 500
_lock = Lock()


def part(template: str, *key: Hashable, **shown: Any) -> Markup:
    """The template rendered with `shown`, or as it was before for the same `key`, which must say all that differs."""
    kept: OrderedDict[Hashable, Markup] = current_app.extensions.setdefault("parts", OrderedDict())
    place = (template, key)
    with _lock:
        if place in kept:
            kept.move_to_end(place)
            return kept[place]
    html = Markup(current_app.jinja_env.get_template(template).render(shown))  # noqa: S704 the template escapes
    if current_app.debug:
        return html  # somebody is writing it just now
    with _lock:
        kept[place] = html
        if len(kept) > MOST:
            kept.popitem(last=False)
    return html
