"""What a browser would run or load of a page, found in its parsed markup and not by patterns in its text."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

SCRIPTED = ("javascript", "vbscript", "data")
ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "srcset", "poster", "background", "cite", "ping")
NEVER = {"iframe", "object", "embed", "applet", "base", "frame", "frameset", "audio", "video", "img", "math", "style"}
IN_PROSE = {
    *(
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "div",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
    ),
    *("s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}


class Dom(HTMLParser):
    """Collects the dangers of a page: `found` is empty for a page that runs only our own scripts."""

    def __init__(self, html: str, only_prose: bool = False) -> None:
        super().__init__()
        self.found: list[str] = []
        self.only_prose = only_prose
        self._in_script = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script":
            self._in_script = True
            if not given.get("src", "").startswith("/static/"):
                self.found.append(f"script {given}")
        if tag in NEVER or (self.only_prose and tag not in IN_PROSE):
            self.found.append(f"element {tag} {given}")
        if tag == "meta" and "http-equiv" in given:
            self.found.append(f"meta {given}")
        self.found += [
            f"attribute of {tag}: {name}={value}" for name, value in given.items() if self.bad(tag, name, value)
        ]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._in_script = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.found.append(f"inline script {data[:80]}")

    def bad(self, tag: str, name: str, value: str) -> bool:
        if name.startswith("on") or name in ("style", "srcdoc"):
            return True
        if self.only_prose and name not in ("href", "title", "rel", "start"):
            return True
        return name in ADDRESSES and scripted(value)


def scripted(address: str) -> bool:
    """Whether a browser would run this address: it drops control characters and blanks before it reads the scheme."""
    seen = "".join(character for character in address if character > " ")
    scheme = seen.partition(":")[0].lower() if ":" in seen else ""
    if scheme in SCRIPTED:
        return True
    try:
        return urlsplit(seen).scheme not in ("", "http", "https", "mailto")
    except ValueError:
        return False
