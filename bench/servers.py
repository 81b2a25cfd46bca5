"""Servers as production would start them, and what their workers use."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.client import PATIENCE, Client
from bench.data import HOME, ROOT
from tests.databases import free_port

PROCESS_CLOCK = 2  # Linux: the clock of all of a process's processor time, in user mode and in the kernel
START = 60  # seconds until a server answers
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  where Colophon's own server keeps its heartbeat, too
THREADS = 8
OTHER_PYTHON = ROOT / "bench" / ".venv" / "bin" / "python"  # with the packages of bench/requirements.txt
# What nobody waits for any more must not slow down the next one. Colophon has a limit of its own.
LIMITS = {"PGOPTIONS": f"-c statement_timeout={PATIENCE}s"}
PRODUCTION_PYTHON = ROOT / "bench" / ".venv-production" / "bin" / "python"  # with those of requirements.txt alone
KEY = secrets.token_hex(32)  # of this run


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    process: subprocess.Popen

    @property
    def workers(self) -> list[int]:
        """Those that serve pages, which are forks of the server; Colophon has one for jobs besides."""
        own = command_of(self.process.pid)
        return [pid for pid in children(self.process.pid) if command_of(pid) == own]

    @property
    def helpers(self) -> list[int]:
        """What runs beside those that serve pages: Colophon's worker for jobs."""
        return [pid for pid in children(self.process.pid) if pid not in self.workers]

    def processor_seconds(self, pids: Sequence[int] = ()) -> float:
        """What these processes, or the workers, have used up so far."""
        return sum(processor_seconds(pid) for pid in pids or self.workers)

    def memory(self) -> list[float]:
        """MiB that each worker holds."""
        return [resident(Path(f"/proc/{pid}/status").read_text()) for pid in self.workers]


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def processor_seconds(pid: int) -> float:
    """The processor time of a process and all of its threads, ended ones too, to the nanosecond.

    /proc/PID/stat has the same in hundredths of a second, which is as long as ten pages take. This is the number that
    clock_getcpuclockid(3) returns.
    """
    return time.clock_gettime(~pid << 3 | PROCESS_CLOCK)


def resident(status: str, name: str = "VmRSS") -> float:
    """MiB of /proc/PID/status that are in memory; VmHWM: that were at most."""
    line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def gunicorn(app: str, port: int, python: str = sys.executable) -> list[str]:
    """The command of a server for another application: two workers, with threads as Colophon's."""
    command = [python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--worker-class", "gthread"]
    command += ["--threads", str(THREADS), "--keep-alive", "5", "--no-control-socket"]
    return [*command, *(["--worker-tmp-dir", str(SHARED_MEMORY)] if SHARED_MEMORY.is_dir() else []), app]


@contextmanager
def running(name: str, command: Sequence[str], environment: Mapping[str, str], port: int) -> Iterator[Server]:
    """A server that answers, until the end of the block. What it says is in a file beside the data."""
    log = HOME / f"{name}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **LIMITS, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait(process, port, log)
            yield Server(name, port, process)
        finally:
            process.terminate()
            process.wait(timeout=60)


def wait(process: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + START
    while True:
        try:
            return Client(port).get("/healthz") and None
        except (ConnectionError, EOFError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server did not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.1)


def port() -> int:
    return free_port()
