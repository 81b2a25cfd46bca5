"""A progress bar on standard error, for people at a terminal; a line per stage where nobody watches."""

import sys
import time
from typing import TextIO

from demo.bulk import Report

WIDTH = 30
PAUSE = 0.1  # seconds between two drawings


def bar(stream: TextIO = sys.stderr) -> Report:
    """A report that draws: «books  ███████░░░░░░░  512,000 of 1,000,000»."""
    drawn = 0.0

    def report(what: str, done: int, of: int) -> None:
        nonlocal drawn
        ended = done >= of
        if not ended and (not stream.isatty() or time.monotonic() - drawn < PAUSE):
            return
        drawn = time.monotonic()
        stream.write(line(what, done, of, stream.isatty()) + ("\n" if ended else ""))
        stream.flush()

    return report


def line(what: str, done: int, of: int, again: bool) -> str:
    """One state of the bar; `again` draws it over the one before."""
    full = WIDTH * done // of if of else WIDTH
    drawn = f"{what:<10} {'█' * full}{'░' * (WIDTH - full)} {done:,} of {of:,}"
    return f"\r{drawn}        " if again else drawn
