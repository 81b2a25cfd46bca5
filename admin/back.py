"""The way back to the same place in the list: an own address of that list, carried along or told by the browser."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Request, url_for

from admin.resource import Resource

LONGEST = 2000
OF_A_ROW = ("saved", "only")


def to_list(resource: Resource, request: Request) -> str | None:
    """The list one came from: `back` of the form or address, else the page before. None when it was another page."""
    given = request.form.get("back") or request.args.get("back")
    if given:
        return own_list(resource, given)
    if not request.referrer:
        return None
    try:
        before = urlsplit(request.referrer)
    except ValueError:
        return None  # «http://[» is no address
    if before.netloc != request.host:
        return None
    return own_list(resource, before.path + (f"?{before.query}" if before.query else ""))


def own_list(resource: Resource, address: str) -> str | None:
    """The address if it is one of this resource's list, else None."""
    home = url_for(f"{resource.entity}.listing")
    fine = (
        len(address) <= LONGEST and address.partition("?")[0] == home and address.isprintable() and "\\" not in address
    )
    return address if fine else None


def marked(address: str, record_id: int) -> str:
    """The list's address with the row to mark."""
    return changed(address, saved=str(record_id))


def alone(address: str, record_id: int) -> str:
    """The list's address with one row of it alone, as it is now."""
    return changed(address, only=str(record_id))


def whole(address: str) -> str:
    """The list's address, where it was for one row alone."""
    return changed(address)


def changed(address: str, **words: str) -> str:
    """The address with these words, and without the ones that speak of a single row."""
    path, _, query = address.partition("?")
    pairs = [(name, text) for name, text in parse_qsl(query, keep_blank_values=True) if name not in OF_A_ROW]
    text = urlencode([*pairs, *words.items()])
    return f"{path}?{text}" if text else path
