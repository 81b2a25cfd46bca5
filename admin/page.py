"""Which template a screen is shown with, and whether the frame stands around it."""

from functools import lru_cache
from typing import Any

from flask import Response, current_app, make_response, request
from jinja2 import Environment

from admin.resource import Resource


def wants_fragment() -> bool:
    """Whether htmx asks for a part of the page. The only reader of its headers."""
    if request.headers.get("HX-History-Restore-Request") == "true":
        return False
    return (
        request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type", "partial") == "partial"
    )


def in_panel() -> bool:
    """Whether the part is meant for the panel beside a list."""
    return wants_fragment() and request.headers.get("HX-Target") == "panel"


def layout_name() -> str:
    if in_panel():
        return "layouts/panel.html"
    return "layouts/fragment.html" if wants_fragment() else "layouts/page.html"


def page(name: str, resource: Resource, status: int = 200, **context: Any) -> Response:
    """Render `books/NAME.html` if there is one, else `admin/NAME.html`."""
    candidates = (f"{resource.entity}/{name}.html", f"admin/{name}.html")
    env = current_app.jinja_env
    template = env.get_template(there(env, candidates))
    current_app.update_template_context(context)
    html = template.render(**context, resource=resource, tried=candidates)
    return vary(make_response(html, status))


@lru_cache(256)  # looking for a file that is not there takes as long as writing out ten rows
def there(env: Environment, candidates: tuple[str, ...]) -> str:
    """The first of these templates that there is."""
    return str(env.select_template(candidates).name)


def vary(response: Response) -> Response:
    response.vary.update(("HX-Request", "HX-Request-Type", "HX-Target"))
    return response
