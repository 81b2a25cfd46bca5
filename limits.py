"""What a request may look like at all: which host, how long an address, how large a body, how many fields."""

import re
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Flask, Request, abort, current_app, request, session
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter, ValidationError

from config import Config

LONGEST_QUERY = 8000
LARGEST_ID = 2**63 - 1
LOCAL = ("localhost", "127.0.0.1")
UPLOAD = ".upload"  # the end of the only endpoints that take a file
UPLOAD_PARTS = 20  # of a form with a file
IN_MEMORY = 100_000  # bytes of a file; more go to the disk while they come in


class Incoming(Request):
    """A request whose file is kept beside the uploads while it comes in: nameless, and gone with the request."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if not takes_file(self):
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        folder = current_app.config["COLOPHON"].uploads
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return SpooledTemporaryFile(IN_MEMORY, dir=folder)


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
    app.request_class = Incoming
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
    if takes_file(request):
        request.max_content_length, request.max_form_parts = config.max_upload, UPLOAD_PARTS
        if (request.content_length or 0) > config.max_upload:
            abort(413, f"A file may have up to {config.max_upload // 1_000_000} MB. Nothing was saved.")
    elif (request.content_length or 0) > config.max_body:
        abort(413)
    if request.mimetype == "multipart/form-data" and None in request.form:
        abort(400, "A part of the form has no name.")
    if request.mimetype == "application/x-www-form-urlencoded":
        body = request.get_data()
        # A body without a length is read as far as the limit and no further: what came then may not be all of it.
        cut_off = request.content_length is None and len(body) >= config.max_body
        if cut_off or body.count(b"&") >= config.max_fields:
            abort(413)


def takes_file(asked: Request) -> bool:
    """Whether it may be large: a file, sent by somebody who has signed in (the cookie is signed, so he once had)."""
    return asked.method == "POST" and (asked.endpoint or "").endswith(UPLOAD) and session.get("sid") is not None
