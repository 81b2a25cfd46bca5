"""A server of its own process over a test's database, a PostgreSQL that can be crashed, and people who talk HTTP."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from models.base import now
from services import sign_in
from services.throttle import Origin
from tests import databases
from tests.conftest import SECRET
from tests.forms import Document

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 60  # seconds: what takes longer has failed


class Server:
    """A gunicorn of its own over the test's database, started and killed as often as one likes."""

    def __init__(self, database_url: str, **settings: str) -> None:
        self.port = databases.free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE"))},
            **{"DATABASE_URL": database_url, "SECRET_KEY": SECRET, "PORT": str(self.port), "LOG_LEVEL": "ERROR"},
            "WORKER": "0",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True, **quiet)
        until(self.healthy)

    def healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the server ended"
        try:
            return bool(urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1).status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class OwnPostgreSQL:
    """A PostgreSQL that nobody else uses, so that it may be crashed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.identity = folder, databases.free_port(), databases.other_identity()
        if self.identity:
            os.chown(folder, self.identity["user"], self.identity["group"])
        self.programs = databases.reachable(databases.binaries(), folder, self.identity)
        databases.prepare(self.programs, folder, self.identity)

    def start(self) -> str:
        """Start it, and return its address once it answers."""
        self.process = databases.start(self.programs, self.folder, self.port, self.identity, kept=True)
        return databases.wait_until_ready(self.process, self.port)

    def crash(self) -> None:
        """What `pg_ctl -m immediate stop` does: every connection is cut, and the next start recovers from the log."""
        os.kill(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        self.stop()

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(LONGEST)


def until(true: Callable[[], Any]) -> None:
    """Wait for it; a failure when it takes too long."""
    deadline = time.monotonic() + LONGEST
    while not true():
        assert time.monotonic() < deadline, "this took too long"
        threading.Event().wait(0.05)


def cookie_of(app: Any, engine: Any, user_id: int) -> str:
    """The cookie of a user who has just signed in."""
    with Session(engine) as opened:
        token = sign_in.begin(opened, user_id, Origin("127.0.0.1", "soak"), now(), app.config["COLOPHON"])
        opened.commit()
    return f"colophon={app.session_interface.get_signing_serializer(app).dumps({'sid': token})}"


class Person:
    """Somebody with a browser: opens pages, sends forms, and counts what was answered."""

    def __init__(self, server: Server, cookie: str) -> None:
        self.server, self.cookie = server, cookie
        self.answers: Counter[int] = Counter()
        self.without_retry_after = 0

    def open(self, path: str) -> str:
        status, page = self.ask("GET", path)
        assert status == 200, f"{path} answers {status}: {page}"
        return page

    def fill_in(self, path: str, values: dict[str, Any]) -> tuple[int, str]:
        """Open the page, fill in its form, send it: (status, page)."""
        return self.send(path, self.filled(path, values))

    def filled(self, path: str, values: dict[str, Any]) -> Any:
        return Document(self.open(path)).form(*values).filled(values)

    def send(self, path: str, fields: Any) -> tuple[int, str]:
        return self.ask("POST", path, urllib.parse.urlencode(fields))

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        """(status, page, or where a redirect leads). Raises Unavailable for a 503, and OSError without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=LONGEST)
        headers = {"Cookie": self.cookie, **({"Content-Type": "application/x-www-form-urlencoded"} if body else {})}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
        finally:
            connection.close()
        self.answers[answer.status] += 1
        self.cookie = (answer.headers["Set-Cookie"] or self.cookie).partition(";")[0]
        if answer.status == 503:
            self.without_retry_after += "Retry-After" not in answer.headers
            raise Unavailable
        return answer.status, answer.headers["Location"] or page


class Unavailable(Exception):
    """The server said 503: nothing was written, come again."""


class Writer(threading.Thread):
    """Creates books through the form without end, and remembers which the server has acknowledged."""

    def __init__(self, person: Person, author_id: int, name: str) -> None:
        super().__init__(daemon=True)
        self.person, self.author_id, self.title = person, author_id, name
        self.acknowledged: list[str] = []
        self.tried = self.unanswered = 0
        self.ending = threading.Event()

    def run(self) -> None:
        while not self.ending.is_set():
            try:
                self.create()
            except Unavailable:
                self.ending.wait(0.05)
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                self.ending.wait(0.02)

    def create(self) -> None:
        fields = self.person.filled("/books/new", {"author": self.author_id, "price": "1", "title": self.next_title()})
        if self.person.send("/books/new", fields)[0] == 303:
            self.acknowledged.append(f"{self.title} {self.tried}")

    def next_title(self) -> str:
        self.tried += 1
        return f"{self.title} {self.tried}"

    def end(self) -> None:
        self.ending.set()
        self.join(LONGEST)


def at_once(people: Sequence[Person], work: Callable[[int, Person, threading.Barrier], Any]) -> list[Any]:
    """The results of work(number, person, start) in one thread each; `start.wait()` lets all go on together."""
    start = threading.Barrier(len(people), timeout=LONGEST)
    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(lambda pair: work(*pair, start), enumerate(people)))
