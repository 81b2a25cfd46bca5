"""Where one may be sent next: only to a place on this server."""

LONGEST = 2000


def own_path(text: str | None, default: str = "/") -> str:
    """The text when it is a path of this server («/books/?q=le»), else `default`.

    Browsers read «\\\\» as «/», drop tabs and line ends, and take «//host» for another server; so none of these may
    occur, rather than be repaired.
    """
    return text if text and is_own_path(text) else default


def is_own_path(text: str) -> bool:
    path = text.partition("?")[0].partition("#")[0]
    return (
        text.startswith("/")
        and "//" not in path
        and "\\" not in text
        and text.isprintable()
        and " " not in text
        and len(text) <= LONGEST
    )
