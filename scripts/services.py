"""A PostgreSQL for development: prints its address and runs until Ctrl-C. Its data stay in instance/postgresql."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from tests import databases

PORT = 5433
HOME = Path(__file__).resolve().parent.parent / "instance" / "postgresql"


def main() -> None:
    signal.signal(signal.SIGTERM, end)
    home = HOME if os.geteuid() else None  # a server does not run as root, and another user may not enter our folder
    with databases.server(home, databases.free_port(int(os.environ.get("PGPORT", PORT)))) as address:
        url = databases.create(address, "colophon")
        print("PostgreSQL is ready; Ctrl-C ends it. In another terminal:\n")
        print(f"    DATABASE_URL={url} make run\n")
        print(
            "Its data go with it, because it was started by root." if home is None else f"Its data are kept in {home}."
        )
        sys.stdout.flush()
        signal.pause()


def end(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\nPostgreSQL has ended.")
