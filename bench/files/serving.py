"""What running servers do: exports that are asked for in the browser, and list pages while an import runs."""

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from sqlalchemy import text

from bench import servers
from bench.client import Client
from bench.contestant import Contestant
from bench.contestants.colophon import COLOPHON
from bench.contestants.colophon import NAME as SIGNED_IN
from bench.contestants.flask_admin import BOOKS as OF_FLASK_ADMIN
from bench.contestants.flask_admin import FLASK_ADMIN
from bench.data import ROOT
from bench.files import ways
from bench.files.stock import Stock, engine
from bench.files.watching import Failed, Use, requested
from bench.servers import Server

BLOCK = 1_048_576
PATIENCE = 1_800  # seconds
PAGE = "/books/"
RUNNING, DONE = "running", "done"
OPEN = ("queued", RUNNING)
ASKED = 300  # list pages before the import begins
PAUSE = 0.05  # seconds between two looks at a job, and between two pages


@contextmanager
def serving(contestant: Contestant, url: str) -> Iterator[tuple[Server, Client]]:
    """The contestant's server on this database, and somebody who has signed in."""
    port = servers.port()
    environment = {**contestant.environment(url, port), **ways.of_colophon(url)}
    with servers.running(contestant.title, contestant.command(port), environment, port) as server:
        client = Client(port)
        contestant.sign_in(client, url)
        yield server, client


# Exports


def flask_admin(stock: Stock, database: int | None) -> Use:
    with serving(FLASK_ADMIN, stock.full) as (server, client):
        return requested(server, server.workers, database, lambda: fetch(client, f"{OF_FLASK_ADMIN}export/csv/"))


def colophon(stock: Stock, database: int | None) -> Use:
    """A file that comes at once, or a job and then its file when it is long."""
    with serving(COLOPHON, stock.full) as (server, client):
        everybody = [*server.workers, *server.helpers]
        return requested(server, everybody, database, lambda: fetch(client, "/books/export.csv"))


def fetch(client: Client, path: str) -> int:
    """Read the answer to its end; how many bytes there were. A redirect to a job leads to its result."""
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=PATIENCE)
    connection.request("GET", path, headers={"Cookie": cookies(client)})
    answer = connection.getresponse()
    if answer.status == 303:
        answer.read()
        return fetch(client, finished(client, answer.headers["Location"]))
    if answer.status != 200:
        raise Failed(f"status {answer.status}")
    number = 0
    while block := answer.read(BLOCK):
        number += len(block)
    connection.close()
    return number


def finished(client: Client, job: str) -> str:
    """Wait for a job; the address of its result."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := re.search(rf'href="({re.escape(job)}/[^"]+)"', client.get(job).text):
            return found[1]
        time.sleep(PAUSE)
    raise Failed("the job did not end")


def cookies(client: Client) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


# List pages meanwhile


def pages(stock: Stock) -> tuple[float, float] | None:
    """Median milliseconds of the first page, alone and while the server's worker imports as many books again."""
    with serving(COLOPHON, stock.full) as (_, client):
        alone = [asked(client) for _ in range(ASKED)]
        job = importing(stock)
        meanwhile = []
        while (state := state_of(stock.full, job)) in OPEN:
            found = asked(client)
            if state == RUNNING:
                meanwhile.append(found)
            time.sleep(PAUSE)
    if state != DONE or not meanwhile:
        print(f"The import is {state} after {len(meanwhile)} pages.", file=sys.stderr)
        return None
    return median(alone), median(meanwhile)


def importing(stock: Stock) -> int:
    """Ask for an import, as somebody who has sent a file and seen what was found in it."""
    words = [sys.executable, "-m", "bench.files.asking", stock.others.sent, SIGNED_IN]
    environment = {**os.environ, **ways.of_colophon(stock.full)}
    return int(subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout)


def state_of(url: str, job: int) -> str:
    with engine(url).connect() as connection:
        return str(connection.execute(text("SELECT state FROM jobs WHERE id = :id"), {"id": job}).scalar_one())


def asked(client: Client) -> float:
    begun = time.perf_counter()
    if client.get(PAGE).status != 200:
        raise Failed("a list page failed")
    return (time.perf_counter() - begun) * 1000
