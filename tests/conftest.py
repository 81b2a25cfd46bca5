"""What tests are given. Every test that asks for `app` (or for anything made of it) runs on SQLite and on PostgreSQL.

The databases are migrated by the real migrations once per process; tests commit for real, and after each test its
database is emptied. So threads may race in them, and nothing is hidden by a transaction that is never ended.
"""

import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.serving import ThreadedWSGIServer

from app import create_app
from config import Config
from extensions import db
from models.session import UserSession
from models.user import Role, User
from services import search, sign_in
from tests import browsers, databases, factories
from tests.recorder import Statements, recorded

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SHARED_DATA") or ROOT.parent / "shared" / "data")
IN_CI = os.environ.get("CI") == "true"
RESULTS = tempfile.TemporaryDirectory(prefix="colophon-results-")  # goes with the process
SECRET = "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ"

hypothesis.settings.register_profile(
    "colophon",
    deadline=None,  # two cores are shared by the workers, a server and a browser
    derandomize=IN_CI,
    phases=[phase for phase in hypothesis.Phase if not (IN_CI and phase.name in ("shrink", "explain"))],  # minutes each
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("colophon")


# --- one PostgreSQL for all processes of a run ---------------------------------------------------------------------

ENDING = pytest.StashKey[ExitStack]()
SERVER = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ENDING] = ExitStack()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[ENDING].close()


def server_address(config: pytest.Config) -> str:
    """The address of the run's server, started when first asked for. Raises NoServer."""
    if SERVER not in config.stash:
        config.stash[SERVER] = config.stash[ENDING].enter_context(databases.server())
    return config.stash[SERVER]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist starts a worker: the controlling process has the server, the worker is told its address."""
    try:
        node.workerinput["postgresql"] = server_address(node.config)
    except databases.NoServer as error:
        node.workerinput["postgresql_missing"] = str(error)


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> str:
    """The address of a database in which one may create others."""
    told = getattr(request.config, "workerinput", {})
    if "postgresql_missing" in told:
        pytest.fail(told["postgresql_missing"])
    try:
        return told.get("postgresql") or server_address(request.config)
    except databases.NoServer as error:
        pytest.fail(str(error))


# --- nothing leaves this machine -----------------------------------------------------------------------------------


def refuse_to_leave(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: the application connects to nobody but its databases, and those do not go through Python."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if not (host.startswith("127.") or host in ("::1", "localhost")):
            raise AssertionError(f"A test tried to connect to {host}.")


sys.addaudithook(refuse_to_leave)


# --- the application on each database ------------------------------------------------------------------------------


@dataclass
class Site:
    """The application over one database, made once per process, and a way to that database past the application."""

    database: databases.Database
    app: Flask
    engine: Engine
    outside: Engine

    def empty(self) -> None:
        self.outside.dispose()
        self.database.empty(self.engine)

    def close(self) -> None:
        self.outside.dispose()
        self.engine.dispose()


def configured(url: str, **settings: Any) -> Config:
    usual = {"database_url": url, "secret_key": SECRET, "testing": True, "results_dir": RESULTS.name}
    return Config(**(usual | settings))


def migrated(database: databases.Database) -> Site:
    app = create_app(configured(database.url))
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        engine = db.engine
        search.database_of(db.session(), User)  # asked once per process; no test shall be the one that counts it
        db.session.remove()
    engine.dispose()
    database.keep_template()
    return Site(database, app, engine, databases.outside(database.url))


@pytest.fixture(scope="session")
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Any]]:
    """A function: kind, name → an empty, not yet migrated Database of its own, gone at the end of the run."""
    made: list[tuple[str, str]] = []

    def make(kind: str, name: str) -> databases.Database:
        if kind == "sqlite":
            return databases.Database(kind, f"sqlite:///{tmp_path_factory.mktemp(name) / 'colophon.db'}")
        server = request.getfixturevalue("postgresql_server")
        unique = f"colophon_{name}_{os.getpid()}"
        made.append((server, unique))
        return databases.Database(kind, databases.create(server, unique))

    yield make
    for server, unique in made:
        databases.drop(server, unique)


@pytest.fixture(scope="session")
def sites(new_database: Callable[..., databases.Database]) -> Iterator[Callable[[str], Site]]:
    """A function: kind → Site. pytest may change between kinds as it likes; each is made once."""
    made: dict[str, Site] = {}

    def site(kind: str) -> Site:
        if kind not in made:
            made[kind] = migrated(new_database(kind, "main"))
        return made[kind]

    yield site
    for one in made.values():
        one.close()


@pytest.fixture(scope="session", params=databases.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """«sqlite», then «postgresql»."""
    return request.param


@pytest.fixture(scope="session")
def database(kind: str, sites: Callable[[str], Site]) -> databases.Database:
    """The migrated database of this kind; its `url` is what the application takes."""
    return sites(kind).database


@pytest.fixture
def site(kind: str, sites: Callable[[str], Site]) -> Iterator[Site]:
    one = sites(kind)
    yield one
    one.empty()


@pytest.fixture
def app(site: Site) -> Flask:
    """The application. Hold no context of it open around requests: they would share its session."""
    return site.app


@pytest.fixture
def engine(site: Site) -> Engine:
    return site.engine


@pytest.fixture
def another_app(site: Site) -> Iterator[Callable[..., Flask]]:
    """A function: settings of Config → another application over the same database, for what only a start decides."""
    opened: list[Engine] = []

    def make(**settings: Any) -> Flask:
        made = create_app(configured(site.database.url, **settings))
        with made.app_context():
            opened.append(db.engine)
        return made

    yield make
    for engine in opened:
        engine.dispose()


@pytest.fixture
def session(site: Site) -> Iterator[Session]:
    """A session of the test's own, to arrange and to look. Each statement of it is committed at once and keeps no lock.

    So what is flushed is there for the next request, and what a request wrote is seen after `session.expire_all()`.
    """
    with Session(site.outside) as opened:
        yield opened


@pytest.fixture
def stored(site: Site) -> Callable[[type, int], Any]:
    """A function: model, id → the record as it is in the database now, or None."""

    def read(model: type, key: int) -> Any:
        with Session(site.outside) as opened:
            return opened.get(model, key)

    return read


@pytest.fixture
def context(app: Flask) -> Iterator[Any]:
    """An application context with the application's session, for tests of services. Not together with `client`."""
    with app.app_context():
        yield db.session


@pytest.fixture
def queries(site: Site) -> Callable[[], AbstractContextManager[Statements]]:
    """`with queries() as seen: client.get(…)`, then `assert len(seen) <= 4, seen`."""
    return lambda: recorded(site.engine)


# --- who asks ------------------------------------------------------------------------------------------------------


@pytest.fixture
def anonymous(app: Flask) -> FlaskClient:
    """A client that is not signed in."""
    return app.test_client()


@pytest.fixture
def log_in(site: Site) -> Callable[[User | int], FlaskClient]:
    """A function: user (or id) → a client with a real session of that user, as after a log-in."""

    def make(user: User | int) -> FlaskClient:
        token = sign_in.new_token()
        with Session(site.outside) as opened:  # what sign_in.begin writes, without its sweeping
            key = user if isinstance(user, int) else user.id
            opened.add(UserSession(user_id=key, token_hash=sign_in.fingerprint(token)))
            opened.flush()
        client = site.app.test_client()
        with client.session_transaction() as cookie:
            cookie["sid"] = token
        return client

    return make


@pytest.fixture
def log_in_as(log_in: Callable[..., FlaskClient], session: Session) -> Callable[[str], FlaskClient]:
    """A function: «viewer», «contributor», «editor» or «admin» → a client signed in as a new user of that role."""

    def make(role: str) -> FlaskClient:
        return log_in(factories.make_user(session, role=Role(role)))

    return make


@pytest.fixture
def client(log_in_as: Callable[[str], FlaskClient]) -> FlaskClient:
    """A client signed in as an administrator."""
    return log_in_as("admin")


# --- a real server and a real browser ------------------------------------------------------------------------------


@dataclass
class Door:
    """Stands before the application on its server, and is open during a test.

    Pages that are closed at its end send a last word, which must not meet a database that is being emptied.
    """

    app: Flask
    is_open: bool = False
    inside: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with self.changed:
            if not self.is_open:
                start_response("503 Service Unavailable", [])
                return []
            self.inside += 1
        try:
            with closing(self.app(environ, start_response)) as answer:
                return list(answer)
        finally:
            with self.changed:
                self.inside -= 1
                self.changed.notify_all()

    @contextmanager
    def opened(self) -> Iterator[None]:
        self.is_open = True
        yield
        with self.changed:
            self.is_open = False
            self.changed.wait_for(lambda: not self.inside, timeout=30)


class PooledServer(ThreadedWSGIServer):
    """Its threads stay: thousands of new ones, each of which coverage has to follow, now and then lose a request."""

    daemon_threads = False
    block_on_close = False
    pool = ThreadPoolExecutor(48)  # a browser keeps some connections open that it may need

    def process_request(self, request: Any, client_address: Any) -> None:
        self.pool.submit(self.process_request_thread, request, client_address)


@pytest.fixture(scope="session")
def servers(sites: Callable[[str], Site]) -> Iterator[Callable[[str], Any]]:
    """A function: kind → a threaded server over that site; its queries and coverage are ours to see."""
    running: dict[str, Any] = {}
    logging.getLogger("werkzeug").setLevel(logging.WARNING)

    def serve(kind: str) -> Any:
        if kind not in running:
            running[kind] = PooledServer("127.0.0.1", 0, Door(sites(kind).app))  # type: ignore[arg-type]
            threading.Thread(target=running[kind].serve_forever, daemon=True).start()
        return running[kind]

    yield serve
    for server in running.values():
        server.shutdown()
        server.server_close()


@pytest.fixture
def live_server(site: Site, servers: Callable[[str], Any]) -> Iterator[str]:
    """The address of a server on 127.0.0.1 over this test's database."""
    server = servers(site.database.kind)
    with server.app.opened():
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium. Without one the test fails in CI, and elsewhere is skipped with this sentence."""
    executable = browsers.find()
    if executable is None:
        missing = "No Chromium: set CHROMIUM=/path/to/it, or install Debian's package chromium."
        pytest.fail(missing) if IN_CI else pytest.skip(missing)
    with sync_playwright() as playwright:
        launched = browsers.launch(playwright, executable)
        yield launched
        launched.close()


@pytest.fixture
def look() -> browsers.Look:
    """Light, wide, with JavaScript. `@IN_EVERY_LOOK` asks for the others."""
    return browsers.Look()


@pytest.fixture
def faults() -> Iterator[browsers.Faults]:
    """What pages complain of; a test that provokes a status says `faults.expect(422)`. Anything else fails the test."""
    noted = browsers.Faults()
    yield noted
    assert not noted.found, "\n".join(noted.found)


@pytest.fixture
def page(browser: Browser, live_server: str, look: browsers.Look, faults: browsers.Faults) -> Iterator[Page]:
    """A page of a browser of its own, not signed in. `page.goto("/books/")` needs no host."""
    with browsers.context(browser, live_server, look, faults) as opened:
        yield opened.new_page()


@pytest.fixture
def page_as(page: Page, live_server: str, log_in_as: Callable[[str], FlaskClient]) -> Callable[[str], Page]:
    """A function: role → the page, signed in as a new user of that role."""

    def enter(role: str) -> Page:
        cookie = log_in_as(role).get_cookie("colophon")
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server}])
        return page

    return enter


# --- data that nobody here wrote -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real, messy data: SHARED_DATA, else ../shared/data beside the checkout."""
    if not SHARED.is_dir():
        missing = f"The shared test data are not at {SHARED}; set SHARED_DATA."
        pytest.fail(missing) if IN_CI else pytest.skip(missing)
    return SHARED
