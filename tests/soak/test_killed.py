"""kill -9 of a real server at random moments under load: every acknowledged write is there, no half of any.

`make soak` kills fifty times; `make test` a few times.
"""

import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import now
from models.book import Book
from models.change import Change, ChangeSet
from services import sign_in
from services.throttle import Origin
from tests.conftest import SECRET
from tests.databases import free_port
from tests.factories import make_author, make_user
from tests.forms import Document
from tests.soak import replay

KILLS = int(os.environ.get("SOAK_KILLS", "3"))
WRITERS = 4
ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A gunicorn of its own over the test's database, started and killed as often as one likes."""

    def __init__(self, database_url: str) -> None:
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE"))},
            **{"DATABASE_URL": database_url, "SECRET_KEY": SECRET, "PORT": str(self.port), "LOG_LEVEL": "ERROR"},
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True, **quiet)
        until = time.monotonic() + 60
        while not self.healthy():
            assert self.process.poll() is None, "the server ended"
            assert time.monotonic() < until, "the server did not start"
            threading.Event().wait(0.05)

    def healthy(self) -> bool:
        try:
            return bool(urllib.request.urlopen(f"{self.base}/healthz", timeout=1).status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Writer(threading.Thread):
    """Creates books through the form, and remembers which the server has acknowledged."""

    def __init__(self, server: Server, cookie: str, author_id: int, name: str) -> None:
        super().__init__(daemon=True)
        self.server, self.cookie, self.author_id, self.title = server, cookie, author_id, name
        self.acknowledged: list[str] = []
        self.tried = 0
        self.stop = threading.Event()
        self.wrong: list[int] = []

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.create()
            except (OSError, http.client.HTTPException):
                self.stop.wait(0.02)  # the server is being killed or starts again

    def create(self) -> None:
        page = self.open("/books/new")
        form = Document(page).form("title", "author")
        self.tried += 1
        title = f"{self.title} {self.tried}"
        data = form.filled({"title": title, "author": self.author_id, "price": "1"})
        if self.post("/books/new", data) == 303:
            self.acknowledged.append(title)

    def open(self, path: str) -> str:
        request = urllib.request.Request(self.server.base + path, headers={"Cookie": self.cookie})
        with urllib.request.urlopen(request, timeout=10) as answer:
            page = answer.read().decode()
            self.cookie = (answer.headers["Set-Cookie"] or self.cookie).partition(";")[0]
        return page

    def post(self, path: str, data: Any) -> int:
        body = urllib.parse.urlencode(data).encode()
        request = urllib.request.Request(self.server.base + path, data=body, headers={"Cookie": self.cookie})
        try:
            return int(OPENER.open(request, timeout=10).status)
        except urllib.error.HTTPError as answer:
            if answer.code >= 500 and answer.code != 503:
                self.wrong.append(answer.code)
            return answer.code


class Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


OPENER = urllib.request.build_opener(Unfollowed)


@pytest.fixture
def cookie(app, engine, session) -> str:
    user = make_user(session, role="editor")
    session.commit()
    with Session(engine) as opened:
        token = sign_in.begin(opened, user.id, Origin("127.0.0.1", "soak"), now(), app.config["COLOPHON"])
        opened.commit()
    return f"colophon={app.session_interface.get_signing_serializer(app).dumps({'sid': token})}"


def test_no_acknowledged_write_is_lost_and_none_is_half_done(site, session, engine, cookie):
    author = make_author(session)
    session.commit()
    server = Server(site.database.url)
    server.start()
    writers = [Writer(server, cookie, author.id, f"Writer {number}") for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    chance = random.Random(7)
    for _ in range(KILLS):
        threading.Event().wait(chance.uniform(0.3, 1.2))
        server.kill()
        server.start()
    for writer in writers:
        writer.stop.set()
        writer.join(20)
    server.kill()
    with Session(engine) as fresh:
        titles = set(fresh.scalars(select(Book.title)))
        acknowledged = {title for writer in writers for title in writer.acknowledged}
        assert acknowledged, "nothing was written"
        assert acknowledged <= titles
        created = fresh.scalar(select(func.count()).select_from(Change).where(Change.entity == "books"))
        assert created == len(titles)
        assert fresh.scalar(select(func.count()).select_from(ChangeSet).where(~ChangeSet.changes.any())) == 0
        assert replay.difference(fresh) == []
    assert [status for writer in writers for status in writer.wrong] == []
