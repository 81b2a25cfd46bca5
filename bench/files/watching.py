"""What something needs while it runs: time on the wall, processor time, its own and the database's, and memory."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO

import psycopg

from bench.data import ROOT
from bench.servers import Server, children, resident

LOOK = 0.02  # seconds between two looks at a running command
TICKS = os.sysconf("SC_CLK_TCK")
USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM = 11, 12, 13, 14  # fields of /proc/PID/stat behind the name
FORGET_PEAK = "5"  # what one writes to clear_refs so that VmHWM counts anew


class Failed(Exception):
    """It did not do what it should; the message is what stands in the table instead of figures."""


@dataclass(frozen=True)
class Use:
    wall: float  # seconds
    processor: float  # seconds, of the program and all it started
    database: float  # seconds, of the database server's processes; none when the program is its own database
    memory: float  # MiB that it held at most

    @property
    def all_processor(self) -> float:
        return self.processor + self.database


def beyond(whole: Use, part: Use) -> Use:
    """What the whole needs beyond a part of it."""
    return Use(whole.wall - part.wall, whole.processor - part.processor, whole.database - part.database, whole.memory)


def middle(uses: Sequence[Use]) -> Use:
    """The median of each figure."""
    walls, own, database, memory = zip(*((u.wall, u.processor, u.database, u.memory) for u in uses), strict=True)
    return Use(median(walls), median(own), median(database), median(memory))


def command(words: Sequence[object], environment: Mapping[str, str], database: int | None, output: IO[bytes]) -> Use:
    """Run a command to its end. `database` is the server's process; its children are what works for its clients."""
    before, begun = server_seconds(database), time.perf_counter()
    process = subprocess.Popen(
        list(map(str, words)),
        cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.set_blocking(process.stderr.fileno(), False)
    peak, said, ended = 0.0, b"", 0
    while not ended:
        peak, said = max(peak, tree_peak(process.pid)), (said + (process.stderr.read() or b""))[-2000:]
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if not ended:
            time.sleep(LOOK)
    wall = time.perf_counter() - begun
    said += process.stderr.read() or b""
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise Failed(lines[-1][:200] if lines else f"ended with {process.returncode}")
    return Use(wall, usage.ru_utime + usage.ru_stime, server_seconds(database) - before, peak)


def requested(server: Server, pids: Sequence[int], database: int | None, ask: Callable[[], None]) -> Use:
    """What a running server needs for something that is asked of it; its memory is what these processes grew by."""
    held = {pid: forget_peak(pid) for pid in pids}
    before, own, begun = server_seconds(database), server.processor_seconds(pids), time.perf_counter()
    ask()
    wall = time.perf_counter() - begun
    growth = max(highest(pid) - was for pid, was in held.items())
    return Use(wall, server.processor_seconds(pids) - own, server_seconds(database) - before, growth)


# What /proc says


def tree(pid: int) -> list[int]:
    """The process and all below it that are there."""
    try:
        return [pid, *(below for child in children(pid) for below in tree(child))]
    except (FileNotFoundError, ProcessLookupError):
        return []


def tree_peak(pid: int) -> float:
    return sum(highest(one) for one in tree(pid))


def highest(pid: int) -> float:
    """MiB that a process held at most; 0 when it has ended."""
    try:
        return resident(Path(f"/proc/{pid}/status").read_text(), "VmHWM")
    except (FileNotFoundError, ProcessLookupError, StopIteration):
        return 0.0


def forget_peak(pid: int) -> float:
    """MiB that a process holds now, from which its peak is counted anew."""
    Path(f"/proc/{pid}/clear_refs").write_text(FORGET_PEAK)
    return resident(Path(f"/proc/{pid}/status").read_text())


def server_seconds(pid: int | None) -> float:
    """Processor time of a database server: of itself, of those who work for it, and of those who did."""
    if pid is None:
        return 0.0
    return seconds(pid, USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM) + sum(
        seconds(child, USER, SYSTEM) for child in children(pid)
    )


def seconds(pid: int, *fields: int) -> float:
    try:
        said = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(said[field]) for field in fields) / TICKS


def server_of(kind: str, where: str) -> int | None:
    """The process of the database server, when it runs on this machine."""
    if kind == "sqlite":
        return None
    with psycopg.connect(where) as connection:
        backend = connection.info.backend_pid
    try:
        return parent(backend)
    except FileNotFoundError:
        return None


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
