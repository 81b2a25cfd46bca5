"""Flask as we use it: what it would find out anew with each request, and what never changes here, is settled once."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class SignedCookie(SecureCookieSessionInterface):
    """Flask's own, whose signer is made once: a secret key does not change while a server runs."""

    @lru_cache(8)  # noqa: B019  as many applications as a test makes; each is kept anyway
    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        return super().get_signing_serializer(app)


class Application(Flask):
    """No view, hook or handler of ours is a coroutine, so none is looked at again and again whether it is."""

    session_interface = SignedCookie()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func
