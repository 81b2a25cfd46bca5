"""The log: one line per request and per event. Text for people in development, one JSON object per line in production.

Whatever a stranger sends (names, addresses, agents) may end up in a line, so control characters are always escaped.
"""

import json
import logging
import re
import secrets
import sys
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from config import Config

log = logging.getLogger("colophon.request")

OWN_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# C0 (tab and newline too), DEL, C1, the other line ends, and the marks that turn the direction of text around.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
QUIET = ("static", "health.live", "health.ready")  # asked for so often that they would drown the rest


def register(app: Flask) -> None:
    """Name each request, and write a line when it is answered. Comes first, so that everything else has the name."""
    config: Config = app.config["COLOPHON"]
    if not config.testing:
        configure(config)
    app.before_request(begin)
    app.after_request(write)


def configure(config: Config) -> None:
    """Send everything to standard error, in the form the configuration names."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if config.log_format == "json" else Lines())
    logging.basicConfig(level=config.log_level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.started = time.perf_counter()


def write(response: Response) -> Response:
    level = logging.DEBUG if request.endpoint in QUIET else logging.INFO
    if log.isEnabledFor(level):
        log.log(level, "%s %s", request.method, route(), extra={"status": response.status_code, "ms": elapsed()})
    response.headers["X-Request-ID"] = request_id()
    return response


def route() -> str:
    """The rule, not the address: addresses hold search words and one-time tokens."""
    return request.url_rule.rule if request.url_rule else "(no route)"


def elapsed() -> float:
    return round((time.perf_counter() - g.started) * 1000, 1) if "started" in g else 0.0


def request_id() -> str:
    return str(g.get("request_id", ""))


def facts(record: logging.LogRecord) -> dict[str, Any]:
    """What the line says beside its message: the given values, the request and the person."""
    given = {name: value for name, value in vars(record).items() if name not in OWN_ATTRIBUTES}
    if has_request_context():
        given.setdefault("request", request_id())
        if g.get("person") is not None:
            given.setdefault("user", g.person.id)
    return given


def escaped(text: str) -> str:
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


class Lines(logging.Formatter):
    """«14:02:11 INFO  GET /books/ status=200 ms=12.1 request=ab12 user=3»"""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        values = "".join(f" {name}={value}" for name, value in facts(record).items())
        line = escaped(f"{at} {record.levelname:<7} {record.getMessage()}{values}")
        if record.exc_info:
            trace = self.formatException(record.exc_info).split("\n")
            line += "".join(f"\n    {escaped(part)}" for part in trace)
        return line


class JsonLines(logging.Formatter):
    """One object a line, in ASCII: every other character is escaped, so no value can begin a new line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": escaped(record.getMessage()),
            **facts(record),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
