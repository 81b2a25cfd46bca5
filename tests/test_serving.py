"""Starting: the database is made ready by one process at a time, and gunicorn is told what we want of it."""

import fcntl
import logging
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest
from gunicorn.config import Config as Gunicorn
from sqlalchemy import create_engine, func, select, text

import serving
from app import create_app
from cli import announce
from config import Config
from demo.load import load
from extensions import db
from models.session import SignInLink
from models.user import Role, User
from tests.factories import make_user

ROOT = Path(__file__).resolve().parent.parent
SECRET = "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ"


# Ready


@pytest.fixture
def empty(kind, new_database):
    """The address of a database in which there is nothing, not even a table."""
    return new_database(kind, "starting").url


def started(url, **settings):
    app = create_app(Config(database_url=url, secret_key=SECRET, testing=True, **settings))
    return app


def test_an_empty_database_is_migrated_filled_and_opened_by_a_link(empty):
    app = started(empty)
    with app.app_context():
        assert serving.pending()
        token = serving.prepare(load)
        assert not serving.pending()
        assert db.session.scalar(select(func.count()).select_from(User)) >= 12
        db.session.remove()
        db.engine.dispose()
    page = app.test_client().get(f"/login/link/{token}")
    assert page.status_code == 200
    with app.app_context():
        assert serving.prepare(load) != token, "the second start has a link of its own"
        db.session.remove()
        db.engine.dispose()


def test_several_that_start_at_once_on_an_empty_database_do_not_get_in_each_other_s_way(empty):
    program = (
        "import os, serving; from app import create_app; from config import Config; from demo.load import load\n"
        "app = create_app(Config(database_url=os.environ['URL'], secret_key='x' * 60, testing=True))\n"
        "with app.app_context(): print(serving.prepare(load))"
    )

    def start(_):
        environ = os.environ | {"URL": empty}
        command = [sys.executable, "-W", "error", "-c", program]
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(start, range(3)))
    assert [one.returncode for one in done] == [0] * 3, "\n".join(one.stderr for one in done)
    assert len({one.stdout.strip() for one in done}) == 3
    engine = create_engine(empty)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM users WHERE username = 'admin' OR role = 'admin'")) >= 1
        names = connection.scalars(text("SELECT username_key FROM users")).all()
        assert len(names) == len(set(names)) < 30
    engine.dispose()


def test_people_who_are_there_are_not_joined_by_the_demo(app, session):
    make_user(session, role=Role.ADMIN)
    with app.app_context():
        serving.prepare(lambda _: pytest.fail("filled"))
    assert session.scalar(select(func.count()).select_from(User)) == 1


def test_the_link_is_for_the_administrator_who_was_there_first(app, session):
    make_user(session, role=Role.EDITOR)
    make_user(session, role=Role.ADMIN, is_active=False)
    first = make_user(session, role=Role.ADMIN)
    make_user(session, role=Role.ADMIN)
    with app.app_context():
        assert serving.prepare(None)
    assert session.scalar(select(SignInLink.user_id)) == first.id


def test_without_an_administrator_and_in_production_there_is_no_link(app, session, another_app):
    with app.app_context():
        assert serving.prepare(None) is None
    make_user(session, role=Role.ADMIN)
    with another_app(app_env="production", trusted_hosts=("localhost",)).app_context():
        assert serving.prepare(None) is None
    assert session.scalar(select(func.count()).select_from(SignInLink)) == 0


def test_whoever_starts_meanwhile_waits(app, kind, engine):
    with app.app_context(), serving.alone(engine):
        if kind == "sqlite":
            path = Path(engine.url.database + ".starting")
            with path.open("w") as file, pytest.raises(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            with engine.connect() as other:
                free = other.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": serving.LOCK})
                assert free is False


# gunicorn


def accepted(config):
    """What gunicorn makes of our settings; it refuses names and values that it does not know."""
    found = Gunicorn()
    for name, value in serving.settings(config).items():
        found.set(name, value)
    return found


def test_sqlite_and_development_have_one_process_and_threads():
    for config in (
        Config(web_concurrency=5),
        Config(web_concurrency=5, app_env="production"),
        Config(web_concurrency=5, database_url="postgresql+psycopg://h/d"),
    ):
        found = accepted(config)
        assert (found.workers, found.worker_class_str, found.threads) == (1, "gthread", 8)


@pytest.mark.parametrize(("wanted", "workers"), [(5, 5), (0, 1)])
def test_production_on_postgresql_has_as_many_processes_as_are_wanted(wanted, workers):
    config = Config(app_env="production", database_url="postgresql+psycopg://h/d", web_concurrency=wanted)
    assert accepted(config).workers == workers


def test_the_server_is_closed_as_we_want_it():
    found = accepted(Config())
    assert found.control_socket_disable
    assert found.umask == 0o027
    assert found.accesslog is None
    assert found.secure_scheme_headers == {}
    assert found.limit_request_line == 8190


def test_without_shared_memory_the_heartbeat_is_where_gunicorn_likes(monkeypatch):
    monkeypatch.setattr(Path, "is_dir", lambda _: False)
    assert serving.settings(Config())["worker_tmp_dir"] is None


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "127.0.0.1:8000"), ("::1", "[::1]:8000"), ("localhost", "localhost:8000")]
)
def test_the_address_it_listens_at(host, address):
    assert serving.address(Config(host=host)) == address
    assert accepted(Config(host=host)).bind == [address]


def test_the_server_serves_the_application_that_is_loaded_already():
    app = started("sqlite://")
    server = serving.Server(app)
    assert server.wsgi() is app
    assert server.cfg.workers == 1


def test_what_gunicorn_says_goes_where_everything_goes(caplog):
    own = logging.getLogger("gunicorn.error")
    before = own.level, own.propagate, list(own.handlers)
    try:
        serving.OwnLogger(accepted(Config())).warning("a worker is gone")
        assert "a worker is gone" in caplog.text
        assert own.handlers == []
    finally:
        own.level, own.propagate, own.handlers = before


# The port


def test_a_port_that_is_taken_is_named_before_a_link_is_printed():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(serving.PortTaken, match=f"127.0.0.1:{port} cannot be used"):
            serving.refuse_taken_port(Config(port=port))
    serving.refuse_taken_port(Config(port=port))


def test_serving_at_a_taken_port_ends_with_advice(app, monkeypatch):
    def taken(_):
        raise serving.PortTaken("127.0.0.1:8000 cannot be used: Address already in use.")

    monkeypatch.setattr(serving, "refuse_taken_port", taken)
    done = app.test_cli_runner().invoke(args=["serve"])
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: 127.0.0.1:8000 cannot be used: Address already in use. Choose another, for example PORT=8001.\n"
    )


def test_serving_prepares_announces_and_runs(app, monkeypatch, session):
    make_user(session, role=Role.ADMIN)
    ran = []
    monkeypatch.setattr(serving, "refuse_taken_port", lambda _: None)
    monkeypatch.setattr(serving.Server, "run", lambda server: ran.append(server.app))
    done = app.test_cli_runner().invoke(args=["serve"])
    assert done.exit_code == 0, done.stderr
    assert ran == [app]
    assert "Colophon runs on http://127.0.0.1:8000" in done.output
    assert "http://127.0.0.1:8000/login/link/" in done.output


def test_without_a_link_it_says_how_to_get_one(capsys):
    announce(Config(), None)
    assert "flask users create NAME --email E --role admin" in capsys.readouterr().out
    assert click  # its echo writes there
