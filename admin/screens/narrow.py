"""A list that takes too long ends in time, and says in words what to make narrower."""

from collections.abc import Callable
from functools import wraps

from flask import make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from admin.chips import chips
from admin.page import page, wants_fragment
from admin.resource import Resource
from admin.screens import listing
from extensions import db, ran_out_of_time

TOO_LONG = 400  # the address asks for too much: asking again would not help, so it is no 503


def in_time(
    screen: Callable[[Resource], ResponseReturnValue], briefly: str = ""
) -> Callable[[Resource], ResponseReturnValue]:
    """The screen of a list; when its statement is broken off, the page that says what to narrow.

    `briefly` says it where the answer was to be a part of a page.
    """

    @wraps(screen)
    def call(resource: Resource) -> ResponseReturnValue:
        try:
            return screen(resource)
        except OperationalError as error:
            if not ran_out_of_time(error):
                raise
            db.session.rollback()
            return make_response(briefly) if briefly and wants_fragment() else too_long(resource)

    return call


def too_long(resource: Resource) -> ResponseReturnValue:
    asked = listing.parsed(resource, request.args)
    names = listing.names(db.session(), asked)
    usual = resource.by_name[resource.sort.removeprefix("-")].heading.lower()
    return page("narrow", resource, TOO_LONG, query=asked, chips=chips(asked, names), names=names, usual=usual)
