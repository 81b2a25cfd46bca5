"""Parts of pages that many requests share: rendered once, and kept as text.

A part is given all that it shows and knows nothing of the request: nobody's page can hold what was meant for another.
Only the safety token of its forms is each session's own, and put in afterwards.
"""

import secrets
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

from flask import current_app, g
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

MOST = 200  # some 20 kB each
MARK = f"token-{secrets.token_hex(8)}"  # nobody can write it into a part
_lock = Lock()


def part(template: str, *key: Hashable, **shown: Any) -> Markup:
    """The template rendered with `shown`, or as it was before for the same `key`, which must say all that differs."""
    kept: OrderedDict[Hashable, str] = current_app.extensions.setdefault("parts", OrderedDict())
    place = (template, key)
    with _lock:
        if place in kept:
            kept.move_to_end(place)
            return with_token(kept[place])
    html = current_app.jinja_env.get_template(template).render(shown, csrf_token=lambda: MARK)
    if current_app.debug:
        return with_token(html)  # somebody is writing it just now
    with _lock:
        kept[place] = html
        if len(kept) > MOST:
            kept.popitem(last=False)
    return with_token(html)


def with_token(html: str) -> Markup:
    return Markup(html.replace(MARK, token()) if MARK in html else html)  # noqa: S704 the template escapes


def token() -> str:
    """The safety token of this session's forms, signed once per request."""
    if "token" not in g:
        g.token = generate_csrf()
    return str(g.token)


def forget_token() -> None:
    """The session is another's from here on."""
    for name in ("token", "csrf_token"):  # ours, and Flask-WTF's
        g.pop(name, None)
