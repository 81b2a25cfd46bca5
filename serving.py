"""`flask serve`: make the database ready, one starting process at a time, and be the server."""

import ctypes
import fcntl
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask_migrate import upgrade
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from config import ROOT, Config
from extensions import db
from models.base import now
from models.user import Role, User
from services import sign_in
from services.unit_of_work import unit_of_work

ARENA_MAX = -8  # mallopt(3): M_ARENA_MAX
LOCK = 7_205_002  # PostgreSQL's advisory lock of a starting server
JOBS = (sys.executable, "-m", "flask", "--app", "app", "worker", "--parent")
PAUSE = 5  # seconds before a worker for jobs that has ended is started again
LAST_WORDS = 10  # seconds that it has to put back what it does


class PortTaken(Exception):
    """Somebody listens at our address already."""


# Ready


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Let one process at a time in, whoever comes meanwhile waits: several servers may start on an empty database."""
    with locked_file(engine) if engine.dialect.name == "sqlite" else locked_database(engine):
        yield


@contextmanager
def locked_file(engine: Engine) -> Iterator[None]:
    """A file beside the database. The lock goes with the process, so that a killed one keeps nobody out."""
    path = Path(engine.url.database or "colophon.db")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".starting").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def locked_database(engine: Engine) -> Iterator[None]:
    """An advisory lock of one transaction, which also holds behind a pooler, without the time limits of pages."""
    with engine.connect() as connection, connection.begin():
        for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {limit} = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield


def prepare(fill: Callable[[Session], Any] | None) -> str | None:
    """Bring the database up to date, and fill it when nobody is in it and `fill` is given.

    Returns the token of a link for the first administrator; None where there is none, or in production.
    """
    config: Config = current_app.config["COLOPHON"]
    with alone(db.engine):
        if pending():
            upgrade()
        if fill and nobody():
            with unit_of_work() as session:
                fill(session)
        return None if config.is_production else first_link(config)


def pending() -> bool:
    """Whether the database is older than the code. Asked first, because an upgrade that does nothing takes its time."""
    heads = ScriptDirectory(current_app.extensions["migrate"].directory).get_heads()
    with db.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) != set(heads)


def nobody() -> bool:
    return db.session.scalar(select(User.id).limit(1)) is None


def first_link(config: Config) -> str | None:
    """A one-time link for the administrator who was there first."""
    with unit_of_work() as session:
        admins = select(User.id).where(User.role == Role.ADMIN, User.is_active)
        first = session.scalar(admins.order_by(User.id).limit(1))
        return sign_in.make_link(session, first, now(), config) if first is not None else None


# Serve


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn in this process, with the application that is loaded already."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        super().__init__()

    def load_config(self) -> None:
        for name, value in settings(self.app.config["COLOPHON"]).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app

    def run(self) -> None:
        share_heaps()
        Master(self).run()


def share_heaps() -> None:
    """Let the threads of a worker share two heaps: glibc gives each its own, which keeps what it once needed."""
    with suppress(AttributeError):  # another C library has no such thing
        ctypes.CDLL(None).mallopt(ARENA_MAX, 2)


class Master(Arbiter):  # type: ignore[misc]
    """gunicorn's, which also keeps a worker for jobs: a process of its own, so that pages do not wait for it."""

    jobs: subprocess.Popen[bytes] | None = None
    begun = float("-inf")

    def manage_workers(self) -> None:
        """Called every second."""
        super().manage_workers()
        if not self.app.app.config["COLOPHON"].worker:
            return
        gone = self.jobs is None or self.jobs.poll() is not None
        if gone and time.monotonic() - self.begun > PAUSE:
            command = [*JOBS, str(os.getpid())]
            # Out of reach of Ctrl-C, which is for us; we end it.
            self.jobs = subprocess.Popen(command, cwd=ROOT, start_new_session=True)  # noqa: S603  our own command
            self.begun = time.monotonic()

    def stop(self, graceful: bool = True) -> None:
        if self.jobs is not None:
            self.jobs.terminate()
        super().stop(graceful)
        if self.jobs is not None:
            end(self.jobs)
            self.jobs = None


def end(process: subprocess.Popen[bytes]) -> None:
    """It was asked to; whoever does not answer is ended, and nothing of it is half done."""
    try:
        process.wait(LAST_WORDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class OwnLogger(Logger):  # type: ignore[misc]
    """What gunicorn says goes where everything else goes."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


def settings(config: Config) -> dict[str, Any]:
    """gunicorn's settings. SQLite has one writer, so one process; threads are for those who wait."""
    one = config.database_url.startswith("sqlite") or not config.is_production
    shared_memory = Path("/dev/shm")  # noqa: S108  a heartbeat file on a slow disk makes workers look dead
    return {
        "bind": address(config),
        "workers": 1 if one else max(1, config.web_concurrency),
        "worker_class": "gthread",
        "threads": 8,
        "worker_tmp_dir": str(shared_memory) if shared_memory.is_dir() else None,
        "umask": 0o027,
        "control_socket_disable": True,
        "accesslog": None,
        "logger_class": OwnLogger,
        "limit_request_line": 8190,
        "limit_request_fields": 60,
        "timeout": 60,
        "graceful_timeout": 20,
        "keepalive": 5,
        # The scheme is told by the proxies we count (PROXIES), and by nobody else.
        "secure_scheme_headers": {},
        "forwarder_headers": "",
    }


def address(config: Config) -> str:
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"{host}:{config.port}"


def refuse_taken_port(config: Config) -> None:
    """Raise PortTaken, rather than print a link to somebody else's server."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise PortTaken(f"{address(config)} cannot be used: {error.strerror}.") from error
