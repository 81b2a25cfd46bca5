"""What a request may look like at all: which host, how long an address, how large a body, how many fields."""

import re

from flask import Flask, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter, ValidationError

from config import Config

LONGEST_QUERY = 8000
LARGEST_ID = 2**63 - 1
LOCAL = ("localhost", "127.0.0.1")


class IdConverter(BaseConverter):
    """`<id:id>`: the digits of a number that a bigint column holds. Everything else is no address of ours: 404."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > LARGEST_ID:
            raise ValidationError
        return number


def register(app: Flask) -> None:
    config: Config = app.config["COLOPHON"]
    app.url_map.converters["id"] = IdConverter
    app.config["TRUSTED_HOSTS"] = trusted_hosts(config)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = config.max_body
    app.config["MAX_FORM_PARTS"] = config.max_fields
    if config.proxies:
        # The Host is not taken from a header of the proxy: let it pass Host on, as every proxy can.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=0)  # type: ignore[method-assign]

    @app.before_request
    def check() -> None:
        refuse_odd_target()
        refuse_long_query()
        refuse_large_body(config)


def trusted_hosts(config: Config) -> list[str] | None:
    """The hosts this server answers to. In development those of this machine, unless it listens to others too."""
    if config.trusted_hosts:
        return list(config.trusted_hosts)
    return list(LOCAL) if config.host in LOCAL else None


def refuse_odd_target() -> None:
    """HTTP/1.0 without a Host, and «GET http://elsewhere/»: both leave open which server is meant."""
    target = request.environ.get("RAW_URI", "/")
    if not request.environ.get("HTTP_HOST") or re.match(r"[A-Za-z]", target):
        abort(400, "The request does not say which server it is for.")


def refuse_long_query() -> None:
    if len(request.query_string) > LONGEST_QUERY:
        abort(414)


def refuse_large_body(config: Config) -> None:
    """413 for too many bytes or fields. Werkzeug counts the parts of a multipart body, but not urlencoded fields."""
    if (request.content_length or 0) > config.max_body:
        abort(413)
    if request.mimetype == "multipart/form-data" and None in request.form:
        abort(400, "A part of the form has no name.")
    if request.mimetype == "application/x-www-form-urlencoded":
        body = request.get_data()
        # A body without a length is read as far as the limit and no further: what came then may not be all of it.
        cut_off = request.content_length is None and len(body) >= config.max_body
        if cut_off or body.count(b"&") >= config.max_fields:
            abort(413)
