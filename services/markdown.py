"""Markdown → HTML that is safe to show. The page and the preview call the same function."""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

renderer = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

TAGS = set(
    "a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul".split()  # noqa: SIM905 shorter than the list
)
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


def render(text: str | None) -> Markup:
    """Rendered without raw HTML, then cleaned by an allow-list: no script, style, class, id or odd scheme passes."""
    if not text:
        return Markup("")
    clean = nh3.clean(
        renderer.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704 the line above is what makes it safe
