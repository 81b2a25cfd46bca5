"""/healthz: the process is there. /readyz: it can do its work, that is, the database answers and is migrated."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from alembic.script import ScriptDirectory
from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from admin import allow
from extensions import db

bp = Blueprint("health", __name__)

VALID = 1.0  # seconds; a thousand questions a second cost the database one


@bp.get("/healthz")
@allow("anyone")
def live() -> ResponseReturnValue:
    return "alive\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/readyz")
@allow("anyone")
def ready() -> ResponseReturnValue:
    checked: Checked = current_app.extensions.setdefault("readiness", Checked(trouble))
    problem = checked.answer()
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return (f"{problem}\n", 503, headers | {"Retry-After": "5"}) if problem else ("ready\n", 200, headers)


@dataclass
class Checked:
    """An answer that is asked for at most once a second, by one thread."""

    ask: Callable[[], str]
    at: float = float("-inf")
    last: str = ""
    lock: Lock = field(default_factory=Lock)

    def answer(self) -> str:
        with self.lock:
            if time.monotonic() - self.at >= VALID:
                self.last, self.at = self.ask(), time.monotonic()
            return self.last


def trouble() -> str:
    """What keeps this process from working, or nothing."""
    try:
        with db.engine.connect() as connection:
            current = set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    except SQLAlchemyError:
        return "the database does not answer, or was never migrated"
    return "" if current == set(heads()) else "migrations are pending: flask db upgrade"


def heads() -> list[str]:
    """The newest migrations of this code."""
    return ScriptDirectory(current_app.extensions["migrate"].directory).get_heads()
