"""The configuration: what the environment says, and what production does not start with."""

import os
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

import config
from config import Config, UnsafeConfiguration, development_key, problems, refuse_unsafe, strong

ROOT = Path(__file__).resolve().parent.parent
KEY = "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMN"
SAFE = Config(app_env="production", secret_key=KEY, trusted_hosts=("books.example",), database_url="sqlite://")


def read(**environ):
    return Config.from_environment({"SECRET_KEY": KEY} | environ)


def test_without_any_variable_it_is_a_development_server_on_this_machine():
    found = read()
    assert (found.app_env, found.host, found.port) == ("development", "127.0.0.1", 8000)
    assert found.database_url.startswith("sqlite:///")
    assert found.database_url.endswith("instance/colophon.db")
    assert (found.proxies, found.trusted_hosts, found.debug, found.log_format) == (0, (), False, "text")


def test_every_name_of_the_contract_is_read():
    found = read(
        APP_ENV="production",
        DATABASE_URL="postgres://u@h/d",
        DATABASE_REPLICA_URL="postgresql://u@r/d",
        REDIS_URL="redis://r",
        SECRET_KEY_FALLBACKS="a, b",
        TRUSTED_HOSTS=" books.example , www.books.example,",
        PROXIES="2",
        MAIL_URL="smtp://m",
        LOG_LEVEL="debug",
        LOG_FORMAT="text",
        WEB_CONCURRENCY="7",
        PORT="9000",
        HOST="::1",
        FLASK_DEBUG="1",
        RESULTS_DIR="/srv/results",
        WORKER="0",
        MAX_UPLOAD="50",
    )
    assert found.is_production
    assert found.database_url == "postgresql+psycopg://u@h/d"
    assert found.secret_key_fallbacks == ("a", "b")
    assert found.trusted_hosts == ("books.example", "www.books.example")
    assert (found.proxies, found.web_concurrency, found.port, found.host) == (2, 7, 9000, "::1")
    assert (found.log_level, found.log_format, found.mail_url, found.redis_url) == (
        "DEBUG",
        "text",
        "smtp://m",
        "redis://r",
    )
    assert found.debug
    assert (found.results, found.worker, read().worker) == (Path("/srv/results/d"), False, True)
    assert found.database_replica_url


def test_production_has_its_own_defaults():
    found = read(APP_ENV="production")
    assert (found.log_format, found.web_concurrency) == ("json", 2)


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "²", "0x10", " "])
def test_a_number_that_is_none_is_named(value):
    with pytest.raises(UnsafeConfiguration, match="PORT must be a whole number"):
        read(PORT=value)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgres://a/b", "postgresql+psycopg://a/b"),
        ("postgresql://a/b", "postgresql+psycopg://a/b"),
        ("postgresql+psycopg://a/b", "postgresql+psycopg://a/b"),
        ("sqlite:///x", "sqlite:///x"),
    ],
)
def test_an_address_of_postgresql_names_the_driver(url, found):
    assert read(DATABASE_URL=url).database_url == found


def test_a_safe_production_has_no_problems():
    assert problems(SAFE) == []
    refuse_unsafe(SAFE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret_key": ""}, "SECRET_KEY is missing"),
        ({"secret_key": "short"}, "SECRET_KEY is weak"),
        ({"secret_key": "a" * 60}, "SECRET_KEY is weak"),
        ({"secret_key": KEY[:49]}, "SECRET_KEY is weak"),
        ({"secret_key_fallbacks": (KEY, "dev")}, "SECRET_KEY_FALLBACKS"),
        ({"debug": True}, "FLASK_DEBUG is on"),
        ({"trusted_hosts": ()}, "TRUSTED_HOSTS is missing"),
        ({"app_env": "prod"}, "APP_ENV is 'prod'"),
    ],
)
def test_production_does_not_start_with(change, words):
    with pytest.raises(UnsafeConfiguration, match=words):
        refuse_unsafe(replace(SAFE, **change))


def test_one_start_names_every_problem():
    with pytest.raises(UnsafeConfiguration) as refused:
        refuse_unsafe(Config(app_env="production", debug=True))
    assert str(refused.value).count("\n  - ") == 3


def test_a_known_key_is_weak_however_long():
    assert not strong(next(iter(config.KNOWN_KEYS)))
    assert strong(KEY)


def test_the_key_is_not_shown_with_the_configuration():
    shown = repr(replace(SAFE, secret_key_fallbacks=(KEY + "2",)))
    assert KEY not in shown


def test_the_configuration_does_not_change():
    with pytest.raises(FrozenInstanceError):
        SAFE.debug = True


def test_development_keeps_a_key_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "INSTANCE", tmp_path / "instance")
    first = development_key()
    assert first == development_key()
    assert strong(first)
    assert (tmp_path / "instance" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert Config.from_environment({}).secret_key == first
    assert Config.from_environment({"APP_ENV": "production"}).secret_key == ""


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "dev"}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": KEY, "FLASK_DEBUG": "1"}, "FLASK_DEBUG is on"),
        ({"SECRET_KEY": KEY}, "TRUSTED_HOSTS is missing"),
    ],
)
def test_the_command_itself_refuses(environ, words):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    environ = kept | {"APP_ENV": "production", "DATABASE_URL": "sqlite://", "PORT": "1"} | environ
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert words in done.stderr
    assert environ.get("SECRET_KEY", "no key") not in done.stderr + done.stdout
