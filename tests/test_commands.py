"""`flask serve`, which `make run` ends in, as a process of its own on each database."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import databases

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def serving(url: str, log: Path) -> Iterator[tuple[subprocess.Popen, str]]:
    """A starting server over this database, and its address; its words go to `log`."""
    port = databases.free_port()
    environ = os.environ | {
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": url,
        "PORT": str(port),
        "SECRET_KEY": "of-this-test",
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_healthy(process: subprocess.Popen, address: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"The server did not become healthy:\n{log.read_text()}")


@pytest.fixture
def empty_database(kind: str, new_database: Callable[[str, str], databases.Database]) -> str:
    return new_database(kind, "serve").url


def test_it_fills_an_empty_database_once_and_ends_when_asked(kind, empty_database, tmp_path):
    log = tmp_path / "log"
    for _ in range(2):
        with serving(empty_database, log) as (process, address):
            wait_until_healthy(process, address, log)
            assert re.search(rf"{address}/login/link/\S+", log.read_text()), log.read_text()
            os.killpg(process.pid, signal.SIGINT if kind == "sqlite" else signal.SIGTERM)
            assert process.wait(timeout=30) == 0, log.read_text()
        assert "Traceback" not in log.read_text()
