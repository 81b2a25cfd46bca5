"""A file becomes delimited text in a process of its own, with bounds on memory and time: it may be made to do harm.

`python -m services.apart KIND FILE ENCODING SHEET TARGET` is that process; it prints what is to be refused, as JSON.
"""

import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from services import jsonrows, workbook
from services.shape import Unreadable

log = logging.getLogger("colophon.apart")

Convert = Callable[
    [Path, str, str, Path], None
]  # the file, its encoding, the sheet that is wanted, where the text goes
Meanwhile = Callable[[float], object]  # called with the seconds since the beginning; what it raises ends the process

CONVERT: Mapping[str, Convert] = {"xlsx": workbook.convert, "json": jsonrows.convert}
# A sheet of 1,048,576 rows × 12 columns of text takes 1.2 GB and 20 s.
MEMORY = 2 << 30  # bytes of address space
WRITTEN = 2 << 30  # bytes of text
SECONDS = 120  # of processor time
STEP = 0.02  # seconds between two looks at the process
ROOT = Path(__file__).resolve().parent.parent
TOO_LARGE = "The file is too large to unpack. Save it as CSV, and send that."

one_at_a_time = Lock()  # in a process, for the sake of its memory


def convert(kind: str, path: Path, encoding: str, sheet: str, target: Path, meanwhile: Meanwhile) -> None:
    """Write a sheet of a workbook, or a list of JSON, as delimited text."""
    begun = time.monotonic()
    while not one_at_a_time.acquire(timeout=STEP):
        meanwhile(time.monotonic() - begun)
    try:
        code, said, wrong = run([kind, path.absolute(), encoding, sheet, target.absolute()], begun, meanwhile)
    finally:
        one_at_a_time.release()
    if code < 0 or b"MemoryError" in wrong:  # out of memory, in Rust and in Python, or of time
        raise Unreadable("too large", TOO_LARGE)
    if code:
        log.warning("The reader of files failed: %s", wrong.decode(errors="replace")[-500:])
        raise Unreadable("corrupt", workbook.DAMAGED)
    if refusal := json.loads(said):
        raise Unreadable(**refusal)


def run(words: list[object], begun: float, meanwhile: Meanwhile) -> tuple[int, bytes, bytes]:
    """The process's exit code, what it said, and what went wrong. It ends with whatever `meanwhile` raises."""
    command = [sys.executable, "-m", "services.apart", *map(str, words)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    said, wrong = process.communicate(timeout=STEP)
                    return process.returncode, said, wrong
                elapsed = time.monotonic() - begun
                if elapsed > 2 * SECONDS:
                    raise Unreadable("too large", TOO_LARGE)
                meanwhile(elapsed)
        finally:
            process.kill()


def main(kind: str, path: Path, encoding: str, sheet: str, target: Path) -> None:
    """What the process of its own does."""
    os.nice(5)  # the pages go first
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, WRITTEN)):
        resource.setrlimit(limit, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    refusal = {}
    try:
        CONVERT[kind](path, encoding, sheet, target)
    except Unreadable as refused:
        refusal = {"kind": refused.kind, "sentence": refused.args[0]}
    except OSError as error:  # no room, or more than may be written
        refusal = {"kind": "too large", "sentence": f"The file cannot be unpacked here: {error.strerror}."}
    print(json.dumps(refusal))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4], Path(sys.argv[5]))
