"""The headers of every answer, and the refusal of unsafe requests that come from another site."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, request

from config import Config

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SAFE = ("GET", "HEAD", "OPTIONS")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
UNUSED = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb")

ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
}
PRODUCTION = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def register(app: Flask) -> None:
    config: Config = app.config["COLOPHON"]
    app.wsgi_app = adding(app.wsgi_app, ALWAYS | (PRODUCTION if config.is_production else {}))  # type: ignore[method-assign, assignment]

    @app.before_request
    def check() -> None:
        if request.method not in SAFE and comes_from_elsewhere():
            abort(403, "This request was sent by a page of another site, so it was not carried out.")

    @app.after_request
    def add(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code < 400:
            response.cache_control.immutable = True  # another content has another address
            response.headers.pop("Last-Modified", None)  # the tag says it already, and a list loads a dozen files
        else:
            response.headers["Cache-Control"] = "no-store"
            response.vary.add("Cookie")
        return response


def adding(answer: "WSGIApplication", fixed: Mapping[str, str]) -> "WSGIApplication":
    """The same with these headers on whatever is answered. Nobody else sets them, so there is none to look for."""
    more = list(fixed.items())

    def call(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        def begin(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            return start(status, headers + more, *error)

        return answer(environ, begin)

    return call


def comes_from_elsewhere() -> bool:
    """What the browser itself says of the sender. Programs say nothing; for them the CSRF token is the check."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    # The host alone: behind a proxy that ends TLS the scheme may differ.
    return origin is not None and origin.partition("://")[2] != request.host
